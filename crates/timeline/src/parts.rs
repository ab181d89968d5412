//! The parts of long calls, and the one fact that they make.
//!
//! A switch cuts a long call into partial records. Parts with the same reference and called number belong together
//! where each lies within 24 hours of a neighbour in time; together they are one fact, whatever order they came in:
//! the least attempt time, the sum of the durations over distinct sequence numbers, the cause of the last part, answered
//! if any part was, and all else, its identity too, of the lowest sequence number (DESIGN, section 6). All parts are kept, also those that lost to
//! another of the same number, as they may be the neighbour that holds two others together.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Fingerprint, Millis, PackedNumber, RecordType};
use serde::{Deserialize, Serialize};

use crate::{CallFact, Symbols, Work};

/// The farthest that a part may lie from its neighbour.
const NEIGHBOUR: Millis = Millis::DAY;
/// With more parts than this, those of a call are looked up in a table.
const LOOKED_THROUGH_MAX: usize = 64;

/// What a part counts for, with its entry in the table of calls.
const PART_BYTES: usize = 96;

/// One partial record, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// The fingerprint of recording entity and call reference.
    pub reference: u32,
    /// `sequenceNumber`.
    pub sequence_number: u32,
    /// The record itself, as if it were a call of its own.
    pub fact: CallFact,
}

/// Every partial record of one number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<PlainPart>", into = "Vec<PlainPart>")]
pub struct CallParts {
    /// In order of time and fingerprint.
    parts: Vec<StoredPart>,
    /// Where those of each call lie, in order, where there are many.
    calls: Option<HashMap<Call, Vec<Place>, FixedState>>,
}

impl PartialEq for CallParts {
    /// Where they lie follows from the parts, and is not kept at all where there are few.
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

/// Reference and called number.
type Call = (u32, PackedNumber);
/// A place in the order of parts.
type Place = (EventTime, Fingerprint);

/// What a change of parts did to the facts that they make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartsChange {
    /// Facts that no longer stand.
    pub removed: Vec<CallFact>,
    /// Facts that stand instead.
    pub inserted: Vec<CallFact>,
}

impl PartsChange {
    /// The change without what it removes and inserts again, in order.
    pub(crate) fn net(mut self) -> Self {
        self.removed.sort_unstable();
        self.inserted.sort_unstable();
        let (mut removed, mut inserted) = (Vec::new(), Vec::new());
        let (mut before, mut after) = (self.removed.into_iter().peekable(), self.inserted.into_iter().peekable());
        loop {
            match (before.peek(), after.peek()) {
                (Some(gone), Some(new)) if gone == new => drop((before.next(), after.next())),
                (Some(gone), new) if new.is_none_or(|new| gone < new) => removed.extend(before.next()),
                (_, Some(_)) => inserted.extend(after.next()),
                (_, None) => return Self { removed, inserted },
            }
        }
    }
}

impl StoredPart {
    fn call(&self) -> Call {
        (self.reference, self.fact.called_number)
    }

    fn place(&self) -> Place {
        self.fact.place()
    }

    /// The order of standing of parts that claim to be the same, the first stands.
    pub(crate) fn standing_order(&self, other: &Self, symbols: &Symbols) -> Ordering {
        let tie = |part: &Self| (part.reference, part.sequence_number, part.place());
        self.fact.standing_order(&other.fact, symbols).then_with(|| tie(self).cmp(&tie(other)))
    }
}

impl CallParts {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Every part.
    #[must_use]
    pub fn all(&self) -> &[StoredPart] {
        &self.parts
    }

    /// Puts a part in, takes another out, or both, and says what that did to the facts. No other part may have the time
    /// and fingerprint of the one that is put in.
    pub(crate) fn change(
        &mut self,
        put: Option<StoredPart>,
        taken: Option<StoredPart>,
        symbols: &Symbols,
        work: &mut Work,
    ) -> PartsChange {
        let call = |part: Option<StoredPart>| part.map(|part| part.call());
        let calls = [call(put), call(taken).filter(|of_taken| call(put) != Some(*of_taken))];
        let mut facts = |parts: &Self| {
            let of_call = |call: &Call| merge_all(&parts.of_call(*call, work), symbols);
            calls.iter().flatten().flat_map(of_call).collect::<Vec<CallFact>>()
        };
        let before = facts(self);
        taken.iter().for_each(|part| self.take_out(part));
        put.iter().for_each(|part| self.put_in(*part));
        let after = facts(self);
        let moved = put.or(taken).map_or(0, |part| self.parts.len() - self.place_of(part.place()));
        work.moved += moved as u64;
        PartsChange { removed: before, inserted: after }.net()
    }

