//! Judging: at which instants a line of rules holds for a key.

use std::borrow::Cow;

use ringfence_cdr::{EventTime, Millis, PackedNumber};
use ringfence_rules::{Listed, RuleId};
use ringfence_timeline::Symbols;
use smallvec::SmallVec;

use super::context::{Context, Subject};
use super::evaluation::{Evaluation, Views, view_input};
use super::held::{Held, Rejudged};
use super::segment::Holding;
use crate::facts::{Eligibility, Matcher, Scene};
use crate::rulebook::{Edition, Line};

/// One edition of a line for a key.
struct Member<'a> {
    edition: &'a Edition,
    listed: Cow<'a, [Listed]>,
    views: Views,
}

/// A line for a key: each edition judges the instants of its own stretch.
pub(super) struct LineJudge<'a> {
    line: &'a Line,
    /// Nearly always one.
    members: SmallVec<[Member<'a>; 1]>,
    symbols: &'a Symbols,
    number: PackedNumber,
    scene: Scene<'a>,
}

impl<'a> LineJudge<'a> {
    /// `views` gives the views of an edition away.
    pub(super) fn new(
        line: &'a Line,
        context: &'a Context<'_>,
        subject: Subject,
        scene: Scene<'a>,
        mut views: impl FnMut(&Edition) -> Views,
    ) -> Self {
        let member =
            |edition: &'a Edition| Member { edition, listed: context.listed(edition, subject), views: views(edition) };
        let members = line.editions().iter().map(member).collect();
        Self { line, members, symbols: context.symbols, number: subject.number, scene }
    }

    /// Gives the views back.
    pub(super) fn into_views(self) -> impl Iterator<Item = (RuleId, Views)> {
        self.members.into_iter().map(|member| (member.edition.id, member.views))
    }

    /// What an edition sees.
    fn evaluate<T>(&mut self, place: usize, look: impl FnOnce(&mut Evaluation<'_, '_>) -> T) -> T {
        let Member { edition, listed, views } = &mut self.members[place];
        let matcher =
            Matcher { pack: &edition.pack, symbols: self.symbols, key: self.number, listed, lists: &edition.lists };
        let input = view_input(matcher, edition.rule(), self.scene, Eligibility::ALL);
        look(&mut Evaluation { rule: edition.rule(), views, input: &input })
    }

    /// Judges the instants in [from, end] anew; returns how many it were.
    pub(super) fn judge(&mut self, held: &mut Held, from: EventTime, end: EventTime) -> u64 {
        let mut judged = 0;
        let known_false = held.first_false_around(from);
        let Rejudged { from, end, after } = held.cut(from, end);
        // What lies after the beginning is judged anew.
        let known_false = known_false.filter(|at| *at < from);
        let held_to = held.last_at();
        let mut last_true = held_to;
        let mut false_since = self.first_false(held_to, from.minus(Millis(1)), known_false);
        for place in 0..self.members.len() {
            let edition = self.members[place].edition;
            let Some((from, end)) = edition.within(from, end) else { continue };
            for (at, matches) in self.evaluate(place, |evaluation| evaluation.instants(from, end)) {
                judged += 1;
                if !self.evaluate(place, |evaluation| evaluation.rule_holds(at)) {
                    false_since.get_or_insert(at);
                    continue;
                }
                let false_before = last_true.and_then(|last| false_since.or_else(|| self.silence_between(last, at)));
                self.evaluate(place, |evaluation| {
                    let severity = evaluation.severity(at);
                    let left = evaluation.rule.when.first_comparison();
                    let left = left.and_then(|comparison| evaluation.value(&comparison.left, at));
                    let holding = Holding { at, rule: edition.id, matches, severity, left, false_before };
                    held.push(&holding, || evaluation.lets(at));
                });
                (last_true, false_since) = (Some(at), None);
            }
        }
        // Every instant after the last one that holds was judged false.
        let known_false = known_false.filter(|_| last_true == held_to);
        if let Some(next) = after.first().map(|next| next.first) {
            let by_fact = self.first_false(last_true, next.minus(Millis(1)), known_false);
            let false_before = last_true.and_then(|last| by_fact.or_else(|| self.silence_between(last, next)));
            held.join(after, false_before);
            return judged;
        }
        let by_fact = self.first_false(last_true, EventTime::MAX, known_false);
        // Where no edition is in force any more, nothing holds.
        let first_false = by_fact.into_iter().chain(last_true.and(self.line.ended())).min();
        let silent_at = match first_false {
            // Facts that are gone by now were silent long ago.
            None => last_true.map(|last| self.silence_between(last, EventTime::MAX).unwrap_or(last)),
            Some(_) => None,
        };
        held.end(first_false, silent_at);
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
            let by_fact = self.evaluate(place, |evaluation| evaluation.first_instant_in(from.minus(Millis(1)), to));
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
            let silent = self.evaluate(place, |evaluation| evaluation.silent_at(from)).unwrap_or(from.plus(Millis(1)));
            let silent = silent.max(edition.from);
            if silent < next.min(edition.until) {
                return Some(silent);
            }
        }
        None
    }
}
