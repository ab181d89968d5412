//! The calls of one number.

use ringfence_cdr::{EventTime, Fingerprint, Millis, PackedNumber};
use serde::{Deserialize, Serialize};

use crate::codec::{Decoder, Encoded, NO_SHAPE, Previous, RELATIVE_BYTES};
use crate::{CallFact, Work};

/// A chunk is full when the next fact does not fit into so many bytes, which hold some seventy plain calls: a late fact
/// re-encodes one chunk, a look at the latest facts decodes one or two. Allocators give out just so many.
const CHUNK_BYTES: usize = 1024;
/// The most facts of a chunk that late ones came into; with more it becomes two.
const CHUNK_FACTS_MAX: usize = 128;

/// The calls of one number in order of time and fingerprint, in chunks of encoded facts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallTimeline {
    /// Full chunks, the oldest first; boxed, as nearly every number has none.
    #[expect(clippy::box_collection, reason = "eight bytes instead of twenty-four in every quiet number")]
    sealed: Option<Box<Vec<Chunk>>>,
    /// The latest facts.
    tail: Chunk,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Chunk {
    first_at: i64,
    last_at: i64,
    facts: u32,
    last_shape: u8,
    /// How many of the bytes would be others if other facts lay between these.
    relative: u16,
    bytes: Vec<u8>,
}

/// What became of a fact on its way into a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// It is new and stands at its place.
    Inserted,
    /// A fact with the same time and fingerprint stands there; nothing was changed.
    Exists(CallFact),
}

impl Default for Chunk {
    fn default() -> Self {
        Self { first_at: 0, last_at: i64::MIN, facts: 0, last_shape: NO_SHAPE, relative: 0, bytes: Vec::new() }
    }
}

impl Chunk {
    fn of(key: PackedNumber, facts: &[CallFact], work: &mut Work) -> Self {
        work.encoded += facts.len() as u64;
        let mut chunk = Self::default();
        chunk.bytes.reserve_exact(facts.len() * 14);
        facts.iter().for_each(|fact| chunk.append(&chunk.encode(key, fact)));
        chunk.bytes.shrink_to_fit();
        chunk
    }

    /// A fact as it is written after those that are there.
    fn encode(&self, key: PackedNumber, fact: &CallFact) -> Encoded {
        let at = if self.facts == 0 { fact.at.0 } else { self.last_at };
        Encoded::new(Previous { at, shape: self.last_shape }, key, fact)
    }

    fn append(&mut self, fact: &Encoded) {
        let (bytes, next) = (fact.bytes(), fact.next());
        if self.facts == 0 {
            self.first_at = next.at;
        }
        if self.bytes.capacity() - self.bytes.len() < bytes.len() {
            // Moved by hand: an allocator that is asked to grow a piece first looks up how large it is.
            let mut larger = Vec::with_capacity(size_class(self.bytes.len() + bytes.len()));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(bytes);
        self.last_at = next.at;
        self.last_shape = next.shape;
        self.relative = self.relative.saturating_add(fact.relative_bytes() as u16);
        self.facts += 1;
    }

    /// What its facts count for, whichever chunks they lie in.
    fn content_bytes(&self) -> usize {
        (self.facts as usize * RELATIVE_BYTES + self.bytes.len()).saturating_sub(usize::from(self.relative))
    }

    fn decode(&self, key: PackedNumber) -> Decoder<'_> {
        Decoder::new(&self.bytes, self.first_at, key)
    }

    fn all(&self, key: PackedNumber, work: &mut Work) -> Vec<CallFact> {
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

impl CallTimeline {
    /// How many facts it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks().map(|chunk| chunk.facts as usize).sum()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tail.facts == 0
    }

    /// The time of the earliest fact.
    #[must_use]
    pub fn first_at(&self) -> Option<EventTime> {
        self.chunks().find(|chunk| chunk.facts > 0).map(|chunk| EventTime(chunk.first_at))
    }

    /// The time of the latest fact.
    #[must_use]
    pub fn last_at(&self) -> Option<EventTime> {
        (!self.is_empty()).then_some(EventTime(self.tail.last_at))
    }

    /// The last byte of the encoded facts, 0 without any. To read it brings into the cache where the next fact goes.
    #[must_use]
    pub fn last_byte(&self) -> u8 {
        self.tail.bytes.last().copied().unwrap_or_default()
    }

    /// The bytes that its facts take, about: the same for the same facts, whatever order they came in and whether or not
    /// they were stored and read back, so that what is decided by it is decided again in a replay.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.chunks().map(Chunk::content_bytes).sum()
    }

