//! Conditions on measures: the `when` of a rule.

use ringfence_events::Operator;

use crate::{Fraction, MeasureId, Unit};

/// When a rule holds at an instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them hold.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// One comparison; with an undefined side it does not hold.
    Compare(Comparison),
}

/// `left operator right`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The left side.
    pub left: Expression,
    /// How they are compared.
    pub operator: Operator,
    /// The right side.
    pub right: Expression,
    /// The unit of both sides.
    pub unit: Unit,
    /// The left side as written, for the clauses of a violation.
    pub left_text: Box<str>,
    /// The comparison as written.
    pub text: Box<str>,
}

/// An exact calculation over measures.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// The value of a measure.
    Measure(MeasureId),
    /// A constant: a count, a share (70 % is 7/10) or a length of time in milliseconds.
    Constant(Fraction),
    /// The sum.
    Add(Box<Expression>, Box<Expression>),
    /// The difference.
    Subtract(Box<Expression>, Box<Expression>),
    /// The product.
    Multiply(Box<Expression>, Box<Expression>),
    /// The quotient, undefined for a divisor of zero.
    Divide(Box<Expression>, Box<Expression>),
}

impl Condition {
    /// The first comparison in reading order: its left side decides where the peak of an episode is.
    #[must_use]
    pub fn first_comparison(&self) -> Option<&Comparison> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().find_map(Self::first_comparison),
            Self::Not(part) => part.first_comparison(),
            Self::Compare(comparison) => Some(comparison),
        }
    }

    /// Every comparison in reading order.
    pub fn comparisons(&self) -> Vec<&Comparison> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::comparisons).collect(),
            Self::Not(part) => part.comparisons(),
            Self::Compare(comparison) => vec![comparison],
        }
    }
}

impl Expression {
    /// The measures it reads, in reading order, each as often as it is named.
    pub fn measures(&self) -> Vec<MeasureId> {
        match self {
            Self::Measure(id) => vec![*id],
            Self::Constant(_) => Vec::new(),
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) | Self::Divide(a, b) => {
                let mut all = a.measures();
                all.extend(b.measures());
                all
            }
        }
    }

    /// The value, given those of the measures.
    pub fn value(&self, measure: &mut impl FnMut(MeasureId) -> crate::Value) -> crate::Value {
        match self {
            Self::Measure(id) => measure(*id),
            Self::Constant(constant) => Some(*constant),
            Self::Add(a, b) => a.value(measure)?.plus(b.value(measure)?),
            Self::Subtract(a, b) => a.value(measure)?.minus(b.value(measure)?),
            Self::Multiply(a, b) => a.value(measure)?.times(b.value(measure)?),
            Self::Divide(a, b) => a.value(measure)?.over(b.value(measure)?),
        }
    }
}
