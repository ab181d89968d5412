//! Judging one number at a commit: what changed of its violations.

use std::borrow::Cow;

use ringfence_cdr::{EventTime, Key, Millis};
use ringfence_rules::{Key as Scope, Listed, Rule, RuleId, Stream, TrackId};
use ringfence_timeline::{CallFact, ComplaintFact, Symbols, Work};

use crate::admission::Times;
use crate::class::{Class, Need, Needs};
use crate::hot::{Hot, ViewId};
use crate::judge::{LineJudge, Views, sight};
use crate::matcher::{Fact, Matcher};
use crate::number::{NumberState, Rest};
use crate::output::Output;
use crate::program::{Gate, Program};
use crate::publish::Publisher;
use crate::rulebook::{Edition, LadderEdition, Line, Rulebook};
use crate::scene::{Eligibility, Scene};
use crate::shard::Clock;
use crate::touched::{Span, Spans, Touched};
use crate::track::{SEGMENT_BORDER, Track};

/// The most bytes that one call more counts for in a timeline.
const CALL_BYTES_MAX: usize = 64;

/// What every judgement of a commit shares.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) book: &'a Rulebook,
    pub(crate) symbols: &'a Symbols,
    /// Shard time.
    pub(crate) now: Option<EventTime>,
    /// Instants up to this are never judged again.
    pub(crate) settled: EventTime,
    /// The highest event time of any fact.
    pub(crate) seen: EventTime,
    /// Facts before this were not read.
    pub(crate) complete_from: EventTime,
}

/// Judges one number.
pub(crate) struct Clerk<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) clock: Clock,
    pub(crate) state: &'a mut NumberState,
    pub(crate) hot: &'a mut Hot,
    pub(crate) work: &'a mut Work,
    /// The tracks that were judged now.
    pub(crate) judged: Vec<TrackId>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(book: &'a Rulebook, symbols: &'a Symbols, times: &Times) -> Self {
        Self {
            book,
            symbols,
            now: times.now(),
            settled: times.settled(),
            seen: times.seen,
            complete_from: times.complete_from.unwrap_or(EventTime::MIN),
        }
    }

    pub(crate) fn rule(&self, id: RuleId) -> &'a Rule {
        self.book.edition(id).rule()
    }

    /// How long gaps a rule bridges.
    pub(crate) fn keep(&self, id: RuleId) -> Millis {
        self.rule(id).keep
    }

    /// When the number is on each list of the edition's pack.
    pub(crate) fn lists(&self, edition: &Edition, state: &NumberState) -> Cow<'a, [Listed]> {
        self.book.lists(edition, state.class, || self.symbols.number(state.number))
    }

    pub(crate) fn matcher<'l>(&'l self, edition: &'l Edition, lists: &'l [Listed], state: &NumberState) -> Matcher<'l> {
        Matcher { pack: &edition.pack, symbols: self.symbols, key: state.number, lists }
    }

    /// Whether anything can come of judging the number: it has violations or a card file, or enough facts for a rule.
    pub(crate) fn may_matter(&self, state: &NumberState, touched: &Touched) -> bool {
        match (&state.rest, self.class(state).needs()) {
            (None, Needs::OneOf(needs)) => touched.span(|stream| stream == Stream::Calls).is_some_and(|span| {
                let is_met = |need: &Need| state.calls.may_have_after(span.from.minus(need.within), need.calls);
                // What the class needs is said of the rules in force.
                needs.iter().any(is_met)
                    || span.from < self.book.past_until()
                        && self.book.lines().iter().any(|line| self.may_hold(line, state, touched).is_some())
            }),
            (None, Needs::Nothing) => true,
            (Some(rest), _) => {
                let has_history = !rest.tracks.is_empty() || rest.card.is_some();
                has_history || self.book.lines().iter().any(|line| self.may_hold(line, state, touched).is_some())
            }
        }
    }

    /// The stretch in which facts that the line reads changed, if it can hold at all somewhere in what they influence.
    pub(crate) fn may_hold(&self, line: &Line, state: &NumberState, touched: &Touched) -> Option<Span> {
        let span = changed_of(line, touched)?;
        line.editions().iter().any(|edition| self.edition_may_hold(edition, state, touched)).then_some(span)
    }

    fn edition_may_hold(&self, edition: &Edition, state: &NumberState, touched: &Touched) -> bool {
        let program = &edition.program;
        let Some(span) = changed(program, touched) else { return false };
        let judges = edition.within(span.from, program.influence_end(span.to)).is_some();
        judges
            && (self.book.counts(edition, state.class) || !program.needs_calls())
            && program.gates.iter().all(|gate| self.passes(gate, state, span))
    }

    /// How many calls more, in order of time, can neither make any rule hold for a number that has calls alone nor bring
    /// it to its cap.
    pub(crate) fn quiet_calls(
        &self,
        state: &NumberState,
        bytes_max: usize,
        scratch: &mut Vec<CallFact>,
        work: &mut Work,
    ) -> u8 {
        let (None, Some(last)) = (&state.rest, state.calls.last_at()) else { return 0 };
        if last < self.book.past_until() {
            return 0;
        }
        let Needs::OneOf(needs) = self.class(state).needs() else { return 0 };
        scratch.clear();
        if let Some(longest) = needs.first() {
            state.calls.decode_into(state.number, (last.minus(longest.within), last), scratch, work);
        }
        let missing = |need: &Need| {
            let after = last.minus(need.within);
            need.calls.saturating_sub(scratch.len() - scratch.partition_point(|call| call.at <= after))
        };
        let least = needs.iter().map(missing).min().unwrap_or(usize::MAX);
        let fitting = bytes_max.saturating_sub(state.calls.bytes()) / CALL_BYTES_MAX;
        u8::try_from(least.saturating_sub(1).min(fitting)).unwrap_or(u8::MAX)
    }

    fn class(&self, state: &NumberState) -> &'a Class {
        self.book.class(state.class)
    }

    fn passes(&self, gate: &Gate, state: &NumberState, span: Span) -> bool {
        let after = span.from.minus(gate.within);
        match gate.stream {
            Stream::Calls => state.calls.may_have_after(after, gate.facts),
            Stream::Complaints => {
                let counting = state.rest.iter().flat_map(|rest| rest.complaints.counting().iter().rev());
                counting.take_while(|complaint| complaint.at > after).take(gate.facts).count() >= gate.facts
            }
        }
    }
}

