//! What librdkafka can do and `rdkafka` does not offer: reading in batches, the generation of a group member, the ids of
//! topics. The only place of this crate that lifts the ban on `unsafe`.
#![expect(unsafe_code, reason = "rdkafka has no batch consume, no view of a member's generation and no topic ids")]

mod batch;
mod cursor;
mod member;
mod topics;

pub use batch::{Batch, Item, Queue, RawRecord, Run};
pub use cursor::{Cursor, CursorError};
pub(crate) use member::group_place;
pub use member::{GroupPlace, known_watermarks};
pub use topics::{Permission, TopicFacts, describe_topics};
