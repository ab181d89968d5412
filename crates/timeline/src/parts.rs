//! The parts of long calls, and the one call that they make: a fact, or one leg of an attempt.
//!
//! A switch cuts a long call into partial records. Parts with the same reference and called number belong together
//! where each lies within 24 hours of a neighbour in time; together they are one call, whatever order they came in:
//! the least attempt time, the sum of the durations over distinct sequence numbers, the cause of the last part, answered
//! if any part was, and all else, its identity too, of the lowest sequence number (`docs/records.md`). All parts are
//! kept, also those that lost to another of the same number, as they may be the neighbour that holds two others together.

use std::collections::BTreeSet;

use ringfence_cdr::{EventTime, Millis};
use serde::{Deserialize, Serialize, Serializer};

use crate::blocks::{Blocks, Spot};
use crate::call_fact::FactPlace;
use crate::chains::{Chains, Reader};
use crate::change::Change;
use crate::stored_part::{Call, NEIGHBOUR, StoredPart};
use crate::{CallFact, LegMark, StoredCall, Symbols, Work};

/// With more parts than this, the calls that they make are kept; with half as many they are worked out again.
const LOOKED_THROUGH_MAX: usize = 64;

/// What a part counts for.
const PART_BYTES: usize = 80 + Chains::PART_BYTES;

/// Every partial record of one number.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<StoredPart>")]
pub struct CallParts {
    /// In order of time and fingerprint.
    parts: Blocks<StoredPart>,
    /// The calls that they make, where they are many.
    chains: Option<Box<Chains>>,
}

impl CallParts {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Every part in order.
    #[must_use]
    pub fn all(&self) -> &Blocks<StoredPart> {
        &self.parts
    }

    /// Puts a part in, takes another out, or both, and says what that did to the calls that they make. No other part may have the time
    /// and fingerprint of the one that is put in.
    pub(crate) fn change(
        &mut self,
        put: Option<StoredPart>,
        taken: Option<StoredPart>,
        symbols: &Symbols,
        work: &mut Work,
    ) -> Change<StoredCall> {
        let mut change = Change::default();
        taken.iter().for_each(|part| self.take_out(part, symbols, &mut change, work));
        put.iter().for_each(|part| self.put_in(part, symbols, &mut change, work));
        change.net()
    }

    fn put_in(&mut self, part: &StoredPart, symbols: &Symbols, change: &mut Change<StoredCall>, work: &mut Work) {
        if self.chains.is_none() && self.parts.len() >= LOOKED_THROUGH_MAX {
            let reader = Reader { parts: &self.parts, symbols };
            self.chains = Some(Box::new(Chains::of(&reader, work)));
        }
        if self.chains.is_none() {
            change.removed.extend(self.calls_of(part.call(), symbols, work));
        }
        self.parts.insert(self.spot(part.place()), *part, work);
        match &mut self.chains {
            Some(chains) => {
                let (removed, inserted) = chains.put_in(part, &Reader { parts: &self.parts, symbols }, work);
                change.removed.extend(removed);
                change.inserted.extend(inserted);
            }
            None => change.inserted.extend(self.calls_of(part.call(), symbols, work)),
        }
    }

    fn take_out(&mut self, part: &StoredPart, symbols: &Symbols, change: &mut Change<StoredCall>, work: &mut Work) {
        match &mut self.chains {
            Some(chains) => {
                let (removed, inserted) = chains.take_out(part, &Reader { parts: &self.parts, symbols }, work);
                change.removed.extend(removed);
                change.inserted.extend(inserted);
                self.parts.remove(self.spot(part.place()), work);
            }
            None => {
                change.removed.extend(self.calls_of(part.call(), symbols, work));
                self.parts.remove(self.spot(part.place()), work);
                change.inserted.extend(self.calls_of(part.call(), symbols, work));
            }
        }
        self.chains.take_if(|_| self.parts.len() < LOOKED_THROUGH_MAX / 2);
    }

    /// The calls with this time and fingerprint that parts make.
    pub(crate) fn calls_at(&self, place: FactPlace, symbols: &Symbols, work: &mut Work) -> Vec<StoredCall> {
        if let Some(chains) = &self.chains {
            return chains.calls_at(place, &Reader { parts: &self.parts, symbols }, work);
        }
        // Where a call begins, a part of it lies.
        let at_once = self.parts.between(|part| part.fact.at < place.0, |part| part.fact.at <= place.0);
        let calls: BTreeSet<Call> = at_once.map(StoredPart::call).collect();
        let calls = calls.into_iter().flat_map(|call| self.calls_of(call, symbols, work));
        calls.filter(|call| call.fact.place() == place).collect()
    }

    /// The part with this time and fingerprint.
    pub(crate) fn find(&self, place: FactPlace) -> Option<&StoredPart> {
        self.parts.get(self.spot(place)).filter(|part| part.place() == place)
    }

    fn spot(&self, place: FactPlace) -> Spot {
        self.parts.spot(|known| known.place() < place)
    }

    /// The calls of one reference, worked out from its parts.
    fn calls_of(&self, call: Call, symbols: &Symbols, work: &mut Work) -> Vec<StoredCall> {
        work.compared += self.parts.len() as u64;
        let parts: Vec<StoredPart> = self.parts.iter().filter(|part| part.call() == call).copied().collect();
        merge_all(&parts, symbols)
    }

