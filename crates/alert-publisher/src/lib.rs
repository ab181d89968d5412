//! What leaves the engine: events as CloudEvents, dead letters, and the sinks that take them.
//!
//! On Kafka everything that one commit publishes is one transaction ([`Publisher`]): events, dead letters, the journal
//! records of the shards concerned and the offsets that they have read up to. In archives events are lines of JSON
//! ([`LineSink`]).
//!
//! **Architecture invariant:** only this crate writes to Kafka, and it does not know how records are read: offsets come
//! in as numbers, the membership in the group as a token that was read elsewhere.

mod clock;
mod dead_letter;
mod envelope;
mod limits;
mod lines;
mod native;
mod outcome;
mod outgoing;
mod publisher;
mod settings;
mod token;
mod topics;
mod transaction;

pub use dead_letter::RejectedRecord;
pub use envelope::event;
pub use lines::LineSink;
pub use native::OffsetsRefused;
pub use outcome::{Cause, Committed, Failure, SubmissionOutcome};
pub use outgoing::{NextOffset, Outgoing, ShardRecords};
pub use publisher::{Publisher, Submission};
pub use settings::{PRODUCER_SETTINGS_OWNED, producer_config};
pub use token::{GroupToken, NotAMember};
pub use topics::Topics;
pub use transaction::end_transactions_of;
