//! The fields of a record, read but not yet judged fit: what canonical JSON and every dialect are turned into.
//!
//! What a call is (its time, whether it was answered, whether it is a part, whether it was served) is decided here
//! alone, so that it is the same whatever the record was written in.

use std::fmt;

use crate::{
    Answer, Cdr, CdrContext, Complaint, Details, EventTime, Fingerprint, Millis, Number, NumberFault, Numbering, Part,
    RecordType, Reject, RejectCode, Served, Treatments,
};

/// `causeForTerm` 1 (partialRecord) and 2 (partialRecordCallReestablishment) of TS 32.298.
const PARTIAL_CAUSES: [u16; 2] = [1, 2];
/// `causeForTerm` 3 of TS 32.298: unsuccessfulCallAttempt.
const UNSUCCESSFUL: u16 = 3;
/// The longest text of a field that a rule may read; longer ones would be a way to fill memory.
const TEXT_LENGTH_MAX: usize = 256;
/// Between `recordingEntity` and `callReference`: in neither.
const REFERENCE_SEPARATOR: char = '\u{1f}';

macro_rules! record {
    ($(#[$about:meta])* $record:ident { $($_field:ident $place:ident $held:ident $name:literal $_rule:tt;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Default, PartialEq)]
        pub struct $record<'a> {
            $(
                #[doc = concat!("`", $name, "`.")]
                pub $place: held!('a $held),
            )*
        }

        impl fmt::Debug for $record<'_> {
            /// Never the fields: they hold numbers.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($record), "(..)"))
            }
        }
    };
}

call_fields!(record
    /// The fields of a call detail record, named as in TS 32.298; `docs/records.md` says what each is. Numbers are as
    /// written. An absent text is `None`, or empty where it is required; of the seizure and the answer time one is
    /// required. The release time is kept for writing, no rule reads it, and archives alone have an arrival time.
    CdrFields
);

complaint_fields!(record
    /// The fields of a complaint; `docs/records.md` says what each is. Numbers are as written. An absent text is `None`,
    /// or empty where it is required. The source is kept for writing, no rule reads it, and archives alone have an arrival
    /// time.
    ComplaintFields
);

macro_rules! details {
    ({ $($field:ident $place:ident $held:ident $name:literal
        [$($number:literal $type:ident $(detail $at:literal)?)?];)* }) => {
        impl CdrFields<'_> {
            /// The rare texts, each of a length that may be kept.
            fn details(&self) -> Result<Details, Reject> {
                Ok(Details { $($($($place: given!($at text($name, self.$place)?),)?)?)* })
            }
        }
    };
}

call_fields!(details);

impl CdrFields<'_> {
    /// The call that these fields describe; `None` where its record type does not count at this source.
    ///
    /// # Errors
    /// A [`Reject`] where a required field is absent or a field cannot be what it should be.
    pub fn decode(&self, context: &CdrContext) -> Result<Option<Cdr>, Reject> {
        if !context.counted.contains(self.record_type) {
            return Ok(None);
        }
        if self.record_id.is_empty() {
            return Err(missing("recordId"));
        }
        let numbering = &context.numbering;
        let calling_number = key_number(numbering, "callingNumber", self.calling_number)?;
        let called_number = self.called(numbering)?;
        let at = self.seizure_time.or(self.answer_time).ok_or_else(|| {
            Reject::new(RejectCode::MissingField, "seizureTime or answerTime is missing").of_field("seizureTime")
        })?;
        let part = self.part()?;
        let served = self.served(context, &calling_number);
        Ok(Some(Cdr {
            fingerprint: Fingerprint::of(self.record_id),
            record_type: self.record_type,
            calling_number,
            called_number,
            at,
            arrival: self.arrival_time,
            call_duration: self.call_duration,
            answer: self.answer(),
            cause_for_term: self.cause_for_term,
            diagnostics: self.diagnostics,
            served,
            part,
            leg: None,
            details: self.details()?,
            treatments: Treatments::default(),
        }))
    }

    /// A hidden called number is no called number: the record lacks a required field.
    fn called(&self, numbering: &Numbering) -> Result<Number, Reject> {
        numbering.normalise(self.called_number).map_err(|fault| match fault {
            NumberFault::Hidden if self.called_number.is_empty() => missing("calledNumber"),
            NumberFault::Hidden => {
                let detail = "calledNumber (it is written as hidden or unknown) is missing";
                Reject::new(RejectCode::MissingField, detail).of_field("calledNumber")
            }
            NumberFault::Malformed => malformed_number("calledNumber"),
        })
    }

    fn answer(&self) -> Answer {
        let stated = |answered| if answered { Answer::Answered } else { Answer::Unanswered };
        match (self.answered, self.answer_time, self.cause_for_term) {
            (Some(answered), ..) => stated(answered),
            (None, None, None) if self.call_duration > Some(Millis::ZERO) => Answer::AssumedAnswered,
            (None, None, None) => Answer::AssumedUnanswered,
            (None, answer_time, cause) => stated(answer_time.is_some() && cause != Some(UNSUCCESSFUL)),
        }
    }

    /// The tie to the other parts of the call. A part without a `callReference` has nothing to be joined by and is a
    /// call of its own; without a `recordingEntity` the source is taken as one entity.
    fn part(&self) -> Result<Option<Part>, Reject> {
        let partial = self.cause_for_term.is_some_and(|cause| PARTIAL_CAUSES.contains(&cause));
        if self.sequence_number.is_none() && !partial {
            return Ok(None);
        }
        let Some(reference) = text("callReference", self.call_reference)? else { return Ok(None) };
        let entity = text("recordingEntity", self.recording_entity)?.unwrap_or_default();
        let mut joined = String::with_capacity(entity.len() + 1 + reference.len());
        joined.push_str(&entity);
        joined.push(REFERENCE_SEPARATOR);
        joined.push_str(&reference);
        Ok(Some(Part { reference: joined.into(), sequence_number: self.sequence_number.unwrap_or(1) }))
    }

    /// When a call that was attempted then ended, as far as the record says. One that says neither when it was released
    /// nor how long it was ended as it was answered, or else attempted.
    pub(crate) fn ended(&self, attempt: EventTime) -> EventTime {
        let talked_until = || self.answer_time.unwrap_or(attempt).plus(self.call_duration.unwrap_or(Millis::ZERO));
        self.release_time.unwrap_or_else(talked_until).max(attempt)
    }

    fn served(&self, context: &CdrContext, calling_number: &Number) -> Served {
        let own_network = context.served_calling || self.record_type == Some(RecordType::MoCall);
        let own_card = |msisdn: &str| is_msisdn_of(&context.numbering, msisdn, calling_number);
        if own_network && self.served_msisdn.is_none_or(own_card) { Served::Yes } else { Served::No }
    }
}

