//! Canonical JSON to calls and complaints.

use super::Scalar;
use super::object::{Fields, parse};
use crate::fields::invalid;
use crate::{Cdr, CdrContext, CdrFields, Complaint, ComplaintFields, ComplaintStatus, Numbering, Reject};

/// Decodes one record; `None` where its record type does not count at this source.
///
/// # Errors
/// A [`Reject`] where the bytes are no JSON object, a required field is absent or a field is not what it should be.
#[inline]
pub fn decode_cdr(record: &[u8], context: &CdrContext) -> Result<Option<Cdr>, Reject> {
    let mut wire = CdrWire::default();
    parse(record, &mut wire)?;
    wire.fields()?.decode(context)
}

/// Decodes one complaint.
///
/// # Errors
/// As [`decode_cdr`].
pub fn decode_complaint(record: &[u8], numbering: &Numbering) -> Result<Complaint, Reject> {
    let mut wire = ComplaintWire::default();
    parse(record, &mut wire)?;
    wire.fields()?.decode(numbering)
}

#[derive(Default)]
pub(super) struct CdrWire<'a> {
    record_id: Scalar<'a>,
    record_type: Scalar<'a>,
    recording_entity: Scalar<'a>,
    calling_number: Scalar<'a>,
    called_number: Scalar<'a>,
    seizure_time: Scalar<'a>,
    answer_time: Scalar<'a>,
    release_time: Scalar<'a>,
    arrival_time: Scalar<'a>,
    call_duration: Scalar<'a>,
    answered: Scalar<'a>,
    cause_for_term: Scalar<'a>,
    diagnostics: Scalar<'a>,
    call_reference: Scalar<'a>,
    sequence_number: Scalar<'a>,
    served_imsi: Scalar<'a>,
    served_imei: Scalar<'a>,
    served_msisdn: Scalar<'a>,
    cell: Scalar<'a>,
    service_type: Scalar<'a>,
    attestation: Scalar<'a>,
}

impl<'a> Fields<'a> for CdrWire<'a> {
    #[inline]
    fn place(&mut self, name: &str) -> Option<&mut Scalar<'a>> {
        Some(match name {
            "recordId" => &mut self.record_id,
            "recordType" => &mut self.record_type,
            "recordingEntity" => &mut self.recording_entity,
            "callingNumber" => &mut self.calling_number,
            "calledNumber" => &mut self.called_number,
            "seizureTime" => &mut self.seizure_time,
            "answerTime" => &mut self.answer_time,
            "releaseTime" => &mut self.release_time,
            "arrivalTime" => &mut self.arrival_time,
            "callDuration" => &mut self.call_duration,
            "answered" => &mut self.answered,
            "causeForTerm" => &mut self.cause_for_term,
            "diagnostics" => &mut self.diagnostics,
            "callReference" => &mut self.call_reference,
            "sequenceNumber" => &mut self.sequence_number,
            "servedIMSI" => &mut self.served_imsi,
            "servedIMEI" => &mut self.served_imei,
            "servedMSISDN" => &mut self.served_msisdn,
            "cell" => &mut self.cell,
            "serviceType" => &mut self.service_type,
            "attestation" => &mut self.attestation,
            _ => return None,
        })
    }
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

#[derive(Default)]
pub(super) struct ComplaintWire<'a> {
    complaint_id: Scalar<'a>,
    complained_number: Scalar<'a>,
    complainant_number: Scalar<'a>,
    received_time: Scalar<'a>,
    call_time: Scalar<'a>,
    arrival_time: Scalar<'a>,
    category: Scalar<'a>,
    channel: Scalar<'a>,
    status: Scalar<'a>,
    status_time: Scalar<'a>,
    source: Scalar<'a>,
}

impl<'a> Fields<'a> for ComplaintWire<'a> {
    #[inline]
    fn place(&mut self, name: &str) -> Option<&mut Scalar<'a>> {
        Some(match name {
            "complaintId" => &mut self.complaint_id,
            "complainedNumber" => &mut self.complained_number,
            "complainantNumber" => &mut self.complainant_number,
            "receivedTime" => &mut self.received_time,
            "callTime" => &mut self.call_time,
            "arrivalTime" => &mut self.arrival_time,
            "category" => &mut self.category,
            "channel" => &mut self.channel,
            "status" => &mut self.status,
            "statusTime" => &mut self.status_time,
            "source" => &mut self.source,
            _ => return None,
        })
    }
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
