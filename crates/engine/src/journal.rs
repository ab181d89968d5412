//! The journal as it lies in Kafka: in the transaction of what it stands for, in the partition of its shard.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_alert_publisher::Outgoing;
use ringfence_consumer::kafka::JournalEnd;
use ringfence_task::{JournalError, JournalRecord};

/// The last record of a journal: where its shard goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastRecord(pub(crate) JournalRecord);

impl JournalEnd for LastRecord {
    type Error = JournalError;

    fn read(value: &[u8]) -> Result<Self, JournalError> {
        JournalRecord::read(value).map(Self)
    }

    fn next_offsets(&self) -> BTreeMap<&str, i64> {
        // Also of inputs that are retired: what they were read up to holds when they come back.
        self.0.inputs.iter().map(|input| (&*input.topic, input.next)).collect()
    }

    fn owner(&self) -> &str {
        &self.0.owner
    }
}

/// A record as it is written.
pub(crate) fn outgoing(record: &JournalRecord, topic: &Arc<str>) -> Result<Outgoing, serde_json::Error> {
    Ok(Outgoing {
        topic: topic.clone(),
        partition: Some(record.shard.partition),
        key: None,
        value: Some(record.to_bytes()?),
        headers: Vec::new(),
        timestamp: record.tick,
        want_offset: true,
    })
}
