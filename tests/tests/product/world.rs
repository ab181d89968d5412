//! Generated traffic, its list of cards, and the starter pack.

use std::path::{Path, PathBuf};

use ringfence_kafka_for_tests::NewRecord;
use serde_json::Value;

use crate::service::{Feed, Scene, program};

/// The starter pack for old records, and the traffic of a generated world with the list of its cards.
pub(crate) fn generated(scene: &Scene) -> (PathBuf, Feed) {
    let (calls, complaints, lists) = (scene.path("calls.jsonl"), scene.path("complaints.jsonl"), scene.path("lists"));
    let mut command = program();
    command.args(["generate", "--numbers", "2000", "--hours", "30", "--seed", "11", "--output"]).arg(&calls);
    command.arg("--complaints").arg(&complaints).arg("--lists").arg(&lists);
    let ran = command.output().expect("generate runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let pack = starter(scene);
    let feed = Feed {
        calls: records(&calls, "callingNumber"),
        complaints: records(&complaints, "complainedNumber"),
        files: vec![calls, complaints],
        dialect: None,
        lists: Some(lists),
    };
    (pack, feed)
}

/// Each line as a record with its number as key and its arrival as Kafka's timestamp. Lines that are no records go to
/// wherever a producer without a key would put them.
fn records(path: &Path, number: &str) -> Vec<NewRecord> {
    let text = std::fs::read(path).expect("readable");
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut arrival = 0;
    lines
        .map(|line| {
            let value: Value = serde_json::from_slice(line).unwrap_or_default();
            arrival = value["arrivalTime"].as_i64().unwrap_or(arrival);
            NewRecord::new(value[number].as_str().unwrap_or_default(), line).at(arrival)
        })
        .collect()
}

/// A copy of the starter pack that takes records of any age.
fn starter(scene: &Scene) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/starter");
    let pack = scene.path("pack");
    copy(&from, &pack);
    edit(&pack.join("pack.yaml"), |text| text + "lateness: 20000d\n");
    pack
}

/// The same pack with another title: another pack that judges alike.
pub(crate) fn retitled(scene: &Scene, pack: &Path) -> PathBuf {
    let other = scene.path("other-pack");
    copy(pack, &other);
    edit(&other.join("pack.yaml"), |text| text.replacen("title: ", "title: Another ", 1));
    other
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let text = std::fs::read_to_string(path).expect("readable");
    std::fs::write(path, change(text)).expect("writable");
}
