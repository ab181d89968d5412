//! Transactions on a real Kafka: all of a batch or nothing of it, and an honest answer about which.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use ringfence_alert_publisher::{
    Cause, Committed, GroupToken, NextOffset, Outgoing, Publisher, ShardRecords, Submission, SubmissionOutcome,
    producer_config,
};
use ringfence_consumer::kafka::{Change, GroupPlace, Membership, membership_config};
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
    member: Membership,
}

fn scene(name: &'static str) -> Scene {
    let cluster = cluster();
    for topic in ["in", "out"] {
        cluster.create_topic(&format!("{name}.{topic}"), 2, &[]).expect("new topic");
    }
    let member = join(cluster, name, "first");
    serve(&[&member], |_, change| *change == Change::Granted(vec![0, 1]));
    Scene { cluster, name, member }
}

fn properties(cluster: &Cluster) -> BTreeMap<String, String> {
    BTreeMap::from([("bootstrap.servers".to_owned(), cluster.bootstrap().to_owned())])
}

fn join(cluster: &Cluster, group: &str, instance: &str) -> Membership {
    let config = membership_config(&properties(cluster), group, instance);
    Membership::join(&config, &format!("{group}.in")).expect("joins")
}

/// Follows the changes of these members until one of them is what is waited for.
fn serve(members: &[&Membership], mut is_awaited: impl FnMut(usize, &Change) -> bool) {
    for _ in 0..12_000 {
        for (at, member) in members.iter().enumerate() {
            if let Some(change) = member.poll(Duration::from_millis(10)).expect("a healthy member") {
                member.acknowledge(&change).expect("acknowledged");
                if is_awaited(at, &change) {
                    return;
                }
            }
        }
    }
    panic!("the group does not come to rest");
}

impl Scene {
    fn publisher(&self) -> Publisher {
        let id = format!("{}.0", self.name);
        Publisher::new(self.name, producer_config(&properties(self.cluster), &id))
    }

    /// What the member is in the group now.
    fn token(&self) -> GroupToken {
        let GroupPlace { group, generation, member, instance } = self.member.place().expect("a member");
        GroupToken::new(&group, generation, &member, instance.as_deref()).expect("a member")
    }

    /// Publishes in the name of what the member is in the group now.
    fn publish(&self, publisher: &mut Publisher, batch: &Arc<ShardRecords>) -> SubmissionOutcome {
        publish(publisher, batch, self.token())
    }

    fn batch(&self, values: &[&str], next: i64) -> Arc<ShardRecords> {
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
        Arc::new(ShardRecords { records: values.iter().map(record).collect(), offsets })
    }

    fn read(&self) -> Vec<String> {
        let records = self.cluster.read_all(&format!("{}.out", self.name)).expect("readable");
        records.iter().map(|record| record.text()).collect()
    }

    fn committed(&self) -> Option<i64> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&format!("{}.in", self.name), 0);
        let client: BaseConsumer = self.cluster.client_config().set("group.id", self.name).create().expect("a client");
        let committed = client.committed_offsets(list, LIMIT).expect("readable");
        match committed.elements()[0].offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }
    }
}

fn publish(publisher: &mut Publisher, batch: &Arc<ShardRecords>, token: GroupToken) -> SubmissionOutcome {
    connect(publisher);
    publisher.submit(Submission::Publish { batches: vec![batch.clone()], token });
    publisher.outcome(LIMIT).expect("an outcome in time")
}

fn connect(publisher: &mut Publisher) {
    publisher.submit(Submission::Connect);
    assert!(matches!(publisher.outcome(LIMIT), Some(SubmissionOutcome::Connected)));
    assert!(publisher.is_connected());
}

