//! Literals of predicates, brought to the type of the field that they are compared with.

use ringfence_cdr::{ComplaintStatus, RecordType};

use super::predicate::{PredicateCompiler, noun};
use super::weekdays::WEEKDAYS;
use crate::suggestion::suggestion;
use crate::syntax::{Constant, LiteralTerm, Spanned};
use crate::{FieldType, Literal};

impl PredicateCompiler<'_, '_, '_> {
    /// The literal with the type wanted; `None` once an error was reported.
    pub(super) fn literal(&mut self, wanted: FieldType, literal: &Spanned<LiteralTerm>) -> Option<Literal> {
        let resolved = self.resolved(literal)?;
        let span = &literal.span;
        Some(match (wanted, &resolved) {
            (FieldType::Number, LiteralTerm::Constant(Constant::Text(text))) => {
                match self.scope.numbering.normalise(text) {
                    Ok(number) => Literal::Text(number.to_string().into()),
                    Err(why) => {
                        self.error(span, format!("this {why}"), "write it as +8613..., or nationally");
                        return None;
                    }
                }
            }
            (FieldType::Text, LiteralTerm::Constant(Constant::Text(text))) => Literal::Text(text.as_str().into()),
            (FieldType::Duration, LiteralTerm::Constant(Constant::Duration(length))) => Literal::Duration(*length),
            (FieldType::Integer, LiteralTerm::Constant(Constant::Number(number))) if number.integer().is_some() => {
                Literal::Integer(number.integer()?)
            }
            (FieldType::Time, LiteralTerm::Constant(Constant::Time(time))) => Literal::Time(*time),
            (FieldType::Date, LiteralTerm::Constant(Constant::Date(date))) => Literal::Date(*date),
            (FieldType::Boolean, LiteralTerm::Word(word)) if matches!(&**word, "true" | "false") => {
                Literal::Boolean(word == "true")
            }
            (FieldType::RecordType | FieldType::Status | FieldType::Weekday, LiteralTerm::Word(word)) => {
                match enumerated(wanted, word) {
                    Some(literal) => literal,
                    None => {
                        let names = enumerated_names(wanted);
                        let help = suggestion(word, names);
                        self.error(span, format!("`{word}` is no {}", noun_bare(wanted)), help);
                        return None;
                    }
                }
            }
            (_, found) => {
                let message = format!("{} does not compare with {}", noun(wanted), describe(found));
                self.error(span, message, example(wanted));
                return None;
            }
        })
    }
}

fn enumerated(wanted: FieldType, word: &str) -> Option<Literal> {
    match wanted {
        FieldType::RecordType => RecordType::from_name(word).map(Literal::RecordType),
        FieldType::Status => ComplaintStatus::from_name(word).map(Literal::Status),
        _ => WEEKDAYS.iter().find(|(name, _)| *name == word).map(|(_, day)| Literal::Weekday(*day)),
    }
}

fn enumerated_names(wanted: FieldType) -> Vec<&'static str> {
    match wanted {
        FieldType::RecordType => RecordType::ALL.iter().map(|record_type| record_type.name()).collect(),
        FieldType::Status => ComplaintStatus::ALL.iter().map(|status| status.name()).collect(),
        _ => WEEKDAYS.iter().map(|(name, _)| *name).collect(),
    }
}

fn noun_bare(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::RecordType => "record type",
        FieldType::Status => "status of a complaint",
        _ => "day of the week",
    }
}

fn describe(literal: &LiteralTerm) -> String {
    match literal {
        LiteralTerm::Constant(Constant::Number(_)) => "a bare number".to_owned(),
        LiteralTerm::Constant(Constant::Percent(_)) => "a percentage".to_owned(),
        LiteralTerm::Constant(Constant::Duration(_)) => "a length of time".to_owned(),
        LiteralTerm::Constant(Constant::Time(_)) => "a time of day".to_owned(),
        LiteralTerm::Constant(Constant::Date(_)) => "a date".to_owned(),
        LiteralTerm::Constant(Constant::Text(_)) => "a text in quotes".to_owned(),
        LiteralTerm::Word(word) => format!("the word `{word}`"),
        LiteralTerm::Parameter(name) => format!("`${name}`"),
    }
}

fn example(wanted: FieldType) -> &'static str {
    match wanted {
        FieldType::Number => "write the number in double quotes: \"+861065001234\"",
        FieldType::Text => "write the text in double quotes",
        FieldType::Duration => "write a unit: 500ms, 10s, 15m, 1h",
        FieldType::Integer => "write a whole number without quotes: 17",
        FieldType::Boolean => "write the field alone, or with `not` before it",
        FieldType::RecordType => "write a record type without quotes: moCall",
        FieldType::Status => "write a status without quotes: upheld",
        FieldType::Time => "write a time of day: 21:00",
        FieldType::Weekday => "write a day without quotes: mon",
        FieldType::Date => "write a date: 2026-12-01",
    }
}
