//! The read model: where each shard and owner of this process stands.
//!
//! Owners write it after a commit or a change; health checks read it. No verdict does.
//!
//! *Ready* is a process all of whose owners run and all of whose shards are live; whatever it falls short of is named,
//! with the reason and whether it is tried again. *Alive* is one that a new process would not do better than: its loops
//! go round, and while it has shards at least one of them gets somewhere now and then. Brokers that are away for some
//! minutes are no reason to start it again; that nothing works for ten is the only thing left to try.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use dashmap::DashMap;
use ringfence_cdr::{EventTime, Millis};
use serde::{Serialize, Serializer};

/// What a shard does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ShardPhase {
    /// It is being recovered.
    Recovering,
    /// It judges.
    Live,
    /// It cannot go on until somebody does something.
    Stopped,
}

impl ShardPhase {
    /// Every phase.
    pub const ALL: [Self; 3] = [Self::Recovering, Self::Live, Self::Stopped];

    /// The name in metrics and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recovering => "recovering",
            Self::Live => "live",
            Self::Stopped => "stopped",
        }
    }
}

/// A process with shards of which none commits or comes further in its recovery for so long is started again.
const NOTHING_WORKS: Millis = Millis(600_000);

fn as_text<S: Serializer>(time: &Option<EventTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

/// Where a shard stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShardStatus {
    /// The partition that it owns of each input.
    pub partition: i32,
    /// The owner's transactional id.
    pub owner: Arc<str>,
    /// What it does.
    pub state: ShardPhase,
    /// Why it is stopped, or has not been recovered yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it reads each input.
    pub inputs: Vec<InputStatus>,
    /// The least arrival time applied of all inputs.
    #[serde(serialize_with = "as_text")]
    pub shard_time: Option<EventTime>,
    /// The tick of the last commit.
    #[serde(serialize_with = "as_text")]
    pub last_commit: Option<EventTime>,
    /// The sequence of the last commit.
    pub commit_sequence: u64,
    /// When its last snapshot was stored.
    #[serde(serialize_with = "as_text")]
    pub last_snapshot: Option<EventTime>,
    /// The sequence of the commit that it holds.
    pub snapshot_sequence: Option<u64>,
    /// The hash of the rule pack in force.
    pub pack_hash: Arc<str>,
}

/// Where a shard stands in an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InputStatus {
    /// The topic.
    pub topic: Arc<str>,
    /// The next offset that it reads.
    pub next_offset: i64,
    /// How many records lie before the end, as far as known.
    pub lag: Option<i64>,
    /// Whether it has read the input to its end.
    pub at_end: bool,
}

/// Where an owner stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerStatus {
    /// Its transactional id.
    pub owner: Arc<str>,
    /// When its loop last went round.
    #[serde(serialize_with = "as_text")]
    pub last_loop: Option<EventTime>,
    /// Whether its last transaction failed in a way that it cannot get over alone.
    pub needs_a_person: bool,
    /// How far the clock that it reads is behind what most producers say, in whole seconds; 0 where it is trusted.
    pub clock_behind_seconds: i64,
}

/// Something that keeps a process from being ready, or alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "code")]
pub enum Shortfall {
    /// The process is on its way out.
    ShuttingDown,
    /// So many owners have not begun.
    OwnersMissing {
        /// How many.
        missing: usize,
    },
    /// The loop of an owner is stalled.
    OwnerStalled {
        /// Which.
        owner: Arc<str>,
        /// For how long.
        seconds: i64,
    },
    /// None of the shards commits or comes further in its recovery.
    NothingWorks {
        /// For how long.
        seconds: i64,
    },
    /// An owner cannot go on alone.
    OwnerNeedsAPerson {
        /// Which.
        owner: Arc<str>,
    },
    /// The clock that an owner reads is behind what most producers say.
    ClockBehind {
        /// Which.
        owner: Arc<str>,
        /// By how much.
        seconds: i64,
    },
    /// A shard is being recovered.
    ShardRecovering {
        /// Which.
        partition: i32,
        /// Why it has not been recovered yet, where something keeps it waiting.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A shard is stopped.
    ShardStopped {
        /// Which.
        partition: i32,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShuttingDown => f.write_str("shutting down"),
            Self::OwnersMissing { missing } => write!(f, "{missing} owner(s) have not begun"),
            Self::OwnerStalled { owner, seconds } => write!(f, "loop of owner {owner} stalled for {seconds} s"),
            Self::OwnerNeedsAPerson { owner } => write!(f, "owner {owner} cannot go on alone"),
            Self::ClockBehind { owner, seconds } => {
                write!(f, "the clock of owner {owner} is {seconds} s behind what most producers say")
            }
            Self::NothingWorks { seconds } => {
                write!(f, "for {seconds} s no shard has committed anything or come further in its recovery")
            }
            Self::ShardRecovering { partition, reason: None } => write!(f, "shard {partition} is being recovered"),
            Self::ShardRecovering { partition, reason: Some(reason) } => {
                write!(f, "shard {partition} is being recovered: {reason}")
            }
            Self::ShardStopped { partition, reason } => write!(f, "shard {partition} is stopped: {reason}"),
        }
    }
}

