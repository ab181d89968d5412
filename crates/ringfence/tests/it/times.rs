//! What times and durations of other people's files come to, and what the summary says of them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::inputs::coverage;
use crate::run::Desk;

/// What a number called: how often, to how many, for how long.
const SEEN: &str = "rule: seen\ntitle: What a number called\nbasis: a test\nkey: callingNumber\nlet: {calls: count() \
    over 24h, answered: count() where answered over 24h, talk: sum(callDuration) over 24h}\nwhen: [calls >= 1]\n";

fn hourly(limit: u32) -> String {
    format!(
        "rule: hourly\ntitle: Calls within an hour\nbasis: a test\nkey: callingNumber\nlet: {{calls: count() over \
         1h}}\nwhen: [calls >= {limit}]\n"
    )
}

const CSV: &str = "dialect: rows\nheader: true\nnumbers: {country: US}\n";

/// The openings of the violations of a file, and its coverage.
fn backtest(desk: &Desk, rule: &str, file: &str, dialect: &str) -> (Vec<String>, Value) {
    let dialect = if dialect.is_empty() { String::new() } else { format!(" --dialect {dialect}") };
    let command = format!("backtest --rules {rule} --standing --cdr {file}{dialect} --coverage coverage.json");
    let opened = desk.run(&command).violations().iter().map(|violation| violation.opened_at.to_string()).collect();
    (opened, coverage(desk))
}

#[test]
fn seconds_read_as_milliseconds_are_refused_and_the_unit_is_named() {
    let mut lines = String::new();
    let mut rows = "recordId,callingNumber,calledNumber,seizureTime\n".to_owned();
    for call in 0..3 {
        // Three days apart: in milliseconds they would be within a few minutes of January 1970.
        let (called, at) = (format!("+1555010020{call}"), 1_767_225_600 + call * 3 * 86_400);
        let _ = writeln!(rows, "r{call},+15550100001,{called},{at}");
        let _ = writeln!(
            lines,
            r#"{{"recordId":"r{call}","callingNumber":"+15550100001","calledNumber":"{called}","seizureTime":{at}}}"#
        );
    }
    let fields = "fields: {recordId: recordId, callingNumber: callingNumber, calledNumber: calledNumber, seizureTime: \
                  {from: seizureTime, format: UNIT}}\n";
    let desk = Desk::new()
        .with("rule.yaml", hourly(3))
        .with("calls.jsonl", lines)
        .with("calls.csv", rows)
        .with("ms.yaml", format!("{CSV}{}", fields.replace("UNIT", "epoch_ms")))
        .with("s.yaml", format!("{CSV}{}", fields.replace("UNIT", "epoch_s")));
    for (file, dialect) in [("calls.jsonl", ""), ("calls.csv", ""), ("calls.csv", "ms.yaml")] {
        let dialect = if dialect.is_empty() { String::new() } else { format!(" --dialect {dialect}") };
        let command = format!("backtest --rules rule.yaml --standing --cdr {file}{dialect} --coverage coverage.json");
        let outcome = desk.run(&command);
        let coverage = coverage(&desk);
        assert_eq!((outcome.code, &*outcome.out), (Some(2), ""), "{command}: nothing of the file could be read");
        assert_eq!(coverage["rejected"], json!({"implausible_time": 3}), "{command}");
        assert_eq!((&coverage["firstAt"], &coverage["lastAt"]), (&Value::Null, &Value::Null));
    }
    desk.run("backtest --rules rule.yaml --cdr calls.jsonl")
        .err_has("implausible_time: seizureTime lies in the year 1970, before 1971-01-01")
        .err_has("as epoch_s it would be in 2026");
    let (opened, coverage) = backtest(&desk, "rule.yaml", "calls.csv", "s.yaml");
    assert_eq!((opened, coverage["facts"].clone()), (vec![], json!(3)));
    assert_eq!(coverage["firstAt"], "2026-01-01T00:00:00.000Z");
    assert_eq!(coverage["files"][0]["lastAt"], "2026-01-07T00:00:00.000Z");
}

/// Rows of CGRateS: a time that it does not have is of the year 1.
const CGRATES: &str = "\
i1,*raw,*voice,o1,*prepaid,acme,call,15550100001,15550100001,15550100201,2026-05-21T12:25:41Z,2026-05-21T12:25:46Z,23s,-1
i1,*default,*voice,o1,*prepaid,acme,call,15550100001,15550100001,15550100201,2026-05-21T12:25:41Z,0001-01-01T00:00:00Z,23s,7
i2,*default,*voice,o2,*prepaid,acme,call,15550100001,15550100001,15550100202,2026-05-21T12:26:41Z,0001-01-01T00:00:00Z,0s,0
i3,*default,*voice,o3,*prepaid,acme,call,15550100001,15550100001,15550100203,0001-01-01T00:00:00Z,2026-05-21T12:27:46Z,16s,1
";

