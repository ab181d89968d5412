//! What a world gives out: one record at a time, in order of arrival.

use ringfence_cdr::EventTime;

use crate::complaint::ComplaintRecord;
use crate::garbage::Garbage;
use crate::party::Party;
use crate::record::CallRecord;

/// One thing that arrives at the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Emission {
    /// When; never before the thing it tells of.
    pub at_arrival: EventTime,
    /// What.
    pub record: EmissionRecord,
}

/// What arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum EmissionRecord {
    /// A call record, for the CDR input.
    Cdr(CallRecord),
    /// A complaint, for the complaints input.
    Complaint(ComplaintRecord),
    /// Bytes on the CDR input that are no record.
    Garbage(Box<Garbage>),
}

impl EmissionRecord {
    /// The number that a record is keyed by: who called, or who is complained of.
    #[must_use]
    pub fn key(&self) -> Party {
        match self {
            Self::Cdr(record) => record.calling_number,
            Self::Complaint(complaint) => complaint.complained_number,
            Self::Garbage(garbage) => garbage.key,
        }
    }

    /// Whether it belongs to the CDR input; else to the complaints.
    #[must_use]
    pub fn is_call(&self) -> bool {
        !matches!(self, Self::Complaint(_))
    }

    /// Appends the bytes of the record, canonical JSON but for garbage, without a line's end.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Cdr(record) => record.write_json(out),
            Self::Complaint(complaint) => complaint.write_json(out),
            Self::Garbage(garbage) => out.extend_from_slice(&garbage.bytes),
        }
    }
}
