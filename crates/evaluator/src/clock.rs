//! Where a shard's time comes from.

use ringfence_cdr::EventTime;

/// Where a shard's time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardClock {
    /// Archives: everything is admitted, nothing settles or is evicted; time is the highest arrival time, or event
    /// time where records have none, read so far.
    Archive,
    /// Live inputs: records are admitted by their arrival; time is the least arrival time applied of all inputs, and
    /// stands still until each has spoken. See [`crate::Shard::add_input`].
    Live {
        /// Strikes before this are due but nothing is imposed for them (`EventTime::MIN` imposes for all).
        impose_from: EventTime,
    },
}
