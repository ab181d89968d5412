//! Topics, configuration and processes of one test.

use std::path::PathBuf;
use std::time::Duration;

use ringfence_kafka_for_tests::{Cluster, Error, NewRecord, until};

use crate::child::Process;

pub(crate) const PARTITIONS: usize = 4;

const PACK: &str = r#"
name: test
version: "1"
title: A pack for tests
timezone: UTC
country: CN
lateness: 3000d
skew: 3000d
ladders:
  telemarketing:
    subject: card
    strikes: {over: 365d, again: 5m}
    steps:
      - {at: 1, do: warn}
      - {at: 2, do: suspend, services: [outgoing], for: 7d}
"#;

const MANY_CALLS: &str = r#"
rule: many-calls
title: TITLE
basis: test
key: callingNumber
let:
  calls: count() over 5m
when:
  - calls > LIMIT
severity: major
then: {ladder: telemarketing}
"#;

const COMPLAINED_OF: &str = r#"
rule: complained-of
title: Complained of
basis: test
key: callingNumber
let:
  complainants: distinct(complainant) of complaints over 1h
when:
  - complainants >= 3
severity: minor
"#;

pub(crate) struct Scene {
    pub(crate) cluster: &'static Cluster,
    pub(crate) name: &'static str,
    /// What its processes read, sooner or later.
    pub(crate) inputs: Vec<&'static str>,
    directory: tempfile::TempDir,
}

/// What differs between the processes of a scene.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) instance: &'static str,
    /// How many owners it has.
    pub(crate) owners: usize,
    /// The directory for snapshots, within the scene.
    pub(crate) snapshots: &'static str,
    /// The limit of the rule.
    pub(crate) limit: u32,
    /// The rule's title: another one makes another pack that judges alike.
    pub(crate) title: &'static str,
    /// Who is on the list of those whom the rule spares, where there is one.
    pub(crate) honest: Option<&'static [&'static str]>,
    /// What a first start does about strikes older than itself.
    pub(crate) backlog: &'static str,
    /// How often each shard is stored.
    pub(crate) interval: &'static str,
    /// Properties of its producers.
    pub(crate) producer: &'static str,
    /// What it reads.
    pub(crate) sources: &'static [&'static str],
    /// How its calls are written, where that is not the contract's JSON: a dialect file.
    pub(crate) dialect: Option<&'static str>,
    /// The schema of messages of Avro.
    pub(crate) schema: Option<&'static str>,
    /// What it reads no longer.
    pub(crate) retired: &'static [&'static str],
}

pub(crate) const NODE: Node = Node {
    instance: "node-1",
    owners: 1,
    snapshots: "snapshots",
    limit: 10,
    title: "Many calls",
    honest: None,
    backlog: "impose",
    interval: "1s",
    producer: "{}",
    sources: &["cdr", "complaints"],
    dialect: None,
    schema: None,
    retired: &[],
};

impl Scene {
    /// New topics of four partitions on the cluster that tests share.
    pub(crate) fn new(name: &'static str) -> Self {
        match Cluster::shared() {
            Ok(cluster) => Self::on(cluster, name),
            Err(error) => panic!("{error}"),
        }
    }

    /// New topics of four partitions on this cluster.
    pub(crate) fn on(cluster: &'static Cluster, name: &'static str) -> Self {
        Self::with_topics(cluster, name, |topic, settings| cluster.create_topic(topic, PARTITIONS, settings))
    }

    /// New topics of four partitions that lie on these brokers alone, without replicas.
    pub(crate) fn placed(cluster: &'static Cluster, name: &'static str, brokers: [usize; PARTITIONS]) -> Self {
        Self::with_topics(cluster, name, |topic, settings| cluster.create_topic_on(topic, &brokers, settings))
    }

    /// New topics of four partitions, of which one takes no batch of records larger than this.
    pub(crate) fn limited(name: &'static str, what: &str, batch_bytes_max: &str) -> Self {
        let cluster = match Cluster::shared() {
            Ok(cluster) => cluster,
            Err(error) => panic!("{error}"),
        };
        let small = format!("{name}.{what}");
        Self::with_topics(cluster, name, |topic, settings| {
            let limit = [("max.message.bytes", batch_bytes_max)];
            let limit = if topic == small { &limit[..] } else { &[] };
            cluster.create_topic(topic, PARTITIONS, &[settings, limit].concat())
        })
    }

    fn with_topics(
        cluster: &'static Cluster,
        name: &'static str,
        create: impl Fn(&str, &[(&str, &str)]) -> Result<(), Error>,
    ) -> Self {
        for topic in ["cdr", "complaints", "violations.v1", "suspensions.v1", "dead-letters.v1", "journal.v1"] {
            create(&format!("{name}.{topic}"), &[]).expect("new topic");
        }
        create(&format!("{name}.card-status.v1"), &[("cleanup.policy", "compact")]).expect("new topic");
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self { cluster, name, inputs: NODE.sources.to_vec(), directory }
    }

    /// The same with one more topic to read.
    pub(crate) fn with_input(mut self, what: &'static str) -> Self {
        self.cluster.create_topic(&self.topic(what), PARTITIONS, &[]).expect("new topic");
        self.inputs.push(what);
        self
    }

    pub(crate) fn topic(&self, what: &str) -> String {
        format!("{}.{what}", self.name)
    }

