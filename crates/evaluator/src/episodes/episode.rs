//! Runs of holding instants, bridged over short gaps.

use std::ops::Range;

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::RuleId;

use crate::judging::{Held, Peak, Segment};

/// A maximal run of holding instants, bridged over gaps shorter than `keep`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Episode {
    /// The rule that judged its last instant: the one that it is told under.
    pub(crate) rule: RuleId,
    pub(crate) opened_at: EventTime,
    pub(crate) last_at: EventTime,
    pub(crate) matches: u64,
    pub(crate) severity: u8,
    pub(crate) peak: Peak,
    /// Set once an instant after `last_at` was judged false and shard time has reached `last_at` + keep.
    pub(crate) closed_at: Option<EventTime>,
}

/// An episode without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EpisodeSpan {
    pub(crate) opened_at: EventTime,
    pub(crate) last_at: EventTime,
    pub(crate) rule: RuleId,
}

/// The open episode of the segments of a range, of which there is at least one.
pub(super) fn episode(held: &mut Held, range: Range<usize>) -> Episode {
    let sum = held.sum(range.clone());
    let segments = held.segments();
    let (first, last) = (&segments[range.start], &segments[range.end - 1]);
    Episode {
        rule: last.rule(),
        opened_at: first.first,
        last_at: last.last,
        matches: sum.matches,
        severity: sum.severity,
        peak: segments[sum.peak].peak.clone(),
        closed_at: None,
    }
}

/// Two runs are one where no false instant lies between them, or the gap is strictly shorter than the later rule keeps.
pub(super) fn joins(last_at: EventTime, segment: &Segment, keep: impl Fn(RuleId) -> Millis) -> bool {
    segment.false_before.is_none() || segment.first.since(last_at) < keep(segment.rule())
}
