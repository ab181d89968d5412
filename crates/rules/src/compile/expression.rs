//! Calculations over measures: names looked up, units checked, equal measures of a rule kept once.

use std::ops::Range;

use super::predicate::parameter;
use super::reader::Reader;
use super::scope::Scope;
use crate::suggestion::suggestion;
use crate::syntax::{Constant, Operation, Spanned, Term};
use crate::{Aggregate, Expression, Field, Fraction, Key, Measure, MeasureId, Unit};
use ringfence_cdr::yaml::Node;

/// The most nodes of one expression with the `let`s put in: those over those would double without end.
const NODES_MAX: usize = 500;

/// What a value is; finer than its unit, because a bare number says nothing where a share is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A bare number: 100.
    Number,
    /// A percentage: 70%.
    Percent,
    /// How many facts or values there are.
    Count,
    /// A part of the facts.
    Share,
    /// A quotient of like units: compares with counts, numbers and percentages.
    Ratio,
    /// A length of time.
    Duration,
}

/// A value with what it is.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) expression: Expression,
    pub(crate) kind: Kind,
}

/// The names of one rule.
pub(crate) struct Names<'s> {
    /// What the pack gives.
    pub(crate) scope: &'s Scope<'s>,
    /// What the rule judges.
    pub(crate) key: Key,
    /// The measures so far.
    pub(crate) measures: Vec<Measure>,
    /// The `let`s so far; `None` where one is wrong, which was reported.
    pub(crate) lets: Vec<(Box<str>, Option<Typed>)>,
    /// The names of those further down.
    pub(crate) below: Vec<Box<str>>,
}

impl Names<'_> {
    /// The place of a measure; an equal one is used again, whatever its text.
    fn place(&mut self, measure: Measure) -> MeasureId {
        let same = |other: &Measure| {
            other.stream == measure.stream
                && other.aggregate == measure.aggregate
                && other.filter == measure.filter
                && other.window == measure.window
        };
        let at = self.measures.iter().position(same).unwrap_or_else(|| {
            self.measures.push(measure);
            self.measures.len() - 1
        });
        MeasureId(at)
    }
}

/// Compiles the calculations of one YAML scalar.
pub(crate) struct ExpressionCompiler<'r, 'f, 's> {
    pub(crate) reader: &'r mut Reader<'f>,
    pub(crate) names: &'r mut Names<'s>,
    pub(crate) node: &'r Node,
}

impl ExpressionCompiler<'_, '_, '_> {
    pub(super) fn error(&mut self, span: &Range<usize>, message: impl Into<Box<str>>, help: impl Into<Box<str>>) {
        self.reader.error_in(self.node, span, message, help);
    }

    /// The compiled value; `None` once an error was reported.
    pub(crate) fn term(&mut self, term: &Spanned<Term>) -> Option<Typed> {
        match &term.node {
            Term::Constant(constant) => self.constant(constant, &term.span),
            Term::Parameter(name) => {
                let constant = parameter(self.reader, self.names.scope, self.node, name, &term.span)?;
                self.constant(&constant, &term.span)
            }
            Term::Name(name) => self.named(name, &term.span),
            Term::Measure(measure) => {
                let measure = self.measure(measure, &term.span)?;
                let kind = kind_of(&measure.aggregate);
                Some(Typed { expression: Expression::Measure(self.names.place(measure)), kind })
            }
            Term::Binary(left, operation, right) => {
                let (left_typed, right_typed) = (self.term(left), self.term(right));
                let (left_typed, right_typed) = (left_typed?, right_typed?);
                let Some(kind) = combined(*operation, left_typed.kind, right_typed.kind) else {
                    let (message, help) = misfit(*operation, left_typed.kind, right_typed.kind);
                    self.error(&right.span, message, help);
                    return None;
                };
                let (left, right) = (Box::new(left_typed.expression), Box::new(right_typed.expression));
                let expression = match operation {
                    Operation::Add => Expression::Add(left, right),
                    Operation::Subtract => Expression::Subtract(left, right),
                    Operation::Multiply => Expression::Multiply(left, right),
                    Operation::Divide => Expression::Divide(left, right),
                };
                if size(&expression) > NODES_MAX {
                    self.error(&term.span, "the calculation is too long", "use fewer `let`s of `let`s");
                    return None;
                }
                Some(Typed { expression, kind })
            }
        }
    }

    fn constant(&mut self, constant: &Constant, span: &Range<usize>) -> Option<Typed> {
        let (value, kind) = match constant {
            Constant::Number(number) => (*number, Kind::Number),
            Constant::Percent(share) => (*share, Kind::Percent),
            Constant::Duration(length) => (Fraction::whole(length.0), Kind::Duration),
            Constant::Time(_) | Constant::Date(_) | Constant::Text(_) => {
                let help = "times of day, dates and texts stand in a `where`";
                self.error(span, "this is no value to calculate or compare with", help);
                return None;
            }
        };
        Some(Typed { expression: Expression::Constant(value), kind })
    }

    fn named(&mut self, name: &str, span: &Range<usize>) -> Option<Typed> {
        if let Some((_, typed)) = self.names.lets.iter().find(|(known, _)| &**known == name) {
            return typed.clone();
        }
        if self.names.below.iter().any(|below| &**below == name) {
            self.error(span, format!("`{name}` is defined further down"), "a `let` uses those above it: move it up");
            return None;
        }
        let names: Vec<&str> = self.names.lets.iter().map(|(name, _)| &**name).collect();
        let help = if Field::ALL.iter().any(|field| field.name() == name) {
            format!("a field stands in a measure: distinct({name}) over 1h")
        } else if names.is_empty() {
            "name the measure under `let`, or write it here: count() over 1h".to_owned()
        } else {
            suggestion(name, names)
        };
        self.error(span, format!("unknown name `{name}`"), help);
        None
    }
}

