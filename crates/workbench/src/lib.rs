//! The tools of those who write rules: the tests that a rule declares.
//!
//! **Architecture invariant:** nothing here judges by itself; every answer comes from a shard, as in the engine.

mod feed;
mod test_run;

pub use feed::{FEED_NUMBER, expand};
pub use test_run::run_test;
