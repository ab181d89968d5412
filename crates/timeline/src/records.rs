//! Which call records are the same, and which of them stands.
//!
//! Records with the same calling number, time and fingerprint are the same one, also where one of them is a part and the
//! other is not (`docs/records.md`). Which of them stands is decided here, before parts are joined: the longer
//! `callDuration`, then the smaller encoding, in which a part comes before a record that is none. So at most one record of
//! each identity is held, as a part among the parts or as a fact of its own, whatever order they came in.
//!
//! A fact that parts make may have the place of another one: its time is that of one part, its fingerprint that of another.
//! So what a place holds is told apart by what the parts say of it.

use std::cmp::Ordering;

use ringfence_cdr::PackedNumber;

use crate::parts::PartsChange;
use crate::{CallFact, CallParts, CallTimeline, StoredPart, Symbols, Work};

/// One call record, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredRecord {
    /// A call of its own.
    Whole(CallFact),
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
    /// How the number of facts changed: 1 for a new one, -1 where two became one.
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

/// The records of one number: its calls, and the parts that some of them were made of.
#[derive(Debug)]
pub struct CallRecords<'a> {
    /// The calling number.
    pub number: PackedNumber,
    /// Every fact.
    pub calls: &'a mut CallTimeline,
    /// Every part.
    pub parts: &'a mut CallParts,
    /// The texts that facts name.
    pub symbols: &'a Symbols,
}

impl StoredRecord {
    fn fact(&self) -> &CallFact {
        match self {
            Self::Whole(fact) => fact,
            Self::Part(part) => &part.fact,
        }
    }

    /// The order of standing of records of one identity, the first stands.
    fn standing_order(&self, other: &Self, symbols: &Symbols) -> Ordering {
        let longer = other.fact().call_duration.cmp(&self.fact().call_duration);
        longer.then_with(|| match (self, other) {
            (Self::Part(part), Self::Part(other)) => part.standing_order(other, symbols),
            (Self::Whole(fact), Self::Whole(other)) => fact.standing_order(other, symbols),
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
        let mut facts = self.calls.at_place(self.number, place, work);
        if !facts.is_empty() {
            let of_parts = self.parts.facts_at(place, self.symbols, work);
            of_parts.iter().for_each(|fact| remove_one(&mut facts, fact));
        }
        facts.first().copied().map(StoredRecord::Whole)
    }

    /// Puts a record in, and takes out the one that it stands instead of.
    fn change(&mut self, instead_of: Option<&StoredRecord>, record: &StoredRecord, work: &mut Work) -> RecordInsertion {
        let part = |record: &StoredRecord| match record {
            StoredRecord::Part(part) => Some(*part),
            StoredRecord::Whole(_) => None,
        };
        let whole = |record: &StoredRecord| match record {
            StoredRecord::Whole(fact) => Some(*fact),
            StoredRecord::Part(_) => None,
        };
        let (put, taken) = (part(record), instead_of.and_then(part));
        let PartsChange { mut removed, mut inserted } = match (put, taken) {
            (None, None) => PartsChange::default(),
            _ => self.parts.change(put, taken, self.symbols, work),
        };
        removed.extend(instead_of.and_then(whole));
        inserted.extend(whole(record));
        let facts = inserted.len() as i64 - removed.len() as i64;
        let PartsChange { mut removed, inserted } = PartsChange { removed, inserted }.net();
        // A call that goes on for longer than facts are held has lost its fact to eviction.
        removed.retain(|fact| self.calls.remove(self.number, fact, work));
        inserted.iter().for_each(|fact| self.calls.insert(self.number, fact, work));
        RecordInsertion { removed, inserted, facts, repeat: None }
    }
}

fn remove_one(facts: &mut Vec<CallFact>, fact: &CallFact) {
    if let Some(at) = facts.iter().position(|other| other == fact) {
        facts.swap_remove(at);
    }
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