fn kind_of(aggregate: &Aggregate) -> Kind {
    match aggregate {
        Aggregate::Count | Aggregate::Distinct(_) | Aggregate::Top(_) | Aggregate::Unseen(..) => Kind::Count,
        Aggregate::Share(_) => Kind::Share,
        Aggregate::Sum(_)
        | Aggregate::Mean(_)
        | Aggregate::Min(_)
        | Aggregate::Max(_)
        | Aggregate::Gap
        | Aggregate::Elapsed(_) => Kind::Duration,
    }
}

impl Kind {
    /// The unit of the compiled form.
    pub(crate) fn unit(self) -> Unit {
        if self == Self::Duration { Unit::Duration } else { Unit::Number }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Number => "a bare number",
            Self::Percent => "a percentage",
            Self::Count => "a count",
            Self::Share => "a share",
            Self::Ratio => "a quotient",
            Self::Duration => "a length of time",
        }
    }
}

/// What two values that are added or compared are together, `None` where they do not fit.
pub(crate) fn common(left: Kind, right: Kind) -> Option<Kind> {
    use Kind::{Count, Duration, Number, Percent, Ratio, Share};
    match (left, right) {
        (a, b) if a == b => Some(a),
        (Duration, _) | (_, Duration) => None,
        (Ratio, _) | (_, Ratio) => Some(Ratio),
        (Count, Number) | (Number, Count) => Some(Count),
        (Share, Percent) | (Percent, Share) => Some(Share),
        _ => None,
    }
}

fn combined(operation: Operation, left: Kind, right: Kind) -> Option<Kind> {
    use Kind::{Duration, Number, Percent, Ratio};
    match (operation, left, right) {
        (Operation::Add | Operation::Subtract, ..) => common(left, right),
        (Operation::Multiply, Duration, Duration) => None,
        (Operation::Multiply, Number | Percent, other) | (Operation::Multiply, other, Number | Percent) => Some(other),
        (Operation::Multiply, Duration, _) | (Operation::Multiply, _, Duration) => Some(Duration),
        (Operation::Multiply, a, b) => Some(if a == b { a } else { Ratio }),
        (Operation::Divide, Duration, Duration) => Some(Ratio),
        (Operation::Divide, Duration, _) => Some(Duration),
        (Operation::Divide, _, Duration) => None,
        (Operation::Divide, Number | Percent, Number) => Some(left),
        (Operation::Divide, ..) => Some(Ratio),
    }
}

fn misfit(operation: Operation, left: Kind, right: Kind) -> (String, &'static str) {
    let verb = match operation {
        Operation::Add => "added to",
        Operation::Subtract => "subtracted from",
        Operation::Multiply => "multiplied with",
        Operation::Divide => "divided by",
    };
    let message = match operation {
        Operation::Add | Operation::Subtract => format!("{} is not {verb} {}", right.noun(), left.noun()),
        Operation::Multiply | Operation::Divide => format!("{} is not {verb} {}", left.noun(), right.noun()),
    };
    (message, unit_help(left, right))
}

/// Message and help for two kinds that do not compare.
pub(crate) fn incomparable(left: Kind, right: Kind) -> (String, &'static str) {
    (format!("{} does not compare with {}", left.noun(), right.noun()), unit_help(left, right))
}

fn unit_help(left: Kind, right: Kind) -> &'static str {
    match (left, right) {
        (Kind::Duration, Kind::Number) | (Kind::Number, Kind::Duration) => "write its unit: 500ms, 10s, 15m, 1h, 7d",
        (Kind::Share, Kind::Number) | (Kind::Number, Kind::Share) => "write a percentage: 70%",
        (Kind::Count, Kind::Percent) | (Kind::Percent, Kind::Count) => {
            "percentages compare with share(...) and with quotients such as short / calls"
        }
        _ => "both sides need the same unit",
    }
}

fn size(expression: &Expression) -> usize {
    match expression {
        Expression::Measure(_) | Expression::Constant(_) => 1,
        Expression::Add(a, b) | Expression::Subtract(a, b) | Expression::Multiply(a, b) | Expression::Divide(a, b) => {
            1 + size(a) + size(b)
        }
    }
}