/// The stretch in which facts of the rule's streams changed.
pub(crate) fn changed(program: &Program, touched: &Touched) -> Option<Span> {
    touched.span(|stream| program.reads(stream))
}

/// The stretch in which facts changed that any edition of a line reads.
fn changed_of(line: &Line, touched: &Touched) -> Option<Span> {
    touched.span(|stream| line.reads(stream))
}

impl<'a> Clerk<'a> {
    pub(crate) fn new(
        context: &'a Context<'a>,
        clock: Clock,
        state: &'a mut NumberState,
        hot: &'a mut Hot,
        work: &'a mut Work,
    ) -> Self {
        Self { context, clock, state, hot, work, judged: Vec::new() }
    }

    /// Judges what was touched, publishes what changed, and climbs the ladders.
    pub(crate) fn judge(&mut self, touched: &Touched, at_end: bool, outputs: &mut Vec<Output>) {
        if let Some(rest) = &self.state.rest {
            self.hot.facts.read_complaints(&rest.complaints);
        }
        for line in self.context.book.lines() {
            self.judge_line(line, touched);
        }
        Publisher::new(self, touched, at_end).publish(outputs);
        self.climb(touched, outputs);
        self.note_holding();
        self.trim(touched);
    }

    fn judge_line(&mut self, line: &Line, touched: &Touched) {
        let may_hold = self.context.may_hold(line, self.state, touched);
        let number = self.state.number;
        let again = touched.again_from.map(|from| Span { from, to: from });
        match line.scope {
            Scope::CallingNumber => {
                let id = TrackId { line: line.id, key: Key::Number(number) };
                let is_known = |clerk: &Self| clerk.state.track(id).is_some();
                if let Some(again) = again.filter(|_| is_known(self)) {
                    self.judge_track(line, id, again);
                }
                if may_hold.is_some() || is_known(self) {
                    let spans = touched.spans(|stream| line.reads(stream), |at| line.influence_end(at));
                    spans.for_each(|span| self.judge_track(line, id, span));
                }
            }
            Scope::Pair => {
                if let Some(again) = again {
                    let of_line: Vec<TrackId> = self.tracks_of(line.id).map(|track| track.id).collect();
                    of_line.into_iter().for_each(|id| self.judge_track(line, id, again));
                }
                if may_hold.is_none() && self.tracks_of(line.id).next().is_none() {
                    return;
                }
                for (called, calls) in touched.pairs() {
                    let id = TrackId { line: line.id, key: Key::Pair(number, called) };
                    let spans = Spans::of(calls.iter().map(|(_, at)| *at), |at| line.influence_end(at));
                    spans.for_each(|span| self.judge_track(line, id, span));
                }
            }
        }
    }

