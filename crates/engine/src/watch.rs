//! What an owner tells of itself: metrics, and where its shards stand in the read model.
//!
//! It is told after commits and changes, never for a record, and no verdict reads any of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ringfence_cdr::{EventTime, InputCounts, Millis};
use ringfence_evaluator::{Output, ShardCounts};
use ringfence_events::{ActAction, Event, Mode, Severity, Status};
use ringfence_task::WallClock;
use ringfence_telemetry::{
    InputMetrics, OwnerMetrics, RuleMetrics, ShardHoldings, ShardMetrics, ShardPhase, ShardStatus, Telemetry,
};
use tracing::{error, info};

use crate::stop::{Hope, Stop};

/// The events of one shard in a commit, as far as metrics tell of them.
#[derive(Debug, Default)]
pub(crate) struct Events {
    violations: Vec<ViolationEvent>,
    suspensions: Vec<ActAction>,
    card_statuses: u64,
}

#[derive(Debug)]
struct ViolationEvent {
    rule: Box<str>,
    mode: Mode,
    severity: Severity,
    status: Status,
    arrived: Option<EventTime>,
}

/// The metrics of one owner and of the shards that it was granted.
pub(crate) struct Watch {
    telemetry: Telemetry,
    name: Arc<str>,
    pack: Arc<str>,
    owner: OwnerMetrics,
    /// How far the wall clock is behind what most producers say; nothing where it is trusted.
    clock_behind: Millis,
    shards: BTreeMap<i32, Handles>,
    rules: BTreeMap<Box<str>, RuleMetrics>,
}

struct Handles {
    shard: ShardMetrics,
    inputs: BTreeMap<Arc<str>, InputMetrics>,
    /// Whether somebody has to do something before it goes live: that it is tried again does not hide it.
    is_stopped: bool,
}

impl Events {
    /// What the metrics tell of these outputs.
    pub(crate) fn of(outputs: &[Output]) -> Self {
        let mut events = Self::default();
        for output in outputs {
            match &output.event {
                Event::Violation(violation) => events.violations.push(ViolationEvent {
                    rule: violation.rule.id.clone(),
                    mode: violation.rule.mode,
                    severity: violation.severity,
                    status: violation.status,
                    arrived: output.arrived,
                }),
                Event::Suspension(act) => events.suspensions.push(act.action),
                Event::CardStatus(_) => events.card_statuses += 1,
            }
        }
        events
    }
}

