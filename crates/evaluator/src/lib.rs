//! The shard: timelines of many keys, judged by the rules of a pack.
//!
//! A [`Shard`] takes decoded records one by one ([`Shard::apply`]) and says at every commit what changed
//! ([`Shard::commit`]). It never fails, never blocks and never reads a clock: the same records in the same slices
//! with the same ticks give the same outputs, byte for byte.
//!
//! The way of a record: `shard` admits it, `intake` inserts it and remembers what it touched; at the commit `commit` asks
//! `class` and `program` which rules can hold at all, `judge` moves the `view`s of those through the changed instants, `track`
//! keeps what holds, `publish` says what changed of it, and `climb` turns violations into strikes and sanctions.
//!
//! **Architecture invariant:** no I/O, no clock, no randomness, no floating point in a verdict, and no order of a hash
//! map in an output.

mod admission;
mod cap;
mod class;
mod climb;
mod commit;
mod delivery;
mod evict;
mod evidence;
mod hot;
mod index;
mod intake;
mod judge;
mod matcher;
mod number;
mod output;
mod program;
mod publish;
mod published;
mod reason;
mod rulebook;
mod scene;
mod shard;
mod snapshot;
mod standing;
mod stored;
mod switch;
mod touched;
mod track;
mod tracks;
mod view;

pub use delivery::{Delivery, InputId, Outcome, Record, Standing};
pub use output::{Output, quantity};
pub use shard::{Clock, Ledger, Shard, ShardCounts, ShardOptions};
pub use snapshot::{RestoreError, SNAPSHOT_FORMAT};
pub use standing::{StandingEpisode, StandingStrike};
