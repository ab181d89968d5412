//! A stretch of facts, encoded one after the other.

use ringfence_cdr::PackedNumber;
use serde::{Deserialize, Serialize};

use crate::codec::{Decoder, Encoded, NO_SHAPE, Previous, RELATIVE_BYTES};
use crate::{CallFact, Work};

/// A chunk is full when the next fact does not fit into so many bytes, which hold some seventy plain calls: a look at the
/// latest facts decodes one or two. Allocators give out just so many.
pub(crate) const CHUNK_BYTES: usize = 1024;
/// The most facts, and bytes, of a chunk that late ones came into; with more it becomes two.
pub(crate) const CHUNK_FACTS_MAX: usize = 128;
const LATE_BYTES_MAX: usize = 2 * CHUNK_BYTES;

/// Facts in order, each written relative to the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
    pub(crate) facts: u32,
    last_shape: u8,
    /// How many of the bytes would be others if other facts lay between these.
    relative: u16,
    bytes: Vec<u8>,
}

/// A place among the facts of a chunk.
struct Sought {
    /// Where in the bytes.
    start: usize,
    /// What is written there is relative to this.
    relative_to: Previous,
    /// The fact before it.
    before: Option<CallFact>,
}

impl Default for Chunk {
    fn default() -> Self {
        Self { first_at: 0, last_at: i64::MIN, facts: 0, last_shape: NO_SHAPE, relative: 0, bytes: Vec::new() }
    }
}

impl Chunk {
    pub(crate) fn of(key: PackedNumber, facts: &[CallFact], work: &mut Work) -> Self {
        let mut chunk = Self::default();
        chunk.bytes.reserve_exact(facts.len() * 14);
        facts.iter().for_each(|fact| chunk.append(&chunk.encode(key, fact, work)));
        chunk.bytes.shrink_to_fit();
        chunk
    }

    /// A fact as it is written after those that are there.
    pub(crate) fn encode(&self, key: PackedNumber, fact: &CallFact, work: &mut Work) -> Encoded {
        work.encoded += 1;
        let at = if self.facts == 0 { fact.at.0 } else { self.last_at };
        Encoded::new(Previous { at, shape: self.last_shape }, key, fact)
    }

    /// Whether a fact fits in behind those that are there.
    pub(crate) fn has_room_for(&self, fact: &Encoded) -> bool {
        self.facts == 0 || self.bytes.len() + fact.bytes().len() <= CHUNK_BYTES
    }

    pub(crate) fn append(&mut self, fact: &Encoded) {
        let next = fact.next();
        if self.facts == 0 {
            self.first_at = next.at;
        }
        self.reserve(fact.bytes().len());
        self.bytes.extend_from_slice(fact.bytes());
        self.last_at = next.at;
        self.last_shape = next.shape;
        self.relative = self.relative.saturating_add(fact.relative_bytes() as u16);
        self.facts += 1;
    }

    /// Puts a fact at its place among the others: it is written, and the one behind it anew. Where only a new one is
    /// wanted, a fact with the same time and fingerprint is returned instead.
    pub(crate) fn insert(
        &mut self,
        key: PackedNumber,
        fact: &CallFact,
        only_new: bool,
        work: &mut Work,
    ) -> Option<CallFact> {
        let mut decoder = self.decode(key);
        let Sought { start, relative_to, before } = self.seek(&mut decoder, fact, work);
        let behind = decoder.next();
        let same = [before, behind].into_iter().flatten().find(|known| known.place() == fact.place());
        if only_new && same.is_some() {
            return same;
        }
        let end = self.bytes.len() - decoder.left();
        let Some(behind) = behind else {
            let encoded = self.encode(key, fact, work);
            self.append(&encoded);
            return None;
        };
        work.encoded += 2;
        let previous = if start == 0 { Previous { at: fact.at.0, shape: NO_SHAPE } } else { relative_to };
        let encoded = Encoded::new(previous, key, fact);
        let behind = Encoded::new(encoded.next(), key, &behind);
        if start == 0 {
            self.first_at = fact.at.0;
        }
        self.reserve((encoded.bytes().len() + behind.bytes().len()).saturating_sub(end - start));
        self.bytes.splice(start..end, encoded.bytes().iter().chain(behind.bytes()).copied());
        self.facts += 1;
        let relative_of_behind = (end - start).saturating_sub(behind.own_bytes());
        self.count_relative(encoded.relative_bytes() + behind.relative_bytes(), relative_of_behind);
        None
    }

