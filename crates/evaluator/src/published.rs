//! What was published of an episode, and what to publish next.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis};
use ringfence_events::Status;
use ringfence_rules::ContentHash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::evidence::Opening;
use crate::track::{Episode, Peak};

/// An open violation is published again after this much event time if anything changed.
const UPDATE_INTERVAL: Millis = Millis(15 * Millis::MINUTE.0);

/// A violation as it was last published. This is history: it changes only by a further event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) id: Arc<str>,
    pub(crate) revision: u32,
    pub(crate) status: Status,
    pub(crate) content: Content,
    pub(crate) updated_at: EventTime,
    /// What was true as of `openedAt`.
    pub(crate) opening: Opening,
    /// Whether the opening has changed since it was published.
    pub(crate) opening_changed: bool,
    pub(crate) late: bool,
    pub(crate) replaced_by: Option<Arc<str>>,
    pub(crate) replaces: Option<Arc<str>>,
    /// The hash of the rule that the id was made of, once it is known.
    #[serde(skip)]
    pub(crate) named_by: Option<ContentHash>,
    /// A change of rules made it go on from the one that it replaces; that is still to be published.
    pub(crate) is_pending: bool,
    /// Facts came that might change it where it is not judged again: it says `approximate` from then on.
    pub(crate) is_approximate: bool,
}

/// What an event says that can change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) opened_at: EventTime,
    pub(crate) last_at: EventTime,
    pub(crate) closed_at: Option<EventTime>,
    pub(crate) matches: u64,
    pub(crate) severity: u8,
    pub(crate) peak: Peak,
    pub(crate) data_complete: bool,
    pub(crate) approximate: bool,
}

impl Published {
    pub(crate) fn opened_at(&self) -> EventTime {
        self.content.opened_at
    }

    pub(crate) fn last_at(&self) -> EventTime {
        self.content.last_at
    }

    /// Whether it is over, as far as was published.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.status, Status::Closed | Status::Withdrawn)
    }

    /// This one again, as it goes on from the same as another.
    pub(crate) fn taking_up(&self, other: &Self) -> Self {
        Self { replaces: other.replaces.clone(), is_pending: other.is_pending, ..self.clone() }
    }

    /// The same violation under another id, which was not published yet.
    pub(crate) fn going_on_as(&self, id: Arc<str>) -> Self {
        Self {
            id,
            revision: 0,
            status: Status::Withdrawn,
            replaced_by: None,
            replaces: Some(self.id.clone()),
            is_pending: true,
            ..self.clone()
        }
    }

    /// The event time from which on what changed of it is published while it is open.
    pub(crate) fn update_due_at(&self) -> EventTime {
        self.updated_at.plus(UPDATE_INTERVAL)
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.status == Status::Withdrawn
    }
}

impl Content {
    pub(crate) fn new(episode: &Episode, data_complete: bool, approximate: bool) -> Self {
        Self {
            opened_at: episode.opened_at,
            last_at: episode.last_at,
            closed_at: episode.closed_at,
            matches: episode.matches,
            severity: episode.severity,
            peak: episode.peak.clone(),
            data_complete,
            approximate,
        }
    }
}

/// What to publish of an episode whose violation was published before: nothing, or a status.
pub(crate) fn next_status(published: &Published, content: &Content, now: EventTime) -> Option<Status> {
    let changed = published.content != *content || published.opening_changed;
    match (published.status, content.closed_at) {
        (Status::Withdrawn, Some(_)) => Some(Status::Closed),
        (Status::Withdrawn, None) => Some(Status::Opened),
        (Status::Closed, Some(_)) => changed.then_some(Status::Closed),
        (Status::Closed, None) => Some(Status::Updated),
        (Status::Opened | Status::Updated, Some(_)) => Some(Status::Closed),
        (Status::Opened | Status::Updated, None) => {
            let graver = content.severity > published.content.severity;
            let due = now >= published.update_due_at();
            (changed && (graver || due)).then_some(Status::Updated)
        }
    }
}

/// The id of a violation: of the rule's hash, the key and `openedAt`.
pub(crate) fn violation_id(rule: &ContentHash, key: &[&str], opened_at: EventTime) -> String {
    let mut hash = Sha256::new();
    hash.update(rule.0);
    for part in key {
        hash.update((part.len() as u32).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.update(opened_at.0.to_be_bytes());
    hex(&hash.finalize()[..16])
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
