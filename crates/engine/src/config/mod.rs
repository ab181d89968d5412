//! The configuration of the service: a YAML file with overrides from the environment.
//!
//! `RINGFENCE__KAFKA__BROKERS` overrides `kafka.brokers`. The configuration is checked as a whole, and every problem is
//! reported at once; a key that nobody reads is a problem too.

mod dialect;
mod kafka;
mod sources;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Environment, File, FileFormat, Map, Source as _, Value};
use ringfence_alert_publisher::Topics;
use ringfence_cdr::RecordKind;
use ringfence_consumer::kafka::StartFrom;
use ringfence_task::{Source, SourceNumbers};

use tree::{Problems, Section};

pub use kafka::Kafka;
pub use tree::Problem;

/// The configuration of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The consumer group; processes of one group share the shards.
    pub group: String,
    /// The name of this process within the group, the same after a restart.
    pub instance: String,
    /// How many threads own shards.
    pub owners: usize,
    /// How often what was read is committed.
    pub commit_interval: Duration,
    /// How the cluster is reached.
    pub kafka: Kafka,
    /// The inputs.
    pub sources: Vec<Source>,
    /// By topic, where a shard starts that has never read it; at the beginning where it is not said.
    pub starts: BTreeMap<String, StartFrom>,
    /// Topics that were inputs and are read no longer.
    pub retired: BTreeSet<String>,
    /// The topics that are written.
    pub outputs: Topics,
    /// Where state is kept for restarts.
    pub snapshots: Snapshots,
    /// Where metrics and health are served.
    pub http: SocketAddr,
    /// The rule pack: a directory, a rule file, or the name of a pack that is built in.
    pub rules: String,
    /// A directory with reference lists (`NAME.csv`) for the pack.
    pub lists: Option<PathBuf>,
    /// What a first start does about strikes older than itself.
    pub backlog: Backlog,
    /// What a single number or record may take.
    pub limits: Limits,
}

/// Where state is kept for restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshots {
    /// A directory that the processes of the group share.
    pub directory: PathBuf,
    /// How often each shard is stored.
    pub interval: Duration,
    /// How many of each shard are kept.
    pub keep: usize,
}

/// What a first start does about strikes older than itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backlog {
    /// It shows them as due and imposes nothing for them.
    Judge,
    /// It imposes what is due.
    Impose,
}

/// What a single number or record may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that the facts of one number may take.
    pub number_bytes: usize,
    /// The largest record that is read; larger ones are dead letters.
    pub record_bytes: usize,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read, or is no YAML.
    #[error("cannot read the configuration {}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the reader said, with the place in the file.
        source: Box<config::ConfigError>,
    },
    /// Something is wrong in it.
    #[error("the configuration {} has {} problem(s):\n{}", .path.display(), .problems.len(), list(.problems))]
    Problems {
        /// The file.
        path: PathBuf,
        /// All of them.
        problems: Vec<Problem>,
    },
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}

impl Config {
    /// Reads and checks a configuration; variables of the environment that begin with `RINGFENCE__` override it.
    ///
    /// # Errors
    /// Where the file cannot be read, or with every problem of what it says.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file_error = |source| ConfigError::File { path: path.to_owned(), source: Box::new(source) };
        let values = config::Config::builder()
            .add_source(File::from(path).format(FileFormat::Yaml))
            .add_source(environment(None))
            .build()
            .and_then(|built| built.collect())
            .map_err(file_error)?;
        Self::from_values(values, path.parent().unwrap_or(Path::new("")))
            .map_err(|problems| ConfigError::Problems { path: path.to_owned(), problems })
    }

    /// Reads and checks a configuration from a text, with these variables instead of the environment's.
    ///
    /// # Errors
    /// With every problem; a text that is no YAML is one.
    pub fn parse(text: &str, variables: &BTreeMap<String, String>) -> Result<Self, Vec<Problem>> {
        let variables: Map<String, String> =
            variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let values = config::Config::builder()
            .add_source(File::from_str(text, FileFormat::Yaml))
            .add_source(environment(Some(variables)))
            .build()
            .and_then(|built| built.collect())
            .map_err(|error| vec![Problem { key: String::new(), message: error.to_string(), origin: None }])?;
        Self::from_values(values, Path::new(""))
    }

    fn from_values(values: Map<String, Value>, base: &Path) -> Result<Self, Vec<Problem>> {
        let problems = Problems::default();
        let config = read(values, base, &problems);
        let problems = problems.take();
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Whether numbers are opaque: in all inputs or in none.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.sources.iter().any(|source| source.numbers == SourceNumbers::Opaque)
    }

    /// The same configuration where every source says how its numbers are written: those that leave it to the pack have
    /// those of its country.
    #[must_use]
    pub fn numbered(mut self, country: Option<&str>) -> Self {
        self.sources = self.sources.into_iter().map(|source| source.numbered(country)).collect();
        self
    }

    /// The topic that the group is joined for: its partitions stand for the shards. It is the journal's, which is there
    /// whatever inputs come and go; members that subscribed to different topics would each be given every shard.
    #[must_use]
    pub fn group_topic(&self) -> &str {
        &self.outputs.journal
    }

    /// The input that says how many shards there are.
    #[must_use]
    pub fn scope_topic(&self) -> &str {
        let first_cdr = self.sources.iter().find(|source| source.kind == RecordKind::Cdr);
        first_cdr.or(self.sources.first()).map_or("", |source| &source.topic)
    }

    /// The transactional id of an owner.
    #[must_use]
    pub fn transactional_id(&self, owner: usize) -> String {
        format!("ringfence.{}.{}.{owner}", self.group, self.instance)
    }

    /// The group instance id of an owner.
    #[must_use]
    pub fn group_instance(&self, owner: usize) -> String {
        format!("{}.{owner}", self.instance)
    }
}

