//! Real calls of 27 phones (Nodobo data, Apache-2.0), where the file is (`ringfence_test_data`).

use std::path::PathBuf;

use jiff::fmt::strtime;
use ringfence_kafka_for_tests::NewRecord;
use serde_json::json;

use crate::service::{Feed, Scene};

const PACK: &str = "name: phones
version: '1'
title: Calls of ordinary phones
timezone: UTC
lateness: 20000d
";

const RULES: [(&str, &str, &str); 4] = [
    ("hourly", "callingNumber", "count() over 1h"),
    ("daily", "callingNumber", "count() over 24h"),
    ("repeats", "[callingNumber, calledNumber]", "count() over 24h"),
    ("people", "callingNumber", "distinct(calledNumber) over calendar day"),
];

const DIALECT: &str = "dialect: nodobo
extends: json
numbers: opaque
";

/// The outgoing calls and a pack that many of them trip; `None`, which is said, where the file is not there.
pub(crate) fn calls(scene: &Scene) -> Option<(PathBuf, Feed)> {
    let file = std::fs::File::open(ringfence_test_data::file("data/nodobo-calls.csv.zst")?).expect("readable");
    let text = String::from_utf8(zstd::decode_all(file).expect("unpacks")).expect("UTF-8");
    let mut lines = String::new();
    let mut records = Vec::new();
    for (number, row) in text.lines().enumerate().skip(1) {
        let columns: Vec<&str> = row.split(',').collect();
        if columns.len() < 5 || columns[2] != "Outgoing" {
            continue;
        }
        let time = strtime::parse("%a %b %d %H:%M:%S %z %Y", columns[4]).and_then(|time| time.to_timestamp());
        let at = time.expect("a time").as_millisecond();
        let call = json!({
            "recordId": format!("line-{number}"), "recordType": "moCall", "callingNumber": columns[0],
            "calledNumber": columns[1], "seizureTime": at, "callDuration": columns[3].parse::<u32>().ok(),
        });
        records.push(NewRecord::new(columns[0], call.to_string()).at(at));
        lines += &format!("{call}\n");
    }
    let (calls, dialect) = (scene.path("calls.jsonl"), scene.path("nodobo.yaml"));
    std::fs::write(&calls, lines).expect("written");
    std::fs::write(&dialect, DIALECT).expect("written");
    Some((pack(scene), Feed { calls: records, files: vec![calls], dialect: Some(dialect), ..Feed::default() }))
}

fn pack(scene: &Scene) -> PathBuf {
    let pack = scene.path("pack");
    std::fs::create_dir_all(pack.join("rules")).expect("a directory");
    std::fs::write(pack.join("pack.yaml"), PACK).expect("written");
    for (name, key, measure) in RULES {
        let limit = if name == "daily" { 50 } else { 10 };
        let limit = if name == "repeats" { 3 } else { limit };
        let rule = format!(
            "rule: {name}\ntitle: {name}\nbasis: a test\nkey: {key}\nwhere: recordType == moCall\n\
             let: {{facts: {measure}}}\nwhen: [facts >= {limit}]\nkeep: 30m\n"
        );
        std::fs::write(pack.join(format!("rules/{name}.yaml")), rule).expect("written");
    }
    pack
}
