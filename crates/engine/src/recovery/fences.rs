//! Which owners were fenced, for whose transactions.
//!
//! Fencing takes an owner's place for a moment: one that is dead leaves nothing open then, one that is alive loses what it
//! was doing. So it is done to the owner of the very record that keeps a shard waiting, once for that record, and never
//! to oneself: what a process left open before it was started again is ended by its own new producer.

use std::collections::BTreeMap;

use ringfence_consumer::kafka::OpenRecord;

/// The fences of one owner's recovery thread.
#[derive(Debug)]
pub(super) struct Fences {
    own: std::sync::Arc<str>,
    /// By shard the last record for which its owner was fenced.
    done: BTreeMap<i32, OpenRecord>,
}

impl Fences {
    /// Those of an owner of this name.
    pub(super) fn of(own: std::sync::Arc<str>) -> Self {
        Self { own, done: BTreeMap::new() }
    }

    /// Whether the owner of an open record is to be fenced.
    pub(super) fn is_due(&self, shard: i32, open: &OpenRecord) -> bool {
        *open.owner != *self.own && self.done.get(&shard) != Some(open)
    }

    /// Notes that it was.
    pub(super) fn note(&mut self, shard: i32, open: &OpenRecord) {
        self.done.insert(shard, open.clone());
    }
}

#[cfg(test)]
mod tests {
    use ringfence_consumer::kafka::OpenRecord;

    use super::Fences;

    fn record(owner: &str, offset: i64) -> OpenRecord {
        OpenRecord { owner: owner.to_owned(), offset }
    }

    #[test]
    fn an_owner_is_fenced_once_for_a_record() {
        let mut fences = Fences::of("me".into());
        assert!(fences.is_due(1, &record("a", 7)));
        fences.note(1, &record("a", 7));
        assert!(!fences.is_due(1, &record("a", 7)), "it may be alive, and busy with something else");
        assert!(fences.is_due(1, &record("a", 9)), "a later transaction");
        assert!(fences.is_due(1, &record("b", 7)) && fences.is_due(2, &record("a", 7)));
    }

    #[test]
    fn nobody_fences_oneself() {
        assert!(!Fences::of("me".into()).is_due(1, &record("me", 7)));
    }
}
