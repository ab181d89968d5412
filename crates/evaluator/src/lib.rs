//! The shard: timelines of many keys, judged by the rules of a pack.
//!
//! A [`Shard`] takes decoded records one by one ([`Shard::apply`]) and says at every commit what changed
//! ([`Shard::commit`]). It never fails, never blocks and never reads a clock: the same records in the same slices
//! with the same ticks give the same outputs, byte for byte.
//!
//! A commit runs through rooms, of which each knows those below it alone:
//!
//! ```text
//! shard      records in, commits, eviction, snapshots; takes what a number has from room to room
//! ladders    from violations to strikes and acts
//! episodes   what the instants that hold come to, and what is told of it
//! judging    at which instants a rule holds, and on what
//! facts      what is known of one number
//! rulebook   which rule judges which instant
//! ```
//!
//! **Architecture invariant:** no I/O, no clock, no randomness, no floating point in a verdict, and no order of a hash
//! map in an output.

mod clock;
mod episodes;
mod facts;
mod judging;
mod ladders;
mod output;
mod rulebook;
mod shard;

pub use clock::ShardClock;
pub use output::{Output, quantity};
pub use shard::{
    Delivery, InputId, Ledger, Outcome, RestoreError, SNAPSHOT_FORMAT, Shard, ShardCounts, ShardOptions, Standing,
    StandingEpisode, StandingStrike,
};
