//! The benchmarks at a small size, on a real broker, with their answers checked: neither can rot unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};
use ringfence_benches::batch_consumer::BatchConsumer;
use ringfence_benches::decoding::{Decoder, Records};
use ringfence_benches::engine::EngineSetup;
use ringfence_benches::floor::{Floor, RULE, read_outputs};
use ringfence_benches::judging::Portions;
use ringfence_benches::late::{NUMBER, OneNumber, call};
use ringfence_benches::load::load;
use ringfence_benches::memory::measure;
use ringfence_benches::packs::{compile, multiplied, one_rule, starter};
use ringfence_benches::progress::Progress;
use ringfence_benches::shapes::shapes;
use ringfence_benches::traffic::{Profile, TrafficShape};
use ringfence_benches::window::Calls;
use ringfence_cdr::Millis;
use ringfence_engine::{Config, Engine, wall_clock};
use ringfence_kafka_for_tests::{Cluster, NewRecord, until};
use ringfence_telemetry::{Metrics, ReadModel, Telemetry};

/// Memory is measured by this allocator's books.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn shared() -> &'static Cluster {
    match Cluster::shared() {
        Ok(cluster) => cluster,
        Err(error) => panic!("{error}"),
    }
}

/// Number and time of each stretch that the stream holds, judged without Kafka.
fn expected_outputs(shape: &TrafficShape) -> BTreeSet<String> {
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
    let shape = TrafficShape { records: 60_000, days: 1, numbers: 2_000, telemarketers: 20, ..TrafficShape::default() };
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

/// A day of 40,000 calls after another one, half of them telemarketers'.
fn two_days() -> TrafficShape {
    TrafficShape {
        profile: Profile::Campaign,
        records: 80_000,
        days: 2,
        numbers: 2_000,
        telemarketers: 20,
        telemarketing: 500,
    }
}

#[test]
fn the_shard_finds_the_numbers_that_the_hand_written_window_finds_whatever_its_commits() {
    let pack = Arc::new(compile(&one_rule()).expect("compiles"));
    let judge = |commit_records| Portions { shape: two_days(), commit_records }.judge(&pack).expect("judged");
    let (_, by_hand) = Portions { shape: two_days(), commit_records: 1_000 }.judge_by_hand();
    let (often, seldom) = (judge(100), judge(10_000));
    assert!(by_hand.len() > 5, "the stream gives something to find: {}", by_hand.len());
    assert_eq!(often.numbers, by_hand);
    assert_eq!((often.hash, often.violations), (seldom.hash, seldom.violations));
}

#[test]
fn the_starter_pack_finds_the_same_in_every_run_and_ten_times_the_rules_find_more() {
    let starter = compile(&starter(two_days().telemarketing_numbers()).expect("there")).expect("compiles");
    let portions = Portions { shape: two_days(), commit_records: 2_000 };
    let judged = |pack| portions.judge(&Arc::new(pack)).expect("judged");
    let (first, again, many) = (judged(starter.clone()), judged(starter.clone()), judged(multiplied(&starter, 10)));
    assert!(first.violations > 100, "{}", first.violations);
    assert_eq!((first.hash, first.events), (again.hash, again.events));
    assert!(many.violations > first.violations && many.counts.facts == first.counts.facts);
}

#[test]
fn every_decoder_reads_every_record() {
    let records = Records::of(&TrafficShape::default(), 2_000);
    let sums = Decoder::ALL.map(|decoder| records.decode(decoder).expect("decoded").1);
    assert!(sums.iter().all(|sum| *sum == sums[0] && *sum > 0));
    assert!((215..225).contains(&records.average_bytes()));
}

#[test]
fn facts_and_numbers_are_told_apart_by_the_books_of_the_allocator() {
    let shape = TrafficShape {
        profile: Profile::Campaign,
        records: 100_000,
        days: 30,
        numbers: 2_000,
        telemarketers: 1,
        telemarketing: 0,
    };
    let pack = Arc::new(compile(&starter(std::iter::empty()).expect("there")).expect("compiles"));
    let allocated = || {
        tikv_jemalloc_ctl::epoch::advance().expect("jemalloc");
        tikv_jemalloc_ctl::stats::allocated::read().expect("jemalloc") as u64
    };
    let found = measure(shape, &pack, allocated).expect("measured");
    // Other tests allocate at the same time, so only the order of magnitude can be held to.
    assert!(found.allocated > 500_000 && found.counts.facts == 100_000, "{found:?}");
    assert!(found.counts.bytes > 1_000_000 && found.counts.bytes < 4_000_000, "{found:?}");
}

#[test]
fn a_late_file_changes_what_stands_as_if_it_had_come_in_time() {
    let pack = Arc::new(compile(&starter(std::iter::once(NUMBER.to_owned())).expect("there")).expect("compiles"));
    let hours = |hours: i64| Millis(hours * Millis::HOUR.0);
    let in_commits_of = |first: u64, then: u64| {
        let mut number = OneNumber::new(&pack);
        number.take(2_000, (Millis::ZERO, hours(48)), first, |index, at| call(0, index, at)).expect("taken");
        let late = (hours(20).plus(Millis(7)), hours(4));
        number.take(500, late, then, |index, at| call(1, index, at)).expect("taken");
        number
    };
    let (late, piecemeal) = (in_commits_of(100, 500), in_commits_of(2_000, 10));
    assert_eq!(late.found(), piecemeal.found());
    assert!(late.found().0 == 2_500 && late.found().1 > 3, "{:?}", late.found());
}

#[test]
fn every_dear_input_can_be_measured() {
    for shape in shapes().expect("compile") {
        assert!(shape.cost(300).expect("taken").work >= 300, "{shape:?}");
    }
}

#[test]
fn the_engine_finds_the_numbers_that_the_floor_finds() {
    let cluster = shared();
    let shape = TrafficShape { records: 60_000, days: 1, numbers: 2_000, telemarketers: 20, ..TrafficShape::default() };
    load(cluster.bootstrap(), "engine-cdr", &shape).expect("loaded");
    let setup =
        EngineSetup { name: "bench-engine".to_owned(), input: "engine-cdr".to_owned(), owners: 2, commit_ms: 50 };
    setup.create_topics(cluster).expect("new topics");
    let directory = tempfile::tempdir().expect("a directory");
    let config = setup.write(cluster.bootstrap(), &one_rule(), directory.path()).expect("written");
    let config = Config::load(&config).expect("a configuration");
    let metrics = Metrics::new("test", "test").expect("metrics");
    let telemetry = Telemetry { metrics, model: Arc::new(ReadModel::new(config.owners)) };
    let engine = Engine::start(config, &one_rule(), telemetry, wall_clock).expect("it starts");
    let progress = Progress::of(cluster.bootstrap(), &setup.name, "engine-cdr").expect("described");
    let read = || (progress.committed().ok()? == shape.records).then_some(());
    until(Duration::from_secs(60), read).expect("it reads to the end");
    engine.stop_flag().set();
    engine.join().expect("it ends in order");

    let number = |text: &str| text.get(18..32).map(str::to_owned);
    let expected: BTreeSet<String> = expected_outputs(&shape).iter().filter_map(|output| number(output)).collect();
    let events = cluster.read_all(&setup.violations()).expect("read");
    let found: BTreeSet<String> = events
        .iter()
        .map(|event| String::from_utf8_lossy(event.key.as_deref().unwrap_or_default()).into_owned())
        .collect();
    assert_eq!(found, expected);
    assert_eq!(read_outputs(cluster, &setup.dead_letters()).expect("read").count, 0);
}
