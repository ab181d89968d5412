//! The nodes of one cluster together.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rustix::process::Signal;

use crate::broker::{Broker, Java};
use crate::settings::Ports;
use crate::watchdog::Watchdog;
use crate::{Error, jars, ports, settings, wait};

/// How often a cluster is started anew because another process took one of its ports first.
const ATTEMPTS: usize = 3;

/// How long the nodes may take to find each other once all are up.
const GATHER_LIMIT: Duration = Duration::from_secs(30);

/// What cluster to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The number of nodes, 1 or 3. Three keep everything when one is lost.
    pub brokers: usize,
    /// The largest heap of a broker, in MiB.
    pub heap_mb: u32,
    /// Full optimisation of the brokers' code, for benchmarks; tests start quicker without.
    pub optimise: bool,
    /// Broker settings that override those of the template.
    pub settings: Vec<(String, String)>,
}

impl Default for Options {
    /// One broker for tests.
    fn default() -> Self {
        Self { brokers: 1, heap_mb: 512, optimise: false, settings: Vec::new() }
    }
}

/// Kafka brokers that run until this is dropped, or until this process ends.
#[derive(Debug)]
pub struct Cluster {
    bootstrap: String,
    brokers: Vec<Mutex<Broker>>,
    // Dropped last: it removes the directory that the brokers write to.
    _watchdog: Watchdog,
    directory: PathBuf,
}

impl Cluster {
    /// Starts a cluster and waits until every broker answers and knows the others.
    ///
    /// # Errors
    /// If the jars or Java are missing, or a broker does not come up; the error then holds the end of its log.
    pub fn start(options: Options) -> Result<Self, Error> {
        if !matches!(options.brokers, 1 | 3) {
            return Err(Error::BrokerCount(options.brokers));
        }
        let java = Java { class_path: jars::class_path()?, heap_mb: options.heap_mb, optimise: options.optimise };
        let mut attempt = 1;
        loop {
            match Self::start_once(&options, &java) {
                Err(Error::Failed { log, .. }) if attempt < ATTEMPTS && log.contains("already in use") => attempt += 1,
                other => return other,
            }
        }
    }

    /// One broker that all tests of a test binary share; the first to ask starts it.
    ///
    /// Topics must have names of their own then, and nobody may kill or stop the broker.
    ///
    /// # Errors
    /// As [`Cluster::start`], for everyone who asks.
    pub fn shared() -> Result<&'static Self, &'static Error> {
        static SHARED: OnceLock<Result<Cluster, Error>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Options::default())).as_ref()
    }

    fn start_once(options: &Options, java: &Java) -> Result<Self, Error> {
        let directory = tempfile::Builder::new()
            .prefix("ringfence-kafka-")
            .tempdir()
            .map_err(Error::io("make a temporary directory"))?
            .keep();
        let watchdog = Watchdog::over(&directory)?;
        let ports = take_ports(options.brokers)?;
        let mut brokers = Vec::with_capacity(options.brokers);
        for index in 0..options.brokers {
            let logs = Broker::logs(&directory, index);
            let properties = settings::of_node(index, &ports, &logs, &options.settings);
            brokers.push(Broker::lay_out(index, &directory, java.clone(), &properties)?);
        }
        bring_up(&mut brokers)?;
        let bootstrap: Vec<String> = ports.iter().map(|ports| format!("127.0.0.1:{}", ports.clients)).collect();
        let cluster = Self {
            bootstrap: bootstrap.join(","),
            brokers: brokers.into_iter().map(Mutex::new).collect(),
            _watchdog: watchdog,
            directory,
        };
        cluster.gather()?;
        Ok(cluster)
    }

    /// Waits until every broker is in the metadata that clients see.
    fn gather(&self) -> Result<(), Error> {
        let client: BaseConsumer = self.client_config().create().map_err(Error::kafka("make a client"))?;
        wait::until(GATHER_LIMIT, || {
            let metadata = client.fetch_metadata(None, Duration::from_secs(5)).ok()?;
            (metadata.brokers().len() == self.brokers.len()).then_some(())
        })
        .ok_or_else(|| Error::TimedOut("the brokers did not find each other".to_owned()))
    }

    /// The `bootstrap.servers` of clients.
    #[must_use]
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// A client configuration that names nothing but this cluster.
    #[must_use]
    pub fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }

    /// The directory of the cluster: `node-1/broker-1.log` is the log of the first start of the first node.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The process id of broker `index` (from 0), for measurements.
    ///
    /// # Errors
    /// If there is no such broker or it does not run.
    pub fn broker_pid(&self, index: usize) -> Result<u32, Error> {
        self.broker(index)?.pid()
    }

    /// Kills broker `index` with `SIGKILL`, as a crash does, and waits until it is gone.
    ///
    /// # Errors
    /// If there is no such broker or it does not run.
    pub fn kill_broker(&self, index: usize) -> Result<(), Error> {
        self.broker(index)?.kill()
    }

    /// Stops broker `index` with `SIGSTOP`: it keeps its connections and says nothing, as behind a cut network.
    ///
    /// # Errors
    /// If there is no such broker or it does not run.
    pub fn stop_broker(&self, index: usize) -> Result<(), Error> {
        self.broker(index)?.signal(Signal::STOP)
    }

    /// Lets a stopped broker go on.
    ///
    /// # Errors
    /// If there is no such broker or it does not run.
    pub fn continue_broker(&self, index: usize) -> Result<(), Error> {
        self.broker(index)?.signal(Signal::CONT)
    }

    /// Starts broker `index` again on its data and its port, killing it first if it runs, and waits until it answers.
    ///
    /// # Errors
    /// If there is no such broker or it does not come up.
    pub fn restart_broker(&self, index: usize) -> Result<(), Error> {
        let mut broker = self.broker(index)?;
        if broker.pid().is_ok() {
            broker.kill()?;
        }
        broker.start()?;
        broker.wait_until_up()
    }

    fn broker(&self, index: usize) -> Result<MutexGuard<'_, Broker>, Error> {
        let broker = self.brokers.get(index).ok_or(Error::Broker(index, "does not exist"))?;
        Ok(broker.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Formats and starts all nodes side by side: controllers need a majority of each other to come up.
fn bring_up(brokers: &mut [Broker]) -> Result<(), Error> {
    let cluster_id = new_cluster_id();
    let formatting = brokers.iter().map(|broker| broker.format(&cluster_id)).collect::<Result<Vec<_>, _>>()?;
    for node in formatting {
        node.finish()?;
    }
    for broker in brokers.iter_mut() {
        broker.start()?;
    }
    brokers.iter_mut().try_for_each(Broker::wait_until_up)
}

fn take_ports(nodes: usize) -> Result<Vec<Ports>, Error> {
    let free = ports::take(2 * nodes);
    if free.len() < 2 * nodes {
        return Err(Error::TimedOut("no free ports were found".to_owned()));
    }
    Ok(free.chunks_exact(2).map(|pair| Ports { clients: pair[0], controller: pair[1] }).collect())
}

/// An id in Kafka's form (22 characters of URL-safe base64, the 16 bytes of a UUID), distinct for each cluster that
/// processes on this machine start.
fn new_cluster_id() -> String {
    static STARTED: AtomicU64 = AtomicU64::new(0);
    let process = u64::from(std::process::id());
    // 22 characters carry 132 bits; the last must leave the low four of them zero, hence the `A`.
    format!("Ringfence{process:08x}{:04x}A", STARTED.fetch_add(1, Ordering::Relaxed) & 0xffff)
}
