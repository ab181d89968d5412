//! Predicates: names looked up, literals brought to the type of their field.

use super::reader::Reader;
use super::scope::Scope;
use super::weekdays::weekdays;
use crate::suggestion::suggestion;
use crate::syntax::{Constant, LiteralTerm, OperandTerm, PredicateTerm, Spanned};
use crate::{Field, FieldType, Literal, Operand, Operator, Predicate, Stream, TimeOf};
use ringfence_cdr::yaml::Node;

/// The functions of the language; those that cannot be used yet with what to use instead.
const FUNCTIONS: [(&str, Option<&str>); 6] = [
    ("time", None),
    ("weekday", None),
    ("date", None),
    ("country", None),
    ("age", Some("until then list new cards: callingNumber in @new-cards")),
    ("region", Some("until then compare prefixes: calledNumber startsWith \"+8610\"")),
];

/// Compiles the predicates of one YAML scalar.
pub(crate) struct PredicateCompiler<'r, 'f, 's> {
    pub(crate) reader: &'r mut Reader<'f>,
    pub(crate) scope: &'s Scope<'s>,
    pub(crate) node: &'r Node,
    pub(crate) stream: Stream,
}

type Typed = (Operand, FieldType);

impl PredicateCompiler<'_, '_, '_> {
    pub(super) fn error(
        &mut self,
        span: &std::ops::Range<usize>,
        message: impl Into<Box<str>>,
        help: impl Into<Box<str>>,
    ) {
        self.reader.error_in(self.node, span, message, help);
    }

    /// The compiled predicate; `None` once an error was reported.
    pub(crate) fn predicate(&mut self, term: &Spanned<PredicateTerm>) -> Option<Predicate> {
        match &term.node {
            PredicateTerm::All(parts) => self.parts(parts).map(Predicate::All),
            PredicateTerm::Any(parts) => self.parts(parts).map(Predicate::Any),
            PredicateTerm::Not(part) => Some(Predicate::Not(Box::new(self.predicate(part)?))),
            PredicateTerm::Compare(operand, operator, literal) => self.comparison(operand, *operator, literal),
            PredicateTerm::OneOf(operand, literals) => {
                let typed = self.operand(operand)?;
                let literals: Vec<Option<Literal>> =
                    literals.iter().map(|literal| self.literal(typed.1, literal)).collect();
                Some(Predicate::OneOf(typed.0, literals.into_iter().collect::<Option<_>>()?))
            }
            PredicateTerm::Between(operand, low, high) => self.range(operand, low, high),
            PredicateTerm::InList(operand, list) => self.in_list(operand, list),
            PredicateTerm::StartsWith(operand, prefix) => self.starts_with(operand, prefix),
            PredicateTerm::Bare(operand) => self.bare(operand),
        }
    }

    fn parts(&mut self, parts: &[Spanned<PredicateTerm>]) -> Option<Vec<Predicate>> {
        let parts: Vec<Option<Predicate>> = parts.iter().map(|part| self.predicate(part)).collect();
        parts.into_iter().collect()
    }

    fn comparison(
        &mut self,
        operand: &Spanned<OperandTerm>,
        operator: Operator,
        literal: &Spanned<LiteralTerm>,
    ) -> Option<Predicate> {
        let (operand, field_type) = self.operand(operand)?;
        let compiled = self.literal(field_type, literal)?;
        let ordered =
            matches!(field_type, FieldType::Duration | FieldType::Integer | FieldType::Time | FieldType::Date);
        if !ordered && !matches!(operator, Operator::Equal | Operator::NotEqual) {
            let message = format!("{} has no order: `{}` does not apply", noun(field_type), operator.name());
            self.error(&literal.span, message, "compare with `==` or `!=`, or with `in [...]`");
            return None;
        }
        Some(Predicate::Compare(operand, operator, compiled))
    }

    fn range(
        &mut self,
        operand: &Spanned<OperandTerm>,
        low: &Spanned<LiteralTerm>,
        high: &Spanned<LiteralTerm>,
    ) -> Option<Predicate> {
        let (compiled, field_type) = self.operand(operand)?;
        let (first, last) = (self.literal(field_type, low), self.literal(field_type, high));
        let (first, last) = (first?, last?);
        let ascending = match (&first, &last) {
            (Literal::Weekday(first), Literal::Weekday(last)) => {
                return Some(Predicate::OneOf(compiled, weekdays(*first, *last)));
            }
            (Literal::Time(first), Literal::Time(last)) => {
                if first == last {
                    self.error(&high.span, "the range is empty", "of times of day the end is not included");
                    return None;
                }
                true
            }
            (Literal::Duration(first), Literal::Duration(last)) => first <= last,
            (Literal::Integer(first), Literal::Integer(last)) => first <= last,
            (Literal::Date(first), Literal::Date(last)) => first <= last,
            _ => {
                let message = format!("{} has no order: a range does not apply", noun(field_type));
                self.error(&operand.span, message, "list the values: in [a, b]");
                return None;
            }
        };
        if !ascending {
            self.error(&high.span, "the range ends before it begins", "swap its ends");
            return None;
        }
        Some(Predicate::Between(compiled, first, last))
    }

    fn in_list(&mut self, operand: &Spanned<OperandTerm>, list: &Spanned<String>) -> Option<Predicate> {
        let typed = self.operand(operand);
        let index = self.scope.list(&list.node);
        if index.is_none() {
            let names: Vec<&str> = self.scope.lists.iter().map(|list| &**list).collect();
            let help = match ringfence_cdr::nearest(&list.node, names.iter().copied()) {
                Some(name) => format!("did you mean `@{name}`?"),
                None => format!("add it to the pack as lists/{}.csv", list.node),
            };
            self.error(&list.span, format!("unknown list `@{}`", list.node), help);
        }
        match typed? {
            (Operand::Field(field), FieldType::Number) => Some(Predicate::InList(field, index?)),
            (Operand::Date(_), _) => {
                let help = "until then list the days in the rule: date(calledNumber) in [2026-10-01, 2026-10-02]";
                self.error(&operand.span, "lists of days are not supported yet", help);
                None
            }
            (_, field_type) => {
                let message = format!("a list holds numbers, and {} is none", noun(field_type));
                self.error(&operand.span, message, "look up callingNumber, calledNumber or complainant");
                None
            }
        }
    }

    fn starts_with(&mut self, operand: &Spanned<OperandTerm>, prefix: &Spanned<LiteralTerm>) -> Option<Predicate> {
        let typed = self.operand(operand);
        let text = match self.resolved(prefix)? {
            LiteralTerm::Constant(Constant::Text(text)) => text,
            _ => {
                self.error(&prefix.span, "a prefix is a text", "write it in double quotes: \"+8695\"");
                return None;
            }
        };
        match typed? {
            (Operand::Field(field), FieldType::Number | FieldType::Text) => {
                Some(Predicate::StartsWith(field, text.into()))
            }
            (_, field_type) => {
                let message = format!("`startsWith` applies to numbers and texts, not to {}", noun(field_type));
                self.error(&operand.span, message, "compare it with `==` or `in`");
                None
            }
        }
    }

    fn bare(&mut self, operand: &Spanned<OperandTerm>) -> Option<Predicate> {
        match self.operand(operand)? {
            (Operand::Field(field), FieldType::Boolean) => Some(Predicate::Is(field)),
            (_, field_type) => {
                let message = format!("{} alone is no condition", noun(field_type));
                self.error(&operand.span, message, "compare it: callDuration < 10s");
                None
            }
        }
    }

    /// The operand with the type of its values.
    fn operand(&mut self, term: &Spanned<OperandTerm>) -> Option<Typed> {
        match &term.node {
            OperandTerm::Field(name) => {
                let field = self.field(name, &term.span)?;
                Some((Operand::Field(field), field.field_type()))
            }
            OperandTerm::Function(name, argument) => self.function(name, argument.as_ref(), &term.span),
        }
    }

    /// A field of the stream.
    pub(crate) fn field(&mut self, name: &str, span: &std::ops::Range<usize>) -> Option<Field> {
        let of_stream = |field: &Field| match self.stream {
            Stream::Calls => field.of_calls(),
            Stream::Complaints => field.of_complaints(),
        };
        let (this, other) = match self.stream {
            Stream::Calls => ("call", "complaint"),
            Stream::Complaints => ("complaint", "call"),
        };
        if let Some(field) = Field::ALL.iter().find(|field| field.name() == name) {
            if of_stream(field) {
                return Some(*field);
            }
            let names = Field::ALL.iter().filter(|field| of_stream(field)).map(|field| field.name());
            let help = format!("fields of a {this} are {}", names.collect::<Vec<_>>().join(", "));
            self.error(span, format!("`{name}` is a field of a {other}, not of a {this}"), help);
            return None;
        }
        if FUNCTIONS.iter().any(|(function, _)| *function == name) {
            self.error(span, format!("`{name}` needs its brackets"), format!("write `{name}(calledNumber)`"));
            return None;
        }
        if let Some((whose, _)) = name.split_once('.')
            && let Some(instead) = later_fields(whose)
        {
            self.error(span, format!("`{name}` is not supported yet"), instead);
            return None;
        }
        let known = Field::ALL.iter().filter(|field| of_stream(field)).map(|field| field.name());
        let help = suggestion(name, known);
        self.error(span, format!("unknown field `{name}`"), help);
        None
    }

    fn function(
        &mut self,
        name: &str,
        argument: Option<&Spanned<String>>,
        span: &std::ops::Range<usize>,
    ) -> Option<Typed> {
        match FUNCTIONS.iter().find(|(known, _)| *known == name) {
            None => {
                let known = FUNCTIONS.iter().filter(|(_, later)| later.is_none()).map(|(name, _)| *name);
                let help = suggestion(name, known);
                self.error(span, format!("unknown function `{name}`"), help);
                return None;
            }
            Some((_, Some(instead))) => {
                self.error(span, format!("`{name}()` is not supported yet"), *instead);
                return None;
            }
            Some((_, None)) => {}
        }
        let field = match argument {
            None => None,
            Some(argument) => Some(self.number_field(&argument.node, &argument.span)?),
        };
        let of = field.map_or(TimeOf::Pack, TimeOf::Number);
        match (name, field) {
            ("time", _) => Some((Operand::Time(of), FieldType::Time)),
            ("weekday", _) => Some((Operand::Weekday(of), FieldType::Weekday)),
            ("date", _) => Some((Operand::Date(of), FieldType::Date)),
            (_, Some(field)) => Some((Operand::Country(field), FieldType::Text)),
            (_, None) => {
                self.error(span, "`country()` needs a number", "write country(calledNumber)");
                None
            }
        }
    }

    fn number_field(&mut self, name: &str, span: &std::ops::Range<usize>) -> Option<Field> {
        let field = self.field(name, span)?;
        if field.field_type() == FieldType::Number {
            return Some(field);
        }
        self.error(span, format!("`{name}` is no phone number"), "write calledNumber");
        None
    }

    /// The literal with a parameter replaced by its value.
    pub(super) fn resolved(&mut self, literal: &Spanned<LiteralTerm>) -> Option<LiteralTerm> {
        let LiteralTerm::Parameter(name) = &literal.node else { return Some(literal.node.clone()) };
        parameter(self.reader, self.scope, self.node, name, &literal.span).map(LiteralTerm::Constant)
    }
}

