//! One partition as a log machine.
//!
//! A [`Task`] is told what happens to a shard, one [`Step`] after the other: records come, an input ends, an epoch is
//! cut, a commit took effect. Of each comes one [`Event`]: what is to be published, what could not be taken, what has to
//! be read next. It decodes, applies and judges, and says for every commit what the journal must hold; from a snapshot and
//! the journal it finds back to the same state, byte for byte. The service, archives and tests drive the same machine.
//!
//! **Architecture invariant:** no I/O, no clock, no threads. Where records come from and whether a commit took effect is
//! known to the driver alone, and every time that a shard is told stands in the journal before it counts.

mod apply;
mod cut;
mod following;
mod identity;
mod inputs;
mod journal;
mod keys;
mod lineage;
mod moves;
mod packs;
mod reading;
mod refusal;
mod releases;
mod replay;
mod restored;
mod setup;
mod slices;
mod snapshot;
mod source;
mod step;
mod switch;
mod task;
mod versions;
mod wall_clock;

pub use identity::{Grant, Scope, ShardId};
pub use inputs::{INPUTS_MAX, Input};
pub use journal::{Entry, InputEnd, JOURNAL_BYTES_MAX, JOURNAL_FORMAT, JUDGING, JournalError, JournalRecord};
pub use keys::{KeyForm, Keys, Partitioner};
pub use lineage::Lineage;
pub use packs::{PackError, PackInForce, StoredPack};
pub use reading::{Decoded, DecodedRecord, Decoder, RawRecord, Reading, ReadingError, ReadingSettings};
pub use refusal::Refusal;
pub use releases::TableReleases;
pub use setup::Setup;
pub use slices::SLICES_MAX;
pub use snapshot::{InputPosition, Snapshot, SnapshotHeader};
pub use source::{DIALECT_BYTES_MAX, Source, SourceKey, SourceKeyForm, SourceNumbers, SourcePartitioner};
pub use step::{Applied, Commit, Cut, Event, Follow, Judge, Rejection, Step, Wanted};
pub use task::Task;
pub use versions::{ListUnknown, ListVersions};
pub use wall_clock::{Timestamp, WallClock, Witnesses};