    /// Judges a line for one key over what a changed stretch can influence.
    fn judge_track(&mut self, line: &Line, id: TrackId, span: Span) {
        let known = self.state.track(id);
        let is_known = known.is_some();
        let capped = self.state.rest.as_ref().and_then(|rest| rest.frozen_to);
        let frozen_to = known.and_then(|track| track.frozen_to).max(capped).unwrap_or(EventTime::MIN);
        let start = span.from.max(self.context.settled.plus(Millis(1))).max(frozen_to.plus(Millis(1)));
        // Whether an instant between what is judged and the last holding one before it was false depends on all facts
        // between the two, and when the key fell silent on those before that too.
        let last = known.and_then(|track| track.last_before(start));
        if is_known && capped >= Some(span.from) {
            // What is not judged again says that it may be approximate.
            let tracks = &mut self.state.rest_mut().tracks;
            if let Some(mut track) = tracks.take(id) {
                track.untold.judged(EventTime::MIN, EventTime::MAX);
                tracks.put(track);
            }
        }
        let end = line.influence_end(span.to);
        if span.to < start && !line.is_anchored() && end < start {
            return;
        }
        self.reach(line, id, last.unwrap_or(start));
        let mut scratch = Vec::new();
        let scene = self.hot.facts.scene(id.key, &mut scratch);
        let may_hold = |edition: &Edition| edition.program.gates.iter().all(|gate| enough(gate, &scene, start));
        if !is_known && !line.editions().iter().any(may_hold) {
            return;
        }
        let known = self.state.rest.as_mut().and_then(|rest| rest.tracks.take(id));
        let mut track = known.unwrap_or_else(|| Box::new(Track::new(id)));
        self.judged.push(id);
        let views = &mut self.hot.views;
        let mut judge = LineJudge::new(line, self.context, self.state, scene, |rule| views.remove(&(rule, id.key)));
        self.work.judged += judge.judge(&mut track, start, end);
        track.untold.judged(start, end);
        views.extend(judge.into_views().map(|(rule, views)| ((rule, id.key), views)));
        if is_known || !track.is_empty() {
            self.state.rest_mut().tracks.put(track);
        }
    }

    /// Decodes what judging a line from `start` on can read.
    pub(crate) fn reach(&mut self, line: &Line, id: TrackId, start: EventTime) {
        // One border more, as a segment that is cut is judged again from its first instant.
        let by_rule = line.reads_after(start.minus(SEGMENT_BORDER));
        if self.hot.facts.reaches_back_to(by_rule) {
            return;
        }
        let views = line.editions().iter().filter_map(|edition| self.hot.views.get(&(edition.id, id.key)));
        let by_views = views.filter_map(Views::reach_back_to).min();
        let after = by_views.map_or(by_rule, |views| views.min(by_rule));
        self.hot.facts.reach_back_to(self.state.number, &self.state.calls, after, self.work);
    }

    fn tracks_of(&self, line: RuleId) -> impl Iterator<Item = &Track> {
        self.state.rest.iter().flat_map(move |rest| rest.tracks.of_line(line))
    }

    /// Tells the next commit how far the tracks hold.
    fn note_holding(&mut self) {
        let last = |track: &Track| track.segments.last().map(|segment| segment.last);
        let Some(rest) = self.state.rest.as_deref() else { return };
        let holds_to = match rest.holds_to {
            None => rest.tracks.iter().filter_map(last).max(),
            known => {
                let judged = self.judged.iter().filter_map(|id| rest.tracks.get(*id));
                known.max(judged.filter_map(last).max())
            }
        };
        self.state.rest_mut().holds_to = Some(holds_to.unwrap_or(EventTime::MIN));
    }

    fn trim(&mut self, touched: &Touched) {
        if !self.hot.is_worth_keeping() || !self.hot.facts.is_worth_trimming() {
            return;
        }
        let span = touched.span(|_| true);
        let editions = self.context.book.lines().iter().flat_map(Line::editions);
        let look_back = editions.map(|edition| edition.program.look_back).max().unwrap_or_default();
        let needed = span.map(|span| span.from.minus(SEGMENT_BORDER).minus(look_back));
        let views = self.hot.views.values().filter_map(Views::reach_back_to).min();
        let probes = self.hot.eligible.values().flat_map(|probe| [&probe.views, &probe.served]);
        let probes = probes.filter_map(Views::reach_back_to).min();
        if let Some(after) = [needed, views, probes].into_iter().flatten().min() {
            self.hot.facts.trim(after);
        }
    }

