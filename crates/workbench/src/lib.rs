//! The tools of those who write rules and dialects: the tests that a rule declares, a dialect proposed for a file.
//!
//! **Architecture invariant:** nothing here judges by itself; every answer comes from a shard, as in the engine.

mod feed;
mod sniff;
mod test_run;

pub use feed::{FEED_NUMBER, expand};
pub use sniff::{BEGINNING, NoSample, Proposal, sniff};
pub use test_run::run_test;
