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

use std::ops::Range;

use ringfence_cdr::EventTime;
use serde::{Deserialize, Serialize};

use super::added_up::{AddedUp, Sum};
use super::segment::{Holding, SEGMENT_BORDER, Segment, StoredValue};

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
    /// What segments come to that were added up before.
    #[serde(skip)]
    added_up: AddedUp,
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

    /// What the segments of a range, of which there is at least one, come to.
    pub(crate) fn sum(&mut self, range: Range<usize>) -> Sum {
        self.added_up.sum(&self.segments, range)
    }

    /// Drops what is derived.
    pub(crate) fn drop_caches(&mut self) {
        self.added_up.forget_from(0);
    }

    /// Forgets what was judged in [from, end].
    pub(super) fn cut(&mut self, from: EventTime, end: EventTime) -> Rejudged {
        let first_cut = self.segments.partition_point(|segment| segment.last < from);
        self.added_up.forget_from(first_cut);
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
        self.added_up.forget_from(self.segments.len().saturating_sub(1));
        match self.segments.last_mut() {
            Some(segment) if segment.fits(holding) && Some(segment.last) > self.frozen_to => segment.add(holding, lets),
            _ => self.segments.push(Segment::of(holding, lets())),
        }
    }

    /// Forgets segments.
    pub(crate) fn retain(&mut self, keeps: impl FnMut(&Segment) -> bool) {
        self.added_up.forget_from(0);
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
        self.added_up.forget_from(0);
        let rest = self.segments.split_off(count);
        let mut joined: Vec<Segment> = Vec::new();
        for segment in self.segments.drain(..) {
            match joined.last_mut() {
                Some(last) if segment.false_before.is_none() && segment.rule() == last.rule() => last.join(segment),
                _ => joined.push(segment),
            }
        }
        joined.extend(rest);
        self.segments = joined;
    }
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::{EventTime, Millis};
    use ringfence_rules::{Fraction, RuleId, Severity};

    use super::Held;
    use crate::judging::segment::Holding;

    fn hold(held: &mut Held, hour: i64, matches: u64) {
        let holding = Holding {
            at: EventTime(hour * Millis::HOUR.0),
            rule: RuleId(1),
            matches,
            severity: Severity::Info,
            left: Some(Fraction::whole(matches as i64)),
            false_before: None,
        };
        held.push(&holding, Vec::new);
    }

    /// What is kept of the first segments, and goes on to be, comes to the same as what is added up anew.
    fn comes_to_the_same(held: &mut Held) {
        for count in [held.segments().len(), held.segments().len().div_ceil(2)] {
            let kept = held.sum(0..count);
            held.drop_caches();
            assert_eq!(kept, held.sum(0..count));
        }
    }

    #[test]
    fn a_sum_follows_segments_that_are_added_changed_and_gone() {
        let mut held = Held::default();
        for hour in 0..20 {
            hold(&mut held, hour, 1 + hour as u64 % 7);
            comes_to_the_same(&mut held);
        }
        for hour in [15, 3, 0] {
            let at = EventTime(hour * Millis::HOUR.0);
            let gone = held.cut(at, at);
            held.join(gone.after, None);
            comes_to_the_same(&mut held);
        }
        let gone = held.cut(EventTime(5 * Millis::HOUR.0), EventTime(5 * Millis::HOUR.0));
        hold(&mut held, 5, 100);
        held.join(gone.after, None);
        comes_to_the_same(&mut held);
        held.retain(|segment| segment.matches > 2);
        comes_to_the_same(&mut held);
        held.freeze();
        comes_to_the_same(&mut held);
    }
}
