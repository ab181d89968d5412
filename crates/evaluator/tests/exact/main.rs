//! Exact answers on fixtures and real calls: sorted, in file order, shuffled and repeated. The files are looked for in
//! the folder that `RINGFENCE_DATA` names, else in `../shared` beside the checkout; without them a test says so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_cdr::{Answer, Cdr, Details, EventTime, Fingerprint, Millis, Number, RecordType, Served};
use ringfence_evaluator::{Delivery, InputId, KeyName, Record, Shard, ShardOptions, StandingEpisode};
use ringfence_rules::{Pack, Sources, parse_rule_file};

fn file(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("RINGFENCE_DATA").map_or(beside, PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("skipped: {name} is not there");
        return None;
    }
    Some(path)
}

fn pack(rule: &str) -> Pack {
    let sources = Sources::new().with("rule.yaml", rule);
    let compiled = parse_rule_file(&sources, "rule.yaml", &|text| Ok(Number::new(text)));
    compiled.unwrap_or_else(|problems| panic!("{}", problems[0].render(&sources))).pack
}

fn call(line: usize, calling: &str, called: &str, at: i64, duration_s: Option<i64>) -> Cdr {
    Cdr {
        fingerprint: Fingerprint::of(&format!("line-{line}")),
        record_type: RecordType::MoCall,
        calling_number: Number::new(calling),
        called_number: Number::new(called),
        at: EventTime(at),
        arrival: None,
        call_duration: duration_s.map(|seconds| Millis(seconds * 1000)),
        answer: Answer::AssumedAnswered,
        cause_for_term: None,
        diagnostics: None,
        served: Served::Yes,
        part: None,
        details: Details::default(),
    }
}

/// The same calls in file order, sorted, reversed, interleaved from both ends, and with every third one repeated.
fn orders(calls: &[Cdr]) -> Vec<Vec<Cdr>> {
    let mut sorted = calls.to_vec();
    sorted.sort_by_key(|call| call.at);
    let reversed: Vec<Cdr> = sorted.iter().rev().cloned().collect();
    let shuffled = sorted.iter().zip(&reversed).flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
    let repeated = calls.iter().chain(calls.iter().step_by(3)).cloned().collect();
    vec![calls.to_vec(), sorted, reversed, shuffled, repeated]
}

fn judge(pack: &Pack, calls: &[Cdr]) -> Shard {
    let mut shard = Shard::new(Arc::new(pack.clone()), ShardOptions::default());
    let mut outputs = Vec::new();
    for slice in calls.chunks(10_000) {
        for call in slice {
            shard.apply(Delivery { input: InputId(0), arrival: None, record: Record::Call(call.clone()) });
        }
        shard.commit(&mut outputs);
    }
    shard.finish(None, &mut outputs);
    shard
}

fn of<'e>(episodes: &'e [StandingEpisode], calling: &str) -> Vec<&'e StandingEpisode> {
    episodes.iter().filter(|episode| episode.key == KeyName::Number(Number::new(calling))).collect()
}

const DIAL_BLAST: &str = r#"rule: dial-blast
title: Many short calls to many people
basis: a test
key: callingNumber
where: recordType == moCall
let:
  calls: count() over 1h
  callees: distinct(calledNumber) over 1h
  short: share(callDuration < 10s) over 1h
when:
  - calls > 100
  - callees >= 80
  - short >= 70%
severity: major
escalate:
  - {severity: critical, when: [short >= 85%]}
"#;

#[test]
fn five_callers_in_any_order() {
    let Some(path) = file("fixtures/five-callers.csv") else { return };
    let text = std::fs::read_to_string(path).expect("reads");
    let calls: Vec<Cdr> = text
        .lines()
        .enumerate()
        .map(|(line, row)| {
            let columns: Vec<&str> = row.split(',').collect();
            let at: jiff::Timestamp = format!("{}Z", columns[0].replace(' ', "T")).parse().expect("a time");
            call(line, columns[1], columns[2], EventTime::from(at).0, Some(columns[3].parse().expect("seconds")))
        })
        .collect();
    let pack = pack(DIAL_BLAST);
    for calls in orders(&calls) {
        let episodes = judge(&pack, &calls).episodes();
        let matches = |caller: &str| of(&episodes, caller).iter().map(|episode| episode.matches).collect::<Vec<_>>();
        assert_eq!((matches("A"), matches("D"), matches("E")), (vec![20], vec![1], vec![20]));
        assert_eq!(episodes.len(), 3, "B, C and K do nothing wrong");
        let opened = |caller: &str| {
            of(&episodes, caller)[0].clauses.iter().map(|(value, _)| value.map(|v| v.to_string())).collect::<Vec<_>>()
        };
        assert_eq!(opened("A")[..2], [Some("101".to_owned()), Some("90".to_owned())]);
        assert_eq!(opened("D"), [Some("101".to_owned()), Some("85".to_owned()), Some("0.722772".to_owned())]);
    }
}

fn nodobo() -> Option<Vec<Cdr>> {
    let path = file("data/nodobo-calls.csv.zst")?;
    let bytes = zstd::decode_all(std::fs::File::open(path).expect("opens")).expect("unpacks");
    let text = String::from_utf8(bytes).expect("text");
    let mut calls = Vec::new();
    for (line, row) in text.lines().enumerate().skip(1) {
        let columns: Vec<&str> = row.split(',').collect();
        if columns.len() < 5 || columns[2] != "Outgoing" {
            continue;
        }
        let at = jiff::fmt::strtime::parse("%a %b %d %H:%M:%S %z %Y", columns[4]).and_then(|time| time.to_timestamp());
        calls.push(call(line, columns[0], columns[1], EventTime::from(at.expect("a time")).0, columns[3].parse().ok()));
    }
    Some(calls)
}

#[test]
fn nodobo_rows_and_edges_in_any_order() {
    let Some(calls) = nodobo() else { return };
    let number = "callingNumber";
    let pair = "[callingNumber, calledNumber]";
    let table = [
        (number, "1h", 10, 652, 111),
        (number, "1h", 20, 66, 10),
        (number, "24h", 50, 207, 16),
        (pair, "24h", 3, 3990, 741),
        (pair, "24h", 5, 2593, 356),
    ];
    for (key, window, limit, rows, edges) in table {
        let pack = pack(&format!(
            "rule: volume\ntitle: t\nbasis: b\nkey: {key}\nwhere: recordType == moCall\nlet: {{calls: count() over {window}}}\nwhen: [calls >= {limit}]\n"
        ));
        for calls in orders(&calls) {
            let episodes = judge(&pack, &calls).episodes();
            let matches: u64 = episodes.iter().map(|episode| episode.matches).sum();
            assert_eq!((matches, episodes.len()), (rows, edges), "{key} {window} {limit}");
        }
    }
}
