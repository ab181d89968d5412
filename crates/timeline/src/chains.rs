//! The calls that many parts make, kept so that a part costs what it changes.
//!
//! A call of two thousand parts would be worked out two thousand times over, once with each of them. A [`Chain`] keeps what
//! its fact is made of: parts in order of time, and in order of number and standing, so that a part more or less is a search.
//! A cache: all of it follows from the parts, no snapshot holds it, and it is built where parts are many.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::EventTime;

use crate::blocks::{Blocks, Spot};
use crate::call_fact::FactPlace;
use crate::stored_part::{Call, NEIGHBOUR, StoredPart};
use crate::{CallFact, LegMark, StoredCall, Symbols, Work};

/// What it takes to read parts by their places.
pub(crate) struct Reader<'a> {
    pub(crate) parts: &'a Blocks<StoredPart>,
    pub(crate) symbols: &'a Symbols,
}

/// The chains of a number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chains {
    /// Those of each call by their first times: more than a neighbour's distance lies between two.
    of_call: HashMap<Call, BTreeMap<EventTime, Chain>, FixedState>,
    /// Which calls have a chain whose call has a place.
    by_place: HashMap<FactPlace, Vec<Call>, FixedState>,
    /// When each ends.
    ends: BTreeSet<(EventTime, Call)>,
}

/// Parts of one call that are neighbours: they make one fact.
#[derive(Clone, Debug, Default)]
struct Chain {
    /// In order of time.
    times: Blocks<FactPlace>,
    /// In order of number, then of standing: the first of a number stands.
    standing: Blocks<Numbered>,
    /// Of those that stand.
    sum_ms: u64,
    /// How many of those that stand have a duration.
    timed: usize,
    /// How many parts were answered, standing or not.
    answered: usize,
    /// When parts that may be legs ended, in order.
    ends: Blocks<EventTime>,
}

/// A part by its number, with what decides first which of two with one number stands.
#[derive(Clone, Copy, Debug)]
struct Numbered {
    sequence_number: u32,
    call_duration: Option<u32>,
    place: FactPlace,
}

impl Reader<'_> {
    fn part(&self, place: FactPlace) -> Option<&StoredPart> {
        let parts = self.parts;
        parts.get(parts.spot(|part| part.fact.place() < place)).filter(|part| part.fact.place() == place)
    }

    /// The order of two parts of one call: by number, then by standing.
    fn order(&self, one: &Numbered, other: &Numbered, work: &mut Work) -> Ordering {
        work.compared += 1;
        let by_number = one.sequence_number.cmp(&other.sequence_number);
        by_number.then_with(|| other.call_duration.cmp(&one.call_duration)).then_with(|| {
            work.compared += u64::from(self.parts.len().max(1).ilog2());
            match (self.part(one.place), self.part(other.place)) {
                (Some(one), Some(other)) => one.standing_order(other, self.symbols),
                _ => one.place.cmp(&other.place),
            }
        })
    }
}

impl Numbered {
    fn of(part: &StoredPart) -> Self {
        let (sequence_number, call_duration) = (part.sequence_number, part.fact.call_duration);
        Self { sequence_number, call_duration, place: part.fact.place() }
    }
}

impl Chains {
    /// The chains of these parts.
    pub(crate) fn of(reader: &Reader<'_>, work: &mut Work) -> Self {
        let mut chains = Self::default();
        for part in reader.parts.iter() {
            chains.put_in(part, reader, work);
        }
        chains
    }

    /// Adds a part, which is among those that can be read. Returns the facts that stood without it and the one that stands
    /// with it.
    pub(crate) fn put_in(
        &mut self,
        part: &StoredPart,
        reader: &Reader<'_>,
        work: &mut Work,
    ) -> (Vec<StoredCall>, Option<StoredCall>) {
        let (call, at) = (part.call(), part.fact.at);
        let of_call = self.of_call.entry(call).or_default();
        let earlier = of_call.range(..=at).next_back().filter(|(_, chain)| at.since(chain.last_at()) <= NEIGHBOUR);
        let later = of_call.range(at..).next().filter(|(first_at, _)| first_at.since(at) <= NEIGHBOUR);
        let mut joined: Vec<EventTime> = earlier.into_iter().chain(later).map(|(first_at, _)| *first_at).collect();
        joined.dedup();
        let mut before = Vec::new();
        let mut whole = Chain::default();
        for first_at in joined {
            let Some(chain) = self.take_chain(call, first_at) else { continue };
            before.extend(chain.call(reader, work));
            whole = whole.and(chain, reader, work);
        }
        whole.insert(part, reader, work);
        (before, self.put_chain(call, whole, reader, work))
    }

