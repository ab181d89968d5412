//! The engine as a whole: looked over before the start, then a thread for each owner.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use ringfence_cdr::Clock;
use ringfence_consumer::kafka::{Cluster, ClusterError, Logged, Role, consumer_config};
use ringfence_events::Status;
use ringfence_rules::{PackFiles, Tables};
use ringfence_snapshots::{Store, StoreError};
use ringfence_task::{PackError, PackInForce, Reading, ReadingSettings, Setup, TableReleases};
use ringfence_telemetry::Telemetry;
use tracing::{info, warn};

use crate::clock::wall_clock;
use crate::config::Config;
use crate::gathering::Gathering;
use crate::lineage::lineage;
use crate::owner::{Owner, OwnerError};
use crate::probation::Probation;
use crate::release::RELEASE;
use crate::shared::{DECODED_BYTES_MAX, Shared, StopFlag};
use crate::snapshotter::Snapshotter;
use crate::stop::Cause;

/// How long the cluster may take to answer at the start.
const CLUSTER_LIMIT: Duration = Duration::from_secs(20);
/// How long the process waits at its end for the states of shards that were given away before.
const STORING_LIMIT: Duration = Duration::from_secs(20);
/// How long versions of lists are kept that no snapshot names, after a process last brought them: a journal that nobody
/// followed since may name them still, for as long as its topic keeps records.
const LISTS_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Why the engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The rule pack cannot be used.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The cluster does not answer.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// A client cannot be made.
    #[error("a Kafka client cannot be made")]
    Client(#[source] KafkaError),
    /// Topics are missing or do not fit each other.
    #[error("the topics cannot be used:\n{}", .0.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n"))]
    Topics(Vec<String>),
    /// A source has numbers of a country without any.
    #[error("the sources cannot be read: {0}")]
    Sources(String),
    /// The directory for snapshots cannot be used.
    #[error("the directory for snapshots cannot be used")]
    Snapshots(#[from] StoreError),
    /// An owner cannot begin.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[from] std::io::Error),
}

/// The engine of one process.
#[derive(Debug)]
pub struct Engine;

/// A running engine.
#[derive(Debug)]
pub struct Handle {
    shared: Arc<Shared>,
    owners: Vec<JoinHandle<Result<(), OwnerError>>>,
}

impl Engine {
    /// Checks what can be checked before reading anything, and starts a thread for each owner. `clock` tells the time of
    /// day: [`wall_clock`](crate::wall_clock) but in tests.
    ///
    /// # Errors
    /// Where the pack, the cluster, its topics or the snapshot directory cannot be used; all problems of the topics are
    /// said at once.
    pub fn start(config: Config, rules: &PackFiles, telemetry: Telemetry, clock: Clock) -> Result<Handle, StartError> {
        let shared = Arc::new(prepare(config, rules, telemetry, clock)?);
        info!(
            group = shared.config.group,
            instance = shared.config.instance,
            owners = shared.config.owners,
            shards = shared.setup.reading.settings().partitions,
            pack = shared.setup.pack.hash(),
            "engine starts"
        );
        let mut owners = Vec::with_capacity(shared.config.owners);
        for number in 0..shared.config.owners {
            let own = shared.clone();
            let started = thread::Builder::new().name(format!("owner-{number}")).spawn(move || {
                // An owner that ends, also by a panic, takes the others along: a process is whole or gone.
                let _last_act = StopOnDrop(own.stop.clone());
                Owner::join(own, number).and_then(Owner::run)
            });
            match started {
                Ok(owner) => owners.push(owner),
                Err(error) => {
                    shared.stop.set();
                    return Err(error.into());
                }
            }
        }
        Ok(Handle { shared, owners })
    }
}

impl Handle {
    /// Asks the engine to end in order; [`Handle::join`] waits for it.
    #[must_use]
    pub fn stop_flag(&self) -> StopFlag {
        self.shared.stop.clone()
    }

    /// Whether every owner has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.owners.iter().all(JoinHandle::is_finished)
    }

    /// Waits until every owner has ended.
    ///
    /// # Errors
    /// With the first reason for which an owner ended that was not asked to.
    pub fn join(self) -> Result<(), OwnerError> {
        let mut first = Ok(());
        for owner in self.owners {
            let ended = owner.join().unwrap_or(Err(OwnerError::Panicked));
            if first.is_ok() {
                first = ended;
            }
        }
        if !self.shared.snapshotter.wait_until_stored(STORING_LIMIT) {
            warn!("the disk takes too long: not every shard that was given away is stored");
        }
        first
    }
}

/// Asks for the end when it goes out of scope.
struct StopOnDrop(StopFlag);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}

