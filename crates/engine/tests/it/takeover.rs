//! Two processes of one group: shards move between them, and nothing is lost or repeated on the way.

use ringfence_kafka_for_tests::{Cluster, Options};

use crate::scene::{NODE, Node, PARTITIONS, Scene};
use crate::traffic::{calls, complaints};

pub(crate) const OTHER: Node = Node { instance: "node-2", ..NODE };

impl Scene {
    /// Writes the next round of traffic.
    pub(crate) fn produce_round(&self, round: usize) {
        self.produce("cdr", &calls(round * 2_000, (round + 1) * 2_000));
        self.produce("complaints", &complaints(round * 20, (round + 1) * 20));
    }

    /// Waits until every shard has a journal: whoever takes one over after this has something to recover.
    pub(crate) fn wait_until_every_shard_commits(&self) {
        self.wait("every shard commits", || {
            let journal = self.journal();
            (0..PARTITIONS as i32).all(|shard| journal.iter().any(|record| record.shard.partition == shard))
        });
    }

    /// Waits until both owners have committed something since so many commits.
    pub(crate) fn wait_until_both_commit(&self, since: usize) {
        self.wait("both owners commit", || {
            let journal = self.journal();
            let mut owners: Vec<&str> = journal.iter().skip(since).map(|record| &*record.owner).collect();
            owners.sort_unstable();
            owners.dedup();
            owners.len() == 2
        });
    }

    pub(crate) fn check(&self) {
        let standing = self.check_history();
        assert!(standing.len() > 10, "{} stand", standing.len());
        assert_eq!(standing, self.expected(NODE));
    }
}

/// One is killed, the other takes over; the first comes back under another pack that judges alike.
fn kill_and_return(scene: &Scene, survivor: Node, comes_back: Node) {
    scene.produce_round(0);
    let first = scene.start(NODE);
    scene.wait_until_every_shard_commits();
    let second = scene.start(survivor);
    scene.produce_round(1);
    scene.wait_until_both_commit(0);
    first.kill();
    scene.produce_round(2);
    scene.wait_until_read();
    let first = scene.start(comes_back);
    let commits = scene.journal().len();
    scene.produce_round(3);
    scene.wait_until_both_commit(commits);
    scene.wait_until_read();
    assert!(second.stop());
    scene.produce_round(4);
    scene.wait_until_read();
    assert!(first.stop());
    scene.check();
}

#[test]
fn e1_a_killed_process_is_replaced_and_comes_back_with_another_pack() {
    let scene = Scene::new("shared-directory");
    kill_and_return(&scene, OTHER, Node { title: "Far too many calls", ..NODE });
    let mut packs: Vec<String> = scene.journal().into_iter().map(|record| record.pack).collect();
    packs.sort_unstable();
    packs.dedup();
    assert_eq!(packs.len(), 2, "both packs were in force");
}

#[test]
fn e1_without_a_shared_directory_shards_are_replayed_from_their_beginning() {
    let scene = Scene::new("separate-directories");
    kill_and_return(&scene, Node { snapshots: "others", ..OTHER }, NODE);
    assert!(scene.log(OTHER).contains("no snapshot can be used: the whole journal is replayed"));
}

#[test]
fn e1_a_process_that_was_paused_for_longer_than_its_session_commits_nothing_for_others() {
    let scene = Scene::new("zombie");
    scene.produce_round(0);
    let first = scene.start(NODE);
    let second = scene.start(OTHER);
    scene.wait_until_both_commit(0);
    scene.produce_round(1);
    first.pause();
    scene.produce_round(2);
    scene.wait_until_read();
    first.resume();
    let commits = scene.journal().len();
    scene.produce_round(3);
    scene.wait("everybody goes on", || scene.journal().len() > commits + 2 * PARTITIONS);
    scene.wait_until_read();
    assert!(second.stop());
    // A zombie of a static member may find its place taken and end; whatever it does, it must leave nothing behind.
    drop(first);
    scene.check();
}

#[test]
fn e1_a_broker_that_is_killed_and_comes_back_costs_no_event() {
    let cluster = Cluster::start(Options::default()).expect("a broker of its own");
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let scene = Scene::on(cluster, "broker");
    scene.produce_round(0);
    let process = scene.start(NODE);
    scene.wait("commits are made", || scene.journal().len() > 2);
    cluster.kill_broker(0).expect("it ran");
    scene.wait("the engine notices", || scene.log(NODE).contains("WARN"));
    cluster.restart_broker(0).expect("it starts again");
    scene.produce_round(1);
    scene.wait_until_read();
    assert!(process.stop());
    scene.check();
}
