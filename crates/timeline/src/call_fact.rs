//! One call, as stored.

use std::cmp::Ordering;

use ringfence_cdr::{DetailField, EventTime, Fingerprint, Millis, PackedNumber, RecordType};
use serde::{Deserialize, Serialize};

use crate::Symbols;

/// A place in the order of facts, and of parts and legs.
pub(crate) type FactPlace = (EventTime, Fingerprint);

/// One call of a key, decoded: 40 bytes, no heap. Absent values are `None`; texts are symbols of the shard. Facts are in
/// order of time, then fingerprint; what else orders them keeps those of one place apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallFact {
    /// The attempt time.
    pub at: EventTime,
    /// Of the record id.
    pub fingerprint: Fingerprint,
    /// Who was called.
    pub called_number: PackedNumber,
    /// What kind of record the network wrote.
    pub record_type: Option<RecordType>,
    /// Whether the call was answered.
    pub answered: bool,
    /// Whether the calling card's own network wrote the record.
    pub served: bool,
    /// `callDuration` in milliseconds; at most 2^32 - 2, which is 49 days.
    pub call_duration: Option<u32>,
    /// `causeForTerm`.
    pub cause_for_term: Option<u16>,
    /// `diagnostics`.
    pub diagnostics: Option<u16>,
    /// The symbol of the call's rare fields, 0 where it has none; see [`crate::Symbols`].
    pub details: u32,
}

impl CallFact {
    /// The place of the fact in its timeline.
    #[must_use]
    pub fn place(&self) -> (EventTime, Fingerprint) {
        (self.at, self.fingerprint)
    }

    /// The order of standing of what two records say, the first stands: the longer `callDuration`, then the smaller
    /// encoding. The encoding is compared field by field and by the texts themselves,
    /// never by symbols, as these depend on the order of reading.
    pub(crate) fn standing_order(&self, other: &Self, symbols: &Symbols) -> Ordering {
        let number = |fact: &Self| symbols.number(fact.called_number);
        let details = |fact: &Self| DetailField::ALL.map(|field| symbols.text(symbols.detail(fact.details, field)));
        other
            .call_duration
            .cmp(&self.call_duration)
            .then_with(|| number(self).cmp(&number(other)))
            .then_with(|| self.record_type.cmp(&other.record_type))
            .then_with(|| self.answered.cmp(&other.answered))
            .then_with(|| self.cause_for_term.cmp(&other.cause_for_term))
            .then_with(|| self.diagnostics.cmp(&other.diagnostics))
            .then_with(|| self.served.cmp(&other.served))
            .then_with(|| details(self).cmp(&details(other)))
    }

    /// `callDuration` as a length of time.
    #[must_use]
    pub fn duration(&self) -> Option<Millis> {
        self.call_duration.map(|duration| Millis(i64::from(duration)))
    }

    /// A length of time as it is stored: clamped to what fits, never below zero.
    #[must_use]
    pub fn stored_duration(duration: Millis) -> u32 {
        u32::try_from(duration.0.clamp(0, i64::from(u32::MAX - 1))).unwrap_or(0)
    }
}
