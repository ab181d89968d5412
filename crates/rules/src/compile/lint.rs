//! What is refused or worth a look in a rule whose parts are right each by itself.

use super::clauses::{self, constant, turned};
use super::places::Places;
use super::reader::Reader;
use crate::{
    Aggregate, Comparison, Condition, Expression, Field, Fraction, Key, Level, Measure, MeasureId, Operator, Predicate,
    Rule, RuleTest, Stream, Value, Window,
};
use ringfence_cdr::yaml::Mark;

/// Runs every check.
pub(crate) fn check(reader: &mut Reader<'_>, rule: &Rule, places: &Places, tests: &[RuleTest]) {
    let conditions = std::iter::once((&rule.when, &places.when))
        .chain(rule.escalate.iter().map(|level| &level.when).zip(&places.escalate));
    for (condition, marks) in conditions {
        for (comparison, mark) in condition.comparisons().into_iter().zip(marks) {
            limits(reader, rule, comparison, *mark);
        }
    }
    gates(reader, rule, places);
    if silent(rule, &rule.when) {
        let help = "add a clause that needs facts: calls > 0";
        let message = "the rule would hold for a number that did nothing";
        reader.report(places.when.first().copied().unwrap_or(places.name), Level::Error, "when", message, help);
    }
    clauses::check(reader, rule, places);
    record_types(reader, rule, places.name);
    if let Some(mark) = places.counted.filter(|_| !rule.reads(Stream::Calls)) {
        let help = "filter complaints in the measure: count() of complaints where ... over 10d";
        reader.report(
            mark,
            Level::Warning,
            "where",
            "`where` and `except` speak of calls, and the rule reads none",
            help,
        );
    }
    if !tests.iter().any(|test| test.expect.violations > 0) {
        let help = "add one that expects a violation: {name: fires, feed: {...}, expect: {violations: 1}}";
        reader.report(places.name, Level::Warning, &rule.name, "no test of the rule fires", help);
    }
    let missed =
        |test: &RuleTest| test.expect.near_miss.is_some() || (!can_be_missed(rule) && test.expect.violations == 0);
    if !tests.iter().any(missed) {
        let help = "add one just below a limit: expect: {violations: 0, near_miss: calls}";
        reader.report(places.name, Level::Warning, &rule.name, "no test of the rule is a near miss", help);
    }
}

/// Whether a `let` has a limit that one can stay just below: `calls > 0` has none.
fn can_be_missed(rule: &Rule) -> bool {
    rule.when.comparisons().into_iter().any(|clause| {
        let is_named = rule.lets.iter().any(|named| named.expression == clause.left);
        let from_below = matches!(clause.operator, Operator::Greater | Operator::GreaterOrEqual);
        is_named && from_below && constant(&clause.right).is_some_and(|limit| limit > Fraction::ZERO)
    })
}

/// The least and the greatest value there can be; `None` without a bound.
#[derive(Clone, Copy)]
struct Range {
    least: Value,
    most: Value,
}

fn limits(reader: &mut Reader<'_>, rule: &Rule, comparison: &Comparison, mark: Mark) {
    let (left, right) = (range(rule, &comparison.left), range(rule, &comparison.right));
    let text = &*comparison.text;
    if never(comparison.operator, left, right) {
        reader.report(mark, Level::Error, text, format!("`{text}` can never hold"), "check the limit and the operator");
    } else if never(opposite(comparison.operator), left, right) {
        let message = format!("`{text}` always holds where it is defined");
        reader.report(mark, Level::Warning, text, message, "check the limit, or remove the clause");
    }
}

fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::Greater => Operator::LessOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Equal => Operator::NotEqual,
        Operator::NotEqual => Operator::Equal,
    }
}

fn never(operator: Operator, left: Range, right: Range) -> bool {
    let both = |a: Value, b: Value, test: fn(&Fraction, &Fraction) -> bool| a.zip(b).is_some_and(|(a, b)| test(&a, &b));
    match operator {
        Operator::Greater => both(left.most, right.least, Fraction::le),
        Operator::GreaterOrEqual => both(left.most, right.least, Fraction::lt),
        Operator::Less => both(left.least, right.most, Fraction::ge),
        Operator::LessOrEqual => both(left.least, right.most, Fraction::gt),
        Operator::Equal => both(left.most, right.least, Fraction::lt) || both(left.least, right.most, Fraction::gt),
        Operator::NotEqual => {
            left.least == left.most && right.least == right.most && both(left.least, right.least, Fraction::eq)
        }
    }
}

