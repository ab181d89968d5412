//! The demo through a real broker, as a newcomer runs it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use ringfence_events::{Status, Violation};
use ringfence_kafka_for_tests::{Cluster, NewRecord, until};

use crate::run::Desk;

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Starts a small demo through this cluster.
fn demo(cluster: &Cluster, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(["demo", "--numbers", "400", "--seed", "5", "--kafka", cluster.bootstrap()])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts")
}

/// Everything that the demo said until its end, which must be a good one; `first` is what was read of it before.
fn ended_well(demo: Child, first: String) -> String {
    let ended = demo.wait_with_output().expect("ends");
    let told = first + &String::from_utf8(ended.stdout).expect("UTF-8");
    let logged = String::from_utf8(ended.stderr).expect("UTF-8");
    assert_eq!(ended.status.code(), Some(0), "{told}\n{logged}");
    for text in [&told, &logged] {
        let clear = text.split("+86").skip(1).filter(|rest| rest.chars().take(11).all(|c| c.is_ascii_digit()));
        assert_eq!(clear.count(), 0, "{text}");
    }
    assert!(!logged.contains(" INFO "), "{logged}");
    told
}

/// The metrics at an address, once they tell of violations.
fn metrics(address: &str) -> String {
    let page = || {
        let mut stream = TcpStream::connect(address).expect("the page is up while the demo runs");
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").expect("is sent");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("is answered");
        page.contains("ringfence_violations_total{").then_some(page)
    };
    until(LIMIT, page).expect("tells of violations")
}

/// The topics of a cluster but for Kafka's own.
fn topics(cluster: &Cluster) -> BTreeSet<String> {
    let client: BaseConsumer = cluster.client_config().create().expect("a client");
    let metadata = client.fetch_metadata(None, LIMIT).expect("an answer");
    metadata.topics().iter().map(|topic| topic.name().to_owned()).filter(|name| !name.starts_with("__")).collect()
}

/// How many violations stand by what was published, as a plain reader counts them.
fn standing(cluster: &Cluster, topic: &str) -> usize {
    let mut standing = BTreeSet::new();
    for record in cluster.read_all(topic).expect("readable") {
        let violation: Violation = serde_json::from_str(&record.text()).expect("a violation");
        if violation.status == Status::Withdrawn {
            standing.remove(&violation.id)
        } else {
            standing.insert(violation.id)
        };
    }
    standing.len()
}

#[test]
fn a_demo_through_kafka_finds_what_stands_in_its_topics_and_deletes_no_others() {
    let cluster = Cluster::start(Default::default()).expect("a broker");
    cluster.create_topic("telecom.cdr.v1", 1, &[]).expect("a topic of somebody else");
    cluster.produce("telecom.cdr.v1", &[NewRecord::new("key", "value")]).expect("written");

    let mut keeping = demo(&cluster, &["--keep"]);
    let mut lines = BufReader::new(keeping.stdout.take().expect("piped"));
    let mut told = String::new();
    while !told.contains("/metrics") {
        assert!(lines.read_line(&mut told).expect("readable") > 0, "{told}");
    }
    let (_, address) = told.split_once("http://").expect("an address");
    let (address, _) = address.split_once('/').expect("a path");
    assert!(metrics(address).contains("ringfence_build_info"));
    lines.read_to_string(&mut told).expect("readable");
    let told = ended_well(keeping, told);

    let mut kept = topics(&cluster);
    assert!(kept.remove("telecom.cdr.v1"));
    let violations = kept.iter().find(|topic| topic.ends_with(".violations.v1")).expect("is kept").clone();
    let prefix = violations.trim_end_matches("violations.v1").to_owned();
    assert!(kept.len() == 7 && kept.iter().all(|topic| topic.starts_with(&prefix)), "{kept:?}");
    assert!(told.contains(&format!("Topics: {prefix}*")), "{told}");
    let count = standing(&cluster, &violations);
    let said = told.replace('\n', " ");
    assert!(count > 10 && said.contains(&format!("the day has the same {count} violations: Kafka")), "{count}: {told}");

    ended_well(demo(&cluster, &[]), String::new());
    kept.insert("telecom.cdr.v1".to_owned());
    assert!(until(LIMIT, || (topics(&cluster) == kept).then_some(())).is_some(), "{:?}", topics(&cluster));
    assert_eq!(cluster.read_all("telecom.cdr.v1").expect("readable").len(), 1);
}

#[test]
fn a_demo_without_a_broker_says_how_to_start_one() {
    Desk::new()
        .fails("demo --numbers 100 --kafka 127.0.0.1:1", &["127.0.0.1:1", "./dev kafka up", "--kafka HOST:PORT"]);
}
