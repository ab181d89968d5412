//! Reading a topic as an outsider does: committed transactions only, to the end.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};

use crate::wait::Deadline;
use crate::{Cluster, Error};

/// How long reading a whole topic may take.
const LIMIT: Duration = Duration::from_secs(120);

/// How long one request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The partition it lies in.
    pub partition: i32,
    /// Its offset there. Offsets have gaps where transactions ended or were aborted.
    pub offset: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers in order; a header without value has an empty one.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
}

impl Record {
    fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map_or_else(Vec::new, |headers| {
            headers.iter().map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect()
        });
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers,
            timestamp: message.timestamp().to_millis(),
        }
    }

    /// The value as text, for assertions; empty for a tombstone.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.value.as_deref().unwrap_or_default()).into_owned()
    }

    /// The value of the first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_slice())
    }
}

impl Cluster {
    /// Reads every committed record that the topic holds now, in order of partition and offset.
    ///
    /// What lies behind a transaction that is still open is not seen, as for every `read_committed` reader.
    ///
    /// # Errors
    /// If the topic does not exist or cannot be read to its end within two minutes.
    pub fn read_all(&self, topic: &str) -> Result<Vec<Record>, Error> {
        let doing = || format!("read {topic}");
        let deadline = Deadline::after(LIMIT);
        let consumer: BaseConsumer = self
            .client_config()
            .set("group.id", "ringfence-kafka-for-tests")
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "10")
            .create()
            .map_err(Error::kafka(doing()))?;
        let mut unfinished = assign_all(&consumer, topic).map_err(Error::kafka(doing()))?;
        let mut records = Vec::new();
        while !unfinished.is_empty() {
            match consumer.poll(Duration::from_millis(100)) {
                None if deadline.passed() => return Err(Error::TimedOut(doing())),
                None => {}
                Some(Ok(message)) => records.push(Record::of(&message)),
                // The end as of a fetch that began after the call: behind control records too, which are never shown.
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    unfinished.remove(&partition);
                }
                Some(Err(error)) if is_passing(&error) && !deadline.passed() => {}
                Some(Err(error)) => return Err(Error::kafka(doing())(error)),
            }
        }
        records.sort_by_key(|record| (record.partition, record.offset));
        Ok(records)
    }
}

/// Assigns every partition that holds anything from its first record on, and returns them.
fn assign_all(consumer: &BaseConsumer, topic: &str) -> Result<BTreeSet<i32>, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), REQUEST_LIMIT)?;
    let mut partitions = BTreeSet::new();
    for found in metadata.topics() {
        if let Some(error) = found.error() {
            return Err(KafkaError::MetadataFetch(error.into()));
        }
        partitions.extend(found.partitions().iter().map(|partition| partition.id()));
    }
    let mut assignment = TopicPartitionList::new();
    let mut unfinished = BTreeSet::new();
    for partition in partitions {
        let (low, high) = consumer.fetch_watermarks(topic, partition, REQUEST_LIMIT)?;
        if low < high {
            assignment.add_partition_offset(topic, partition, Offset::Offset(low))?;
            unfinished.insert(partition);
        }
    }
    consumer.assign(&assignment)?;
    Ok(unfinished)
}

/// Tells whether librdkafka goes on by itself after this error.
fn is_passing(error: &KafkaError) -> bool {
    use rdkafka::error::RDKafkaErrorCode::{
        AllBrokersDown, BrokerTransportFailure, NotLeaderForPartition, OperationTimedOut, Resolve,
    };
    matches!(
        error.rdkafka_error_code(),
        Some(AllBrokersDown | BrokerTransportFailure | NotLeaderForPartition | OperationTimedOut | Resolve)
    )
}
