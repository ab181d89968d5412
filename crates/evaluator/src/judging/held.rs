//! The instants at which a line of rules holds for one key.
//!
//! A stretch of holding instants is kept as *segments*, each a summary of a few instants, so that a late fact judges
//! again only the segments it touches and what follows within its influence, not a whole episode of days. A segment
//! never crosses a border of the hour, so that what is kept for judging again is known in advance.
//!
//! ```text
//! instants   . . T T T T T F . T T T . . . F        T holds, F does not, . no fact
//! segments       [T T T][T T]  [T T T]              false_before of the third is the F
//! ```

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Fraction, RuleId, Severity, Value};
use serde::{Deserialize, Serialize};

/// The most instants of a segment: what a late fact judges again needlessly.
const SEGMENT_INSTANTS: u32 = 64;
/// No segment crosses a multiple of this.
pub(crate) const SEGMENT_BORDER: Millis = Millis::HOUR;

/// A value in a form that can be stored.
pub(crate) type StoredValue = Option<(i128, i128)>;

/// What was judged of a line for a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// In order of time.
    segments: Vec<Segment>,
    /// The first instant after the last segment that was judged false because of a fact, or as its rule was no more.
    first_false: Option<EventTime>,
    /// When the key falls silent after the last segment, if no fact comes before.
    silent_at: Option<EventTime>,
    /// Instants up to this are not judged again, as the number has reached its cap.
    frozen_to: Option<EventTime>,
}

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

/// A stretch that is judged anew.
#[derive(Debug)]
pub(super) struct Rejudged {
    /// The first instant to judge: the first of a segment that was cut.
    pub(super) from: EventTime,
    /// The last.
    pub(super) end: EventTime,
    /// What lies after it.
    pub(super) after: Vec<Segment>,
}

impl Segment {
    /// The rule that judged its instants.
    pub(crate) fn rule(&self) -> RuleId {
        self.peak.rule
    }
}

pub(crate) fn stored(value: Value) -> StoredValue {
    value.map(|fraction| (fraction.numerator(), fraction.denominator()))
}

pub(crate) fn unstored(value: StoredValue) -> Value {
    value.and_then(|(numerator, denominator)| Fraction::ratio(numerator, denominator))
}

impl Held {
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// When the key falls silent after the last segment, if no fact comes before.
    pub(crate) fn silent_at(&self) -> Option<EventTime> {
        self.silent_at
    }

    pub(crate) fn frozen_to(&self) -> Option<EventTime> {
        self.frozen_to
    }

    /// The last instant that holds.
    pub(crate) fn last_at(&self) -> Option<EventTime> {
        self.segments.last().map(|segment| segment.last)
    }

    /// The last instant that holds before another, and outside any segment with that in it.
    pub(crate) fn last_before(&self, at: EventTime) -> Option<EventTime> {
        let before = self.segments.partition_point(|segment| segment.last < at);
        before.checked_sub(1).map(|last| self.segments[last].last)
    }

    /// Whether an instant of this stretch is known to hold.
    pub(crate) fn holds_in(&self, from: EventTime, to: EventTime) -> bool {
        let first = self.segments.partition_point(|segment| segment.last < from);
        self.segments.get(first).is_some_and(|segment| segment.first <= to)
    }

    /// Whether an instant after the last segment was judged false because of a fact.
    pub(crate) fn is_false_by_fact(&self) -> bool {
        self.first_false.is_some()
    }

    /// Whether an instant after the last segment was judged false: at a fact, or in a silence that has come.
    pub(crate) fn is_false_after_last(&self, shard_time: Option<EventTime>) -> bool {
        self.first_false.is_some() || matches!((self.silent_at, shard_time), (Some(silent), Some(now)) if silent <= now)
    }

    /// Whether an instant between one that holds and `before` is known to be false. Without one, a fact that still comes
    /// may continue what held.
    pub(crate) fn is_false_between(&self, last_at: EventTime, before: EventTime) -> bool {
        let next = self.segments.get(self.segments.partition_point(|segment| segment.first <= last_at));
        let judged_false = match next {
            Some(next) => next.false_before,
            None => self.first_false.or(self.silent_at),
        };
        judged_false.is_some_and(|at| at < before)
    }

