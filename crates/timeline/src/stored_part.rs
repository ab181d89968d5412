//! One part of a long call, as stored.

use std::cmp::Ordering;

use ringfence_cdr::{EventTime, Millis, PackedNumber};
use serde::{Deserialize, Serialize};

use crate::call_fact::FactPlace;
use crate::{CallFact, LegMark, Symbols};

/// The farthest that a part may lie from its neighbour.
pub(crate) const NEIGHBOUR: Millis = Millis::DAY;

/// Reference and called number.
pub(crate) type Call = (u32, PackedNumber);

/// One partial record, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPart {
    /// The fingerprint of recording entity and call reference.
    pub reference: u32,
    /// `sequenceNumber`.
    pub sequence_number: u32,
    /// The record itself, as if it were a call of its own.
    pub fact: CallFact,
    /// Set where the call may be one leg of an attempt.
    pub leg: Option<LegMark>,
}

impl StoredPart {
    pub(crate) fn call(&self) -> Call {
        (self.reference, self.fact.called_number)
    }

    pub(crate) fn place(&self) -> FactPlace {
        self.fact.place()
    }

    /// When it ended, where that is known: of parts that may be legs.
    pub(crate) fn ended(&self) -> Option<EventTime> {
        self.leg.map(|leg| leg.ended(self.fact.at))
    }

    /// The order of standing of parts that claim to be the same, the first stands.
    pub(crate) fn standing_order(&self, other: &Self, symbols: &Symbols) -> Ordering {
        let tie = |part: &Self| (part.reference, part.sequence_number, part.leg, part.place());
        self.fact.standing_order(&other.fact, symbols).then_with(|| tie(self).cmp(&tie(other)))
    }
}
