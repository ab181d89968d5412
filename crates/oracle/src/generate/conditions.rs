//! Conditions over limited measures: comparisons, alternatives, negations, sums and quotients, with their gates.

use proptest::prelude::*;
use ringfence_rules::{
    Aggregate, Comparison, Condition, Expression, Fraction, Measure, MeasureId, Operator, Predicate, Stream, Unit,
};

use super::measures::{self, Limited, limited};
use super::predicates::operator;
use super::text;

/// A condition whose measures are numbered as they come, before they are put into a rule.
#[derive(Clone, Debug)]
pub(super) enum Draft {
    One(Limited, Operator),
    /// The sum of two counts.
    Sum(Limited, Limited, Operator),
    /// The difference of two counts.
    Difference(Limited, Limited, Operator),
    /// The quotient of two counts, in halves.
    Quotient(Limited, Limited, Operator, i64),
    Any(Vec<Draft>),
    Not(Box<Draft>),
}

impl Draft {
    /// The same with windows that begin with a fact.
    pub(super) fn anchored(self) -> Self {
        match self {
            Self::One(a, operator) => Self::One(a.anchored(), operator),
            Self::Sum(a, b, operator) => Self::Sum(a.anchored(), b.anchored(), operator),
            Self::Difference(a, b, operator) => Self::Difference(a.anchored(), b.anchored(), operator),
            Self::Quotient(a, b, operator, halves) => Self::Quotient(a.anchored(), b.anchored(), operator, halves),
            Self::Any(parts) => Self::Any(parts.into_iter().map(Self::anchored).collect()),
            Self::Not(part) => Self::Not(Box::new(part.anchored())),
        }
    }
}

pub(super) fn draft(stream: BoxedStrategy<Stream>) -> BoxedStrategy<Draft> {
    let one = (stream.clone().prop_flat_map(limited), mostly_at_least())
        .prop_map(|(measure, operator)| Draft::One(measure, operator));
    let count = move |stream: BoxedStrategy<Stream>| {
        stream.prop_flat_map(limited).prop_map(|limited| {
            let Measure { stream, filter, window, .. } = limited.measure;
            let measure = measures::measure(stream, Aggregate::Count, filter, window);
            Limited { measure, limit: Fraction::whole(2), unit: Unit::Number }
        })
    };
    let one = one.boxed();
    prop_oneof![
        10 => one.clone(),
        1 => (count(stream.clone()), count(stream.clone()), mostly_at_least())
            .prop_map(|(a, b, operator)| Draft::Sum(a, b, operator)),
        1 => (count(stream.clone()), count(stream.clone()), mostly_at_least())
            .prop_map(|(a, b, operator)| Draft::Difference(a, b, operator)),
        1 => (count(stream.clone()), count(stream), mostly_at_least(), 1_i64..4)
            .prop_map(|(a, b, operator, halves)| Draft::Quotient(a, b, operator, halves)),
        1 => prop::collection::vec(one.clone(), 1..3).prop_map(Draft::Any),
        1 => one.prop_map(|part| Draft::Not(Box::new(part))),
    ]
    .boxed()
}

fn mostly_at_least() -> impl Strategy<Value = Operator> {
    prop_oneof![5 => Just(Operator::GreaterOrEqual), 1 => Just(Operator::Greater), 2 => operator()]
}

/// The measures of a rule, each once, as conditions are put together.
#[derive(Clone, Debug, Default)]
pub(super) struct Measures(pub(super) Vec<Measure>);

impl Measures {
    fn id(&mut self, measure: Measure) -> MeasureId {
        let known = self.0.iter().position(|known| *known == measure);
        MeasureId(known.unwrap_or_else(|| {
            self.0.push(measure);
            self.0.len() - 1
        }))
    }

    fn expression(&mut self, limited: &Limited) -> Expression {
        Expression::Measure(self.id(limited.measure.clone()))
    }

    /// The condition, with its measures numbered.
    pub(super) fn condition(&mut self, draft: &Draft) -> Condition {
        match draft {
            Draft::One(limited, operator) => {
                let left = self.expression(limited);
                compare(left, *operator, limited.limit, limited.unit)
            }
            Draft::Sum(a, b, operator) => {
                let left = Expression::Add(Box::new(self.expression(a)), Box::new(self.expression(b)));
                compare(left, *operator, a.limit, Unit::Number)
            }
            Draft::Difference(a, b, operator) => {
                let left = Expression::Subtract(Box::new(self.expression(a)), Box::new(self.expression(b)));
                compare(left, *operator, Fraction::whole(1), Unit::Number)
            }
            Draft::Quotient(a, b, operator, halves) => {
                let left = Expression::Divide(Box::new(self.expression(a)), Box::new(self.expression(b)));
                let limit = Fraction::ratio(i128::from(*halves), 2).unwrap_or(Fraction::ZERO);
                compare(left, *operator, limit, Unit::Number)
            }
            Draft::Any(parts) => Condition::Any(parts.iter().map(|part| self.condition(part)).collect()),
            Draft::Not(part) => Condition::Not(Box::new(self.condition(part))),
        }
    }

    /// A count of at least `limit` over the window of a measure.
    pub(super) fn gate(&mut self, measure: &Measure, limit: i64) -> Condition {
        let counted = measures::measure(measure.stream, Aggregate::Count, Predicate::True, measure.window.clone());
        let left = Expression::Measure(self.id(counted));
        compare(left, Operator::GreaterOrEqual, Fraction::whole(limit), Unit::Number)
    }
}

/// The measures that need a gate: shares, and what a quotient is made of.
pub(super) fn needing_gates(draft: &Draft) -> Vec<Measure> {
    match draft {
        Draft::One(limited, _) if matches!(limited.measure.aggregate, Aggregate::Share(_)) => {
            vec![limited.measure.clone()]
        }
        Draft::One(..) | Draft::Sum(..) | Draft::Difference(..) => Vec::new(),
        Draft::Quotient(a, b, ..) => vec![a.measure.clone(), b.measure.clone()],
        Draft::Any(parts) => parts.iter().flat_map(needing_gates).collect(),
        Draft::Not(part) => needing_gates(part),
    }
}

fn compare(left: Expression, operator: Operator, limit: Fraction, unit: Unit) -> Condition {
    let left_text = text::expression(&left);
    let right_text = text::constant(limit, unit);
    Condition::Compare(Comparison {
        text: format!("{left_text} {} {right_text}", operator.name()).into(),
        left_text: left_text.into(),
        left,
        operator,
        right: Expression::Constant(limit),
        unit,
    })
}
