//! Where a card stands, for the compacted topic `card-status`.

use ringfence_cdr::{EventTime, Number};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ActAction, rfc3339, schema};

/// Where a card stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardStatus {
    /// The card: its number.
    #[schemars(with = "schema::Number")]
    pub card: Number,
    /// The last sequence used on `suspensions`.
    pub sequence: u64,
    /// One for each ladder that the card stands on.
    pub ladders: Vec<LadderStatus>,
}

/// Where a card stands on one ladder. What is due and what was imposed are shown apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LadderStatus {
    /// The ladder's name.
    pub ladder: Box<str>,
    /// The strikes that stand, in order: the latest of each ladder, 500 at most of all together.
    pub strikes: Vec<StrikeStatus>,
    /// Set where more stand than are listed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approximate: bool,
    /// What was imposed last and still runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ImposedStatus")]
    pub imposed: Option<ImposedStatus>,
}

/// One strike and what it makes due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StrikeStatus {
    /// The instant of the offence.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub at: EventTime,
    /// The name of the rule that was broken.
    pub rule: Box<str>,
    /// The violation's id.
    #[schemars(with = "schema::Id")]
    pub violation: String,
    /// How many strikes counted then, this one included.
    pub count: u32,
    /// What it makes due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ActAction")]
    pub due: Option<ActAction>,
    /// When what is due ends, had it begun at the instant of the strike.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub due_until: EventTime,
}

/// A sanction that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImposedStatus {
    /// What was done.
    pub action: ActAction,
    /// When it began.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub since: EventTime,
    /// When it ends by itself.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub until: EventTime,
}
