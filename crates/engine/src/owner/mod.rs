//! An owner: one thread that owns whole shards, from reading to commit.
//!
//! ```text
//! follow the group ─▶ take what was recovered ─▶ read and apply ─▶ look for the outcome ─▶ cut what is due
//!        ▲                                                                                      │
//!        └──────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//! Nothing on the way of a record takes a lock or crosses a thread. A commit is *cut* here (what was touched is judged
//! and written down) and published by the publisher's thread while the next records are applied; there is one commit
//! under way at a time.

mod commit;
mod epochs;
mod handover;
mod pending;
mod stops;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use ringfence_alert_publisher::{Publisher, Submission, producer_config};
use ringfence_consumer::kafka::{
    Batch, Change, Item, Logged, Membership, Queue, Role, consumer_config, known_watermarks, membership_config,
};
use ringfence_task::{WallClock, Witnesses};
use tracing::{error, info, warn};

use crate::clock::Moment;
use crate::grants::Grants;
use crate::live::{LiveShard, ShardCut, Unwritable, timestamp};
use crate::probation::MostlyRejected;
use crate::recovery::{Recovery, Report};
use crate::shared::Shared;
use crate::stop::{Stop, with_causes};
use crate::watch::Watch;
use epochs::Epochs;
use pending::Pending;
use stops::Stops;

/// Records read at a time.
const BATCH: usize = 4096;
/// How long one look for records waits.
const POLL: Duration = Duration::from_millis(10);
/// How often an owner with a cut to make looks whether the last one has been committed.
const OUTCOME_POLL: Duration = Duration::from_millis(2);
/// An owner without records commits this often, so that time goes on.
const IDLE: Duration = Duration::from_secs(1);
/// How long the group may take to let an owner go.
const CLOSING: Duration = Duration::from_secs(10);
/// Kafka forgets offsets that nobody commits; a shard whose inputs cannot be read still commits this often.
const RECOMMIT: Duration = Duration::from_secs(30 * 60);
/// Records of one epoch: a commit comes early rather than holding the outputs of more.
const EPOCH_RECORDS_MAX: u64 = 200_000;
/// Bytes of dead letters of one epoch.
const EPOCH_LETTER_BYTES_MAX: usize = 32 << 20;
/// How often reports about shards without commits are renewed.
const REPORT: Duration = Duration::from_secs(1);
/// How often what a shard holds is counted.
const HOLDINGS: Duration = Duration::from_secs(5);
/// Counting goes through every number of a shard: it may take this part of the time at most, and is done less often where
/// there are very many.
const HOLDINGS_SHARE: u32 = 100;

/// Why an owner ended, and with it the engine.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// A client cannot be made or does not work any more.
    #[error("cannot {doing}")]
    Kafka {
        /// What was tried.
        doing: &'static str,
        /// What the client said.
        #[source]
        source: KafkaError,
    },
    /// Another process has this one's name.
    #[error("another process of group {group} is named {instance}: give each its own `instance`")]
    InstanceTaken {
        /// The group.
        group: String,
        /// The name.
        instance: String,
    },
    /// Most of the first records of a source were rejected.
    #[error(transparent)]
    MostlyRejected(#[from] MostlyRejected),
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] std::io::Error),
    /// A fault of the program; what it said is in the log.
    #[error("an owner panicked; nothing that was not committed is visible")]
    Panicked,
    /// Something could not be written down.
    #[error("what a shard decided cannot be written down: {0}")]
    Unwritable(String),
}

impl OwnerError {
    /// Whether another configuration helps.
    #[must_use]
    pub fn is_of_configuration(&self) -> bool {
        matches!(self, Self::InstanceTaken { .. } | Self::MostlyRejected(_))
    }
}

impl From<Unwritable> for OwnerError {
    fn from(error: Unwritable) -> Self {
        Self::Unwritable(error.to_string())
    }
}

pub(crate) struct Owner {
    shared: Arc<Shared>,
    name: Arc<str>,
    membership: Membership,
    queue: Queue<Logged>,
    publisher: Publisher,
    recovery: Recovery,
    watch: Watch,
    /// Of the wall clock.
    witnesses: Witnesses,
    grants: Grants,
    /// Shards that wait until the other owners of the process have some too.
    gathered: BTreeSet<i32>,
    live: BTreeMap<i32, LiveShard>,
    pending: Pending<ShardCut>,
    stops: Stops,
    epochs: Epochs,
    next_cut: Moment,
    next_report: Moment,
}

