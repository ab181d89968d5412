//! Topics, configuration and processes of one test.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use ringfence_kafka_for_tests::{Cluster, NewRecord, until};

use crate::events::Events;

const PARTITIONS: usize = 4;
/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(150);

/// What is produced.
#[derive(Clone, Default)]
pub(crate) struct Feed {
    pub(crate) calls: Vec<NewRecord>,
    pub(crate) complaints: Vec<NewRecord>,
    /// The same as files, for `backtest`.
    pub(crate) files: Vec<PathBuf>,
    /// The dialect of the files, where it is not the canonical one.
    pub(crate) dialect: Option<PathBuf>,
    /// A directory with reference lists, for `backtest`; a service gets it by its settings.
    pub(crate) lists: Option<PathBuf>,
}

impl Feed {
    pub(crate) fn thirds(&self) -> [Self; 3] {
        let part = |records: &[NewRecord], at: usize| {
            let third = records.len().div_ceil(3).max(1);
            records.chunks(third).nth(at).map(<[NewRecord]>::to_vec).unwrap_or_default()
        };
        [0, 1, 2].map(|at| Self {
            calls: part(&self.calls, at),
            complaints: part(&self.complaints, at),
            ..self.clone()
        })
    }
}

/// One test's topics and directory.
pub(crate) struct Scene {
    pub(crate) cluster: &'static Cluster,
    pub(crate) name: &'static str,
    directory: tempfile::TempDir,
    /// How the numbers of the inputs are written.
    numbers: &'static str,
    http: SocketAddr,
}

/// What differs between the processes of a scene.
pub(crate) struct Settings<'a> {
    pub(crate) instance: &'static str,
    pub(crate) pack: &'a Path,
    pub(crate) lists: Option<&'a Path>,
}

/// The program.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_program"))
}

