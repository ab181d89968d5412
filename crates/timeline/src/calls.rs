//! The calls of one number.

use ringfence_cdr::{EventTime, Fingerprint, Millis, PackedNumber};
use serde::{Deserialize, Serialize};

use crate::blocks::Spot;
use crate::chunk::{CHUNK_FACTS_MAX, Chunk};
use crate::sealed::Sealed;
use crate::{CallFact, Work};

/// The calls of one number in order of time and fingerprint, in chunks of encoded facts. Nearly always there is one fact
/// of a time and fingerprint at most; a fact that parts make may have those of another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallTimeline {
    /// Boxed, as nearly every number has none.
    sealed: Option<Box<Sealed>>,
    /// The latest facts. Empty only where there are no others.
    tail: Chunk,
}

/// What became of a fact on its way into a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// It is new and stands at its place.
    Inserted,
    /// A fact with the same time and fingerprint stands there; nothing was changed.
    Exists(CallFact),
}

/// Where a chunk lies.
#[derive(Clone, Copy, Debug)]
enum ChunkSpot {
    Sealed(Spot),
    Tail,
}

impl CallTimeline {
    /// How many facts it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sealed.as_ref().map_or(0, |sealed| sealed.facts()) + self.tail.facts as usize
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tail.facts == 0
    }

    /// The time of the earliest fact.
    #[must_use]
    pub fn first_at(&self) -> Option<EventTime> {
        let first = self.sealed.as_ref().and_then(|sealed| sealed.chunks().first()).unwrap_or(&self.tail);
        (first.facts > 0).then_some(EventTime(first.first_at))
    }

    /// The time of the latest fact.
    #[must_use]
    pub fn last_at(&self) -> Option<EventTime> {
        (!self.is_empty()).then_some(EventTime(self.tail.last_at))
    }

    /// The last byte of the encoded facts, 0 without any. To read it brings into the cache where the next fact goes.
    #[must_use]
    pub fn last_byte(&self) -> u8 {
        self.tail.last_byte().unwrap_or_default()
    }

    /// The bytes that its facts take, about: the same for the same facts, whatever order they came in and whether or not
    /// they were stored and read back, so that what is decided by it is decided again in a replay.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sealed.as_ref().map_or(0, |sealed| sealed.content_bytes()) + self.tail.content_bytes()
    }

    /// The bytes it holds on the heap, with what it keeps free: for gauges alone, as that depends on its history.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let headers = self.sealed.as_ref().map_or(0, |sealed| size_of::<Sealed>() + sealed.chunks().heap_bytes());
        headers + self.chunks().map(Chunk::heap_bytes).sum::<usize>()
    }

    /// Whether so many facts may lie after `after`. Counts whole chunks, so it costs no decoding, and may say so of a
    /// few too few.
    #[must_use]
    pub fn may_have_after(&self, after: EventTime, facts: usize) -> bool {
        if facts > CHUNK_FACTS_MAX && self.len() < facts {
            return false;
        }
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
        self.put_in(key, fact, true, work).map_or(Insertion::Inserted, Insertion::Exists)
    }

    /// Puts a fact in, whatever stands at its place.
    pub fn insert(&mut self, key: PackedNumber, fact: &CallFact, work: &mut Work) {
        self.put_in(key, fact, false, work);
    }

    fn put_in(&mut self, key: PackedNumber, fact: &CallFact, only_new: bool, work: &mut Work) -> Option<CallFact> {
        if self.ends_before(fact.at) {
            self.append(key, fact, work);
            return None;
        }
        let place = self.chunk_of(fact, key, work);
        // Facts of one place may span two chunks.
        let next = self.chunk_after(place).and_then(|next| self.chunk(next)?.first(key));
        let same = next.filter(|next| only_new && next.place() == fact.place());
        let same = same.or_else(|| self.change(place, |chunk| chunk.insert(key, fact, only_new, work)).flatten());
        if same.is_none() && self.chunk(place).is_some_and(Chunk::is_overfull) {
            self.divide(place, key, work);
        }
        same
    }

    /// Takes out this very fact and says whether it was there.
    pub fn remove(&mut self, key: PackedNumber, fact: &CallFact, work: &mut Work) -> bool {
        if self.ends_before(fact.at) {
            return false;
        }
        let place = self.chunk_of(fact, key, work);
        let removed = self.change(place, |chunk| chunk.remove(key, fact, work)).unwrap_or(false);
        if self.chunk(place).is_some_and(|chunk| chunk.facts == 0) {
            self.drop_empty(place, work);
        }
        removed
    }

    /// The facts with this time and fingerprint: nearly always one at most.
    #[must_use]
    pub fn at_place(&self, key: PackedNumber, place: (EventTime, Fingerprint), work: &mut Work) -> Vec<CallFact> {
        let mut found = Vec::new();
        if self.ends_before(place.0) {
            return found;
        }
        // From the last chunk that begins before the place.
        let mut next = self.last_chunk(key, work, |first| first.place() < place);
        loop {
            let Some(chunk) = self.chunk(next) else { return found };
            if chunk.last_at >= place.0.0 {
                let mut facts = chunk.decode(key).inspect(|_| work.decoded += 1);
                found.extend(
                    facts.by_ref().skip_while(|fact| fact.place() < place).take_while(|fact| fact.place() == place),
                );
                if facts.next().is_some() {
                    return found;
                }
            }
            next = match self.chunk_after(next) {
                Some(next) => next,
                None => return found,
            };
        }
    }

    /// An instant up to `after`: all facts of the chunk in which the first one after it lies are after it too. They are
    /// decoded in any case, so whoever keeps what it decoded asks for them at once.
    #[must_use]
    pub fn whole_chunk_after(&self, after: EventTime) -> EventTime {
        let sealed = self.sealed.as_ref().and_then(|sealed| sealed.chunks().get(sealed.first_after(after)));
        let chunk = sealed.unwrap_or(&self.tail);
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
        let sealed = self.sealed.iter().flat_map(|sealed| sealed.chunks().iter_from(sealed.first_after(after)));
        for chunk in sealed.chain(std::iter::once(&self.tail)) {
            if chunk.facts == 0 || chunk.first_at > to.0 {
                break;
            }
            work.decoded += u64::from(chunk.facts);
            // How many of them are asked for is known too late: nearly always it is all, and none is moved.
            out.reserve(chunk.facts as usize);
            let facts = chunk.decode(key);
            out.extend(facts.skip_while(|fact| fact.at <= after).take_while(|fact| fact.at <= to));
        }
    }

    /// Whether it is one that insertions make: of one that was read, as bytes may be anything. Decodes every fact.
    #[must_use]
    pub fn is_sound(&self, key: PackedNumber) -> bool {
        let follows = |(before, after): (&Chunk, &Chunk)| before.last_at <= after.first_at;
        self.chunks().all(|chunk| chunk.is_sound(key)) && self.chunks().zip(self.chunks().skip(1)).all(follows)
    }

    /// Every fact in order.
    pub fn facts(&self, key: PackedNumber, work: &mut Work) -> impl Iterator<Item = CallFact> {
        work.decoded += self.len() as u64;
        self.chunks().flat_map(move |chunk| chunk.decode(key))
    }

    /// Drops every fact before `before` and says how many. Decodes the chunk in which that lies alone.
    pub fn evict_before(&mut self, key: PackedNumber, before: EventTime, work: &mut Work) -> usize {
        if self.first_at().is_none_or(|first_at| first_at >= before) {
            return 0;
        }
        let held = self.len();
        if let Some(sealed) = &mut self.sealed {
            let kept = sealed.first_after(before.minus(Millis(1)));
            sealed.drain_before(kept, work);
        }
        self.drop_sealed_if_empty();
        let front = if self.sealed.is_some() { ChunkSpot::Sealed(Spot::FIRST) } else { ChunkSpot::Tail };
        if self.chunk(front).is_some_and(|front| front.first_at < before.0) {
            self.change(front, |front| {
                let mut kept = front.all(key, work);
                kept.retain(|fact| fact.at >= before);
                *front = Chunk::of(key, &kept, work);
            });
        }
        held - self.len()
    }

    /// Drops the oldest tenth, or the first instant where that has more, to keep within a cap: returns the time before
    /// which facts are gone. Decodes what it looks for and the chunk in which it lies.
    pub fn drop_oldest(&mut self, key: PackedNumber, work: &mut Work) -> Option<EventTime> {
        let mut left = self.len() / 10 + 1;
        let mut before = None;
        for chunk in self.chunks() {
            work.compared += 1;
            if chunk.facts as usize > left {
                before = chunk.all(key, work).get(left).map(|fact| fact.at);
                break;
            }
            left -= chunk.facts as usize;
        }
        let first_at = self.first_at()?;
        let before = before.filter(|before| *before > first_at).unwrap_or(first_at.plus(Millis(1)));
        self.evict_before(key, before, work);
        Some(before)
    }

    fn chunks(&self) -> impl DoubleEndedIterator<Item = &Chunk> {
        self.sealed.iter().flat_map(|sealed| sealed.chunks().iter()).chain(std::iter::once(&self.tail))
    }

    /// Whether every fact is before this.
    fn ends_before(&self, at: EventTime) -> bool {
        self.is_empty() || self.tail.last_at < at.0
    }

    fn append(&mut self, key: PackedNumber, fact: &CallFact, work: &mut Work) {
        let mut encoded = self.tail.encode(key, fact, work);
        if !self.tail.has_room_for(&encoded) {
            let full = std::mem::take(&mut self.tail);
            self.sealed.get_or_insert_default().push(full, work);
            encoded = self.tail.encode(key, fact, work);
        }
        self.tail.append(&encoded);
    }

    fn chunk(&self, place: ChunkSpot) -> Option<&Chunk> {
        match place {
            ChunkSpot::Sealed(spot) => self.sealed.as_ref()?.chunks().get(spot),
            ChunkSpot::Tail => Some(&self.tail),
        }
    }

    fn chunk_after(&self, place: ChunkSpot) -> Option<ChunkSpot> {
        let ChunkSpot::Sealed(spot) = place else { return None };
        let chunks = self.sealed.as_ref()?.chunks();
        let next = chunks.after(spot);
        Some(if chunks.get(next).is_some() { ChunkSpot::Sealed(next) } else { ChunkSpot::Tail })
    }

    /// Changes a chunk, and the sums with it.
    fn change<R>(&mut self, place: ChunkSpot, change: impl FnOnce(&mut Chunk) -> R) -> Option<R> {
        match (place, &mut self.sealed) {
            (ChunkSpot::Tail, _) => Some(change(&mut self.tail)),
            (ChunkSpot::Sealed(spot), Some(sealed)) => sealed.change(spot, change),
            (ChunkSpot::Sealed(_), None) => None,
        }
    }

    /// The chunk in which a fact lies or belongs: the last that does not begin after it, or the one after that where it
    /// ends before the fact. Facts of one instant may span chunks, so whole facts are compared.
    fn chunk_of(&self, fact: &CallFact, key: PackedNumber, work: &mut Work) -> ChunkSpot {
        let last = self.last_chunk(key, work, |first| first <= fact);
        match self.chunk(last) {
            Some(chunk) if chunk.last_at < fact.at.0 => self.chunk_after(last).unwrap_or(last),
            _ => last,
        }
    }

    /// The last chunk that begins before an edge, or the first.
    fn last_chunk(&self, key: PackedNumber, work: &mut Work, is_before: impl Fn(&CallFact) -> bool) -> ChunkSpot {
        let begins_before = |chunk: &Chunk| chunk.first(key).is_some_and(|first| is_before(&first));
        let Some(sealed) = self.sealed.as_ref().filter(|_| !begins_before(&self.tail)) else { return ChunkSpot::Tail };
        work.compared += u64::from(sealed.chunks().len().max(1).ilog2()) + 1;
        let behind = sealed.chunks().spot(begins_before);
        ChunkSpot::Sealed(sealed.chunks().before(behind).unwrap_or(behind))
    }

    /// Makes two chunks of one that grew too large; of the tail the first is full and the second goes on.
    fn divide(&mut self, place: ChunkSpot, key: PackedNumber, work: &mut Work) {
        match (place, &mut self.sealed) {
            (ChunkSpot::Tail, _) => {
                let facts = std::mem::take(&mut self.tail).all(key, work);
                facts.iter().for_each(|fact| self.append(key, fact, work));
            }
            (ChunkSpot::Sealed(spot), Some(sealed)) => sealed.divide(spot, key, work),
            (ChunkSpot::Sealed(_), None) => {}
        }
    }

    /// Drops a chunk that has no fact any more.
    fn drop_empty(&mut self, place: ChunkSpot, work: &mut Work) {
        match (place, &mut self.sealed) {
            (ChunkSpot::Tail, sealed) => {
                self.tail = sealed.as_mut().and_then(|sealed| sealed.pop()).unwrap_or_default()
            }
            (ChunkSpot::Sealed(spot), Some(sealed)) => sealed.remove(spot, work),
            (ChunkSpot::Sealed(_), None) => {}
        }
        self.drop_sealed_if_empty();
    }

    fn drop_sealed_if_empty(&mut self) {
        self.sealed.take_if(|sealed| sealed.chunks().is_empty());
    }
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
