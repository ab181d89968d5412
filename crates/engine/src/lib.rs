//! The owner loop: poll, judge, publish, commit, with journal, recovery and ticks.

pub mod config;
mod source;

pub use source::{Source, SourceKey, SourceKeyForm, SourceKind, SourceNumbers, SourcePartitioner};