fn environment(instead: Option<Map<String, String>>) -> Environment {
    // Never `try_parsing`: it turns the password 0123 into 123.
    Environment::with_prefix("RINGFENCE").prefix_separator("__").separator("__").source(instead)
}

fn read(values: Map<String, Value>, base: &Path, problems: &Problems) -> Config {
    let mut top = Section::new("", values, problems);
    let group = name(&mut top, "group", None);
    let host = host_name();
    let instance = name(&mut top, "instance", host.as_deref());
    let owners = top.integer("owners", 1, 1..=256) as usize;
    let (low, high) = (Duration::from_millis(10), Duration::from_secs(10));
    let commit_interval = top.duration("commit_interval", Duration::from_millis(100), low..=high);
    let kafka = kafka::read(top.section("kafka"), base);
    let (sources, starts) = sources::read(top.sections("sources"), base, problems);
    let retired = read_retired(&mut top, &sources);
    let outputs = read_outputs(top.section("outputs"), &sources);
    let snapshots = read_snapshots(top.section("snapshots"), base);
    let http = read_http(top.section("http"));
    let rules = top.required("rules", "the rule pack, a directory, a rule file or the name of a built-in pack");
    let lists = read_lists(top.section("lists"), base);
    let backlog = top.choice("backlog", Backlog::Judge, &[("judge", Backlog::Judge), ("impose", Backlog::Impose)]);
    let mut limits = top.section("limits");
    let bytes_of = Limits {
        number_bytes: limits.integer("number_mib", 256, 1..=65_536) as usize * 1024 * 1024,
        record_bytes: limits.integer("record_kib", 256, 1..=65_536) as usize * 1024,
    };
    limits.finish();
    top.finish();
    Config {
        group,
        instance,
        owners,
        commit_interval,
        kafka,
        sources,
        starts,
        retired,
        outputs,
        snapshots,
        http,
        rules: if base.join(&rules).exists() { base.join(&rules).to_string_lossy().into_owned() } else { rules },
        lists,
        backlog,
        limits: bytes_of,
    }
}

/// A name that becomes part of ids in Kafka and of directories.
fn name(top: &mut Section<'_>, key: &'static str, default: Option<&str>) -> String {
    let found = match default {
        Some(default) => top.text(key).unwrap_or_else(|| default.to_owned()),
        None => top.required(key, "a name of its own for this deployment"),
    };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if !found.chars().all(allowed) || found.len() > 100 {
        top.refuse(key, "may have up to 100 letters, digits, `-`, `_` and `.`");
    }
    found
}

/// Topics that are read no longer; what is a source is read.
fn read_retired(top: &mut Section<'_>, sources: &[Source]) -> BTreeSet<String> {
    let retired: BTreeSet<String> = top.texts("retired").into_iter().collect();
    for topic in retired.iter().filter(|topic| sources.iter().any(|source| source.topic == **topic)) {
        top.refuse("retired", format!("names {topic}, which is a source too"));
    }
    retired
}

fn host_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

fn read_outputs(mut section: Section<'_>, sources: &[Source]) -> Topics {
    let prefix = section.text("prefix").unwrap_or_else(|| "ringfence".to_owned());
    let version = section.text("version").unwrap_or_else(|| "v1".to_owned());
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    for (key, value) in [("prefix", &prefix), ("version", &version)] {
        if !value.chars().all(allowed) {
            section.refuse(key, "may have letters, digits, `-`, `_` and `.`, as the name of a topic");
        }
    }
    let topics = Topics::new(&prefix, &version);
    for topic in topics.all() {
        if sources.iter().any(|source| *source.topic == **topic) {
            section.refuse("prefix", format!("makes {topic} an output, and it is an input"));
        }
    }
    section.finish();
    topics
}

fn read_snapshots(mut section: Section<'_>, base: &Path) -> Snapshots {
    let directory = section.required("directory", "a directory that the processes of the group share");
    let (low, high) = (Duration::from_secs(1), Duration::from_secs(86_400));
    let interval = section.duration("interval", Duration::from_secs(60), low..=high);
    let keep = section.integer("keep", 3, 2..=1_000) as usize;
    section.finish();
    Snapshots { directory: base.join(directory), interval, keep }
}

fn read_lists(mut section: Section<'_>, base: &Path) -> Option<PathBuf> {
    let directory = section.text("directory").map(|directory| base.join(directory));
    section.finish();
    directory
}

fn read_http(mut section: Section<'_>) -> SocketAddr {
    let default = SocketAddr::from(([127, 0, 0, 1], 9464));
    let bind = match section.text("bind").map(|text| text.parse::<SocketAddr>()) {
        None => default,
        Some(Ok(address)) => address,
        Some(Err(_)) => {
            section.refuse("bind", "must be an address and a port, such as 127.0.0.1:9464");
            default
        }
    };
    section.finish();
    bind
}

#[cfg(test)]
mod tests;
