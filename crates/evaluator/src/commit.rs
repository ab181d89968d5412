//! Judging one number at a commit: what changed of its violations.

use std::sync::Arc;

use ringfence_cards::LadderFile;
use ringfence_cdr::{EventTime, Millis, PackedNumber};
use ringfence_rules::{Key, Pack, Rule, Stream};
use ringfence_timeline::{CallFact, ComplaintFact, Symbols, Work};

use crate::admission::Times;
use crate::class::{Class, Need, Needs};
use crate::former::{Former, Formers};
use crate::hot::{Hot, TrackName};
use crate::judge::{Bench, Views};
use crate::matcher::{Fact, Matcher};
use crate::number::{NumberState, Rest};
use crate::output::Output;
use crate::program::{Gate, Program, Programs};
use crate::publish::Publisher;
use crate::scene::{Eligibility, Scene};
use crate::shard::Clock;
use crate::touched::{Span, Touched};
use crate::track::{SEGMENT_BORDER, Track};
use crate::view::Sight;

/// The most bytes that one call more counts for in a timeline.
const CALL_BYTES_MAX: usize = 64;

/// What every judgement of a commit shares.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) pack: &'a Pack,
    former: &'a Formers,
    programs: &'a Programs,
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
    pub(crate) judged: Vec<TrackName>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        pack: &'a Pack,
        former: &'a Formers,
        programs: &'a Programs,
        symbols: &'a Symbols,
        times: &Times,
    ) -> Self {
        Self {
            pack,
            former,
            programs,
            symbols,
            now: times.now(),
            settled: times.settles_by().map_or(EventTime::MIN, |by| by.minus(pack.lateness).minus(Millis(1))),
            seen: times.seen,
            complete_from: times.complete_from.unwrap_or(EventTime::MIN),
        }
    }

    pub(crate) fn matcher(&self, state: &NumberState) -> Matcher<'a> {
        Matcher { pack: self.pack, symbols: self.symbols, key: state.number, lists: self.class(state).lists() }
    }

    pub(crate) fn rule(&self, index: u16) -> &'a Rule {
        self.former.rule(self.pack, index)
    }

    /// What is known of a rule that is in force no more; `None` for the others.
    pub(crate) fn former(&self, index: u16) -> Option<&'a Former> {
        self.former.entry(self.pack, index)
    }

    /// The version of the pack that has, or had, a rule.
    pub(crate) fn version_of(&self, rule: &Rule) -> &'a str {
        let in_force = || self.pack.rules.iter().any(|known| known.name == rule.name && known.hash == rule.hash);
        let former = self.former.entries().iter().find(|former| former.name == rule.name && former.hash == rule.hash.0);
        former.filter(|_| !in_force()).map_or(&self.pack.identity.version, |former| &former.version)
    }

    pub(crate) fn program(&self, index: u16) -> &'a Program {
        self.programs.of(index)
    }

    /// Whether anything can come of judging the number: it has violations or a card file, or enough facts for a rule.
    pub(crate) fn may_matter(&self, state: &NumberState, touched: &Touched) -> bool {
        match (&state.rest, self.class(state).needs()) {
            (None, Needs::OneOf(needs)) => touched.calls.is_some_and(|span| {
                let is_met = |need: &Need| state.calls.may_have_after(span.from.minus(need.within), need.calls);
                needs.iter().any(is_met)
            }),
            (None, Needs::Nothing) => true,
            (Some(rest), _) => {
                let has_history = !rest.tracks.is_empty() || rest.card.is_some();
                has_history
                    || (0..self.pack.rules.len() as u16).any(|rule| self.may_hold(rule, state, touched).is_some())
            }
        }
    }

    /// The stretch in which facts of the rule's streams changed, if it can hold at all somewhere in it.
    pub(crate) fn may_hold(&self, index: u16, state: &NumberState, touched: &Touched) -> Option<Span> {
        let (rule, program) = (self.rule(index), self.program(index));
        let span = changed(rule, touched)?;
        if !self.class(state).counts(index) && program.needs_calls() {
            return None;
        }
        program.gates.iter().all(|gate| self.passes(gate, state, span)).then_some(span)
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
        self.programs.class(state.class)
    }

    fn passes(&self, gate: &Gate, state: &NumberState, span: Span) -> bool {
        let after = span.from.minus(gate.within);
        match gate.stream {
            Stream::Calls => state.calls.may_have_after(after, gate.facts),
            Stream::Complaints => {
                let complaints = state.rest.as_ref().map_or(&[][..], |rest| rest.complaints.all());
                let counting = complaints.iter().rev().take_while(|complaint| complaint.at > after);
                counting.filter(|complaint| complaint.status.counts()).count() >= gate.facts
            }
        }
    }
}