fn prepare(config: Config, rules: &PackFiles, telemetry: Telemetry, clock: Clock) -> Result<Shared, StartError> {
    let (pack, tables) = PackInForce::compile(rules, config.is_opaque())?;
    for (list, rules) in tables.empty_lists_read_by(&pack.pack) {
        warn!(
            list,
            rules = rules.join(", "),
            "rules read a list that is empty; `lists.directory` names where lists are"
        );
    }
    let config = config.numbered(pack.pack.country.as_deref());
    let identity = &pack.pack.identity;
    telemetry.metrics.pack(&identity.name, &identity.version, pack.hash());
    for rule in &pack.pack.rules {
        // A counter that begins with its first event has no rate for it.
        telemetry.metrics.rule(&rule.name, rule.mode.name()).event(rule.severity.name(), Status::Opened.name(), 0);
    }
    for cause in Cause::ALL {
        telemetry.metrics.stopped(cause.name(), 0);
    }
    let mut inputs: Vec<Arc<str>> = config.sources.iter().map(|source| Arc::from(&*source.topic)).collect();
    // As a task has them: their order in the configuration means nothing.
    inputs.sort();
    let client: BaseConsumer<Logged> = consumer_config(&config.kafka.consumer, &config.group, Role::Recovery)
        .create_with_context(Logged("start"))
        .map_err(StartError::Client)?;
    let mut topics: Vec<&str> = inputs.iter().map(|input| &**input).collect();
    topics.extend(config.outputs.all().map(|topic| &**topic));
    let cluster = Cluster::look(&client, &config.kafka.brokers, &topics, CLUSTER_LIMIT)?;
    let problems = topic_problems(&config, &cluster);
    if !problems.is_empty() {
        return Err(StartError::Topics(problems));
    }
    let partitions = partitions_of(&cluster, config.scope_topic()).unwrap_or_default();
    let reading = Reading::new(ReadingSettings {
        sources: config.sources.clone(),
        partitions,
        record_bytes: config.limits.record_bytes,
        number_bytes: config.limits.number_bytes,
    })
    .map_err(|error| StartError::Sources(error.to_string()))?;
    let directory = config.snapshots.directory.join(&config.group);
    let store = Store::open(directory, &config.instance, config.snapshots.keep)?;
    keep_lists(&store, &tables)?;
    Ok(Shared {
        setup: Setup {
            release: RELEASE,
            releases: TableReleases::built_in(),
            lineage: lineage(&config, &cluster),
            pack,
            tables,
            reading: Arc::new(reading),
            retired: config.retired.clone(),
            decoded_bytes_max: DECODED_BYTES_MAX,
        },
        event_source: format!("/ringfence/{}", config.group),
        probation: Probation::new(&inputs),
        gathering: Gathering::new(config.owners, partitions),
        snapshotter: Snapshotter::start(store.clone(), telemetry.metrics.clone())?,
        stop: StopFlag::default(),
        config,
        inputs,
        store,
        telemetry,
        clock,
    })
}

/// Stores the lists that this process brings before any journal names them, and removes what nothing names any more.
fn keep_lists(store: &Store, tables: &Tables) -> Result<(), StoreError> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(wall_clock().0.max(0).unsigned_abs());
    for list in tables.lists() {
        store.put_table(&list.version().to_string(), &list.text(), now)?;
    }
    let removed = store.remove_unnamed_tables(now - LISTS_KEPT)?;
    if removed > 0 {
        info!(removed, "versions of lists that nothing names any more are removed");
    }
    Ok(())
}

pub(crate) fn partitions_of(cluster: &Cluster, topic: &str) -> Option<i32> {
    Some(cluster.topics.get(topic)?.as_ref().ok()?.partitions)
}

/// Everything about the topics for which the engine must not start.
pub(crate) fn topic_problems(config: &Config, cluster: &Cluster) -> Vec<String> {
    let mut problems = Vec::new();
    for (topic, facts) in &cluster.topics {
        match facts {
            Ok(_) => {}
            Err(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
                problems.push(format!("{topic} does not exist"));
            }
            Err(RDKafkaErrorCode::TopicAuthorizationFailed) => {
                problems.push(format!("{topic} may not be described by this client"));
            }
            Err(code) => problems.push(format!("{topic}: {code}")),
        }
    }
    let scope = config.scope_topic();
    let Some(expected) = partitions_of(cluster, scope) else { return problems };
    let co_partitioned = config.sources.iter().map(|source| &*source.topic).chain([&*config.outputs.journal]);
    for topic in co_partitioned {
        if let Some(found) = partitions_of(cluster, topic).filter(|found| *found != expected) {
            problems.push(format!(
                "{topic} has {found} partitions and {scope} has {expected}: shard p owns partition p of each, \
                 so they must have as many"
            ));
        }
    }
    problems
}
