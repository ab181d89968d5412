//! Benchmarks of the whole product on a real Kafka, and what they are measured against.
//!
//! [`floor`] is the least that the job can cost: a hand-written program for one rule, without rules, recovery or
//! memory of the past. [`load`] writes the records that every contender reads, [`measure`] and [`progress`] look at a
//! contender from outside, the same way for all.

pub mod batch_consumer;
pub mod contender;
pub mod decoding;
pub mod engine;
pub mod error;
pub mod floor;
pub mod judging;
pub mod late;
pub mod latency;
pub mod load;
pub mod measure;
pub mod memory;
pub mod packs;
pub mod progress;
pub mod shapes;
pub mod table;
pub mod traffic;
pub mod window;

pub use error::Error;
