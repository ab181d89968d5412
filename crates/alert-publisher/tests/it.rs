//! Transactions on a real Kafka: all of a batch or nothing of it, and an honest answer about which.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use ringfence_alert_publisher::{
    Batch, Committed, NextOffset, NotAMember, Outcome, Outgoing, Publisher, Submission, TokenSource, producer_config,
};
use ringfence_kafka_for_tests::Cluster;

const LIMIT: Duration = Duration::from_secs(120);

fn cluster() -> &'static Cluster {
    match Cluster::shared() {
        Ok(cluster) => cluster,
        Err(error) => panic!("{error}"),
    }
}

/// A group of one member, and topics of its own.
struct Scene {
    cluster: &'static Cluster,
    name: &'static str,
    member: Arc<BaseConsumer>,
    is_member: Arc<AtomicBool>,
}

fn scene(name: &'static str) -> Scene {
    let cluster = cluster();
    for topic in ["in", "out"] {
        cluster.create_topic(&format!("{name}.{topic}"), 2, &[]).expect("new topic");
    }
    let member: BaseConsumer = cluster
        .client_config()
        .set("group.id", name)
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .create()
        .expect("a consumer");
    member.subscribe(&[&format!("{name}.in")]).expect("subscribes");
    let assigned = || member.assignment().expect("has an assignment").count() == 2;
    for _ in 0..900 {
        if assigned() {
            break;
        }
        // An error is what the client is told while the group forms.
        assert!(!matches!(member.poll(Duration::from_millis(100)), Some(Ok(_))), "the topic is empty");
    }
    assert!(assigned(), "the group forms");
    Scene { cluster, name, member: Arc::new(member), is_member: Arc::new(AtomicBool::new(true)) }
}

impl Scene {
    fn publisher(&self) -> Publisher {
        let (member, is_member) = (self.member.clone(), self.is_member.clone());
        let tokens: TokenSource = Arc::new(move || {
            if is_member.load(Ordering::SeqCst) { member.group_metadata().ok_or(NotAMember) } else { Err(NotAMember) }
        });
        let properties = BTreeMap::from([("bootstrap.servers".to_owned(), self.cluster.bootstrap().to_owned())]);
        Publisher::new(self.name, producer_config(&properties, &format!("{}.0", self.name)), tokens)
    }

    fn batch(&self, values: &[&str], next: i64) -> Arc<Batch> {
        let record = |value: &&str| Outgoing {
            topic: format!("{}.out", self.name).into(),
            partition: Some(1),
            key: Some(b"key".to_vec()),
            value: Some(value.as_bytes().to_vec()),
            headers: vec![("ce_id".into(), value.as_bytes().to_vec())],
            timestamp: 1_700_000_000_000,
            want_offset: true,
        };
        let offsets = vec![NextOffset { topic: format!("{}.in", self.name).into(), partition: 0, next }];
        Arc::new(Batch { records: values.iter().map(record).collect(), offsets })
    }

    fn read(&self) -> Vec<String> {
        let records = self.cluster.read_all(&format!("{}.out", self.name)).expect("readable");
        records.iter().map(|record| record.text()).collect()
    }

    fn committed(&self) -> Option<i64> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&format!("{}.in", self.name), 0);
        let committed = self.member.committed_offsets(list, LIMIT).expect("readable");
        match committed.elements()[0].offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }
    }
}

fn publish(publisher: &mut Publisher, batch: &Arc<Batch>) -> Outcome {
    publisher.submit(Submission::Publish(vec![batch.clone()]));
    publisher.outcome(LIMIT).expect("an outcome in time")
}

#[test]
fn records_and_offsets_become_visible_together() {
    let scene = scene("together");
    let mut publisher = scene.publisher();
    publisher.submit(Submission::Connect);
    assert!(matches!(publisher.outcome(LIMIT), Some(Outcome::Committed(_))));
    for (round, next) in [(1, 10), (2, 20)] {
        let values = [format!("a{round}"), format!("b{round}")];
        let batch = scene.batch(&[&values[0], &values[1]], next);
        let Outcome::Committed(Committed { offsets }) = publish(&mut publisher, &batch) else {
            panic!("is committed");
        };
        assert_eq!(offsets.iter().map(|(partition, _)| *partition).collect::<Vec<_>>(), [1, 1]);
        let read = scene.cluster.read_all("together.out").expect("readable");
        let found: Vec<i64> = read.iter().rev().take(2).rev().map(|record| record.offset).collect();
        assert_eq!(offsets.iter().map(|(_, offset)| *offset).collect::<Vec<_>>(), found);
        assert_eq!(scene.committed(), Some(next));
    }
    assert_eq!(scene.read(), ["a1", "b1", "a2", "b2"]);
}

#[test]
fn nothing_is_visible_of_what_was_not_committed_and_the_same_batch_can_be_sent_again() {
    let scene = scene("again");
    let mut publisher = scene.publisher();
    let batch = scene.batch(&["a", "b"], 10);
    scene.is_member.store(false, Ordering::SeqCst);
    let outcome = publish(&mut publisher, &batch);
    assert!(matches!(&outcome, Outcome::NotCommitted(failure) if !failure.needs_a_person()), "{outcome:?}");
    assert_eq!((scene.read().len(), scene.committed()), (0, None));

    scene.is_member.store(true, Ordering::SeqCst);
    assert!(matches!(publish(&mut publisher, &batch), Outcome::Committed(_)));
    assert_eq!((scene.read(), scene.committed()), (vec!["a".to_owned(), "b".to_owned()], Some(10)));
}

#[test]
fn a_record_that_the_topic_does_not_take_needs_a_person_and_holds_the_rest_back() {
    let scene = scene("large");
    scene.cluster.create_topic("large.small", 1, &[("max.message.bytes", "1000")]).expect("new topic");
    let mut publisher = scene.publisher();
    let mut batch = (*scene.batch(&["a"], 10)).clone();
    // A text without repetition, so that compression does not make it fit.
    let value = (0..40_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 16) as u8).collect();
    batch.records.push(Outgoing {
        topic: "large.small".into(),
        partition: None,
        value: Some(value),
        ..batch.records[0].clone()
    });
    let outcome = publish(&mut publisher, &Arc::new(batch));
    assert!(matches!(&outcome, Outcome::NotCommitted(failure) if failure.needs_a_person()), "{outcome:?}");
    assert!(scene.read().is_empty());
    assert!(matches!(publish(&mut publisher, &scene.batch(&["b"], 10)), Outcome::Committed(_)));
    assert_eq!(scene.read(), ["b"]);
}

#[test]
fn a_successor_with_the_same_id_fences_its_predecessor_which_says_that_nothing_was_committed() {
    let scene = scene("fenced");
    let (mut old, mut new) = (scene.publisher(), scene.publisher());
    assert!(matches!(publish(&mut old, &scene.batch(&["a"], 10)), Outcome::Committed(_)));
    assert!(matches!(publish(&mut new, &scene.batch(&["b"], 20)), Outcome::Committed(_)));
    let outcome = publish(&mut old, &scene.batch(&["c"], 30));
    assert!(matches!(outcome, Outcome::NotCommitted(_) | Outcome::Doubtful(_)), "{outcome:?}");
    assert_eq!((scene.read(), scene.committed()), (vec!["a".to_owned(), "b".to_owned()], Some(20)));
    // It can take its place back: the next transaction comes from a new producer.
    assert!(matches!(publish(&mut old, &scene.batch(&["d"], 40)), Outcome::Committed(_)));
    old.close();
    new.close();
}
