//! Handles into the metrics, resolved once per input, shard, owner and rule.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use prometheus::{Gauge, Histogram, IntCounter};
use ringfence_cdr::{EventTime, InputCounts, Millis};

use crate::families::Families;
use crate::status::ShardPhase;

fn seconds(time: EventTime) -> f64 {
    time.0 as f64 / 1_000.0
}

/// The handle for one partition of an input.
#[derive(Clone, Debug)]
pub struct InputMetrics {
    families: Arc<Families>,
    topic: Box<str>,
    consumed: IntCounter,
    bytes: IntCounter,
    inserted: IntCounter,
    joined: IntCounter,
    parted: IntCounter,
    duplicates: IntCounter,
    merged: IntCounter,
    filtered: IntCounter,
    late: IntCounter,
    ahead: IntCounter,
    answers_assumed: IntCounter,
}

impl InputMetrics {
    pub(crate) fn new(families: &Arc<Families>, topic: &str, partition: i32) -> Self {
        families.begin_input(topic);
        Self {
            families: Arc::clone(families),
            topic: topic.into(),
            consumed: families.consumed.with_label_values(&[topic, &partition.to_string()]),
            bytes: families.consumed_bytes.with_label_values(&[topic]),
            inserted: families.inserted.with_label_values(&[topic]),
            joined: families.joined.with_label_values(&[topic]),
            parted: families.parted.with_label_values(&[topic]),
            duplicates: families.duplicates.with_label_values(&[topic]),
            merged: families.merged.with_label_values(&[topic]),
            filtered: families.filtered.with_label_values(&[topic]),
            late: families.late.with_label_values(&[topic]),
            ahead: families.ahead.with_label_values(&[topic]),
            answers_assumed: families.answers_assumed.with_label_values(&[topic]),
        }
    }

    /// Adds what became of the records of a commit.
    pub fn add(&self, counts: &InputCounts) {
        let InputCounts { records, bytes, inserted, joined, parted, duplicates, merged, filtered, .. } = *counts;
        let InputCounts { late, ahead, answers_assumed, treated, rejected, .. } = *counts;
        self.consumed.inc_by(records);
        self.bytes.inc_by(bytes);
        self.inserted.inc_by(inserted);
        self.joined.inc_by(joined);
        self.parted.inc_by(parted);
        self.duplicates.inc_by(duplicates);
        self.merged.inc_by(merged);
        self.filtered.inc_by(filtered);
        self.late.inc_by(late);
        self.ahead.inc_by(ahead);
        self.answers_assumed.inc_by(answers_assumed);
        for (treatment, count) in treated.by_treatment() {
            self.families.treated.with_label_values(&[&*self.topic, treatment.name()]).inc_by(count);
        }
        for (code, count) in rejected.by_code() {
            self.families.rejected.with_label_values(&[&*self.topic, code.name()]).inc_by(count);
            // Each is published as a dead letter.
            self.families.dead_letters.with_label_values(&[code.name()]).inc_by(count);
        }
    }
}

/// What a shard holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardHoldings {
    /// Facts.
    pub facts: u64,
    /// Bytes of memory of facts and state.
    pub bytes: u64,
    /// Numbers with state.
    pub numbers: u64,
    /// Numbers at their cap.
    pub numbers_capped: u64,
    /// Violations open now.
    pub violations_open: u64,
}

/// The handle for a shard of this process.
#[derive(Debug)]
pub struct ShardMetrics {
    families: Arc<Families>,
    partition: String,
    topics: BTreeSet<Box<str>>,
}

impl ShardMetrics {
    pub(crate) fn new(families: &Arc<Families>, partition: i32) -> Self {
        Self { families: Arc::clone(families), partition: partition.to_string(), topics: BTreeSet::new() }
    }

    /// Says what the shard does.
    pub fn phase(&self, phase: ShardPhase) {
        for known in ShardPhase::ALL {
            let value = if known == phase { 1.0 } else { 0.0 };
            self.families.shard_state.with_label_values(&[&self.partition, known.name()]).set(value);
        }
    }

    /// Notes a commit at a tick, and the shard time in it.
    pub fn committed(&self, shard_time: Option<EventTime>, tick: EventTime) {
        self.families.last_commit.with_label_values(&[&self.partition]).set(seconds(tick));
        if let Some(time) = shard_time {
            self.families.shard_time.with_label_values(&[&self.partition]).set(seconds(time));
            let lag = seconds(tick) - seconds(time);
            self.families.shard_lag.with_label_values(&[&self.partition]).set(lag.max(0.0));
        }
    }

