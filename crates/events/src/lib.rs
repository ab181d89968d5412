//! What subscribers receive: the contract of Ringfence's outputs, as types that serialise and read back.
//!
//! A commit publishes [`Event`]s: a [`Violation`] tells of one episode of one rule for one key, a [`Suspension`] is a
//! command to provisioning, a [`CardStatus`] says where a card stands. Beside each stand its CloudEvents
//! [`Attributes`]. A record that could not be taken becomes a [`DeadLetter`]. The same types are written by the
//! engine and by `backtest`, and read by whoever subscribes; [`schemas`] are the JSON Schemas for everybody else.
//!
//! **Architecture invariant:** events only shape. This crate knows no facts and no rules, decides nothing, and does no
//! I/O. What is not published is in none of these types.

mod attributes;
mod card_status;
mod dead_letter;
mod event;
mod hex;
mod published_schema;
mod quantity;
mod rfc3339;
mod schema;
mod suspension;
mod violation;
mod words;

pub use attributes::{Attributes, EventPlace, NotAnEvent};
pub use card_status::{CardStatus, ImposedStatus, LadderStatus, StrikeStatus};
pub use dead_letter::{DeadLetter, ERROR_CODE_HEADER, NotADeadLetter, WholeValue};
pub use event::{Event, EventType, UnknownType};
pub use hex::hex;
pub use published_schema::{PublishedSchema, schemas};
pub use quantity::{Decimal, Quantity};
pub use suspension::{ActAction, Service, Suspension};
pub use violation::{
    Clause, Evidence, EvidenceRecord, KeyName, Mode, Operator, RuleReference, Scope, Severity, Status, Violation,
};
