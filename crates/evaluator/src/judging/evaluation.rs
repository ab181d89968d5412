//! What a rule says of one key at an instant.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Condition, Expression, Rule, Severity, Value};

use super::anchors::{Begin, Begins};
use super::instants::{Crowds, first_instant, instants};
use super::segment::{StoredValue, stored};
use super::view::{View, ViewInput};
use crate::facts::{Eligibility, Fact, Matcher, Scene};

/// The views of one rule for one key.
#[derive(Clone, Debug)]
pub(super) struct Views {
    views: Vec<View>,
    /// No instant in (first, second] is judged. A rule may count few calls of a busy number, as those of the night, and
    /// would go through all others again and again in search of one.
    silence: Option<(EventTime, EventTime)>,
    crowds: Crowds,
}

/// A rule with its views and what they can see.
pub(super) struct Evaluation<'a, 's> {
    pub(super) rule: &'a Rule,
    pub(super) views: &'a mut Views,
    pub(super) input: &'s ViewInput<'a>,
}

impl Views {
    pub(super) fn new(rule: &Rule, begins: &Begins<'_>) -> Self {
        let view = |(at, measure)| View::new(measure, begins.of(at, measure));
        Self { views: rule.measures.iter().enumerate().map(view).collect(), silence: None, crowds: Crowds::default() }
    }

    /// Has its anchored windows go on from those that are open now where facts are gone.
    pub(super) fn go_on_from(&mut self, rule: &Rule, begins: &Begins<'_>) {
        for (at, (view, measure)) in self.views.iter_mut().zip(&rule.measures).enumerate() {
            view.go_on_from(measure, begins.of(at, measure));
        }
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
    pub(super) fn forget_silence(&mut self, at: EventTime) {
        self.silence =
            self.silence.map(|(from, to)| (from, to.min(at.minus(Millis(1))))).filter(|(from, to)| from < to);
    }

    /// Whether they follow every fact, also one that they have not come to.
    pub(super) fn count_crowds(&self) -> bool {
        !self.crowds.is_empty()
    }

    /// Follows a fact that came or went, as far as how many there are at its instant goes.
    pub(super) fn follow_crowd(&mut self, rule: &Rule, input: &ViewInput<'_>, fact: Fact<'_>, inserted: bool) {
        self.crowds.follow(rule, input, fact, inserted);
    }

    /// How many values they keep, about.
    pub(super) fn entries(&self) -> usize {
        self.views.iter().map(View::entries).sum()
    }

    /// The earliest fact that a view still holds.
    pub(super) fn reach_back_to(&self) -> Option<EventTime> {
        self.views.iter().filter_map(View::reaches_back_to).min()
    }

    /// What anchored windows go on from after an instant, as far as the views have come.
    pub(super) fn begins_after(&self, at: EventTime) -> Vec<Begin> {
        self.views.iter().map(|view| view.begin_after(at)).collect()
    }

    /// The latest instant that a view was moved to; a fact after it is met when the views move on.
    pub(super) fn reach_to(&self) -> Option<EventTime> {
        self.views.iter().filter_map(View::reaches_to).max()
    }

    /// Follows a fact that was put in behind the views' back.
    pub(super) fn fact_inserted(&mut self, rule: &Rule, input: &ViewInput<'_>, fact: Fact<'_>) {
        for (view, measure) in self.views.iter_mut().zip(&rule.measures) {
            view.fact_inserted(measure, input, fact);
        }
    }

    /// Follows a fact that was taken out behind the views' back.
    pub(super) fn fact_removed(&mut self, rule: &Rule, input: &ViewInput<'_>, fact: Fact<'_>) {
        for (view, measure) in self.views.iter_mut().zip(&rule.measures) {
            view.fact_removed(measure, input, fact);
        }
    }
}

impl Evaluation<'_, '_> {
    /// The value of an expression at an instant. Only views that are asked are moved.
    pub(super) fn value(&mut self, expression: &Expression, at: EventTime) -> Value {
        let (rule, input, views) = (self.rule, self.input, &mut self.views.views);
        expression.value(&mut |id| views[id.0].value(&rule.measures[id.0], input, at))
    }

    /// Whether a condition holds at an instant.
    pub(super) fn holds(&mut self, condition: &Condition, at: EventTime) -> bool {
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
    pub(super) fn rule_holds(&mut self, at: EventTime) -> bool {
        let rule = self.rule;
        rule.is_effective(at) && self.holds(&rule.when, at)
    }

    pub(super) fn severity(&mut self, at: EventTime) -> Severity {
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
    pub(super) fn lets(&mut self, at: EventTime) -> Vec<StoredValue> {
        let rule = self.rule;
        rule.lets.iter().map(|named| stored(self.value(&named.expression, at))).collect()
    }

    /// When all windows of the rule have emptied after the facts up to `at`.
    pub(super) fn silent_at(&mut self, at: EventTime) -> Option<EventTime> {
        let measures = self.rule.measures.iter().zip(&mut self.views.views);
        measures.filter_map(|(measure, view)| view.silent_at(measure, self.input, at)).max()
    }

    /// The first instant with a fact in (after, to].
    pub(super) fn first_instant_in(&mut self, after: EventTime, to: EventTime) -> Option<EventTime> {
        let after = self.views.silent_from(after);
        let found = first_instant(self.rule, self.input, after, to);
        if found.is_none() {
            self.views.remember_silence(after, to.min(self.input.scene.last_at()));
        }
        found
    }

    /// The instants in [from, end] at which the key is judged, each with the number of its facts.
    pub(super) fn instants(&mut self, from: EventTime, end: EventTime) -> Vec<(EventTime, u64)> {
        instants(self.rule, self.input, &mut self.views.crowds, (from, end))
    }
}

/// What a rule's views can see of a scene.
pub(super) fn view_input<'a>(
    matcher: Matcher<'a>,
    rule: &'a Rule,
    scene: Scene<'a>,
    eligibility: Eligibility,
) -> ViewInput<'a> {
    ViewInput { matcher, scene, counted: &rule.counted, eligibility }
}