    /// Drops the parts of calls that ended more than a neighbour's distance before `before`.
    pub fn evict_before(&mut self, before: EventTime, work: &mut Work) {
        let edge = before.minus(NEIGHBOUR);
        if self.parts.first().is_none_or(|part| part.fact.at >= edge) {
            return;
        }
        if let Some(chains) = &mut self.chains {
            while let Some(places) = chains.take_ended(edge) {
                for place in places.iter() {
                    let spot = self.parts.spot(|known| known.place() < *place);
                    self.parts.remove(spot, work);
                }
            }
            self.chains.take_if(|_| self.parts.len() < LOOKED_THROUGH_MAX / 2);
            return;
        }
        work.compared += self.parts.len() as u64;
        let mut by_call: Vec<StoredPart> = self.parts.iter().copied().collect();
        by_call.sort_by_key(StoredPart::call);
        let same_call =
            |a: &StoredPart, b: &StoredPart| a.call() == b.call() && b.fact.at.since(a.fact.at) <= NEIGHBOUR;
        let calls = by_call.chunk_by(same_call).filter(|call| call.iter().any(|part| part.fact.at >= edge));
        let mut kept: Vec<StoredPart> = calls.flatten().copied().collect();
        kept.sort_by_key(StoredPart::place);
        self.parts = kept.into_iter().collect();
    }

    /// Drops the oldest tenth, or the first instant where that has more, to keep within a cap: says what that did to the
    /// calls, and before which time parts are gone. Calls that lost parts are shorter, and begin later, from now on.
    pub(crate) fn drop_oldest(
        &mut self,
        symbols: &Symbols,
        work: &mut Work,
    ) -> Option<(Change<StoredCall>, EventTime)> {
        let first_at = self.parts.first()?.fact.at;
        work.compared += self.parts.len() as u64 / 10 + 1;
        let kept = self.parts.iter().nth(self.parts.len() / 10 + 1).map(|part| part.fact.at);
        let before = kept.filter(|at| *at > first_at).unwrap_or(first_at.plus(Millis(1)));
        let mut change = Change::default();
        while let Some(oldest) = self.parts.first().copied().filter(|part| part.fact.at < before) {
            self.take_out(&oldest, symbols, &mut change, work);
        }
        Some((change.net(), before))
    }

    /// The bytes that its parts take, about: the same for the same parts, whatever order they came in and whether or not
    /// they were stored and read back.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.parts.len() * PART_BYTES
    }

    /// The bytes it holds on the heap, about, with what it keeps free: for gauges alone, as that depends on its history.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let chains = self.chains.as_ref().map_or(0, |_| self.parts.len() * Chains::PART_BYTES);
        self.parts.heap_bytes() + chains
    }
}

impl PartialEq for CallParts {
    /// Whether the parts are the same; what they make follows.
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

/// The calls that the parts of one reference and called number make.
fn merge_all(parts: &[StoredPart], symbols: &Symbols) -> Vec<StoredCall> {
    let groups = parts.chunk_by(|a, b| b.fact.at.since(a.fact.at) <= NEIGHBOUR);
    groups.filter_map(|group| merge(group, symbols)).collect()
}

/// Of parts with the same number the one that stands gives its duration; the lowest number gives all else, but for the
/// least time of any part, whether any was answered, when the last of them ended, and the cause of the highest number.
fn merge(group: &[StoredPart], symbols: &Symbols) -> Option<StoredCall> {
    let mut standing: Vec<&StoredPart> = group.iter().collect();
    standing.sort_by(|a, b| a.sequence_number.cmp(&b.sequence_number).then_with(|| a.standing_order(b, symbols)));
    standing.dedup_by_key(|part| part.sequence_number);
    let (first, last) = (standing.first()?, standing.last()?);
    let durations = standing.iter().filter_map(|part| part.fact.call_duration);
    let sum = durations
        .fold(None, |sum: Option<u32>, duration| Some(sum.unwrap_or(0).saturating_add(duration).min(u32::MAX - 1)));
    let at = group.iter().map(|part| part.fact.at).min()?;
    let fact = CallFact {
        at,
        call_duration: sum,
        cause_for_term: last.fact.cause_for_term,
        answered: group.iter().any(|part| part.fact.answered),
        ..first.fact
    };
    let ended = group.iter().filter_map(StoredPart::ended).max();
    let leg = first.leg.zip(ended).map(|(leg, ended)| LegMark::new(leg.key, at, ended));
    Some(StoredCall { fact, leg })
}

impl From<Vec<StoredPart>> for CallParts {
    /// From a snapshot, which may have them in any order and more than once.
    fn from(mut parts: Vec<StoredPart>) -> Self {
        parts.sort_by_key(StoredPart::place);
        parts.dedup_by_key(|part| part.place());
        Self { parts: parts.into_iter().collect(), chains: None }
    }
}

impl Serialize for CallParts {
    /// The parts alone: the calls that they make follow from them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.parts.serialize(serializer)
    }
}

#[cfg(test)]
#[path = "parts_tests.rs"]
pub(crate) mod tests;
