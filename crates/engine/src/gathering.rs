//! The owners of a process join their group one after the other, and a group gives all shards to whoever comes first. So
//! shards that come at a start wait, for a moment, until every owner has some: else the first would recover what it is
//! about to hand over.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Moment;

/// How long they wait at most, since the process began to join: as long as a group takes to notice that another member
/// has come, some heartbeats. Other processes may have taken so many shards that none is left for one of these owners.
const LIMIT: Duration = Duration::from_secs(3);

/// Who has come so far.
pub(crate) struct Gathering {
    expected: usize,
    until: Moment,
    granted: Mutex<BTreeSet<Arc<str>>>,
}

impl Gathering {
    /// As a process begins to join with so many owners.
    pub(crate) fn new(owners: usize, shards: i32) -> Self {
        let expected = owners.min(usize::try_from(shards).unwrap_or_default());
        Self { expected, until: Moment::now().after(LIMIT), granted: Mutex::default() }
    }

    /// Notes that an owner was granted shards.
    pub(crate) fn note(&self, owner: &Arc<str>) {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner).insert(owner.clone());
    }

    /// Whether every owner has shards, or has been waited for.
    pub(crate) fn is_over(&self) -> bool {
        self.until.is_over() || self.granted.lock().unwrap_or_else(PoisonError::into_inner).len() >= self.expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_once_every_owner_that_can_have_shards_has_some() {
        let (one, other) = (Arc::from("owner-0"), Arc::from("owner-1"));
        let gathering = Gathering::new(2, 4);
        assert!(!gathering.is_over());
        gathering.note(&one);
        gathering.note(&one);
        assert!(!gathering.is_over());
        gathering.note(&other);
        assert!(gathering.is_over());
        let alone = Gathering::new(1, 4);
        alone.note(&one);
        assert!(alone.is_over());
        let more_than_shards = Gathering::new(3, 1);
        more_than_shards.note(&one);
        assert!(more_than_shards.is_over());
    }
}