fn range(rule: &Rule, expression: &Expression) -> Range {
    let unbound = Range { least: None, most: None };
    let apply = |a: Value, b: Value, with: fn(Fraction, Fraction) -> Value| a.zip(b).and_then(|(a, b)| with(a, b));
    let not_negative = |range: Range| range.least.is_some_and(|least| least >= Fraction::ZERO);
    match expression {
        Expression::Constant(value) => Range { least: Some(*value), most: Some(*value) },
        Expression::Measure(id) => rule.measures.get(id.0).map_or(unbound, |one| of_measure(rule.key, one)),
        Expression::Add(a, b) => {
            let (a, b) = (range(rule, a), range(rule, b));
            Range { least: apply(a.least, b.least, Fraction::plus), most: apply(a.most, b.most, Fraction::plus) }
        }
        Expression::Subtract(a, b) => {
            let (a, b) = (range(rule, a), range(rule, b));
            Range { least: apply(a.least, b.most, Fraction::minus), most: apply(a.most, b.least, Fraction::minus) }
        }
        Expression::Multiply(a, b) => {
            let (a, b) = (range(rule, a), range(rule, b));
            if !not_negative(a) || !not_negative(b) {
                return unbound;
            }
            Range { least: apply(a.least, b.least, Fraction::times), most: apply(a.most, b.most, Fraction::times) }
        }
        Expression::Divide(a, b) => {
            let (a, b) = (range(rule, a), range(rule, b));
            if not_negative(a) && not_negative(b) { Range { least: Some(Fraction::ZERO), most: None } } else { unbound }
        }
    }
}

fn of_measure(key: Key, measure: &Measure) -> Range {
    let zero = Some(Fraction::ZERO);
    let one_value = |field: Field| field == Field::CallingNumber || (key == Key::Pair && field == Field::CalledNumber);
    let one = Some(Fraction::whole(1));
    // The window excludes its beginning, so no two of its instants lie its whole length apart.
    let within = Some(Fraction::whole(measure.window.length().0 - 1));
    match measure.aggregate {
        Aggregate::Count | Aggregate::Top(_) => Range { least: zero, most: None },
        Aggregate::Distinct(field) | Aggregate::Unseen(field, _) if one_value(field) => {
            Range { least: zero, most: one }
        }
        Aggregate::Distinct(_) | Aggregate::Unseen(..) => Range { least: zero, most: None },
        Aggregate::Share(_) => Range { least: zero, most: one },
        Aggregate::Gap | Aggregate::Elapsed(_) => Range { least: zero, most: within },
        // A complaint can be received before the call it complains of.
        Aggregate::Sum(Field::Delay)
        | Aggregate::Mean(Field::Delay)
        | Aggregate::Min(Field::Delay)
        | Aggregate::Max(Field::Delay) => Range { least: None, most: None },
        Aggregate::Sum(_) | Aggregate::Mean(_) | Aggregate::Min(_) | Aggregate::Max(_) => {
            Range { least: zero, most: None }
        }
    }
}

type Gate<'a> = (Stream, &'a Window);

/// A share or quotient of few facts says nothing: a clause that holds with it must ask for a number of facts.
fn gates(reader: &mut Reader<'_>, rule: &Rule, places: &Places) {
    let mut marks = places.when.iter();
    let of_rule = gates_of(rule, &rule.when);
    ungated(reader, rule, &rule.when, &[], &mut marks);
    for (level, places) in rule.escalate.iter().zip(&places.escalate) {
        ungated(reader, rule, &level.when, &of_rule, &mut places.iter());
    }
}

