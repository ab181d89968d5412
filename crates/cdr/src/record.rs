//! What inputs hold: records of one kind or the other.

use serde::{Deserialize, Serialize};

use crate::{Cdr, Complaint, Number, Treatment, Treatments};

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

    /// How it was read, where not plainly.
    #[inline]
    #[must_use]
    pub fn treatments(&self) -> Treatments {
        match self {
            Self::Call(cdr) => cdr.treatments,
            Self::Complaint(complaint) => complaint.treatments,
        }
    }

    /// Notes that it was not read plainly.
    pub fn note(&mut self, treatment: Treatment) {
        let treatments = match self {
            Self::Call(cdr) => &mut cdr.treatments,
            Self::Complaint(complaint) => &mut complaint.treatments,
        };
        treatments.note(treatment);
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
