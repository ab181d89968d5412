//! Measures: fields of the right stream and type, windows of a length.

use std::ops::Range;

use ringfence_cdr::Millis;

use super::expression::ExpressionCompiler;
use super::predicate::{PredicateCompiler, noun, parameter};
use super::times::zone_help;
use crate::suggestion::suggestion;
use crate::syntax::{
    AggregateTerm, Constant, LiteralTerm, MeasureTerm, OperandTerm, PredicateTerm, Spanned, WindowTerm,
};
use crate::{Aggregate, Field, FieldType, Key, Measure, Predicate, Stream, Window, Zone};

/// Streams of the language that cannot be read yet, with what to do instead.
const STREAMS_LATER: [(&str, &str); 3] = [
    ("received", "until then judge the calls that the number makes: `of calls`"),
    ("marks", "until then put marked numbers on a list: callingNumber in @marked"),
    ("violations", "until then repeat the measure of the other rule here"),
];

impl ExpressionCompiler<'_, '_, '_> {
    /// The compiled measure; `None` once an error was reported.
    pub(super) fn measure(&mut self, term: &MeasureTerm, span: &Range<usize>) -> Option<Measure> {
        let stream = match &term.stream {
            None => Some(Stream::Calls),
            Some(stream) => self.stream(stream),
        };
        let window = self.window(&term.window);
        let stream = stream?;
        let aggregate = self.aggregate(&term.aggregate, stream);
        let filter = match &term.filter {
            None => Some(Predicate::True),
            Some(filter) => self.predicate(filter, stream),
        };
        let written = self.node.scalar().unwrap_or_default().get(span.clone()).unwrap_or_default();
        let text = one_line(written);
        Some(Measure { stream, aggregate: aggregate?, filter: filter?, window: window?, text: text.into() })
    }

    fn predicate(&mut self, term: &Spanned<PredicateTerm>, stream: Stream) -> Option<Predicate> {
        PredicateCompiler { reader: self.reader, scope: self.names.scope, node: self.node, stream }.predicate(term)
    }

    fn stream(&mut self, stream: &Spanned<String>) -> Option<Stream> {
        match &*stream.node {
            "calls" => Some(Stream::Calls),
            "complaints" if self.names.key == Key::Pair => {
                let help = "judge complaints in a rule of their own with `key: callingNumber`";
                self.error(&stream.span, "a rule for pairs reads only calls", help);
                None
            }
            "complaints" => Some(Stream::Complaints),
            name => {
                match STREAMS_LATER.iter().find(|(later, _)| *later == name) {
                    Some((_, instead)) => {
                        self.error(&stream.span, format!("the stream `{name}` is not supported yet"), *instead);
                    }
                    None => {
                        let help = suggestion(name, ["calls", "complaints"]);
                        self.error(&stream.span, format!("unknown stream `{name}`"), help);
                    }
                }
                None
            }
        }
    }

    fn aggregate(&mut self, aggregate: &Spanned<AggregateTerm>, stream: Stream) -> Option<Aggregate> {
        Some(match &aggregate.node {
            AggregateTerm::Count => Aggregate::Count,
            AggregateTerm::Gap => Aggregate::Gap,
            AggregateTerm::Sum(field) => Aggregate::Sum(self.length_field(field, stream, "sum")?),
            AggregateTerm::Mean(field) => Aggregate::Mean(self.length_field(field, stream, "mean")?),
            AggregateTerm::Min(field) => Aggregate::Min(self.length_field(field, stream, "min")?),
            AggregateTerm::Max(field) => Aggregate::Max(self.length_field(field, stream, "max")?),
            AggregateTerm::Distinct(field) => Aggregate::Distinct(self.field(field, stream)?),
            AggregateTerm::Top(field) => Aggregate::Top(self.field(field, stream)?),
            AggregateTerm::Unseen(field, before) => {
                let (field, before) = (self.field(field, stream), self.length(&before.node, &before.span));
                Aggregate::Unseen(field?, before?)
            }
            AggregateTerm::Share(predicate) => Aggregate::Share(self.predicate(predicate, stream)?),
            AggregateTerm::Elapsed(predicate) => Aggregate::Elapsed(self.predicate(predicate, stream)?),
        })
    }

    fn field(&mut self, operand: &Spanned<OperandTerm>, stream: Stream) -> Option<Field> {
        match &operand.node {
            OperandTerm::Field(name) => {
                let mut compiler =
                    PredicateCompiler { reader: self.reader, scope: self.names.scope, node: self.node, stream };
                compiler.field(name, &operand.span)
            }
            OperandTerm::Function(name, _) => {
                let help = "give it a field, such as calledNumber";
                self.error(&operand.span, format!("an aggregate of `{name}()` is not supported yet"), help);
                None
            }
        }
    }

    fn length_field(&mut self, operand: &Spanned<OperandTerm>, stream: Stream, aggregate: &str) -> Option<Field> {
        let field = self.field(operand, stream)?;
        if field.field_type() == FieldType::Duration {
            return Some(field);
        }
        let of_stream = if stream == Stream::Calls { "callDuration" } else { "delay" };
        let message = format!("`{aggregate}` applies to lengths of time, not to {}", noun(field.field_type()));
        self.error(
            &operand.span,
            message,
            format!("write {aggregate}({of_stream}), or count: distinct({})", field.name()),
        );
        None
    }

    fn window(&mut self, window: &Spanned<WindowTerm>) -> Option<Window> {
        Some(match &window.node {
            WindowTerm::Sliding(length) => Window::Sliding(self.length(length, &window.span)?),
            WindowTerm::Anchored(length) => Window::Anchored(self.length(length, &window.span)?),
            WindowTerm::Calendar(unit, None) => Window::Calendar(*unit, self.names.scope.zone.clone()),
            WindowTerm::Calendar(unit, Some(name)) => match Zone::new(&name.node) {
                Some(zone) => Window::Calendar(*unit, zone),
                None => {
                    self.error(&name.span, format!("unknown time zone `{}`", name.node), zone_help(&name.node));
                    return None;
                }
            },
        })
    }

    fn length(&mut self, literal: &LiteralTerm, span: &Range<usize>) -> Option<Millis> {
        let constant = match literal {
            LiteralTerm::Constant(constant) => constant.clone(),
            LiteralTerm::Parameter(name) => parameter(self.reader, self.names.scope, self.node, name, span)?,
            LiteralTerm::Word(_) => Constant::Text(String::new()),
        };
        match constant {
            Constant::Duration(length) if length > Millis::ZERO => return Some(length),
            Constant::Duration(_) => self.error(span, "the length of time must be above zero", "write 15m, 1h, 7d"),
            _ => self.error(span, "a length of time needs its unit", "write 10s, 15m (minutes), 1h, 7d or 2w"),
        }
        None
    }
}

/// The text with every stretch of blanks as one space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
