//! Predicates on one fact: which calls or complaints a rule or a measure counts.

use jiff::civil::{Time, Weekday};
use ringfence_cdr::{ComplaintStatus, EventTime, Field, Millis, RecordType};

use crate::Operator;

/// A condition on one fact. A comparison with an absent field is false, also `!=`; `Not` of it is true.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Holds for every fact.
    True,
    /// All of them hold.
    All(Vec<Predicate>),
    /// At least one holds.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// `field operator literal`; the literal has the field's type.
    Compare(Operand, Operator, Literal),
    /// `field in [a, b, c]`.
    OneOf(Operand, Vec<Literal>),
    /// `field in a..b`: both ends included; of times of day the end is excluded, and `21:00..09:00` spans midnight.
    Between(Operand, Literal, Literal),
    /// `field in @list`: the place among [`crate::Pack::lists`]; looked up as of the fact's time.
    InList(Field, usize),
    /// `startsWith(field, "text")`.
    StartsWith(Field, Box<str>),
    /// A bare boolean field: `answered`.
    Is(Field),
    /// The fact's event time lies before this instant: an exception counts until its end.
    Before(EventTime),
}

/// What a predicate compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A field of the fact.
    Field(Field),
    /// The local time of day of the fact.
    Time(TimeOf),
    /// The local day of the week of the fact.
    Weekday(TimeOf),
    /// The local date of the fact.
    Date(TimeOf),
    /// `country(calledNumber)`: ISO 3166 code of the country of a number, absent for numbers without one.
    Country(Field),
}

/// In whose zone a time of day is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeOf {
    /// `time()`: the pack's zone.
    Pack,
    /// `time(calledNumber)`: every zone of that number's place; the predicate must hold in each.
    Number(Field),
}

/// A literal of a predicate, typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A text in double quotes; also a number's.
    Text(Box<str>),
    /// A length of time.
    Duration(Millis),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A record type, bare.
    RecordType(RecordType),
    /// A complaint's status, bare.
    Status(ComplaintStatus),
    /// A time of day, `21:00` or `21:00:30`.
    Time(Time),
    /// A day of the week, `mon`.
    Weekday(Weekday),
    /// A date, `2026-12-01`.
    Date(jiff::civil::Date),
}

impl Predicate {
    /// The fields it reads, in reading order, each as often as it is named.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::True | Self::Before(_) => Vec::new(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Not(part) => part.fields(),
            Self::Compare(operand, ..) | Self::OneOf(operand, _) | Self::Between(operand, ..) => {
                operand.field().into_iter().collect()
            }
            Self::InList(field, _) | Self::StartsWith(field, _) | Self::Is(field) => vec![*field],
        }
    }

    /// Which fields it looks up in which lists, these as places among those of the pack.
    #[must_use]
    pub fn look_ups(&self) -> Vec<(Field, usize)> {
        match self {
            Self::InList(field, list) => vec![(*field, *list)],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::look_ups).collect(),
            Self::Not(part) => part.look_ups(),
            Self::True
            | Self::Before(_)
            | Self::Compare(..)
            | Self::OneOf(..)
            | Self::Between(..)
            | Self::StartsWith(..)
            | Self::Is(_) => Vec::new(),
        }
    }
}

impl Operand {
    /// The field it reads; the time of the fact itself is no field.
    #[must_use]
    pub fn field(self) -> Option<Field> {
        match self {
            Self::Field(field) | Self::Country(field) => Some(field),
            Self::Time(of) | Self::Weekday(of) | Self::Date(of) => match of {
                TimeOf::Pack => None,
                TimeOf::Number(field) => Some(field),
            },
        }
    }
}