/// Whether a process is as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What it falls short of; nothing is good health.
    pub shortfalls: Vec<Shortfall>,
}

impl Health {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.shortfalls.is_empty()
    }
}

/// Where each shard and owner of this process stands.
#[derive(Debug)]
pub struct ReadModel {
    owners_expected: usize,
    shards: DashMap<i32, ShardStatus>,
    owners: DashMap<Arc<str>, OwnerStatus>,
    shutting_down: AtomicBool,
    /// When it was seen last that something works, or that there is nothing to do.
    worked: AtomicI64,
    /// When it was asked for the first time whether the process is alive.
    asked: AtomicI64,
}

impl ReadModel {
    /// The read model of a process with so many owners.
    #[must_use]
    pub fn new(owners: usize) -> Self {
        Self {
            owners_expected: owners,
            shards: DashMap::new(),
            owners: DashMap::new(),
            shutting_down: AtomicBool::new(false),
            worked: AtomicI64::new(i64::MIN),
            asked: AtomicI64::new(i64::MAX),
        }
    }

    /// Says where a shard stands.
    pub fn shard(&self, status: ShardStatus) {
        if let (ShardPhase::Live, Some(commit)) = (status.state, status.last_commit) {
            self.works(commit);
        }
        self.shards.insert(status.partition, status);
    }

    /// Says that something works: a shard has come further in its recovery, for example.
    pub fn works(&self, now: EventTime) {
        self.worked.fetch_max(now.0, Ordering::AcqRel);
    }

    /// Forgets a shard that `owner` gave away. Where another owner of this process has told of it since, it stays.
    pub fn shard_gone(&self, partition: i32, owner: &str) {
        self.shards.remove_if(&partition, |_, status| &*status.owner == owner);
    }

    /// Says that the loop of an owner went round.
    pub fn owner_alive(&self, owner: &Arc<str>, now: EventTime) {
        self.owner(owner).last_loop = Some(now);
        if self.shards.is_empty() {
            self.works(now);
        }
    }

    /// Says whether an owner cannot go on alone.
    pub fn owner_needs_a_person(&self, owner: &Arc<str>, needs: bool) {
        self.owner(owner).needs_a_person = needs;
    }

    /// Says how far the clock that an owner reads is behind what most producers say; nothing where it is trusted.
    pub fn owner_clock(&self, owner: &Arc<str>, behind: Millis) {
        self.owner(owner).clock_behind_seconds = behind.0 / 1_000;
    }

