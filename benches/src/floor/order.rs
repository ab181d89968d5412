//! What the floor is asked for, known to each of its threads.

use std::time::Duration;

use rdkafka::ClientConfig;

use crate::window::Limit;

/// The rule that the floor judges.
pub const RULE: Limit = Limit { limit: 100, length_ms: 3_600_000 };

/// How long one request may take.
pub(crate) const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// What to read, where to write.
#[derive(Debug, Clone)]
pub struct Floor {
    /// Kafka's bootstrap servers.
    pub bootstrap: String,
    /// The topic of call records.
    pub input: String,
    /// The consumer group under which the input offsets are committed.
    pub group: String,
    /// The topic of outputs, which exists.
    pub output: String,
    /// How many threads share the partitions.
    pub threads: usize,
    /// How often a transaction is committed.
    pub commit_every: Duration,
}

impl Floor {
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }
}
