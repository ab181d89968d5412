//! How far a contender has come: the offsets that its consumer group has committed, asked of the broker.
//!
//! Every contender commits its input offsets with its outputs, so what is committed is what is done.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::Error;
use crate::measure::now;

/// How long one request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait before a broker that has no coordinator of the group yet is asked again.
const ELECTION_PAUSE: Duration = Duration::from_millis(100);

/// The committed offsets of one group on one topic.
pub struct Progress {
    client: BaseConsumer,
    topic: String,
    // Where each partition begins and ends.
    ranges: Vec<(i64, i64)>,
}

impl Progress {
    /// Prepares to watch `group` on `topic`, which must hold all its records by now.
    ///
    /// # Errors
    /// If the topic cannot be described.
    pub fn of(bootstrap: &str, group: &str, topic: &str) -> Result<Self, Error> {
        let client: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("group.id", group)
            .set("isolation.level", "read_uncommitted")
            .create()
            .map_err(Error::kafka("make a client"))?;
        let metadata =
            client.fetch_metadata(Some(topic), REQUEST_LIMIT).map_err(Error::kafka("describe the input topic"))?;
        let partitions = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
        let mut ranges = Vec::with_capacity(partitions);
        for partition in (0..).take(partitions) {
            ranges.push(
                client
                    .fetch_watermarks(topic, partition, REQUEST_LIMIT)
                    .map_err(Error::kafka("ask for the end of the input topic"))?,
            );
        }
        Ok(Self { client, topic: topic.to_owned(), ranges })
    }

    /// How many records the topic holds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.ranges.iter().map(|(low, high)| count(high - low)).sum()
    }

    /// How many of them the group has committed.
    ///
    /// # Errors
    /// If the broker does not answer.
    pub fn committed(&self) -> Result<u64, Error> {
        let mut asked = TopicPartitionList::new();
        asked.add_partition_range(&self.topic, 0, i32::try_from(self.ranges.len()).unwrap_or(i32::MAX) - 1);
        let began = now();
        let answer = loop {
            match self.client.committed_offsets(asked.clone(), REQUEST_LIMIT) {
                // A young broker has not decided yet who keeps the group.
                Err(error) if is_electing(&error) && began.elapsed() < REQUEST_LIMIT => {
                    std::thread::sleep(ELECTION_PAUSE);
                }
                answer => break answer.map_err(Error::kafka("ask for committed offsets"))?,
            }
        };
        Ok(answer
            .elements()
            .iter()
            .map(|element| match (element.offset(), usize::try_from(element.partition())) {
                (Offset::Offset(offset), Ok(index)) => {
                    let (low, high) = self.ranges[index];
                    count(offset.clamp(low, high) - low)
                }
                _ => 0,
            })
            .sum())
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("topic", &self.topic).field("ranges", &self.ranges).finish_non_exhaustive()
    }
}

/// Whether the broker has no coordinator of the group yet.
fn is_electing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let code = error.rdkafka_error_code();
    matches!(code, Some(Code::NotCoordinator | Code::CoordinatorNotAvailable | Code::CoordinatorLoadInProgress))
}

/// A difference of offsets as a count; an offset that went backwards counts nothing.
fn count(difference: i64) -> u64 {
    u64::try_from(difference).unwrap_or_default()
}
