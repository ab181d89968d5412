//! Starts that must not happen, and what a first start does.

use ringfence_cdr::RejectCode;
use ringfence_events::{DeadLetter, Event};
use ringfence_kafka_for_tests::{NewRecord, Record};

use crate::history::Received;
use crate::scene::{NODE, Node, PARTITIONS, Scene};
use crate::traffic::{BASE, calls, complaints};

impl Scene {
    /// Starts a node that must end by itself, and returns what it said.
    fn refused(&self, node: Node) -> String {
        let mut process = self.start(node);
        assert!(!process.wait(), "it must not start");
        self.log(node)
    }
}

#[test]
fn topics_that_are_missing_or_do_not_fit_are_all_named() {
    let scene = Scene::new("misfit");
    scene.cluster.delete_topic("misfit.complaints").expect("gone");
    scene.cluster.create_topic("misfit.complaints", PARTITIONS + 1, &[]).expect("new topic");
    scene.cluster.delete_topic("misfit.journal.v1").expect("gone");
    let log = scene.refused(NODE);
    assert!(log.contains("misfit.journal.v1 does not exist"), "{log}");
    assert!(log.contains("misfit.complaints has 5 partitions and misfit.cdr has 4"), "{log}");
}

/// The group of these brokers gives all shards to the first owner that comes, without waiting for others.
#[test]
fn owners_of_a_process_have_their_shares_before_any_shard_is_recovered() {
    for name in ["gathering-1", "gathering-2", "gathering-3"] {
        let scene = Scene::new(name);
        let node = Node { owners: 2, ..NODE };
        let process = scene.start(node);
        let lines = |what: &str| scene.log(node).lines().filter(|line| line.contains(what)).count();
        scene.wait("every shard is live", || lines("shard is live") >= PARTITIONS);
        assert!(process.stop());
        assert_eq!(lines("first start"), PARTITIONS, "each is recovered once");
        for owner in 0..2 {
            let live = format!("shard is live owner=\"ringfence.{name}.node-1.{owner}\"");
            assert_eq!(lines(&live), PARTITIONS / 2);
        }
    }
}

#[test]
fn records_in_the_wrong_partitions_stop_a_first_start_before_anything_is_committed() {
    let scene = Scene::new("wrong-keys");
    let records: Vec<NewRecord> =
        calls(0, 2_000).into_iter().enumerate().map(|(at, record)| record.to_partition((at % 4) as i32)).collect();
    scene.produce("cdr", &records);
    let log = scene.refused(NODE);
    assert!(log.contains("of the first"), "{log}");
    assert!(log.contains("wrong_partition"), "{log}");
    assert!(log.contains("for example its number belongs to partition"), "{log}");
    assert_eq!(scene.journal(), []);
    assert!(scene.events("dead-letters.v1").is_empty());
}

/// A quiet source passes at its end. What comes later becomes dead letters: something has been committed by then.
#[test]
fn a_source_that_has_passed_stops_nothing_later() {
    let scene = Scene::new("quiet");
    let bad = |from: usize, to: usize| -> Vec<NewRecord> {
        (from..to).map(|at| NewRecord::new(format!("+8613000{at:06}"), "not json").at(BASE)).collect()
    };
    scene.produce("cdr", &calls(0, 400));
    scene.produce("complaints", &bad(0, 10));
    let process = scene.start(NODE);
    scene.wait_until_read();
    scene.produce("complaints", &bad(10, 3_010));
    scene.wait_until_read();
    assert!(process.stop());
    let letters = scene.cluster.read_all(&scene.topic("dead-letters.v1")).expect("readable");
    assert_eq!(letters.len(), 3_010);
}

#[test]
fn a_first_start_shows_old_strikes_as_due_and_bars_nobody_for_them() {
    let scene = Scene::new("backlog");
    scene.produce("cdr", &calls(0, 4_000));
    let process = scene.start(Node { backlog: "judge", ..NODE });
    scene.wait_until_read();
    assert!(process.stop());
    assert!(!scene.events("violations.v1").is_empty());
    let statuses = scene.events("card-status.v1");
    let has_due = |received: &Received| match &received.event {
        Event::CardStatus(status) => status.ladders[0].strikes[0].due.is_some(),
        other => panic!("{other:?} is no card status"),
    };
    assert!(statuses.iter().any(has_due), "a strike is shown as due");
    assert!(scene.events("suspensions.v1").is_empty(), "nobody is barred on the first day");
}

#[test]
fn an_input_that_was_made_anew_stops_its_shards_with_the_reason() {
    let scene = Scene::new("made-anew");
    scene.produce("cdr", &calls(0, 1_000));
    scene.produce("complaints", &complaints(0, 10));
    let process = scene.start(NODE);
    scene.wait_until_read();
    assert!(process.stop());
    let commits = scene.journal().len();
    scene.cluster.delete_topic("made-anew.cdr").expect("gone");
    scene.cluster.create_topic("made-anew.cdr", PARTITIONS, &[]).expect("new topic");
    scene.produce("cdr", &calls(0, 1_000));
    let process = scene.start(NODE);
    scene.wait("its shards are stopped", || scene.log(NODE).matches("shard is stopped").count() == PARTITIONS);
    assert!(process.stop());
    assert_eq!(scene.journal().len(), commits, "nothing was judged");
}

#[test]
fn what_cannot_be_taken_is_a_dead_letter_with_its_bytes_and_its_reason() {
    let scene = Scene::new("letters");
    let mut records = calls(0, 200);
    records.push(NewRecord::new("+8613000000001", "not json").at(BASE));
    records.push(
        NewRecord::new("+8613000000001", r#"{"recordId":"x","calledNumber":"+8613100000001","seizureTime":1}"#)
            .at(BASE),
    );
    scene.produce("cdr", &records);
    let process = scene.start(NODE);
    scene.wait_until_read();
    assert!(process.stop());
    let letters = scene.cluster.read_all(&scene.topic("dead-letters.v1")).expect("readable");
    let read = |letter: &Record| DeadLetter::read(|name| letter.header(name)).expect("a dead letter").reject.code;
    let mut codes: Vec<RejectCode> = letters.iter().map(read).collect();
    codes.sort();
    assert_eq!(codes, [RejectCode::NotAnObject, RejectCode::HiddenNumber]);
    assert!(letters.iter().any(|letter| letter.value.as_deref() == Some(b"not json")));
}
