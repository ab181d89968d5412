//! Which call records are the same, and which of them stands; and from records to facts.
//!
//! ```text
//! record    which of its identity stands?     here
//!   part    joined to one call                `parts.rs`
//! call
//!   leg     joined to one attempt             `legs.rs`
//! fact                                        `calls.rs`
//! ```
//!
//! Records with the same calling number, time and fingerprint are the same one, also where one of them is a part and the
//! other is not (`docs/records.md`). Which of them stands is decided here, before parts are joined: the longer
//! `callDuration`, then the smaller encoding, in which a part comes before a record that is none. So at most one record of
//! each identity is held, among the parts, among the legs or as a fact of its own, whatever order they came in.
//!
//! A call that parts make may have the place of another one: its time is that of one part, its fingerprint that of another.
//! So what a place holds is told apart by what the parts, and then the legs, say of it.

use std::cmp::Ordering;

use ringfence_cdr::{EventTime, PackedNumber};

use crate::call_fact::FactPlace;
use crate::change::Change;
use crate::{CallFact, CallLegs, CallParts, CallTimeline, StoredCall, StoredPart, Symbols, Work};

/// One call record, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredRecord {
    /// A call of its own, or one leg of an attempt.
    Whole(StoredCall),
    /// A part of a call.
    Part(StoredPart),
}

/// What a record did to the facts of its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordInsertion {
    /// Facts that no longer stand.
    pub removed: Vec<CallFact>,
    /// Facts that stand instead.
    pub inserted: Vec<CallFact>,
    /// How the number of facts changed: 1 for a new one, -1 where two became one, up to 2 where an answered leg parts what
    /// was one attempt.
    pub facts: i64,
    /// Whether there was a record of the same time and fingerprint, and how this one fared against it.
    pub repeat: Option<Repeat>,
}

/// A record with the time and fingerprint of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It is the very same.
    Same,
    /// It differs and stands instead of the other.
    Stands,
    /// It differs and does not stand.
    Falls,
}

/// The records of one number: its calls, and the parts and legs that some of them were made of.
#[derive(Debug)]
pub struct CallRecords<'a> {
    /// The calling number.
    pub number: PackedNumber,
    /// Every fact.
    pub calls: &'a mut CallTimeline,
    /// Every part.
    pub parts: &'a mut CallParts,
    /// Every leg.
    pub legs: &'a mut CallLegs,
    /// The texts that facts name.
    pub symbols: &'a Symbols,
}

impl StoredRecord {
    fn fact(&self) -> &CallFact {
        match self {
            Self::Whole(call) => &call.fact,
            Self::Part(part) => &part.fact,
        }
    }

    /// The order of standing of records of one identity, the first stands.
    fn standing_order(&self, other: &Self, symbols: &Symbols) -> Ordering {
        let longer = other.fact().call_duration.cmp(&self.fact().call_duration);
        longer.then_with(|| match (self, other) {
            (Self::Part(part), Self::Part(other)) => part.standing_order(other, symbols),
            (Self::Whole(call), Self::Whole(other)) => call.standing_order(other, symbols),
            (Self::Part(_), Self::Whole(_)) => Ordering::Less,
            (Self::Whole(_), Self::Part(_)) => Ordering::Greater,
        })
    }
}

impl RecordInsertion {
    fn repeat(repeat: Repeat) -> Self {
        Self { repeat: Some(repeat), ..Self::default() }
    }
}