fn ungated(
    reader: &mut Reader<'_>,
    rule: &Rule,
    condition: &Condition,
    inherited: &[Gate<'_>],
    marks: &mut std::slice::Iter<'_, Mark>,
) {
    match condition {
        Condition::All(parts) => {
            let mut gates = inherited.to_vec();
            gates.extend(gates_of(rule, condition));
            parts.iter().for_each(|part| ungated(reader, rule, part, &gates, marks));
        }
        Condition::Any(parts) => parts.iter().for_each(|part| ungated(reader, rule, part, inherited, marks)),
        Condition::Not(part) => ungated(reader, rule, part, inherited, marks),
        Condition::Compare(comparison) => {
            let Some(mark) = marks.next() else { return };
            for side in [&comparison.left, &comparison.right] {
                if let Some(needed) = ungated_measure(rule, side, inherited) {
                    let text = &*comparison.text;
                    let message = format!("`{text}` says nothing while there are few facts");
                    let window = needed.text.rfind("over ").map_or("", |at| needed.text.get(at..).unwrap_or_default());
                    let of = if needed.stream == Stream::Complaints { " of complaints" } else { "" };
                    let help = format!("add a clause on a count over the same window: count(){of} {window} >= 20");
                    reader.report(*mark, Level::Error, text, message, help);
                    return;
                }
            }
        }
    }
}

/// The measure of a share or of a divisor that no gate covers.
fn ungated_measure<'r>(rule: &'r Rule, expression: &Expression, gates: &[Gate<'_>]) -> Option<&'r Measure> {
    let covered = |measure: &Measure| {
        gates.iter().any(|(stream, window)| *stream == measure.stream && **window == measure.window)
    };
    let of = |id: &MeasureId| rule.measures.get(id.0);
    match expression {
        Expression::Constant(_) => None,
        Expression::Measure(id) => of(id).filter(|one| matches!(one.aggregate, Aggregate::Share(_)) && !covered(one)),
        Expression::Add(a, b) | Expression::Subtract(a, b) | Expression::Multiply(a, b) => {
            ungated_measure(rule, a, gates).or_else(|| ungated_measure(rule, b, gates))
        }
        Expression::Divide(a, b) => {
            let divisor = b.measures();
            let uncovered = || divisor.iter().filter_map(of).find(|one| !covered(one));
            ungated_measure(rule, a, gates).or_else(uncovered)
        }
    }
}

/// The streams and windows of which the condition, as one of clauses that all hold, asks for facts.
fn gates_of<'r>(rule: &'r Rule, condition: &'r Condition) -> Vec<Gate<'r>> {
    match condition {
        Condition::All(parts) => parts.iter().flat_map(|part| gates_of(rule, part)).collect(),
        Condition::Compare(comparison) => gate(rule, comparison).into_iter().collect(),
        Condition::Any(_) | Condition::Not(_) => Vec::new(),
    }
}

fn gate<'r>(rule: &'r Rule, comparison: &'r Comparison) -> Option<Gate<'r>> {
    let (id, operator, limit) = limited(comparison)?;
    let measure = rule.measures.get(id.0)?;
    let counts = matches!(
        measure.aggregate,
        Aggregate::Count | Aggregate::Distinct(_) | Aggregate::Top(_) | Aggregate::Unseen(..)
    );
    let needs_facts = match operator {
        Operator::Greater => limit >= Fraction::ZERO,
        Operator::GreaterOrEqual | Operator::Equal => limit > Fraction::ZERO,
        _ => false,
    };
    (counts && needs_facts).then_some((measure.stream, &measure.window))
}

/// A measure alone on one side and a constant on the other, turned so that the measure stands on the left.
fn limited(comparison: &Comparison) -> Option<(MeasureId, Operator, Fraction)> {
    match (&comparison.left, &comparison.right) {
        (Expression::Measure(id), limit) => Some((*id, comparison.operator, constant(limit)?)),
        (limit, Expression::Measure(id)) => Some((*id, turned(comparison.operator), constant(limit)?)),
        _ => None,
    }
}

/// Whether the condition holds where every count and sum is 0 and all else undefined.
fn silent(rule: &Rule, condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| silent(rule, part)),
        Condition::Any(parts) => parts.iter().any(|part| silent(rule, part)),
        Condition::Not(part) => !silent(rule, part),
        Condition::Compare(comparison) => {
            let mut value = |id: MeasureId| match rule.measures.get(id.0)?.aggregate {
                Aggregate::Count
                | Aggregate::Sum(_)
                | Aggregate::Distinct(_)
                | Aggregate::Top(_)
                | Aggregate::Unseen(..) => Some(Fraction::ZERO),
                Aggregate::Mean(_)
                | Aggregate::Min(_)
                | Aggregate::Max(_)
                | Aggregate::Share(_)
                | Aggregate::Gap
                | Aggregate::Elapsed(_) => None,
            };
            let (left, right) = (comparison.left.value(&mut value), comparison.right.value(&mut value));
            left.zip(right).is_some_and(|(left, right)| comparison.operator.holds(left.cmp(&right)))
        }
    }
}

/// One call makes several records: a rule over calls should say which of them it counts.
fn record_types(reader: &mut Reader<'_>, rule: &Rule, mark: Mark) {
    let says = |predicate: &Predicate| predicate.fields().contains(&Field::RecordType);
    let mut calls = rule.measures.iter().filter(|measure| measure.stream == Stream::Calls);
    if !says(&rule.counted) && calls.any(|measure| !says(&measure.filter)) {
        let help = "add `where: recordType == moCall`: one call may make several records";
        reader.report(mark, Level::Warning, &rule.name, "the rule counts records of every type", help);
    }
}
