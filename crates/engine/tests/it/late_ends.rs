//! Transactions that end, or do not, long after their shards have gone to another owner.
//!
//! Here the transactions of the owners are coordinated by different brokers, and one of these is stopped as a network
//! that is cut stops it, while the group and all topics stay in reach. So one owner's transactions hang for as long as the
//! test likes, and everything else goes on without it.

use ringfence_kafka_for_tests::{Cluster, Options};

use crate::scene::{NODE, Node, PARTITIONS, Scene};

/// Nodes whose names a test may choose from.
const NODES: [&str; 3] = ["node-1", "node-2", "node-3"];

/// Two nodes of a group, and the broker that coordinates the transactions of the first of them and nothing else.
struct Cast {
    group: &'static str,
    first: Node,
    second: Node,
    broker: usize,
}

/// Three brokers that keep everything once, so that nothing moves away from the one that is stopped.
fn cluster() -> &'static Cluster {
    let settings = [
        ("default.replication.factor", "1"),
        ("min.insync.replicas", "1"),
        ("offsets.topic.replication.factor", "1"),
        ("transaction.state.log.replication.factor", "1"),
        ("transaction.state.log.min.isr", "1"),
        ("broker.session.timeout.ms", "600000"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let options = Options { brokers: 3, heap_mb: 256, settings, ..Options::default() };
    Box::leak(Box::new(Cluster::start(options).expect("three brokers")))
}

fn cast(cluster: &Cluster, groups: &[&'static str]) -> Cast {
    let coordinator = |group: &str, node: &str| {
        cluster.coordinator_of_transactions(&format!("ringfence.{group}.{node}.0")).expect("a coordinator")
    };
    for group in groups {
        let of_group = cluster.coordinator_of_group(group).expect("a coordinator");
        for (first, second) in [(0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)].map(|(a, b)| (NODES[a], NODES[b])) {
            let broker = coordinator(group, first);
            if broker != of_group && broker != coordinator(group, second) {
                let node = |instance| Node { instance, ..NODE };
                return Cast { group, first: node(first), second: node(second), broker };
            }
        }
    }
    panic!("no group and nodes whose coordinators differ");
}

/// The shards move while the first owner waits for its transactions' coordinator with a commit of all of them in hand.
/// When the coordinator is back that commit must not be made in the name of the owner's new place in the group.
#[test]
fn e1_a_commit_that_waits_out_a_rebalance_is_not_made_for_shards_that_are_gone() {
    let cluster = cluster();
    let Cast { group, first, second, broker } = cast(cluster, &["late-1", "late-2", "late-3", "late-4"]);
    let others = [(broker + 1) % 3, (broker + 2) % 3];
    let scene = Scene::placed(cluster, group, [others[0], others[1], others[0], others[1]]);
    scene.produce_round(0);
    let waiting = scene.start(first);
    scene.wait_until_every_shard_commits();

    cluster.stop_broker(broker).expect("it ran");
    scene.produce_round(1);
    scene.wait("a commit is tried again", || scene.log(first).contains("a commit did not come about"));
    let taking_over = scene.start(second);
    let owner = format!("ringfence.{group}.{}.0", second.instance);
    scene.wait("the successor commits", || {
        let journal = scene.journal();
        let by_successor = journal.iter().filter(|record| record.owner == owner);
        let mut shards: Vec<i32> =
            by_successor.filter(|record| record.sequence > 2).map(|record| record.shard.partition).collect();
        shards.sort_unstable();
        shards.dedup();
        shards.len() == PARTITIONS / 2
    });
    cluster.continue_broker(broker).expect("it was stopped");

    scene.produce_round(2);
    scene.wait_until_read();
    assert!(scene.log(first).contains("handed over without a last commit"), "its commit waited");
    assert!(waiting.stop());
    assert!(taking_over.stop());
    scene.check();
    for broker in 0..3 {
        cluster.kill_broker(broker).expect("it ran");
    }
}
