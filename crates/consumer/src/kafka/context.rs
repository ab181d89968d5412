//! What clients report by themselves goes to the log as a warning: librdkafka goes on, and where it cannot the call that
//! waits for it says so.

use rdkafka::client::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use tracing::warn;

/// The context of a client that has nothing else to tell.
#[derive(Clone, Copy, Debug)]
pub struct Logged(
    /// What the client is for, as the log names it.
    pub &'static str,
);

impl ClientContext for Logged {
    fn error(&self, error: KafkaError, reason: &str) {
        // A client that looks for the end of a partition reports finding it as an error.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        warn!(client = self.0, error = &error as &dyn std::error::Error, reason, "kafka");
    }
}

impl ConsumerContext for Logged {}
