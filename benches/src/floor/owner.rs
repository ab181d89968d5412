//! One thread of the floor: its consumer, its windows, its transactions.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::order::{Floor, REQUEST_LIMIT, RULE};
use super::output::Violation;
use super::record::CallRecord;
use crate::Error;
use crate::batch_consumer::{BatchConsumer, Condition, RawRecord};
use crate::measure::now;
use crate::window::Calls;

/// How many records one batch holds at most.
const BATCH: usize = 4_096;

/// How long to wait for a batch to fill: short, since what has come is judged meanwhile.
const BATCH_WAIT: Duration = Duration::from_millis(5);

/// How often the drain loop looks whether outputs are delivered. `commit_transaction` alone would look every 100 ms, and
/// a `poll` that waits spins through its last millisecond.
const DRAIN_PAUSE: Duration = Duration::from_micros(500);

/// Reads these partitions to their ends; returns how many records they held.
pub(super) fn run(floor: &Floor, thread: usize, partitions: &[i32], ready: &Barrier) -> Result<u64, Error> {
    let prepared = Owner::prepare(floor, thread, partitions);
    // Also after an error: the others wait for this thread.
    ready.wait();
    let mut owner = prepared?;
    while owner.unfinished > 0 {
        owner.read_batch()?;
        if owner.last_commit.elapsed() >= floor.commit_every {
            owner.commit()?;
        }
    }
    owner.commit()?;
    Ok(owner.records)
}

struct Owner<'a> {
    floor: &'a Floor,
    consumer: BatchConsumer,
    producer: BaseProducer,
    state: State,
    unfinished: usize,
    records: u64,
    last_commit: Instant,
    text: String,
}

/// What a batch changes.
struct State {
    windows: HashMap<u64, Calls, FixedState>,
    violations: Vec<Violation>,
    // For each partition the offset after the last record, and whether it is not committed yet.
    next_offsets: Vec<(i64, bool)>,
}

impl<'a> Owner<'a> {
    fn prepare(floor: &'a Floor, thread: usize, partitions: &[i32]) -> Result<Self, Error> {
        let producer: BaseProducer = floor
            .client()
            .set("transactional.id", format!("floor-{thread}"))
            .set("partitioner", "murmur2_random")
            .set("linger.ms", "0")
            .set("transaction.timeout.ms", "10000")
            .create()
            .map_err(Error::kafka("make a producer"))?;
        producer.init_transactions(REQUEST_LIMIT).map_err(Error::kafka("begin to use transactions"))?;
        let consumer: BaseConsumer = floor
            .client()
            .set("group.id", &floor.group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.max.messages.kbytes", "65536")
            .create()
            .map_err(Error::kafka("make a consumer"))?;
        let mut assignment = TopicPartitionList::new();
        for partition in partitions {
            let (low, _) = consumer
                .fetch_watermarks(&floor.input, *partition, REQUEST_LIMIT)
                .map_err(Error::kafka("ask for the start of the input"))?;
            assignment
                .add_partition_offset(&floor.input, *partition, Offset::Offset(low))
                .map_err(Error::kafka("name a partition"))?;
        }
        consumer.assign(&assignment).map_err(Error::kafka("assign partitions"))?;
        let consumer = BatchConsumer::new(consumer, BATCH)
            .ok_or_else(|| Error::Unmet("the consumer has no queue to read from".to_owned()))?;
        let highest = partitions.iter().max().map_or(0, |partition| partition + 1);
        Ok(Self {
            floor,
            consumer,
            producer,
            state: State {
                windows: HashMap::with_hasher(FixedState::default()),
                violations: Vec::new(),
                next_offsets: vec![(0, false); usize::try_from(highest).unwrap_or_default()],
            },
            unfinished: partitions.len(),
            records: 0,
            last_commit: now(),
            text: String::new(),
        })
    }

    fn read_batch(&mut self) -> Result<(), Error> {
        let batch = self.consumer.next_batch(BATCH_WAIT);
        for item in batch.iter() {
            match item {
                Ok(record) => {
                    self.state.judge(record)?;
                    self.records += 1;
                }
                Err(Condition { code: RDKafkaErrorCode::PartitionEOF, .. }) => self.unfinished -= 1,
                Err(Condition { partition, code }) => {
                    return Err(Error::Unmet(format!("partition {partition} cannot be read: {code}")));
                }
            }
        }
        Ok(())
    }

    /// Writes what was found and how far the input was read, all or nothing.
    fn commit(&mut self) -> Result<(), Error> {
        self.last_commit = now();
        let offsets = self.state.take_offsets(&self.floor.input)?;
        if offsets.count() == 0 {
            return Ok(());
        }
        self.producer.begin_transaction().map_err(Error::kafka("begin a transaction"))?;
        for violation in self.state.violations.drain(..) {
            violation.send(&self.producer, &self.floor.output, &mut self.text)?;
        }
        self.drain();
        let group = self
            .consumer
            .consumer()
            .group_metadata()
            .ok_or_else(|| Error::Unmet("the consumer has no group".to_owned()))?;
        self.producer
            .send_offsets_to_transaction(&offsets, &group, REQUEST_LIMIT)
            .map_err(Error::kafka("add offsets to a transaction"))?;
        self.drain();
        self.producer.commit_transaction(REQUEST_LIMIT).map_err(Error::kafka("commit a transaction"))
    }

    fn drain(&self) {
        while self.producer.in_flight_count() > 0 {
            let waiting = self.producer.in_flight_count();
            self.producer.poll(Duration::ZERO);
            if self.producer.in_flight_count() == waiting {
                std::thread::sleep(DRAIN_PAUSE);
            }
        }
    }
}

impl State {
    fn judge(&mut self, record: RawRecord<'_>) -> Result<(), Error> {
        let (partition, offset) = (record.partition(), record.offset());
        let refuse = |reason| Error::Record { partition, offset, reason };
        let json = record.value().ok_or_else(|| refuse("a tombstone"))?;
        let call = CallRecord::of(json).ok_or_else(|| refuse("not the canonical JSON"))?;
        let calling = call.calling_digits().ok_or_else(|| refuse("no E.164 number"))?;
        let violations = &mut self.violations;
        self.windows.entry(calling).or_default().insert(call.seizure_time, RULE, |opened_ms| {
            violations.push(Violation { calling, opened_ms });
        });
        let index = usize::try_from(partition).map_err(|_| refuse("no partition"))?;
        self.next_offsets[index] = (offset + 1, true);
        Ok(())
    }

    /// The offsets that have moved since the last call.
    fn take_offsets(&mut self, topic: &str) -> Result<TopicPartitionList, Error> {
        let mut offsets = TopicPartitionList::new();
        for (partition, (next, moved)) in (0..).zip(&mut self.next_offsets) {
            if std::mem::take(moved) {
                offsets
                    .add_partition_offset(topic, partition, Offset::Offset(*next))
                    .map_err(Error::kafka("name an offset"))?;
            }
        }
        Ok(offsets)
    }
}
