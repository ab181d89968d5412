//! Predicates on stored facts.

use std::fmt::Write;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use ringfence_cdr::{EventTime, Number, PackedNumber};
use ringfence_rules::{Field, FieldType, Listed, Literal, Operand, Operator, Pack, Predicate, Stream, TimeOf};
use ringfence_timeline::{CallFact, ComplaintFact, Symbols};

use crate::rulebook::Lists;

/// A fact of either stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fact<'a> {
    Call(&'a CallFact),
    Complaint(&'a ComplaintFact),
}

/// What predicates need to know besides the fact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matcher<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) symbols: &'a Symbols,
    pub(crate) key: PackedNumber,
    /// When the key is on each list of the pack.
    pub(crate) listed: &'a [Listed],
    /// The lists of the pack.
    pub(crate) lists: &'a Lists,
}

/// The value of a field; texts as symbols, so that equal values are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldValue {
    Integer(i64),
    Number(PackedNumber),
    Text(u32),
}

impl Fact<'_> {
    pub(crate) fn at(&self) -> EventTime {
        match self {
            Self::Call(call) => call.at,
            Self::Complaint(complaint) => complaint.at,
        }
    }

    pub(crate) fn stream(&self) -> Stream {
        match self {
            Self::Call(_) => Stream::Calls,
            Self::Complaint(_) => Stream::Complaints,
        }
    }
}

impl FieldValue {
    /// Eight bytes that are equal for equal values of one field.
    pub(crate) fn atom(self) -> u64 {
        match self {
            Self::Integer(value) => value as u64,
            Self::Number(number) => number.0,
            Self::Text(symbol) => u64::from(symbol),
        }
    }
}

impl Matcher<'_> {
    /// The value of a field, `None` where the fact lacks it.
    pub(crate) fn value(&self, field: Field, fact: Fact<'_>) -> Option<FieldValue> {
        let text = |symbol: u32| (symbol != 0).then_some(FieldValue::Text(symbol));
        match (fact, field) {
            (_, Field::CallingNumber) => Some(FieldValue::Number(self.key)),
            (Fact::Call(call), Field::CalledNumber) => Some(FieldValue::Number(call.called_number)),
            (Fact::Call(call), Field::CallDuration) => {
                call.call_duration.map(|duration| FieldValue::Integer(i64::from(duration)))
            }
            (Fact::Call(call), Field::Answered) => Some(FieldValue::Integer(i64::from(call.answered))),
            (Fact::Call(call), Field::CauseForTerm) => {
                call.cause_for_term.map(|cause| FieldValue::Integer(i64::from(cause)))
            }
            (Fact::Call(call), Field::Diagnostics) => {
                call.diagnostics.map(|cause| FieldValue::Integer(i64::from(cause)))
            }
            (Fact::Call(call), Field::RecordType) => {
                call.record_type.map(|record_type| FieldValue::Integer(record_type as i64))
            }
            (Fact::Call(call), field) => {
                field.detail().and_then(|detail| text(self.symbols.detail(call.details, detail)))
            }
            (Fact::Complaint(complaint), Field::Complainant) => complaint.complainant.map(FieldValue::Number),
            (Fact::Complaint(complaint), Field::Category) => text(complaint.category),
            (Fact::Complaint(complaint), Field::Channel) => text(complaint.channel),
            (Fact::Complaint(complaint), Field::Status) => Some(FieldValue::Integer(complaint.status as i64)),
            (Fact::Complaint(complaint), Field::Delay) => complaint.delay.map(FieldValue::Integer),
            (Fact::Complaint(_), _) => None,
        }
    }

    /// The value as text.
    fn text(&self, value: FieldValue) -> String {
        let mut text = String::new();
        self.write(value, &mut text);
        text
    }

    /// Writes the value as text behind another, for digests.
    pub(crate) fn write(&self, value: FieldValue, text: &mut String) {
        // Writing to a string cannot fail.
        _ = match value {
            FieldValue::Integer(value) => write!(text, "{value}"),
            FieldValue::Number(number) => write!(text, "{}", self.symbols.number(number)),
            FieldValue::Text(symbol) => text.write_str(self.symbols.text(symbol).unwrap_or_default()),
        };
    }

    /// Whether a predicate holds for a fact.
    pub(crate) fn holds(&self, predicate: &Predicate, fact: Fact<'_>) -> bool {
        match predicate {
            Predicate::True => true,
            Predicate::All(parts) => parts.iter().all(|part| self.holds(part, fact)),
            Predicate::Any(parts) => parts.iter().any(|part| self.holds(part, fact)),
            Predicate::Not(part) => !self.holds(part, fact),
            Predicate::Compare(operand, operator, literal) => {
                self.test(*operand, fact, |value| value.compare(*operator, literal))
            }
            Predicate::OneOf(operand, literals) => self
                .test(*operand, fact, |value| literals.iter().any(|literal| value.compare(Operator::Equal, literal))),
            Predicate::Between(operand, low, high) => self.test(*operand, fact, |value| value.is_between(low, high)),
            Predicate::InList(field, list) => self.in_list(*field, *list, fact),
            Predicate::StartsWith(field, prefix) => {
                self.value(*field, fact).is_some_and(|value| self.text(value).starts_with(&**prefix))
            }
            Predicate::Is(field) => self.value(*field, fact) == Some(FieldValue::Integer(1)),
            Predicate::Before(end) => fact.at() < *end,
        }
    }

    fn in_list(&self, field: Field, list: usize, fact: Fact<'_>) -> bool {
        if field == Field::CallingNumber {
            match self.listed.get(list) {
                Some(Listed::Always) => return true,
                Some(Listed::AtTimes) => {}
                Some(Listed::Never) | None => return false,
            }
        }
        let Some(FieldValue::Number(number)) = self.value(field, fact) else { return false };
        self.lists.contain(list, &self.symbols.number(number), fact.at())
    }

    /// Whether a test holds for the operand; of a local time it must hold in every zone of the place.
    fn test(&self, operand: Operand, fact: Fact<'_>, test: impl Fn(Tested<'_>) -> bool) -> bool {
        let of = match operand {
            Operand::Field(field) => {
                return self.value(field, fact).is_some_and(|value| test(Tested::Field(self, field, value)));
            }
            Operand::Country(field) => {
                let Some(FieldValue::Number(number)) = self.value(field, fact) else { return false };
                let number = self.symbols.number(number);
                return self.pack.plan.country(&number).is_some_and(|country| test(Tested::Text(country)));
            }
            Operand::Time(of) | Operand::Weekday(of) | Operand::Date(of) => of,
        };
        let in_zone = |zone: &TimeZone| {
            let local = fact.at().timestamp().to_zoned_datetime(zone.clone()).datetime();
            test(match operand {
                Operand::Weekday(_) => Tested::Weekday(local.weekday()),
                Operand::Date(_) => Tested::Date(local.date()),
                _ => Tested::Time(local.time()),
            })
        };
        match of {
            TimeOf::Pack => in_zone(self.pack.zone.time_zone()),
            TimeOf::Number(field) => {
                let Some(FieldValue::Number(number)) = self.value(field, fact) else { return false };
                let zones = self.pack.plan.zones(&self.symbols.number(number));
                !zones.is_empty() && zones.iter().all(in_zone)
            }
        }
    }
}

