//! Reference lists shipped with a pack.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Number};

/// A list of numbers, each listed for an interval of time.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Its name, without the `@`.
    pub name: Box<str>,
    entries: BTreeMap<Number, Vec<ListEntry>>,
}

/// One interval for which a key is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListEntry {
    /// The first instant.
    pub valid_from: EventTime,
    /// The first instant no more.
    pub valid_until: EventTime,
}

impl List {
    /// A list of these entries.
    #[must_use]
    pub fn new(name: &str, entries: impl IntoIterator<Item = (Number, ListEntry)>) -> Self {
        let mut by_key: BTreeMap<Number, Vec<ListEntry>> = BTreeMap::new();
        for (key, entry) in entries {
            by_key.entry(key).or_default().push(entry);
        }
        by_key.values_mut().for_each(|entries| entries.sort_unstable());
        Self { name: name.into(), entries: by_key }
    }

    /// Whether the number is listed at that time.
    #[must_use]
    pub fn contains(&self, number: &Number, at: EventTime) -> bool {
        self.entries
            .get(number)
            .is_some_and(|entries| entries.iter().any(|entry| entry.valid_from <= at && at < entry.valid_until))
    }

    /// Whether the number is listed at any time.
    #[must_use]
    pub fn ever_contains(&self, number: &Number) -> bool {
        self.entries.contains_key(number)
    }

    /// Every key with its intervals, in the order of the keys.
    pub fn entries(&self) -> impl Iterator<Item = (&Number, &[ListEntry])> {
        self.entries.iter().map(|(key, entries)| (key, entries.as_slice()))
    }
}
