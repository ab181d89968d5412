//! One JSON value of a record, of whatever type: so that a wrong type is reported with the name of its field.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::fields::invalid;
use crate::{ComplaintStatus, EventTime, Millis, RecordType, Reject, cause, instant, seconds};

/// A JSON value, borrowed from the record where it has no escapes.
#[derive(Clone, Default, PartialEq)]
pub(crate) enum Scalar<'a> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction or too large to be whole.
    Decimal(f64),
    /// True or false.
    Flag(bool),
    /// An object or a list.
    Compound,
}

impl Scalar<'_> {
    /// Makes a number the text of its digits, for ids and telephone numbers that are written as numbers. False where only the
    /// record has them all.
    #[inline]
    pub(super) fn take_digits(&mut self) -> bool {
        match self {
            Self::Whole(whole) => *self = Self::Text(whole.to_string().into()),
            Self::Decimal(_) => return false,
            Self::Absent | Self::Text(_) | Self::Flag(_) | Self::Compound => {}
        }
        true
    }

    /// The text, or how a number is written; nothing for what is neither.
    pub(crate) fn written(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Whole(whole) => whole.to_string().into(),
            Self::Decimal(decimal) => decimal.to_string().into(),
            Self::Absent | Self::Flag(_) | Self::Compound => Cow::Borrowed(""),
        }
    }

    /// The text, `None` where the field is absent or empty.
    #[inline]
    pub(crate) fn text(&self, field: &'static str) -> Result<Option<&str>, Reject> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) if text.is_empty() => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            _ => Err(invalid(field, "a text")),
        }
    }

    /// The text of a required field, empty where it is absent.
    #[inline]
    pub(crate) fn required(&self, field: &'static str) -> Result<&str, Reject> {
        Ok(self.text(field)?.unwrap_or_default())
    }

    /// The time that an RFC 3339 text with an offset or a whole number of epoch milliseconds names.
    #[inline]
    pub(crate) fn time(&self, field: &'static str) -> Result<Option<EventTime>, Reject> {
        let time = match self {
            Self::Absent => return Ok(None),
            Self::Text(text) if text.is_empty() => return Ok(None),
            Self::Text(text) => instant::of_field(text),
            Self::Whole(ms) => Some(EventTime(*ms)),
            _ => None,
        };
        time.map(Some).ok_or_else(|| invalid(field, "an RFC 3339 time with an offset, nor epoch milliseconds"))
    }

    /// The same, of a time that a dialect must have.
    #[inline]
    pub(crate) fn required_time(&self, field: &'static str) -> Result<Option<EventTime>, Reject> {
        self.time(field)
    }

    /// The length of time that a number of seconds is.
    pub(crate) fn seconds(&self, field: &'static str) -> Result<Option<Millis>, Reject> {
        let length = match self {
            Self::Absent => return Ok(None),
            Self::Text(text) if text.is_empty() => return Ok(None),
            Self::Whole(whole) => Some(seconds::from_whole(*whole, 1000)),
            Self::Decimal(decimal) => Some(seconds::from_decimal_seconds(*decimal)),
            Self::Text(text) => seconds::from_text(text, 1000),
            Self::Flag(_) | Self::Compound => None,
        };
        length.map(Some).ok_or_else(|| invalid(field, "a number of seconds"))
    }

    /// A cause by its number, or by its name in TS 32.298.
    pub(crate) fn cause(&self, field: &'static str) -> Result<Option<u16>, Reject> {
        match self {
            Self::Text(text) if !text.is_empty() => {
                cause::from_text(text).map(Some).ok_or_else(|| invalid(field, cause::EXPECTED))
            }
            _ => self.integer(field),
        }
    }

    /// A whole number up to 65,535.
    pub(crate) fn whole(&self, field: &'static str) -> Result<Option<u16>, Reject> {
        self.integer(field)
    }

    /// A whole number up to 4,294,967,295.
    pub(crate) fn count(&self, field: &'static str) -> Result<Option<u32>, Reject> {
        self.integer(field)
    }

    /// A whole number, written as a number or as its digits.
    fn integer<T: TryFrom<i64>>(&self, field: &'static str) -> Result<Option<T>, Reject> {
        let whole = match self {
            Self::Absent => return Ok(None),
            Self::Text(text) if text.is_empty() => return Ok(None),
            Self::Whole(whole) => Some(*whole),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        };
        let fitting = whole.and_then(|whole| T::try_from(whole).ok());
        fitting.map(Some).ok_or_else(|| invalid(field, "a whole number in its range"))
    }

    /// True or false.
    pub(crate) fn flag(&self, field: &'static str) -> Result<Option<bool>, Reject> {
        match self {
            Self::Absent => Ok(None),
            Self::Flag(flag) => Ok(Some(*flag)),
            _ => Err(invalid(field, "true or false")),
        }
    }

    /// The record type of this name, or of this number in TS 32.298; `None` where none is stated.
    pub(crate) fn record_type(&self, field: &'static str) -> Result<Option<RecordType>, Reject> {
        let record_type = match self {
            Self::Whole(number) => RecordType::from_record(&number.to_string()),
            _ => match self.text(field)? {
                Some(name) => RecordType::from_record(name),
                None => return Ok(None),
            },
        };
        record_type.map(Some).ok_or_else(|| invalid(field, "a known record type"))
    }

    /// The status of this name, alleged where none is stated.
    pub(crate) fn status(&self, field: &'static str) -> Result<ComplaintStatus, Reject> {
        let Some(name) = self.text(field)? else { return Ok(ComplaintStatus::default()) };
        ComplaintStatus::from_name(name).ok_or_else(|| invalid(field, ComplaintStatus::EXPECTED))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, whole: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Whole(whole))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(whole).map_or(Scalar::Decimal(whole as f64), Scalar::Whole))
    }

    fn visit_f64<E>(self, decimal: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Decimal(decimal))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Compound)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Compound)
    }
}
