//! Calls and complaints to canonical JSON, as the traffic generator and the tests write it.

use std::fmt::Write as _;

use crate::{CdrFields, ComplaintFields, EventTime, Millis, RecordType};

/// Writes the fields as one JSON object at the end of `out`, without a line end; absent ones are left out, a record
/// type is always written. Decoding it yields the same fields.
pub fn encode_cdr(fields: &CdrFields<'_>, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.text("recordId", Some(fields.record_id));
    object.text("recordType", fields.record_type.map(RecordType::name));
    object.text("recordingEntity", fields.recording_entity);
    object.text("callingNumber", Some(fields.calling_number));
    object.text("calledNumber", Some(fields.called_number));
    object.time("seizureTime", fields.seizure_time);
    object.time("answerTime", fields.answer_time);
    object.time("releaseTime", fields.release_time);
    object.time("arrivalTime", fields.arrival_time);
    object.seconds("callDuration", fields.call_duration);
    object.plain("answered", fields.answered);
    object.plain("causeForTerm", fields.cause_for_term);
    object.plain("diagnostics", fields.diagnostics);
    object.text("callReference", fields.call_reference);
    object.plain("sequenceNumber", fields.sequence_number);
    object.text("servedIMSI", fields.served_imsi);
    object.text("servedIMEI", fields.served_imei);
    object.text("servedMSISDN", fields.served_msisdn);
    object.text("cell", fields.cell);
    object.text("serviceType", fields.service_type);
    object.text("attestation", fields.attestation);
    object.close();
}

/// Writes the fields of a complaint as [`encode_cdr`] does those of a call.
pub fn encode_complaint(fields: &ComplaintFields<'_>, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.text("complaintId", Some(fields.complaint_id));
    object.text("complainedNumber", Some(fields.complained_number));
    object.text("complainantNumber", fields.complainant_number);
    object.time("receivedTime", fields.received_time);
    object.time("callTime", fields.call_time);
    object.time("arrivalTime", fields.arrival_time);
    object.text("category", fields.category);
    object.text("channel", fields.channel);
    object.text("status", Some(fields.status.name()));
    object.time("statusTime", fields.status_time);
    object.text("source", fields.source);
    object.close();
}

/// A JSON object being written; field names are known to need no escapes.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    fn close(self) {
        self.out.push(b'}');
    }

    fn name(&mut self, name: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        self.name(name);
        self.out.push(b'"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.out.extend_from_slice(&[b'\\', character as u8]),
                '\u{0}'..='\u{1f}' => self.format(format_args!("\\u{:04x}", u32::from(character))),
                _ => self.out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.out.push(b'"');
    }

    /// Epoch milliseconds: exact, short, and the same for every zone.
    fn time(&mut self, name: &str, time: Option<EventTime>) {
        self.plain(name, time.map(|time| time.0));
    }

    fn seconds(&mut self, name: &str, length: Option<Millis>) {
        let Some(Millis(ms)) = length else { return };
        self.name(name);
        if ms % 1000 == 0 {
            self.format(format_args!("{}", ms / 1000));
        } else {
            self.format(format_args!("{}.{:03}", ms / 1000, ms % 1000));
        }
    }

    fn plain(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        let Some(value) = value else { return };
        self.name(name);
        self.format(format_args!("{value}"));
    }

    fn format(&mut self, arguments: std::fmt::Arguments<'_>) {
        let mut text = String::new();
        if text.write_fmt(arguments).is_ok() {
            self.out.extend_from_slice(text.as_bytes());
        }
    }
}
