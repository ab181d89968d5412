//! Writes a world's traffic to Kafka as a network's mediation would: keyed by number, stamped with its arrival.

use std::sync::OnceLock;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use ringfence_traffic::{Counts, EmissionRecord, World};

use super::KafkaDemoError;
use super::topics::Topics;
use crate::CommandError;
use crate::demo::watcher::Watcher;

/// How long the last records may take to be written.
const FLUSH: Duration = Duration::from_secs(60);
/// How long to wait for room in the producer's queue before trying again.
const ROOM: Duration = Duration::from_millis(1);
/// Something else may be done after so many records.
const BETWEEN_RECORDS: u64 = 512;

/// What was written.
pub(super) struct Written {
    /// Records of calls and complaints.
    pub(super) records: u64,
    /// What the traffic holds.
    pub(super) counts: Counts,
}

/// Writes all of it, in order of arrival, and tells the watcher of each call. `between` is told now and then how many
/// records were written so far; writing goes on when it returns.
pub(super) fn write(
    world: &World,
    brokers: &str,
    topics: &Topics,
    watcher: &mut dyn Watcher,
    between: &mut dyn FnMut(u64, &mut dyn Watcher) -> Result<(), CommandError>,
) -> Result<Written, CommandError> {
    let doing = "write the traffic";
    let producer = producer(brokers).map_err(KafkaDemoError::client(doing))?;
    let mut emissions = world.emissions();
    let (mut records, mut value) = (0u64, Vec::new());
    for emission in emissions.by_ref() {
        if let EmissionRecord::Cdr(call) = &emission.record {
            watcher.called(call);
        }
        let key = emission.record.key().to_string();
        value.clear();
        emission.record.write(&mut value);
        let topic = if emission.record.is_call() { &topics.calls } else { &topics.complaints };
        let record = BaseRecord::to(topic).key(&key).payload(&value).timestamp(emission.at_arrival.0);
        send(&producer, record).map_err(KafkaDemoError::client(doing))?;
        records += 1;
        if records.is_multiple_of(BETWEEN_RECORDS) {
            between(records, watcher)?;
        }
    }
    producer.flush(FLUSH).map_err(KafkaDemoError::client(doing))?;
    match producer.context().failed.get() {
        Some(error) => Err(KafkaDemoError::client(doing)(error.clone()).into()),
        None => Ok(Written { records, counts: emissions.counts().clone() }),
    }
}

fn producer(brokers: &str) -> Result<ThreadedProducer<Deliveries>, KafkaError> {
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("client.id", "ringfence-demo")
        // As Java's producers place keys; librdkafka's own default would put the number elsewhere.
        .set("partitioner", "murmur2_random")
        .set("enable.idempotence", "true")
        .set("compression.type", "lz4")
        .set("linger.ms", "5")
        .set("message.timeout.ms", "30000")
        .create_with_context(Deliveries::default())
}

/// Sends a record, waiting for room where there is none.
fn send(producer: &ThreadedProducer<Deliveries>, record: BaseRecord<'_, String, Vec<u8>>) -> Result<(), KafkaError> {
    let mut waiting = record;
    loop {
        match producer.send(waiting) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), record)) => waiting = record,
            Err((error, _)) => return Err(error),
        }
        std::thread::sleep(ROOM);
    }
}

/// Notes the first record that could not be written.
#[derive(Default)]
struct Deliveries {
    failed: OnceLock<KafkaError>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            // Only the first matters; it is there already otherwise.
            let _ = self.failed.set(error.clone());
        }
    }
}
