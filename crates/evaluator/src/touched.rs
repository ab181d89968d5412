//! What changed of a number since the last commit.

use ringfence_cdr::{EventTime, PackedNumber};
use ringfence_rules::Stream;

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
    /// The times of the facts that changed.
    times: Vec<(EventTime, Stream)>,
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
        Self {
            slot,
            calls: None,
            complaints: None,
            times: Vec::new(),
            called,
            came,
            arrived: EventTime::MIN,
            again_from: None,
        }
    }

    /// Notes that a fact changed.
    pub(crate) fn changed(&mut self, stream: Stream, at: EventTime) {
        let span = match stream {
            Stream::Calls => &mut self.calls,
            Stream::Complaints => &mut self.complaints,
        };
        *span = Span::and(*span, Some(Span::at(at)));
        self.times.push((at, stream));
    }

    /// The shortest stretch in which all facts of the streams lie that changed.
    pub(crate) fn span(&self, reads: impl Fn(Stream) -> bool) -> Option<Span> {
        let calls = self.calls.filter(|_| reads(Stream::Calls));
        let complaints = self.complaints.filter(|_| reads(Stream::Complaints));
        Span::and(calls, complaints)
    }

    /// The stretches in which facts of the streams changed: two changes lie in one where the first, up to
    /// `influence_end`, reaches the second. Late facts that lie far apart cost no look at what lies between them.
    pub(crate) fn spans(
        &self,
        reads: impl Fn(Stream) -> bool,
        influence_end: impl Fn(EventTime) -> EventTime,
    ) -> Vec<Span> {
        let read = self.times.iter().filter(|(_, stream)| reads(*stream));
        joined(read.map(|(at, _)| *at).collect(), influence_end)
    }

    /// Every pair whose calls changed with their times, in order.
    pub(crate) fn pairs(&self) -> Vec<(PackedNumber, Vec<EventTime>)> {
        let mut called = self.called.clone();
        called.sort_unstable();
        let same = |a: &(PackedNumber, EventTime), b: &(PackedNumber, EventTime)| a.0 == b.0;
        let pairs = called.chunk_by(same);
        pairs.map(|times| (times[0].0, times.iter().map(|(_, at)| *at).collect())).collect()
    }

    /// Whether the record that decided over an instant came late: of those that it can rest on, the last to come.
    pub(crate) fn decided_late(&self, after: EventTime, at: EventTime) -> bool {
        let rests_on = |came: &&(EventTime, bool)| came.0 > after && came.0 <= at;
        self.came.iter().rev().find(rests_on).is_some_and(|(_, late)| *late)
    }
}

/// Times as stretches: two lie in one where the first, up to `influence_end`, reaches the second.
pub(crate) fn joined(mut times: Vec<EventTime>, influence_end: impl Fn(EventTime) -> EventTime) -> Vec<Span> {
    times.sort_unstable();
    let mut spans: Vec<Span> = Vec::new();
    for at in times {
        match spans.last_mut() {
            Some(span) if at <= influence_end(span.to) => span.to = at,
            _ => spans.push(Span::at(at)),
        }
    }
    spans
}