    /// The bytes it holds on the heap, with what it keeps free: for gauges alone, as that depends on its history.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let headers = self.sealed.as_ref().map_or(0, |sealed| 24 + sealed.capacity() * size_of::<Chunk>());
        headers + self.chunks().map(|chunk| chunk.bytes.capacity()).sum::<usize>()
    }

    /// Whether so many facts may lie after `after`. Counts whole chunks, so it costs no decoding, and may say so of a
    /// few too few.
    #[must_use]
    pub fn may_have_after(&self, after: EventTime, facts: usize) -> bool {
        let recent = self.chunks().rev().take_while(|chunk| chunk.last_at > after.0);
        let mut missing = facts;
        for chunk in recent {
            missing = missing.saturating_sub(chunk.facts as usize);
            if missing == 0 {
                break;
            }
        }
        missing == 0
    }

    /// Puts a fact in, unless one with the same time and fingerprint stands there.
    pub fn insert_new(&mut self, key: PackedNumber, fact: &CallFact, work: &mut Work) -> Insertion {
        if self.ends_before(fact.at) {
            self.append(key, fact, work);
            return Insertion::Inserted;
        }
        match self.at_place(key, fact.place(), work).first() {
            Some(standing) => Insertion::Exists(*standing),
            None => {
                self.insert(key, fact, work);
                Insertion::Inserted
            }
        }
    }

    /// Puts a fact in, whatever stands at its place.
    pub fn insert(&mut self, key: PackedNumber, fact: &CallFact, work: &mut Work) {
        if self.ends_before(fact.at) {
            return self.append(key, fact, work);
        }
        let at = self.chunk_for(fact, key, work);
        let mut facts = self.chunk(at).all(key, work);
        facts.insert(facts.partition_point(|known| known < fact), *fact);
        self.put(at, key, &facts, work);
    }

    /// Takes out this very fact and says whether it was there.
    pub fn remove(&mut self, key: PackedNumber, fact: &CallFact, work: &mut Work) -> bool {
        if self.ends_before(fact.at) {
            return false;
        }
        let at = self.chunk_for(fact, key, work);
        let mut facts = self.chunk(at).all(key, work);
        let found = facts.binary_search(fact);
        if let Ok(found) = found {
            facts.remove(found);
            self.put(at, key, &facts, work);
        }
        found.is_ok()
    }

    /// The facts with this time and fingerprint: nearly always one at most.
    #[must_use]
    pub fn at_place(&self, key: PackedNumber, place: (EventTime, Fingerprint), work: &mut Work) -> Vec<CallFact> {
        if self.ends_before(place.0) {
            return Vec::new();
        }
        let begin_before = self.chunks_before(key, work, |first| first.place() < place);
        let begin_up_to = self.chunks_before(key, work, |first| first.place() <= place);
        let chunks = (begin_before.saturating_sub(1)..begin_up_to).map(|at| self.chunk(at));
        let mut found = Vec::new();
        for chunk in chunks.filter(|chunk| chunk.last_at >= place.0.0) {
            found.extend(chunk.all(key, work).into_iter().filter(|fact| fact.place() == place));
        }
        found
    }

    /// Whether every fact is before this.
    fn ends_before(&self, at: EventTime) -> bool {
        self.is_empty() || self.tail.last_at < at.0
    }

    /// An instant up to `after`: all facts of the chunk in which the first one after it lies are after it too. They are
    /// decoded in any case, so whoever keeps what it decoded asks for them at once.
    #[must_use]
    pub fn whole_chunk_after(&self, after: EventTime) -> EventTime {
        let sealed: &[Chunk] = self.sealed.as_ref().map_or(&[], |sealed| sealed);
        let first = sealed.partition_point(|chunk| chunk.last_at <= after.0);
        let chunk = sealed.get(first).unwrap_or(&self.tail);
        if chunk.facts == 0 || chunk.last_at <= after.0 {
            after
        } else {
            after.min(EventTime(chunk.first_at).minus(Millis(1)))
        }
    }

    /// Appends the facts in (after, to] to `out`, in order.
    pub fn decode_into(
        &self,
        key: PackedNumber,
        (after, to): (EventTime, EventTime),
        out: &mut Vec<CallFact>,
        work: &mut Work,
    ) {
        let sealed: &[Chunk] = self.sealed.as_ref().map_or(&[], |sealed| sealed);
        let skipped = sealed.partition_point(|chunk| chunk.last_at <= after.0);
        for chunk in sealed[skipped..].iter().chain(std::iter::once(&self.tail)) {
            if chunk.facts == 0 || chunk.first_at > to.0 {
                break;
            }
            work.decoded += u64::from(chunk.facts);
            let facts = chunk.decode(key);
            out.extend(facts.skip_while(|fact| fact.at <= after).take_while(|fact| fact.at <= to));
        }
    }

    /// Every fact in order.
    pub fn facts(&self, key: PackedNumber, work: &mut Work) -> impl Iterator<Item = CallFact> {
        work.decoded += self.len() as u64;
        self.chunks().flat_map(move |chunk| chunk.decode(key))
    }

    /// The latest time, up to `before`, before which no fact lies for as long as `pause`: that of a fact, or `before`
    /// itself.
    #[must_use]
    pub fn last_pause(
        &self,
        key: PackedNumber,
        before: EventTime,
        pause: Millis,
        work: &mut Work,
    ) -> Option<EventTime> {
        let mut earlier = Vec::new();
        self.decode_into(key, (EventTime::MIN, before.minus(Millis(1))), &mut earlier, work);
        last_pause(earlier.iter().map(|fact| fact.at), before, pause)
    }

    /// Drops every fact before `before` and says how many.
    pub fn evict_before(&mut self, key: PackedNumber, before: EventTime, work: &mut Work) -> usize {
        let Some(first_at) = self.first_at() else { return 0 };
        if first_at >= before {
            return 0;
        }
        let held = self.len();
        let mut sealed = self.sealed.take().map_or_else(Vec::new, |sealed| *sealed);
        let gone = sealed.partition_point(|chunk| chunk.last_at < before.0);
        sealed.drain(..gone);
        let front = sealed.first_mut().unwrap_or(&mut self.tail);
        if front.first_at < before.0 {
            let mut kept = front.all(key, work);
            kept.retain(|fact| fact.at >= before);
            *front = Chunk::of(key, &kept, work);
        }
        if !sealed.is_empty() {
            sealed.shrink_to(sealed.len() + sealed.len() / 4);
            self.sealed = Some(Box::new(sealed));
        }
        held - self.len()
    }

    fn chunks(&self) -> impl DoubleEndedIterator<Item = &Chunk> {
        self.sealed.iter().flat_map(|sealed| sealed.iter()).chain(std::iter::once(&self.tail))
    }

    fn append(&mut self, key: PackedNumber, fact: &CallFact, work: &mut Work) {
        work.encoded += 1;
        let mut encoded = self.tail.encode(key, fact);
        if self.tail.facts > 0 && self.tail.bytes.len() + encoded.bytes().len() > CHUNK_BYTES {
            let sealed = self.sealed.get_or_insert_default();
            if sealed.len() == sealed.capacity() {
                sealed.reserve_exact(1 + sealed.len() / 4);
            }
            sealed.push(std::mem::take(&mut self.tail));
            encoded = self.tail.encode(key, fact);
        }
        self.tail.append(&encoded);
    }

    fn sealed_len(&self) -> usize {
        self.sealed.as_ref().map_or(0, |sealed| sealed.len())
    }

    fn chunk(&self, at: usize) -> &Chunk {
        match &self.sealed {
            Some(sealed) if at < sealed.len() => &sealed[at],
            _ => &self.tail,
        }
    }

    /// The chunk in which a fact lies or belongs: the last that does not begin after it, or the one after that where it
    /// ends before the fact. Facts of one instant may span chunks, so whole facts are compared.
    fn chunk_for(&self, fact: &CallFact, key: PackedNumber, work: &mut Work) -> usize {
        let last = self.chunks_before(key, work, |first| first <= fact).saturating_sub(1);
        if last < self.sealed_len() && self.chunk(last).last_at < fact.at.0 { last + 1 } else { last }
    }

    /// How many chunks, which come first, begin before an edge.
    fn chunks_before(&self, key: PackedNumber, work: &mut Work, is_before: impl Fn(&CallFact) -> bool) -> usize {
        let begins_before = |chunk: &Chunk| chunk.decode(key).next().is_some_and(|first| is_before(&first));
        let Some(sealed) = &self.sealed else { return usize::from(begins_before(&self.tail)) };
        work.compared += u64::from(sealed.len().ilog2()) + 2;
        if begins_before(&self.tail) {
            return sealed.len() + 1;
        }
        sealed.partition_point(begins_before)
    }

    /// Stores the facts of a chunk anew: an empty one goes, one that grew too large becomes two.
    fn put(&mut self, at: usize, key: PackedNumber, facts: &[CallFact], work: &mut Work) {
        let is_tail = at >= self.sealed_len();
        if is_tail {
            self.put_tail(key, facts, work);
        } else if let Some(sealed) = &mut self.sealed {
            if facts.is_empty() {
                sealed.remove(at);
            } else if facts.len() > CHUNK_FACTS_MAX {
                let (left, right) = facts.split_at(facts.len() / 2);
                sealed[at] = Chunk::of(key, left, work);
                sealed.insert(at + 1, Chunk::of(key, right, work));
            } else {
                sealed[at] = Chunk::of(key, facts, work);
            }
        }
    }

    fn put_tail(&mut self, key: PackedNumber, facts: &[CallFact], work: &mut Work) {
        // A fact that comes a little late is common, and the memory for one more is there or nearly so.
        let mut bytes = std::mem::take(&mut self.tail.bytes);
        bytes.clear();
        self.tail = Chunk { bytes, ..Chunk::default() };
        facts.iter().for_each(|fact| self.append(key, fact, work));
        if facts.is_empty()
            && let Some(sealed) = &mut self.sealed
        {
            self.tail = sealed.pop().unwrap_or_default();
            if sealed.is_empty() {
                self.sealed = None;
            }
        }
    }
}

/// As [`CallTimeline::last_pause`], for the times of facts in order.
pub(crate) fn last_pause(
    times: impl DoubleEndedIterator<Item = EventTime>,
    before: EventTime,
    pause: Millis,
) -> Option<EventTime> {
    let mut after = before;
    for at in times.rev() {
        if after.since(at) >= pause {
            return Some(after);
        }
        after = at;
    }
    None
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
