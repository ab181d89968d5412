//! What changed of a number since the last commit.

use ringfence_cdr::{EventTime, PackedNumber};

/// The stretch of event time in which facts of a stream changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: EventTime,
    pub(crate) to: EventTime,
}

/// A number to judge at the commit, and why.
#[derive(Debug)]
pub(crate) struct Touched {
    pub(crate) slot: u32,
    pub(crate) calls: Option<Span>,
    pub(crate) complaints: Option<Span>,
    /// Called numbers of changed calls with their times, where a rule judges pairs.
    pub(crate) called: Vec<(PackedNumber, EventTime)>,
    /// Times of the facts that came, in the order they came, and whether event time was well past them by then.
    pub(crate) came: Vec<(EventTime, bool)>,
    /// The latest arrival among them.
    pub(crate) arrived: EventTime,
    /// Rules changed: every track is judged again from here on.
    pub(crate) again_from: Option<EventTime>,
}

impl Span {
    pub(crate) fn at(at: EventTime) -> Self {
        Self { from: at, to: at }
    }

    /// The shortest stretch with both.
    pub(crate) fn and(span: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (span, other) {
            (Some(a), Some(b)) => Some(Self { from: a.from.min(b.from), to: a.to.max(b.to) }),
            (one, none) => one.or(none),
        }
    }
}

impl Touched {
    pub(crate) fn new(slot: u32) -> Self {
        let (called, came) = (Vec::new(), Vec::new());
        Self { slot, calls: None, complaints: None, called, came, arrived: EventTime::MIN, again_from: None }
    }

    /// Every pair whose calls changed, each with the stretch in which they did, in order.
    pub(crate) fn pairs(&self) -> Vec<(PackedNumber, Span)> {
        let mut called = self.called.clone();
        called.sort_unstable();
        let same = |a: &(PackedNumber, EventTime), b: &(PackedNumber, EventTime)| a.0 == b.0;
        called
            .chunk_by(same)
            .map(|times| (times[0].0, Span { from: times[0].1, to: times[times.len() - 1].1 }))
            .collect()
    }

    /// Whether the record that decided over an instant came late: of those that it can rest on, the last to come.
    pub(crate) fn decided_late(&self, after: EventTime, at: EventTime) -> bool {
        let rests_on = |came: &&(EventTime, bool)| came.0 > after && came.0 <= at;
        self.came.iter().rev().find(rests_on).is_some_and(|(_, late)| *late)
    }
}