    /// Takes out this very fact and says whether it was there.
    pub(crate) fn remove(&mut self, key: PackedNumber, fact: &CallFact, work: &mut Work) -> bool {
        let mut decoder = self.decode(key);
        let Sought { start, relative_to, .. } = self.seek(&mut decoder, fact, work);
        if decoder.next().as_ref() != Some(fact) {
            return false;
        }
        let behind = decoder.next();
        let end = self.bytes.len() - decoder.left();
        let gone = Encoded::new(relative_to, key, fact);
        let relative_gone = (end - start).saturating_sub(gone.own_bytes());
        self.facts = self.facts.saturating_sub(1);
        work.encoded += 2;
        let Some(behind) = behind else {
            self.bytes.truncate(start);
            (self.last_at, self.last_shape) = (relative_to.at, relative_to.shape);
            self.count_relative(0, relative_gone);
            return true;
        };
        let previous = if start == 0 { Previous { at: behind.at.0, shape: NO_SHAPE } } else { relative_to };
        if start == 0 {
            self.first_at = behind.at.0;
        }
        let behind = Encoded::new(previous, key, &behind);
        self.bytes.splice(start..end, behind.bytes().iter().copied());
        self.count_relative(behind.relative_bytes(), relative_gone.saturating_sub(behind.own_bytes()));
        true
    }

    /// Moves a decoder to the first fact that is not before another.
    fn seek(&self, decoder: &mut Decoder<'_>, fact: &CallFact, work: &mut Work) -> Sought {
        let mut before = None;
        loop {
            let (start, relative_to) = (self.bytes.len() - decoder.left(), decoder.previous());
            let mut ahead = decoder.clone();
            work.decoded += 1;
            match ahead.next() {
                Some(known) if known < *fact => (*decoder, before) = (ahead, Some(known)),
                _ => return Sought { start, relative_to, before },
            }
        }
    }

    fn count_relative(&mut self, more: usize, less: usize) {
        self.relative = self.relative.saturating_add(more as u16).saturating_sub(less as u16);
    }

    fn reserve(&mut self, more: usize) {
        if self.bytes.capacity() - self.bytes.len() < more {
            // Moved by hand: an allocator that is asked to grow a piece first looks up how large it is.
            let mut larger = Vec::with_capacity(size_class(self.bytes.len() + more));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
    }

    /// Whether so many late facts came in that it is better two.
    pub(crate) fn is_overfull(&self) -> bool {
        self.facts as usize > CHUNK_FACTS_MAX || self.bytes.len() > LATE_BYTES_MAX
    }

    /// What its facts count for, whichever chunks they lie in.
    pub(crate) fn content_bytes(&self) -> usize {
        (self.facts as usize * RELATIVE_BYTES + self.bytes.len()).saturating_sub(usize::from(self.relative))
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    pub(crate) fn last_byte(&self) -> Option<u8> {
        self.bytes.last().copied()
    }

    pub(crate) fn first(&self, key: PackedNumber) -> Option<CallFact> {
        self.decode(key).next()
    }

    pub(crate) fn decode(&self, key: PackedNumber) -> Decoder<'_> {
        Decoder::new(&self.bytes, self.first_at, key)
    }

    /// Whether its facts are as many as it says, in order, from its first time to its last.
    pub(crate) fn is_sound(&self, key: PackedNumber) -> bool {
        let (mut facts, mut before) = (0, None);
        for fact in self.decode(key) {
            let is_first = before.is_none() && fact.at.0 == self.first_at;
            if !is_first && before.is_none_or(|before| fact < before) {
                return false;
            }
            (facts, before) = (facts + 1, Some(fact));
        }
        facts == self.facts && before.is_none_or(|last| last.at.0 == self.last_at)
    }

    pub(crate) fn all(&self, key: PackedNumber, work: &mut Work) -> Vec<CallFact> {
        work.decoded += u64::from(self.facts);
        self.decode(key).collect()
    }
}

/// The least size of at least so many bytes that allocators give out: four to each doubling. What is asked for between
/// two of them is lost; doubling would cost a quiet number five bytes a fact, and steps of less than two facts as much
/// time as writing them.
fn size_class(bytes: usize) -> usize {
    let step = (bytes.next_power_of_two() / 8).max(32);
    bytes.next_multiple_of(step)
}
