//! Views: one measure of one rule for one key, kept at an instant and moved to the next.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Aggregate, CalendarUnit, Field, Fraction, Measure, Predicate, Stream, Value, Window, Zone};
use ringfence_timeline::{Sample, Tally, TallyKind};

use super::anchors::Begin;
use crate::facts::{Eligibility, Fact, Matcher, Scene};

/// What moving a view needs: the rule's filter, the facts and how to read them.
#[derive(Clone, Copy, Debug)]
pub(super) struct ViewInput<'a> {
    pub(super) matcher: Matcher<'a>,
    pub(super) scene: Scene<'a>,
    /// The rule's `where` and `except`, for calls.
    pub(super) counted: &'a Predicate,
    pub(super) eligibility: Eligibility,
}

impl ViewInput<'_> {
    /// Whether a judgement may rest on a fact.
    pub(super) fn admits(&self, fact: Fact<'_>) -> bool {
        let Eligibility { served, since } = self.eligibility;
        fact.at() > since && (!served || self.scene.is_served(fact))
    }
}

/// A tally over the facts in (after, to]. Moving either end adds or takes away the facts that it passes, in either
/// direction, so an instant shortly before the last one costs as little as the next.
#[derive(Clone, Debug)]
pub(super) struct View {
    tally: Tally,
    after: EventTime,
    to: EventTime,
    /// Of `unseen`: facts after this are in the window.
    inner_after: EventTime,
    /// Of calendar windows: the period of the last instant, [first, second).
    period: (EventTime, EventTime),
    chain: Chain,
}

/// The starts of anchored windows so far.
#[derive(Clone, Debug)]
struct Chain {
    begin: Begin,
    starts: Vec<EventTime>,
    /// Facts up to this have been chained.
    to: EventTime,
}

impl View {
    /// Of anchored windows, going on from those before.
    pub(super) fn new(measure: &Measure, begin: Begin) -> Self {
        Self {
            tally: Tally::new(kind_of(&measure.aggregate)),
            after: EventTime::MAX,
            to: EventTime::MIN,
            inner_after: EventTime::MIN,
            period: (EventTime::MAX, EventTime::MIN),
            chain: Chain::new(begin),
        }
    }

    /// How far back the view still holds facts; it takes them away when it moves on.
    pub(super) fn reaches_back_to(&self) -> Option<EventTime> {
        (self.after < self.to).then_some(self.after)
    }

    /// Has anchored windows go on from what is known now of facts that are gone: all, where it had not come to these.
    pub(super) fn go_on_from(&mut self, measure: &Measure, begin: Begin) {
        if self.chain.begin == begin || !matches!(measure.window, Window::Anchored(_)) {
            return;
        }
        if self.chain.to < begin.to {
            *self = Self::new(measure, begin);
            return;
        }
        self.chain.begin = begin;
        let first = begin.start.unwrap_or(begin.to.plus(Millis(1)));
        self.chain.starts.drain(..self.chain.starts.partition_point(|start| *start < first));
    }

    /// How many values it keeps, about.
    pub(super) fn entries(&self) -> usize {
        self.tally.entries() + self.chain.starts.len()
    }

    /// The latest instant that it was moved to.
    pub(super) fn reaches_to(&self) -> Option<EventTime> {
        let to = self.to.max(self.chain.to);
        (to > EventTime::MIN).then_some(to)
    }

    /// What a chain of anchored windows goes on from after an instant.
    pub(super) fn begin_after(&self, at: EventTime) -> Begin {
        let started = self.chain.starts.partition_point(|start| *start <= at);
        Begin { start: started.checked_sub(1).map(|last| self.chain.starts[last]), to: at.min(self.chain.to) }
    }

    /// The value of the measure at an instant.
    pub(super) fn value(&mut self, measure: &Measure, input: &ViewInput<'_>, at: EventTime) -> Value {
        let since = input.eligibility.since;
        let window_after = self.window_after(measure, input, at).max(since).min(at);
        match measure.aggregate {
            Aggregate::Unseen(_, before) => {
                // The look-back reads on beyond the facts that a fresh strike may use.
                self.move_ends(measure, input, window_after.minus(before), at);
                self.move_inner_edge(measure, input, window_after);
            }
            _ => self.move_ends(measure, input, window_after, at),
        }
        self.tally.value(at.0).and_then(|(numerator, denominator)| Fraction::ratio(numerator, denominator))
    }

    /// The first instant after the window of `at`, unless it is empty then: when the measure falls silent.
    pub(super) fn silent_at(&mut self, measure: &Measure, input: &ViewInput<'_>, at: EventTime) -> Option<EventTime> {
        let after = self.window_after(measure, input, at).max(input.eligibility.since).min(at);
        let last = last_counted(measure, input, after, at)?;
        Some(match &measure.window {
            Window::Sliding(length) => last.plus(*length),
            Window::Calendar(unit, zone) => unit.period(last, zone).1,
            Window::Anchored(length) => after.plus(Millis(1)).plus(*length),
        })
    }

