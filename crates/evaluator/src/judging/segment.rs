//! A stretch of holding instants, as a summary of a few of them.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Fraction, RuleId, Severity, Value};
use serde::{Deserialize, Serialize};

/// The most instants of a segment: what a late fact judges again needlessly.
const SEGMENT_INSTANTS: u32 = 64;
/// No segment crosses a multiple of this.
pub(crate) const SEGMENT_BORDER: Millis = Millis::HOUR;

/// A value in a form that can be stored.
pub(crate) type StoredValue = Option<(i128, i128)>;

/// A few instants that hold with none between them that does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) first: EventTime,
    pub(crate) last: EventTime,
    instants: u32,
    /// Facts at its instants.
    pub(crate) matches: u64,
    pub(crate) severity: u8,
    pub(crate) peak: Peak,
    /// The first false instant between the segment before and this one; `None` where they are one run.
    pub(crate) false_before: Option<EventTime>,
}

/// Every `let` at the instant where the first comparison's left side was largest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Peak {
    /// The rule that judged it.
    pub(crate) rule: RuleId,
    pub(crate) left: StoredValue,
    pub(crate) lets: Vec<StoredValue>,
}

/// One holding instant.
#[derive(Clone, Debug)]
pub(super) struct Holding {
    pub(super) at: EventTime,
    pub(super) rule: RuleId,
    pub(super) matches: u64,
    pub(super) severity: Severity,
    pub(super) left: Value,
    pub(super) false_before: Option<EventTime>,
}

impl Segment {
    /// Of one instant.
    pub(super) fn of(holding: &Holding, lets: Vec<StoredValue>) -> Self {
        Self {
            first: holding.at,
            last: holding.at,
            instants: 1,
            matches: holding.matches,
            severity: holding.severity as u8,
            peak: Peak { rule: holding.rule, left: stored(holding.left), lets },
            false_before: holding.false_before,
        }
    }

    /// The rule that judged its instants.
    pub(crate) fn rule(&self) -> RuleId {
        self.peak.rule
    }

    /// Whether an instant after it can be one of it.
    pub(super) fn fits(&self, holding: &Holding) -> bool {
        let border = |at: EventTime| at.0.div_euclid(SEGMENT_BORDER.0);
        holding.false_before.is_none()
            && self.instants < SEGMENT_INSTANTS
            && border(self.first) == border(holding.at)
            && self.rule() == holding.rule
    }

    /// Takes in an instant that fits; `lets` is asked for only where it is a new peak.
    pub(super) fn add(&mut self, holding: &Holding, lets: impl FnOnce() -> Vec<StoredValue>) {
        self.last = holding.at;
        self.instants += 1;
        self.matches += holding.matches;
        self.severity = self.severity.max(holding.severity as u8);
        if holding.left > unstored(self.peak.left) {
            self.peak = Peak { rule: holding.rule, left: stored(holding.left), lets: lets() };
        }
    }

    /// Takes in the segment after it, of the same run and rule; nothing more fits then.
    pub(super) fn join(&mut self, next: Self) {
        self.last = next.last;
        self.instants = SEGMENT_INSTANTS;
        self.matches += next.matches;
        self.severity = self.severity.max(next.severity);
        if unstored(next.peak.left) > unstored(self.peak.left) {
            self.peak = next.peak;
        }
    }
}

pub(crate) fn stored(value: Value) -> StoredValue {
    value.map(|fraction| (fraction.numerator(), fraction.denominator()))
}

pub(crate) fn unstored(value: StoredValue) -> Value {
    value.and_then(|(numerator, denominator)| Fraction::ratio(numerator, denominator))
}
