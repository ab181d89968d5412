//! The product's engine as a contender: its configuration, its topics, and the process that runs it.

use std::path::Path;
use std::sync::Arc;

use ringfence_engine::{Config, Engine, wall_clock};
use ringfence_kafka_for_tests::Cluster;
use ringfence_rules::PackFiles;
use ringfence_telemetry::{Metrics, ReadModel, Telemetry};

use crate::Error;
use crate::contender::wait_for_the_end;
use crate::load::PARTITIONS;
use crate::packs;

/// An engine that reads a topic of call records and commits exactly once, with a journal.
#[derive(Debug, Clone)]
pub struct EngineSetup {
    /// Its consumer group, and the prefix of the topics that it writes.
    pub name: String,
    /// The topic of call records.
    pub input: String,
    /// How many threads own shards.
    pub owners: usize,
    /// Milliseconds between two commits.
    pub commit_ms: u64,
}

impl EngineSetup {
    /// The topic of its violations.
    #[must_use]
    pub fn violations(&self) -> String {
        format!("{}.violations.v1", self.name)
    }

    /// The topic of its dead letters.
    #[must_use]
    pub fn dead_letters(&self) -> String {
        format!("{}.dead-letters.v1", self.name)
    }

    /// Makes the topics that it writes.
    ///
    /// # Errors
    /// If one exists already.
    pub fn create_topics(&self, cluster: &Cluster) -> Result<(), Error> {
        for what in ["violations", "suspensions", "dead-letters", "journal"] {
            cluster.create_topic(&format!("{}.{what}.v1", self.name), PARTITIONS, &[("retention.ms", "-1")])?;
        }
        let compact = [("cleanup.policy", "compact")];
        Ok(cluster.create_topic(&format!("{}.card-status.v1", self.name), PARTITIONS, &compact)?)
    }

    /// Writes configuration and pack into a directory, and returns the configuration's path.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&self, bootstrap: &str, rules: &PackFiles, directory: &Path) -> Result<std::path::PathBuf, Error> {
        let pack = directory.join(format!("{}-pack", self.name));
        packs::write(rules, &pack)?;
        let Self { name, input, owners, commit_ms } = self;
        let text = format!(
            "
group: {name}
instance: {name}
owners: {owners}
commit_interval: {commit_ms}ms
kafka: {{brokers: '{bootstrap}'}}
sources: [{{topic: {input}, kind: cdr, numbers: {{country: CN}}}}]
outputs: {{prefix: {name}}}
snapshots: {{directory: {name}-snapshots, interval: 1h}}
rules: {}
backlog: impose
",
            pack.display()
        );
        let path = directory.join(format!("{name}.yaml"));
        std::fs::write(&path, text).map_err(Error::io("write a configuration"))?;
        Ok(path)
    }
}

/// The measured process: runs an engine until standard input closes.
///
/// # Errors
/// If the engine does not start, or ends by itself.
pub fn run(config: &Path) -> Result<(), Error> {
    let unmet = |error: &dyn std::error::Error| Error::Unmet(format!("the engine: {error}"));
    let config = Config::load(config).map_err(|error| unmet(&error))?;
    let rules = packs::read(Path::new(&config.rules))?;
    let metrics = Metrics::new("bench", "bench").map_err(|error| unmet(&error))?;
    let telemetry = Telemetry { metrics, model: Arc::new(ReadModel::new(config.owners)) };
    let handle = Engine::start(config, &rules, telemetry, wall_clock).map_err(|error| unmet(&error))?;
    wait_for_the_end()?;
    handle.stop_flag().set();
    handle.join().map_err(|error| unmet(&error))
}
