//! Canonical JSON to calls and complaints.

use serde::Deserialize;

use super::Scalar;
use crate::fields::invalid;
use crate::{Cdr, CdrContext, CdrFields, Complaint, ComplaintFields, ComplaintStatus, Numbering, Reject, RejectCode};

/// Decodes one record; `None` where its record type does not count at this source.
///
/// # Errors
/// A [`Reject`] where the bytes are no JSON object, a required field is absent or a field is not what it should be.
#[inline]
pub fn decode_cdr(record: &[u8], context: &CdrContext) -> Result<Option<Cdr>, Reject> {
    refuse_at_sight(record)?;
    let wire: CdrWire<'_> = sonic_rs::from_slice(record).map_err(|error| malformed(&error))?;
    wire.fields()?.decode(context)
}

/// Decodes one complaint.
///
/// # Errors
/// As [`decode_cdr`].
pub fn decode_complaint(record: &[u8], numbering: &Numbering) -> Result<Complaint, Reject> {
    refuse_at_sight(record)?;
    let wire: ComplaintWire<'_> = sonic_rs::from_slice(record).map_err(|error| malformed(&error))?;
    wire.fields()?.decode(numbering)
}

/// The deepest that a record may nest: no field of the contract nests at all.
const DEPTH_MAX: usize = 128;
/// Shorter records cannot nest deep enough to exhaust a stack, and nearly all are shorter.
const SHALLOW_LENGTH: usize = 2048;

/// What the parser would take wrongly: an array (it reads one as an object without names), and a record that nests so
/// deep that skipping it by recursion would exhaust the stack.
fn refuse_at_sight(record: &[u8]) -> Result<(), Reject> {
    if record.trim_ascii_start().first() == Some(&b'[') {
        return Err(Reject::new(RejectCode::Malformed, "no JSON object at byte 0"));
    }
    if record.len() <= SHALLOW_LENGTH {
        return Ok(());
    }
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for byte in record {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(Reject::new(RejectCode::Malformed, format!("nests more than {DEPTH_MAX} levels deep")));
        }
    }
    Ok(())
}

/// The place of the error, never its text: the parser's own message quotes the record.
fn malformed(error: &sonic_rs::Error) -> Reject {
    Reject::new(RejectCode::Malformed, format!("no JSON object at byte {}", error.offset()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(super) struct CdrWire<'a> {
    #[serde(borrow)]
    record_id: Scalar<'a>,
    #[serde(borrow)]
    record_type: Scalar<'a>,
    #[serde(borrow)]
    recording_entity: Scalar<'a>,
    #[serde(borrow)]
    calling_number: Scalar<'a>,
    #[serde(borrow)]
    called_number: Scalar<'a>,
    #[serde(borrow)]
    seizure_time: Scalar<'a>,
    #[serde(borrow)]
    answer_time: Scalar<'a>,
    #[serde(borrow)]
    release_time: Scalar<'a>,
    #[serde(borrow)]
    arrival_time: Scalar<'a>,
    #[serde(borrow)]
    call_duration: Scalar<'a>,
    #[serde(borrow)]
    answered: Scalar<'a>,
    #[serde(borrow)]
    cause_for_term: Scalar<'a>,
    #[serde(borrow)]
    diagnostics: Scalar<'a>,
    #[serde(borrow)]
    call_reference: Scalar<'a>,
    #[serde(borrow)]
    sequence_number: Scalar<'a>,
    #[serde(borrow, rename = "servedIMSI")]
    served_imsi: Scalar<'a>,
    #[serde(borrow, rename = "servedIMEI")]
    served_imei: Scalar<'a>,
    #[serde(borrow, rename = "servedMSISDN")]
    served_msisdn: Scalar<'a>,
    #[serde(borrow)]
    cell: Scalar<'a>,
    #[serde(borrow)]
    service_type: Scalar<'a>,
    #[serde(borrow)]
    attestation: Scalar<'a>,
}

impl CdrWire<'_> {
    pub(super) fn fields(&self) -> Result<CdrFields<'_>, Reject> {
        Ok(CdrFields {
            record_id: self.record_id.required("recordId")?,
            record_type: self.record_type.record_type("recordType")?,
            recording_entity: self.recording_entity.text("recordingEntity")?,
            calling_number: self.calling_number.required("callingNumber")?,
            called_number: self.called_number.required("calledNumber")?,
            seizure_time: self.seizure_time.time("seizureTime")?,
            answer_time: self.answer_time.time("answerTime")?,
            release_time: self.release_time.time("releaseTime")?,
            arrival_time: self.arrival_time.time("arrivalTime")?,
            call_duration: self.call_duration.seconds("callDuration")?,
            answered: self.answered.flag("answered")?,
            cause_for_term: self.cause_for_term.whole("causeForTerm")?,
            diagnostics: self.diagnostics.whole("diagnostics")?,
            call_reference: self.call_reference.text("callReference")?,
            sequence_number: self.sequence_number.whole("sequenceNumber")?,
            served_imsi: self.served_imsi.text("servedIMSI")?,
            served_imei: self.served_imei.text("servedIMEI")?,
            served_msisdn: self.served_msisdn.text("servedMSISDN")?,
            cell: self.cell.text("cell")?,
            service_type: self.service_type.text("serviceType")?,
            attestation: self.attestation.text("attestation")?,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ComplaintWire<'a> {
    #[serde(borrow)]
    complaint_id: Scalar<'a>,
    #[serde(borrow)]
    complained_number: Scalar<'a>,
    #[serde(borrow)]
    complainant_number: Scalar<'a>,
    #[serde(borrow)]
    received_time: Scalar<'a>,
    #[serde(borrow)]
    call_time: Scalar<'a>,
    #[serde(borrow)]
    arrival_time: Scalar<'a>,
    #[serde(borrow)]
    category: Scalar<'a>,
    #[serde(borrow)]
    channel: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    status_time: Scalar<'a>,
    #[serde(borrow)]
    source: Scalar<'a>,
}

impl ComplaintWire<'_> {
    pub(super) fn fields(&self) -> Result<ComplaintFields<'_>, Reject> {
        let status = match self.status.text("status")? {
            None => ComplaintStatus::Alleged,
            Some(name) => ComplaintStatus::from_name(name)
                .ok_or_else(|| invalid("status", "one of alleged, upheld, rejected, withdrawn"))?,
        };
        Ok(ComplaintFields {
            complaint_id: self.complaint_id.required("complaintId")?,
            complained_number: self.complained_number.required("complainedNumber")?,
            complainant_number: self.complainant_number.text("complainantNumber")?,
            received_time: self.received_time.time("receivedTime")?,
            call_time: self.call_time.time("callTime")?,
            arrival_time: self.arrival_time.time("arrivalTime")?,
            category: self.category.text("category")?,
            channel: self.channel.text("channel")?,
            status,
            status_time: self.status_time.time("statusTime")?,
            source: self.source.text("source")?,
        })
    }
}
