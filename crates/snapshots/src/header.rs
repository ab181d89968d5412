//! What a snapshot says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where a snapshot comes from, what it holds and how to go on from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The release that wrote it, for people.
    pub release: String,
    /// The shard: the number of its partitions.
    pub shard: i32,
    /// Where it comes from.
    pub lineage: Lineage,
    /// The state is that after the journal record of this sequence.
    pub sequence: u64,
    /// The offset in the journal's partition from which later records are found.
    pub journal_next: i64,
    /// For each input, in the order of the configuration, where the shard reads on.
    pub inputs: Vec<InputPosition>,
    /// Strikes before this time impose nothing (milliseconds since 1970).
    pub impose_from: i64,
    /// Time went at least this far (milliseconds since 1970).
    pub tick: i64,
    /// The rules under which the state was made.
    pub pack: PackTexts,
    /// How the inputs were read, as the engine encodes it: what comes after is replayed in the same way.
    pub sources: String,
}

/// The cluster and the topics, by the ids that Kafka gave them: a topic made anew has another id, and its offsets mean
/// other records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lineage {
    /// The id of the cluster.
    pub cluster: String,
    /// The ids of journal and inputs by name.
    pub topics: BTreeMap<String, String>,
}

/// Where a shard reads on in one of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputPosition {
    /// The topic; the partition is the shard's.
    pub topic: String,
    /// The next offset.
    pub next: i64,
}

/// A rule pack as it was given, so that what was begun under it can be ended under it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackTexts {
    /// Its content hash.
    pub hash: String,
    /// Its files: path and text.
    pub files: BTreeMap<String, String>,
    /// Reference lists from outside the pack: path and text.
    pub lists: BTreeMap<String, String>,
}

impl Lineage {
    /// What tells the two apart, in words; `None` where they are the same.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.cluster != other.cluster {
            return Some(format!("cluster {} is not cluster {}", other.cluster, self.cluster));
        }
        for (topic, id) in &self.topics {
            match other.topics.get(topic) {
                None => return Some(format!("topic {topic} was not read")),
                Some(found) if found != id => return Some(format!("topic {topic} had id {found} and has id {id}")),
                Some(_) => {}
            }
        }
        let dropped = other.topics.keys().find(|topic| !self.topics.contains_key(*topic));
        dropped.map(|topic| format!("topic {topic} is read no longer"))
    }
}