    /// The first false instant after the last one that holds before `from`, where one is known: the fact that showed it may
    /// be gone by now.
    pub(super) fn first_false_around(&self, from: EventTime) -> Option<EventTime> {
        let next = self.segments.partition_point(|segment| segment.last < from);
        match self.segments.get(next) {
            Some(next) => next.false_before,
            None => self.first_false,
        }
    }

    /// Forgets what was judged in [from, end].
    pub(super) fn cut(&mut self, from: EventTime, end: EventTime) -> Rejudged {
        let first_cut = self.segments.partition_point(|segment| segment.last < from);
        let mut gone = self.segments.split_off(first_cut);
        let after = gone.split_off(gone.partition_point(|segment| segment.first <= end));
        Rejudged {
            from: gone.first().map_or(from, |segment| segment.first.min(from)),
            end: gone.last().map_or(end, |segment| segment.last.max(end)),
            after,
        }
    }

    /// Puts back what lies after a stretch that was judged anew: the first false instant between the two.
    pub(super) fn join(&mut self, mut after: Vec<Segment>, false_before: Option<EventTime>) {
        if let Some(next) = after.first_mut() {
            next.false_before = false_before;
        }
        self.segments.append(&mut after);
    }

    /// Says how it ends, where nothing lies after what was judged anew.
    pub(super) fn end(&mut self, first_false: Option<EventTime>, silent_at: Option<EventTime>) {
        (self.first_false, self.silent_at) = (first_false, silent_at);
    }

    /// Appends a holding instant; `lets` is asked for only where it is a new peak.
    pub(super) fn push(&mut self, holding: &Holding, lets: impl FnOnce() -> Vec<StoredValue>) {
        let border = |at: EventTime| at.0.div_euclid(SEGMENT_BORDER.0);
        let fits = |segment: &Segment| {
            holding.false_before.is_none()
                && segment.instants < SEGMENT_INSTANTS
                && border(segment.first) == border(holding.at)
                && Some(segment.last) > self.frozen_to
                && segment.rule() == holding.rule
        };
        match self.segments.last_mut() {
            Some(segment) if fits(segment) => {
                segment.last = holding.at;
                segment.instants += 1;
                segment.matches += holding.matches;
                segment.severity = segment.severity.max(holding.severity as u8);
                if holding.left > unstored(segment.peak.left) {
                    segment.peak = Peak { rule: holding.rule, left: stored(holding.left), lets: lets() };
                }
            }
            _ => self.segments.push(Segment {
                first: holding.at,
                last: holding.at,
                instants: 1,
                matches: holding.matches,
                severity: holding.severity as u8,
                peak: Peak { rule: holding.rule, left: stored(holding.left), lets: lets() },
                false_before: holding.false_before,
            }),
        }
    }

    /// Forgets segments.
    pub(crate) fn retain(&mut self, keeps: impl FnMut(&Segment) -> bool) {
        self.segments.retain(keeps);
    }

    /// What was judged so far is not judged again, so all of a run can be one segment.
    pub(crate) fn freeze(&mut self) {
        self.frozen_to = self.last_at();
        self.join_settled(EventTime::MAX);
        self.shrink();
    }

    pub(crate) fn shrink(&mut self) {
        self.segments.shrink_to_fit();
    }

    /// Joins the segments of a run that can be judged again no more.
    pub(crate) fn join_settled(&mut self, settled: EventTime) {
        let edge = settled.minus(SEGMENT_BORDER);
        let count = self.segments.partition_point(|segment| segment.last < edge);
        let joins = |pair: &[Segment]| pair[1].false_before.is_none() && pair[1].rule() == pair[0].rule();
        if !self.segments[..count].windows(2).any(joins) {
            return;
        }
        let rest = self.segments.split_off(count);
        let mut joined: Vec<Segment> = Vec::new();
        for segment in self.segments.drain(..) {
            match joined.last_mut() {
                Some(last) if segment.false_before.is_none() && segment.rule() == last.rule() => {
                    last.last = segment.last;
                    last.instants = SEGMENT_INSTANTS;
                    last.matches += segment.matches;
                    last.severity = last.severity.max(segment.severity);
                    if unstored(segment.peak.left) > unstored(last.peak.left) {
                        last.peak = segment.peak;
                    }
                }
                _ => joined.push(segment),
            }
        }
        joined.extend(rest);
        self.segments = joined;
    }
}
