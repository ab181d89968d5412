//! What a commit publishes, whatever its kind.

use std::fmt;
use std::str::FromStr;

use ringfence_cdr::{EventTime, Number};
use serde::Serialize;

use crate::{ActAction, CardStatus, Status, Suspension, Violation};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// On the topic `violations`.
    Violation(Box<Violation>),
    /// On the topic `suspensions`.
    Suspension(Box<Suspension>),
    /// On the compacted topic `card-status`.
    CardStatus(Box<CardStatus>),
}

/// What an event says, as the attribute `type` of CloudEvents names it: `ringfence.violation.opened.v1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// Of a violation.
    Violation(Status),
    /// A command to provisioning.
    Suspension(ActAction),
    /// A card stands elsewhere than before.
    CardStatus,
}

impl Event {
    /// Reads the value of an event of this type.
    ///
    /// # Errors
    /// Where it is no such event.
    pub fn read(event_type: EventType, value: &[u8]) -> Result<Self, serde_json::Error> {
        match event_type {
            EventType::Violation(_) => serde_json::from_slice(value).map(Self::Violation),
            EventType::Suspension(_) => serde_json::from_slice(value).map(Self::Suspension),
            EventType::CardStatus => serde_json::from_slice(value).map(Self::CardStatus),
        }
    }

    /// The number that keys the event, so that everything about a number stays in order.
    #[must_use]
    pub fn subject(&self) -> &Number {
        match self {
            Self::Violation(violation) => violation.key.subject(),
            Self::Suspension(suspension) => &suspension.card,
            Self::CardStatus(status) => &status.card,
        }
    }

    /// What it says.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Violation(violation) => EventType::Violation(violation.status),
            Self::Suspension(suspension) => EventType::Suspension(suspension.action),
            Self::CardStatus(_) => EventType::CardStatus,
        }
    }

    /// When what it says happened, in event time; a card status says what holds and has no such time.
    #[must_use]
    pub fn happened_at(&self) -> Option<EventTime> {
        match self {
            Self::Violation(violation) => Some(match violation.status {
                Status::Opened => violation.opened_at,
                Status::Updated => violation.last_at,
                Status::Closed => violation.closed_at.unwrap_or(violation.last_at),
                Status::Withdrawn => violation.updated_at,
            }),
            Self::Suspension(suspension) => Some(suspension.not_before),
            Self::CardStatus(_) => None,
        }
    }
}

impl From<Violation> for Event {
    fn from(violation: Violation) -> Self {
        Self::Violation(Box::new(violation))
    }
}

impl From<Suspension> for Event {
    fn from(suspension: Suspension) -> Self {
        Self::Suspension(Box::new(suspension))
    }
}

impl From<CardStatus> for Event {
    fn from(status: CardStatus) -> Self {
        Self::CardStatus(Box::new(status))
    }
}

impl EventType {
    /// Every type.
    pub fn all() -> impl Iterator<Item = Self> {
        let violations = Status::ALL.into_iter().map(Self::Violation);
        violations.chain(ActAction::ALL.into_iter().map(Self::Suspension)).chain([Self::CardStatus])
    }

    /// The name outside.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Violation(Status::Opened) => "ringfence.violation.opened.v1",
            Self::Violation(Status::Updated) => "ringfence.violation.updated.v1",
            Self::Violation(Status::Closed) => "ringfence.violation.closed.v1",
            Self::Violation(Status::Withdrawn) => "ringfence.violation.withdrawn.v1",
            Self::Suspension(ActAction::Warn) => "ringfence.suspension.warn.v1",
            Self::Suspension(ActAction::Suspend) => "ringfence.suspension.suspend.v1",
            Self::Suspension(ActAction::Reinstate) => "ringfence.suspension.reinstate.v1",
            Self::CardStatus => "ringfence.card-status.changed.v1",
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for EventType {
    type Err = UnknownType;

    fn from_str(name: &str) -> Result<Self, UnknownType> {
        Self::all().find(|known| known.name() == name).ok_or(UnknownType)
    }
}

/// No event of this release has such a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an unknown type of event")]
pub struct UnknownType;
