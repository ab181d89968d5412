//! What changed of a number since the last commit.
//!
//! Nearly every number has a handful of changes close to each other, so they lie in one list in the order they came, and
//! what a rule asks of them is worked out when it asks: most rules learn from the whole stretch that one look is enough.

use ringfence_cdr::{EventTime, PackedNumber};
use ringfence_rules::Stream;

use crate::rulebook::Program;

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
    calls: Option<Span>,
    complaints: Option<Span>,
    /// In the order they came.
    changes: Vec<Change>,
    /// Called numbers of changed calls with their times, where a rule judges pairs.
    called: Vec<(PackedNumber, EventTime)>,
    /// The latest arrival of a fact that came.
    pub(crate) arrived: EventTime,
    /// Rules changed: every track is judged again from here on.
    pub(crate) again_from: Option<EventTime>,
}

/// A fact that came or went.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: EventTime,
    stream: Stream,
    /// Of a record that came, whether event time was well past it by then; of a fact that changed with it, none.
    late: Option<bool>,
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
        Self {
            slot,
            calls: None,
            complaints: None,
            changes: Vec::new(),
            called: Vec::new(),
            arrived: EventTime::MIN,
            again_from: None,
        }
    }

    /// Notes that a fact changed.
    pub(crate) fn changed(&mut self, stream: Stream, at: EventTime) {
        self.note(Change { at, stream, late: None });
    }

    /// Notes that a fact changed by a record that came, and whether that was late.
    pub(crate) fn came(&mut self, stream: Stream, at: EventTime, late: bool, arrived: EventTime) {
        self.arrived = self.arrived.max(arrived);
        self.note(Change { at, stream, late: Some(late) });
    }

    fn note(&mut self, change: Change) {
        let span = match change.stream {
            Stream::Calls => &mut self.calls,
            Stream::Complaints => &mut self.complaints,
        };
        *span = Span::and(*span, Some(Span::at(change.at)));
        self.changes.push(change);
    }

    /// Notes who was called in a call that changed.
    pub(crate) fn called(&mut self, called: PackedNumber, at: EventTime) {
        self.called.push((called, at));
    }

    /// How many changes there are.
    pub(crate) fn changes(&self) -> usize {
        self.changes.len()
    }

    /// The shortest stretch in which all facts of the streams lie that changed.
    pub(crate) fn span(&self, reads: impl Fn(Stream) -> bool) -> Option<Span> {
        let calls = self.calls.filter(|_| reads(Stream::Calls));
        let complaints = self.complaints.filter(|_| reads(Stream::Complaints));
        Span::and(calls, complaints)
    }

    /// The shortest stretch in which all facts lie that changed and that a rule reads.
    pub(crate) fn read_by(&self, program: &Program) -> Option<Span> {
        self.span(|stream| program.reads(stream))
    }

    /// The stretches in which facts of the streams changed: two changes lie in one where the first, up to
    /// `influence_end`, reaches the second. Late facts that lie far apart cost no look at what lies between them.
    pub(crate) fn spans<F: Fn(EventTime) -> EventTime>(
        &self,
        reads: impl Fn(Stream) -> bool,
        influence_end: F,
    ) -> Spans<std::vec::IntoIter<EventTime>, F> {
        let whole = self.span(&reads);
        // One reaches all: nothing needs to be put in order.
        let one = whole.filter(|span| span.to <= influence_end(span.from));
        let mut times: Vec<EventTime> = match (one, whole) {
            (None, Some(_)) => self.changes.iter().filter(|it| reads(it.stream)).map(|it| it.at).collect(),
            _ => Vec::new(),
        };
        times.sort_unstable();
        Spans { open: one, times: times.into_iter(), influence_end }
    }

    /// Puts the pairs in order, once nothing more changes.
    pub(crate) fn sort_pairs(&mut self) {
        self.called.sort_unstable();
    }

    /// Every pair whose calls changed with their times, in order, once they were put in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (PackedNumber, &[(PackedNumber, EventTime)])> {
        debug_assert!(self.called.is_sorted(), "pairs are put in order first");
        self.called.chunk_by(|a, b| a.0 == b.0).map(|times| (times[0].0, times))
    }

    /// Whether the record that decided over an instant came late: of those that it can rest on, the last to come.
    pub(crate) fn decided_late(&self, after: EventTime, at: EventTime) -> bool {
        let rests_on = self.changes.iter().rev().filter(|it| it.at > after && it.at <= at);
        rests_on.filter_map(|it| it.late).next().unwrap_or_default()
    }
}

/// Stretches of times that are in order: two lie in one where the first, up to `influence_end`, reaches the second.
pub(crate) struct Spans<I, F> {
    open: Option<Span>,
    times: I,
    influence_end: F,
}

impl<I: Iterator<Item = EventTime>, F: Fn(EventTime) -> EventTime> Spans<I, F> {
    /// Of times in order.
    pub(crate) fn of(times: I, influence_end: F) -> Self {
        Self { open: None, times, influence_end }
    }
}

impl<I: Iterator<Item = EventTime>, F: Fn(EventTime) -> EventTime> Iterator for Spans<I, F> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        for at in self.times.by_ref() {
            match &mut self.open {
                Some(span) if at <= (self.influence_end)(span.to) => span.to = at,
                open => {
                    if let Some(span) = open.replace(Span::at(at)) {
                        return Some(span);
                    }
                }
            }
        }
        self.open.take()
    }
}
