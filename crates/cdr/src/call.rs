//! A decoded call detail record.

use crate::{Details, EventTime, Fingerprint, Millis, Number, RecordType, Treatments};

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
    /// Set where the record is one leg of an attempt, as its dialect says.
    pub leg: Option<Leg>,
    /// Fields that few records have; kept only where a rule reads them.
    pub details: Details,
    /// How the record was read, where not plainly; no part of the fact.
    pub treatments: Treatments,
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

/// One leg of an attempt: a record of one end that rang, where a switch writes a record for each end that it tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Of what the legs of one attempt share, besides calling and called number.
    pub key: Fingerprint,
    /// When the leg ended, never before its attempt time: its `releaseTime`, else its answer, or else its attempt, and the
    /// `callDuration`. A leg that begins later than an answered one ended is another attempt.
    pub ended: EventTime,
}