impl CallRecords<'_> {
    /// Puts a record in, or tells how it fares against the one of its identity that is there. `as_before` is the record as
    /// it would have been stored when fewer fields were: one that is held so is this very record.
    pub fn insert(
        &mut self,
        record: &StoredRecord,
        as_before: Option<&StoredRecord>,
        work: &mut Work,
    ) -> RecordInsertion {
        let Some(standing) = self.standing(record, work) else {
            return self.change(None, record, work);
        };
        if standing == *record || Some(&standing) == as_before {
            return RecordInsertion::repeat(Repeat::Same);
        }
        if record.standing_order(&standing, self.symbols).is_gt() {
            return RecordInsertion::repeat(Repeat::Falls);
        }
        RecordInsertion { repeat: Some(Repeat::Stands), ..self.change(Some(&standing), record, work) }
    }

    /// The record of the same identity that is held.
    fn standing(&self, record: &StoredRecord, work: &mut Work) -> Option<StoredRecord> {
        let place = record.fact().place();
        if let Some(part) = self.parts.find(place) {
            return Some(StoredRecord::Part(*part));
        }
        self.whole_leg(place, work).or_else(|| self.whole_call(place, work)).map(StoredRecord::Whole)
    }

    /// The record with a place that is whole and a leg.
    fn whole_leg(&self, place: FactPlace, work: &mut Work) -> Option<StoredCall> {
        let mut legs = self.legs.at_place(place);
        if !legs.is_empty() {
            let of_parts = self.parts.calls_at(place, self.symbols, work);
            of_parts.iter().for_each(|call| remove_one(&mut legs, call));
        }
        legs.first().copied()
    }

    /// The record with a place that is whole and no leg.
    fn whole_call(&self, place: FactPlace, work: &mut Work) -> Option<StoredCall> {
        let mut facts = self.calls.at_place(self.number, place, work);
        if !facts.is_empty() {
            let of_parts = self.parts.calls_at(place, self.symbols, work);
            let of_parts = of_parts.iter().filter(|call| call.leg.is_none());
            of_parts.for_each(|call| remove_one(&mut facts, &call.fact));
            let of_legs = self.legs.facts_at(place, self.symbols, work);
            of_legs.iter().for_each(|fact| remove_one(&mut facts, fact));
        }
        facts.first().map(|fact| StoredCall { fact: *fact, leg: None })
    }

    /// Puts a record in, and takes out the one that it stands instead of.
    fn change(&mut self, instead_of: Option<&StoredRecord>, record: &StoredRecord, work: &mut Work) -> RecordInsertion {
        let part = |record: &StoredRecord| match record {
            StoredRecord::Part(part) => Some(*part),
            StoredRecord::Whole(_) => None,
        };
        let whole = |record: &StoredRecord| match record {
            StoredRecord::Whole(call) => Some(*call),
            StoredRecord::Part(_) => None,
        };
        let (put, taken) = (part(record), instead_of.and_then(part));
        let mut calls = match (put, taken) {
            (None, None) => Change::default(),
            _ => self.parts.change(put, taken, self.symbols, work),
        };
        calls.removed.extend(instead_of.and_then(whole));
        calls.inserted.extend(whole(record));
        let facts = self.legs.change(calls.net(), self.symbols, work);
        self.put(facts, work)
    }

    /// Puts a change into the timeline, and says what came of it.
    fn put(&mut self, facts: Change<CallFact>, work: &mut Work) -> RecordInsertion {
        let count = facts.inserted.len() as i64 - facts.removed.len() as i64;
        let Change { mut removed, inserted } = facts.net();
        // A call that goes on for longer than facts are held has lost its fact to eviction.
        removed.retain(|fact| self.calls.remove(self.number, fact, work));
        inserted.iter().for_each(|fact| self.calls.insert(self.number, fact, work));
        RecordInsertion { removed, inserted, facts: count, repeat: None }
    }

    /// Drops the oldest tenth of the parts to keep within a cap, and says before which time there may be too few facts.
    pub fn drop_oldest_parts(&mut self, work: &mut Work) -> Option<EventTime> {
        let (calls, before) = self.parts.drop_oldest(self.symbols, work)?;
        let gone: Vec<_> = calls.removed.iter().filter_map(StoredCall::as_leg).collect();
        let facts = self.legs.change(calls, self.symbols, work);
        self.put(facts, work);
        Some(self.legs.told_apart_from(&gone, before))
    }

    /// Drops the oldest tenth of the legs to keep within a cap, and says before which time there may be too few facts.
    pub fn drop_oldest_legs(&mut self, work: &mut Work) -> Option<EventTime> {
        let (facts, before) = self.legs.drop_oldest(self.symbols, work)?;
        self.put(facts, work);
        Some(before)
    }
}

fn remove_one<T: PartialEq>(from: &mut Vec<T>, one: &T) {
    if let Some(at) = from.iter().position(|other| other == one) {
        from.swap_remove(at);
    }
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
