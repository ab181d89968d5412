//! Facts and the values of their fields.

use jiff::civil;
use ringfence_cdr::{Cdr, Complaint, ComplaintStatus, EventTime, Fingerprint, Millis, Number, RecordType};
use ringfence_rules::{Field, Literal, Stream};

/// One stored call or complaint, after duplicates, parts and versions were sorted out.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A call; one made of parts has their least time, the sum of their durations and the last one's cause.
    Call(Cdr),
    /// The version of a complaint that stands, also a rejected or withdrawn one, which no rule counts.
    Complaint(Complaint),
}

/// The value of a field, or what it is compared with. Values of one kind are ordered, those of two are not compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldValue {
    /// A text; also a number's.
    Text(String),
    /// A length of time.
    Duration(Millis),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A record type.
    RecordType(RecordType),
    /// A complaint's status.
    Status(ComplaintStatus),
    /// A time of day.
    Time(civil::Time),
    /// A day of the week, Monday is 1.
    Weekday(i8),
    /// A date.
    Date(civil::Date),
}

impl Fact {
    /// The event time.
    #[must_use]
    pub fn at(&self) -> EventTime {
        match self {
            Self::Call(call) => call.at,
            Self::Complaint(complaint) => complaint.at,
        }
    }

    /// The fingerprint of the record.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Call(call) => call.fingerprint,
            Self::Complaint(complaint) => complaint.fingerprint,
        }
    }

    /// The stream that the fact belongs to.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            Self::Call(_) => Stream::Calls,
            Self::Complaint(_) => Stream::Complaints,
        }
    }

    /// The number judged: who called, or who is complained of.
    #[must_use]
    pub fn number(&self) -> &Number {
        match self {
            Self::Call(call) => &call.calling_number,
            Self::Complaint(complaint) => &complaint.complained_number,
        }
    }

    /// The value of a field, `None` where it is absent or belongs to the other stream.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<FieldValue> {
        match self {
            Self::Call(call) => call_field(call, field),
            Self::Complaint(complaint) => complaint_field(complaint, field),
        }
    }

    /// The number in a field that holds one.
    #[must_use]
    pub fn number_field(&self, field: Field) -> Option<&Number> {
        match (self, field) {
            (Self::Call(call), Field::CallingNumber) => Some(&call.calling_number),
            (Self::Call(call), Field::CalledNumber) => Some(&call.called_number),
            (Self::Complaint(complaint), Field::CallingNumber) => Some(&complaint.complained_number),
            (Self::Complaint(complaint), Field::Complainant) => complaint.complainant.as_ref(),
            _ => None,
        }
    }
}

/// The value of a field of a call.
pub(crate) fn call_field(call: &Cdr, field: Field) -> Option<FieldValue> {
    let integer = |number: Option<u16>| number.map(|number| FieldValue::Integer(i64::from(number)));
    match field {
        Field::CallingNumber => Some(FieldValue::Text(call.calling_number.to_string())),
        Field::CalledNumber => Some(FieldValue::Text(call.called_number.to_string())),
        Field::CallDuration => call.call_duration.map(FieldValue::Duration),
        Field::Answered => Some(FieldValue::Boolean(call.answer.is_answered())),
        Field::CauseForTerm => integer(call.cause_for_term),
        Field::Diagnostics => integer(call.diagnostics),
        Field::RecordType => call.record_type.map(FieldValue::RecordType),
        _ => call.details.get(field.detail()?).map(|text| FieldValue::Text(text.to_owned())),
    }
}

/// The value of a field of a complaint.
pub(crate) fn complaint_field(complaint: &Complaint, field: Field) -> Option<FieldValue> {
    let text = |text: &Option<Box<str>>| text.as_ref().map(|text| FieldValue::Text(text.to_string()));
    match field {
        Field::CallingNumber => Some(FieldValue::Text(complaint.complained_number.to_string())),
        Field::Complainant => complaint.complainant.as_ref().map(|number| FieldValue::Text(number.to_string())),
        Field::Category => text(&complaint.category),
        Field::Channel => text(&complaint.channel),
        Field::Status => Some(FieldValue::Status(complaint.status)),
        Field::Delay => complaint.call_time.map(|called| FieldValue::Duration(complaint.at.since(called))),
        _ => None,
    }
}

impl FieldValue {
    /// The value as a whole number (a length of time in milliseconds), `None` for kinds that cannot be added.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Duration(Millis(value)) | Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// How two values of one kind compare, `None` for two kinds.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (std::mem::discriminant(self) == std::mem::discriminant(other)).then(|| self.cmp(other))
    }
}

impl From<&Literal> for FieldValue {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Text(text) => Self::Text(text.to_string()),
            Literal::Duration(duration) => Self::Duration(*duration),
            Literal::Integer(integer) => Self::Integer(*integer),
            Literal::Boolean(boolean) => Self::Boolean(*boolean),
            Literal::RecordType(record_type) => Self::RecordType(*record_type),
            Literal::Status(status) => Self::Status(*status),
            Literal::Time(time) => Self::Time(*time),
            Literal::Weekday(weekday) => Self::Weekday(weekday.to_monday_one_offset()),
            Literal::Date(date) => Self::Date(*date),
        }
    }
}
