//! Reads what the engine publishes as any subscriber does: committed records alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use ringfence_alert_publisher::Topics;
use ringfence_cdr::{EventTime, RejectCode};
use ringfence_consumer::kafka::{Item, Logged, Queue, RawRecord, Role, consumer_config};
use ringfence_engine::Config;
use ringfence_events::{Attributes, DeadLetter, Event, Status};
use tracing::warn;

use super::KafkaDemoError;
use super::topics::PARTITIONS;
use crate::CommandError;
use crate::demo::told::{Said, Told};
use crate::demo::watcher::Watcher;
use crate::demo::watcher::shown;

/// Events read at a time.
const BATCH: usize = 1_024;
/// How long one question to the cluster may take.
const ANSWER: Duration = Duration::from_secs(10);

/// A partition of a topic.
type TopicPartition = (Arc<str>, i32);

/// An offset of each partition.
pub(super) type Offsets = BTreeMap<TopicPartition, i64>;

/// A reader of violations, suspensions and dead letters.
pub(super) struct Subscriber {
    queue: Queue<Logged>,
    outputs: Topics,
    /// How far each partition has been read.
    next: Offsets,
    /// Violations that were published and not withdrawn.
    pub(super) standing: BTreeSet<String>,
    /// Records that could not be read. (Of two that contradict each other the second is a dead letter too, and was
    /// read.)
    pub(super) unreadable: u64,
}

impl Subscriber {
    /// A reader of the outputs of this configuration, from their beginning on.
    pub(super) fn new(config: &Config) -> Result<Self, KafkaDemoError> {
        let make = || -> Result<Self, KafkaError> {
            let consumer: BaseConsumer<Logged> = consumer_config(&config.kafka.consumer, &config.group, Role::Reader)
                .create_with_context(Logged("subscriber"))?;
            let queue = Queue::new(Arc::new(consumer), BATCH);
            let outputs = &config.outputs;
            let (mut places, mut next) = (TopicPartitionList::new(), BTreeMap::new());
            for topic in [&outputs.violations, &outputs.suspensions, &outputs.dead_letters] {
                for partition in 0..PARTITIONS {
                    places.add_partition_offset(topic, partition, Offset::Offset(0))?;
                    next.insert((topic.clone(), partition), 0);
                }
            }
            queue.assign(&places)?;
            Ok(Self { queue, outputs: outputs.clone(), next, standing: BTreeSet::new(), unreadable: 0 })
        };
        make().map_err(KafkaDemoError::client("subscribe to what the engine publishes"))
    }

    /// Tells what has been published, waiting so long for it; of what came together violations first, then the acts that
    /// follow from them.
    pub(super) fn listen(&mut self, wait: Duration, watcher: &mut dyn Watcher) -> Result<(), CommandError> {
        self.queue.serve_client();
        let Self { queue, outputs, next, standing, unreadable } = self;
        let mut acts = Vec::new();
        for item in queue.next_batch(wait).items() {
            match item {
                Item::Run(run) => {
                    for record in run.records() {
                        let strange =
                            || KafkaDemoError::Event { topic: run.topic().to_owned(), offset: record.offset() };
                        if *run.topic() == *outputs.dead_letters {
                            *unreadable += u64::from(is_of_unreadable(&record).ok_or_else(strange)?);
                        } else {
                            let told = told(&record).ok_or_else(strange)?;
                            note(&told, standing);
                            match told.said {
                                Said::Violation { .. } => watcher.said(told).map_err(shown)?,
                                Said::Act { .. } => acts.push(told),
                            }
                        }
                        next.insert((run.topic().into(), run.partition()), record.offset() + 1);
                    }
                }
                Item::End { topic, partition, next: offset } => {
                    next.insert((topic.into(), partition), offset);
                }
                Item::Fault { topic, partition, code } => warn!(topic, partition, %code, "subscriber"),
            }
        }
        acts.into_iter().try_for_each(|act| watcher.said(act)).map_err(shown)
    }

    /// Where everything that has been published ends.
    pub(super) fn ends(&self) -> Result<Offsets, KafkaDemoError> {
        let end = |(topic, partition): &TopicPartition| {
            let (_, end) = self.queue.consumer().fetch_watermarks(topic, *partition, ANSWER)?;
            Ok(((topic.clone(), *partition), end))
        };
        self.next.keys().map(end).collect::<Result<_, _>>().map_err(KafkaDemoError::client("ask where topics end"))
    }

    /// Whether everything before these ends has been told.
    pub(super) fn has_told(&self, ends: &Offsets) -> bool {
        ends.iter().all(|(place, end)| self.next.get(place).is_some_and(|next| next >= end))
    }
}

/// What a record on a topic of events says; `None` where it is no event that people are told of.
fn told(record: &RawRecord<'_>) -> Option<Told> {
    let headers = record.headers();
    let attributes = Attributes::read(|name| header(&headers, name)).ok()?;
    let event = Event::read(attributes.event_type, record.value()?).ok()?;
    Told::of(&event, told_at(&event)?)
}

/// When the traffic made an event true, or, where a late record did, how far the traffic had come by then: a day that is
/// read in seconds is told in few commits, and the time of a commit would say little of the day.
fn told_at(event: &Event) -> Option<EventTime> {
    match event {
        Event::Violation(violation) if violation.late => Some(violation.updated_at),
        Event::Violation(violation) => Some(violation.opened_at),
        Event::Suspension(suspension) => Some(suspension.not_before),
        Event::CardStatus(_) => None,
    }
}

fn note(told: &Told, standing: &mut BTreeSet<String>) {
    match &told.said {
        Said::Violation { id, status: Status::Withdrawn, .. } => drop(standing.remove(id)),
        Said::Violation { id, .. } => drop(standing.insert(id.clone())),
        Said::Act { .. } => {}
    }
}

/// Whether a dead letter is of a record that could not be read; `None` where it is none.
fn is_of_unreadable(record: &RawRecord<'_>) -> Option<bool> {
    let headers = record.headers();
    let letter = DeadLetter::read(|name| header(&headers, name)).ok()?;
    Some(letter.reject.code != RejectCode::ConflictingDuplicate)
}

/// The last header of a name.
fn header<'a>(headers: &[(String, &'a [u8])], name: &str) -> Option<&'a [u8]> {
    headers.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::told::tests::{opened, suspended};

    #[test]
    fn an_event_is_told_at_the_time_that_made_it_true_or_that_the_traffic_had_come_to() {
        let at = |event: &Event| told_at(event).expect("has a time").to_string();
        assert_eq!(at(&opened(false)), "2026-11-02T01:00:00.000Z");
        assert_eq!(at(&opened(true)), "2026-11-02T03:00:00.000Z");
        assert_eq!(at(&suspended()), "2026-11-03T00:00:00.000Z");
    }
}