impl Owner {
    /// Joins the group as owner `number` of this process.
    pub(crate) fn join(shared: Arc<Shared>, number: usize) -> Result<Self, OwnerError> {
        let kafka = |doing| move |source| OwnerError::Kafka { doing, source };
        let config = &shared.config;
        let name: Arc<str> = config.transactional_id(number).into();
        let member = membership_config(&config.kafka.consumer, &config.group, &config.group_instance(number));
        let membership = Membership::join(&member, config.group_topic()).map_err(kafka("join the group"))?;
        let reader = consumer_config(&config.kafka.consumer, &config.group, Role::Reader);
        let reader = reader.create_with_context(Logged("reader")).map_err(kafka("make a reader"))?;
        let producer = producer_config(&config.kafka.producer, &name);
        let mut publisher = Publisher::new(&format!("publisher-{number}"), producer);
        // Ends at once what this owner left open when it died.
        publisher.submit(Submission::Connect);
        let grants = Grants::default();
        let recovery = Recovery::start(shared.clone(), &format!("recovery-{number}"), name.clone(), grants.clone())
            .map_err(OwnerError::Thread)?;
        let now = Moment::now();
        Ok(Self {
            queue: Queue::new(Arc::new(reader), BATCH),
            watch: Watch::new(&shared.telemetry, &name, shared.setup.pack.hash()),
            shared,
            name,
            membership,
            publisher,
            recovery,
            witnesses: Witnesses::default(),
            grants,
            gathered: BTreeSet::new(),
            live: BTreeMap::new(),
            pending: Pending::new(),
            stops: Stops::default(),
            epochs: Epochs::new(EPOCH_RECORDS_MAX),
            next_cut: now,
            next_report: now,
        })
    }

    /// Works until the end is asked for, then leaves nothing half done.
    pub(crate) fn run(mut self) -> Result<(), OwnerError> {
        let worked = catch_unwind(AssertUnwindSafe(|| {
            self.work()?;
            self.finish()
        }));
        match worked {
            Ok(ended) => {
                if let Err(reason) = &ended {
                    error!(owner = &*self.name, reason = reason as &dyn std::error::Error, "owner ends");
                }
                self.close();
                ended
            }
            Err(panic) => {
                // The others end in order. The clients of this one end with the process: closing them may take for ever.
                self.shared.stop.set();
                std::mem::forget(self);
                resume_unwind(panic)
            }
        }
    }

    fn work(&mut self) -> Result<(), OwnerError> {
        while !self.shared.stop.is_set() {
            self.follow_group()?;
            self.recover_gathered();
            self.take_recovered()?;
            if self.may_read() {
                self.read()?;
            } else {
                self.settle(POLL)?;
            }
            self.settle(Duration::ZERO)?;
            self.cut_if_due()?;
            self.try_stopped_again();
            self.report();
        }
        Ok(())
    }

    /// Whether another batch may be applied before something has been committed.
    fn may_read(&self) -> bool {
        let records: u64 = self.live.values().map(|live| live.task.records_since_cut()).sum();
        let letter_bytes: usize = self.live.values().map(|live| live.letter_bytes).sum();
        records < EPOCH_RECORDS_MAX && letter_bytes < EPOCH_LETTER_BYTES_MAX
    }

    /// Reads a batch and applies it.
    fn read(&mut self) -> Result<(), OwnerError> {
        // Where the next cut only waits for the last one, this looks for its outcome every now and then.
        let wait = if self.live.is_empty() { POLL } else { self.next_cut.remaining().clamp(OUTCOME_POLL, POLL) };
        let (mut unreadable, mut full) = (Vec::new(), Vec::new());
        let Self { queue, live, shared, watch, witnesses, .. } = self;
        queue.serve_client();
        let consumer = queue.consumer().clone();
        let batch = queue.next_batch(wait);
        let clock = judged(witnesses, &batch, shared);
        watch.clock(clock);
        // Shard by shard and input by input: a journal record has a slice for each change between them.
        let mut items: Vec<Item<'_>> = batch.items().collect();
        items.sort_by_key(Item::place);
        for item in items {
            let applied = match item {
                Item::Run(run) => match live.get_mut(&run.partition()) {
                    Some(live) => {
                        live.apply_run(&run, shared, clock).map(|waits| full.extend(waits.then_some(live.id)))
                    }
                    None => Ok(()),
                },
                Item::End { topic, partition, next } => match live.get_mut(&partition) {
                    Some(live) => {
                        let high = known_watermarks(&*consumer, topic, partition).map_or(next, |(_, high)| high);
                        live.note_end(topic, next, high)
                    }
                    None => Ok(()),
                },
                Item::Fault { topic, partition, code } => {
                    match topic.and_then(|topic| Stop::of_reading(topic, code)) {
                        Some(stop) => unreadable.push((partition, stop)),
                        None => warn!(topic, partition, %code, "reader"),
                    }
                    Ok(())
                }
            };
            applied.map_err(Unwritable::from)?;
        }
        drop(batch);
        self.let_wait(&full)?;
        for (shard, stop) in unreadable {
            // A shard with two inputs that cannot be read is stopped once.
            if self.live.contains_key(&shard) {
                self.stop_shard(shard, &stop);
            }
        }
        Ok(())
    }

