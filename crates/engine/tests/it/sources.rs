//! PackFiles that come and go in a running group.

use ringfence_task::JournalRecord;

use crate::scene::{NODE, Node, PARTITIONS, Scene};
use crate::traffic::{calls, complaints};

/// The process that is given each new file, and the one that keeps the old one.
const OLD: Node = Node { instance: "node-2", ..NODE };
/// A source more, and all in another order.
const MORE: Node = Node { sources: &["more-cdr", "complaints", "cdr"], ..NODE };
const LESS: Node = Node { retired: &["more-cdr"], ..NODE };

impl Scene {
    /// The last journal record of each shard.
    fn last_records(&self) -> Vec<JournalRecord> {
        let journal = self.journal();
        let last = |shard| {
            let of_shard = journal.iter().filter(|record| record.shard.partition == shard);
            of_shard.max_by_key(|record| record.sequence).cloned()
        };
        (0..PARTITIONS as i32).filter_map(last).collect()
    }

    /// The shards whose journal says that they read a topic.
    fn shards_that_read(&self, what: &str) -> Vec<i32> {
        let topic = self.topic(what);
        let reads =
            |record: &JournalRecord| record.inputs.iter().any(|input| input.topic == topic && !input.is_retired);
        self.last_records().iter().filter(|record| reads(record)).map(|record| record.shard.partition).collect()
    }
}

#[test]
fn e1_a_source_comes_and_goes_while_one_process_still_has_the_old_file() {
    let scene = Scene::new("come-and-go").with_input("more-cdr");
    scene.produce("cdr", &calls(0, 2_000));
    scene.produce("complaints", &complaints(0, 50));
    // What the new source holds from before it was one.
    scene.produce("more-cdr", &calls(2_000, 4_000));
    let first = scene.start(NODE);
    let second = scene.start(OLD);
    scene.wait("both have shards", || {
        let mut owners: Vec<String> = scene.last_records().into_iter().map(|record| record.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        owners.len() == 2
    });

    // One process is given the new file.
    assert!(first.stop());
    let first = scene.start(MORE);
    scene.wait("some shards read the new source", || !scene.shards_that_read("more-cdr").is_empty());
    scene.produce("cdr", &calls(4_000, 6_000));
    scene.produce("more-cdr", &calls(6_000, 8_000));
    let with_more = scene.shards_that_read("more-cdr");
    assert!(with_more.len() < PARTITIONS, "the other process goes on with its own shards");

    // It dies, and its shards go to the one with the old file: that one refuses them, and says why.
    first.kill();
    let refused = |shard: &i32| {
        let log = scene.log(OLD);
        let of_shard = format!("shard={shard} ");
        let mut lines = log.lines().filter(|line| line.contains("shard is stopped") && line.contains(&of_shard));
        lines.any(|line| line.contains("come-and-go.more-cdr, which is no source of this configuration"))
    };
    scene.wait("the shards are refused", || with_more.iter().all(refused));
    let since = scene.last_records();
    scene.produce("cdr", &calls(8_000, 10_000));
    scene.wait("the other shards go on", || {
        let without_more = |record: &&JournalRecord| !with_more.contains(&record.shard.partition);
        let now = scene.last_records();
        let mut both = since.iter().filter(without_more).zip(now.iter().filter(without_more));
        both.all(|(since, now)| now.sequence > since.sequence)
    });
    for (since, now) in since.iter().zip(scene.last_records()) {
        let is_refused = with_more.contains(&now.shard.partition);
        assert!(!is_refused || since.sequence == now.sequence, "nothing is committed for what is refused");
    }

    // The other takes over, and all shards read the new source.
    let first = scene.start(MORE);
    assert!(second.stop());
    scene.wait_until_read();
    assert_eq!(scene.shards_that_read("more-cdr").len(), PARTITIONS);

    // The source goes again.
    assert!(first.stop());
    let first = scene.start(LESS);
    scene.produce("cdr", &calls(10_000, 12_000));
    scene.produce("complaints", &complaints(50, 100));
    scene.wait_until_these_are_read(NODE.sources);
    scene.wait("no shard reads it", || scene.shards_that_read("more-cdr").is_empty());
    scene.wait("time goes on without it", || {
        let at_end = |record: &JournalRecord| record.inputs.iter().all(|input| input.at_end != input.is_retired);
        scene.last_records().iter().all(at_end)
    });
    assert!(first.stop());
    let topic = scene.topic("more-cdr");
    for record in scene.last_records() {
        let end = scene.end_of(&topic, record.shard.partition);
        assert_eq!(record.next_of(&topic), Some(end), "where it was left is kept");
    }
    let standing = scene.check_history();
    assert!(standing.len() > 10, "{} stand", standing.len());
    assert_eq!(standing, scene.expected(NODE));
}
