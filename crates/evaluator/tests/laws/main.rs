//! The laws of `docs/laws.md`, held against the oracle on small adversarial worlds. Each test is named by its law.
//!
//! The seed is fixed, so that a run tells the same every time; `PROPTEST_CASES` makes it longer and
//! `PROPTEST_RNG_SEED` another one.

mod absent;
mod anchored;
mod archive;
mod bounded;
mod caches;
mod cap_restarted;
mod cost;
mod fields;
mod form;
mod found;
mod history;
mod host;
mod live;
mod many_parts;
mod run;
mod steps;
mod switch;
mod tables;
mod told;
mod values;

use ringfence_oracle::generate::worlds;
