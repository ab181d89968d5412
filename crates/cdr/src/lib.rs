//! The vocabulary of Ringfence: what a call record, a complaint, a number and a time are.
//!
//! Everything that enters the engine is decoded here, once, into the types of this crate: the canonical JSON of
//! the product ([`json`]), the files of other systems ([`dialect`]), numbers in any national form
//! ([`Numbering`]). What cannot be decoded becomes a [`Reject`] with a stable code. What people write, here and in
//! rules, is read by [`yaml`], and a slip in a name is answered by [`nearest`].
//!
//! **Architecture invariant:** this crate does no I/O and reads no clock; bytes and times come in as arguments. Time zones
//! and the number plan are built in: the machine has no say in them, and [`Releases`] names which ones they are.

#[macro_use]
mod table;

mod avro;
mod call;
mod cause;
mod complaint;
mod context;
mod counts;
mod details;
pub mod dialect;
mod epoch;
mod field;
mod fields;
mod hint;
mod instant;
pub mod json;
mod key;
mod nearest;
mod never;
mod number;
mod numbering;
mod plan;
mod plausible;
mod record;
mod record_type;
mod reject;
mod seconds;
mod time;
mod treatment;
pub mod yaml;
mod zones;

pub use avro::SchemaError;
pub use call::{Answer, Cdr, Leg, Part, Served};
pub use complaint::{Complaint, ComplaintStatus};
pub use context::{CdrContext, RecordTypes};
pub use counts::{InputCounts, Rejected};
pub use details::{DetailField, Details};
pub use field::{Field, FieldType};
pub use fields::{CdrFields, ComplaintFields};
pub use hint::{Hint, shape};
pub use key::Key;
pub use nearest::nearest;
pub use number::{Number, PackedNumber};
pub use numbering::{Country, NumberFault, Numbering, UnknownCountry};
pub use plan::{NumberPlan, PrefixFault};
pub use plausible::PlausibleTimes;
pub use record::{Record, RecordKind};
pub use record_type::RecordType;
pub use reject::{Reject, RejectCode};
pub use time::{Clock, EventTime, Fingerprint, Millis};
pub use treatment::{Treated, Treatment, Treatments};
pub use zones::{Releases, time_zone, time_zone_names};
