//! By what names a shard and a grant of it are known.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A shard: one partition of one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShardId {
    /// What its keys are.
    pub scope: Scope,
    /// The partition of every input of the scope that it owns.
    pub partition: i32,
}

/// What the keys of a shard are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Numbers: those that call, and those that are complained of.
    Number,
}

/// A grant of a shard to an owner. A shard that was taken back and granted again has another one, so what was cut under
/// the first is known not to belong to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant(pub u64);

impl ShardId {
    /// The shard of the numbers of this partition.
    #[must_use]
    pub fn number(partition: i32) -> Self {
        Self { scope: Scope::Number, partition }
    }
}

impl Scope {
    /// The name in files and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
        }
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.scope.name(), self.partition)
    }
}