    /// The instant before the first one of the window that ends at `at`.
    pub(super) fn window_after(&mut self, measure: &Measure, input: &ViewInput<'_>, at: EventTime) -> EventTime {
        match &measure.window {
            Window::Sliding(length) => at.minus(*length),
            Window::Calendar(unit, zone) => self.period_of(*unit, zone, at).0.minus(Millis(1)),
            Window::Anchored(length) => {
                self.chain.extend(measure, *length, input, at);
                let started = self.chain.starts.partition_point(|start| *start <= at);
                let start = started.checked_sub(1).map(|last| self.chain.starts[last]);
                match start {
                    Some(start) if at < start.plus(*length) => start.minus(Millis(1)),
                    _ => at,
                }
            }
        }
    }

    fn period_of(&mut self, unit: CalendarUnit, zone: &Zone, at: EventTime) -> (EventTime, EventTime) {
        if at < self.period.0 || at >= self.period.1 {
            self.period = unit.period(at, zone);
        }
        self.period
    }

    fn move_ends(&mut self, measure: &Measure, input: &ViewInput<'_>, after: EventTime, to: EventTime) {
        if to <= self.after || after >= self.to {
            self.tally = Tally::new(kind_of(&measure.aggregate));
            self.inner_after = EventTime::MIN;
            (self.after, self.to) = (after, after);
        }
        let (was_after, was_to) = (self.after, self.to);
        let tally = &mut self.tally;
        for_each_sample(measure, input, after, was_after, |sample| tally.insert(sample));
        for_each_sample(measure, input, was_to, to, |sample| tally.insert(sample));
        for_each_sample(measure, input, was_after, after.min(was_to), |sample| tally.remove(sample));
        for_each_sample(measure, input, to.max(was_after), was_to, |sample| tally.remove(sample));
        (self.after, self.to) = (after, to);
    }

    fn move_inner_edge(&mut self, measure: &Measure, input: &ViewInput<'_>, inner_after: EventTime) {
        let (low, high) = (self.inner_after.min(inner_after), self.inner_after.max(inner_after));
        let mut passed = Vec::new();
        for_each_sample(measure, input, low.max(self.after), high.min(self.to), |sample| passed.push(sample));
        self.tally.move_inner_edge(inner_after.0, passed.into_iter());
        self.inner_after = inner_after;
    }

    /// Follows a fact that was put in behind the view's back.
    pub(super) fn fact_inserted(&mut self, measure: &Measure, input: &ViewInput<'_>, fact: Fact<'_>) {
        if self.must_start_anew(measure, fact.at()) {
            *self = Self::new(measure, self.chain.begin);
        } else if self.holds_time(fact.at())
            && let Some(sample) = sample_of(measure, input, fact)
        {
            self.tally.insert(sample);
        }
    }

    /// Follows a fact that was taken out behind the view's back.
    pub(super) fn fact_removed(&mut self, measure: &Measure, input: &ViewInput<'_>, fact: Fact<'_>) {
        if self.must_start_anew(measure, fact.at()) {
            *self = Self::new(measure, self.chain.begin);
        } else if self.holds_time(fact.at())
            && let Some(sample) = sample_of(measure, input, fact)
        {
            self.tally.remove(sample);
        }
    }

    fn holds_time(&self, at: EventTime) -> bool {
        at > self.after && at <= self.to
    }

    fn must_start_anew(&self, measure: &Measure, at: EventTime) -> bool {
        matches!(measure.window, Window::Anchored(_)) && at <= self.chain.to
    }
}

/// The start of the window that is open at an edge, by the facts before it.
pub(super) fn open_at(
    measure: &Measure,
    length: Millis,
    input: &ViewInput<'_>,
    begin: Begin,
    edge: EventTime,
) -> Option<EventTime> {
    let mut chain = Chain::new(begin);
    chain.extend(measure, length, input, edge.minus(Millis(1)));
    chain.starts.last().copied().filter(|start| start.plus(length) > edge)
}

impl Chain {
    fn new(begin: Begin) -> Self {
        Self { begin, starts: begin.start.into_iter().collect(), to: begin.to }
    }

    /// Follows the counted facts up to `to`: a fact at or after the end of the last window starts a new one.
    fn extend(&mut self, measure: &Measure, length: Millis, input: &ViewInput<'_>, to: EventTime) {
        if to <= self.to {
            return;
        }
        let from = self.to.max(input.eligibility.since);
        for_each_counted(measure, input, from, to, |fact| {
            if self.starts.last().is_none_or(|start| fact.at() >= start.plus(length)) {
                self.starts.push(fact.at());
            }
        });
        self.to = to;
    }
}

