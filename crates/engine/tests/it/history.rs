//! What the topics tell afterwards, and what must be true of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use ringfence_cdr::{CdrContext, EventTime, Numbering, Record, json};
use ringfence_evaluator::{Delivery, InputId, Shard, ShardClock, ShardOptions};
use ringfence_events::{Attributes, Event, Status, Suspension, Violation};
use ringfence_task::{JournalRecord, PackInForce};

use crate::child::read_rules;
use crate::scene::{Node, PARTITIONS, Scene};

/// An event as a subscriber reads it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) event: Event,
}

impl Scene {
    /// Every committed journal record, by shard and in order.
    pub(crate) fn journal(&self) -> Vec<JournalRecord> {
        let records = self.cluster.read_all(&self.topic("journal.v1")).expect("readable");
        records
            .iter()
            .map(|record| JournalRecord::read(record.value.as_deref().unwrap_or_default()).expect("a journal record"))
            .collect()
    }

    /// Every committed event of a topic.
    pub(crate) fn events(&self, what: &str) -> Vec<Received> {
        let records = self.cluster.read_all(&self.topic(what)).expect("readable");
        let read = |record: &ringfence_kafka_for_tests::Record| {
            let attributes = Attributes::read(|name| record.header(name)).expect("the attributes of an event");
            let value = record.value.as_deref().unwrap_or_default();
            let event = Event::read(attributes.event_type, value).expect("an event of its type");
            Received { id: attributes.id, event }
        };
        records.iter().map(read).collect()
    }

    pub(crate) fn end_of(&self, topic: &str, partition: i32) -> i64 {
        let client: BaseConsumer = self.cluster.client_config().create().expect("a client");
        client.fetch_watermarks(topic, partition, Duration::from_secs(10)).expect("an answer").1
    }

    /// Checks all that must be true of any history, and returns the ids of the standing violations.
    pub(crate) fn check_history(&self) -> BTreeSet<String> {
        let journal = self.journal();
        for shard in 0..PARTITIONS as i32 {
            let records: Vec<&JournalRecord> =
                journal.iter().filter(|record| record.shard.partition == shard).collect();
            self.check_journal(shard, &records);
        }
        let suspensions = self.events("suspensions.v1");
        check_once(&suspensions);
        check_suspensions(&suspensions);
        check_once(&self.events("card-status.v1"));
        let violations = self.events("violations.v1");
        check_once(&violations);
        standing(&violations)
    }

    /// Sequences have no gap, and the ranges of each input tile: every offset once.
    fn check_journal(&self, shard: i32, records: &[&JournalRecord]) {
        let sequences: Vec<u64> = records.iter().map(|record| record.sequence).collect();
        assert_eq!(sequences, (1..=records.len() as u64).collect::<Vec<_>>(), "shard {shard}");
        assert!(records.is_sorted_by_key(|record| record.tick), "ticks never go back");
        for topic in self.inputs.iter().map(|what| self.topic(what)) {
            let mut next = 0;
            for record in records {
                for (_, slice_from, slice_next) in record.slices().filter(|(of, ..)| *of == topic) {
                    assert_eq!(slice_from, next, "{topic} of shard {shard} in commit {}", record.sequence);
                    next = slice_next;
                }
                let said = record.next_of(&topic);
                // Before it was added the journal did not know it.
                let is_unknown = said.is_none() && next == 0;
                assert!(said == Some(next) || is_unknown, "{topic} of shard {shard} in commit {}", record.sequence);
            }
            assert_eq!(next, self.end_of(&topic, shard), "{topic} of shard {shard} was read to its end");
        }
    }

    /// The ids that stand if every record is judged by one shard each, in one go.
    pub(crate) fn expected(&self, node: Node) -> BTreeSet<String> {
        let (pack, tables) = PackInForce::compile(&read_rules(&self.rules(node)), false).expect("a good pack");
        let options =
            || ShardOptions { clock: ShardClock::Live { impose_from: EventTime::MIN }, ..ShardOptions::default() };
        let context = CdrContext { numbering: Numbering::country("CN").expect("a country"), ..CdrContext::default() };
        let shard = || {
            let mut shard = Shard::new(pack.pack.clone(), &tables, options());
            for topic in &self.inputs {
                shard.add_input(topic);
            }
            shard
        };
        let mut shards: Vec<Shard> = (0..PARTITIONS).map(|_| shard()).collect();
        let mut outputs = Vec::new();
        for (input, what) in self.inputs.iter().enumerate() {
            for record in self.cluster.read_all(&self.topic(what)).expect("readable") {
                let value = record.value.as_deref().unwrap_or_default();
                let taken = match *what {
                    "complaints" => json::decode_complaint(value, &context).ok().map(Record::Complaint),
                    _ => json::decode_cdr(value, &context).expect("a call").map(Record::Call),
                };
                shards[record.partition as usize].apply(&Delivery {
                    input: InputId(input as u32),
                    arrival: record.timestamp.map(EventTime),
                    record: taken.expect("counts"),
                });
            }
        }
        for shard in &mut shards {
            shard.commit(&mut outputs);
        }
        let mut standing = BTreeSet::new();
        for output in outputs {
            if let Event::Violation(violation) = output.event
                && violation.status != Status::Withdrawn
            {
                standing.insert(violation.id.clone());
            }
        }
        standing
    }
}

/// No event is there twice.
fn check_once(events: &[Received]) {
    let mut seen = BTreeSet::new();
    for event in events {
        assert!(seen.insert(&event.id), "{} is there twice", event.id);
    }
}

/// Each violation's revisions follow each other, and the last one that is not a withdrawal stands.
fn standing(events: &[Received]) -> BTreeSet<String> {
    let mut last: BTreeMap<&str, &Violation> = BTreeMap::new();
    for received in events {
        let Event::Violation(violation) = &received.event else { panic!("{} is no violation", received.id) };
        let before = last.insert(&violation.id, violation).map_or(0, |before| before.revision);
        assert_eq!(violation.revision, before + 1, "revisions follow each other");
    }
    last.retain(|_, violation| violation.status != Status::Withdrawn);
    last.into_keys().map(str::to_owned).collect()
}

/// Per card the sequences begin at 1 and have no gap.
fn check_suspensions(events: &[Received]) {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for received in events {
        let Event::Suspension(suspension) = &received.event else { panic!("{} is no suspension", received.id) };
        let Suspension { card, sequence, .. } = &**suspension;
        let before = last.insert(card.to_string(), *sequence).unwrap_or_default();
        assert_eq!(*sequence, before + 1, "sequences have no gap");
    }
}
