//! Reading from a real Kafka: batches, members of a group, and what the cluster says of itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, Timestamp, TopicPartitionList};
use ringfence_consumer::kafka::{
    Change, Cluster as Facts, Item, JournalEnd, Logged, Membership, Permission, Properties, Queue, Role, StartError,
    StartFinder, Unstable, consumer_config, membership_config,
};
use ringfence_kafka_for_tests::{Cluster, NewRecord};

const LIMIT: Duration = Duration::from_secs(30);

fn cluster() -> &'static Cluster {
    match Cluster::shared() {
        Ok(cluster) => cluster,
        Err(error) => panic!("{error}"),
    }
}

fn properties() -> Properties {
    [("bootstrap.servers".to_owned(), cluster().bootstrap().to_owned())].into()
}

fn reader() -> Arc<BaseConsumer<Logged>> {
    let config = consumer_config(&properties(), "readers", Role::Reader);
    Arc::new(config.create_with_context(Logged("test")).expect("a consumer"))
}

fn assign(queue: &Queue<Logged>, topic: &str, partition: i32, next: i64) {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(next)).expect("an offset");
    queue.assign(&list).expect("assigned");
}

fn unassign(queue: &Queue<Logged>, topic: &str, partition: i32) {
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, partition);
    queue.unassign(&list).expect("taken away");
}

/// What is read until so many partitions have been read to their ends.
fn read(queue: &mut Queue<Logged>, mut ends: usize) -> Vec<String> {
    let mut seen = Vec::new();
    for _ in 0..900 {
        let batch = queue.next_batch(Duration::from_millis(100));
        for item in batch.items() {
            match item {
                Item::Run(run) => seen.extend(run.records().map(|record| {
                    let value = String::from_utf8_lossy(record.value().unwrap_or_default()).into_owned();
                    format!("{}/{}@{} {value}", run.topic(), run.partition(), record.offset())
                })),
                Item::End { topic, partition, next } => {
                    seen.push(format!("{topic}/{partition} ends at {next}"));
                    ends -= 1;
                }
                Item::Fault { topic, partition, code } => panic!("{topic:?} {partition} {code}"),
            }
        }
        if ends == 0 {
            return seen;
        }
    }
    panic!("the ends were not reached: {seen:?}");
}

#[test]
fn batches_hold_every_record_of_the_assigned_partitions_in_order_and_their_ends() {
    let cluster = cluster();
    cluster.create_topic("batches", 2, &[]).expect("new topic");
    let records: Vec<NewRecord> = (0..5_000)
        .map(|at| {
            NewRecord::new(format!("key-{at}"), format!("value-{at}")).to_partition(at % 2).at(1_000 + i64::from(at))
        })
        .collect();
    cluster.produce("batches", &records).expect("written");
    let mut queue = Queue::new(reader(), 512);
    assign(&queue, "batches", 0, 0);
    assign(&queue, "batches", 1, 2_498);
    let seen = read(&mut queue, 2);
    let of =
        |partition: i32| seen.iter().filter(move |line| line.starts_with(&format!("batches/{partition}"))).cloned();
    let expected: Vec<String> = (0..2_500)
        .map(|at| format!("batches/0@{at} value-{}", 2 * at))
        .chain(["batches/0 ends at 2500".to_owned()])
        .collect();
    assert_eq!(of(0).collect::<Vec<_>>(), expected);
    let expected =
        ["batches/1@2498 value-4997", "batches/1@2499 value-4999", "batches/1 ends at 2500"].map(str::to_owned);
    assert_eq!(of(1).collect::<Vec<_>>(), expected);
}

#[test]
fn a_record_is_read_with_everything_it_carries() {
    let cluster = cluster();
    cluster.create_topic("whole", 1, &[]).expect("new topic");
    let full = NewRecord::new("key", "value").at(1_700_000_000_123).header("a", "1").header("a", "2");
    let empty = NewRecord { partition: Some(0), ..NewRecord::default() };
    cluster.produce("whole", &[full, empty]).expect("written");
    let mut queue = Queue::new(reader(), 10);
    assign(&queue, "whole", 0, 0);
    let mut checked = 0;
    for _ in 0..900 {
        let batch = queue.next_batch(Duration::from_millis(100));
        for item in batch.items() {
            let Item::Run(run) = item else { continue };
            for record in run.records() {
                checked += 1;
                if record.offset() == 0 {
                    assert_eq!((record.key(), record.value()), (Some(&b"key"[..]), Some(&b"value"[..])));
                    assert_eq!(record.timestamp(), Timestamp::CreateTime(1_700_000_000_123));
                    assert_eq!(record.headers(), [("a".to_owned(), &b"1"[..]), ("a".to_owned(), &b"2"[..])]);
                } else {
                    assert_eq!((record.key(), record.value(), record.headers().len()), (None, None, 0));
                }
                assert!(!format!("{record:?}").contains("key"), "a key is a phone number");
            }
        }
        if checked == 2 {
            return;
        }
    }
    panic!("the records were not read");
}

