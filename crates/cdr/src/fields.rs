//! The fields of a record, read but not yet judged fit: what canonical JSON and every dialect are turned into.
//!
//! What a call is (its time, whether it was answered, whether it is a part, whether it was served) is decided here
//! alone, so that it is the same whatever the record was written in.

use std::fmt;

use crate::plausible::Times;
use crate::seconds;
use crate::{
    Answer, Cdr, CdrContext, Complaint, Details, EventTime, Fingerprint, Millis, Number, NumberFault, Numbering, Part,
    RecordType, Reject, RejectCode, Served, Treatment, Treatments,
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
            /// How the fields were read, where not plainly.
            pub treatments: Treatments,
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
    /// required. Of the release time rules see no more than the duration that may have to be taken from it, and archives
    /// alone have an arrival time. Times and the duration are as written, also where they cannot be.
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
        let mut times = Times::new(context.times, self.treatments);
        for (written, number) in [(self.calling_number, &calling_number), (self.called_number, &called_number)] {
            times.treatments.note_if(Treatment::InternationalWithoutPlus, is_without_plus(written, number));
        }
        let (at, answered_at) = self.attempt(&mut times)?;
        let call_duration = self.duration(at, answered_at, context.duration_unit, &mut times);
        let part = self.part()?;
        let served = self.served(context, &calling_number);
        Ok(Some(Cdr {
            fingerprint: Fingerprint::of(self.record_id),
            record_type: self.record_type,
            calling_number,
            called_number,
            at,
            arrival: times.other(self.arrival_time),
            call_duration,
            answer: self.answer(answered_at, call_duration),
            cause_for_term: self.cause_for_term,
            diagnostics: self.diagnostics,
            served,
            part,
            leg: None,
            details: self.details()?,
            treatments: times.treatments,
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

    /// When the call was tried, and when it was answered.
    fn attempt(&self, times: &mut Times) -> Result<(EventTime, Option<EventTime>), Reject> {
        let seizure = times.came(self.seizure_time);
        if let Some(at) = seizure {
            return Ok((times.event("seizureTime", at)?, times.other(self.answer_time)));
        }
        let answer = times.came(self.answer_time);
        let at = answer.ok_or_else(|| times.none("seizureTime", "seizureTime or answerTime"))?;
        Ok((times.event("answerTime", at)?, answer))
    }

    /// How long the call lasted. What it cannot have lasted, for it is negative, longer than a year, or longer than from
    /// the answer (else the attempt) to the release, is taken from these times, else unknown: the attempt counts.
    ///
    /// Times and duration are rounded each by itself, so they may differ by a second and the duration's unit. Where the
    /// release does not lie behind the answer, or one of the times is a guess, the times say nothing against the duration.
    fn duration(
        &self,
        at: EventTime,
        answered_at: Option<EventTime>,
        unit: Millis,
        times: &mut Times,
    ) -> Option<Millis> {
        let released_at = times.other(self.release_time);
        let said = self.call_duration?;
        let guessed = times.treatments.contains(Treatment::AmbiguousLocalTime);
        let lasted = released_at.map(|released_at| released_at.since(answered_at.unwrap_or(at)));
        let lasted = lasted.filter(|lasted| Millis::ZERO < *lasted && seconds::can_be(*lasted) && !guessed);
        let is_too_long = lasted.is_some_and(|lasted| said > lasted.plus(Millis::SECOND).plus(unit));
        if seconds::can_be(said) && !is_too_long {
            return Some(said);
        }
        let treatment = if lasted.is_some() { Treatment::DurationFromTimes } else { Treatment::DurationAbsent };
        times.treatments.note(treatment);
        lasted
    }

    fn answer(&self, answered_at: Option<EventTime>, call_duration: Option<Millis>) -> Answer {
        let stated = |answered| if answered { Answer::Answered } else { Answer::Unanswered };
        match (self.answered, answered_at, self.cause_for_term) {
            (Some(answered), ..) => stated(answered),
            (None, None, None) if call_duration > Some(Millis::ZERO) => Answer::AssumedAnswered,
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

    /// When the call that these fields describe ended, as far as the record says. One that says neither when it was released
    /// nor how long it was ended as it was answered, or else attempted.
    pub(crate) fn ended(&self, call: &Cdr, context: &CdrContext) -> EventTime {
        let mut times = Times::new(context.times, Treatments::default());
        let answered_at = times.other(self.answer_time).unwrap_or(call.at);
        let talked_until = answered_at.plus(call.call_duration.unwrap_or(Millis::ZERO));
        times.other(self.release_time).unwrap_or(talked_until).max(call.at)
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
    pub fn decode(&self, context: &CdrContext) -> Result<Complaint, Reject> {
        let numbering = &context.numbering;
        if self.complaint_id.is_empty() {
            return Err(missing("complaintId"));
        }
        let complained_number = key_number(numbering, "complainedNumber", self.complained_number)?;
        let complainant = match numbering.normalise(self.complainant_number.unwrap_or_default()) {
            Ok(number) => Some(number),
            Err(NumberFault::Hidden) => None,
            Err(NumberFault::Malformed) => return Err(malformed_number("complainantNumber")),
        };
        let mut times = Times::new(context.times, self.treatments);
        let without_plus = is_without_plus(self.complained_number, &complained_number);
        times.treatments.note_if(Treatment::InternationalWithoutPlus, without_plus);
        let at = times.came(self.received_time).ok_or_else(|| times.none("receivedTime", "receivedTime"))?;
        let at = times.event("receivedTime", at)?;
        Ok(Complaint {
            fingerprint: Fingerprint::of(self.complaint_id),
            complained_number,
            complainant,
            at,
            arrival: times.other(self.arrival_time),
            call_time: times.other(self.call_time),
            category: text("category", self.category)?,
            channel: text("channel", self.channel)?,
            status: self.status,
            status_time: times.other(self.status_time).unwrap_or(at),
            treatments: times.treatments,
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

/// Whether the digits that are written are all those of an international number: it was taken for one because they begin
/// with the country's code.
#[inline]
fn is_without_plus(written: &str, number: &Number) -> bool {
    if written.starts_with('+') {
        return false;
    }
    let Number::Packed(packed) = number else { return false };
    let Some((value, count)) = packed.e164().filter(|_| !written.contains('+')) else { return false };
    let digits = written.bytes().filter(u8::is_ascii_digit);
    let (read, digits) = digits.fold((0u64, 0u32), |(value, count), digit| {
        (value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')), count + 1)
    });
    (read, digits) == (value, count)
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