    /// When to look at the number again although no fact comes.
    pub(crate) fn wakes_at(&self) -> Option<EventTime> {
        self.state.rest.as_ref().and_then(|rest| rest.wakes_at())
    }

    /// Lets decoded facts and views follow a call that was put in.
    pub(crate) fn call_inserted(&mut self, fact: &CallFact) {
        let is_last = self.hot.facts.ends_before(fact.at);
        self.hot.facts.insert(fact);
        if !is_last {
            self.follow(Fact::Call(fact), true);
        }
    }

    /// Lets decoded facts and views follow a call that was taken out.
    pub(crate) fn call_removed(&mut self, fact: &CallFact) {
        self.hot.facts.remove(fact);
        self.follow(Fact::Call(fact), false);
    }

    /// Lets views follow a complaint that came or was replaced.
    pub(crate) fn complaint_changed(&mut self, replaced: Option<&ComplaintFact>, fact: &ComplaintFact) {
        if let Some(rest) = &self.state.rest {
            self.hot.facts.read_complaints(&rest.complaints);
        }
        if let Some(replaced) = replaced.filter(|replaced| replaced.status.counts()) {
            self.follow(Fact::Complaint(replaced), false);
        }
        if fact.status.counts() {
            self.follow(Fact::Complaint(fact), true);
        }
    }

    fn follow(&mut self, fact: Fact<'_>, inserted: bool) {
        let context = self.context;
        // Whether a complaint is served can change with a call, so views of eligible facts start anew instead.
        self.hot.eligible.retain(|_, probe| {
            probe.none_in = probe.none_in.and_then(|(from, to)| {
                let to = to.min(fact.at().minus(Millis(1)));
                (from <= to).then_some((from, to))
            });
            probe.views.reach_to().max(probe.served.reach_to()) < Some(fact.at())
        });
        for line in context.book.lines() {
            let key = match (line.scope, fact) {
                (Scope::CallingNumber, _) => Key::Number(self.state.number),
                (Scope::Pair, Fact::Call(call)) => Key::Pair(self.state.number, call.called_number),
                (Scope::Pair, Fact::Complaint(_)) => continue,
            };
            for edition in line.editions() {
                let id: ViewId = (edition.id, key);
                let Some(views) = self.hot.views.get_mut(&id) else { continue };
                views.forget_silence(fact.at());
                if views.reach_to() < Some(fact.at()) {
                    continue;
                }
                // Following needs no other fact: a view's anchored chain starts anew, all else is local.
                let scene = Scene { calls: &[], complaints: &[] };
                let lists = context.lists(edition, self.state);
                let matcher = context.matcher(edition, &lists, self.state);
                let sight = sight(matcher, edition.rule(), scene, Eligibility::ALL);
                match inserted {
                    true => views.fact_inserted(edition.rule(), &sight, fact),
                    false => views.fact_removed(edition.rule(), &sight, fact),
                }
            }
        }
    }
}

/// Whether a scene has enough facts for a gate at any instant from `start` on.
fn enough(gate: &Gate, scene: &Scene<'_>, start: EventTime) -> bool {
    let after = start.minus(gate.within);
    let facts = match gate.stream {
        Stream::Calls => scene.calls_in(after, EventTime::MAX).len(),
        Stream::Complaints => scene.complaints_in(after, EventTime::MAX).len(),
    };
    facts >= gate.facts
}

impl Rest {
    /// When to look at the number again although no fact comes: an episode closes, an update is due, a sanction ends, an
    /// act is due.
    pub(crate) fn wakes_at(&self) -> Option<EventTime> {
        let acts = self.card.iter().filter_map(|card| card.wakes_at());
        self.tracks.wakes_at().into_iter().chain(acts).min()
    }

    /// Drops what has settled and can change no more. Facts are held from `held_from` on.
    pub(crate) fn settle(&mut self, book: &Rulebook, settled: EventTime, held_from: EventTime) {
        self.tracks.settle(|track| track.settle(settled, book.line(track.id.line).keep_max()));
        let Some(card) = &mut self.card else { return };
        for (name, file) in card.files_mut() {
            let tracks = &self.tracks;
            file.forget_before(book.ladder(name).last().map(LadderEdition::ladder), settled, held_from, |strike| {
                tracks.get(strike.track).is_some_and(|track| track.holds_in(strike.opened_at, strike.last_at))
            });
        }
        card.tidy();
        self.card.take_if(|card| card.is_empty());
    }
}