impl Scene {
    pub(crate) fn new(name: &'static str, numbers: &'static str) -> Self {
        let cluster = match Cluster::shared() {
            Ok(cluster) => cluster,
            Err(error) => panic!("{error}"),
        };
        for input in ["cdr", "complaints"] {
            // The records are older than what brokers keep by default.
            cluster.create_topic(&format!("{name}.{input}"), PARTITIONS, &[("retention.ms", "-1")]).expect("new topic");
        }
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self { cluster, name, directory, numbers, http: free.expect("a free port") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn topic(&self, what: &str) -> String {
        format!("{}.{what}", self.name)
    }

    pub(crate) fn produce(&self, feed: &Feed) {
        self.cluster.produce(&self.topic("cdr"), &feed.calls).expect("written");
        self.cluster.produce(&self.topic("complaints"), &feed.complaints).expect("written");
    }

    /// What `doctor` finds, which makes the engine's own topics and must see no problem.
    pub(crate) fn doctor(&self, settings: &Settings<'_>) -> String {
        let config = self.config(settings);
        let doctor = program().args(["doctor", "--create", "-c"]).arg(&config).output().expect("doctor runs");
        let found = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(doctor.status.success(), "doctor finds a problem:\n{found}");
        found
    }

    /// Starts the service, after `doctor`.
    pub(crate) fn start(&self, settings: &Settings<'_>) -> Service {
        self.doctor(settings);
        let config = self.config(settings);
        let log = File::options().create(true).append(true).open(self.log_path(settings.instance)).expect("a log");
        let child = program().args(["run", "-c"]).arg(&config).stdin(Stdio::null()).stderr(log).spawn();
        Service { child: child.expect("the service starts") }
    }

    fn config(&self, settings: &Settings<'_>) -> PathBuf {
        let Settings { instance, pack, lists } = settings;
        let Self { name, numbers, .. } = self;
        let brokers = self.cluster.bootstrap();
        // Only one process can have the address of the test.
        let http = if *instance == "one" { self.http } else { SocketAddr::from(([127, 0, 0, 1], 0)) };
        let text = format!(
            "group: {name}
instance: {instance}
kafka:
  brokers: '{brokers}'
  consumer: {{session.timeout.ms: 6000, heartbeat.interval.ms: 300}}
sources:
  - {{topic: {name}.cdr, kind: cdr, numbers: {numbers}}}
  - {{topic: {name}.complaints, kind: complaint, numbers: {numbers}}}
outputs: {{prefix: {name}}}
snapshots: {{directory: state, interval: 2s}}
rules: {}
http: {{bind: '{http}'}}
backlog: impose
{}",
            pack.display(),
            lists.map_or_else(String::new, |lists| format!("lists: {{directory: '{}'}}\n", lists.display()))
        );
        let path = self.path(&format!("{instance}.yaml"));
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Waits until the service has written this to its log.
    pub(crate) fn wait_for_log(&self, instance: &str, text: &str) {
        let log = || std::fs::read_to_string(self.log_path(instance)).unwrap_or_default();
        self.wait(text, || log().contains(text));
    }

    fn log_path(&self, instance: &str) -> PathBuf {
        self.path(&format!("{instance}.log"))
    }

    /// Waits until the group has committed every record of the inputs.
    pub(crate) fn wait_until_read(&self) {
        self.wait("every record is committed", || self.is_read());
    }

    /// Waits until every record is committed and every shard's time has come to the wall clock.
    pub(crate) fn wait_until_at_the_end(&self) {
        self.wait("every shard is at the end", || self.is_read() && Events::read(self).are_at_the_end());
    }

    fn is_read(&self) -> bool {
        let mut config: ClientConfig = self.cluster.client_config();
        let client: BaseConsumer = config.set("group.id", self.name).create().expect("a client");
        let mut list = TopicPartitionList::new();
        for input in ["cdr", "complaints"].map(|what| self.topic(what)) {
            list.add_partition_range(&input, 0, PARTITIONS as i32 - 1);
        }
        let committed = client.committed_offsets(list, Duration::from_secs(10)).expect("an answer");
        committed.elements().iter().all(|element| {
            let (topic, partition) = (element.topic(), element.partition());
            let (_, end) = client.fetch_watermarks(topic, partition, Duration::from_secs(10)).expect("an answer");
            element.offset() == Offset::Offset(end) || (end == 0 && element.offset() == Offset::Invalid)
        })
    }

    fn wait(&self, what: &str, mut holds: impl FnMut() -> bool) {
        if until(LIMIT, || holds().then_some(())).is_none() {
            let log = |instance| std::fs::read_to_string(self.log_path(instance)).unwrap_or_default();
            panic!("not in time: {what}\n--- one\n{}\n--- two\n{}", log("one"), log("two"));
        }
    }

    /// The pages of process `one` say that it is well and what it did.
    pub(crate) fn check_pages(&self) {
        assert!(self.page("/readyz").starts_with("HTTP/1.1 200"), "{}", self.page("/readyz"));
        assert!(self.page("/livez").starts_with("HTTP/1.1 200"));
        let shards = self.page("/readyz?verbose");
        assert_eq!(shards.matches("\"state\":\"live\"").count(), PARTITIONS, "{shards}");
        let metrics = self.page("/metrics");
        assert!(metrics.contains("ringfence_violations_total{"), "{metrics}");
        let rejected = metrics.lines().any(|line| line.starts_with("ringfence_dead_letters_total{"));
        assert!(rejected, "garbage is counted");
    }

    fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.http).expect("the service listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").expect("is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("is answered");
        answer
    }
}

/// A running service; killed when dropped.
pub(crate) struct Service {
    child: Child,
}

impl Service {
    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        let _ = self.child.wait();
    }

    /// Ends it in order, as an init system does.
    pub(crate) fn stop(mut self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("it runs");
        let status = until(LIMIT, || self.child.try_wait().expect("can be waited for"));
        assert!(status.expect("it ends in time").success(), "it ends in order");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
