//! What is read: decoded records in the order they were read, each with its arrival.

use ringfence_cdr::{Cdr, Complaint, EventTime};

/// One decoded record as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivered {
    /// What the record says.
    pub record: Record,
    /// When it arrived: the timestamp of the Kafka record. Archives do not look at it.
    pub arrival: EventTime,
}

/// A decoded record of either stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A call, or one part of a long one.
    Call(Cdr),
    /// A complaint, or a later status of one.
    Complaint(Complaint),
}

impl Delivered {
    /// A call that arrived at this time.
    #[must_use]
    pub fn call(call: Cdr, arrival: EventTime) -> Self {
        Self { record: Record::Call(call), arrival }
    }

    /// A complaint that arrived at this time.
    #[must_use]
    pub fn complaint(complaint: Complaint, arrival: EventTime) -> Self {
        Self { record: Record::Complaint(complaint), arrival }
    }

    /// The event time of the record.
    #[must_use]
    pub fn at(&self) -> EventTime {
        match &self.record {
            Record::Call(call) => call.at,
            Record::Complaint(complaint) => complaint.at,
        }
    }
}