#[test]
fn a_partition_that_was_taken_away_and_given_back_is_read_from_where_it_is_told() {
    let cluster = cluster();
    cluster.create_topic("back", 1, &[]).expect("new topic");
    let records: Vec<NewRecord> = (0..10).map(|at| NewRecord::new("key", at.to_string())).collect();
    cluster.produce("back", &records).expect("written");
    let mut queue = Queue::new(reader(), 512);
    assign(&queue, "back", 0, 0);
    assert_eq!(read(&mut queue, 1).len(), 11);
    unassign(&queue, "back", 0);
    assign(&queue, "back", 0, 7);
    let again = ["back/0@7 7", "back/0@8 8", "back/0@9 9", "back/0 ends at 10"];
    assert_eq!(read(&mut queue, 1), again);
}

/// librdkafka ends a partition's forwarding when it gets to stopping it, after it has answered that it will.
#[test]
fn a_partition_given_back_at_once_is_read_every_time() {
    const MANY: i32 = 16;
    let cluster = cluster();
    cluster.create_topic("to-and-fro", MANY as usize, &[]).expect("new topic");
    let mut queue = Queue::new(reader(), 1);
    let mut all = TopicPartitionList::new();
    for partition in 0..MANY {
        all.add_partition_offset("to-and-fro", partition, Offset::Offset(0)).expect("an offset");
    }
    for _ in 0..10 {
        queue.assign(&all).expect("assigned");
        assert_eq!(read(&mut queue, MANY as usize).len(), MANY as usize);
        queue.unassign(&all).expect("taken away");
    }
}

#[test]
fn the_cluster_tells_topics_with_their_ids_and_what_is_missing() {
    let cluster = cluster();
    cluster.create_topic("facts.a", 3, &[]).expect("new topic");
    cluster.create_topic("facts.b", 1, &[]).expect("new topic");
    let client = reader();
    let look =
        || Facts::look(&*client, cluster.bootstrap(), &["facts.a", "facts.b", "facts.c"], LIMIT).expect("answers");
    let facts = look();
    assert!(!facts.id.is_empty());
    let a = facts.topics["facts.a"].as_ref().expect("is there");
    let b = facts.topics["facts.b"].as_ref().expect("is there");
    assert_eq!((a.partitions, b.partitions), (3, 1));
    assert_ne!(a.id, b.id);
    assert!(a.permissions.contains(&Permission::Read) && a.permissions.contains(&Permission::Write));
    assert_eq!(facts.topics["facts.c"], Err(RDKafkaErrorCode::UnknownTopicOrPartition));
    assert_eq!(look(), facts, "ids do not change");
}

#[test]
fn nobody_there_is_said_with_the_address() {
    let properties: Properties = [("bootstrap.servers".to_owned(), "127.0.0.1:1".to_owned())].into();
    let config = consumer_config(&properties, "readers", Role::Reader);
    let client: BaseConsumer<Logged> = config.create_with_context(Logged("test")).expect("a consumer");
    let error = Facts::look(&client, "127.0.0.1:1", &["x"], Duration::from_secs(2)).expect_err("nobody is there");
    assert_eq!(error.to_string(), "no broker answers at 127.0.0.1:1");
}

/// Serves members until the check holds; changes are acknowledged as they come.
fn serve(members: &[&Membership], mut check: impl FnMut(usize, &Change) -> bool) {
    for _ in 0..9_000 {
        for (at, member) in members.iter().enumerate() {
            if let Some(change) = member.poll(Duration::from_millis(10)).expect("a healthy member") {
                member.acknowledge(&change).expect("acknowledged");
                if check(at, &change) {
                    return;
                }
            }
        }
    }
    panic!("the group does not come to rest");
}

