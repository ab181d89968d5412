//! What goes into a shard, and what became of it.

use ringfence_cdr::{EventTime, Record, Reject, RejectCode};

/// One decoded record on its way into a shard.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Which of the shard's inputs it was read from.
    pub input: InputId,
    /// When it arrived: the Kafka timestamp of the record, `arrivalTime` in archives that have it; `None` in
    /// archives that do not.
    pub arrival: Option<EventTime>,
    /// The record.
    pub record: Record,
}

/// An input of a shard: one partition of one topic. Numbered from 0 in the order in which they were added, see
/// [`Shard::add_input`](crate::Shard::add_input); archives need none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputId(pub u32);

/// What became of a record: each is exactly one of these (law C-1).
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A new fact.
    Inserted,
    /// The same record again; nothing changed.
    Duplicate,
    /// The same record with other contents: a dead letter that says which of the two stands.
    ConflictingDuplicate {
        /// Which of the two.
        stands: Standing,
        /// How many facts fewer there are because of it: where a part or a leg stands instead of a call of its own, or
        /// the other way round, facts are joined (counted as merged from now on) or, negative, come apart.
        facts_joined: i32,
    },
    /// A part of a call, a leg of an attempt, or another version of a complaint, that is already a fact.
    Merged {
        /// How many facts that stood by themselves it joined into another: they count as merged from now on. Negative,
        /// how many come apart, as an answered leg that comes late parts what was one attempt, and count as facts again.
        facts_joined: i32,
    },
    /// Not taken: a dead letter.
    Rejected(Reject),
}

impl Standing {
    /// Why the record read now is a dead letter, and which of the two stands.
    #[must_use]
    pub fn reject(self) -> Reject {
        let detail = match self {
            Self::Earlier => "the record read before stands",
            Self::Later => "this record stands instead of the one read before",
        };
        Reject::new(RejectCode::ConflictingDuplicate, detail)
    }
}

/// Which of two conflicting records stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The one read before.
    Earlier,
    /// The one read now.
    Later,
}
