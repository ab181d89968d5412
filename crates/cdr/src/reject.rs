//! Why a record was not taken.

use std::fmt;

use crate::Hint;
use crate::hint::shape;

/// A record that could not be taken: a stable code for machines, and a detail for people that never holds a
/// phone number or any part of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// What is wrong, as a stable code.
    pub code: RejectCode,
    /// Which field and what was expected of it.
    pub detail: Box<str>,
    /// What helps to mend it, where more is known than the detail says.
    pub hint: Option<Box<Hint>>,
}

impl Reject {
    /// A reject with this code and detail.
    #[must_use]
    pub fn new(code: RejectCode, detail: impl Into<Box<str>>) -> Self {
        Self { code, detail: detail.into(), hint: None }
    }

    /// The same, of this field of the contract.
    #[must_use]
    pub fn of_field(mut self, field: &'static str) -> Self {
        self.hint_mut().field = Some(field);
        self
    }

    /// The same, with what to try.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<Box<str>>) -> Self {
        self.hint_mut().advice = Some(advice.into());
        self
    }

    /// The field of the contract that is at fault, where one is.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.hint.as_ref()?.field
    }

    /// The hint, where it says anything.
    #[must_use]
    pub fn said_hint(&self) -> Option<&Hint> {
        self.hint.as_deref().filter(|hint| !hint.is_empty())
    }

    /// Says from which column or key the field is read, and what is written there: its [shape].
    #[must_use]
    pub(crate) fn written(mut self, column: Option<&str>, text: &str) -> Self {
        let hint = self.hint_mut();
        hint.column = column.map(Box::from);
        hint.shape = shape(text);
        self
    }

    fn hint_mut(&mut self) -> &mut Hint {
        self.hint.get_or_insert_default()
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.detail)
    }
}

macro_rules! reject_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The stable codes of dead letters; they appear in headers, metrics and summaries.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RejectCode {
            $($(#[$doc])* $variant,)*
        }

        impl RejectCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Whether the bytes are no record at all, whatever its fields.
            #[must_use]
            pub fn is_no_record(self) -> bool {
                self <= Self::OddQuotes
            }

            /// Whether the record was refused for its times: it says nothing of what time it is.
            #[must_use]
            pub fn is_for_its_times(self) -> bool {
                matches!(self, Self::ImplausibleTime | Self::TooLate | Self::FromTheFuture)
            }

            /// Whether a record of this code was read, and refused for what it says: not because it is not written as its
            /// dialect takes it to be.
            #[must_use]
            pub fn was_read(self) -> bool {
                use RejectCode::{ConflictingDuplicate, FromTheFuture, HiddenNumber, TooLate, WrongPartition};
                matches!(self, HiddenNumber | TooLate | FromTheFuture | ConflictingDuplicate | WrongPartition)
            }

            /// The code as it appears outside.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

reject_codes! {
    /// There is nothing in it: a message without a value.
    NoValue = "no_value",
    /// Bytes that are no text of the declared encoding, in a field that is read.
    BadEncoding = "bad_encoding",
    /// No JSON: cut short, a comma too many, a bracket or a quote too few.
    BadJson = "bad_json",
    /// JSON, but no object: a list, a text, a number.
    NotAnObject = "not_an_object",
    /// `NaN` or an infinity, which JSON has not.
    NotANumber = "not_a_number",
    /// A key that is read is given twice.
    DuplicateKey = "duplicate_key",
    /// No datum of the Avro schema.
    BadAvro = "bad_avro",
    /// There is something behind the object.
    TrailingText = "trailing_text",
    /// The row has another number of columns than expected.
    ColumnCount = "column_count",
    /// Quotes that do not say where the columns of the row end.
    OddQuotes = "odd_quotes",
    /// A required field is absent or empty.
    MissingField = "missing_field",
    /// A field is there but cannot be read as what it should be.
    InvalidField = "invalid_field",
    /// The calling (or complained) number is absent, hidden or anonymous: there is no key to judge.
    HiddenNumber = "hidden_number",
    /// A number has characters that no number has, or is too long.
    InvalidNumber = "invalid_number",
    /// The event time is one that no call or complaint has: before 1971, after 2199, or one that says never.
    ImplausibleTime = "implausible_time",
    /// A time names a zone that is not in the time zone database.
    UnknownZone = "unknown_zone",
    /// A local time comes twice as clocks go back, and the dialect refuses to choose.
    AmbiguousTime = "ambiguous_time",
    /// The record arrived more than the lateness after its event time.
    TooLate = "too_late",
    /// The record's event time is more than the skew after its arrival.
    FromTheFuture = "from_the_future",
    /// A record with the same identity was read before with other contents; the detail says which stands.
    ConflictingDuplicate = "conflicting_duplicate",
    /// The record's key belongs to another partition than the one it was found in.
    WrongPartition = "wrong_partition",
    /// The record is larger than the limit.
    TooLarge = "too_large",
}
