//! The borders between the crates, as ARCHITECTURE.md names them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Crates without I/O, clocks or threads.
const PURE: [&str; 8] = ["cdr", "events", "timeline", "rules", "cards", "evaluator", "task", "workbench"];
/// What no pure crate may depend on, however indirectly.
const IMPURE: [&str; 6] = ["tokio", "rdkafka", "prometheus", "tracing", "config", "axum"];

/// The packages that each package needs to be built: not those for tests or build scripts.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    // What other platforms need was never fetched.
    let ran = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let metadata: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
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
