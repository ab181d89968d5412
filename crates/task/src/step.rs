//! Everything that can happen to a task, and everything that can come of it.
//!
//! ```text
//!              Follow ─▶ Wanted ─▶ Repeat* End ─▶ Wanted … ─▶ Followed
//!  following   for each record of the journal after the state that it began with
//!              Judge ─▶ Judging
//!  ─────────────────────────────────────────────────────────────────────────────────
//!              Records ─▶ Applied        End ─▶ Applied
//!  judging     Cut ─▶ Cut                NotCommitted ─▶ Again
//!              Committed ─▶ Committed    Doubtful ─▶ Recover
//! ```
//! A task does nothing by itself, so a driver may stop between any two steps: what is lost then is what a crash loses.

use std::sync::Arc;

use ringfence_cdr::dialect::MessagePiece;
use ringfence_cdr::{EventTime, InputCounts, Reject};
use ringfence_evaluator::{InputId, Output};
use ringfence_rules::Tables;

use crate::{DecodedRecord, Grant, JournalRecord, PackInForce, RawRecord, ShardId, Snapshot, WallClock};

/// Everything that can happen to a task.
pub enum Step<'s, 'r> {
    /// Following: this is the next record of the journal. What it names is to be read next.
    Follow(Follow<'s>),
    /// Following: the journal has been followed to its end. What this process brings, its pack, its lists and its sources,
    /// is put in force where others were, and from here on the task judges.
    Judge(Judge<'s>),
    /// Following: these are records that were wanted. They are read by the clock that the journal names.
    Repeat {
        /// The input.
        input: InputId,
        /// The records.
        records: &'s mut dyn Iterator<Item = RawRecord<'r>>,
    },
    /// Records of one input that follow each other. Those that were read before are passed over: an assignment that was
    /// just changed may bring them again.
    Records {
        /// The input.
        input: InputId,
        /// The records; those that found no room remain.
        records: &'s mut dyn Iterator<Item = RawRecord<'r>>,
        /// The wall clock, read after they came. That of an epoch's first records holds for those of the next second too,
        /// and the journal names it.
        clock: WallClock,
    },
    /// The same, decoded by whoever knows how their file is written.
    Decoded {
        /// The input.
        input: InputId,
        /// The records; those that found no room remain.
        records: &'s mut dyn Iterator<Item = DecodedRecord>,
    },
    /// An input has been read up to here: at its end, or, while following, where the slice ends. There may be offsets
    /// without records before.
    End {
        /// The input.
        input: InputId,
        /// The offset that the next record will have at least.
        next: i64,
        /// The offset after the last record of all, the high watermark. Where it lies beyond `next`, what lies between
        /// belongs to a transaction of a producer that is open still: the input has not been read to its end, and no tick
        /// moves its time.
        high: i64,
    },
    /// The epoch ends: time moves, what was touched is judged, and all of it becomes one commit.
    Cut(Cut<'s>),
    /// The end of an archive: after what a cut does, time goes to the end and what changed of open violations is told.
    Finish {
        /// When the archive ends; by default at its last event.
        until: Option<EventTime>,
    },
    /// Readers see the last cut.
    Committed {
        /// Where its journal record lies.
        offset: i64,
    },
    /// No reader sees the last cut or ever will. The state stays ahead of it and needs no rewinding.
    NotCommitted,
    /// The last cut may have taken effect or may not. The journal knows; the task does not.
    Doubtful,
}

/// A record of the journal that is to be followed.
#[derive(Clone, Copy, Debug)]
pub struct Follow<'s> {
    /// Where it lies.
    pub offset: i64,
    /// What it says.
    pub record: &'s JournalRecord,
    /// Its pack, where [`Task::wants_pack`](crate::Task::wants_pack) asked for it and there is such a one.
    pub pack: Option<&'s PackInForce>,
    /// The versions of lists that [`Task::wants_lists`](crate::Task::wants_lists) asked for, where there are such.
    pub lists: &'s Tables,
}

/// Where a task begins to judge.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'s> {
    /// The offset of the journal from which later records are found.
    pub journal_next: i64,
    /// Where to start in topics of which the journal knows no position, those that
    /// [`Task::wants_starts`](crate::Task::wants_starts) names.
    pub starts: &'s [(&'s str, i64)],
}