    /// Takes shards over from the recovery thread.
    fn take_recovered(&mut self) -> Result<(), OwnerError> {
        while let Some(report) = self.recovery.next_report() {
            match report {
                Report::Recovered { grant, shard } if self.grants.is_in_force(shard.id, grant) => {
                    self.go_live(*shard)?;
                }
                Report::Recovered { .. } => {}
                Report::Failed { shard, grant, reason } => {
                    if self.grants.is_in_force(shard, grant) {
                        self.stop_shard(shard, &Stop::of_recovery(&reason));
                    }
                }
                Report::Delayed { shard, grant, reason } => {
                    if self.grants.is_in_force(shard, grant) {
                        self.watch.recovering(shard, Some(with_causes(&reason)));
                    }
                }
                Report::TopicsChanged(difference) => {
                    let shards: Vec<i32> = self.live.keys().copied().collect();
                    for shard in shards {
                        self.stop_shard(shard, &Stop::of_topics(&difference));
                    }
                }
            }
        }
        Ok(())
    }

    fn go_live(&mut self, mut live: LiveShard) -> Result<(), OwnerError> {
        if let Some(records) = self.epochs.limit(live.id) {
            live.task.limit_epoch(records);
        }
        self.assign(&live).map_err(|source| OwnerError::Kafka { doing: "assign a shard's inputs", source })?;
        if live.first.is_none() {
            self.shared.probation.excuse(live.id);
        }
        self.watch.stands(live.status(&self.shared, &self.name, &[]));
        self.watch.holds(live.id, &live.task.shard().counts());
        info!(owner = &*self.name, shard = live.id, sequence = live.task.sequence(), "shard is live");
        self.live.insert(live.id, live);
        Ok(())
    }

    /// A shard cannot go on; the others do.
    fn stop_shard(&mut self, shard: i32, stop: &Stop) {
        self.forget(&[shard]);
        let wait_s = self.stops.stop(shard, stop.hope).map(|wait| wait.as_secs());
        error!(owner = &*self.name, shard, reason = %stop, cause = stop.cause.name(), wait_s, "shard is stopped");
        self.watch.stopped(shard, stop);
    }

    /// Has shards recovered anew whose causes may be over.
    fn try_stopped_again(&mut self) {
        for shard in self.stops.take_due() {
            info!(owner = &*self.name, shard, "a stopped shard is tried again");
            self.pending.recover_when_settled(shard);
        }
        self.recover_settled();
    }

    fn report(&mut self) {
        self.watch.alive(self.shared.now());
        if !self.next_report.is_over() {
            return;
        }
        self.next_report = Moment::now().after(REPORT);
        self.recovery.check();
        self.shared.snapshotter.check();
        self.count_holdings();
        for live in self.live.values() {
            let lags = self.lags(live);
            self.watch.stands(live.status(&self.shared, &self.name, &lags));
        }
    }

    /// Counts what shards hold, each when it is due.
    fn count_holdings(&mut self) {
        let Self { live, watch, .. } = self;
        for live in live.values_mut().filter(|live| live.holdings_due.is_over()) {
            let started = Moment::now();
            watch.holds(live.id, &live.task.shard().counts());
            live.holdings_due = Moment::now().after(HOLDINGS.max(started.elapsed() * HOLDINGS_SHARE));
        }
    }

    /// Everything that counts is done before.
    fn close(self) {
        let Self { membership, queue, publisher, name, .. } = self;
        publisher.close();
        drop(queue);
        if !membership.close(CLOSING) {
            warn!(owner = &*name, "leaving the group timed out; the owner's place is free once its session has ended");
        }
    }

    fn follow_group(&mut self) -> Result<(), OwnerError> {
        let wait = if self.live.is_empty() && !self.pending.has_cut() { POLL } else { Duration::ZERO };
        let change = self.membership.poll(wait).map_err(|source| self.membership_error(source))?;
        let Some(change) = change else { return Ok(()) };
        // What is done here is done under the place in the group that the change belongs to: the client joins no further
        // generation before it is acknowledged.
        match &change {
            Change::Granted(shards) => self.grant(shards),
            Change::Revoked(shards) => self.hand_over(shards)?,
            Change::Lost(shards) => self.lose(shards),
        }
        self.membership
            .acknowledge(&change)
            .map_err(|source| OwnerError::Kafka { doing: "acknowledge a change of the group", source })
    }

    fn membership_error(&self, source: KafkaError) -> OwnerError {
        use RDKafkaErrorCode as Code;
        let config = &self.shared.config;
        match source.rdkafka_error_code() {
            Some(Code::FencedInstanceId | Code::UnreleasedInstanceId) => {
                OwnerError::InstanceTaken { group: config.group.clone(), instance: config.instance.clone() }
            }
            _ => OwnerError::Kafka { doing: "stay in the group", source },
        }
    }
}

/// The wall clock after a batch has come, and what its producers make of it.
fn judged(witnesses: &mut Witnesses, batch: &Batch<'_>, shared: &Shared) -> WallClock {
    let runs = batch.items().filter_map(|item| match item {
        Item::Run(run) => Some(run),
        Item::End { .. } | Item::Fault { .. } => None,
    });
    let heard = runs.flat_map(|run| run.records()).step_by(Witnesses::one_in(batch.len())).map(timestamp);
    witnesses.judge(shared.now(), shared.setup.pack.pack.skew, heard)
}
