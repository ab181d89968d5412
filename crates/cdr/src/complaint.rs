//! A decoded complaint.

use crate::{EventTime, Fingerprint, Number, Treatments};

/// A report against a number. Its place in windows is when it was *received*; the complained call is evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    /// Of the `complaintId`.
    pub fingerprint: Fingerprint,
    /// The number complained of.
    pub complained_number: Number,
    /// Who complained, where known.
    pub complainant: Option<Number>,
    /// `receivedTime`.
    pub at: EventTime,
    /// When the record arrived, where an archive says so.
    pub arrival: Option<EventTime>,
    /// `callTime`: when the call complained of was made, as the complainant says.
    pub call_time: Option<EventTime>,
    /// `category`.
    pub category: Option<Box<str>>,
    /// `channel`.
    pub channel: Option<Box<str>>,
    /// What became of it.
    pub status: ComplaintStatus,
    /// When the status was given; `receivedTime` where the record has none.
    pub status_time: EventTime,
    /// How the record was read, where not plainly; no part of the fact.
    pub treatments: Treatments,
}

impl Complaint {
    /// A complaint of which nothing more is known, alleged when it was received.
    #[must_use]
    pub fn alleged(fingerprint: Fingerprint, complained_number: Number, at: EventTime) -> Self {
        Self {
            fingerprint,
            complained_number,
            complainant: None,
            at,
            arrival: None,
            call_time: None,
            category: None,
            channel: None,
            status: ComplaintStatus::Alleged,
            status_time: at,
            treatments: Treatments::default(),
        }
    }
}

/// What became of a complaint. A rejected or withdrawn one is no fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum ComplaintStatus {
    /// Reported, not yet looked at.
    #[default]
    Alleged = 0,
    /// Found to be true.
    Upheld = 1,
    /// Found to be untrue.
    Rejected = 2,
    /// Taken back.
    Withdrawn = 3,
}

impl ComplaintStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Alleged, Self::Upheld, Self::Rejected, Self::Withdrawn];
    /// What a text that names none should have been.
    pub(crate) const EXPECTED: &str = "one of alleged, upheld, rejected, withdrawn";

    /// The name in JSON and in rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alleged => "alleged",
            Self::Upheld => "upheld",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The status of this name, `None` for an unknown one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether a complaint of this status is a fact that rules count.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Alleged | Self::Upheld)
    }
}
