//! Shards that are given back in order.

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::scene::{NODE, Node, PARTITIONS, Scene};
use crate::takeover::OTHER;

impl Scene {
    /// How many journal records a node has committed.
    fn commits_of(&self, node: Node) -> usize {
        let owner = format!("ringfence.{}.{}.0", self.name, node.instance);
        self.journal().iter().filter(|record| record.owner == owner).count()
    }

    /// Makes every snapshot that a node writes from now on take for ever: under the names of the files that it would
    /// begin there are pipes that nobody reads.
    fn let_the_disk_hang(&self, node: Node) {
        for shard in 0..PARTITIONS {
            let directory = self.snapshots(node).join(format!("number-{shard}"));
            std::fs::create_dir_all(&directory).expect("a directory");
            for sequence in 0..2_000 {
                let path = directory.join(format!("{sequence:020}.{}.partial", node.instance));
                mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
            }
        }
    }
}

/// What the group waits for is the last commit, not the disk: a member that keeps the others waiting for longer than its
/// poll interval is thrown out, and loses the shards that it was to keep as well.
#[test]
fn e1_shards_are_given_back_before_they_are_stored() {
    let scene = Scene::new("slow-disk");
    let [first, second] = [NODE, OTHER].map(|node| Node { interval: "1h", ..node });
    scene.produce_round(0);
    let giving = scene.start(first);
    scene.wait_until_every_shard_commits();
    scene.let_the_disk_hang(first);
    let taking = scene.start(second);
    scene.wait("the second owner commits", || scene.commits_of(second) > 0);
    let commits = scene.commits_of(first);
    scene.produce_round(1);
    scene.wait("the first owner has shards left and goes on", || scene.commits_of(first) > commits);
    scene.wait_until_read();
    // Its thread for snapshots still waits.
    giving.kill();
    assert!(taking.stop());
    scene.check();
}
