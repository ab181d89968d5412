//! One process that dies and comes back.

use crate::scene::{NODE, Node, Scene};
use crate::traffic::{calls, complaints};

#[test]
fn an_orderly_stop_leaves_nothing_to_replay_and_a_restart_goes_on() {
    let scene = Scene::new("orderly");
    scene.produce("cdr", &calls(0, 4_000));
    scene.produce("complaints", &complaints(0, 50));
    let process = scene.start(NODE);
    scene.wait_until_read();
    assert!(process.stop());
    let journal = scene.journal();
    for shard in 0..4 {
        let last = journal.iter().filter(|record| record.shard.partition == shard).map(|record| record.sequence).max();
        let newest = std::fs::read_dir(scene.snapshots(NODE).join(format!("number-{shard}")))
            .expect("snapshots are there")
            .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str()?.parse::<u64>().ok())
            .max();
        assert_eq!(newest, last, "the newest snapshot is of the last commit");
    }
    scene.produce("cdr", &calls(4_000, 8_000));
    scene.produce("complaints", &complaints(50, 100));
    let process = scene.start(NODE);
    scene.wait_until_read();
    assert!(process.stop());
    let standing = scene.check_history();
    assert!(standing.len() > 10, "{} stand", standing.len());
    assert_eq!(standing, scene.expected(NODE));
}

#[test]
fn a_process_that_is_killed_again_and_again_repeats_and_loses_nothing() {
    let scene = Scene::new("killed");
    for round in 0..6 {
        scene.produce("cdr", &calls(round * 2_000, (round + 1) * 2_000));
        scene.produce("complaints", &complaints(round * 20, (round + 1) * 20));
        let process = scene.start(NODE);
        let commits = scene.journal().len();
        scene.wait("commits are made", || scene.journal().len() > commits + 2);
        process.kill();
    }
    let process = scene.start(NODE);
    scene.wait_until_read();
    assert!(process.stop());
    assert_eq!(scene.check_history(), scene.expected(NODE));
}

/// The records of a commit go to a topic in batches, and a batch may be larger than the topic takes. The state of the
/// shard has passed the commit by then.
#[test]
fn a_commit_that_is_larger_than_a_topic_takes_is_made_in_shorter_epochs() {
    let scene = Scene::limited("small", "violations.v1", "16000");
    scene.produce("cdr", &calls(0, 6_000));
    let process = scene.start(Node { producer: "{compression.type: none}", ..NODE });
    scene.wait_until_read();
    assert!(process.stop());
    assert!(scene.log(NODE).contains("recovered for shorter epochs"), "a commit was too large");
    assert_eq!(scene.check_history(), scene.expected(NODE));
}

/// What stops a shard may be mended without another start: the disk that holds its snapshots, for example.
#[test]
fn a_shard_that_is_stopped_is_tried_again_and_goes_on_once_the_cause_is_over() {
    let scene = Scene::new("stopped");
    scene.produce("cdr", &calls(0, 2_000));
    let process = scene.start(NODE);
    scene.wait_until_read();
    assert!(process.stop());

    let directory = scene.snapshots(NODE).join("number-0");
    let aside = scene.snapshots(NODE).join("aside");
    std::fs::rename(&directory, &aside).expect("moved");
    std::fs::write(&directory, "no directory").expect("written");
    scene.produce("cdr", &calls(2_000, 4_000));
    let commits = scene.journal().len();
    let process = scene.start(NODE);
    scene.wait("the shard is stopped", || scene.log(NODE).contains("shard is stopped"));
    scene.wait("the others go on", || scene.journal().len() > commits + 3);
    std::fs::remove_file(&directory).expect("removed");
    std::fs::rename(&aside, &directory).expect("moved back");
    scene.wait_until_read();
    assert!(process.stop());
    assert_eq!(scene.check_history(), scene.expected(NODE));
}
