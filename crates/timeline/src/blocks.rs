//! A sequence in which an insertion anywhere moves no more than a block.
//!
//! A vector moves everything behind the place of an insertion: a hundred thousand complaints that come in the wrong order
//! would move hundreds of gigabytes. What is kept in order here lies in blocks of so many, so that it costs a
//! search and a move of a block, whatever there is. A short sequence is one block, and takes no more than a vector.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Work;
use crate::between::Between;

/// The most entries of a block where what is stored lies in them.
const SHORT: usize = 64;

/// Entries in an order that their owner keeps: it asks for the place of a new one by halves. A block has at most `MAX` of
/// them; one that would have more becomes two. Few keep an insertion cheap, and many keep together what is gone through.
#[derive(Clone, Debug)]
pub struct Blocks<T, const MAX: usize = SHORT>(Form<T>);

#[derive(Clone, Debug)]
enum Form<T> {
    One(Vec<T>),
    Several(Box<Several<T>>),
}

#[derive(Clone, Debug)]
struct Several<T> {
    /// None is empty.
    blocks: Vec<Vec<T>>,
    len: usize,
}

/// A place between entries, or that of the entry behind it. Good until the next change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    block: usize,
    at: usize,
}

impl Spot {
    /// That of the first entry.
    pub(crate) const FIRST: Self = Self { block: 0, at: 0 };
}

impl<T, const MAX: usize> Blocks<T, MAX> {
    /// A sequence without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self(Form::One(Vec::new()))
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::One(entries) => entries.len(),
            Form::Several(several) => several.len,
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is more than one block.
    pub(crate) fn is_long(&self) -> bool {
        matches!(self.0, Form::Several(_))
    }

    fn blocks(&self) -> &[Vec<T>] {
        match &self.0 {
            Form::One(entries) => std::slice::from_ref(entries),
            Form::Several(several) => &several.blocks,
        }
    }

    fn blocks_mut(&mut self) -> &mut [Vec<T>] {
        match &mut self.0 {
            Form::One(entries) => std::slice::from_mut(entries),
            Form::Several(several) => &mut several.blocks,
        }
    }