/// The stretch in which facts of the rule's streams changed.
pub(crate) fn changed(rule: &Rule, touched: &Touched) -> Option<Span> {
    let calls = touched.calls.filter(|_| rule.reads(Stream::Calls));
    let complaints = touched.complaints.filter(|_| rule.reads(Stream::Complaints));
    Span::and(calls, complaints)
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
        let pairs = touched.pairs();
        for index in 0..self.context.pack.rules.len() as u16 {
            self.judge_rule(index, touched, &pairs);
        }
        let renamed: Vec<_> = self.state.tracks().iter().filter_map(Track::renamed).collect();
        Publisher::new(self, touched, at_end).publish(outputs);
        self.climb(touched, &renamed, outputs);
        self.note_holding();
        self.trim(touched);
    }

    fn judge_rule(&mut self, index: u16, touched: &Touched, pairs: &[(PackedNumber, Span)]) {
        let rule = self.context.rule(index);
        let may_hold = self.context.may_hold(index, self.state, touched);
        match rule.key {
            Key::CallingNumber => {
                let known = self.track_index((index, None)).is_ok();
                let span = may_hold.or_else(|| changed(rule, touched).filter(|_| known));
                if let Some(span) = span {
                    self.judge_track((index, None), span);
                }
            }
            Key::Pair => {
                if may_hold.is_none() && !self.has_tracks(index) {
                    return;
                }
                for (called, span) in pairs {
                    self.judge_track((index, Some(*called)), *span);
                }
            }
        }
    }

    /// Judges one rule for one key over what a changed stretch can influence.
    fn judge_track(&mut self, name: TrackName, span: Span) {
        let (rule, program) = (self.context.rule(name.0), self.context.program(name.0));
        let start = span.from.max(self.context.settled.plus(Millis(1))).max(self.frozen_to(name).plus(Millis(1)));
        let found = self.track_index(name);
        if self.state.rest.as_ref().and_then(|rest| rest.frozen_to) >= Some(span.from)
            && let Ok(at) = found
        {
            self.state.rest_mut().tracks[at].published_until = None;
        }
        if span.to < start && !program.anchored && program.influence_end(span.to) < start {
            return;
        }
        // Whether an instant between what is judged and the last holding one before it was false depends on all facts
        // between the two, and when the key fell silent on those before that too.
        let last = found.ok().and_then(|at| self.state.tracks()[at].last_before(start));
        self.reach(name, last.unwrap_or(start));
        let mut scratch = Vec::new();
        let scene = self.hot.facts.scene(name.1, &mut scratch);
        if found.is_err() && !program.gates.iter().all(|gate| enough(gate, &scene, start)) {
            return;
        }
        let mut track = match found {
            // Its place is kept for it: a number may have thousands of tracks, one for each person it calls too often.
            Ok(at) => std::mem::replace(&mut self.state.rest_mut().tracks[at], Track::new(name.0, name.1)),
            Err(_) => Track::new(name.0, name.1),
        };
        let sight = sight(self.context.matcher(self.state), rule, scene, Eligibility::ALL);
        track.published_until = None;
        self.judged.push(name);
        let mut views = self.hot.views.remove(&name).unwrap_or_else(|| Views::new(rule));
        let end = program.influence_end(span.to);
        Bench { rule, views: &mut views, sight: &sight }.judge(&mut track, start, end);
        self.hot.views.insert(name, views);
        match found {
            Ok(at) if track.is_empty() => drop(self.state.rest_mut().tracks.remove(at)),
            Ok(at) => self.state.rest_mut().tracks[at] = track,
            Err(_) if track.is_empty() => {}
            Err(place) => self.state.rest_mut().tracks.insert(place, track),
        }
    }

    /// Up to when a rule's instants are not judged again: they held as the rule was before a change, or the number
    /// reached its cap.
    pub(crate) fn frozen_to(&self, name: TrackName) -> EventTime {
        let rule = self.context.rule(name.0);
        let tracks = self.state.tracks();
        let own = self.track_index(name).ok().and_then(|at| tracks[at].frozen_to);
        // Former rules come after those in force.
        let former = &tracks[tracks.partition_point(|track| usize::from(track.rule) < self.context.pack.rules.len())..];
        let judged_before = former.iter().filter(|track| track.called == name.1).filter_map(|track| {
            let precedes = self.context.former(track.rule).is_some_and(|former| former.precedes(rule));
            track.segments.last().filter(|_| precedes).map(|segment| segment.last)
        });
        let capped = self.state.rest.as_ref().and_then(|rest| rest.frozen_to);
        judged_before.chain(own).chain(capped).max().unwrap_or(EventTime::MIN)
    }

    /// Decodes what judging a rule from `start` on can read.
    pub(crate) fn reach(&mut self, name: TrackName, start: EventTime) {
        let program = self.context.program(name.0);
        let by_rule = match program.anchored {
            true => EventTime::MIN,
            // One border more, as a segment that is cut is judged again from its first instant.
            false => start.minus(SEGMENT_BORDER).minus(program.look_back),
        };
        if self.hot.facts.reaches_back_to(by_rule) {
            return;
        }
        let by_views = self.hot.views.get(&name).and_then(Views::reach_back_to);
        let after = by_views.map_or(by_rule, |views| views.min(by_rule));
        self.hot.facts.reach_back_to(self.state.number, &self.state.calls, after, self.work);
    }

    /// The place of a track: found, or where it belongs.
    pub(crate) fn track_index(&self, name: TrackName) -> Result<usize, usize> {
        self.state.tracks().binary_search_by_key(&name, |track| (track.rule, track.called))
    }

    fn has_tracks(&self, rule: u16) -> bool {
        let tracks = self.state.tracks();
        tracks.get(tracks.partition_point(|track| track.rule < rule)).is_some_and(|track| track.rule == rule)
    }

    /// Tells the next commit how far the tracks hold.
    fn note_holding(&mut self) {
        let last = |track: &Track| track.segments.last().map(|segment| segment.last);
        let Some(rest) = self.state.rest.as_deref() else { return };
        let holds_to = match rest.holds_to {
            None => rest.tracks.iter().filter_map(last).max(),
            known => {
                let judged = self.judged.iter().filter_map(|name| self.track_index(*name).ok());
                known.max(judged.filter_map(|at| last(&rest.tracks[at])).max())
            }
        };
        self.state.rest_mut().holds_to = Some(holds_to.unwrap_or(EventTime::MIN));
    }

    fn trim(&mut self, touched: &Touched) {
        if !self.hot.is_worth_keeping() || !self.hot.facts.is_worth_trimming() {
            return;
        }
        let span = Span::and(touched.calls, touched.complaints);
        let look_back = (0..self.context.pack.rules.len() as u16).map(|rule| self.context.program(rule).look_back);
        let needed = span.map(|span| span.from.minus(SEGMENT_BORDER).minus(look_back.max().unwrap_or_default()));
        let views = self.hot.views.values().filter_map(Views::reach_back_to).min();
        let probes = self.hot.eligible.values().flat_map(|probe| [&probe.views, &probe.served]);
        let probes = probes.filter_map(Views::reach_back_to).min();
        if let Some(after) = [needed, views, probes].into_iter().flatten().min() {
            self.hot.facts.trim(after);
        }
    }

    /// When to look at the number again although no fact comes.
    pub(crate) fn wakes_at(&self) -> Option<EventTime> {
        self.state.rest.as_ref().and_then(|rest| rest.wakes_at(self.context.pack, self.context.former))
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
        let (context, matcher) = (self.context, self.context.matcher(self.state));
        // Whether a complaint is served can change with a call, so views of eligible facts start anew instead.
        self.hot.eligible.retain(|_, probe| {
            probe.none_in = probe.none_in.and_then(|(from, to)| {
                let to = to.min(fact.at().minus(Millis(1)));
                (from <= to).then_some((from, to))
            });
            probe.views.reach_to().max(probe.served.reach_to()) < Some(fact.at())
        });
        for (index, rule) in (0..).zip(&context.pack.rules) {
            let called = match (rule.key, fact) {
                (Key::CallingNumber, _) => None,
                (Key::Pair, Fact::Call(call)) => Some(call.called_number),
                (Key::Pair, Fact::Complaint(_)) => continue,
            };
            let Some(views) = self.hot.views.get_mut(&(index, called)) else { continue };
            views.forget_silence(fact.at());
            if views.reach_to() < Some(fact.at()) {
                continue;
            }
            // Following needs no other fact: a view's anchored chain starts anew, all else is local.
            let scene = Scene { calls: &[], complaints: &[] };
            let sight = sight(matcher, rule, scene, Eligibility::ALL);
            match inserted {
                true => views.fact_inserted(rule, &sight, fact),
                false => views.fact_removed(rule, &sight, fact),
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

/// What a rule's views can see of a scene.
pub(crate) fn sight<'a>(matcher: Matcher<'a>, rule: &'a Rule, scene: Scene<'a>, eligibility: Eligibility) -> Sight<'a> {
    Sight { matcher, scene, counted: &rule.counted, eligibility }
}

impl Rest {
    /// When to look at the number again although no fact comes: an episode closes, a sanction ends, an act is due.
    pub(crate) fn wakes_at(&self, pack: &Pack, former: &Formers) -> Option<EventTime> {
        let closes = self.tracks.iter().filter_map(|track| match track.published_until {
            Some(until) => (until.now < EventTime::MAX).then_some(until.now),
            None => track.wakes_at(former.rule(pack, track.rule).keep),
        });
        let acts = self.card.iter().flat_map(|card| card.files().filter_map(LadderFile::wakes_at));
        closes.chain(acts).min()
    }

    /// Drops what has settled and can change no more. Facts are held from `held_from` on.
    pub(crate) fn settle(&mut self, pack: &Pack, former: &Formers, settled: EventTime, held_from: EventTime) {
        let open = |track: &Track| {
            let open = track.published.iter().filter(|published| !published.is_final());
            open.map(|published| published.id.clone()).collect::<Vec<Arc<str>>>()
        };
        let going_on: Vec<Arc<str>> = match former.entries().is_empty() {
            true => Vec::new(),
            false => self.tracks.iter().flat_map(open).collect(),
        };
        for track in &mut self.tracks {
            track.settle(settled, former.rule(pack, track.rule).keep, &going_on);
        }
        self.tracks.retain(|track| !track.is_empty());
        if let Some(card) = &mut self.card {
            for (file, ladder) in card.ladders.iter_mut().zip(&pack.ladders) {
                let tracks = &self.tracks;
                file.forget_before(ladder, settled, held_from, |strike| {
                    let of_strike =
                        |track: &&Track| track.rule == strike.source.rule && track.called == strike.source.called;
                    tracks.iter().filter(of_strike).any(|track| track.holds_in(strike.opened_at, strike.last_at))
                });
            }
        }
    }
}
