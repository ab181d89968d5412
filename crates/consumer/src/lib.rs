//! Kafka, file and standard-input sources, decoding, dead letters and assignment.

pub mod files;
pub mod kafka;