/// Every fact in (after, to] that the measure counts.
pub(super) fn for_each_counted(
    measure: &Measure,
    input: &ViewInput<'_>,
    after: EventTime,
    to: EventTime,
    mut visit: impl FnMut(Fact<'_>),
) {
    // Of a window that moves on, only two of four stretches have anything in them.
    if after < to {
        visit_counted(measure, input, (after, to), &mut visit);
    }
}

/// The same, once for all who visit: judging a number runs through more code than the processor keeps at hand.
#[inline(never)]
fn visit_counted(
    measure: &Measure,
    input: &ViewInput<'_>,
    (after, to): (EventTime, EventTime),
    visit: &mut dyn FnMut(Fact<'_>),
) {
    match measure.stream {
        Stream::Calls => {
            let calls = input.scene.calls_in(after, to).map(Fact::Call);
            calls.filter(|fact| counts(measure, input, *fact)).for_each(visit);
        }
        Stream::Complaints => {
            let complaints = input.scene.complaints_in(after, to).map(Fact::Complaint);
            complaints.filter(|fact| counts(measure, input, *fact)).for_each(visit);
        }
    }
}

/// Whether a measure counts a fact: the rule's `where` first, for calls, then the measure's own.
fn counts(measure: &Measure, input: &ViewInput<'_>, fact: Fact<'_>) -> bool {
    let by_rule = match fact {
        Fact::Call(_) => input.matcher.holds(input.counted, fact),
        Fact::Complaint(_) => true,
    };
    by_rule && input.matcher.holds(&measure.filter, fact) && (!input.eligibility.served || input.scene.is_served(fact))
}

/// The time of the last fact in (after, to] that the measure counts.
fn last_counted(measure: &Measure, input: &ViewInput<'_>, after: EventTime, to: EventTime) -> Option<EventTime> {
    match measure.stream {
        Stream::Calls => {
            let calls = input.scene.calls_in(after, to).rev().map(Fact::Call);
            calls.filter(|fact| counts(measure, input, *fact)).map(|fact| fact.at()).next()
        }
        Stream::Complaints => {
            let complaints = input.scene.complaints_in(after, to).rev().map(Fact::Complaint);
            complaints.filter(|fact| counts(measure, input, *fact)).map(|fact| fact.at()).next()
        }
    }
}

fn for_each_sample(
    measure: &Measure,
    input: &ViewInput<'_>,
    after: EventTime,
    to: EventTime,
    mut visit: impl FnMut(Sample),
) {
    for_each_counted(measure, input, after, to, |fact| visit(sample(measure, input, fact)));
}

fn sample_of(measure: &Measure, input: &ViewInput<'_>, fact: Fact<'_>) -> Option<Sample> {
    let of_stream =
        matches!((measure.stream, fact), (Stream::Calls, Fact::Call(_)) | (Stream::Complaints, Fact::Complaint(_)));
    (of_stream && counts(measure, input, fact)).then(|| sample(measure, input, fact))
}

fn sample(measure: &Measure, input: &ViewInput<'_>, fact: Fact<'_>) -> Sample {
    let value = |field: Field| input.matcher.value(field, fact).map(|value| value.atom());
    let (value, holds) = match &measure.aggregate {
        Aggregate::Count | Aggregate::Gap => (None, false),
        Aggregate::Sum(field)
        | Aggregate::Mean(field)
        | Aggregate::Min(field)
        | Aggregate::Max(field)
        | Aggregate::Distinct(field)
        | Aggregate::Top(field)
        | Aggregate::Unseen(field, _) => (value(*field), false),
        Aggregate::Share(predicate) | Aggregate::Elapsed(predicate) => (None, input.matcher.holds(predicate, fact)),
    };
    Sample { at: fact.at().0, value, holds }
}

fn kind_of(aggregate: &Aggregate) -> TallyKind {
    match aggregate {
        Aggregate::Count => TallyKind::Count,
        Aggregate::Sum(_) => TallyKind::Sum,
        Aggregate::Mean(_) => TallyKind::Mean,
        Aggregate::Min(_) => TallyKind::Min,
        Aggregate::Max(_) => TallyKind::Max,
        Aggregate::Distinct(_) => TallyKind::Distinct,
        Aggregate::Share(_) => TallyKind::Share,
        Aggregate::Top(_) => TallyKind::Top,
        Aggregate::Unseen(_, before) => TallyKind::Unseen(before.0),
        Aggregate::Gap => TallyKind::Gap,
        Aggregate::Elapsed(_) => TallyKind::Elapsed,
    }
}