    /// Takes a part out, which can still be read. Returns the fact that stood with it and those that stand without it: two
    /// where it held others together.
    pub(crate) fn take_out(
        &mut self,
        part: &StoredPart,
        reader: &Reader<'_>,
        work: &mut Work,
    ) -> (Option<StoredCall>, Vec<StoredCall>) {
        let (call, at) = (part.call(), part.fact.at);
        let of_call = self.of_call.get(&call);
        let first_at = of_call.and_then(|chains| chains.range(..=at).next_back()).map(|(first_at, _)| *first_at);
        let Some(mut chain) = first_at.and_then(|first_at| self.take_chain(call, first_at)) else {
            return (None, Vec::new());
        };
        let before = chain.call(reader, work);
        chain.remove(part, reader, work);
        let rest = chain.split_at(at, reader, work);
        let after = [chain, rest].into_iter().filter_map(|chain| self.put_chain(call, chain, reader, work));
        (before, after.collect())
    }

    /// The facts with this place.
    pub(crate) fn calls_at(&self, place: FactPlace, reader: &Reader<'_>, work: &mut Work) -> Vec<StoredCall> {
        let calls = self.by_place.get(&place).into_iter().flatten();
        let chains = calls.filter_map(|call| self.of_call.get(call)?.get(&place.0));
        chains.filter_map(|chain| chain.call(reader, work)).collect()
    }

    /// Forgets the chain that ends first, if it ends before `edge`, and returns the places of its parts.
    pub(crate) fn take_ended(&mut self, edge: EventTime) -> Option<Blocks<FactPlace>> {
        let (last_at, call) = self.ends.first().copied().filter(|(last_at, _)| *last_at < edge)?;
        let first_at = *self.of_call.get(&call)?.range(..=last_at).next_back()?.0;
        self.take_chain(call, first_at).map(|chain| chain.times)
    }

    /// About how many bytes it takes for a part.
    pub(crate) const PART_BYTES: usize = 168;

    fn take_chain(&mut self, call: Call, first_at: EventTime) -> Option<Chain> {
        let of_call = self.of_call.get_mut(&call)?;
        let chain = of_call.remove(&first_at)?;
        if of_call.is_empty() {
            self.of_call.remove(&call);
        }
        self.ends.remove(&(chain.last_at(), call));
        if let Some(place) = chain.call_place()
            && let Some(calls) = self.by_place.get_mut(&place)
        {
            calls.retain(|known| *known != call);
            if calls.is_empty() {
                self.by_place.remove(&place);
            }
        }
        Some(chain)
    }

    fn put_chain(&mut self, call: Call, chain: Chain, reader: &Reader<'_>, work: &mut Work) -> Option<StoredCall> {
        let place = chain.call_place()?;
        let fact = chain.call(reader, work);
        self.by_place.entry(place).or_default().push(call);
        self.ends.insert((chain.last_at(), call));
        self.of_call.entry(call).or_default().insert(place.0, chain);
        fact
    }
}

impl Chain {
    fn last_at(&self) -> EventTime {
        self.times.last().map_or(EventTime::MIN, |(at, _)| *at)
    }

    /// The place of its fact: the least time of any part, the fingerprint of the lowest number.
    fn call_place(&self) -> Option<FactPlace> {
        let ((at, _), lowest) = (self.times.first()?, self.standing.first()?);
        Some((*at, lowest.place.1))
    }

    /// The fact that its parts make.
    fn call(&self, reader: &Reader<'_>, work: &mut Work) -> Option<StoredCall> {
        work.compared += 2;
        let last_number = self.standing.last()?.sequence_number;
        let highest = self.standing.get(self.standing.spot(|known| known.sequence_number < last_number))?;
        let (lowest, highest) = (reader.part(self.standing.first()?.place)?, reader.part(highest.place)?);
        let sum = u32::try_from(self.sum_ms).unwrap_or(u32::MAX).min(u32::MAX - 1);
        let at = self.call_place()?.0;
        let fact = CallFact {
            at,
            call_duration: (self.timed > 0).then_some(sum),
            cause_for_term: highest.fact.cause_for_term,
            answered: self.answered > 0,
            ..lowest.fact
        };
        let leg = lowest.leg.zip(self.ends.last()).map(|(leg, ended)| LegMark::new(leg.key, at, *ended));
        Some(StoredCall { fact, leg })
    }

