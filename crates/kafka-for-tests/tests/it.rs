//! The brokers behave as tests of the product rely on: they start, keep, abort, crash, come back and go away.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use ringfence_kafka_for_tests::{Cluster, Error, NewRecord, Options};

const TIMEOUT: Duration = Duration::from_secs(30);

fn shared() -> &'static Cluster {
    match Cluster::shared() {
        Ok(cluster) => cluster,
        Err(error) => panic!("{error}"),
    }
}

fn texts(cluster: &Cluster, topic: &str) -> BTreeSet<String> {
    cluster.read_all(topic).expect("the topic can be read").iter().map(|record| record.text()).collect()
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A process that is killed but not yet waited for, by whoever inherited it, is gone for our purpose.
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn what_is_produced_is_read_back_whole() {
    let cluster = shared();
    cluster.create_topic("whole", 4, &[("retention.ms", "-1")]).expect("new topic");
    let written = [
        NewRecord::new("+8613000000001", "first").at(1_700_000_000_123).header("ce_id", "a-1"),
        NewRecord::new("+8613000000002", "second").to_partition(3),
        NewRecord { key: Some(b"+8613000000003".to_vec()), value: None, partition: Some(0), ..NewRecord::default() },
    ];
    let positions = cluster.produce("whole", &written).expect("written");
    let read = cluster.read_all("whole").expect("read");

    assert_eq!(read.len(), 3);
    for (record, position) in written.iter().zip(&positions) {
        let found = read
            .iter()
            .find(|read| (read.partition, read.offset) == *position)
            .expect("every record lies where its delivery said");
        assert_eq!(found.key, record.key);
        assert_eq!(found.value, record.value);
        assert_eq!(found.headers, record.headers);
        if record.timestamp.is_some() {
            assert_eq!(found.timestamp, record.timestamp);
        }
    }
    assert_eq!(positions[1].0, 3);
}

#[test]
fn keys_are_partitioned_as_by_java_clients() {
    let cluster = shared();
    cluster.create_topic("murmur2", 16, &[]).expect("new topic");
    // Of Kafka's own UtilsTest: murmur2("21") = -973932308, murmur2("foobar") = -790332482, murmur2("abc") = 479470107.
    let records = ["21", "foobar", "abc"].map(|key| NewRecord::new(key, "x"));
    let positions = cluster.produce("murmur2", &records).expect("written");
    let partitions: Vec<i32> = positions.iter().map(|(partition, _)| *partition).collect();
    let expected = [-973_932_308_i32, -790_332_482, 479_470_107].map(|hash| (hash & 0x7fff_ffff) % 16);
    assert_eq!(partitions, expected);
}

#[test]
fn an_empty_topic_is_read_at_once() {
    let cluster = shared();
    cluster.create_topic("empty", 8, &[]).expect("new topic");
    assert_eq!(cluster.read_all("empty").expect("read"), []);
}

#[test]
fn a_topic_that_is_missing_or_there_already_is_an_error() {
    let cluster = shared();
    cluster.create_topic("twice", 1, &[]).expect("new topic");
    assert!(matches!(cluster.create_topic("twice", 1, &[]), Err(Error::Topic { .. })));
    assert!(matches!(
        cluster.create_topic("unknown-setting", 1, &[("no.such.setting", "1")]),
        Err(Error::Topic { .. })
    ));
    assert!(matches!(cluster.read_all("never-made"), Err(Error::Kafka { .. })));
}

#[test]
fn an_aborted_transaction_is_not_seen_and_a_committed_one_is() {
    let cluster = shared();
    cluster.create_topic("transactions", 2, &[]).expect("new topic");
    let producer: BaseProducer =
        cluster.client_config().set("transactional.id", "transactions-test").create().expect("a producer");
    producer.init_transactions(TIMEOUT).expect("transactions");
    let write = |value: &str| {
        producer.begin_transaction().expect("a transaction");
        for partition in 0..2 {
            let value = format!("{value}-{partition}");
            let record = BaseRecord::<str, str>::to("transactions").payload(&value).partition(partition);
            producer.send(record).map_err(|(error, _)| error).expect("sent");
        }
        producer.flush(TIMEOUT).expect("written");
    };

    write("aborted");
    producer.abort_transaction(TIMEOUT).expect("aborted");
    assert_eq!(texts(cluster, "transactions"), set(&[]));

    write("committed");
    producer.commit_transaction(TIMEOUT).expect("committed");
    write("open");
    assert_eq!(texts(cluster, "transactions"), set(&["committed-0", "committed-1"]));

    producer.abort_transaction(TIMEOUT).expect("aborted");
    let read = cluster.read_all("transactions").expect("read");
    assert_eq!(read.len(), 2);
    // One record and one control record of the aborted transaction lie before.
    assert!(read.iter().all(|record| record.offset == 2));
}

#[test]
fn a_broker_of_its_own_is_killed_comes_back_with_its_records_and_leaves_nothing_behind() {
    let cluster = Cluster::start(Options::default()).expect("a cluster");
    cluster.create_topic("kept", 1, &[]).expect("new topic");
    cluster.produce("kept", &[NewRecord::new("k", "before")]).expect("written");

    let first = cluster.broker_pid(0).expect("it runs");
    cluster.kill_broker(0).expect("killed");
    assert!(!is_alive(first));
    assert!(matches!(cluster.kill_broker(0), Err(Error::Broker(0, _))));
    assert!(matches!(cluster.kill_broker(1), Err(Error::Broker(1, _))));

    cluster.restart_broker(0).expect("it comes back");
    let second = cluster.broker_pid(0).expect("it runs");
    cluster.stop_broker(0).expect("stopped");
    cluster.continue_broker(0).expect("continued");
    cluster.produce("kept", &[NewRecord::new("k", "after")]).expect("written");
    assert_eq!(texts(&cluster, "kept"), set(&["before", "after"]));

    let directory = cluster.directory().to_owned();
    assert!(directory.exists());
    drop(cluster);
    assert!(!is_alive(second));
    assert!(!directory.exists());
}

#[test]
fn three_brokers_go_on_when_one_is_killed() {
    let cluster = Cluster::start(Options { brokers: 3, heap_mb: 256, ..Options::default() }).expect("a cluster");
    cluster.create_topic("replicated", 6, &[]).expect("new topic");
    let write = |value: &str| {
        let records: Vec<NewRecord> =
            (0..6).map(|p| NewRecord::new("k", format!("{value}-{p}")).to_partition(p)).collect();
        cluster.produce("replicated", &records).expect("written to all partitions");
    };
    write("whole");
    cluster.kill_broker(1).expect("killed");
    write("without-one");
    assert_eq!(cluster.read_all("replicated").expect("read").len(), 12);
    cluster.restart_broker(1).expect("it comes back");
}

#[test]
fn a_cluster_has_one_node_or_three() {
    let two = Options { brokers: 2, ..Options::default() };
    assert!(matches!(Cluster::start(two), Err(Error::BrokerCount(2))));
}

/// Not a test of its own: the process that the next test kills. It starts a cluster and then waits for ever.
#[test]
fn victim_of_the_kill() {
    let Ok(report) = std::env::var("RINGFENCE_KAFKA_VICTIM") else {
        return;
    };
    let cluster = Cluster::start(Options::default()).expect("a cluster");
    let line = format!("{} {}", cluster.broker_pid(0).expect("it runs"), cluster.directory().display());
    std::fs::write(format!("{report}.part"), line).expect("the report can be written");
    std::fs::rename(format!("{report}.part"), &report).expect("the report can be placed");
    loop {
        std::thread::park();
    }
}

#[test]
fn brokers_end_when_the_test_process_is_killed() {
    let scratch = tempfile::tempdir().expect("a directory");
    let report = scratch.path().join("victim");
    let mut victim = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "victim_of_the_kill"])
        .env("RINGFENCE_KAFKA_VICTIM", &report)
        .stdout(Stdio::null())
        .spawn()
        .expect("the victim starts");
    assert!(comes_true(|| report.exists()), "the victim has started its cluster");
    let line = std::fs::read_to_string(&report).expect("a report");
    let (pid, directory) = line.split_once(' ').expect("two words");
    let pid: u32 = pid.parse().expect("a process id");
    assert!(is_alive(pid));

    victim.kill().expect("killed");
    victim.wait().expect("gone");
    assert!(comes_true(|| !is_alive(pid)), "the broker has ended");
    assert!(comes_true(|| !Path::new(directory).exists()), "its directory is gone");
}

fn comes_true(mut condition: impl FnMut() -> bool) -> bool {
    (0..1200).any(|_| {
        let met = condition();
        if !met {
            std::thread::sleep(Duration::from_millis(50));
        }
        met
    })
}
