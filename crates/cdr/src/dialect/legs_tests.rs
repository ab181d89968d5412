//! What makes the records of one attempt its legs, and when a leg ended.

use super::Dialect;
use crate::{EventTime, Fingerprint, Leg, Millis, Record};

/// Nine in the morning of 2026-01-01 in UTC.
const NINE: EventTime = EventTime(1_767_258_000_000);

fn of(dialect: &Dialect, header: &[&str], row: &str) -> Option<Leg> {
    let row: Vec<&str> = row.split('|').collect();
    match dialect.bind(header).expect("fits").read(&row, "own.csv", 1) {
        Ok(Some(Record::Call(call))) => call.leg,
        other => panic!("no call: {other:?}"),
    }
}

fn key(dialect: &Dialect, header: &[&str], row: &str) -> Option<Fingerprint> {
    of(dialect, header, row).map(|leg| leg.key)
}

fn problems(text: &str) -> Vec<String> {
    let error = Dialect::compile("d.yaml", text).expect_err("is refused");
    error.to_string().lines().map(|line| line.trim_start_matches("d.yaml:").to_owned()).collect()
}

/// A dialect with a header, and these legs.
fn own(legs: &str) -> Dialect {
    let text = format!(
        "dialect: own\nheader: true\nlegs: {legs}\nfields: {{recordId: '{{file}}:{{line}}', callingNumber: a, calledNumber: \
         b, seizureTime: ts}}\n"
    );
    Dialect::compile("own.yaml", &text).unwrap_or_else(|error| panic!("{error}"))
}

const HEADER: [&str; 5] = ["a", "b", "ts", "x", "y"];

fn row(x: &str, y: &str) -> String {
    format!("+15550100001|+15550100002|2026-01-01T09:00:00Z|{x}|{y}")
}

#[test]
fn a_key_is_what_its_columns_say_together() {
    let of = |legs: &str, x: &str, y: &str| key(&own(legs), &HEADER, &row(x, y));
    assert_eq!(of("[x]", " 17.1 ", ""), Some(Fingerprint::of("17.1")));
    assert_eq!(of("[x]", " ", "b"), None, "a record without a key is no leg");
    assert_eq!(of("[x, y]", "a", "b"), Some(Fingerprint::of("a\u{1f}b")));
    assert_eq!(of("[x, y]", "", "b"), Some(Fingerprint::of("\u{1f}b")));
    assert_ne!(of("[x, y]", "ab", ""), of("[x, y]", "a", "b"));
    assert_eq!(of("[x, y]", "", ""), None);
    assert_eq!(of("[x|y]", "a", "b"), Some(Fingerprint::of("a")));
    assert_eq!(of("[\"x | y\"]", "", "b"), Some(Fingerprint::of("b")));
}

#[test]
fn a_dialect_without_legs_and_the_contract_make_none() {
    assert_eq!(own("").legs.map(|key| key.columns), None);
    let reader = Dialect::built_in("json").expect("known").bind(&[]).expect("fits");
    let json =
        br#"{"recordId":"r","callingNumber":"+15550100001","calledNumber":"+15550100002","seizureTime":1767258000000}"#;
    let Ok(Some(Record::Call(call))) = reader.read_json(json, "own.jsonl", 1) else { panic!("a call") };
    assert_eq!(call.leg, None);
}

#[test]
fn json_lines_have_legs_too() {
    let text = "dialect: own\nextends: json\nlegs: [variables.originator|uuid]\n";
    let reader = Dialect::compile("own.yaml", text).expect("compiles").bind(&[]).expect("fits");
    let json = br#"{"recordId":"r","callingNumber":"+15550100001","calledNumber":"+15550100002",
        "seizureTime":1767258000000,"callDuration":2,"uuid":"u","variables":{"originator":"o"}}"#;
    let Ok(Some(Record::Call(call))) = reader.read_json(json, "own.jsonl", 1) else { panic!("a call") };
    assert_eq!(call.leg, Some(Leg { key: Fingerprint::of("o"), ended: NINE.plus(Millis(2000)) }));
}

