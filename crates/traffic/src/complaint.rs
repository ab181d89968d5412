//! Complaints as a complaint desk hands them on, in the product's canonical JSON.

use ringfence_cdr::json::encode_complaint;
use ringfence_cdr::{ComplaintFields, ComplaintStatus, EventTime};

use crate::party::Party;

/// What is complained of, the commonest first.
pub(crate) const CATEGORIES: [&str; 5] = ["telemarketing", "telemarketing", "robocall", "harassment", "fraud"];
/// How it is complained of.
pub(crate) const CHANNELS: [&str; 4] = ["app", "app", "hotline", "web"];

/// One complaint, or a later version of one. Times are milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComplaintRecord {
    pub(crate) serial: u64,
    /// The number complained of.
    pub complained_number: Party,
    /// Who complains.
    pub complainant_number: Party,
    /// When the desk received it.
    pub received_time: i64,
    /// When the call was, as the complainant says; a few say a time after the complaint.
    pub call_time: i64,
    /// What is complained of.
    pub category: &'static str,
    /// How.
    pub channel: &'static str,
    /// What became of it.
    pub status: ComplaintStatus,
    /// When the status was given; only in later versions.
    pub status_time: Option<i64>,
    /// When it reaches the engine.
    pub arrival_time: i64,
}

impl ComplaintRecord {
    /// The `complaintId`, the same in every version.
    #[must_use]
    pub fn complaint_id(&self) -> String {
        format!("complaint-{}", self.serial)
    }

    /// Appends the complaint as one JSON object, without a line's end.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let complaint_id = self.complaint_id();
        let complained = self.complained_number.to_string();
        let complainant = self.complainant_number.to_string();
        let fields = ComplaintFields {
            complaint_id: &complaint_id,
            complained_number: &complained,
            complainant_number: Some(&complainant),
            received_time: Some(EventTime(self.received_time)),
            call_time: Some(EventTime(self.call_time)),
            arrival_time: Some(EventTime(self.arrival_time)),
            category: Some(self.category),
            channel: Some(self.channel),
            status: self.status,
            status_time: self.status_time.map(EventTime),
            source: Some("generated"),
            ..ComplaintFields::default()
        };
        encode_complaint(&fields, out);
    }
}
