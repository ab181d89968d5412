//! Which rule: an identity that outlives packs.

use ringfence_cdr::{Key, PackedNumber};
use serde::{Deserialize, Serialize};

/// Names one rule of a shard. A shard gives it once and never again to another rule, so that it still means the same
/// after any number of changes of the pack; a rule's place in a pack does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(pub u32);

/// Names where one line of rules stands for one key. The rules that follow each other under one name are a *line*, and
/// it is known by the first of them: what one of them saw begin, the next one carries on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrackId {
    /// The first rule of the line.
    pub line: RuleId,
    /// Whom it judges.
    pub key: Key,
}

impl TrackId {
    /// The name that no track of a line comes before.
    #[must_use]
    pub fn first_of(line: RuleId) -> Self {
        Self { line, key: Key::Number(PackedNumber(0)) }
    }
}
