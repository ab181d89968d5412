//! The owner loop: poll, judge, publish, commit, with journal, recovery and ticks.
//!
//! [`Engine::start`] looks over the cluster, then runs a thread for each owner. An owner reads the inputs of its shards,
//! drives their tasks ([`Task`](ringfence_task::Task)) with what it read, and commits what came of it: outputs, offsets and
//! one journal record per shard in one transaction. A shard that was granted is recovered first, by its snapshot and its
//! journal.
//!
//! **Architecture invariant:** a shard has one owner; nothing on the way of a record takes a lock or crosses a thread;
//! every time that a shard is told stands in the journal before it counts.

mod clock;
pub mod config;
pub mod doctor;
mod engine;
mod gathering;
mod grants;
mod journal;
mod lineage;
mod live;
mod owner;
mod probation;
mod recovery;
mod release;
mod shared;
mod snapshotter;
mod stop;
mod topics;
mod vital;
mod watch;

pub use clock::wall_clock;
pub use config::{Config, ConfigError, Problem};
pub use engine::{Engine, Handle, StartError};
pub use owner::OwnerError;
pub use probation::MostlyRejected;
pub use shared::StopFlag;
pub use topics::make_topic;