    /// The facts with this time and fingerprint that parts make.
    pub(crate) fn facts_at(&self, place: Place, symbols: &Symbols, work: &mut Work) -> Vec<CallFact> {
        // Where a fact begins, a part of it lies.
        let from = self.parts.partition_point(|part| part.fact.at < place.0);
        let at_once = self.parts[from..].iter().take_while(|part| part.fact.at == place.0);
        let calls: BTreeSet<Call> = at_once.map(StoredPart::call).collect();
        let facts = calls.into_iter().flat_map(|call| merge_all(&self.of_call(call, work), symbols));
        facts.filter(|fact| fact.place() == place).collect()
    }

    /// How many parts lie before a place.
    fn place_of(&self, place: Place) -> usize {
        self.parts.partition_point(|known| known.place() < place)
    }

    /// The part with this time and fingerprint.
    pub(crate) fn find(&self, place: Place) -> Option<&StoredPart> {
        let at = self.parts.binary_search_by_key(&place, StoredPart::place).ok()?;
        self.parts.get(at)
    }

    /// The parts of a call in order.
    fn of_call(&self, call: Call, work: &mut Work) -> Vec<StoredPart> {
        match &self.calls {
            Some(calls) => {
                work.compared += calls.get(&call).map_or(0, Vec::len) as u64;
                calls.get(&call).into_iter().flatten().filter_map(|place| self.find(*place)).copied().collect()
            }
            None => {
                work.compared += self.parts.len() as u64;
                self.parts.iter().filter(|part| part.call() == call).copied().collect()
            }
        }
    }

    fn put_in(&mut self, part: StoredPart) {
        let place = part.place();
        self.parts.insert(self.place_of(place), part);
        match &mut self.calls {
            Some(calls) => {
                let places = calls.entry(part.call()).or_default();
                places.insert(places.partition_point(|known| *known < place), place);
            }
            None => self.index(),
        }
    }

    fn take_out(&mut self, part: &StoredPart) {
        let place = part.place();
        self.parts.remove(self.place_of(place));
        if let Some(calls) = &mut self.calls
            && let Some(places) = calls.get_mut(&part.call())
        {
            places.retain(|known| *known != place);
            if places.is_empty() {
                calls.remove(&part.call());
            }
        }
    }

    fn index(&mut self) {
        self.calls = None;
        if self.parts.len() > LOOKED_THROUGH_MAX {
            let calls = self.calls.get_or_insert_default();
            self.parts.iter().for_each(|part| calls.entry(part.call()).or_default().push(part.place()));
        }
    }

    /// Every part, those of a call together and in order.
    fn by_call(&self) -> Vec<StoredPart> {
        let mut parts = self.parts.clone();
        parts.sort_by_key(StoredPart::call);
        parts
    }

    /// Every fact that the parts make.
    pub(crate) fn every_fact(&self, symbols: &Symbols) -> Vec<CallFact> {
        let by_call = self.by_call();
        let calls = by_call.chunk_by(|a, b| a.call() == b.call());
        calls.flat_map(|call| merge_all(call, symbols)).collect()
    }

    /// Drops the parts of calls that ended more than a neighbour's distance before `before`.
    pub fn evict_before(&mut self, before: EventTime, work: &mut Work) {
        let edge = before.minus(NEIGHBOUR);
        if self.parts.first().is_none_or(|part| part.fact.at >= edge) {
            return;
        }
        let same_call =
            |a: &StoredPart, b: &StoredPart| a.call() == b.call() && b.fact.at.since(a.fact.at) <= NEIGHBOUR;
        work.compared += self.parts.len() as u64;
        let by_call = self.by_call();
        let calls = by_call.chunk_by(same_call);
        self.parts = calls.filter(|call| call.iter().any(|part| part.fact.at >= edge)).flatten().copied().collect();
        self.parts.sort_by_key(StoredPart::place);
        self.index();
    }

