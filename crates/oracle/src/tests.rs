//! Worked examples, one small test per boundary.

mod build;
mod episodes;
mod fixtures;
mod ladders;
mod measures;
mod predicates;
mod records;
mod silences;