#[test]
fn records_and_offsets_become_visible_together() {
    let scene = scene("together");
    let mut publisher = scene.publisher();
    for (round, next) in [(1, 10), (2, 20)] {
        let values = [format!("a{round}"), format!("b{round}")];
        let batch = scene.batch(&[&values[0], &values[1]], next);
        let SubmissionOutcome::Committed(Committed { offsets }) = scene.publish(&mut publisher, &batch) else {
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

/// The broker knows members and generations, not who owns which shard: the token that comes with a batch says under which
/// generation it was cut, and is sent as it is, whatever the member has become since.
#[test]
fn the_token_that_comes_with_a_batch_is_what_is_sent_and_the_next_generation_fences_it() {
    let scene = scene("tokens");
    let mut publisher = scene.publisher();
    let batch = scene.batch(&["a", "b"], 10);
    let cut_under = scene.token();
    let other = join(scene.cluster, scene.name, "second");
    serve(&[&scene.member, &other], |at, change| {
        at == 1 && matches!(change, Change::Granted(shards) if !shards.is_empty())
    });
    assert_ne!(scene.token().generation(), cut_under.generation(), "the member has moved on");

    let outcome = publish(&mut publisher, &batch, cut_under);
    let SubmissionOutcome::NotCommitted(failure) = &outcome else { panic!("{outcome:?}") };
    assert!(matches!(failure.cause, Cause::Offsets(_)) && !failure.needs_a_person(), "{failure:?}");
    assert_eq!((scene.read().len(), scene.committed()), (0, None));

    // The same batch can be sent again, by whoever knows that it still may.
    assert!(matches!(scene.publish(&mut publisher, &batch), SubmissionOutcome::Committed(_)));
    assert_eq!((scene.read(), scene.committed()), (vec!["a".to_owned(), "b".to_owned()], Some(10)));
}

#[test]
fn a_token_of_another_member_id_is_refused() {
    let scene = scene("expelled");
    let mut publisher = scene.publisher();
    let token = scene.token();
    let stranger = GroupToken::new(token.group(), token.generation(), "stranger", None).expect("a member");
    let outcome = publish(&mut publisher, &scene.batch(&["a"], 10), stranger);
    assert!(matches!(outcome, SubmissionOutcome::NotCommitted(_)), "{outcome:?}");
    assert_eq!((scene.read().len(), scene.committed()), (0, None));
}

#[test]
fn what_no_broker_would_check_is_not_published() {
    let scene = scene("unfenced");
    let mut publisher = scene.publisher();
    let submission = |batch: ShardRecords| Submission::Publish { batches: vec![Arc::new(batch)], token: scene.token() };
    publisher.submit(submission((*scene.batch(&["a"], 10)).clone()));
    let outcome = publisher.outcome(LIMIT).expect("an outcome");
    assert!(matches!(&outcome, SubmissionOutcome::NotCommitted(failure) if matches!(failure.cause, Cause::NoProducer)));
    connect(&mut publisher);
    publisher.submit(submission(ShardRecords { offsets: Vec::new(), ..(*scene.batch(&["a"], 10)).clone() }));
    let outcome = publisher.outcome(LIMIT).expect("an outcome");
    assert!(matches!(&outcome, SubmissionOutcome::NotCommitted(failure) if matches!(failure.cause, Cause::Unfenced)));
    assert!(scene.read().is_empty());
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
    let outcome = scene.publish(&mut publisher, &Arc::new(batch));
    let SubmissionOutcome::NotCommitted(failure) = &outcome else { panic!("{outcome:?}") };
    assert!(failure.needs_a_person() && failure.is_too_large() && !failure.took_too_long(), "{failure:?}");
    assert!(scene.read().is_empty());
    assert!(matches!(scene.publish(&mut publisher, &scene.batch(&["b"], 10)), SubmissionOutcome::Committed(_)));
    assert_eq!(scene.read(), ["b"]);
}

#[test]
fn a_successor_with_the_same_id_fences_its_predecessor_which_says_that_nothing_was_committed() {
    let scene = scene("fenced");
    let (mut old, mut new) = (scene.publisher(), scene.publisher());
    assert!(matches!(scene.publish(&mut old, &scene.batch(&["a"], 10)), SubmissionOutcome::Committed(_)));
    assert!(matches!(scene.publish(&mut new, &scene.batch(&["b"], 20)), SubmissionOutcome::Committed(_)));
    let outcome = scene.publish(&mut old, &scene.batch(&["c"], 30));
    assert!(matches!(outcome, SubmissionOutcome::NotCommitted(_) | SubmissionOutcome::Doubtful(_)), "{outcome:?}");
    assert_eq!((scene.read(), scene.committed()), (vec!["a".to_owned(), "b".to_owned()], Some(20)));
    // It can take its place back: the next transaction comes from a new producer.
    assert!(matches!(scene.publish(&mut old, &scene.batch(&["d"], 40)), SubmissionOutcome::Committed(_)));
    old.close();
    new.close();
}
