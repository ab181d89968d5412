//! How long after a deciding call its violation can be read.
//!
//! Calls flow at a steady pace, as of now. Among them numbers of their own, the *probes*, make calls until one is short
//! of the limit; the deciding call of each is then sent by itself, and a `read_committed` subscriber waits for the
//! violation. The clock runs from before the producer is asked to send until the subscriber has the event, so it takes
//! in more than the engine answers for.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use ringfence_events::Violation;
use rustix::time::{ClockId, clock_gettime};

use crate::Error;
use crate::floor::RULE;
use crate::load::PARTITIONS;
use crate::measure::now;
use crate::table::Runs;
use crate::traffic::TrafficShape;

/// So long before its deciding call a probe makes its others.
const READY: Duration = Duration::from_secs(2);
/// How long the last violation may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long before a probe or a subscriber asks again.
const WAIT: Duration = Duration::from_millis(1);

/// librdkafka asks the broker once for each partition: calls that are sent as they come, a few to each, would measure
/// how a broker copes with that. The probes do not linger.
const FLOW_LINGER_MS: &str = "50";

/// What flows.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Who calls whom; times and the number of records are of no account.
    pub shape: TrafficShape,
    /// Calls a second.
    pub rate: u64,
    /// For how long before the first probe is decided.
    pub warm_up: Duration,
    /// How many probes there are.
    pub probes: usize,
    /// How long after one probe the next is decided; no multiple of the commit interval, so that all its moments are met.
    pub every: Duration,
}

/// Probes whose deciding call was sent, and what is known of them.
#[derive(Debug, Default)]
struct Probes {
    sent: Mutex<HashMap<Vec<u8>, Instant>>,
    seconds: Mutex<Runs>,
    over: AtomicBool,
}

/// Lets calls flow into `input` and waits in `violations` for those of the rule named `rule`; returns the seconds that
/// each probe took, and calls a second as they were sent.
///
/// # Errors
/// If a probe's violation does not come, or the brokers do not answer.
pub fn measure(
    bootstrap: &str,
    (input, violations): (&str, &str),
    rule: &str,
    pace: &Pace,
) -> Result<(Runs, f64), Error> {
    let probes = Probes::default();
    let subscriber = subscribe(bootstrap, violations)?;
    let rate = std::thread::scope(|scope| {
        scope.spawn(|| probes.watch(&subscriber, rule));
        let rate = feed(bootstrap, input, pace, &probes);
        let began = now();
        while probes.waiting() > 0 && rate.is_ok() && began.elapsed() < PATIENCE {
            sleep(WAIT);
        }
        probes.over.store(true, Ordering::Relaxed);
        rate
    })?;
    match probes.waiting() {
        0 => Ok((probes.seconds.into_inner().unwrap_or_default(), rate)),
        missing => Err(Error::Unmet(format!("{missing} of {} violations did not come", pace.probes))),
    }
}

impl Probes {
    fn waiting(&self) -> usize {
        self.sent.lock().map_or(0, |sent| sent.len())
    }

    fn decide(&self, key: Vec<u8>) {
        if let Ok(mut sent) = self.sent.lock() {
            sent.insert(key, now());
        }
    }

    fn watch(&self, subscriber: &BaseConsumer, rule: &str) {
        while !self.over.load(Ordering::Relaxed) {
            let Some(Ok(message)) = subscriber.poll(Duration::from_millis(100)) else { continue };
            let read = now();
            let violation = message.payload().and_then(|json| serde_json::from_slice::<Violation>(json).ok());
            let names_rule = violation.is_some_and(|violation| &*violation.rule.id == rule);
            let (Some(key), true) = (message.key(), names_rule) else { continue };
            let Ok(mut sent) = self.sent.lock() else { continue };
            if let (Some(began), Ok(mut seconds)) = (sent.remove(key), self.seconds.lock()) {
                seconds.push(read.saturating_duration_since(began).as_secs_f64());
            }
        }
    }
}

