//! Values that are each kept once and known by a number.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A table of values by symbol; symbol 0 is none. A new value takes the lowest symbol that is free, so the same steps
/// give the same symbols, also after the table was stored and read back.
#[derive(Clone, Debug)]
pub(super) struct Table<T> {
    entries: Vec<Option<Entry<T>>>,
    /// The symbols of `None` above, the lowest last.
    free: Vec<u32>,
    by_value: HashTable<u32>,
    /// Values come from outside, so nobody may know where they fall.
    hasher: RandomState,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry<T> {
    value: T,
    /// Seen in use since the marks were last cleared.
    marked: bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: Vec::new(), by_value: HashTable::new(), hasher: RandomState::new() }
    }
}

impl<T: Eq + Hash> Table<T> {
    /// The symbol of a value, and marks it; a value that is not there yet is made by `own`.
    pub(super) fn intern<Q: ?Sized + Eq + Hash>(&mut self, value: &Q, own: impl FnOnce(&Q) -> T) -> u32
    where
        T: Borrow<Q>,
    {
        if let Some(symbol) = self.lookup(value) {
            self.mark(symbol);
            return symbol;
        }
        let entry = Some(Entry { value: own(value), marked: true });
        let symbol = match self.free.pop() {
            Some(symbol) => {
                self.entries[place(symbol)] = entry;
                symbol
            }
            None => {
                self.entries.push(entry);
                self.entries.len() as u32
            }
        };
        self.index(symbol);
        symbol
    }

    pub(super) fn lookup<Q: ?Sized + Eq + Hash>(&self, value: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
    {
        let is_it = |symbol: &u32| self.get(*symbol).is_some_and(|known| known.borrow() == value);
        self.by_value.find(self.hasher.hash_one(value), is_it).copied()
    }

    pub(super) fn get(&self, symbol: u32) -> Option<&T> {
        let entry = self.entries.get(place(symbol))?.as_ref()?;
        Some(&entry.value)
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    pub(super) fn clear_marks(&mut self) {
        self.entries.iter_mut().flatten().for_each(|entry| entry.marked = false);
    }

    pub(super) fn mark(&mut self, symbol: u32) {
        if let Some(Some(entry)) = self.entries.get_mut(place(symbol)) {
            entry.marked = true;
        }
    }

    /// Forgets every value without a mark.
    pub(super) fn drop_unmarked(&mut self) {
        for entry in &mut self.entries {
            entry.take_if(|entry| !entry.marked);
        }
        self.arrange();
    }

    /// The bytes of the table itself; `of_value` says what a value holds on the heap.
    pub(super) fn heap_bytes(&self, of_value: impl Fn(&T) -> usize) -> usize {
        let values: usize = self.entries.iter().flatten().map(|entry| of_value(&entry.value)).sum();
        let entries = self.entries.capacity() * size_of::<Option<Entry<T>>>();
        values + entries + self.free.capacity() * size_of::<u32>() + self.by_value.allocation_size()
    }

    /// Works out what follows from the entries.
    fn arrange(&mut self) {
        let last = self.entries.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        self.entries.truncate(last);
        self.entries.shrink_to(2 * last);
        let free = |(at, entry): (usize, &Option<Entry<T>>)| entry.is_none().then_some(at as u32 + 1);
        self.free = self.entries.iter().enumerate().rev().filter_map(free).collect();
        self.by_value = HashTable::with_capacity(self.len());
        for at in (0..self.entries.len()).filter(|at| self.entries[*at].is_some()).collect::<Vec<_>>() {
            self.index(at as u32 + 1);
        }
    }

    fn index(&mut self, symbol: u32) {
        let Self { entries, by_value, hasher, .. } = self;
        let entry = |symbol: u32| entries.get(place(symbol)).and_then(Option::as_ref);
        let hash = |symbol: &u32| entry(*symbol).map_or(0, |entry| hasher.hash_one(&entry.value));
        by_value.insert_unique(hash(&symbol), symbol, hash);
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<'de, T: Eq + Hash + Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Self { entries: Vec::deserialize(deserializer)?, ..Self::default() };
        table.arrange();
        Ok(table)
    }
}

/// Where the entry of a symbol lies; nowhere for 0.
fn place(symbol: u32) -> usize {
    (symbol as usize).wrapping_sub(1)
}
