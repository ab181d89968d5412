//! Judging: at which instants a key is judged, and whether the rule holds there.

use ringfence_cdr::EventTime;
use ringfence_rules::{Comparison, Condition, Expression, Rule, Severity, Value};

use crate::predicate::Reader;
use crate::view::View;
use crate::{aggregate, window};

/// One judged instant of a rule and key.
#[derive(Clone, Debug, PartialEq)]
pub struct Instant {
    /// When.
    pub t: EventTime,
    /// Whether the rule holds.
    pub holds: bool,
    /// How grave it is where it holds: the rule's severity, or that of the gravest escalation that holds too.
    pub severity: Severity,
    /// Every `let` in the order written.
    pub lets: Vec<Value>,
    /// The left side of the first comparison of `when`: where it is largest is the peak of an episode.
    pub leading: Value,
    /// How many facts the key has at the instant; 0 where it is judged because it fell silent.
    pub facts: u64,
}

/// Every judged instant in order: those with a fact, and those at which the last window emptied.
pub(crate) fn judge(reader: Reader<'_>, rule: &Rule, view: &View<'_>) -> Vec<Instant> {
    let with_facts = view.instants();
    let silent = silences(reader, rule, view);
    let mut instants: Vec<Instant> =
        with_facts.into_iter().chain(silent).map(|t| instant(reader, rule, view, t)).collect();
    instants.sort_by_key(|instant| instant.t);
    instants
}

fn instant(reader: Reader<'_>, rule: &Rule, view: &View<'_>, t: EventTime) -> Instant {
    let facts = view.facts_at(t) as u64;
    let truth = Truth { reader, rule, view, t };
    let escalated = rule.escalate.iter().filter(|level| truth.holds(&level.when)).map(|level| level.severity);
    let leading = rule.when.first_comparison().map(|comparison| &comparison.left);
    Instant {
        t,
        holds: facts > 0 && rule_holds(reader, rule, view, t),
        severity: escalated.fold(rule.severity, Severity::max),
        lets: rule.lets.iter().map(|named| truth.value(&named.expression)).collect(),
        leading: leading.and_then(|left| truth.value(left)),
        facts,
    }
}

/// Whether the rule holds on these facts at an instant at which the key has one of them.
pub(crate) fn rule_holds(reader: Reader<'_>, rule: &Rule, view: &View<'_>, t: EventTime) -> bool {
    is_effective(rule, t) && Truth { reader, rule, view, t }.holds(&rule.when)
}

fn is_effective(rule: &Rule, t: EventTime) -> bool {
    let begun = rule.effective_from.is_none_or(|from| from <= t);
    let ended = rule.effective_until.is_some_and(|until| until <= t);
    begun && !ended
}

/// The instants at which a window empties, every other one is empty too, and the key has no fact.
fn silences(reader: Reader<'_>, rule: &Rule, view: &View<'_>) -> Vec<EventTime> {
    let mut filled: Vec<(EventTime, EventTime)> = Vec::new();
    for measure in &rule.measures {
        let counted = aggregate::counted(reader, measure, &view.facts);
        filled.extend(counted.iter().map(|fact| (fact.at(), window::emptied(&measure.window, &counted, fact.at()))));
    }
    let mut ends: Vec<EventTime> = filled.iter().map(|(_, end)| *end).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.retain(|end| !filled.iter().any(|(begin, until)| begin <= end && end < until));
    ends.retain(|end| view.facts_at(*end) == 0);
    ends
}

/// Conditions and expressions at one instant.
#[derive(Clone, Copy)]
pub(crate) struct Truth<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) rule: &'a Rule,
    pub(crate) view: &'a View<'a>,
    pub(crate) t: EventTime,
}

impl Truth<'_> {
    /// Whether the condition holds. A comparison with an undefined side does not, and `not` of it does.
    pub(crate) fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Not(part) => !self.holds(part),
            Condition::Compare(comparison) => self.compares(comparison),
        }
    }

    fn compares(&self, comparison: &Comparison) -> bool {
        match (self.value(&comparison.left), self.value(&comparison.right)) {
            (Some(left), Some(right)) => comparison.operator.holds(left.cmp(&right)),
            _ => false,
        }
    }

    /// The value of an expression; undefined where any part of it is.
    pub(crate) fn value(&self, expression: &Expression) -> Value {
        match expression {
            Expression::Measure(id) => {
                let measure = self.rule.measures.get(id.0)?;
                aggregate::measure(self.reader, measure, self.view, self.t)
            }
            Expression::Constant(constant) => Some(*constant),
            Expression::Add(left, right) => self.value(left)?.plus(self.value(right)?),
            Expression::Subtract(left, right) => self.value(left)?.minus(self.value(right)?),
            Expression::Multiply(left, right) => self.value(left)?.times(self.value(right)?),
            Expression::Divide(left, right) => self.value(left)?.over(self.value(right)?),
        }
    }
}