#[test]
fn a_setup_in_the_year_1_never_was_and_the_answer_is_the_time_of_the_call() {
    let desk = Desk::new()
        .with("rule.yaml", SEEN)
        .with("cdrs.csv", CGRATES)
        .with("own.yaml", "dialect: own\nextends: cgrates\nnumbers: {country: US}\n");
    let (opened, coverage) = backtest(&desk, "rule.yaml", "cdrs.csv", "own.yaml");
    assert_eq!(opened, ["2026-05-21T12:25:41.000Z"], "nothing lies in the year 1");
    assert_eq!((&coverage["facts"], &coverage["filtered"]), (&json!(3), &json!(1)));
    assert_eq!(coverage["treated"]["never_time"], 3);
    assert_eq!(coverage["lastAt"], "2026-05-21T12:27:46.000Z");
    desk.run("backtest --rules rule.yaml --cdr cdrs.csv --dialect own.yaml")
        .err_has("read with a time that says never, left out (never_time): 3")
        .err_has("event times from 2026-05-21T12:25:41.000Z to 2026-05-21T12:27:46.000Z");
}

#[test]
fn an_attempt_whose_duration_cannot_be_counts_and_its_duration_comes_from_its_times() {
    let desk = Desk::new()
        .with("rule.yaml", hourly(4))
        .with("seen.yaml", SEEN)
        .with(
            "acc.csv",
            "1780308000|1780308136|136298900000.000000|15550100001|15550100201|c1\n\
             1780308200|1780308201|-1780308065|15550100001|15550100202|c2\n\
             1780308300|1780308601|301148.400000|15550100001|15550100203|c3\n\
             1780308700|1780308730|30.000000|15550100001|15550100204|c4\n",
        )
        .with(
            "acc.yaml",
            "dialect: acc\ncolumns: [start, end, duration, caller, callee, id]\ndelimiter: \"|\"\nnumbers: {country: \
             US}\nfields: {recordId: id, callingNumber: caller, calledNumber: callee, seizureTime: {from: start, \
             format: epoch_s}, releaseTime: {from: end, format: epoch_s}, callDuration: duration}\n",
        );
    let (opened, coverage) = backtest(&desk, "rule.yaml", "acc.csv", "acc.yaml");
    assert_eq!(opened, ["2026-06-01T10:11:40.000Z"], "the fourth attempt");
    assert_eq!((&coverage["facts"], &coverage["rejected"]), (&json!(4), &json!({})));
    assert_eq!(coverage["treated"]["duration_from_times"], 3);
    let violations = desk.run("backtest --rules seen.yaml --standing --cdr acc.csv --dialect acc.yaml").violations();
    let talk = violations[0].peak.iter().find(|(name, _)| &**name == "talk").expect("a measure");
    assert_eq!(serde_json::to_value(talk.1).expect("serialises"), 136_000 + 1_000 + 301_000 + 30_000);
}

#[test]
fn times_that_come_twice_are_told_and_a_dialect_says_which_is_meant() {
    let mut rows = "id,src,dst,start\n".to_owned();
    for (at, hour) in ["00:59", "02:01", "02:31", "02:01", "02:31", "03:01"].into_iter().enumerate() {
        let _ = writeln!(rows, "{at},+447700900101,+447700900{:03},2026-10-25 {hour}:00", 200 + at);
    }
    let dialect = |policy: &str| {
        format!(
            "dialect: berlin\nheader: true\nzone: Europe/Berlin\n{policy}\nfields: {{recordId: id, callingNumber: src, \
             calledNumber: dst, seizureTime: {{from: start, format: '%Y-%m-%d %H:%M:%S'}}}}\n"
        )
    };
    let desk = Desk::new()
        .with("rule.yaml", hourly(4))
        .with("calls.csv", rows)
        .with("earlier.yaml", dialect(""))
        .with("later.yaml", dialect("ambiguous: later"))
        .with("reject.yaml", dialect("ambiguous: reject"));
    for (policy, opened, treated, rejected) in [
        ("earlier.yaml", vec!["2026-10-25T00:31:00.000Z"], json!({"ambiguous_local_time": 4}), json!({})),
        ("later.yaml", vec!["2026-10-25T01:31:00.000Z"], json!({"ambiguous_local_time": 4}), json!({})),
        ("reject.yaml", vec![], json!({}), json!({"ambiguous_time": 4})),
    ] {
        let (found, coverage) = backtest(&desk, "rule.yaml", "calls.csv", policy);
        assert_eq!(found, opened, "{policy}");
        assert_eq!((&coverage["treated"], &coverage["rejected"]), (&treated, &rejected), "{policy}");
    }
    desk.run("backtest --rules rule.yaml --cdr calls.csv --dialect earlier.yaml")
        .err_has("read with a local time that comes twice as clocks go back (ambiguous_local_time): 4");
}

