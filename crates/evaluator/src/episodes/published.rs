//! What was published of an episode, and what to publish next.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis};
use ringfence_events::Status;
use ringfence_rules::RuleId;
use serde::{Deserialize, Serialize};

use super::episode::Episode;
use crate::judging::{Opening, Peak, unstored};

/// What was said of an open violation and is no longer true is corrected after this much shard time. Where it only grew,
/// the next update comes after this, then after twice as long, and so on.
const UPDATE_INTERVAL: Millis = Millis(15 * Millis::MINUTE.0);
/// However long it grows, it is told again after this.
const UPDATE_INTERVAL_MAX: Millis = Millis::DAY;

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
    /// Shard time then, where every input had spoken.
    told_at: Option<EventTime>,
    /// How many updates since it opened, rose in severity or was open again told of growth alone.
    growths: u8,
    /// The revision that told the evidence as it is in the opening.
    evidence_in: u32,
    /// What was true as of `openedAt`.
    pub(crate) opening: Opening,
    /// Whether the opening has changed since it was published.
    pub(crate) opening_changed: bool,
    /// Whether facts changed that may have changed what was true as of `openedAt`. It is worked out again once it is to be
    /// told, or can change no more: thousands of calls of one instant would work it out with each of them.
    pub(crate) opening_may_differ: bool,
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

/// What is known of a violation before it is told for the first time.
#[derive(Debug)]
pub(crate) struct Unpublished {
    pub(crate) id: Arc<str>,
    pub(crate) rule: RuleId,
    /// Of the events of this id so far: a rule that was gone may return.
    pub(crate) revision: u32,
    pub(crate) content: Content,
    pub(crate) opening: Opening,
    pub(crate) late: bool,
    pub(crate) replaces: Option<Arc<str>>,
}

impl Published {
    /// What is about to be published for the first time.
    pub(crate) fn new(first: Unpublished) -> Self {
        let Unpublished { id, rule, revision, content, opening, late, replaces } = first;
        Self {
            id,
            rule,
            revision,
            status: Status::Opened,
            content,
            updated_at: EventTime::MIN,
            told_at: None,
            growths: 0,
            evidence_in: 0,
            opening,
            opening_changed: true,
            opening_may_differ: false,
            late,
            replaced_by: None,
            replaces,
            is_approximate: false,
        }
    }

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

    /// The shard time from which on this content is published while it is open; `None` where it was told already.
    fn update_due_at(&self, content: &Content, opening_changed: bool) -> Option<EventTime> {
        if !opening_changed && self.content == *content {
            return None;
        }
        let interval = match opening_changed || !content.has_grown_from(&self.content) {
            true => UPDATE_INTERVAL,
            false => Millis(UPDATE_INTERVAL.0 << self.growths.min(16)).min(UPDATE_INTERVAL_MAX),
        };
        Some(self.told_at.map_or(EventTime::MIN, |told_at| told_at.plus(interval)))
    }

    /// Takes in what is published now, as `status` of shard time `now` and event time `seen`.
    pub(crate) fn tell(&mut self, status: Status, content: Content, now: Option<EventTime>, seen: EventTime) {
        let goes_on = matches!((self.status, status), (Status::Opened | Status::Updated, Status::Updated));
        let has_grown = goes_on && !self.opening_changed && content.has_grown_from(&self.content);
        let rose = content.severity > self.content.severity;
        self.growths = match has_grown && !rose {
            true => self.growths.saturating_add(1),
            false if goes_on && !rose => self.growths,
            false => 0,
        };
        self.revision += 1;
        if self.opening_changed {
            self.evidence_in = self.revision;
        }
        self.status = status;
        self.content = content;
        self.opening_changed = false;
        self.updated_at = seen;
        self.told_at = now;
    }

    /// The revision that has the records of the evidence, where it is not the last one.
    pub(crate) fn evidence_since(&self) -> Option<u32> {
        (self.evidence_in < self.revision).then_some(self.evidence_in)
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.status == Status::Withdrawn
    }
}

impl Content {
    /// Whether everything that was said before is still true, and there is only more of it.
    fn has_grown_from(&self, told: &Self) -> bool {
        let left = |content: &Self| unstored(content.peak.left);
        self.opened_at == told.opened_at
            && self.last_at >= told.last_at
            && self.matches >= told.matches
            && self.severity >= told.severity
            && left(self) >= left(told)
            && (self.data_complete, self.approximate) == (told.data_complete, told.approximate)
    }

    /// The same while it was not known to be over.
    pub(crate) fn open(&self) -> Self {
        Self { closed_at: None, ..self.clone() }
    }

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

/// When what changed of a violation is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// As shard time comes to it.
    Live,
    /// Of archives: what changed of a closed one is told at the end alone.
    Archive,
    /// The end of an archive: everything that was not told yet.
    End,
}

/// What to do about an episode whose violation was published before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextStatus {
    /// Tell it as it is now.
    Now(Status),
    /// Wait until shard time comes to this; for ever where all was told.
    NotBefore(EventTime),
}

/// What to do about an episode whose violation was published before, where its opening has changed or has not.
pub(crate) fn next_status(
    published: &Published,
    content: &Content,
    opening_changed: bool,
    now: Option<EventTime>,
    telling: Telling,
) -> NextStatus {
    let due_at = published.update_due_at(content, opening_changed);
    let (status, is_now) = match (published.status, content.closed_at) {
        (Status::Withdrawn, Some(_)) | (Status::Opened | Status::Updated, Some(_)) => (Status::Closed, true),
        (Status::Withdrawn, None) => (Status::Opened, true),
        (Status::Closed, None) => (Status::Updated, true),
        (Status::Closed, Some(_)) => (Status::Closed, due_at.is_some() && telling != Telling::Archive),
        (Status::Opened | Status::Updated, None) => {
            let graver = content.severity > published.content.severity;
            let is_due = |due_at| telling == Telling::End || graver || now.is_some_and(|now| now >= due_at);
            (Status::Updated, due_at.is_some_and(is_due))
        }
    };
    match is_now {
        true => NextStatus::Now(status),
        false => NextStatus::NotBefore(due_at.filter(|_| content.closed_at.is_none()).unwrap_or(EventTime::MAX)),
    }
}
