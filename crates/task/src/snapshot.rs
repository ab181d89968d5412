//! The state of a task after a commit, with everything that is needed to go on from there.

use serde::{Deserialize, Serialize};

use crate::{Lineage, ListVersions, ShardId, StoredPack};

/// A snapshot: the state after a record of the journal. None holds anything that no record says: a process that replays
/// the journal from an older one must come to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// What it says of itself.
    pub about: SnapshotHeader,
    /// The state of the shard.
    pub state: Vec<u8>,
}

/// Where a snapshot comes from, what it holds and how to go on from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotHeader {
    /// The shard.
    pub shard: ShardId,
    /// The cluster and the ids of journal and inputs.
    pub lineage: Lineage,
    /// The state is that after the journal record of this sequence.
    pub sequence: u64,
    /// The offset in the journal's partition from which later records are found.
    pub journal_next: i64,
    /// Where the shard reads on, also in inputs that are retired.
    pub inputs: Vec<InputPosition>,
    /// Strikes before this time impose nothing (milliseconds since 1970).
    pub impose_from: i64,
    /// Time went at least this far (milliseconds since 1970).
    pub tick: i64,
    /// The packs of which a rule is still needed, that in force first.
    pub packs: Vec<StoredPack>,
    /// The versions of the lists that they name.
    pub lists: ListVersions,
    /// How the inputs were read: what comes after is replayed in the same way.
    pub sources: String,
}

/// Where a shard reads on in one of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputPosition {
    /// The topic; the partition is the shard's.
    pub topic: String,
    /// The next offset.
    pub next: i64,
}
