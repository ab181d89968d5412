//! Writing records and waiting until they are written.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::wait::Deadline;
use crate::{Cluster, Error};

/// How long all records of one call may take.
const LIMIT: Duration = Duration::from_secs(60);

/// How long to wait for room or for deliveries before looking again.
const POLL: Duration = Duration::from_millis(1);

/// A record to write.
#[derive(Debug, Clone, Default)]
pub struct NewRecord {
    /// Where to write it; otherwise the hash of the key decides, as Java's clients do it.
    pub partition: Option<i32>,
    /// The key, if any.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Milliseconds since 1970; otherwise the time of writing.
    pub timestamp: Option<i64>,
    /// Headers in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl NewRecord {
    /// A record with a key and a value.
    pub fn new(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        Self { key: Some(key.as_ref().to_vec()), value: Some(value.as_ref().to_vec()), ..Self::default() }
    }

    /// The same record with a timestamp, in milliseconds since 1970.
    #[must_use]
    pub fn at(mut self, timestamp_ms: i64) -> Self {
        self.timestamp = Some(timestamp_ms);
        self
    }

    /// The same record for a partition of the caller's choice.
    #[must_use]
    pub fn to_partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// The same record with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }
}

impl Cluster {
    /// Writes records in order and waits until all replicas have them; returns partition and offset of each.
    ///
    /// Keys are hashed with murmur2 as by Java's clients. Use a producer of your own, from
    /// [`Cluster::client_config`], for anything else.
    ///
    /// # Errors
    /// If a record is refused or cannot be delivered within a minute.
    pub fn produce(&self, topic: &str, records: &[NewRecord]) -> Result<Vec<(i32, i64)>, Error> {
        let doing = || format!("write to {topic}");
        let deadline = Deadline::after(LIMIT);
        let producer: BaseProducer<Deliveries> = self
            .client_config()
            .set("partitioner", "murmur2_random")
            .set("enable.idempotence", "true")
            .set("linger.ms", "1")
            .create_with_context(Deliveries::of(records.len()))
            .map_err(Error::kafka(doing()))?;
        for (index, record) in records.iter().enumerate() {
            let mut waiting = record.to_send(topic, index);
            while let Err((error, record)) = producer.send(waiting) {
                let full = error == KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
                if !full || deadline.passed() {
                    return Err(Error::kafka(doing())(error));
                }
                waiting = record;
                producer.poll(POLL);
            }
        }
        while producer.in_flight_count() > 0 {
            if deadline.passed() {
                return Err(Error::TimedOut(doing()));
            }
            producer.poll(POLL);
        }
        producer.context().positions().map_err(Error::kafka(doing()))
    }
}

impl NewRecord {
    fn to_send<'a>(&'a self, topic: &'a str, index: usize) -> BaseRecord<'a, [u8], [u8], Box<usize>> {
        let mut record = BaseRecord::with_opaque_to(topic, Box::new(index));
        if let Some(key) = &self.key {
            record = record.key(key.as_slice());
        }
        if let Some(value) = &self.value {
            record = record.payload(value.as_slice());
        }
        if let Some(partition) = self.partition {
            record = record.partition(partition);
        }
        if let Some(timestamp) = self.timestamp {
            record = record.timestamp(timestamp);
        }
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

/// Partition and offset of a record, or why it has none.
type Delivery = Result<(i32, i64), KafkaError>;

/// What became of each record, by its index in the call.
struct Deliveries(Mutex<Vec<Option<Delivery>>>);

impl Deliveries {
    fn of(count: usize) -> Self {
        Self(Mutex::new(vec![None; count]))
    }

    fn positions(&self) -> Result<Vec<(i32, i64)>, KafkaError> {
        let reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reported.iter().map(|result| result.clone().unwrap_or(Err(KafkaError::Canceled))).collect()
    }
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, index: Box<usize>) {
        let position = match result {
            Ok(message) => Ok((message.partition(), message.offset())),
            Err((error, _)) => Err(error.clone()),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[*index] = Some(position);
    }
}
