//! Where a shard starts, or why it does not.

use std::collections::BTreeMap;

use rdkafka::error::KafkaError;

/// What a journal record must say for its shard to start after it.
pub trait JournalEnd: Sized {
    /// Why a record is none of a journal.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads a record.
    ///
    /// # Errors
    /// Where the bytes are not a journal record that this release reads.
    fn read(value: &[u8]) -> Result<Self, Self::Error>;

    /// The next offset of each input by topic.
    fn next_offsets(&self) -> BTreeMap<&str, i64>;

    /// The transactional id of the owner that wrote it.
    fn owner(&self) -> &str;
}

/// Where a shard starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start<T> {
    /// For the first time.
    First {
        /// The next offset of the journal.
        journal_next: i64,
    },
    /// After this record of its journal.
    After {
        /// The last record.
        end: T,
        /// The offset from which later records will be found.
        journal_next: i64,
    },
}

/// Where a shard starts in an input that it has never read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartFrom {
    /// At the first record that the input still has.
    #[default]
    Earliest,
    /// After the last record that it has now.
    Latest,
    /// At the first record of this time (milliseconds since 1970) or later; after the last one where there is none.
    Time(i64),
}

/// A transaction is open that does not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstable {
    /// The first record of it in the shard's journal; none where what is open left nothing there, and so is none of an
    /// owner, or is being ended by the brokers already.
    pub open: Option<OpenRecord>,
}

/// A journal record of which nobody knows yet whether it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRecord {
    /// The owner that wrote it: the transaction is its.
    pub owner: String,
    /// The offset at which it lies.
    pub offset: i64,
}

/// Why no start was found.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The brokers do not answer.
    #[error("cannot {doing}")]
    Kafka {
        /// What was tried.
        doing: &'static str,
        /// What the client said.
        #[source]
        source: KafkaError,
    },
    /// A transaction is open that does not end; see [`Unstable`].
    #[error("a transaction of another owner does not end")]
    Unstable(Unstable),
    /// The last record of the journal cannot be read.
    #[error("the journal's last record cannot be read")]
    Journal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Committed offsets and journal do not fit each other.
    #[error("committed offsets and journal disagree about {topic}: {committed} and {journal}")]
    Disagree {
        /// The input.
        topic: String,
        /// The committed offset.
        committed: i64,
        /// The one of the journal.
        journal: i64,
    },
    /// There are committed offsets, but no journal that says what they stand for.
    #[error("the journal holds no record, though the group has read its inputs up to some point")]
    JournalGone,
    /// The group has committed offsets of an input of which the journal says nothing.
    #[error("the group has read {topic} up to some point, and the journal does not say so")]
    InputUnknown {
        /// The input.
        topic: String,
    },
    /// An input ends before the offset from which it is to be read.
    #[error("{topic} ends at offset {high}, but was read up to {next}")]
    WentBackwards {
        /// The input.
        topic: String,
        /// Where it is to be read from.
        next: i64,
        /// Where it ends.
        high: i64,
    },
    /// An input no longer holds the records from which it is to be read.
    #[error("{topic} begins at offset {low}, but was read only up to {next}: the records between are gone")]
    InputGone {
        /// The input.
        topic: String,
        /// Where it is to be read from.
        next: i64,
        /// Where it begins.
        low: i64,
    },
}

impl StartError {
    /// Whether looking again may help without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Kafka { .. } | Self::Unstable(_))
    }
}
