//! What was published of an episode, and what to publish next.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis};
use ringfence_events::Status;
use ringfence_rules::RuleId;
use serde::{Deserialize, Serialize};

use crate::evidence::Opening;
use crate::track::{Episode, Peak};

/// An open violation is published again after this much event time if anything changed.
const UPDATE_INTERVAL: Millis = Millis(15 * Millis::MINUTE.0);

/// A violation as it was last published. This is history: it changes only by a further event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) id: Arc<str>,
    /// The rule that it is told under.
    pub(crate) rule: RuleId,
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

    /// The rules that are needed to tell of it.
    pub(crate) fn rules(&self) -> [RuleId; 3] {
        [self.rule, self.opening.rule, self.content.peak.rule]
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
