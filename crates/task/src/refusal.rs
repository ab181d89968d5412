//! Why a shard cannot go on. Each says what to do about it.

use crate::{INPUTS_MAX, JournalError, ListUnknown, PackError, ReadingError};

/// Why a shard cannot go on. None of these passes by itself: somebody has to do something.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A record of the journal cannot be read.
    #[error("a journal record cannot be read")]
    Journal(#[from] JournalError),
    /// Offsets would mean other records than those that were read.
    #[error(
        "journal and inputs come from elsewhere: {0}; read them with a group of their own, or bring back the topics"
    )]
    Foreign(String),
    /// Records of the journal are missing.
    #[error(
        "the journal goes from record {from} to {to}: what lies between is gone; a snapshot at or after {to} is needed"
    )]
    Gap {
        /// The sequence that the state has.
        from: u64,
        /// The sequence that came next.
        to: u64,
    },
    /// A record of the journal comes again.
    #[error(
        "journal record {sequence} stands in the journal twice: two owners committed it, and what it published was published twice; read the inputs with a new group"
    )]
    Repeated {
        /// The record.
        sequence: u64,
    },
    /// A journal record does not go on where the one before it ended.
    #[error(
        "journal record {sequence} goes on at offset {slice} of {topic}, not at {next}; journal and inputs do not fit each other"
    )]
    Tear {
        /// The record.
        sequence: u64,
        /// The input.
        topic: String,
        /// Where the record goes on.
        slice: i64,
        /// Where the shard stands.
        next: i64,
    },
    /// A journal record names an input that it does not list.
    #[error("journal record {sequence} is damaged: it names an input that it does not list")]
    Unlisted {
        /// The record.
        sequence: u64,
    },
    /// A journal record does not say how records were read.
    #[error("journal record {sequence} is damaged: it does not say by which clock its records were read")]
    Clockless {
        /// The record.
        sequence: u64,
    },
    /// Another release wrote what has to be repeated.
    #[error(
        "{0} commits since the last snapshot were judged by another release: start that release, stop it in order, then start this one"
    )]
    OtherRelease(u64),
    /// What has to be repeated was judged with other tables.
    #[error(
        "{commits} commits since the last snapshot were judged with other tables ({difference}): start the release that wrote them, stop it in order, then start this one"
    )]
    OtherTables {
        /// How many commits have to be repeated.
        commits: u64,
        /// Which tables they were.
        difference: String,
    },
    /// A record was judged by a pack that nobody has any more.
    #[error("journal record {sequence} was judged by pack {hash}, which no snapshot holds: start with that pack once")]
    PackUnknown {
        /// The record.
        sequence: u64,
        /// The pack.
        hash: String,
    },
    /// A version of a list is needed that nobody has any more.
    #[error(transparent)]
    ListUnknown(#[from] ListUnknown),
    /// The texts of a pack no longer make it.
    #[error("the pack of a snapshot cannot be compiled again")]
    Pack(#[from] PackError),
    /// A record was read with settings that neither it nor a snapshot holds.
    #[error(
        "journal record {sequence} was read with other settings of the sources, which it does not hold: start with those once"
    )]
    ReadingUnknown {
        /// The record.
        sequence: u64,
    },
    /// Settings that were stored cannot be used.
    #[error("the settings in a snapshot cannot be used")]
    Reading(#[from] ReadingError),
    /// Numbers belong to other shards than before.
    #[error(
        "the inputs had {before} partitions and have {now}: numbers belong to other shards now; read them with a new group"
    )]
    Partitions {
        /// How many there were.
        before: i32,
        /// How many there are.
        now: i32,
    },
    /// The configuration does not name an input that the shard reads.
    #[error(
        "the shard reads {topic}, which is no source of this configuration: name it under `sources`, or under `retired` if it is to be read no longer"
    )]
    InputMissing {
        /// The topic.
        topic: String,
    },
    /// A replay came to something else than what was published.
    #[error(
        "the replay of journal record {sequence} came to {replayed} events, the commit to {committed}: the shard is stopped, not to repeat or lose any"
    )]
    Diverged {
        /// The record.
        sequence: u64,
        /// The events of the replay.
        replayed: u64,
        /// The events of the commit.
        committed: u64,
    },
    /// The shard has had as many inputs as a journal record can name.
    #[error(
        "the shard has had {INPUTS_MAX} inputs, and {topic} would be one more than a journal record can name: read it with a new group"
    )]
    TooManyInputs {
        /// The input that would be one more.
        topic: String,
    },
    /// A snapshot does not say where one of its inputs stands.
    #[error("the snapshot does not say where the shard stands in {topic}")]
    Unpositioned {
        /// The topic.
        topic: String,
    },
    /// State cannot be encoded, or decoded again.
    #[error("the state of the shard cannot be carried over")]
    State(#[from] ringfence_evaluator::RestoreError),
    /// The driver told what cannot be told now: a fault of the program.
    #[error("{step} does not fit a shard that {phase}")]
    OutOfTurn {
        /// What was told.
        step: &'static str,
        /// What the shard does.
        phase: &'static str,
    },
}
