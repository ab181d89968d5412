//! A suspension: a command to provisioning.

use ringfence_cdr::{EventTime, Number};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{rfc3339, schema};

/// A command to provisioning. `sequence` is gap-free per card, so that a consumer can detect a loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// Of card and sequence: thirty-two hexadecimal digits.
    #[schemars(with = "schema::Id")]
    pub id: String,
    /// The card: its number.
    #[schemars(with = "schema::Number")]
    pub card: Number,
    /// What is to be done.
    pub action: ActAction,
    /// Services barred, outgoing first, or barred until now; empty for a warning.
    pub services: Vec<Service>,
    /// When it begins: never before the engine knew.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub not_before: EventTime,
    /// When it ends by itself.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "schema::Time")]
    pub expires_at: Option<EventTime>,
    /// The basis of the rule that was broken.
    pub legal_basis: Box<str>,
    /// The ladder climbed.
    pub ladder: Box<str>,
    /// How many strikes counted, this one included; of a reinstatement, how many count then.
    pub strike: u32,
    /// The id of the violation that made the strike; of a reinstatement, of what is ended.
    #[schemars(with = "schema::Id")]
    pub violation: String,
    /// Per card, from 1, without gaps.
    pub sequence: u64,
    /// Why, in one plain sentence.
    pub reason: String,
}

words! {
    /// What provisioning is told to do.
    #[schemars(rename = "Action")]
    ActAction {
        /// Warn the holder.
        Warn = "warn",
        /// Bar services.
        Suspend = "suspend",
        /// Lift a bar.
        Reinstate = "reinstate",
    }
}

words! {
    /// A service that a suspension bars.
    Service {
        /// Calls that the card makes.
        Outgoing = "outgoing",
        /// Calls that the card gets.
        Incoming = "incoming",
        /// Short messages.
        Sms = "sms",
        /// Data.
        Data = "data",
    }
}
