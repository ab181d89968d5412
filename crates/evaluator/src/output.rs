//! What a commit publishes, and what is known beside it.

use ringfence_cdr::EventTime;
use ringfence_events::{Event, Quantity, Scope};
use ringfence_rules::{Key, Unit, Value};

/// One event that a commit publishes. Events of one key stay in the order of the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What subscribers receive.
    pub event: Event,
    /// Of a violation that has just opened: when the last of the records arrived that it was judged with. How long
    /// detection takes is measured from it; it is not published.
    pub arrived: Option<EventTime>,
}

impl Output {
    pub(crate) fn of(event: impl Into<Event>) -> Self {
        Self { event: event.into(), arrived: None }
    }
}

/// A value as events show it.
#[must_use]
pub fn quantity(value: Value, unit: Unit) -> Quantity {
    let Some(fraction) = value else { return Quantity::Undefined };
    match unit {
        Unit::Number => Quantity::fraction(fraction.numerator(), fraction.denominator()),
        Unit::Duration => Quantity::whole(fraction.numerator(), fraction.denominator()),
    }
}

/// What a rule judges, as events name it.
pub(crate) fn scope(key: Key) -> Scope {
    match key {
        Key::CallingNumber => Scope::CallingNumber,
        Key::Pair => Scope::Pair,
    }
}
