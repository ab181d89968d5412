//! A decoded call detail record.

use std::fmt;

use crate::fields::text;
use crate::{CdrFields, EventTime, Field, Fingerprint, Millis, Number, RecordType, Reject};

/// A call detail record, decoded and normalised. Times are milliseconds, durations milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Cdr {
    /// Of the `recordId`.
    pub fingerprint: Fingerprint,
    /// Which kind of record the network wrote, `None` where the record does not say.
    pub record_type: Option<RecordType>,
    /// Who called.
    pub calling_number: Number,
    /// Who was called.
    pub called_number: Number,
    /// The attempt time: `seizureTime`, else `answerTime`.
    pub at: EventTime,
    /// When the record arrived, where an archive says so; a Kafka record's timestamp takes its place there.
    pub arrival: Option<EventTime>,
    /// `callDuration` in milliseconds, `None` where the record has none.
    pub call_duration: Option<Millis>,
    /// Whether the call was answered, and how that is known.
    pub answer: Answer,
    /// `causeForTerm` as in TS 32.298.
    pub cause_for_term: Option<u16>,
    /// `diagnostics`, a Q.850 cause.
    pub diagnostics: Option<u16>,
    /// Whether the record is one of the calling card's own network.
    pub served: Served,
    /// Set where the record is one part of a longer call.
    pub part: Option<Part>,
    /// Fields that few records have; kept only where a rule reads them.
    pub details: Details,
}

/// Whether a call was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The record says so: a mapped field, or `answerTime` present and the cause not 3.
    Answered,
    /// The record says not.
    Unanswered,
    /// No field says so, the duration is above zero; counted in the summary.
    AssumedAnswered,
    /// No field says so, the duration is zero or absent; counted in the summary.
    AssumedUnanswered,
}

impl Answer {
    /// Whether the call counts as answered.
    #[must_use]
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Answered | Self::AssumedAnswered)
    }

    /// Whether only the duration spoke for it.
    #[must_use]
    pub fn is_assumed(self) -> bool {
        matches!(self, Self::AssumedAnswered | Self::AssumedUnanswered)
    }
}

/// Whether a record was written by the calling card's own network.
///
/// Only served calls can become a strike: the calling number of any other record is a claim that may be spoofed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// `moCall`, or a source declared `served: calling`, and a `servedMSISDN`, if present, is the calling number.
    Yes,
    /// Seen elsewhere.
    No,
}

/// What ties the parts of one long call together (TS 32.298: a record with a `sequenceNumber`, or with cause 1 or 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `recordingEntity` and `callReference`, joined; both are local to one network element.
    pub reference: Box<str>,
    /// `sequenceNumber`; a part without one counts as number 1.
    pub sequence_number: u32,
}

macro_rules! details {
    ({ $($field:ident $place:ident $held:ident $name:literal
        [$($number:literal $type:ident $(detail $at:literal)?)?];)* }) => {
        /// Texts of a call that few records have. Empty boxes cost nothing to carry.
        ///
        /// `Debug` names the fields that are there and never prints them: an IMSI is a person's.
        #[derive(Clone, Default, PartialEq)]
        pub struct Details {
            $($($(
                #[doc = concat!("`", $name, "`, at place ", $at, " among the details.")]
                pub $place: Option<Box<str>>,
            )?)?)*
        }

        /// A field of [`Details`], by its place among them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum DetailField {
            $($($(#[doc = concat!("`", $name, "`.")] $field = $at,)?)?)*
        }

        impl DetailField {
            /// How many there are.
            pub const COUNT: usize = [$($($($at,)?)?)*].len();
            /// All of them, in the order of their places.
            pub const ALL: [Self; Self::COUNT] = in_order![$($($(given!($at Self::$field),)?)?)*];

            /// The same, as a field that a rule can name.
            #[must_use]
            pub fn field(self) -> Field {
                match self {
                    $($($(given!($at Self::$field) => Field::$field,)?)?)*
                }
            }
        }

        impl Details {
            /// The text of a field, `None` where the record had none.
            #[must_use]
            pub fn get(&self, field: DetailField) -> Option<&str> {
                match field {
                    $($($(given!($at DetailField::$field) => self.$place.as_deref(),)?)?)*
                }
            }
        }

        impl CdrFields<'_> {
            /// The rare texts, each of a length that may be kept.
            pub(crate) fn details(&self) -> Result<Details, Reject> {
                Ok(Details { $($($($place: given!($at text($name, self.$place)?),)?)?)* })
            }
        }
    };
}

call_fields!(details);

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = DetailField::ALL.into_iter().filter(|field| self.get(*field).is_some());
        f.debug_set().entries(there.map(|field| field.field().name())).finish()
    }
}