fn subscribe(bootstrap: &str, topic: &str) -> Result<BaseConsumer, Error> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "latency-subscriber")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .create()
        .map_err(Error::kafka("make a subscriber"))?;
    let mut places = TopicPartitionList::new();
    for partition in (0..).take(PARTITIONS) {
        places.add_partition_offset(topic, partition, Offset::Beginning).map_err(Error::kafka("name a partition"))?;
    }
    consumer.assign(&places).map_err(Error::kafka("read violations"))?;
    Ok(consumer)
}

type Sender = ThreadedProducer<DefaultProducerContext>;

fn sender(bootstrap: &str, linger_ms: &str) -> Result<Sender, Error> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("partitioner", "murmur2_random").set("compression.type", "lz4");
    config.set("linger.ms", linger_ms).set("queue.buffering.max.messages", "1000000");
    config.create().map_err(Error::kafka("make a producer"))
}

/// Sends calls at the pace, and the probes among them; returns calls a second.
#[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
fn feed(bootstrap: &str, topic: &str, pace: &Pace, probes: &Probes) -> Result<f64, Error> {
    let (flow, alone) = (sender(bootstrap, FLOW_LINGER_MS)?, sender(bootstrap, "0")?);
    let (mut key, mut json) = (Vec::new(), Vec::new());
    let (mut index, mut ready, mut decided) = (0_u64, 0, 0);
    let began = now();
    while decided < pace.probes {
        let elapsed = began.elapsed();
        let due = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX) * pace.rate / 1_000_000;
        while index < due {
            let mut call = pace.shape.call(index % pace.shape.records.max(1));
            (call.seizure_ms, call.arrival_ms) = (wall_ms(), wall_ms());
            call.write_key(&mut key);
            call.write_json(&mut json);
            send(&flow, topic, &key, &json)?;
            index += 1;
        }
        let decides_at = |probe: usize| pace.warm_up + pace.every * u32::try_from(probe).unwrap_or(u32::MAX);
        if ready < pace.probes && elapsed + READY >= decides_at(ready) {
            for call in 1..RULE.limit {
                send(&flow, topic, &probe_key(ready), &probe_json(ready, call))?;
            }
            ready += 1;
        }
        if decided < ready && elapsed >= decides_at(decided) {
            let (key, json) = (probe_key(decided), probe_json(decided, RULE.limit));
            probes.decide(key.clone());
            send(&alone, topic, &key, &json)?;
            decided += 1;
        }
        sleep(WAIT);
    }
    let rate = index as f64 / began.elapsed().as_secs_f64();
    for producer in [&flow, &alone] {
        producer.flush(PATIENCE).map_err(Error::kafka("write records"))?;
    }
    Ok(rate)
}

/// Where the broker does not keep up the pace falls, which the rate shows.
fn send(producer: &Sender, topic: &str, key: &[u8], json: &[u8]) -> Result<(), Error> {
    let mut waiting = BaseRecord::to(topic).key(key).payload(json);
    while let Err((error, record)) = producer.send(waiting) {
        if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
            return Err(Error::kafka("write a record")(error));
        }
        waiting = record;
        sleep(WAIT);
    }
    Ok(())
}

/// Of a block that is assigned to nobody.
fn probe_key(probe: usize) -> Vec<u8> {
    format!("+861900001{probe:04}").into_bytes()
}

fn probe_json(probe: usize, call: usize) -> Vec<u8> {
    format!(
        "{{\"recordId\":\"probe-{probe}-{call}\",\"recordType\":\"moCall\",\"callingNumber\":\"+861900001{probe:04}\",\
         \"calledNumber\":\"+861900002{call:04}\",\"seizureTime\":{},\"callDuration\":0,\"causeForTerm\":3}}",
        wall_ms()
    )
    .into_bytes()
}

/// Calls are made now: the engine's clock is the records' own.
fn wall_ms() -> u64 {
    let now = clock_gettime(ClockId::Realtime);
    u64::try_from(now.tv_sec).unwrap_or_default() * 1_000 + u64::try_from(now.tv_nsec).unwrap_or_default() / 1_000_000
}
