//! Trees of expressions, before names are looked up and units are checked.

use std::ops::Range;

use super::Constant;
use crate::{CalendarUnit, Operator};

/// A piece of a tree with the bytes of the text that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spanned<T> {
    pub(crate) node: T,
    pub(crate) span: Range<usize>,
}

/// `left operator right`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clause {
    pub(crate) left: Spanned<Term>,
    pub(crate) operator: Spanned<Operator>,
    pub(crate) right: Spanned<Term>,
}

/// A calculation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    Constant(Constant),
    Parameter(String),
    Name(String),
    Measure(Box<MeasureTerm>),
    Binary(Box<Spanned<Term>>, Operation, Box<Spanned<Term>>),
}

/// An arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// `AGGREGATE [of STREAM] [where PREDICATE] over WINDOW`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeasureTerm {
    pub(crate) aggregate: Spanned<AggregateTerm>,
    pub(crate) stream: Option<Spanned<String>>,
    pub(crate) filter: Option<Spanned<PredicateTerm>>,
    pub(crate) window: Spanned<WindowTerm>,
}

/// An aggregate with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AggregateTerm {
    Count,
    Gap,
    Sum(Spanned<OperandTerm>),
    Mean(Spanned<OperandTerm>),
    Min(Spanned<OperandTerm>),
    Max(Spanned<OperandTerm>),
    Distinct(Spanned<OperandTerm>),
    Top(Spanned<OperandTerm>),
    Unseen(Spanned<OperandTerm>, Spanned<LiteralTerm>),
    Share(Spanned<PredicateTerm>),
    Elapsed(Spanned<PredicateTerm>),
}

/// A window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WindowTerm {
    Sliding(LiteralTerm),
    Anchored(LiteralTerm),
    Calendar(CalendarUnit, Option<Spanned<String>>),
}

/// A condition on one fact.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PredicateTerm {
    All(Vec<Spanned<PredicateTerm>>),
    Any(Vec<Spanned<PredicateTerm>>),
    Not(Box<Spanned<PredicateTerm>>),
    Compare(Spanned<OperandTerm>, Operator, Spanned<LiteralTerm>),
    OneOf(Spanned<OperandTerm>, Vec<Spanned<LiteralTerm>>),
    Between(Spanned<OperandTerm>, Spanned<LiteralTerm>, Spanned<LiteralTerm>),
    InList(Spanned<OperandTerm>, Spanned<String>),
    StartsWith(Spanned<OperandTerm>, Spanned<LiteralTerm>),
    Bare(Spanned<OperandTerm>),
}

/// What a predicate looks at: a field, or a function of a field or of the fact's time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OperandTerm {
    Field(String),
    Function(String, Option<Spanned<String>>),
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LiteralTerm {
    Constant(Constant),
    Word(String),
    Parameter(String),
}
