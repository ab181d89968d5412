//! Clauses beside each other: those that contradict, and those that another one makes needless.

use super::places::Places;
use super::reader::Reader;
use crate::{Aggregate, Comparison, Condition, Expression, Fraction, Level, Measure, Operator, Predicate, Rule, Value};
use ringfence_cdr::yaml::Mark;

/// Checks the clauses that hold together: those of `when`, and those of each level with them.
pub(super) fn check(reader: &mut Reader<'_>, rule: &Rule, places: &Places) {
    let when = groups(&rule.when, &places.when);
    for group in &when {
        contradictions(reader, rule, group);
        needless(reader, rule, group);
    }
    for (level, marks) in rule.escalate.iter().zip(&places.escalate) {
        let groups = groups(&level.when, marks);
        groups.iter().for_each(|group| contradictions(reader, rule, group));
        if let (Some(always), Some(level_always)) = (when.first(), groups.first()) {
            beyond(reader, rule, always, level_always, marks.len());
        }
        if level.severity <= rule.severity
            && let Some(mark) = marks.first()
        {
            let message = format!("the level is no graver than the rule, which is {}", rule.severity.name());
            reader.report(
                *mark,
                Level::Warning,
                level.severity.name(),
                message,
                "raise its severity, or lower the rule's",
            );
        }
    }
}

type Clause<'a> = (&'a Comparison, Mark);

/// The clauses that hold together, one list for each `all`; that of the whole condition first.
fn groups<'a>(condition: &'a Condition, marks: &[Mark]) -> Vec<Vec<Clause<'a>>> {
    let mut groups = vec![Vec::new()];
    collect(condition, &mut marks.iter(), 0, &mut groups);
    groups
}

fn collect<'a>(
    condition: &'a Condition,
    marks: &mut std::slice::Iter<'_, Mark>,
    group: usize,
    groups: &mut Vec<Vec<Clause<'a>>>,
) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| collect(part, marks, group, groups)),
        Condition::Any(parts) => {
            for part in parts {
                groups.push(Vec::new());
                collect(part, marks, groups.len() - 1, groups);
            }
        }
        Condition::Not(part) => {
            groups.push(Vec::new());
            collect(part, marks, groups.len() - 1, groups);
        }
        Condition::Compare(comparison) => {
            if let Some(mark) = marks.next() {
                groups[group].push((comparison, *mark));
            }
        }
    }
}

fn contradictions(reader: &mut Reader<'_>, rule: &Rule, clauses: &[Clause<'_>]) {
    for (at, (later, mark)) in clauses.iter().enumerate() {
        if let Some((earlier, _)) = clauses[..at].iter().find(|(earlier, _)| contradict(rule, earlier, later)) {
            let message = format!("`{}` and `{}` never hold together", earlier.text, later.text);
            reader.report(*mark, Level::Error, &later.text, message, "correct a limit, or put them under `any:`");
        }
    }
}

fn needless(reader: &mut Reader<'_>, rule: &Rule, clauses: &[Clause<'_>]) {
    for (at, (weak, mark)) in clauses.iter().enumerate() {
        let strong = clauses.iter().enumerate().find(|(other, (strong, _))| {
            // Of two that say the same the first stays.
            *other != at && implies(rule, strong, weak) && !(implies(rule, weak, strong) && *other > at)
        });
        if let Some((_, (strong, _))) = strong {
            let message = format!("`{}` follows from `{}`", weak.text, strong.text);
            reader.report(*mark, Level::Warning, &weak.text, message, "remove it, or check its limit");
        }
    }
}

/// A level is reached where the rule holds and the level's own clauses do: they must be possible and ask for more.
fn beyond(reader: &mut Reader<'_>, rule: &Rule, when: &[Clause<'_>], level: &[Clause<'_>], clauses: usize) {
    for (clause, mark) in level {
        if let Some((other, _)) = when.iter().find(|(other, _)| contradict(rule, other, clause)) {
            let message = format!("`{}` and `{}` of `when` never hold together", clause.text, other.text);
            reader.report(*mark, Level::Error, &clause.text, message, "correct a limit: the level holds beside `when`");
        }
    }
    let follows = |clause: &Comparison| when.iter().any(|(other, _)| implies(rule, other, clause));
    if let Some((first, mark)) = level.first()
        && level.len() == clauses
        && level.iter().all(|(clause, _)| follows(clause))
    {
        let message = "the level is reached whenever the rule holds";
        reader.report(*mark, Level::Warning, &first.text, message, "raise its limits, or raise the rule's severity");
    }
}

fn contradict(rule: &Rule, one: &Comparison, other: &Comparison) -> bool {
    let (Some(one), Some(other)) = (Asked::of(rule, one), Asked::of(rule, other)) else { return false };
    let at_least = |part: &Asked<'_>| Interval { high: None, ..part.interval };
    if one.left == other.left {
        return one.interval.with(other.interval).is_empty();
    }
    (counts_at_least(rule, other.left, one.left) && at_least(&one).with(other.interval).is_empty())
        || (counts_at_least(rule, one.left, other.left) && at_least(&other).with(one.interval).is_empty())
}