    fn insert(&mut self, part: &StoredPart, reader: &Reader<'_>, work: &mut Work) {
        let new = Numbered::of(part);
        self.times.insert(self.times.spot(|place| *place < new.place), new.place, work);
        let spot = self.standing.spot(|known| reader.order(known, &new, work).is_lt());
        if self.is_first_of_number(spot, new.sequence_number) {
            let fallen = self.standing.get(spot).filter(|known| known.sequence_number == new.sequence_number).copied();
            fallen.iter().for_each(|fallen| self.discount(fallen));
            self.count(&new);
        }
        self.standing.insert(spot, new, work);
        self.answered += usize::from(part.fact.answered);
        if let Some(ended) = part.ended() {
            self.ends.insert(self.ends.spot(|known| *known < ended), ended, work);
        }
    }

    fn remove(&mut self, part: &StoredPart, reader: &Reader<'_>, work: &mut Work) {
        let gone = Numbered::of(part);
        self.times.remove(self.times.spot(|place| *place < gone.place), work);
        let spot = self.standing.spot(|known| reader.order(known, &gone, work).is_lt());
        let stood = self.is_first_of_number(spot, gone.sequence_number);
        let next = self.standing.after(spot);
        if stood {
            let next = self.standing.get(next).filter(|known| known.sequence_number == gone.sequence_number).copied();
            self.discount(&gone);
            next.iter().for_each(|next| self.count(next));
        }
        self.standing.remove(spot, work);
        self.answered -= usize::from(part.fact.answered);
        if let Some(ended) = part.ended() {
            self.ends.remove(self.ends.spot(|known| *known < ended), work);
        }
    }

    /// Whether what lies before a place has another number.
    fn is_first_of_number(&self, spot: Spot, sequence_number: u32) -> bool {
        let before = self.standing.before(spot).and_then(|before| self.standing.get(before));
        before.is_none_or(|before| before.sequence_number != sequence_number)
    }

    fn count(&mut self, standing: &Numbered) {
        self.timed += usize::from(standing.call_duration.is_some());
        self.sum_ms += u64::from(standing.call_duration.unwrap_or_default());
    }

    fn discount(&mut self, fallen: &Numbered) {
        self.timed -= usize::from(fallen.call_duration.is_some());
        self.sum_ms -= u64::from(fallen.call_duration.unwrap_or_default());
    }

    /// Both as one: the parts of the smaller go into the larger, so that each part moves a few times at most.
    fn and(self, other: Self, reader: &Reader<'_>, work: &mut Work) -> Self {
        let (mut larger, smaller) = if self.times.len() < other.times.len() { (other, self) } else { (self, other) };
        let parts = smaller.times.iter().filter_map(|place| reader.part(*place));
        parts.for_each(|part| larger.insert(part, reader, work));
        larger
    }

    /// Takes off what is no neighbour any more, after a part at this time went: the smaller side.
    fn split_at(&mut self, at: EventTime, reader: &Reader<'_>, work: &mut Work) -> Self {
        let mut rest = Self::default();
        let later = self.times.spot(|(time, _)| *time < at);
        let earlier = self.times.before(later).and_then(|spot| self.times.get(spot));
        let (Some((earlier, _)), Some((later, _))) = (earlier, self.times.get(later)) else { return rest };
        if later.since(*earlier) <= NEIGHBOUR {
            return rest;
        }
        let (edge, is_left) = (*later, self.times.iter().position(|(time, _)| time >= later));
        let left_is_smaller = is_left.is_some_and(|left| left < self.times.len() / 2);
        let goes = |place: &&FactPlace| (place.0 < edge) == left_is_smaller;
        let places: Vec<FactPlace> = self.times.iter().filter(goes).copied().collect();
        work.compared += self.times.len() as u64;
        for part in places.iter().filter_map(|place| reader.part(*place)) {
            self.remove(part, reader, work);
            rest.insert(part, reader, work);
        }
        rest
    }
}
