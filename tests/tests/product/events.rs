//! What a subscriber reads, and what a backtest of the same records says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringfence_events::{Attributes, Event, Status, Violation};
use ringfence_kafka_for_tests::Record;
use ringfence_task::{JournalRecord, ShardId};

use crate::service::{Feed, Scene, program};

/// Violations by id.
pub(crate) type Standing = BTreeMap<String, Violation>;

/// Every committed event of a scene, topic by topic, in order within each number.
pub(crate) struct Events {
    violations: Vec<Received>,
    suspensions: Vec<Received>,
    card_statuses: Vec<Received>,
    /// The last journal record of each shard.
    journal: BTreeMap<ShardId, JournalRecord>,
}

struct Received {
    id: String,
    event: Event,
}

impl Events {
    /// Reads them all, as `read_committed` shows them.
    pub(crate) fn read(scene: &Scene) -> Self {
        let read = |what: &str| scene.cluster.read_all(&scene.topic(what)).expect("readable");
        let events = |what: &str| -> Vec<Received> { read(what).iter().map(received).collect() };
        let mut journal = BTreeMap::new();
        for record in read("journal.v1") {
            let record = JournalRecord::read(record.value.as_deref().unwrap_or_default()).expect("a journal record");
            journal.insert(record.shard, record);
        }
        Self {
            violations: events("violations.v1"),
            suspensions: events("suspensions.v1"),
            card_statuses: events("card-status.v1"),
            journal,
        }
    }

    /// Whether every shard has committed at the end of all its inputs, so that the wall clock has moved its time.
    pub(crate) fn are_at_the_end(&self) -> bool {
        let at_the_end =
            |record: &JournalRecord| record.entries.is_empty() && record.inputs.iter().all(|input| input.at_end);
        !self.journal.is_empty() && self.journal.values().all(at_the_end)
    }

    /// The time that every shard has reached.
    pub(crate) fn end(&self) -> String {
        let tick = self.journal.values().map(|record| record.tick).min().expect("a journal");
        jiff::Timestamp::from_millisecond(tick).expect("a time").to_string()
    }

    /// What stands by the last event of each violation, in standing form; evidence that an earlier event told stands as it
    /// was told there.
    pub(crate) fn standing(&self) -> Standing {
        let mut told = BTreeMap::new();
        let mut last: Standing = BTreeMap::new();
        for received in &self.violations {
            let Event::Violation(violation) = &received.event else { panic!("{} is no violation", received.id) };
            let (id, mut violation) = (violation.id.clone(), Violation::clone(violation));
            let before = last.get(&id).map_or(0, |before| before.revision);
            assert_eq!(violation.revision, before + 1, "revisions of a violation follow each other");
            if let Some(records) = &violation.evidence.records {
                told.insert((id.clone(), violation.revision), records.clone());
            } else if let Some(since) = violation.evidence.since.take() {
                violation.evidence.records = told.get(&(id.clone(), since)).cloned();
                assert!(violation.evidence.records.is_some(), "revision {since} of {id} told no evidence");
            }
            last.insert(id, violation);
        }
        last.retain(|_, violation| violation.status != Status::Withdrawn);
        last.into_iter().map(|(id, violation)| (id, violation.standing_form())).collect()
    }

    pub(crate) fn check_each_once(&self) {
        let mut seen = BTreeSet::new();
        for event in self.violations.iter().chain(&self.suspensions).chain(&self.card_statuses) {
            assert!(seen.insert(&event.id), "{} is there twice", event.id);
        }
    }

    pub(crate) fn check_sequences_without_gaps(&self) {
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        for received in &self.suspensions {
            let Event::Suspension(suspension) = &received.event else { panic!("{} is no suspension", received.id) };
            let before = last.insert(suspension.card.to_string(), suspension.sequence).unwrap_or_default();
            assert_eq!(suspension.sequence, before + 1, "sequences have no gap");
        }
    }
}

/// A record as a subscriber reads it: an event of the type that its headers name, with nothing in it that the type lacks.
fn received(record: &Record) -> Received {
    let attributes = Attributes::read(|name| record.header(name)).expect("the attributes of an event");
    let value = record.value.as_deref().unwrap_or_default();
    let event = Event::read(attributes.event_type, value).expect("an event of its type");
    assert_eq!(event.event_type(), attributes.event_type);
    assert_eq!(Some(event.subject().to_string().as_bytes()), record.key.as_deref(), "keyed by its subject");
    assert_eq!(serde_json::to_vec(&event).expect("serialises"), value, "reads back whole");
    Received { id: attributes.id, event }
}

/// What `backtest` finds in the same records.
pub(crate) fn backtest_of(scene: &Scene, pack: &Path, feed: &Feed, until: &str) -> Standing {
    let output = scene.path("standing.jsonl");
    let mut command = program();
    command.arg("backtest").arg("--rules").arg(pack).args(["--until", until, "--standing", "--output"]).arg(&output);
    command.arg("--cdr").arg(&feed.files[0]);
    if let Some(complaints) = feed.files.get(1) {
        command.arg("--complaints").arg(complaints);
    }
    if let Some(lists) = &feed.lists {
        command.arg("--lists").arg(lists);
    }
    if let Some(dialect) = &feed.dialect {
        command.arg("--dialect").arg(dialect);
    }
    let ran = command.output().expect("backtest runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let lines = std::fs::read_to_string(&output).expect("readable");
    let violations = lines.lines().map(|line| serde_json::from_str::<Violation>(line).expect("a violation"));
    violations.map(|violation| (violation.id.clone(), violation.standing_form())).collect()
}
