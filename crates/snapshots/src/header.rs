//! What a snapshot says of itself.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a snapshot says of itself, as far as it takes to store it, to find it and to know that it comes from here. How
/// to go on from it is for whoever made it to say.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// The release that wrote it, for people.
    pub release: String,
    /// The name of the shard; its directory has it.
    pub shard: String,
    /// The state is that after the journal record of this sequence.
    pub sequence: u64,
    /// The ids of what it was made from, by name: cluster and topics.
    pub origin: BTreeMap<String, String>,
    /// The hashes of the rule packs whose texts it holds.
    pub packs: Vec<String>,
    /// The versions of tables that it needs, which lie beside it.
    pub tables: Vec<String>,
    /// What the body is, and how to go on from it.
    pub state: serde_json::Value,
}

impl fmt::Debug for Header {
    /// Never the state: it fills pages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("shard", &self.shard)
            .field("sequence", &self.sequence)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// What tells two origins apart, in words; `None` where nothing that both name has another id.
pub(crate) fn difference(here: &BTreeMap<String, String>, there: &BTreeMap<String, String>) -> Option<String> {
    let mut known = here.iter().filter_map(|(name, here)| Some((name, here, there.get(name)?)));
    let (name, here, there) = known.find(|(_, here, there)| here != there)?;
    Some(format!("{name} had id {there} and has id {here}"))
}