    pub(crate) fn produce(&self, what: &str, records: &[NewRecord]) {
        self.cluster.produce(&self.topic(what), records).expect("written");
    }

    /// Where the snapshots of a node lie.
    pub(crate) fn snapshots(&self, node: Node) -> PathBuf {
        self.directory.path().join(node.snapshots).join(self.name)
    }

    pub(crate) fn rules(&self, node: Node) -> PathBuf {
        let Node { limit, title, honest, .. } = node;
        let spared = honest.map_or(0, |honest| honest.len() + 1);
        let directory = self.directory.path().join(format!("rules-{limit}-{}-{spared}", title.len()));
        for folder in ["rules", "lists"] {
            std::fs::create_dir_all(directory.join(folder)).expect("a directory");
        }
        let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).expect("written");
        write("pack.yaml", PACK);
        let mut many_calls = MANY_CALLS.replace("LIMIT", &limit.to_string()).replace("TITLE", title);
        if let Some(honest) = honest {
            many_calls.push_str("where: not callingNumber in @honest\n");
            write("lists/honest.csv", &format!("key\n{}\n", honest.join("\n")));
        }
        write("rules/many-calls.yaml", &many_calls);
        write("rules/complained-of.yaml", COMPLAINED_OF);
        directory
    }

    /// Writes the configuration of a node.
    pub(crate) fn config(&self, node: Node) -> PathBuf {
        let Node { instance, owners, snapshots, backlog, interval, producer, .. } = node;
        let dialect = node.dialect.map_or("json".to_owned(), |text| {
            let file = format!("dialect-{instance}.yaml");
            std::fs::write(self.directory.path().join(&file), text).expect("written");
            file
        });
        let schema = node.schema.map_or(String::new(), |text| {
            std::fs::write(self.directory.path().join("calls.avsc"), text).expect("written");
            ", schema: calls.avsc".to_owned()
        });
        let source = |what: &&str| {
            let (kind, dialect, schema) = match *what {
                "complaints" => ("complaint", "json", ""),
                _ => ("cdr", &*dialect, &*schema),
            };
            let topic = self.topic(what);
            format!("  - {{topic: {topic}, kind: {kind}, dialect: {dialect}, numbers: {{country: CN}}{schema}}}\n")
        };
        let sources: String = node.sources.iter().map(source).collect();
        let retired = node.retired.iter().map(|what| self.topic(what)).collect::<Vec<_>>().join(", ");
        let (name, bootstrap) = (self.name, self.cluster.bootstrap());
        let rules = self.rules(node);
        let text = format!(
            "
group: {name}
instance: {instance}
owners: {owners}
commit_interval: 50ms
kafka:
  brokers: '{bootstrap}'
  consumer: {{session.timeout.ms: 6000, heartbeat.interval.ms: 300}}
  producer: {producer}
sources:
{sources}retired: [{retired}]
outputs: {{prefix: {name}}}
snapshots: {{directory: {snapshots}, interval: {interval}}}
rules: {}
backlog: {backlog}
",
            rules.display()
        );
        let path = self.directory.path().join(format!("{instance}.yaml"));
        std::fs::write(&path, text).expect("written");
        path
    }

    pub(crate) fn start(&self, node: Node) -> Process {
        Process::start(&self.config(node))
    }

    /// Keeps the logs in this directory, for whoever looks into a test.
    pub(crate) fn keep_logs(&self) {
        if let Some(keep) = std::env::var_os("RINGFENCE_TEST_LOGS") {
            for entry in std::fs::read_dir(self.directory.path()).expect("readable").flatten() {
                if entry.path().extension().is_some_and(|extension| extension == "log") {
                    let name = format!("{}-{}", self.name, entry.file_name().to_string_lossy());
                    let _ = std::fs::copy(entry.path(), std::path::Path::new(&keep).join(name));
                }
            }
        }
    }

    /// What a node wrote to its log.
    pub(crate) fn log(&self, node: Node) -> String {
        std::fs::read_to_string(self.directory.path().join(format!("{}.log", node.instance))).unwrap_or_default()
    }

    /// Waits until everything that was written to the inputs is committed.
    pub(crate) fn wait_until_read(&self) {
        self.wait_until_these_are_read(&self.inputs);
    }

    /// Waits until everything that was written to these is committed.
    pub(crate) fn wait_until_these_are_read(&self, inputs: &[&str]) {
        let inputs: Vec<String> = inputs.iter().map(|what| self.topic(what)).collect();
        self.wait("the inputs are read", || {
            let journal = self.journal();
            inputs.iter().all(|input| {
                (0..PARTITIONS as i32).all(|partition| {
                    let end = self.end_of(input, partition);
                    end == 0
                        || journal
                            .iter()
                            .filter(|record| record.shard.partition == partition)
                            .max_by_key(|record| record.sequence)
                            .is_some_and(|record| record.next_of(input) == Some(end))
                })
            })
        });
    }

    /// Waits until a condition holds, and shows the logs where it does not.
    pub(crate) fn wait(&self, what: &str, mut holds: impl FnMut() -> bool) {
        if until(Duration::from_secs(120), || holds().then_some(())).is_none() {
            let logs: String = ["node-1", "node-2", "node-3"]
                .map(|instance| format!("--- {instance}\n{}", self.log(Node { instance, ..NODE })))
                .concat();
            panic!("not within two minutes: {what}\n{logs}");
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.keep_logs();
    }
}
