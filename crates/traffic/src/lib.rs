//! Labelled call traffic: ordinary subscribers, honest telemarketers and each kind of offender.
//!
//! Detection can only be judged against traffic whose truth is known. A [`Plan`] names a world; [`generate`] makes
//! it; [`World::emissions`] streams its call records and complaints in the order in which they arrive, with the
//! late files, repeats, partial records and second legs that real networks deliver; [`World::labels`] says what
//! each number really is. The same plan gives the same bytes on every machine, and a world is never held in
//! memory: only what is still on its way is.
//!
//! ```text
//! ordinary people (drawn per slice of time) ─┐
//! campaigns (one per card or offender) ──────┴─▶ attempts ─▶ network: records, files, mistakes ─▶ arrivals
//! ```
//!
//! Every number lies in one block that belongs to nobody, see [`Party`].
//!
//! **Architecture invariant:** no clock, no randomness but the seed's, no floating point; I/O only through the
//! writers handed to the `write_*` functions.

mod arrivals;
mod attempt;
mod caller;
mod complaint;
mod counts;
mod emission;
mod files;
mod garbage;
mod json;
mod kind;
mod local_time;
mod network;
mod offenders;
mod ordinary;
mod party;
mod permutation;
mod plan;
mod population;
mod random;
mod record;
mod setting;
mod telemarketer;
mod world;
mod write;

pub use complaint::ComplaintRecord;
pub use counts::Counts;
pub use emission::{Emission, EmissionRecord};
pub use garbage::Garbage;
pub use kind::Kind;
pub use party::{NUMBERS_MAX, Party};
pub use plan::{HOURS_MAX, NUMBERS_MIN, Plan, PlanError};
pub use record::CallRecord;
pub use world::{Emissions, World, generate};
pub use write::{Written, write_telemarketing_cards, write_traffic, write_truth};
