//! Other versions of a world's lists, drawn apart from it.

use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{EventTime, Millis, Number};
use ringfence_rules::{List, ListEntry, Tables};

use super::World;
use super::calls::{CALLED, CALLERS};
use super::clocks;
use crate::Delivered;

/// Who is on the lists of a world, and when.
#[derive(Clone, Debug)]
pub struct Listing {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    list: &'static str,
    key: &'static str,
    /// After the world's first record; none for all time before.
    from: Option<Millis>,
    /// None for all time after.
    length: Option<Millis>,
}

impl Listing {
    /// Any listing of a few of those who call and are called.
    pub fn any() -> impl Strategy<Value = Self> {
        let of = |list: &'static str, keys: &'static [&'static str]| {
            let from = prop::option::of(prop_oneof![1 => Just(Millis::ZERO), 2 => clocks::length()]);
            (select(keys), from, prop::option::of(clocks::length())).prop_map(move |(key, from, length)| Entry {
                list,
                key,
                from,
                length,
            })
        };
        let entry = prop_oneof![of("cards", &CALLERS), of("listed", &CALLED)];
        prop::collection::vec(entry, 0..6).prop_map(|entries| Self { entries })
    }

    /// The lists of a world as they stand under this listing.
    #[must_use]
    pub fn of(&self, world: &World) -> Tables {
        let start = world.records.iter().map(Delivered::at).min().unwrap_or(EventTime(0));
        let list = |name: &str| {
            let own = self.entries.iter().filter(|entry| entry.list == name);
            List::new(name, own.map(|entry| (Number::new(entry.key), entry.interval(start))))
        };
        world.pack.lists.iter().map(|name| list(name)).collect()
    }
}

impl Entry {
    fn interval(&self, start: EventTime) -> ListEntry {
        let valid_from = self.from.map_or(EventTime::MIN, |from| start.plus(from));
        let end = |length: Millis| self.from.map_or(start, |_| valid_from).plus(length.max(Millis(1)));
        ListEntry { valid_from, valid_until: self.length.map_or(EventTime::MAX, end) }
    }
}