    fn owner(&self, owner: &Arc<str>) -> dashmap::mapref::one::RefMut<'_, Arc<str>, OwnerStatus> {
        self.owners.entry(Arc::clone(owner)).or_insert_with(|| OwnerStatus {
            owner: Arc::clone(owner),
            last_loop: None,
            needs_a_person: false,
            clock_behind_seconds: 0,
        })
    }

    /// Says that the process is on its way out: it is not ready any more.
    pub fn shut_down(&self) {
        self.shutting_down.store(true, Ordering::Release);
    }

    /// Where each shard stands, by partition.
    #[must_use]
    pub fn shards(&self) -> Vec<ShardStatus> {
        let mut shards: Vec<ShardStatus> = self.shards.iter().map(|entry| entry.value().clone()).collect();
        shards.sort_by_key(|status| status.partition);
        shards
    }

    /// Where each owner stands, by name.
    #[must_use]
    pub fn owners(&self) -> Vec<OwnerStatus> {
        let mut owners: Vec<OwnerStatus> = self.owners.iter().map(|entry| entry.value().clone()).collect();
        owners.sort_by(|one, other| one.owner.cmp(&other.owner));
        owners
    }

    /// Whether a new process would do no better: all owners have begun and their loops go round within `stall`, and some
    /// shard gets somewhere, if there is any.
    #[must_use]
    pub fn liveness(&self, now: EventTime, stall: Millis) -> Health {
        let owners = self.owners();
        let asked = EventTime(self.asked.fetch_min(now.0, Ordering::AcqRel).min(now.0));
        let mut shortfalls = Vec::new();
        let begun = owners.iter().filter(|status| status.last_loop.is_some()).count();
        if begun < self.owners_expected && now.since(asked) > stall {
            shortfalls.push(Shortfall::OwnersMissing { missing: self.owners_expected - begun });
        }
        shortfalls.extend(owners.into_iter().filter_map(|status| {
            let idle = now.since(status.last_loop?);
            (idle > stall).then_some(Shortfall::OwnerStalled { owner: status.owner, seconds: idle.0 / 1_000 })
        }));
        // Before the first owner has told anything there is nothing to be said of shards.
        let worked = EventTime(self.worked.load(Ordering::Acquire)).max(asked);
        let idle = now.since(worked);
        if idle > NOTHING_WORKS && !self.shards.is_empty() {
            shortfalls.push(Shortfall::NothingWorks { seconds: idle.0 / 1_000 });
        }
        Health { shortfalls }
    }

    /// Whether every owner runs and every shard that they own is live. An owner without a shard is a standby, and
    /// ready.
    #[must_use]
    pub fn readiness(&self, now: EventTime, stall: Millis) -> Health {
        let mut health = self.liveness(now, stall);
        let shortfalls = &mut health.shortfalls;
        if self.shutting_down.load(Ordering::Acquire) {
            shortfalls.push(Shortfall::ShuttingDown);
        }
        let owners = self.owners();
        let begun = owners.iter().filter(|status| status.last_loop.is_some()).count();
        let missing = Shortfall::OwnersMissing { missing: self.owners_expected.saturating_sub(begun) };
        if begun < self.owners_expected && !shortfalls.contains(&missing) {
            shortfalls.push(missing);
        }
        shortfalls.extend(owners.iter().filter(|status| status.clock_behind_seconds > 0).map(|status| {
            Shortfall::ClockBehind { owner: Arc::clone(&status.owner), seconds: status.clock_behind_seconds }
        }));
        let stuck = owners.into_iter().filter(|status| status.needs_a_person);
        shortfalls.extend(stuck.map(|status| Shortfall::OwnerNeedsAPerson { owner: status.owner }));
        shortfalls.extend(self.shards().into_iter().filter_map(|status| match status.state {
            ShardPhase::Live => None,
            ShardPhase::Recovering => {
                Some(Shortfall::ShardRecovering { partition: status.partition, reason: status.reason })
            }
            ShardPhase::Stopped => Some(Shortfall::ShardStopped {
                partition: status.partition,
                reason: status.reason.unwrap_or_else(|| "no reason given".to_owned()),
            }),
        }));
        health
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EventTime = EventTime(1_000_000);
    const STALL: Millis = Millis(30_000);

    fn shard(partition: i32, owner: &str, state: ShardPhase) -> ShardStatus {
        ShardStatus {
            partition,
            owner: owner.into(),
            state,
            reason: (state == ShardPhase::Stopped).then(|| "offset went backwards".to_owned()),
            inputs: vec![InputStatus { topic: "cdr".into(), next_offset: 7, lag: Some(0), at_end: true }],
            shard_time: Some(NOW),
            last_commit: None,
            commit_sequence: 1,
            last_snapshot: None,
            snapshot_sequence: None,
            pack_hash: "ab".into(),
        }
    }

    fn check(model: &ReadModel, expected: &[Shortfall]) {
        assert_eq!(model.readiness(NOW, STALL).shortfalls, expected);
    }

    #[test]
    fn a_process_is_ready_once_its_owners_run_and_its_shards_are_live() {
        let model = ReadModel::new(2);
        check(&model, &[Shortfall::OwnersMissing { missing: 2 }]);
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        model.owner_alive(&a, NOW);
        model.owner_alive(&b, NOW);
        check(&model, &[]);
        model.shard(shard(3, "a", ShardPhase::Recovering));
        model.shard(shard(1, "b", ShardPhase::Stopped));
        let reason = "offset went backwards".to_owned();
        let recovering = Shortfall::ShardRecovering { partition: 3, reason: None };
        check(&model, &[Shortfall::ShardStopped { partition: 1, reason }, recovering]);
        model.shard(shard(3, "a", ShardPhase::Live));
        model.shard_gone(1, "b");
        check(&model, &[]);
        model.owner_needs_a_person(&a, true);
        model.shut_down();
        check(&model, &[Shortfall::ShuttingDown, Shortfall::OwnerNeedsAPerson { owner: a }]);
    }

    #[test]
    fn an_owner_that_stalls_is_neither_ready_nor_alive() {
        let model = ReadModel::new(1);
        let owner: Arc<str> = "a".into();
        model.owner_alive(&owner, NOW.minus(STALL));
        assert!(model.liveness(NOW, STALL).is_good());
        let later = NOW.plus(Millis(1));
        let stalled = [Shortfall::OwnerStalled { owner, seconds: 30 }];
        assert_eq!(model.liveness(later, STALL).shortfalls, stalled);
        assert_eq!(model.readiness(later, STALL).shortfalls, stalled);
    }

    #[test]
    fn a_process_whose_owners_do_not_begin_is_not_alive() {
        let model = ReadModel::new(2);
        model.owner_alive(&"a".into(), NOW);
        assert!(model.liveness(NOW, STALL).is_good(), "they may just be about to");
        let later = NOW.plus(STALL).plus(Millis(1));
        model.owner_alive(&"a".into(), later);
        assert_eq!(model.liveness(later, STALL).shortfalls, [Shortfall::OwnersMissing { missing: 1 }]);
        assert_eq!(model.readiness(later, STALL).shortfalls, [Shortfall::OwnersMissing { missing: 1 }]);
    }

    /// Shards that are stopped, or whose commits do not come about, are named by readiness at once. Only when nothing at
    /// all has worked for long is there no use in waiting any longer.
    #[test]
    fn a_process_none_of_whose_shards_gets_anywhere_is_not_alive_for_ever() {
        let model = ReadModel::new(1);
        let owner: Arc<str> = "a".into();
        let alive = |minutes: i64| {
            let now = NOW.plus(Millis(minutes * 60_000));
            model.owner_alive(&owner, now);
            model.liveness(now, STALL).shortfalls
        };
        assert_eq!(alive(0), [], "a standby has nothing to do");
        assert_eq!(alive(60), []);
        model.shard(shard(1, "a", ShardPhase::Stopped));
        model.shard(shard(2, "a", ShardPhase::Recovering));
        assert_eq!(alive(69), [], "brokers may be away for some minutes");
        assert_eq!(alive(71), [Shortfall::NothingWorks { seconds: 660 }]);
        model.works(NOW.plus(Millis(72 * 60_000)));
        assert_eq!(alive(75), [], "one comes further in its recovery");
        let commit = Some(NOW.plus(Millis(80 * 60_000)));
        model.shard(ShardStatus { last_commit: commit, ..shard(2, "a", ShardPhase::Live) });
        assert_eq!(alive(89), [], "one works, though the other is stopped");
        assert_eq!(alive(91), [Shortfall::NothingWorks { seconds: 660 }]);
        model.shard_gone(1, "a");
        model.shard_gone(2, "a");
        assert_eq!(alive(92), [], "others have them");
    }

    #[test]
    fn a_process_whose_clock_producers_doubt_is_alive_and_not_ready() {
        let model = ReadModel::new(1);
        let owner: Arc<str> = "a".into();
        model.owner_alive(&owner, NOW);
        model.owner_clock(&owner, Millis(3_600_999));
        check(&model, &[Shortfall::ClockBehind { owner: owner.clone(), seconds: 3_600 }]);
        assert!(model.liveness(NOW, STALL).is_good(), "a new process would have the same clock");
        model.owner_clock(&owner, Millis(0));
        check(&model, &[]);
    }

    #[test]
    fn a_late_goodbye_does_not_remove_the_shard_of_the_next_owner() {
        let model = ReadModel::new(1);
        model.shard(shard(3, "b", ShardPhase::Live));
        model.shard_gone(3, "a");
        assert_eq!(model.shards().len(), 1);
    }

    #[test]
    fn times_are_written_as_text_and_shortfalls_by_code() {
        let status = serde_json::to_value(shard(3, "a", ShardPhase::Live)).expect("JSON");
        assert_eq!(status["shardTime"], "1970-01-01T00:16:40.000Z");
        assert_eq!((&status["lastCommit"], &status["state"]), (&serde_json::Value::Null, &"live".into()));
        let shortfall = serde_json::to_value(Shortfall::OwnersMissing { missing: 1 }).expect("JSON");
        assert_eq!(shortfall, serde_json::json!({"code": "ownersMissing", "missing": 1}));
    }
}
