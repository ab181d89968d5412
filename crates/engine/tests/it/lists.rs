//! Lists that are edited while the engine is dead.

use ringfence_task::Entry;

use crate::scene::{NODE, Node, PARTITIONS, Scene};

/// Nobody is spared.
const NOBODY: Node = Node { honest: Some(&[]), ..NODE };
/// Some of the busy numbers are.
const SOME: Node = Node { honest: Some(&["+8613000000001", "+8613000000004", "+8613000000007"]), ..NODE };

/// How often any shard has said that another version of the list holds; the first one, without entries, none says.
fn changes(scene: &Scene) -> usize {
    let says_so = |entries: &[Entry]| entries.iter().any(|entry| matches!(entry, Entry::Tables(_)));
    scene.journal().iter().filter(|record| says_so(&record.entries)).count()
}

#[test]
fn e1_r1_a_list_that_is_edited_while_the_engine_is_dead_holds_for_the_past_too() {
    let scene = Scene::new("edited-list");
    scene.produce_round(0);
    let process = scene.start(NOBODY);
    scene.wait_until_every_shard_commits();
    scene.produce_round(1);
    scene.wait_until_read();
    process.kill();
    let before = scene.check_history();
    scene.produce_round(2);
    // Killed again once the first shards have gone over: some have to follow the change, others to make it.
    let process = scene.start(SOME);
    scene.wait("a shard goes over", || changes(&scene) > 0);
    process.kill();
    let process = scene.start(SOME);
    scene.wait("every shard goes over", || changes(&scene) == PARTITIONS);
    scene.wait_until_read();
    assert!(process.stop());
    let standing = scene.check_history();
    assert_eq!(standing, scene.expected(SOME));
    assert!(before.iter().any(|violation| !standing.contains(violation)), "what the spared had done is taken back");
    // And back: the first version is asked for by nobody but this process, the second lies beside the snapshots.
    let process = scene.start(NOBODY);
    scene.wait("every shard goes back", || changes(&scene) == 2 * PARTITIONS);
    scene.wait_until_read();
    assert!(process.stop());
    assert_eq!(scene.check_history(), scene.expected(NOBODY));
}
