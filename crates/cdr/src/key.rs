//! Whom a rule judges: each key has windows, episodes and violations of its own.

use serde::{Deserialize, Serialize};

use crate::PackedNumber;

/// What a rule judges, in full: nothing besides it is needed to name whom a violation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    /// A calling number.
    Number(PackedNumber),
    /// A calling number together with one called number.
    Pair(PackedNumber, PackedNumber),
}

impl Key {
    /// The number whose shard judges the key.
    #[must_use]
    pub fn number(self) -> PackedNumber {
        match self {
            Self::Number(number) | Self::Pair(number, _) => number,
        }
    }

    /// The called number of a pair.
    #[must_use]
    pub fn called(self) -> Option<PackedNumber> {
        match self {
            Self::Number(_) => None,
            Self::Pair(_, called) => Some(called),
        }
    }
}