    /// Notes how many records lie before the end of an input.
    pub fn lag(&mut self, topic: &str, records: i64) {
        if !self.topics.contains(topic) {
            self.topics.insert(topic.into());
        }
        self.families.consumer_lag.with_label_values(&[topic, &self.partition]).set(records as f64);
    }

    /// Notes that the shard was recovered.
    pub fn restored(&self, took: Duration, replayed: u64) {
        self.families.restore_seconds.with_label_values::<&str>(&[]).observe(took.as_secs_f64());
        self.families.replayed.with_label_values::<&str>(&[]).inc_by(replayed);
    }

    /// Notes that a snapshot was stored.
    pub fn snapshot_stored(&self, bytes: u64, took: Duration, at: EventTime) {
        self.families.snapshot_seconds.with_label_values::<&str>(&[]).observe(took.as_secs_f64());
        self.families.snapshot_bytes.with_label_values(&[&self.partition]).set(bytes as f64);
        self.families.snapshot_last_success.with_label_values(&[&self.partition]).set(seconds(at));
    }

    /// Notes that a snapshot could not be stored.
    pub fn snapshot_failed(&self) {
        self.families.snapshot_failures.with_label_values::<&str>(&[]).inc();
    }

    /// Notes what the shard holds.
    pub fn holds(&self, holdings: &ShardHoldings) {
        let set = |family: &prometheus::GaugeVec, value: u64| {
            family.with_label_values(&[&self.partition]).set(value as f64);
        };
        set(&self.families.timeline_facts, holdings.facts);
        set(&self.families.timeline_bytes, holdings.bytes);
        set(&self.families.numbers, holdings.numbers);
        set(&self.families.numbers_capped, holdings.numbers_capped);
        set(&self.families.violations_open, holdings.violations_open);
    }

    /// Removes the gauges of a shard that went to another process, so that nobody is paged for what is not here.
    /// Counters stay: they say what this process did.
    pub fn forget(self) {
        for family in self.families.of_shard() {
            // An error says that the series was never there.
            let _ = family.remove_label_values(&[&self.partition]);
        }
        for phase in ShardPhase::ALL {
            let _ = self.families.shard_state.remove_label_values(&[&self.partition, phase.name()]);
        }
        for topic in &self.topics {
            let _ = self.families.consumer_lag.remove_label_values(&[&**topic, &self.partition]);
        }
    }
}

/// The handle for an owner.
#[derive(Clone, Debug)]
pub struct OwnerMetrics {
    commits: IntCounter,
    commit_seconds: Histogram,
    aborted: IntCounter,
    last_loop: Gauge,
    clock_behind: Gauge,
    shards: Gauge,
}

impl OwnerMetrics {
    pub(crate) fn new(families: &Arc<Families>, owner: &str) -> Self {
        Self {
            commits: families.commits.with_label_values(&[owner]),
            commit_seconds: families.commit_seconds.with_label_values::<&str>(&[]),
            aborted: families.aborted.with_label_values(&[owner]),
            last_loop: families.owner_last_loop.with_label_values(&[owner]),
            clock_behind: families.owner_clock_behind.with_label_values(&[owner]),
            shards: families.shards_owned.with_label_values(&[owner]),
        }
    }

    /// Notes a commit.
    pub fn committed(&self, took: Duration) {
        self.commits.inc();
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Notes a transaction that did not come about.
    pub fn aborted(&self) {
        self.aborted.inc();
    }

    /// Notes that the loop went round.
    pub fn alive(&self, now: EventTime) {
        self.last_loop.set(seconds(now));
    }

    /// Notes how far the clock is behind what most producers say; nothing where it is trusted.
    pub fn clock_behind(&self, behind: Millis) {
        self.clock_behind.set(behind.0 as f64 / 1_000.0);
    }

    /// Notes how many shards the owner holds.
    pub fn shards(&self, count: usize) {
        self.shards.set(count as f64);
    }
}

/// The handle for a rule.
#[derive(Clone, Debug)]
pub struct RuleMetrics {
    families: Arc<Families>,
    rule: Box<str>,
    mode: Box<str>,
}

impl RuleMetrics {
    pub(crate) fn new(families: &Arc<Families>, rule: &str, mode: &str) -> Self {
        Self { families: Arc::clone(families), rule: rule.into(), mode: mode.into() }
    }

    /// Counts violation events of a severity and a status, such as `opened`.
    pub fn event(&self, severity: &str, status: &str, count: u64) {
        self.families.violations.with_label_values(&[&self.rule, &self.mode, severity, status]).inc_by(count);
    }
}
