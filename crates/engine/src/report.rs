//! What the engine tells about itself: figures that add up, and where each shard stands.
//!
//! An [`Observer`] turns this into metrics, health and a read model. Owners call it after commits and changes, never for
//! a record, and no verdict reads what it keeps.

use std::sync::Arc;
use std::time::Duration;

use ringfence_cdr::{EventTime, RejectCode};
use ringfence_evaluator::{Ledger, ShardCounts};

/// What became of the records of one input since the last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Records read.
    pub records: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// New facts.
    pub inserted: u64,
    /// Repeats without a difference.
    pub duplicates: u64,
    /// Parts and versions that went into a fact that was there.
    pub merged: u64,
    /// Facts that a part joined into another one: they count as merged from then on.
    pub joined: u64,
    /// Of a type that does not count at this source.
    pub filtered: u64,
    /// Calls whose answer is told by their duration alone.
    pub answer_assumed: u64,
    /// Dead letters, by [`RejectCode`] in the order of [`RejectCode::ALL`].
    pub rejected: [u64; RejectCode::ALL.len()],
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            records: 0,
            bytes: 0,
            inserted: 0,
            duplicates: 0,
            merged: 0,
            joined: 0,
            filtered: 0,
            answer_assumed: 0,
            rejected: [0; RejectCode::ALL.len()],
        }
    }
}

impl Tally {
    /// Dead letters of all kinds.
    #[must_use]
    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().sum()
    }

    /// Adds one dead letter.
    pub(crate) fn reject(&mut self, code: RejectCode) {
        if let Some(at) = RejectCode::ALL.iter().position(|known| *known == code) {
            self.rejected[at] += 1;
        }
    }

    /// What was counted since an earlier state of the same tally.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let mut rejected = self.rejected;
        for (sum, before) in rejected.iter_mut().zip(earlier.rejected) {
            *sum -= before;
        }
        Self {
            records: self.records - earlier.records,
            bytes: self.bytes - earlier.bytes,
            inserted: self.inserted - earlier.inserted,
            duplicates: self.duplicates - earlier.duplicates,
            merged: self.merged - earlier.merged,
            joined: self.joined - earlier.joined,
            filtered: self.filtered - earlier.filtered,
            answer_assumed: self.answer_assumed - earlier.answer_assumed,
            rejected,
        }
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.inserted += other.inserted;
        self.duplicates += other.duplicates;
        self.merged += other.merged;
        self.joined += other.joined;
        self.filtered += other.filtered;
        self.answer_assumed += other.answer_assumed;
        for (sum, more) in self.rejected.iter_mut().zip(other.rejected) {
            *sum += more;
        }
    }
}

/// Where a shard stands, after a commit.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardReport {
    /// The shard.
    pub shard: i32,
    /// The owner's transactional id.
    pub owner: Arc<str>,
    /// What it does.
    pub state: ShardState,
    /// For each input, where it reads on and how far the input goes, as far as known.
    pub inputs: Vec<InputReport>,
    /// The least arrival time applied of all inputs.
    pub shard_time: Option<EventTime>,
    /// The tick of the last commit.
    pub committed_at: Option<EventTime>,
    /// The sequence of the last commit.
    pub sequence: u64,
    /// The sequence of the last snapshot that is stored.
    pub snapshot_sequence: Option<u64>,
    /// When that was, by the wall clock.
    pub snapshot_at: Option<EventTime>,
    /// The hash of the rule pack.
    pub pack: Arc<str>,
}

/// What a shard does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShardState {
    /// It is being recovered.
    Recovering,
    /// It judges.
    Live,
    /// It cannot go on, for this reason.
    Stopped(String),
}

/// Where a shard stands in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputReport {
    /// The topic.
    pub topic: Arc<str>,
    /// The next offset.
    pub next: i64,
    /// Whether the input has been read to its end.
    pub ended: bool,
    /// How many records lie before its end, as far as known.
    pub lag: Option<i64>,
}

/// One transaction that was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitReport {
    /// The owner's transactional id.
    pub owner: Arc<str>,
    /// From the cut to the outcome.
    pub took: Duration,
    /// Shards in it.
    pub shards: usize,
    /// Events in it, by what they are.
    pub events: EventCounts,
}

/// Events by what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Violations: by rule, severity and what the event says.
    pub violations: Vec<(Box<str>, &'static str, ringfence_evaluator::Status)>,
    /// Suspensions, by action.
    pub suspensions: Vec<ringfence_evaluator::ActAction>,
    /// Changes of where a card stands.
    pub card_statuses: u64,
    /// Dead letters.
    pub dead_letters: u64,
}

impl EventCounts {
    /// Adds those of another part.
    pub(crate) fn add(&mut self, other: Self) {
        self.violations.extend(other.violations);
        self.suspensions.extend(other.suspensions);
        self.card_statuses += other.card_statuses;
        self.dead_letters += other.dead_letters;
    }
}

/// Listens to the engine. Every method has an empty default.
pub trait Observer: Send + Sync {
    /// Records were applied to a shard; told with the commit that they are part of, once it has succeeded.
    fn applied(&self, topic: &str, shard: i32, tally: &Tally) {
        let _ = (topic, shard, tally);
    }

    /// A transaction was committed.
    fn committed(&self, report: &CommitReport) {
        let _ = report;
    }

    /// A transaction did not come about and will be tried again.
    fn commit_failed(&self, owner: &str, needs_a_person: bool) {
        let _ = (owner, needs_a_person);
    }

    /// A shard moved on, or changed what it does.
    fn shard(&self, report: &ShardReport) {
        let _ = report;
    }

    /// A shard went to another owner.
    fn shard_gone(&self, shard: i32) {
        let _ = shard;
    }

    /// A shard was recovered.
    fn recovered(&self, shard: i32, took: Duration, commits_replayed: u64, records_replayed: u64) {
        let _ = (shard, took, commits_replayed, records_replayed);
    }

    /// A snapshot was stored.
    fn snapshot(&self, shard: i32, bytes: u64, took: Duration) {
        let _ = (shard, bytes, took);
    }

    /// A snapshot could not be stored.
    fn snapshot_failed(&self, shard: i32) {
        let _ = shard;
    }

    /// What a shard holds; told with each snapshot, since it goes through the whole shard.
    fn holds(&self, shard: i32, counts: &ShardCounts, ledger: &Ledger) {
        let _ = (shard, counts, ledger);
    }

    /// The loop of an owner went round: it is alive.
    fn alive(&self, owner: &str) {
        let _ = owner;
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug)]
pub struct NoObserver;

impl Observer for NoObserver {}
