//! What a subscriber reads, and what a backtest of the same records says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::service::{Feed, Scene, program};

/// Violations by id.
pub(crate) type Standing = BTreeMap<String, Value>;

/// Every committed event of a scene, topic by topic, in order within each number.
pub(crate) struct Events {
    violations: Vec<Event>,
    suspensions: Vec<Event>,
    card_statuses: Vec<Event>,
    /// The last journal record of each shard.
    journal: BTreeMap<u64, Value>,
}

struct Event {
    id: String,
    value: Value,
}

impl Events {
    /// Reads them all, as `read_committed` shows them.
    pub(crate) fn read(scene: &Scene) -> Self {
        let read = |what: &str| -> Vec<Event> {
            let records = scene.cluster.read_all(&scene.topic(what)).expect("readable");
            let event = |record: &ringfence_kafka_for_tests::Record| Event {
                id: String::from_utf8_lossy(record.header("ce_id").unwrap_or_default()).into_owned(),
                value: serde_json::from_slice(record.value.as_deref().unwrap_or_default()).expect("JSON"),
            };
            records.iter().map(event).collect()
        };
        let mut journal = BTreeMap::new();
        for record in read("journal.v1") {
            journal.insert(record.value["shard"].as_u64().expect("a shard"), record.value);
        }
        Self {
            violations: read("violations.v1"),
            suspensions: read("suspensions.v1"),
            card_statuses: read("card-status.v1"),
            journal,
        }
    }

    /// Whether every shard has committed at the end of all its inputs, so that the wall clock has moved its time.
    pub(crate) fn are_at_the_end(&self) -> bool {
        let at_the_end = |record: &Value| record["slices"] == json!([]) && record["ended"] == json!([0, 1]);
        !self.journal.is_empty() && self.journal.values().all(at_the_end)
    }

    /// The time that every shard has reached.
    pub(crate) fn end(&self) -> String {
        let tick = self.journal.values().filter_map(|record| record["tick"].as_i64()).min().expect("a journal");
        jiff::Timestamp::from_millisecond(tick).expect("a time").to_string()
    }

    /// The last event of each violation that stands.
    fn last(&self) -> BTreeMap<&str, &Value> {
        let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
        for event in &self.violations {
            let (id, revision) = (text(&event.value, "id"), &event.value["revision"]);
            let before = last.insert(id, &event.value).map_or(0, |before| before["revision"].as_u64().unwrap_or(0));
            assert_eq!(revision.as_u64(), Some(before + 1), "revisions of a violation follow each other");
        }
        last.retain(|_, value| value["status"] != "withdrawn");
        last
    }

    /// What stands, in standing form.
    pub(crate) fn standing(&self) -> Standing {
        self.last().into_iter().map(|(id, value)| (id.to_owned(), standing_form(value.clone()))).collect()
    }

    pub(crate) fn check_each_once(&self) {
        let mut seen = BTreeSet::new();
        for event in self.violations.iter().chain(&self.suspensions).chain(&self.card_statuses) {
            assert!(seen.insert(&event.id), "{} is there twice", event.id);
        }
    }

    pub(crate) fn check_sequences_without_gaps(&self) {
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for event in &self.suspensions {
            let sequence = event.value["sequence"].as_u64().expect("a sequence");
            let before = last.insert(text(&event.value, "card"), sequence).unwrap_or_default();
            assert_eq!(sequence, before + 1, "sequences have no gap");
        }
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().expect("a text")
}

/// Without what tells when and how it became known.
fn standing_form(mut value: Value) -> Value {
    let fields = value.as_object_mut().expect("an object");
    for field in ["late", "revision", "updatedAt", "dataComplete", "replacedBy"] {
        fields.remove(field);
    }
    let status = if fields["status"] == "closed" { "closed" } else { "open" };
    fields.insert("status".to_owned(), status.into());
    value
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
    if let Some(dialect) = &feed.dialect {
        command.arg("--dialect").arg(dialect);
    }
    let ran = command.output().expect("backtest runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let lines = std::fs::read_to_string(&output).expect("readable");
    let violations = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    violations.map(|value| (text(&value, "id").to_owned(), standing_form(value))).collect()
}
