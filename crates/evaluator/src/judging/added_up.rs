//! What the segments of an open episode come to.
//!
//! An episode of hours has hundreds of segments, and each call that goes on with it changes the last one. So what those
//! before the last come to is kept until one of them changes.

use std::ops::Range;

use super::segment::{Segment, unstored};

/// Fewer segments than this are added up anew faster than the sum is kept; in tests any, so that every law meets it.
const WORTH_KEEPING: usize = if cfg!(debug_assertions) { 1 } else { 8 };

/// What some segments come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) matches: u64,
    pub(crate) severity: u8,
    /// The place of the segment with the peak: the first of those that are as high.
    pub(crate) peak: usize,
}

/// A sum that is kept. Nothing of what is held: it can be had again from the segments.
#[derive(Clone, Debug, Default)]
pub(super) struct AddedUp(Option<Box<(Range<usize>, Sum)>>);

impl PartialEq for AddedUp {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Sum {
    fn of(segments: &[Segment], at: usize) -> Self {
        Self { matches: segments[at].matches, severity: segments[at].severity, peak: at }
    }

    fn and(self, segments: &[Segment], at: usize) -> Self {
        let segment = &segments[at];
        let is_higher = unstored(segment.peak.left) > unstored(segments[self.peak].peak.left);
        Self {
            matches: self.matches + segment.matches,
            severity: self.severity.max(segment.severity),
            peak: if is_higher { at } else { self.peak },
        }
    }
}

impl AddedUp {
    /// Adds up the segments of a range, of which there is at least one; all but the last stay added up.
    pub(super) fn sum(&mut self, segments: &[Segment], range: Range<usize>) -> Sum {
        let last = range.end - 1;
        let kept = self.0.as_deref().filter(|(kept, _)| kept.start == range.start && kept.end <= last);
        let (mut next, mut sum) = match kept {
            Some((kept, sum)) => (kept.end, *sum),
            None => (range.start + 1, Sum::of(segments, range.start)),
        };
        while next < last {
            sum = sum.and(segments, next);
            next += 1;
        }
        if last - range.start >= WORTH_KEEPING {
            self.0 = Some(Box::new((range.start..last, sum)));
        }
        if range.start < last { sum.and(segments, last) } else { sum }
    }

    /// Follows that segments from a place on may change.
    pub(super) fn forget_from(&mut self, place: usize) {
        self.0.take_if(|kept| kept.0.end > place);
    }
}
