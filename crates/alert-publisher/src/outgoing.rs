//! Records on their way out.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

/// A record to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub topic: Arc<str>,
    /// The partition; without one the key decides.
    pub partition: Option<i32>,
    /// The key, if any.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers in order.
    pub headers: Vec<(Cow<'static, str>, Vec<u8>)>,
    /// The Kafka timestamp, in milliseconds since 1970.
    pub timestamp: i64,
    /// Whether the offset at which it comes to lie is asked for; such a record needs a partition.
    pub want_offset: bool,
}

/// What one shard has in a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardRecords {
    /// The records, in order.
    pub records: Vec<Outgoing>,
    /// What has been read with this.
    pub offsets: Vec<NextOffset>,
}

/// Where the group reads on in a partition once this is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextOffset {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The next offset.
    pub next: i64,
}

impl Outgoing {
    /// Roughly how many bytes the record takes on the wire.
    #[must_use]
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 8).sum();
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len) + headers + 64
    }

    /// The form that the client sends; `opaque` comes back with the delivery report.
    pub(crate) fn to_send(&self, opaque: usize) -> BaseRecord<'_, [u8], [u8], usize> {
        let mut record = BaseRecord::with_opaque_to(&self.topic, opaque).timestamp(self.timestamp);
        record.partition = self.partition;
        record.key = self.key.as_deref();
        record.payload = self.value.as_deref();
        if !self.headers.is_empty() {
            let mut headers = OwnedHeaders::new_with_capacity(self.headers.len());
            for (key, value) in &self.headers {
                headers = headers.insert(Header { key, value: Some(value) });
            }
            record = record.headers(headers);
        }
        record
    }
}

impl fmt::Debug for Outgoing {
    /// Says where the record goes and nothing of what it holds: keys are phone numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, timestamp, .. } = self;
        f.debug_struct("Outgoing")
            .field("topic", topic)
            .field("partition", partition)
            .field("timestamp", timestamp)
            .finish_non_exhaustive()
    }
}