impl ComplaintFields<'_> {
    /// The complaint that these fields describe.
    ///
    /// # Errors
    /// A [`Reject`] where a required field is absent or a field cannot be what it should be.
    pub fn decode(&self, numbering: &Numbering) -> Result<Complaint, Reject> {
        if self.complaint_id.is_empty() {
            return Err(missing("complaintId"));
        }
        let complained_number = key_number(numbering, "complainedNumber", self.complained_number)?;
        let complainant = match numbering.normalise(self.complainant_number.unwrap_or_default()) {
            Ok(number) => Some(number),
            Err(NumberFault::Hidden) => None,
            Err(NumberFault::Malformed) => return Err(malformed_number("complainantNumber")),
        };
        let at = self.received_time.ok_or_else(|| missing("receivedTime"))?;
        Ok(Complaint {
            fingerprint: Fingerprint::of(self.complaint_id),
            complained_number,
            complainant,
            at,
            arrival: self.arrival_time,
            call_time: self.call_time,
            category: text("category", self.category)?,
            channel: text("channel", self.channel)?,
            status: self.status,
            status_time: self.status_time.unwrap_or(at),
            treatments: Treatments::default(),
        })
    }
}

pub(crate) fn missing(field: &'static str) -> Reject {
    Reject::new(RejectCode::MissingField, format!("{field} is missing")).of_field(field)
}

pub(crate) fn invalid(field: &'static str, expected: &str) -> Reject {
    Reject::new(RejectCode::InvalidField, format!("{field} is not {expected}")).of_field(field)
}

fn malformed_number(field: &'static str) -> Reject {
    let detail = format!("{field} has characters that no number has, or is too long");
    Reject::new(RejectCode::InvalidNumber, detail).of_field(field)
}

fn key_number(numbering: &Numbering, field: &'static str, written: &str) -> Result<Number, Reject> {
    numbering.normalise(written).map_err(|fault| match fault {
        NumberFault::Hidden => {
            Reject::new(RejectCode::HiddenNumber, format!("{field} is absent or hidden")).of_field(field)
        }
        NumberFault::Malformed => malformed_number(field),
    })
}

/// An MSISDN is an international number by definition (TS 23.003), so digits alone are read with a `+` as well.
fn is_msisdn_of(numbering: &Numbering, msisdn: &str, number: &Number) -> bool {
    let same = |text: &str| numbering.normalise(text).is_ok_and(|served| served == *number);
    same(msisdn) || number.is_e164() && msisdn.bytes().all(|byte| byte.is_ascii_digit()) && same(&format!("+{msisdn}"))
}

/// A text as it is kept, `None` where it is absent or empty.
#[inline]
fn text(field: &'static str, text: Option<&str>) -> Result<Option<Box<str>>, Reject> {
    match text {
        None | Some("") => Ok(None),
        Some(text) if text.len() > TEXT_LENGTH_MAX => Err(invalid(field, "a text of at most 256 bytes")),
        Some(text) => Ok(Some(text.into())),
    }
}
