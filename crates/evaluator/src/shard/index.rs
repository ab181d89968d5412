//! From a number to its place in the shard.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use ringfence_cdr::PackedNumber;

use super::number::NumberState;

/// The places of the numbers of a shard. Only these are kept, four bytes each: the number itself stands in its state,
/// which whoever looks a number up reads next. Nothing is told in the order of the table.
#[derive(Debug, Default)]
pub(crate) struct Index {
    slots: HashTable<u32>,
    hasher: FixedState,
}

impl Index {
    /// The place of a number.
    pub(crate) fn find(&self, number: PackedNumber, states: &[Option<NumberState>]) -> Option<u32> {
        let is_there = |slot: &u32| number_at(states, *slot) == Some(number);
        self.slots.find(self.hasher.hash_one(number), is_there).copied()
    }

    /// Adds the place of a number that has none.
    pub(crate) fn insert(&mut self, slot: u32, states: &[Option<NumberState>]) {
        let hash = |slot: &u32| self.hasher.hash_one(number_at(states, *slot).unwrap_or(PackedNumber(0)));
        self.slots.insert_unique(hash(&slot), slot, hash);
    }

    /// Forgets the place of a number.
    pub(crate) fn remove(&mut self, number: PackedNumber, states: &[Option<NumberState>]) {
        let is_there = |slot: &u32| number_at(states, *slot) == Some(number);
        if let Ok(entry) = self.slots.find_entry(self.hasher.hash_one(number), is_there) {
            entry.remove();
        }
    }

    /// The bytes it holds on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.slots.allocation_size()
    }
}

fn number_at(states: &[Option<NumberState>], slot: u32) -> Option<PackedNumber> {
    states.get(slot as usize)?.as_ref().map(|state| state.number)
}