#[test]
fn members_share_the_shards_and_take_over_from_one_that_leaves() {
    let cluster = cluster();
    cluster.create_topic("shares", 4, &[]).expect("new topic");
    let join = |instance: &str| {
        Membership::join(&membership_config(&properties(), "shares", instance), "shares").expect("joins")
    };
    let first = join("a");
    assert_eq!(first.place(), None, "not a member before it has joined");
    serve(&[&first], |_, change| *change == Change::Granted(vec![0, 1, 2, 3]));
    let place = first.place().expect("it has joined");
    assert_eq!((&*place.group, place.instance.as_deref()), ("shares", Some("a")));
    assert!(place.generation > 0 && !place.member.is_empty(), "{place:?}");

    let second = join("b");
    let mut owned = [vec![0, 1, 2, 3], Vec::new()];
    let mut follow = |at: usize, change: &Change| {
        match change {
            Change::Granted(shards) => owned[at].extend(shards),
            Change::Revoked(shards) => owned[at].retain(|shard| !shards.contains(shard)),
            Change::Lost(_) => panic!("nobody died"),
        }
        (owned[0].len(), owned[1].len()) == (2, 2)
    };
    serve(&[&first, &second], &mut follow);
    drop(owned);
    assert!(second.close(LIMIT) && first.close(LIMIT));
}

/// The group tells a member that gave shards back what it has now, though that is nothing new: a change that waits
/// unserved when the member ends.
#[test]
fn a_member_ends_also_while_a_change_waits() {
    cluster().create_topic("ends", 4, &[]).expect("new topic");
    for round in 0..4 {
        let group = format!("ends-{round}");
        let join =
            |instance| Membership::join(&membership_config(&properties(), &group, instance), "ends").expect("joins");
        let first = join("a");
        serve(&[&first], |_, change| matches!(change, Change::Granted(shards) if !shards.is_empty()));
        let second = join("b");
        serve(&[&first, &second], |at, change| {
            at == 1 && matches!(change, Change::Granted(shards) if !shards.is_empty())
        });
        // It comes with a heartbeat, each half a second, and nothing may look for it.
        std::thread::sleep(Duration::from_millis(440 + 40 * round));
        assert!(first.close(LIMIT) && second.close(LIMIT), "round {round}");
    }
}

/// A journal record that is nothing but its owner's name.
#[derive(Debug)]
struct Name(String);

impl JournalEnd for Name {
    type Error = std::string::FromUtf8Error;

    fn read(value: &[u8]) -> Result<Self, Self::Error> {
        String::from_utf8(value.to_vec()).map(Self)
    }

    fn next_offsets(&self) -> BTreeMap<&str, i64> {
        BTreeMap::new()
    }

    fn owner(&self) -> &str {
        &self.0
    }
}

/// Begins a transaction of this owner with a record in the journal.
fn begin(owner: &str, journal: &str) -> BaseProducer {
    let producer: BaseProducer = cluster().client_config().set("transactional.id", owner).create().expect("a producer");
    producer.init_transactions(LIMIT).expect("connected");
    producer.begin_transaction().expect("begun");
    let record = BaseRecord::<str, str>::to(journal).payload(owner).partition(0);
    producer.send(record).map_err(|(error, _)| error).expect("sent");
    producer.flush(LIMIT).expect("written");
    producer
}

/// The owner of the last record that is visible may be alive and have nothing to do with it.
#[test]
fn who_keeps_a_shard_waiting_is_who_wrote_the_first_record_that_is_not_decided() {
    for topic in ["undecided.in", "undecided.journal"] {
        cluster().create_topic(topic, 1, &[]).expect("new topic");
    }
    let config = |role| consumer_config(&properties(), "undecided", role);
    let inputs = vec!["undecided.in".into()];
    let finder =
        StartFinder::new(&config(Role::Recovery), &config(Role::Uncommitted), inputs, "undecided.journal".into())
            .expect("a finder");
    begin("alive", "undecided.journal").commit_transaction(LIMIT).expect("committed");
    let dead = begin("dead", "undecided.journal");
    let _later = begin("later", "undecided.journal");
    let blocked = finder.find::<Name>(0).expect_err("two transactions are open");
    let StartError::Unstable(Unstable { open: Some(open) }) = blocked else { panic!("{blocked}") };
    // The first record, and the mark that its transaction was committed, lie before.
    assert_eq!((&*open.owner, open.offset), ("dead", 2));

    dead.abort_transaction(LIMIT).expect("aborted");
    let blocked = finder.find::<Name>(0).expect_err("one transaction is open");
    let StartError::Unstable(Unstable { open: Some(open) }) = blocked else { panic!("{blocked}") };
    assert_eq!((&*open.owner, open.offset), ("later", 3));
}