fn implies(rule: &Rule, strong: &Comparison, weak: &Comparison) -> bool {
    let (Some(strong), Some(weak)) = (Asked::of(rule, strong), Asked::of(rule, weak)) else { return false };
    if strong.left == weak.left {
        return strong.interval.is_within(weak.interval);
    }
    counts_at_least(rule, weak.left, strong.left) && Interval { high: None, ..strong.interval }.is_within(weak.interval)
}

/// Whether the first counts every fact that the second one counts values of.
fn counts_at_least(rule: &Rule, first: &Expression, second: &Expression) -> bool {
    let measure = |expression: &Expression| match expression {
        Expression::Measure(id) => rule.measures.get(id.0),
        _ => None,
    };
    let (Some(first), Some(second)): (Option<&Measure>, Option<&Measure>) = (measure(first), measure(second)) else {
        return false;
    };
    first.aggregate == Aggregate::Count
        && matches!(second.aggregate, Aggregate::Distinct(_) | Aggregate::Top(_) | Aggregate::Unseen(..))
        && first.stream == second.stream
        && first.window == second.window
        && (first.filter == second.filter || first.filter == Predicate::True)
}

/// A clause with a constant on one side: for which values of the other it holds.
struct Asked<'a> {
    left: &'a Expression,
    interval: Interval,
}

impl<'a> Asked<'a> {
    fn of(rule: &Rule, clause: &'a Comparison) -> Option<Self> {
        let (left, operator, limit) = match (constant(&clause.left), constant(&clause.right)) {
            (None, Some(limit)) => (&clause.left, clause.operator, limit),
            (Some(limit), None) => (&clause.right, turned(clause.operator), limit),
            _ => return None,
        };
        let (open, closed) = (Some(End { value: limit, open: true }), Some(End { value: limit, open: false }));
        let interval = match operator {
            Operator::Greater => Interval { low: open, high: None },
            Operator::GreaterOrEqual => Interval { low: closed, high: None },
            Operator::Less => Interval { low: None, high: open },
            Operator::LessOrEqual => Interval { low: None, high: closed },
            Operator::Equal => Interval { low: closed, high: closed },
            Operator::NotEqual => return None,
        };
        Some(Self { left, interval: if is_whole(rule, left) { interval.whole() } else { interval } })
    }
}

/// The value of a calculation without measures.
pub(super) fn constant(expression: &Expression) -> Value {
    expression.measures().is_empty().then(|| expression.value(&mut |_| None)).flatten()
}

/// The operator with its sides swapped.
pub(super) fn turned(operator: Operator) -> Operator {
    match operator {
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Equal | Operator::NotEqual => operator,
    }
}

/// Whether the value is a whole number wherever it is defined: a count, or milliseconds.
fn is_whole(rule: &Rule, expression: &Expression) -> bool {
    match expression {
        Expression::Measure(id) => {
            let aggregate = rule.measures.get(id.0).map(|measure| &measure.aggregate);
            !matches!(aggregate, None | Some(Aggregate::Share(_) | Aggregate::Mean(_)))
        }
        Expression::Constant(value) => value.integer().is_some(),
        Expression::Add(a, b) | Expression::Subtract(a, b) | Expression::Multiply(a, b) => {
            is_whole(rule, a) && is_whole(rule, b)
        }
        Expression::Divide(..) => false,
    }
}

#[derive(Clone, Copy, PartialEq)]
struct End {
    value: Fraction,
    open: bool,
}

/// All values between two ends; `None` is no bound.
#[derive(Clone, Copy, PartialEq)]
struct Interval {
    low: Option<End>,
    high: Option<End>,
}

impl Interval {
    fn is_empty(self) -> bool {
        self.low
            .zip(self.high)
            .is_some_and(|(low, high)| low.value > high.value || (low.value == high.value && (low.open || high.open)))
    }

    /// What is in both.
    fn with(self, other: Self) -> Self {
        let low = |a: End, b: End| if (a.value, a.open) >= (b.value, b.open) { a } else { b };
        let high = |a: End, b: End| if (a.value, !a.open) <= (b.value, !b.open) { a } else { b };
        Self { low: tighter(self.low, other.low, low), high: tighter(self.high, other.high, high) }
    }

    fn is_within(self, other: Self) -> bool {
        self.with(other) == self
    }

    /// The whole numbers in it: more than 3 is 4 and more.
    fn whole(self) -> Self {
        let floor = |end: End| end.value.numerator().div_euclid(end.value.denominator());
        let is_whole = |end: End| end.value.numerator().rem_euclid(end.value.denominator()) == 0;
        let closed = |value: i128| Fraction::ratio(value, 1).map(|value| End { value, open: false });
        let low = |end: End| closed(if is_whole(end) && !end.open { floor(end) } else { floor(end) + 1 });
        let high = |end: End| closed(if is_whole(end) && end.open { floor(end) - 1 } else { floor(end) });
        Self { low: self.low.and_then(low), high: self.high.and_then(high) }
    }
}

fn tighter(a: Option<End>, b: Option<End>, pick: impl Fn(End, End) -> End) -> Option<End> {
    match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (a, b) => a.or(b),
    }
}
