//! Judging: at which instants a rule holds for a key.

use std::borrow::Cow;

use ringfence_cdr::{EventTime, Millis, PackedNumber};
use ringfence_rules::{Condition, Expression, Listed, Rule, RuleId, Severity, Stream, Value};
use ringfence_timeline::Symbols;
use smallvec::SmallVec;

use crate::commit::Context;
use crate::matcher::{Fact, Matcher};
use crate::number::NumberState;
use crate::rulebook::{Edition, Line};
use crate::scene::{Eligibility, Scene};
use crate::track::{Holding, StoredValue, Track, stored};
use crate::view::{Sight, View};

/// The views of one rule for one key.
#[derive(Clone, Debug)]
pub(crate) struct Views {
    views: Vec<View>,
    /// No instant in (first, second] is judged. A rule may count few calls of a busy number, as those of the night, and
    /// would go through all others again and again in search of one.
    silence: Option<(EventTime, EventTime)>,
}

/// A rule with its views and what they can see.
pub(crate) struct Bench<'a, 's> {
    pub(crate) rule: &'a Rule,
    pub(crate) views: &'a mut Views,
    pub(crate) sight: &'s Sight<'a>,
}

impl Views {
    pub(crate) fn new(rule: &Rule) -> Self {
        Self { views: rule.measures.iter().map(View::new).collect(), silence: None }
    }

    /// From where on to search for a judged instant after another.
    fn silent_from(&self, after: EventTime) -> EventTime {
        match self.silence {
            Some((from, to)) if from <= after => after.max(to),
            _ => after,
        }
    }

    /// Remembers that no instant in (after, to] is judged.
    fn remember_silence(&mut self, after: EventTime, to: EventTime) {
        if to <= after {
            return;
        }
        self.silence = match self.silence {
            Some((from, until)) if from <= after && after <= until => Some((from, until.max(to))),
            _ => Some((after, to)),
        };
    }

    /// Follows a fact that came or went: at its instant and after the key may be judged.
    pub(crate) fn forget_silence(&mut self, at: EventTime) {
        self.silence =
            self.silence.map(|(from, to)| (from, to.min(at.minus(Millis(1))))).filter(|(from, to)| from < to);
    }

    /// The earliest fact that a view still holds.
    pub(crate) fn reach_back_to(&self) -> Option<EventTime> {
        self.views.iter().filter_map(View::reaches_back_to).min()
    }

    /// The latest instant that a view was moved to; a fact after it is met when the views move on.
    pub(crate) fn reach_to(&self) -> Option<EventTime> {
        self.views.iter().filter_map(View::reaches_to).max()
    }

    /// Follows a fact that was put in behind the views' back.
    pub(crate) fn fact_inserted(&mut self, rule: &Rule, sight: &Sight<'_>, fact: Fact<'_>) {
        for (view, measure) in self.views.iter_mut().zip(&rule.measures) {
            view.fact_inserted(measure, sight, fact);
        }
    }

    /// Follows a fact that was taken out behind the views' back.
    pub(crate) fn fact_removed(&mut self, rule: &Rule, sight: &Sight<'_>, fact: Fact<'_>) {
        for (view, measure) in self.views.iter_mut().zip(&rule.measures) {
            view.fact_removed(measure, sight, fact);
        }
    }
}

impl Bench<'_, '_> {
    /// The value of an expression at an instant. Only views that are asked are moved.
    pub(crate) fn value(&mut self, expression: &Expression, at: EventTime) -> Value {
        let (rule, sight, views) = (self.rule, self.sight, &mut self.views.views);
        expression.value(&mut |id| views[id.0].value(&rule.measures[id.0], sight, at))
    }

