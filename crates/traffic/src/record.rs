//! Call records as a switch writes them, in the product's canonical JSON.

use std::fmt;

use ringfence_cdr::RecordType;

use crate::json::JsonLine;
use crate::party::Party;

/// A network element that writes records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Element(pub(crate) u8);

/// The elements of the carrier's network; the first ones are switches, the last two gateways.
const ELEMENTS: [&str; 18] = [
    "msc01", "msc02", "msc03", "msc04", "msc05", "msc06", "msc07", "msc08", "msc09", "msc10", "msc11", "msc12",
    "msc13", "msc14", "msc15", "msc16", "gmsc1", "gmsc2",
];
/// How many of them are switches.
pub(crate) const SWITCHES: u8 = 16;

impl Element {
    /// A gateway.
    pub(crate) fn gateway(which: u64) -> Self {
        Self(SWITCHES + (which % 2) as u8)
    }

    fn name(self) -> &'static str {
        ELEMENTS[usize::from(self.0) % ELEMENTS.len()]
    }
}

/// One record of a call. Times are milliseconds since 1970, durations seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRecord {
    pub(crate) serial: u64,
    pub(crate) element: Element,
    /// Which kind of record.
    pub record_type: RecordType,
    /// Who called.
    pub calling_number: Party,
    /// Who was called.
    pub called_number: Party,
    /// When the line was seized; later parts of a call have none.
    pub seizure_time: Option<i64>,
    /// When the call was answered, of a part when it began; none where nobody answered.
    pub answer_time: Option<i64>,
    /// Seconds of talk in this record, or of ringing where nobody answered.
    pub call_duration_s: u32,
    /// As in TS 32.298: 0 normal release, 1 partial record, 3 unsuccessful call attempt.
    pub cause_for_term: u8,
    /// A Q.850 cause.
    pub diagnostics: u8,
    /// Of a call cut into parts: what its parts share, and which part this is, from 1.
    pub part: Option<(u64, u32)>,
    /// When it reaches the engine.
    pub arrival_time: i64,
}

impl CallRecord {
    /// The attempt time: the seizure, else the answer.
    #[must_use]
    pub fn attempt_time(&self) -> i64 {
        self.seizure_time.or(self.answer_time).unwrap_or(self.arrival_time)
    }

    /// The `recordId`. A record that is sent again has the same.
    #[must_use]
    pub fn record_id(&self) -> String {
        format!("{}-{}", self.element.name(), self.serial)
    }

    /// Appends the record as one JSON object, without a line's end: the bytes that
    /// [`ringfence_cdr::json::encode_cdr`] writes for these fields, without its allocations.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let element = usize::from(self.element.0) % ELEMENTS.len();
        let json = JsonLine::open(out)
            .numbered("recordId", RECORD_ID_PREFIXES[element], self.serial)
            .text("recordType", self.record_type.name())
            .text("recordingEntity", ELEMENTS[element])
            .party("callingNumber", self.calling_number)
            .party("calledNumber", self.called_number)
            .integer_if("seizureTime", self.seizure_time)
            .integer_if("answerTime", self.answer_time)
            .integer("arrivalTime", self.arrival_time)
            .integer("callDuration", i64::from(self.call_duration_s))
            .integer("causeForTerm", i64::from(self.cause_for_term))
            .integer("diagnostics", i64::from(self.diagnostics));
        match self.part {
            Some((reference, sequence)) => {
                json.numbered("callReference", "", reference).integer("sequenceNumber", i64::from(sequence))
            }
            None => json,
        }
        .close();
    }
}

impl fmt::Display for CallRecord {
    /// The canonical JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.write_json(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

/// The elements' names with the dash that stands before a serial number.
const RECORD_ID_PREFIXES: [&str; ELEMENTS.len()] = [
    "msc01-", "msc02-", "msc03-", "msc04-", "msc05-", "msc06-", "msc07-", "msc08-", "msc09-", "msc10-", "msc11-",
    "msc12-", "msc13-", "msc14-", "msc15-", "msc16-", "gmsc1-", "gmsc2-",
];

#[cfg(test)]
mod tests {
    use ringfence_cdr::{CdrFields, EventTime, Millis, json::encode_cdr};

    use super::*;

    fn check(record: &CallRecord) {
        let (id, calling, called) =
            (record.record_id(), record.calling_number.to_string(), record.called_number.to_string());
        let reference = record.part.map(|(reference, _)| reference.to_string());
        let fields = CdrFields {
            record_id: &id,
            record_type: Some(record.record_type),
            recording_entity: Some(record.element.name()),
            calling_number: &calling,
            called_number: &called,
            seizure_time: record.seizure_time.map(EventTime),
            answer_time: record.answer_time.map(EventTime),
            arrival_time: Some(EventTime(record.arrival_time)),
            call_duration: Some(Millis(i64::from(record.call_duration_s) * 1_000)),
            cause_for_term: Some(u16::from(record.cause_for_term)),
            diagnostics: Some(u16::from(record.diagnostics)),
            call_reference: reference.as_deref(),
            sequence_number: record.part.map(|(_, sequence)| sequence),
            ..CdrFields::default()
        };
        let mut expected = Vec::new();
        encode_cdr(&fields, &mut expected);
        assert_eq!(record.to_string().into_bytes(), expected);
    }

    #[test]
    fn the_bytes_are_those_of_the_canonical_encoder() {
        let whole = CallRecord {
            serial: 12,
            element: Element::gateway(1),
            record_type: RecordType::IncGateway,
            calling_number: Party::subscriber(1),
            called_number: Party::service(0),
            seizure_time: Some(1_793_577_600_123),
            answer_time: None,
            call_duration_s: 31,
            cause_for_term: 3,
            diagnostics: 19,
            part: None,
            arrival_time: 1_793_577_700_000,
        };
        check(&whole);
        check(&CallRecord { seizure_time: None, answer_time: Some(5), part: Some((12, 2)), ..whole });
    }
}