impl Watch {
    pub(crate) fn new(telemetry: &Telemetry, name: &Arc<str>, pack: &str) -> Self {
        Self {
            owner: telemetry.metrics.owner(name),
            telemetry: telemetry.clone(),
            name: Arc::clone(name),
            pack: pack.into(),
            clock_behind: Millis(0),
            shards: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }

    /// The loop of the owner went round.
    pub(crate) fn alive(&self, now: EventTime) {
        self.owner.alive(now);
        self.telemetry.model.owner_alive(&self.name, now);
    }

    /// What producers make of the wall clock. One that is behind is told once, as long as that lasts.
    pub(crate) fn clock(&mut self, clock: WallClock) {
        let behind = clock.behind();
        if behind == self.clock_behind {
            return;
        }
        let was_right = std::mem::replace(&mut self.clock_behind, behind) == Millis(0);
        self.owner.clock_behind(behind);
        self.telemetry.model.owner_clock(&self.name, behind);
        let behind_s = behind.0 / 1_000;
        match (was_right, behind == Millis(0)) {
            (true, _) => error!(
                owner = &*self.name,
                behind_s, "the clock of this machine is behind what most producers say: set it, or theirs"
            ),
            (false, true) => info!(owner = &*self.name, "the clock of this machine agrees with most producers again"),
            (false, false) => {}
        }
    }

    /// The group has given shards to this owner; they are to be recovered.
    pub(crate) fn granted(&mut self, shards: &[i32], inputs: &[Arc<str>]) {
        self.telemetry.metrics.rebalanced("granted", shards.len() as u64);
        for shard in shards {
            let metrics = &self.telemetry.metrics;
            let inputs = inputs.iter().map(|topic| (topic.clone(), metrics.input(topic, *shard))).collect();
            self.shards.insert(*shard, Handles { shard: metrics.shard(*shard), inputs, is_stopped: false });
            self.recovering(*shard, None);
        }
        self.owner.shards(self.shards.len());
    }

    /// A shard is to be recovered, and for this reason was not yet.
    pub(crate) fn recovering(&self, shard: i32, reason: Option<String>) {
        if !self.shards.get(&shard).is_some_and(|handles| handles.is_stopped) {
            self.waiting(shard, ShardPhase::Recovering, reason);
        }
    }

    /// A shard cannot go on. What passes by itself is no more than a recovery that takes longer.
    pub(crate) fn stopped(&mut self, shard: i32, stop: &Stop) {
        self.telemetry.metrics.stopped(stop.cause.name(), 1);
        if stop.hope == Hope::Passes {
            return self.recovering(shard, Some(stop.to_string()));
        }
        if let Some(handles) = self.shards.get_mut(&shard) {
            handles.is_stopped = true;
        }
        self.waiting(shard, ShardPhase::Stopped, Some(stop.to_string()));
    }

    fn waiting(&self, shard: i32, state: ShardPhase, reason: Option<String>) {
        if let Some(handles) = self.shards.get(&shard) {
            handles.shard.phase(state);
        }
        self.telemetry.model.shard(ShardStatus {
            partition: shard,
            owner: Arc::clone(&self.name),
            state,
            reason,
            inputs: Vec::new(),
            shard_time: None,
            last_commit: None,
            commit_sequence: 0,
            last_snapshot: None,
            snapshot_sequence: None,
            pack_hash: Arc::clone(&self.pack),
        });
    }

    /// A shard judges and stands here.
    pub(crate) fn stands(&mut self, status: ShardStatus) {
        if let Some(Handles { shard, is_stopped, .. }) = self.shards.get_mut(&status.partition) {
            *is_stopped = false;
            shard.phase(status.state);
            if let Some(tick) = status.last_commit {
                shard.committed(status.shard_time, tick);
            }
            for input in &status.inputs {
                if let Some(lag) = input.lag {
                    shard.lag(&input.topic, lag);
                }
            }
        }
        self.telemetry.model.shard(status);
    }

    /// What a shard holds.
    pub(crate) fn holds(&self, shard: i32, counts: &ShardCounts) {
        if let Some(handles) = self.shards.get(&shard) {
            handles.shard.holds(&ShardHoldings {
                facts: counts.facts,
                bytes: counts.bytes,
                numbers: counts.numbers,
                numbers_capped: counts.numbers_capped,
                violations_open: counts.violations_open,
            });
        }
    }

    /// Shards went to other owners: `kind` says how, `revoked` or `lost`.
    pub(crate) fn gone(&mut self, shards: &[i32], kind: &str) {
        self.telemetry.metrics.rebalanced(kind, shards.len() as u64);
        for shard in shards {
            self.telemetry.model.shard_gone(*shard, &self.name);
            if let Some(handles) = self.shards.remove(shard) {
                handles.shard.forget();
            }
        }
        self.owner.shards(self.shards.len());
    }

    /// A transaction was committed.
    pub(crate) fn committed(&self, took: Duration) {
        self.owner.committed(took);
        self.telemetry.model.owner_needs_a_person(&self.name, false);
    }

    /// A transaction did not come about and will be tried again.
    pub(crate) fn not_committed(&self, needs_a_person: bool) {
        self.owner.aborted();
        self.telemetry.model.owner_needs_a_person(&self.name, needs_a_person);
    }

    /// Records of a shard are part of a commit.
    pub(crate) fn applied(&self, shard: i32, counts: &[(Arc<str>, InputCounts)]) {
        let Some(handles) = self.shards.get(&shard) else { return };
        for (topic, counts) in counts.iter().filter(|(_, counts)| counts.records > 0) {
            if let Some(input) = handles.inputs.get(topic) {
                input.add(counts);
            }
        }
    }

    /// Events of a shard are visible since `now`.
    pub(crate) fn published(&mut self, events: &Events, now: EventTime) {
        let metrics = &self.telemetry.metrics;
        for event in &events.violations {
            let rule = match self.rules.get(&event.rule) {
                Some(rule) => rule,
                None => self.rules.entry(event.rule.clone()).or_insert(metrics.rule(&event.rule, event.mode.name())),
            };
            rule.event(event.severity.name(), event.status.name(), 1);
            if let Some(arrived) = event.arrived {
                metrics.detected(Duration::from_millis(now.since(arrived).0.max(0) as u64));
            }
        }
        for action in &events.suspensions {
            metrics.suspensions(action.name(), 1);
        }
        metrics.card_statuses(events.card_statuses);
    }
}
