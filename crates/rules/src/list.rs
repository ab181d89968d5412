//! Reference lists shipped with a pack.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Number};

/// A list of numbers, each listed for intervals of time. Look-ups are on the path of every record, so they go
/// through a hash map; what is printed or hashed goes through [`List::entries`], which has an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Its name, without the `@`.
    pub name: Box<str>,
    /// By the text of the number.
    entries: Vec<(Number, Vec<ListEntry>)>,
    /// Where a number stands in `entries`. Numbers come from a trusted pack: a fixed seed is safe.
    places: HashMap<Number, usize, FixedState>,
}

/// When a number is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listed {
    /// At no time.
    Never,
    /// At some times.
    AtTimes,
    /// At any time.
    Always,
}

/// One interval for which a key is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListEntry {
    /// The first instant.
    pub valid_from: EventTime,
    /// The first instant no more.
    pub valid_until: EventTime,
}

impl ListEntry {
    /// For any time.
    pub const ALWAYS: Self = Self { valid_from: EventTime::MIN, valid_until: EventTime::MAX };
}

impl List {
    /// A list of these entries.
    #[must_use]
    pub fn new(name: &str, entries: impl IntoIterator<Item = (Number, ListEntry)>) -> Self {
        let mut flat: Vec<(Number, ListEntry)> = entries.into_iter().collect();
        flat.sort_by_cached_key(|(key, entry)| (key.to_string(), *entry));
        let mut entries: Vec<(Number, Vec<ListEntry>)> = Vec::new();
        for (key, entry) in flat {
            match entries.last_mut() {
                Some((last, intervals)) if *last == key => intervals.push(entry),
                _ => entries.push((key, vec![entry])),
            }
        }
        let places = entries.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        Self { name: name.into(), entries, places }
    }

    /// Whether the number is listed at that time.
    #[must_use]
    pub fn contains(&self, number: &Number, at: EventTime) -> bool {
        self.intervals(number).iter().any(|entry| entry.valid_from <= at && at < entry.valid_until)
    }

    /// When the number is listed.
    #[must_use]
    pub fn listed(&self, number: &Number) -> Listed {
        match self.intervals(number) {
            [] => Listed::Never,
            intervals if intervals.contains(&ListEntry::ALWAYS) => Listed::Always,
            _ => Listed::AtTimes,
        }
    }

    /// The intervals for which a number is listed; none for a number that never is.
    #[must_use]
    pub fn intervals(&self, number: &Number) -> &[ListEntry] {
        self.places.get(number).map_or(&[], |place| &self.entries[*place].1)
    }

    /// Every key with its intervals, in the order of the keys.
    pub fn entries(&self) -> impl Iterator<Item = (&Number, &[ListEntry])> {
        self.entries.iter().map(|(key, entries)| (key, entries.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_listed_from_its_first_instant_to_before_its_last() {
        let entry = |from, until| ListEntry { valid_from: EventTime(from), valid_until: EventTime(until) };
        let number = Number::new("+8617000000001");
        let list = List::new("x", [(number.clone(), entry(10, 20)), (number.clone(), entry(30, 40))]);
        let listed = |at| list.contains(&number, EventTime(at));
        assert_eq!([9, 10, 19, 20, 30, 39, 40].map(listed), [false, true, true, false, true, true, false]);
        let never = Number::new("+8617000000002");
        assert!(!list.contains(&never, EventTime(15)));
        let always = Number::new("+8617000000003");
        let list = List::new("x", [(number.clone(), entry(10, 20)), (always.clone(), ListEntry::ALWAYS)]);
        let listed = [&never, &number, &always].map(|number| list.listed(number));
        assert_eq!(listed, [Listed::Never, Listed::AtTimes, Listed::Always]);
    }
}