    /// The first entry.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.blocks().first()?.first()
    }

    /// The last entry.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.blocks().last()?.last()
    }

    /// Every entry in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.blocks().iter().flatten()
    }

    /// The entries that are not before something and still within something. In order, those before it come first, and
    /// those within come before all others.
    #[inline]
    pub fn between(&self, is_before: impl Fn(&T) -> bool, is_within: impl Fn(&T) -> bool) -> Between<'_, T> {
        match &self.0 {
            Form::One(entries) => match entries.last() {
                // Most is asked for at the end.
                Some(last) if !is_before(last) => {
                    let rest = &entries[entries.partition_point(is_before)..];
                    let within = if is_within(last) { rest.len() } else { rest.partition_point(is_within) };
                    Between::near(&rest[..within])
                }
                _ => Between::default(),
            },
            Form::Several(_) => self.between_blocks(is_before, is_within),
        }
    }

    fn between_blocks(&self, is_before: impl Fn(&T) -> bool, is_within: impl Fn(&T) -> bool) -> Between<'_, T> {
        let from = self.spot(is_before);
        // Most ask for a few entries, which end in the block in which they begin.
        let begun = self.blocks().get(from.block).filter(|block| block.last().is_some_and(|last| !is_within(last)));
        let to = match begun {
            Some(block) => Spot { at: from.at + block[from.at..].partition_point(is_within), ..from },
            None => self.spot(is_within).max(from),
        };
        let block = |at: usize, range: std::ops::Range<usize>| {
            self.blocks().get(at).and_then(|block| block.get(range)).unwrap_or_default()
        };
        // One block, or the rest of the first, whole ones, and the beginning of the last.
        if from.block == to.block {
            return Between::near(block(from.block, from.at..to.at));
        }
        let first_end = self.blocks().get(from.block).map_or(0, Vec::len);
        let whole = self.blocks().get(from.block + 1..to.block).unwrap_or_default();
        Between::new(block(from.block, from.at..first_end), whole, block(to.block, 0..to.at))
    }

    /// Whether there are so many entries, and the last so many are not before something.
    #[must_use]
    pub fn ends_with(&self, count: usize, is_before: impl Fn(&T) -> bool) -> bool {
        match &self.0 {
            _ if count == 0 => true,
            Form::One(entries) => entries.len().checked_sub(count).is_some_and(|first| !is_before(&entries[first])),
            Form::Several(several) => several.len >= count && self.between(is_before, |_| true).count() >= count,
        }
    }

    /// The place behind the entries, which come first, that are before something.
    #[must_use]
    pub fn spot(&self, mut is_before: impl FnMut(&T) -> bool) -> Spot {
        // Most is looked for at the end.
        let last = self.blocks().len().saturating_sub(1);
        let mut begins_before = |block: &Vec<T>| block.first().is_some_and(&mut is_before);
        let block = match self.blocks().get(last) {
            Some(block) if begins_before(block) => last,
            _ => self.blocks().partition_point(&mut begins_before).saturating_sub(1),
        };
        let Some(entries) = self.blocks().get(block) else { return Spot { block: 0, at: 0 } };
        let at = match entries.last() {
            Some(last) if is_before(last) => entries.len(),
            _ => entries.partition_point(is_before),
        };
        self.behind(block, at)
    }

    /// The place at the end of a block is that at the beginning of the next, if there is one.
    fn behind(&self, block: usize, at: usize) -> Spot {
        let ends = self.blocks().get(block).is_none_or(|entries| at >= entries.len());
        if ends && block + 1 < self.blocks().len() { Spot { block: block + 1, at: 0 } } else { Spot { block, at } }
    }

    /// The entry behind a place.
    #[must_use]
    pub fn get(&self, spot: Spot) -> Option<&T> {
        self.blocks().get(spot.block)?.get(spot.at)
    }

    /// The entry behind a place, to be changed without moving it.
    pub(crate) fn get_mut(&mut self, spot: Spot) -> Option<&mut T> {
        self.blocks_mut().get_mut(spot.block)?.get_mut(spot.at)
    }

    /// The place of the entry before a place.
    pub(crate) fn before(&self, spot: Spot) -> Option<Spot> {
        match spot.at.checked_sub(1) {
            Some(at) => Some(Spot { at, ..spot }),
            None => {
                let block = spot.block.checked_sub(1)?;
                Some(Spot { block, at: self.blocks().get(block)?.len() - 1 })
            }
        }
    }

    /// The place behind the entry behind a place.
    pub(crate) fn after(&self, spot: Spot) -> Spot {
        self.behind(spot.block, spot.at + 1)
    }

    /// The entries behind a place.
    pub(crate) fn iter_from(&self, spot: Spot) -> impl Iterator<Item = &T> {
        let blocks = self.blocks().get(spot.block..).unwrap_or_default();
        blocks.iter().flatten().skip(spot.at)
    }

    /// Puts an entry at a place.
    pub fn insert(&mut self, spot: Spot, entry: T, work: &mut Work) {
        // At the beginning of a block there is room at the end of the one before.
        let spot = match self.before(spot) {
            Some(before) if spot.at == 0 && self.blocks()[before.block].len() < MAX => {
                Spot { at: before.at + 1, ..before }
            }
            _ => spot,
        };
        let entries = &mut self.blocks_mut()[spot.block];
        if entries.len() >= MAX {
            return self.divide(spot, entry, work);
        }
        work.moved += (entries.len() - spot.at) as u64;
        make_room::<T, MAX>(entries);
        entries.insert(spot.at, entry);
        if let Form::Several(several) = &mut self.0 {
            several.len += 1;
        }
    }

    fn divide(&mut self, spot: Spot, entry: T, work: &mut Work) {
        match &mut self.0 {
            Form::Several(several) => several.divide::<MAX>(spot, entry, work),
            Form::One(entries) => {
                let entries = std::mem::take(entries);
                let mut several = Box::new(Several { len: entries.len(), blocks: vec![entries] });
                several.divide::<MAX>(spot, entry, work);
                self.0 = Form::Several(several);
            }
        }
    }

    /// Puts an entry behind all others.
    pub(crate) fn push(&mut self, entry: T, work: &mut Work) {
        if let Some(entries) = self.blocks_mut().last_mut().filter(|entries| entries.len() < MAX) {
            make_room::<T, MAX>(entries);
            entries.push(entry);
            if let Form::Several(several) = &mut self.0 {
                several.len += 1;
            }
            return;
        }
        let block = self.blocks().len() - 1;
        let at = self.blocks()[block].len();
        self.insert(Spot { block, at }, entry, work);
    }

    /// Takes out the entry behind a place.
    pub fn remove(&mut self, spot: Spot, work: &mut Work) -> Option<T> {
        let entries = self.blocks_mut().get_mut(spot.block).filter(|entries| spot.at < entries.len())?;
        let removed = entries.remove(spot.at);
        work.moved += (entries.len() - spot.at) as u64;
        let is_empty = entries.is_empty();
        if let Form::Several(several) = &mut self.0 {
            several.len -= 1;
            if is_empty {
                several.blocks.remove(spot.block);
                work.moved += (several.blocks.len() - spot.block) as u64;
            }
        }
        self.keep_a_block();
        Some(removed)
    }

    /// Takes out the last entry.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let block = self.blocks().len() - 1;
        let at = self.blocks()[block].len().checked_sub(1)?;
        self.remove(Spot { block, at }, &mut Work::default())
    }

    /// Takes out every entry before a place.
    pub fn drain_before(&mut self, spot: Spot, work: &mut Work) -> Vec<T> {
        let mut gone: Vec<T> = Vec::new();
        if let Form::Several(several) = &mut self.0 {
            gone.extend(several.blocks.drain(..spot.block.min(several.blocks.len())).flatten());
            work.moved += several.blocks.len() as u64;
        }
        if let Some(entries) = self.blocks_mut().first_mut() {
            gone.extend(entries.drain(..spot.at.min(entries.len())));
            work.moved += entries.len() as u64;
        }
        if let Form::Several(several) = &mut self.0 {
            several.len -= gone.len();
            several.blocks.retain(|entries| !entries.is_empty());
        }
        self.keep_a_block();
        gone
    }

    /// No blocks at all are one without entries.
    fn keep_a_block(&mut self) {
        if self.blocks().is_empty() {
            self.clear();
        }
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The bytes that it holds on the heap itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        let entries: usize = self.blocks().iter().map(Vec::capacity).sum();
        let blocks = match &self.0 {
            Form::One(_) => 0,
            Form::Several(several) => size_of::<Several<T>>() + several.blocks.capacity() * size_of::<Vec<T>>(),
        };
        blocks + entries * size_of::<T>()
    }
}

