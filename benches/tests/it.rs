//! The benchmarks at a small size, on a real broker, with their answers checked: neither can rot unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};
use ringfence_benches::batch_consumer::BatchConsumer;
use ringfence_benches::floor::{Floor, RULE, read_outputs};
use ringfence_benches::load::load;
use ringfence_benches::progress::Progress;
use ringfence_benches::traffic::Shape;
use ringfence_benches::window::Calls;
use ringfence_kafka_for_tests::{Cluster, NewRecord};

fn shared() -> &'static Cluster {
    match Cluster::shared() {
        Ok(cluster) => cluster,
        Err(error) => panic!("{error}"),
    }
}

/// Number and time of each stretch that the stream holds, judged without Kafka.
fn expected_outputs(shape: &Shape) -> BTreeSet<String> {
    let mut windows: BTreeMap<Vec<u8>, Calls> = BTreeMap::new();
    let mut outputs = BTreeSet::new();
    let mut key = Vec::new();
    for index in 0..shape.records {
        let call = shape.call(index);
        call.write_key(&mut key);
        let number = String::from_utf8_lossy(&key);
        let at = i64::try_from(call.seizure_ms).expect("a time of this century");
        windows.entry(key.clone()).or_default().insert(at, RULE, |opened| {
            let fresh = outputs.insert(format!("{{\"callingNumber\":\"{number}\",\"openedAt\":{opened}}}"));
            assert!(fresh, "a stretch is told once");
        });
    }
    outputs
}

#[test]
fn the_floor_finds_every_stretch_once_whatever_its_threads_and_commits() {
    let cluster = shared();
    let shape = Shape { records: 60_000, days: 1, numbers: 2_000, telemarketers: 20 };
    load(cluster.bootstrap(), "floor-cdr", &shape).expect("loaded");
    let expected = expected_outputs(&shape);
    assert!(expected.len() > 20, "the stream gives something to find: {}", expected.len());
    let mut seen = Vec::new();
    for (threads, commit_ms) in [(1, 5), (3, 100)] {
        let name = format!("floor-of-{threads}");
        cluster.create_topic(&name, 16, &[]).expect("new topic");
        let floor = Floor {
            bootstrap: cluster.bootstrap().to_owned(),
            input: "floor-cdr".to_owned(),
            group: name.clone(),
            output: name.clone(),
            threads,
            commit_every: Duration::from_millis(commit_ms),
        };
        assert_eq!(floor.run().expect("it reads to the end"), shape.records);

        let progress = Progress::of(cluster.bootstrap(), &name, "floor-cdr").expect("described");
        assert_eq!(progress.total(), shape.records);
        assert_eq!(progress.committed().expect("asked"), shape.records);
        let found: Vec<String> = cluster.read_all(&name).expect("read").iter().map(|record| record.text()).collect();
        assert_eq!(found.len(), expected.len());
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        seen.push(read_outputs(cluster, &name).expect("read"));
    }
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_record_that_is_no_call_stops_the_floor_with_its_place_and_without_its_content() {
    let cluster = shared();
    for topic in ["not-cdr", "not-cdr-out"] {
        cluster.create_topic(topic, 1, &[]).expect("new topic");
    }
    let record = NewRecord::new("+8613000000001", "{\"callingNumber\":\"+8613000000001\"}");
    cluster.produce("not-cdr", &[record]).expect("written");
    let floor = Floor {
        bootstrap: cluster.bootstrap().to_owned(),
        input: "not-cdr".to_owned(),
        group: "not-cdr".to_owned(),
        output: "not-cdr-out".to_owned(),
        threads: 1,
        commit_every: Duration::from_millis(10),
    };
    let error = floor.run().expect_err("refused").to_string();
    assert_eq!(error, "no call record at partition 0 offset 0: not the canonical JSON");
}

#[test]
fn a_batch_holds_what_was_written_in_order_and_says_where_a_partition_ends() {
    let cluster = shared();
    cluster.create_topic("batches", 2, &[]).expect("new topic");
    let mut written: Vec<NewRecord> = (0..500)
        .map(|index| {
            NewRecord::new(format!("k{index}"), format!("v{index}"))
                .to_partition(index % 2)
                .at(1_000 + i64::from(index))
        })
        .collect();
    written[7].value = None;
    written[8].key = None;
    cluster.produce("batches", &written).expect("written");

    let consumer: BaseConsumer = cluster
        .client_config()
        .set("group.id", "batches")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .create()
        .expect("a consumer");
    let mut assignment = TopicPartitionList::new();
    for partition in 0..2 {
        assignment.add_partition_offset("batches", partition, Offset::Beginning).expect("a partition");
    }
    consumer.assign(&assignment).expect("assigned");
    let mut consumer = BatchConsumer::new(consumer, 64).expect("a consumer with a group");

    let mut read: [Vec<NewRecord>; 2] = Default::default();
    let mut ended = BTreeSet::new();
    while ended.len() < 2 {
        let batch = consumer.next_batch(Duration::from_millis(200));
        assert!(batch.len() <= 64);
        for item in batch.iter() {
            let record = match item {
                Ok(record) => record,
                Err(condition) => {
                    assert_eq!(condition.code, RDKafkaErrorCode::PartitionEOF);
                    ended.insert(condition.partition);
                    continue;
                }
            };
            assert_eq!(record.topic(), "batches");
            let partition = &mut read[usize::try_from(record.partition()).expect("0 or 1")];
            assert_eq!(usize::try_from(record.offset()), Ok(partition.len()));
            partition.push(NewRecord {
                partition: Some(record.partition()),
                key: record.key().map(<[u8]>::to_vec),
                value: record.value().map(<[u8]>::to_vec),
                timestamp: Some(record.timestamp_ms()),
                headers: Vec::new(),
            });
        }
    }
    for (partition, read) in (0..).zip(&read) {
        let expected: Vec<&NewRecord> = written.iter().filter(|record| record.partition == Some(partition)).collect();
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
    }
}

#[test]
fn a_consumer_without_a_group_cannot_be_read_in_batches() {
    let consumer: BaseConsumer = shared().client_config().create().expect("a consumer");
    assert!(BatchConsumer::new(consumer, 64).is_none());
}
