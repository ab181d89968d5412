//! Calls before legs are joined, and one leg of an attempt, as stored.

use std::cmp::Ordering;

use ringfence_cdr::{EventTime, Millis, PackedNumber};
use serde::{Deserialize, Serialize};

use crate::call_fact::FactPlace;
use crate::{CallFact, Symbols};

/// What the legs of one attempt share, besides the calling number: key and called number.
pub(crate) type LegGroup = (u32, PackedNumber);

/// What makes a record a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LegMark {
    /// The fingerprint of what the legs of one attempt share.
    pub key: u32,
    /// From its attempt to its end, in milliseconds; at most 2^32 - 2, which is 49 days.
    pub lasted: u32,
}

/// A call as one record says it, or as its parts do together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredCall {
    /// The call as if it had no other legs.
    pub fact: CallFact,
    /// Set where it is one leg of an attempt.
    pub leg: Option<LegMark>,
}

/// One leg, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct StoredLeg {
    pub(crate) fact: CallFact,
    pub(crate) mark: LegMark,
}

impl LegMark {
    /// That of a leg which began and ended then.
    #[must_use]
    pub fn new(key: u32, at: EventTime, ended: EventTime) -> Self {
        Self { key, lasted: CallFact::stored_duration(ended.since(at)) }
    }

    /// When a leg that began then ended.
    pub(crate) fn ended(&self, at: EventTime) -> EventTime {
        at.plus(Millis(i64::from(self.lasted)))
    }
}

impl StoredCall {
    /// The order of standing of what two records say, the first stands.
    pub(crate) fn standing_order(&self, other: &Self, symbols: &Symbols) -> Ordering {
        self.fact.standing_order(&other.fact, symbols).then_with(|| self.leg.cmp(&other.leg))
    }

    /// The leg that it is.
    pub(crate) fn as_leg(&self) -> Option<StoredLeg> {
        self.leg.map(|mark| StoredLeg { fact: self.fact, mark })
    }
}

impl StoredLeg {
    pub(crate) fn group(&self) -> LegGroup {
        (self.mark.key, self.fact.called_number)
    }

    pub(crate) fn place(&self) -> FactPlace {
        self.fact.place()
    }

    pub(crate) fn at(&self) -> EventTime {
        self.fact.at
    }

    /// The end of an answered leg: what begins later is another attempt.
    pub(crate) fn answered_until(&self) -> Option<EventTime> {
        self.fact.answered.then(|| self.mark.ended(self.fact.at))
    }

    /// Up to when it has a say in what another leg belongs to, but for neighbours.
    pub(crate) fn until(&self) -> EventTime {
        self.answered_until().unwrap_or(self.fact.at)
    }

    /// The order of the legs of an attempt: by time and fingerprint. Two at one place, of which one is made of parts, are
    /// told apart by what they say, by the texts themselves.
    pub(crate) fn order(&self, other: &Self, symbols: &Symbols) -> Ordering {
        let by_contents = || self.fact.standing_order(&other.fact, symbols);
        self.place().cmp(&other.place()).then_with(by_contents).then_with(|| self.cmp(other))
    }
}