impl<T> Several<T> {
    /// Puts an entry into a full block, which becomes two. In order of time the full one stays as it is, else both halves
    /// get room.
    fn divide<const MAX: usize>(&mut self, spot: Spot, entry: T, work: &mut Work) {
        self.len += 1;
        let is_last = spot.block + 1 == self.blocks.len();
        let cut = if is_last && spot.at == MAX { MAX } else { MAX / 2 };
        let mut rest = self.blocks[spot.block].split_off(cut);
        work.moved += (rest.len() + self.blocks.len() - spot.block) as u64;
        if spot.at < cut || spot.at == cut && cut < MAX {
            self.blocks[spot.block].insert(spot.at, entry);
        } else {
            rest.insert(spot.at - cut, entry);
        }
        self.blocks.insert(spot.block + 1, rest);
    }
}

/// Makes room for one entry more and a few others: doubling would cost a short sequence as much as its entries. Where
/// blocks are long, what is in them is kept for a while only, and moves less often.
fn make_room<T, const MAX: usize>(entries: &mut Vec<T>) {
    match (entries.len() == entries.capacity(), MAX <= SHORT) {
        (true, true) => entries.reserve_exact(1 + entries.len() / 4),
        (true, false) => entries.reserve(1),
        (false, _) => {}
    }
}

impl<T, const MAX: usize> Default for Blocks<T, MAX> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const MAX: usize> From<Vec<T>> for Blocks<T, MAX> {
    /// Of entries that are in order.
    fn from(mut entries: Vec<T>) -> Self {
        if entries.len() <= MAX {
            return Self(Form::One(entries));
        }
        let len = entries.len();
        let mut entries = entries.drain(..);
        let block = |_| entries.by_ref().take(MAX).collect();
        let blocks = (0..len.div_ceil(MAX)).map(block).collect();
        Self(Form::Several(Box::new(Several { blocks, len })))
    }
}

impl<T: PartialEq, const MAX: usize> PartialEq for Blocks<T, MAX> {
    /// Whether the entries are the same, whatever blocks they lie in.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T, const MAX: usize> Extend<T> for Blocks<T, MAX> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.push(entry, &mut Work::default()));
    }
}

impl<T, const MAX: usize> FromIterator<T> for Blocks<T, MAX> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut blocks = Self::new();
        blocks.extend(entries);
        blocks
    }
}

impl<T: Serialize> Serialize for Blocks<T> {
    /// As a plain sequence: blocks are no part of what is held.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.len()))?;
        self.iter().try_for_each(|entry| sequence.serialize_element(entry))?;
        sequence.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Blocks<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|entries| entries.into_iter().collect())
    }
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