    /// Whether a condition holds at an instant.
    pub(crate) fn holds(&mut self, condition: &Condition, at: EventTime) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part, at)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part, at)),
            Condition::Not(part) => !self.holds(part, at),
            Condition::Compare(comparison) => {
                let Some(left) = self.value(&comparison.left, at) else { return false };
                let Some(right) = self.value(&comparison.right, at) else { return false };
                comparison.operator.holds(left.cmp(&right))
            }
        }
    }

    /// Whether the rule holds at an instant.
    pub(crate) fn rule_holds(&mut self, at: EventTime) -> bool {
        let rule = self.rule;
        rule.is_effective(at) && self.holds(&rule.when, at)
    }

    fn severity(&mut self, at: EventTime) -> Severity {
        let rule = self.rule;
        let mut severity = rule.severity;
        for escalation in &rule.escalate {
            if escalation.severity > severity && self.holds(&escalation.when, at) {
                severity = escalation.severity;
            }
        }
        severity
    }

    /// Every `let` at an instant.
    pub(crate) fn lets(&mut self, at: EventTime) -> Vec<StoredValue> {
        let rule = self.rule;
        rule.lets.iter().map(|named| stored(self.value(&named.expression, at))).collect()
    }

    /// When all windows of the rule have emptied after the facts up to `at`.
    pub(crate) fn silent_at(&mut self, at: EventTime) -> Option<EventTime> {
        let measures = self.rule.measures.iter().zip(&mut self.views.views);
        measures.filter_map(|(measure, view)| view.silent_at(measure, self.sight, at)).max()
    }

    /// The first instant with a fact in (after, to].
    fn first_instant_in(&mut self, after: EventTime, to: EventTime) -> Option<EventTime> {
        let after = self.views.silent_from(after);
        let scene = self.sight.scene;
        let calls = scene.calls_in(after, to).iter().map(Fact::Call);
        let complaints = scene.complaints_in(after, to).iter().map(Fact::Complaint);
        let found = [self.first_judged(calls), self.first_judged(complaints)].into_iter().flatten().min();
        if found.is_none() {
            self.views.remember_silence(after, to.min(scene.last_at()));
        }
        found
    }

    /// The instant of the first of these facts at which the key is judged.
    fn first_judged<'f>(&self, mut facts: impl Iterator<Item = Fact<'f>>) -> Option<EventTime> {
        facts.find(|fact| is_judged_at(self.rule, self.sight, *fact)).map(|fact| fact.at())
    }
}

/// One edition of a line for a key.
struct Member<'a> {
    edition: &'a Edition,
    lists: Cow<'a, [Listed]>,
    views: Views,
}

/// A line for a key: each edition judges the instants of its own stretch.
pub(crate) struct LineJudge<'a> {
    line: &'a Line,
    /// Nearly always one.
    members: SmallVec<[Member<'a>; 1]>,
    symbols: &'a Symbols,
    number: PackedNumber,
    scene: Scene<'a>,
}

impl<'a> LineJudge<'a> {
    /// With views where there are some: `views` gives those of an edition away.
    pub(crate) fn new(
        line: &'a Line,
        context: &'a Context<'_>,
        state: &NumberState,
        scene: Scene<'a>,
        mut views: impl FnMut(RuleId) -> Option<Views>,
    ) -> Self {
        let member = |edition: &'a Edition| Member {
            edition,
            lists: context.lists(edition, state),
            views: views(edition.id).unwrap_or_else(|| Views::new(edition.rule())),
        };
        let members = line.editions().iter().map(member).collect();
        Self { line, members, symbols: context.symbols, number: state.number, scene }
    }

    /// Gives the views back.
    pub(crate) fn into_views(self) -> impl Iterator<Item = (RuleId, Views)> {
        self.members.into_iter().map(|member| (member.edition.id, member.views))
    }

    /// What an edition sees.
    fn at_bench<T>(&mut self, place: usize, look: impl FnOnce(&mut Bench<'_, '_>) -> T) -> T {
        let Member { edition, lists, views } = &mut self.members[place];
        let matcher = Matcher { pack: &edition.pack, symbols: self.symbols, key: self.number, lists };
        let sight = sight(matcher, edition.rule(), self.scene, Eligibility::ALL);
        look(&mut Bench { rule: edition.rule(), views, sight: &sight })
    }

    /// Judges the instants in [from, end] anew and puts what holds in the track; returns how many it were.
    pub(crate) fn judge(&mut self, track: &mut Track, from: EventTime, end: EventTime) -> u64 {
        let mut judged = 0;
        let known_false = track.first_false_around(from);
        let (from, end, mut after) = track.cut(from, end);
        // What lies after the beginning is judged anew.
        let known_false = known_false.filter(|at| *at < from);
        let held_to = track.segments.last().map(|segment| segment.last);
        let mut last_true = held_to;
        let mut false_since = self.first_false(held_to, from.minus(Millis(1)), known_false);
        for place in 0..self.members.len() {
            let edition = self.members[place].edition;
            let Some((from, end)) = edition.within(from, end) else { continue };
            for (at, matches) in self.at_bench(place, |bench| instants(bench.rule, bench.sight, from, end)) {
                judged += 1;
                if !self.at_bench(place, |bench| bench.rule_holds(at)) {
                    false_since.get_or_insert(at);
                    continue;
                }
                let false_before = last_true.and_then(|last| false_since.or_else(|| self.silence_between(last, at)));
                self.at_bench(place, |bench| {
                    let severity = bench.severity(at);
                    let left = bench.rule.when.first_comparison();
                    let left = left.and_then(|comparison| bench.value(&comparison.left, at));
                    let holding = Holding { at, rule: edition.id, matches, severity, left, false_before };
                    track.push(&holding, || bench.lets(at));
                });
                (last_true, false_since) = (Some(at), None);
            }
        }
        // Every instant after the last one that holds was judged false.
        let known_false = known_false.filter(|_| last_true == held_to);
        if let Some(next) = after.first_mut() {
            let by_fact = self.first_false(last_true, next.first.minus(Millis(1)), known_false);
            next.false_before = last_true.and_then(|last| by_fact.or_else(|| self.silence_between(last, next.first)));
            track.segments.append(&mut after);
            return judged;
        }
        let by_fact = self.first_false(last_true, EventTime::MAX, known_false);
        // Where no edition is in force any more, nothing holds.
        track.first_false = by_fact.into_iter().chain(last_true.and(self.line.ended())).min();
        track.silent_at = match track.first_false {
            // Facts that are gone by now were silent long ago.
            None => last_true.map(|last| self.silence_between(last, EventTime::MAX).unwrap_or(last)),
            Some(_) => None,
        };
        judged
    }

    /// The first instant with a fact after one that holds, up to `to`, where none holds: by the facts that are there, or as
    /// was known before they went.
    fn first_false(
        &mut self,
        last_true: Option<EventTime>,
        to: EventTime,
        known: Option<EventTime>,
    ) -> Option<EventTime> {
        let after = last_true?;
        let mut found = known;
        for place in 0..self.members.len() {
            let stretch = self.members[place].edition.within(after.plus(Millis(1)), to);
            let Some((from, to)) = stretch.filter(|(from, _)| found.is_none_or(|found| *from < found)) else {
                continue;
            };
            let by_fact = self.at_bench(place, |bench| bench.first_instant_in(from.minus(Millis(1)), to));
            found = found.into_iter().chain(by_fact).min();
        }
        found
    }

    /// When the key fell silent between an instant that holds and another, without a fact between them at which it is
    /// judged. Nothing that the windows held at the first can outlive the look-back, so facts that are gone by now cannot
    /// matter. An edition finds the windows as they are when its stretch begins: where all are empty, the key is silent
    /// at once.
    fn silence_between(&mut self, last: EventTime, next: EventTime) -> Option<EventTime> {
        for place in 0..self.members.len() {
            let edition = self.members[place].edition;
            if edition.until <= last || edition.from >= next {
                continue;
            }
            let from = last.max(edition.from.minus(Millis(1)));
            let silent = self.at_bench(place, |bench| bench.silent_at(from)).unwrap_or(from.plus(Millis(1)));
            let silent = silent.max(edition.from);
            if silent < next.min(edition.until) {
                return Some(silent);
            }
        }
        None
    }
}