/// How an epoch ends.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'s> {
    /// The wall clock. It moves the time of inputs that have been read to their end; ticks never go back.
    pub clock: EventTime,
    /// The transactional id of the owner.
    pub owner: &'s str,
    /// Whether the state is to be stored once readers see the commit.
    pub with_snapshot: bool,
}

/// What came of a step.
#[derive(Debug)]
pub enum Event {
    /// Following: these records are wanted next, and then [`Step::End`] where they end.
    Wanted(Wanted),
    /// Following: the state is that after this record of the journal. What it published was published before.
    Followed {
        /// Of the record.
        sequence: u64,
    },
    /// The task judges from here on.
    Judging {
        /// Whether another pack, other settings or other inputs are in force than with the last commit: the next one says
        /// so, and the state should be stored soon after it.
        has_switched: bool,
    },
    /// Records were applied.
    Applied(Applied),
    /// The epoch is cut, and to be published as one.
    Cut(Box<Commit>),
    /// The last cut counts; the state as of it, where that was asked for.
    Committed(Option<Box<Snapshot>>),
    /// The last cut is to be published again, as it is.
    Again,
    /// The task is of no use any more: the shard is to be recovered.
    Recover,
}

/// Records that are to be read for a replay: those that lie between the offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The input.
    pub input: InputId,
    /// Its topic.
    pub topic: Arc<str>,
    /// The first offset.
    pub from: i64,
    /// The offset after the last.
    pub next: i64,
}

/// What became of some records.
#[derive(Debug, Default)]
pub struct Applied {
    /// Those that were not taken, in their order: dead letters, unless they are replayed.
    pub rejected: Vec<Rejection>,
    /// Whether the epoch has no room for more: records that are left have to wait for the next one.
    pub is_full: bool,
}

/// A record that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Where it lies.
    pub offset: i64,
    /// Which part of the message there it is; `None` where it is all of it.
    pub piece: Option<MessagePiece>,
    /// Why it was not taken.
    pub reject: Reject,
}

/// One commit of one shard. It is published whole, under the grant that it was cut under, or not at all.
#[derive(Debug)]
pub struct Commit {
    /// The shard.
    pub shard: ShardId,
    /// The grant under which it was cut. Offsets sent under a later one would be taken for its owner's.
    pub grant: Grant,
    /// From 1, without gaps.
    pub sequence: u64,
    /// The time of the commit.
    pub tick: EventTime,
    /// What changed.
    pub outputs: Vec<Output>,
    /// What the journal says of it; archives have none.
    pub journal: Option<JournalRecord>,
    /// Where each input is read on, for the group; not those that are retired.
    pub offsets: Vec<(Arc<str>, i64)>,
    /// What became of the records, by input.
    pub counts: Vec<(Arc<str>, InputCounts)>,
}

impl Step<'_, '_> {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Follow(_) => "a record to follow",
            Self::Judge(_) => "the end of the journal",
            Self::Repeat { .. } => "records to repeat",
            Self::Records { .. } | Self::Decoded { .. } => "records",
            Self::End { .. } => "the end of an input",
            Self::Cut(_) => "a cut",
            Self::Finish { .. } => "the end of an archive",
            Self::Committed { .. } | Self::NotCommitted | Self::Doubtful => "the outcome of a commit",
        }
    }
}

impl std::fmt::Debug for Step<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Follow(follow) => f.debug_tuple("Follow").field(follow).finish(),
            Self::Judge(judge) => f.debug_tuple("Judge").field(judge).finish(),
            Self::Repeat { input, .. } => f.debug_struct("Repeat").field("input", input).finish_non_exhaustive(),
            Self::Records { input, .. } => f.debug_struct("Records").field("input", input).finish_non_exhaustive(),
            Self::Decoded { input, .. } => f.debug_struct("Decoded").field("input", input).finish_non_exhaustive(),
            Self::End { input, next, high } => {
                f.debug_struct("End").field("input", input).field("next", next).field("high", high).finish()
            }
            Self::Cut(cut) => f.debug_tuple("Cut").field(cut).finish(),
            Self::Finish { until } => f.debug_struct("Finish").field("until", until).finish(),
            Self::Committed { offset } => f.debug_struct("Committed").field("offset", offset).finish(),
            Self::NotCommitted => f.write_str("NotCommitted"),
            Self::Doubtful => f.write_str("Doubtful"),
        }
    }
}
