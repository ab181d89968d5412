//! What subscribers read of a card: the commands to provisioning and where the card stands.

use ringfence_cdr::{EventTime, Number};
use serde::Serialize;

/// A command to provisioning. `sequence` is gap-free per card, so that a consumer can detect a loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// Of card, ladder and sequence: thirty-two hexadecimal digits.
    pub id: String,
    /// The card: its number.
    pub card: Number,
    /// What is to be done.
    pub action: ActAction,
    /// Services barred, outgoing first; empty for a warning.
    pub services: Vec<&'static str>,
    /// When it begins: never before the engine knew.
    #[serde(serialize_with = "rfc3339")]
    pub not_before: EventTime,
    /// When it ends by itself.
    #[serde(serialize_with = "rfc3339_option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<EventTime>,
    /// The basis of the rule that was broken.
    pub legal_basis: Box<str>,
    /// The ladder climbed.
    pub ladder: Box<str>,
    /// How many strikes counted, this one included; of a reinstatement, how many count then.
    pub strike: u32,
    /// The violation that made the strike; of a reinstatement, of what is ended.
    pub violation: String,
    /// Per card, from 1, without gaps.
    pub sequence: u64,
    /// Why, in one plain sentence.
    pub reason: String,
}

/// What provisioning is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActAction {
    /// Warn the holder.
    Warn,
    /// Bar services.
    Suspend,
    /// Lift a bar.
    Reinstate,
}

impl ActAction {
    /// The name in events and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
        }
    }
}

/// Where a card stands, for the compacted topic `card-status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CardStatus {
    /// The card: its number.
    pub card: Number,
    /// The last sequence used on `suspensions`.
    pub sequence: u64,
    /// One for each ladder that the card stands on.
    pub ladders: Vec<LadderStatus>,
}

/// Where a card stands on one ladder. What is due and what was imposed are shown apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LadderStatus {
    /// The ladder's name.
    pub ladder: Box<str>,
    /// Every strike that stands, in order.
    pub strikes: Vec<StrikeStatus>,
    /// What was imposed last and still runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imposed: Option<ImposedStatus>,
}

/// One strike and what it makes due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StrikeStatus {
    /// The instant of the offence.
    #[serde(serialize_with = "rfc3339")]
    pub at: EventTime,
    /// The rule that was broken.
    pub rule: Box<str>,
    /// The violation.
    pub violation: String,
    /// How many strikes counted then, this one included.
    pub count: u32,
    /// What it makes due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<ActAction>,
    /// When what is due ends, had it begun at the instant of the strike.
    #[serde(serialize_with = "rfc3339")]
    pub due_until: EventTime,
}

/// A sanction that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImposedStatus {
    /// What was done.
    pub action: ActAction,
    /// When it began.
    #[serde(serialize_with = "rfc3339")]
    pub since: EventTime,
    /// When it ends by itself.
    #[serde(serialize_with = "rfc3339")]
    pub until: EventTime,
}

fn rfc3339<S: serde::Serializer>(at: &EventTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn rfc3339_option<S: serde::Serializer>(at: &Option<EventTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}