    /// Drops the oldest tenth, to keep within a cap: says what that did to the facts, and before which time parts are
    /// gone. Calls that lost parts are shorter, and begin later, from now on.
    pub fn drop_oldest(&mut self, symbols: &Symbols, work: &mut Work) -> Option<(PartsChange, EventTime)> {
        let before = self.parts.get(self.parts.len() / 10 + 1)?.fact.at;
        work.compared += self.parts.len() as u64;
        let held = self.every_fact(symbols);
        self.parts.retain(|part| part.fact.at >= before);
        self.parts.shrink_to_fit();
        self.index();
        let kept = self.every_fact(symbols);
        Some((PartsChange { removed: held, inserted: kept }.net(), before))
    }

    /// The bytes that its parts take, about: the same for the same parts, whatever order they came in and whether or not
    /// they were stored and read back.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.parts.len() * PART_BYTES
    }

    /// The bytes it holds on the heap, with what it keeps free: for gauges alone, as that depends on its history.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let calls = self.calls.as_ref().map_or(0, |calls| {
            let places: usize = calls.values().map(Vec::capacity).sum();
            calls.allocation_size() + places * size_of::<Place>()
        });
        self.parts.capacity() * size_of::<StoredPart>() + calls
    }
}

/// The facts that the parts of one reference and called number make.
fn merge_all(parts: &[StoredPart], symbols: &Symbols) -> Vec<CallFact> {
    let groups = parts.chunk_by(|a, b| b.fact.at.since(a.fact.at) <= NEIGHBOUR);
    groups.filter_map(|group| merge(group, symbols)).collect()
}

/// Of parts with the same number the one that stands gives its duration; the lowest number gives all else, but for the
/// least time of any part, whether any was answered, and the cause of the highest number.
fn merge(group: &[StoredPart], symbols: &Symbols) -> Option<CallFact> {
    let mut standing: Vec<&StoredPart> = group.iter().collect();
    standing.sort_by(|a, b| a.sequence_number.cmp(&b.sequence_number).then_with(|| a.standing_order(b, symbols)));
    standing.dedup_by_key(|part| part.sequence_number);
    let (first, last) = (standing.first()?, standing.last()?);
    let durations = standing.iter().filter_map(|part| part.fact.call_duration);
    let sum = durations
        .fold(None, |sum: Option<u32>, duration| Some(sum.unwrap_or(0).saturating_add(duration).min(u32::MAX - 1)));
    Some(CallFact {
        at: group.iter().map(|part| part.fact.at).min()?,
        call_duration: sum,
        cause_for_term: last.fact.cause_for_term,
        answered: group.iter().any(|part| part.fact.answered),
        ..first.fact
    })
}

/// The form in a snapshot.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct PlainPart {
    reference: u32,
    sequence_number: u32,
    at: EventTime,
    fingerprint: Fingerprint,
    called_number: PackedNumber,
    record_type: Option<RecordType>,
    answered: bool,
    served: bool,
    call_duration: Option<u32>,
    cause_for_term: Option<u16>,
    diagnostics: Option<u16>,
    details: u32,
}

impl From<Vec<PlainPart>> for CallParts {
    fn from(parts: Vec<PlainPart>) -> Self {
        let part = |plain: PlainPart| StoredPart {
            reference: plain.reference,
            sequence_number: plain.sequence_number,
            fact: CallFact {
                at: plain.at,
                fingerprint: plain.fingerprint,
                called_number: plain.called_number,
                record_type: plain.record_type,
                answered: plain.answered,
                served: plain.served,
                call_duration: plain.call_duration,
                cause_for_term: plain.cause_for_term,
                diagnostics: plain.diagnostics,
                details: plain.details,
            },
        };
        let mut parts = Self { parts: parts.into_iter().map(part).collect(), calls: None };
        parts.parts.sort_by_key(StoredPart::place);
        parts.index();
        parts
    }
}

impl From<CallParts> for Vec<PlainPart> {
    fn from(parts: CallParts) -> Self {
        let plain = |part: &StoredPart| PlainPart {
            reference: part.reference,
            sequence_number: part.sequence_number,
            at: part.fact.at,
            fingerprint: part.fact.fingerprint,
            called_number: part.fact.called_number,
            record_type: part.fact.record_type,
            answered: part.fact.answered,
            served: part.fact.served,
            call_duration: part.fact.call_duration,
            cause_for_term: part.fact.cause_for_term,
            diagnostics: part.fact.diagnostics,
            details: part.fact.details,
        };
        parts.parts.iter().map(plain).collect()
    }
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