#[test]
fn each_record_may_name_its_zone_in_a_column_or_in_its_time() {
    let fields = "fields: {recordId: id, callingNumber: src, calledNumber: dst, seizureTime: START}\n";
    let with = |lines: &str, start: &str| format!("{CSV}{lines}{}", fields.replace("START", start));
    let desk = Desk::new()
        .with("rule.yaml", SEEN)
        .with(
            "nodes.csv",
            "id,src,dst,start,node\n1,15550100001,15550100201,2026-06-01 10:00:00,America/New_York\n\
             2,15550100002,15550100201,2026-06-01 10:00:00,America/Los_Angeles\n\
             3,15550100003,15550100201,2026-06-01 10:00:00,Asia/Shanghai\n\
             4,15550100004,15550100201,2026-06-01 10:00:00,Mars/Olympus\n",
        )
        .with("column.yaml", with("zone: {from: node}\n", "{from: start, format: '%Y-%m-%d %H:%M:%S'}"))
        .with("value.yaml", with("", "{from: '{start} {node}', format: '%Y-%m-%d %H:%M:%S %Q'}"))
        .with("both.yaml", with("zone: Asia/Tokyo\n", "{from: '{start} {node}', format: '%Y-%m-%d %H:%M:%S %Q'}"));
    let right = ["2026-06-01T02:00:00.000Z", "2026-06-01T14:00:00.000Z", "2026-06-01T17:00:00.000Z"];
    for dialect in ["column.yaml", "value.yaml", "both.yaml"] {
        let (opened, coverage) = backtest(&desk, "rule.yaml", "nodes.csv", dialect);
        assert_eq!(opened, right, "{dialect}");
        assert_eq!(coverage["rejected"], json!({"unknown_zone": 1}), "{dialect}");
    }
    let abbreviated = with("zone: Asia/Tokyo\n", "{from: '{start} {node}', format: '%Y-%m-%d %H:%M:%S %Z'}");
    desk.write("abbreviated.yaml", abbreviated);
    desk.fails(
        "backtest --rules rule.yaml --cdr nodes.csv --dialect abbreviated.yaml",
        &["abbreviated.yaml:5:", "the pattern cannot be used"],
    );
}

#[test]
fn a_record_seventy_years_ahead_moves_nothing_and_is_said() {
    let mut rows = "recordId,callingNumber,calledNumber,seizureTime\n\
                    x,+15550100009,+15550100201,2099-06-01T10:00:00Z\n"
        .to_owned();
    for call in 0..19 {
        let _ = writeln!(rows, "r{call},+15550100001,+1555010{call:04},2026-06-01T10:{call:02}:00Z");
    }
    let without: String = rows.lines().filter(|row| !row.starts_with("x,")).map(|row| format!("{row}\n")).collect();
    let desk = Desk::new().with("rule.yaml", hourly(15)).with("ahead.csv", rows).with("calls.csv", without);
    let (opened, coverage) = backtest(&desk, "rule.yaml", "ahead.csv", "");
    assert_eq!(opened, ["2026-06-01T10:14:00.000Z"]);
    assert_eq!(coverage["facts"], 20);
    let far = json!([{"line": 2, "at": "2099-06-01T10:00:00.000Z", "records": 1}]);
    assert_eq!(coverage["files"][0]["far"], far);
    desk.run("backtest --rules rule.yaml --cdr ahead.csv")
        .err_has("ahead.csv:2: 2099-06-01T10:00:00.000Z lies more than 72 years after the other 19 records");
    let (same, coverage) = backtest(&desk, "rule.yaml", "calls.csv", "");
    assert_eq!((same, &coverage["files"][0]["far"]), (opened, &json!([])));
}