/// The value of a parameter; an unknown one is reported.
pub(crate) fn parameter(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    node: &Node,
    name: &str,
    span: &std::ops::Range<usize>,
) -> Option<Constant> {
    match scope.parameters.value(name) {
        Some(value) => value.cloned(),
        None => {
            let help = match ringfence_cdr::nearest(name, scope.parameters.names()) {
                Some(near) => format!("did you mean `${near}`?"),
                None if scope.ladders.is_none() => {
                    "a rule file alone has no parameters: write the value, or check the whole pack".to_owned()
                }
                None => format!("add `{name}: ...` under `parameters` in pack.yaml"),
            };
            reader.error_in(node, span, format!("unknown parameter `${name}`"), help);
            None
        }
    }
}

fn later_fields(whose: &str) -> Option<&'static str> {
    match whose {
        "card" | "subscriber" => Some("until then list the cards concerned: callingNumber in @telemarketing-cards"),
        "extra" => Some("until then use the fields that every call has, such as serviceType"),
        _ => None,
    }
}

/// The type in words, with its article.
pub(crate) fn noun(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Number => "a phone number",
        FieldType::Text => "a text",
        FieldType::Duration => "a length of time",
        FieldType::Integer => "a whole number",
        FieldType::Boolean => "a yes-or-no field",
        FieldType::RecordType => "a record type",
        FieldType::Status => "a complaint's status",
        FieldType::Time => "a time of day",
        FieldType::Weekday => "a day of the week",
        FieldType::Date => "a date",
    }
}