/// What a literal is compared with.
#[derive(Clone, Copy)]
enum Tested<'a> {
    Field(&'a Matcher<'a>, Field, FieldValue),
    Text(&'a str),
    Time(jiff::civil::Time),
    Weekday(Weekday),
    Date(jiff::civil::Date),
}

impl Tested<'_> {
    fn compare(&self, operator: Operator, literal: &Literal) -> bool {
        self.order(literal).is_some_and(|order| operator.holds(order))
    }

    /// How the value stands to a literal of its type; `None` never holds (the type checker lets none through).
    fn order(&self, literal: &Literal) -> Option<std::cmp::Ordering> {
        match (self, literal) {
            (Self::Field(_, _, FieldValue::Number(number)), Literal::Text(text)) => self.number_order(*number, text),
            (Self::Field(matcher, _, value @ FieldValue::Text(_)), Literal::Text(text)) => {
                Some(matcher.text(*value).as_str().cmp(text))
            }
            (Self::Field(_, field, FieldValue::Integer(value)), literal) => {
                integer_of(literal, field.field_type()).map(|literal| value.cmp(&literal))
            }
            (Self::Text(value), Literal::Text(text)) => Some((*value).cmp(text)),
            (Self::Time(time), Literal::Time(literal)) => Some(time.cmp(literal)),
            (Self::Weekday(day), Literal::Weekday(literal)) => {
                Some(day.to_monday_zero_offset().cmp(&literal.to_monday_zero_offset()))
            }
            (Self::Date(date), Literal::Date(literal)) => Some(date.cmp(literal)),
            _ => None,
        }
    }

    fn number_order(&self, number: PackedNumber, text: &str) -> Option<std::cmp::Ordering> {
        match (PackedNumber::new(text), self) {
            (Some(literal), _) if literal == number => Some(std::cmp::Ordering::Equal),
            (_, Self::Field(matcher, ..)) => Some(matcher.symbols.number(number).cmp(&Number::new(text))),
            _ => None,
        }
    }

    /// `low..high`: both ends included; of times of day the end is excluded and midnight may be spanned.
    fn is_between(&self, low: &Literal, high: &Literal) -> bool {
        let from_low = self.order(low).is_some_and(std::cmp::Ordering::is_ge);
        match (self, low, high) {
            (Self::Time(time), Literal::Time(low), Literal::Time(high)) => {
                let (after, before) = (time >= low, time < high);
                if low <= high { after && before } else { after || before }
            }
            (Self::Weekday(_), Literal::Weekday(low), Literal::Weekday(high_day))
                if low.to_monday_zero_offset() > high_day.to_monday_zero_offset() =>
            {
                from_low || self.order(high).is_some_and(std::cmp::Ordering::is_le)
            }
            _ => from_low && self.order(high).is_some_and(std::cmp::Ordering::is_le),
        }
    }
}

fn integer_of(literal: &Literal, field_type: FieldType) -> Option<i64> {
    match (literal, field_type) {
        (Literal::Duration(duration), FieldType::Duration) => Some(duration.0),
        (Literal::Integer(value), FieldType::Integer) => Some(*value),
        (Literal::Boolean(value), FieldType::Boolean) => Some(i64::from(*value)),
        (Literal::RecordType(value), FieldType::RecordType) => Some(*value as i64),
        (Literal::Status(value), FieldType::Status) => Some(*value as i64),
        _ => None,
    }
}
