//! Predicates on one fact: which calls or complaints a rule or a measure counts.

use jiff::civil::{Time, Weekday};
use ringfence_cdr::{ComplaintStatus, EventTime, Millis, RecordType};

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
    /// `field in @list`: the index in [`crate::Pack::lists`]; looked up as of the fact's time.
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

/// A field of a call or of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// `callingNumber` (of a complaint: the complained number, the key).
    CallingNumber,
    /// `calledNumber`.
    CalledNumber,
    /// `callDuration`.
    CallDuration,
    /// `answered`.
    Answered,
    /// `causeForTerm`.
    CauseForTerm,
    /// `diagnostics`.
    Diagnostics,
    /// `recordType`.
    RecordType,
    /// `servedIMEI`.
    ServedImei,
    /// `servedIMSI`.
    ServedImsi,
    /// `cell`.
    Cell,
    /// `serviceType`.
    ServiceType,
    /// `attestation`.
    Attestation,
    /// `complainant` of a complaint.
    Complainant,
    /// `category` of a complaint.
    Category,
    /// `channel` of a complaint.
    Channel,
    /// `status` of a complaint.
    Status,
    /// `delay` of a complaint: received minus call time.
    Delay,
}

/// The type of a field or literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// A phone number; compares with text.
    Number,
    /// A text.
    Text,
    /// A length of time.
    Duration,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A record type.
    RecordType,
    /// A complaint's status.
    Status,
    /// A time of day.
    Time,
    /// A day of the week.
    Weekday,
    /// A calendar date.
    Date,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 17] = [
        Self::CallingNumber,
        Self::CalledNumber,
        Self::CallDuration,
        Self::Answered,
        Self::CauseForTerm,
        Self::Diagnostics,
        Self::RecordType,
        Self::ServedImei,
        Self::ServedImsi,
        Self::Cell,
        Self::ServiceType,
        Self::Attestation,
        Self::Complainant,
        Self::Category,
        Self::Channel,
        Self::Status,
        Self::Delay,
    ];

    /// The name in a rule.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CallingNumber => "callingNumber",
            Self::CalledNumber => "calledNumber",
            Self::CallDuration => "callDuration",
            Self::Answered => "answered",
            Self::CauseForTerm => "causeForTerm",
            Self::Diagnostics => "diagnostics",
            Self::RecordType => "recordType",
            Self::ServedImei => "servedIMEI",
            Self::ServedImsi => "servedIMSI",
            Self::Cell => "cell",
            Self::ServiceType => "serviceType",
            Self::Attestation => "attestation",
            Self::Complainant => "complainant",
            Self::Category => "category",
            Self::Channel => "channel",
            Self::Status => "status",
            Self::Delay => "delay",
        }
    }

    /// The type of its values.
    #[must_use]
    pub fn field_type(self) -> FieldType {
        match self {
            Self::CallingNumber | Self::CalledNumber | Self::Complainant => FieldType::Number,
            Self::CallDuration | Self::Delay => FieldType::Duration,
            Self::Answered => FieldType::Boolean,
            Self::CauseForTerm | Self::Diagnostics => FieldType::Integer,
            Self::RecordType => FieldType::RecordType,
            Self::Status => FieldType::Status,
            Self::ServedImei
            | Self::ServedImsi
            | Self::Cell
            | Self::ServiceType
            | Self::Attestation
            | Self::Category
            | Self::Channel => FieldType::Text,
        }
    }

    /// Whether calls have this field.
    #[must_use]
    pub fn of_calls(self) -> bool {
        !self.of_complaints() || self == Self::CallingNumber
    }

    /// Whether complaints have this field; `callingNumber` is then the number complained of.
    #[must_use]
    pub fn of_complaints(self) -> bool {
        matches!(
            self,
            Self::CallingNumber | Self::Complainant | Self::Category | Self::Channel | Self::Status | Self::Delay
        )
    }
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

    /// The lists it looks into, as places among those of the pack.
    #[must_use]
    pub fn lists(&self) -> Vec<usize> {
        match self {
            Self::InList(_, list) => vec![*list],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::lists).collect(),
            Self::Not(part) => part.lists(),
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
