//! What inputs hold: records of one kind or the other.

use serde::{Deserialize, Serialize};

use crate::{Cdr, Complaint, Number};

/// A decoded record.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A call detail record.
    Call(Cdr),
    /// A complaint, or a later status of one.
    Complaint(Complaint),
}

/// Of which kind the records of an input or a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// Call detail records.
    Cdr,
    /// Complaints.
    Complaint,
}

impl Record {
    /// The number that it is about.
    #[must_use]
    pub fn number(&self) -> &Number {
        match self {
            Self::Call(cdr) => &cdr.calling_number,
            Self::Complaint(complaint) => &complaint.complained_number,
        }
    }
}

impl RecordKind {
    /// The name in configurations, dialects, metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cdr => "cdr",
            Self::Complaint => "complaint",
        }
    }
}
