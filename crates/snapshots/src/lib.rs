//! Snapshots of shards in a directory that the processes of a group share.
//!
//! A snapshot is the whole state of one shard as of one record of its journal. Recovery takes the newest one that is
//! good and replays the journal from there; so a snapshot that cannot be trusted is worth nothing, and one that was
//! lost costs time, never correctness. Every file therefore carries a checksum and says where it comes from, and
//! appears under its name only when it is complete and on the disk.
//!
//! **Architecture invariant:** what a shard's state means is not known here: its bytes are stored as they come.

mod file;
mod header;
mod store;
mod tables;

pub use file::Flaw;
pub use header::Header;
pub use store::{Search, Skipped, Snapshot, Store, StoreError};

#[cfg(test)]
mod tests;