/// What a rule's views can see of a scene.
pub(crate) fn sight<'a>(matcher: Matcher<'a>, rule: &'a Rule, scene: Scene<'a>, eligibility: Eligibility) -> Sight<'a> {
    Sight { matcher, scene, counted: &rule.counted, eligibility }
}

/// The instants in [from, end] at which the key is judged, each with the number of its facts.
pub(crate) fn instants(rule: &Rule, sight: &Sight<'_>, from: EventTime, end: EventTime) -> Vec<(EventTime, u64)> {
    let scene = &sight.scene;
    let before = from.minus(Millis(1));
    let mut instants: Vec<(EventTime, u64)> = Vec::new();
    for call in scene.calls_in(before, end).iter().filter(|call| is_judged_at(rule, sight, Fact::Call(call))) {
        count_at(&mut instants, call.at);
    }
    if rule.reads(Stream::Complaints) {
        let complaints = scene.complaints_in(before, end).iter();
        let complaints = complaints.filter(|complaint| is_judged_at(rule, sight, Fact::Complaint(complaint)));
        let calls = std::mem::take(&mut instants);
        instants = merge(calls, complaints.map(|complaint| complaint.at));
    }
    instants
}

/// Whether the key is judged at the instant of a fact.
fn is_judged_at(rule: &Rule, sight: &Sight<'_>, fact: Fact<'_>) -> bool {
    match fact {
        Fact::Call(_) => rule.reads(Stream::Calls) && sight.admits(fact) && sight.matcher.holds(&rule.counted, fact),
        Fact::Complaint(_) => rule.reads(Stream::Complaints) && sight.admits(fact),
    }
}

fn count_at(instants: &mut Vec<(EventTime, u64)>, at: EventTime) {
    match instants.last_mut() {
        Some((last, count)) if *last == at => *count += 1,
        _ => instants.push((at, 1)),
    }
}

/// Two sorted sequences of instants as one.
fn merge(calls: Vec<(EventTime, u64)>, complaints: impl Iterator<Item = EventTime>) -> Vec<(EventTime, u64)> {
    let mut all = calls;
    all.extend(complaints.map(|at| (at, 1)));
    all.sort_by_key(|(at, _)| *at);
    all.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 += later.1;
        }
        same
    });
    all
}
