//! What stands on the lists of a shard, and what a new version changes.
//!
//! A pack names its lists; a shard has one version of each, whichever edition asks. So the editions of the past find on
//! a list what stands there now: a list says who somebody was at a time, and a new version says it better. A list that
//! the process does not give any more stays as it was while an edition names it.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Number};
use ringfence_rules::{Field, List, ListEntry, Listed, Pack, Tables};

/// The lists of a pack, by their places in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists(Arc<[Arc<List>]>);

/// One list of which another version came.
#[derive(Debug)]
pub(crate) struct ListChange {
    /// The fields that rules look up in it.
    pub(super) fields: Vec<Field>,
    pub(super) before: Arc<List>,
    pub(super) after: Arc<List>,
}

impl Lists {
    /// Those that a pack names; one that nobody gave is empty.
    pub(super) fn of(pack: &Pack, tables: &Tables) -> Self {
        let list = |name: &str| tables.list(name).cloned().unwrap_or_else(|| Arc::new(List::empty(name)));
        Self(pack.lists.iter().map(|name| list(name)).collect())
    }

    /// When a number is on each of them.
    pub(crate) fn listed(&self, number: &Number) -> Box<[Listed]> {
        self.0.iter().map(|list| list.listed(number)).collect()
    }

    /// Whether a number is on one of them at a time.
    pub(crate) fn contain(&self, list: usize, number: &Number, at: EventTime) -> bool {
        self.0.get(list).is_some_and(|list| list.contains(number, at))
    }
}

impl ListChange {
    /// The fields that rules look up in it.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Whether a number was or is on it at any time at which it was not, or is not.
    pub(crate) fn is_about(&self, number: &Number) -> bool {
        self.before.intervals(number) != self.after.intervals(number)
    }

    /// Whether a number was on it and is not, or is and was not, at this time.
    pub(crate) fn is_about_at(&self, number: &Number, at: EventTime) -> bool {
        self.before.contains(number, at) != self.after.contains(number, at)
    }

    /// The first instant for which the two versions may say something else.
    pub(crate) fn from(&self) -> EventTime {
        let earliest = |own: &List, other: &List| {
            let changed = own.entries().filter(|(key, entries)| other.intervals(key) != *entries);
            changed.flat_map(|(_, entries)| entries.iter().map(|entry: &ListEntry| entry.valid_from)).min()
        };
        let both = [earliest(&self.before, &self.after), earliest(&self.after, &self.before)];
        both.into_iter().flatten().min().unwrap_or(EventTime::MAX)
    }
}
