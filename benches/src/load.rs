//! Writes the call records that benchmarks read into a topic.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use ringfence_kafka_for_tests::create_topic;

use crate::Error;
use crate::measure::now;
use crate::traffic::TrafficShape;

/// How many partitions the topic has.
pub const PARTITIONS: usize = 16;

/// How long the broker may take over what is still on its way at the end.
const FLUSH_LIMIT: Duration = Duration::from_secs(120);

/// How many records are sent between two looks at what was delivered.
const POLL_EVERY: u64 = 4_096;

/// What was written.
#[derive(Debug, Clone, Copy)]
pub struct Loaded {
    /// How many records.
    pub records: u64,
    /// How many bytes their values have together.
    pub bytes: u64,
}

/// Makes the topic and writes the whole stream into it: keyed by calling number as Java's clients do it (murmur2), lz4,
/// each record stamped with its arrival.
///
/// # Errors
/// If the topic exists already, or a record cannot be delivered.
pub fn load(bootstrap: &str, topic: &str, shape: &TrafficShape) -> Result<Loaded, Error> {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", bootstrap);
    create_topic(&client, topic, PARTITIONS, &[("retention.ms", "-1")])?;
    let producer: BaseProducer<Failures> = client
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("enable.idempotence", "true")
        .set("linger.ms", "50")
        .set("batch.num.messages", "20000")
        .set("batch.size", "1000000")
        .set("queue.buffering.max.messages", "400000")
        .create_with_context(Failures::default())
        .map_err(Error::kafka("make a producer"))?;
    let (mut key, mut json) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for index in 0..shape.records {
        let call = shape.call(index);
        call.write_key(&mut key);
        call.write_json(&mut json);
        bytes += u64::try_from(json.len()).unwrap_or_default();
        let record = BaseRecord::to(topic)
            .key(key.as_slice())
            .payload(json.as_slice())
            .timestamp(i64::try_from(call.arrival_ms).unwrap_or(i64::MAX));
        send(&producer, record)?;
        if index % POLL_EVERY == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    let began = now();
    while producer.in_flight_count() > 0 && began.elapsed() < FLUSH_LIMIT {
        producer.poll(Duration::from_millis(10));
    }
    let lost = producer.context().0.load(Ordering::Relaxed) + u64::try_from(producer.in_flight_count()).unwrap_or(0);
    if lost > 0 {
        return Err(Error::Unmet(format!("{lost} records could not be delivered")));
    }
    Ok(Loaded { records: shape.records, bytes })
}

fn send(producer: &BaseProducer<Failures>, record: BaseRecord<'_, [u8], [u8]>) -> Result<(), Error> {
    let mut waiting = record;
    while let Err((error, record)) = producer.send(waiting) {
        if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
            return Err(Error::kafka("write a record")(error));
        }
        waiting = record;
        producer.poll(Duration::from_millis(10));
    }
    Ok(())
}

/// Counts the records that were not delivered.
#[derive(Debug, Default)]
struct Failures(AtomicU64);

impl ClientContext for Failures {}

impl ProducerContext for Failures {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        if result.is_err() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
