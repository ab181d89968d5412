//! Which broker coordinates a group or the transactions of an id, for tests that take exactly that one away.
//!
//! Kafka keeps groups and transactions in partitions of two topics of its own: the hash of the name decides which, and
//! the partition's leader is the coordinator.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{Offset, TopicPartitionList};

use crate::{Cluster, Error, wait};

/// How long the cluster may take to make a topic of its own and to find its leaders.
const LIMIT: Duration = Duration::from_secs(60);
/// How long one request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);

impl Cluster {
    /// The broker (its index from 0) that coordinates the transactions of this id.
    ///
    /// # Errors
    /// If the brokers do not come to one.
    pub fn coordinator_of_transactions(&self, transactional_id: &str) -> Result<usize, Error> {
        let doing = || format!("find the coordinator of {transactional_id}");
        // Whoever begins transactions first makes the brokers lay out their topic.
        let producer: BaseProducer = self
            .client_config()
            .set("transactional.id", "ringfence-kafka-for-tests")
            .create()
            .map_err(Error::kafka(doing()))?;
        producer.init_transactions(LIMIT).map_err(Error::kafka(doing()))?;
        self.leader_for("__transaction_state", transactional_id)
    }

    /// The broker (its index from 0) that coordinates this group.
    ///
    /// # Errors
    /// If the brokers do not come to one.
    pub fn coordinator_of_group(&self, group: &str) -> Result<usize, Error> {
        let doing = || format!("find the coordinator of group {group}");
        // Asking for offsets makes the brokers lay out the topic of groups.
        let client: BaseConsumer = self
            .client_config()
            .set("group.id", "ringfence-kafka-for-tests")
            .create()
            .map_err(Error::kafka(doing()))?;
        let mut list = TopicPartitionList::new();
        list.add_partition_offset("any", 0, Offset::Invalid).map_err(Error::kafka(doing()))?;
        let asked = wait::until(LIMIT, || client.committed_offsets(list.clone(), REQUEST_LIMIT).ok());
        asked.ok_or_else(|| Error::TimedOut(doing()))?;
        self.leader_for("__consumer_offsets", group)
    }

    fn leader_for(&self, topic: &str, name: &str) -> Result<usize, Error> {
        let doing = || format!("find the leaders of {topic}");
        let client: BaseConsumer = self.client_config().create().map_err(Error::kafka(doing()))?;
        wait::until(LIMIT, || {
            let metadata = client.fetch_metadata(Some(topic), REQUEST_LIMIT).ok()?;
            let partitions = metadata.topics().first()?.partitions();
            let wanted = partition_of(name, i32::try_from(partitions.len()).ok().filter(|count| *count > 0)?);
            let found = partitions.iter().find(|partition| partition.id() == wanted)?;
            // Nodes are numbered from 1.
            usize::try_from(found.leader() - 1).ok()
        })
        .ok_or_else(|| Error::TimedOut(doing()))
    }
}

/// The partition in which Kafka keeps a name: Java's hash of the text, without its sign.
fn partition_of(name: &str, partitions: i32) -> i32 {
    let hash = name.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0) % partitions
}

#[cfg(test)]
mod tests {
    use super::partition_of;

    /// The hash of `polygenelubricants` is the least integer, which has no opposite.
    #[test]
    fn names_are_hashed_as_java_does() {
        assert_eq!(partition_of("abc", 1_000_000), 96_354);
        assert_eq!(partition_of("hello world", i32::MAX), 1_794_106_052);
        assert_eq!(partition_of("polygenelubricants", 50), 0);
    }
}