#[test]
fn a_leg_ends_with_its_release_else_when_it_was_talked_out() {
    let text = "dialect: own\nheader: true\nlegs: [x]\nzone: UTC\nfields:\n  recordId: x\n  callingNumber: a\n  \
        calledNumber: b\n  seizureTime: s\n  answerTime: t\n  releaseTime: u\n  callDuration: {from: d, unit: s}\n";
    let dialect = Dialect::compile("own.yaml", text).expect("compiles");
    let ended = |answer: &str, release: &str, duration: &str| {
        let time = |text: &str| if text.is_empty() { String::new() } else { format!("2026-01-01T09:{text}Z") };
        let (answer, release) = (time(answer), time(release));
        let row = format!("1|+15550100001|+15550100002|2026-01-01T09:00:00Z|{answer}|{release}|{duration}");
        of(&dialect, &["x", "a", "b", "s", "t", "u", "d"], &row).map(|leg| leg.ended.since(NINE))
    };
    let seconds = |seconds: i64| Some(Millis(seconds * 1000));
    assert_eq!(ended("00:08", "00:20", "11"), seconds(20));
    assert_eq!(ended("00:08", "", "11"), seconds(19));
    assert_eq!(ended("", "", "11"), seconds(11));
    assert_eq!(ended("00:08", "", ""), seconds(8), "how long is not known: it ended as it was answered");
    assert_eq!(ended("", "", ""), seconds(0));
    let before = of(
        &dialect,
        &["x", "a", "b", "s", "t", "u", "d"],
        "1|+15550100001|+15550100002|2026-01-01T09:00:00Z||2026-01-01T08:59:00Z|",
    );
    assert_eq!(before.map(|leg| leg.ended), Some(NINE), "never before it began");
}

#[test]
fn legs_are_named_as_columns_of_calls() {
    let with = |lines: &str| {
        problems(&format!(
            "dialect: own\ncolumns: [id, a, b, ts, uniqueid]\n{lines}\nfields: {{recordId: id, callingNumber: a, calledNumber: \
             b, seizureTime: ts}}\n"
        ))
    };
    assert_eq!(with("legs: [uniqeid]"), ["3:8: unknown column `uniqeid`: did you mean `uniqueid`?"]);
    assert_eq!(with("legs: [a|unique_id]"), ["3:10: unknown column `unique_id`: did you mean `uniqueid`?"]);
    let list = "`legs` is a list of columns, such as [uniqueid] or [\"bleg_uuid|uuid\"]";
    assert_eq!(with("legs: uniqueid"), [format!("3:7: {list}")]);
    assert_eq!(with("legs: []"), ["3:7: `legs` names no column, so no record would be a leg"]);
    assert_eq!(with("legs: [a|]"), ["3:10: expected a column here, or several with `|` between them"]);
    assert_eq!(with("legs: [[a]]"), ["3:8: expected a column here, or several with `|` between them"]);
    assert_eq!(with("legs: [a, uniqueid|a]"), ["3:20: the column `a` is named twice"]);
    let complaints = "dialect: own\nextends: ftc-complaints\nlegs: [uniqueid]\n";
    assert_eq!(problems(complaints), ["3:1: `legs` speaks of calls: a complaint has none"]);
}

#[test]
fn a_file_must_have_the_columns_that_its_own_dialect_names() {
    let error = own("[x|uid]").bind(&["a", "b", "ts", "x", "uuid"]).expect_err("does not fit");
    assert_eq!(
        error.to_string(),
        "the dialect `own` does not fit: the file has no column `uid` (for legs), did you mean `uuid`?"
    );
}

#[test]
fn the_records_of_one_group_call_of_asterisk_share_a_key_with_and_without_newer_columns() {
    let dialect = Dialect::built_in("asterisk").expect("known");
    let row = |phone: &str, rest: &str| {
        format!(
            "|15550100001|600|internal||SIP/a-1|SIP/{phone}|Dial|SIP/x|2026-01-01 09:00:00|2026-01-01 09:00:08|2026-01-01 09:00:20|20|12|ANSWERED|DOCUMENTATION|1767258000.1|{rest}"
        )
    };
    let expected = Some(Leg { key: Fingerprint::of("1767258000.1"), ended: NINE.plus(Millis(20_000)) });
    assert_eq!(of(&dialect, &[], &row("101-b0", "")), expected);
    assert_eq!(of(&dialect, &[], &row("102-b1", "||1767258000.0|7")), expected);
}

#[test]
fn both_legs_of_a_bridge_of_freeswitch_share_a_key() {
    let dialect = Dialect::built_in("freeswitch").expect("known");
    let row = |uuid: &str, bleg: &str| {
        format!(
            "Li|+15550100001|+15550100002|default|2026-01-01 09:00:00|2026-01-01 09:00:04|2026-01-01 09:00:15|15|11|NORMAL_CLEARING|{uuid}|{bleg}||PCMA|PCMA"
        )
    };
    let leg = |uuid: &str, bleg: &str| key(&dialect, &[], &row(uuid, bleg));
    assert_eq!(leg("0c9a", "0c9b"), leg("0c9b", ""));
    assert_ne!(leg("0c9a", ""), leg("0c9b", ""));
}
