//! What `backtest` tells of the acts that follow from violations, and what each form tells of a violation.

use std::collections::BTreeSet;

use ringfence_events::{ActAction, Service, Suspension};
use serde_json::Value;

use crate::calls::{HEADER, row};
use crate::run::Desk;

const PACK: &str = "name: acts\nversion: \"1\"\ntitle: A ladder\ntimezone: UTC\nladders:\n  telemarketing:\n    \
    subject: card\n    strikes: {over: 365d, again: 24h}\n    steps:\n      - {at: 1, do: warn}\n      \
    - {at: 2, do: suspend, services: [outgoing, sms], for: 10m}\n";
const RULE: &str = "rule: three\ntitle: Three calls\nbasis: a test\nkey: callingNumber\n\
    let: {calls: count() over 1m}\nwhen: [calls >= 3]\nthen: {ladder: telemarketing}\n";

/// So many records are one commit of an archive, in which of several steps only the highest is imposed.
const COMMIT: usize = 10_000;

/// Three calls a minute at the 1st and at the 30th minute: two strikes, of which the second suspends for ten minutes. So
/// many others call in between that each falls into a commit of its own.
fn desk() -> Desk {
    let mut calls = HEADER.to_owned();
    for (minute, own) in [(1, 3), (30, 3), (55, 1)] {
        calls.extend((0..own).map(|at| row(&format!("r{minute}-{at}"), minute)));
        let others = (0..COMMIT)
            .map(|at| row(&format!("o{minute}-{at}"), minute).replace("+8617100000001", &format!("+86181{at:08}")));
        calls.extend(others);
    }
    Desk::new().with("pack/pack.yaml", PACK).with("pack/rules/three.yaml", RULE).with("calls.csv", calls)
}

fn acts(desk: &Desk, file: &str) -> Vec<Suspension> {
    desk.text(file).lines().map(|line| serde_json::from_str(line).expect("a suspension")).collect()
}

#[test]
fn suspensions_are_written_as_published_and_counted_in_the_summary() {
    let desk = desk();
    let outcome = desk.run("backtest --rules pack --cdr calls.csv --suspensions acts.jsonl");
    outcome.err_has("suspensions: warned 1, suspended 1, reinstated 1\n");
    let violations = outcome.violations();
    let opened: BTreeSet<&str> = violations.iter().map(|violation| &*violation.id).collect();
    let acts = acts(&desk, "acts.jsonl");
    let told: Vec<_> = acts.iter().map(|act| (act.action, act.sequence, act.strike, act.services.clone())).collect();
    let bar = vec![Service::Outgoing, Service::Sms];
    assert_eq!(
        told,
        [(ActAction::Warn, 1, 1, vec![]), (ActAction::Suspend, 2, 2, bar.clone()), (ActAction::Reinstate, 3, 2, bar),]
    );
    assert!(acts.iter().all(|act| opened.contains(&*act.violation)), "each names its violation");
    assert_eq!(acts[2].not_before.since(acts[1].not_before), ringfence_cdr::Millis(600_000));

    let standing = desk.run("backtest --rules pack --cdr calls.csv --standing --format table --suspensions s.jsonl");
    standing.err_has("suspensions: warned 1, suspended 1, reinstated 1\n");
    assert_eq!(self::acts(&desk, "s.jsonl"), acts, "what was done does not depend on what is written of violations");
}

#[test]
fn acts_that_go_to_no_file_are_counted_and_the_summary_says_where_they_could_go() {
    let desk = desk();
    let outcome = desk.run("backtest --rules pack --cdr calls.csv");
    outcome.err_has("suspensions: warned 1, suspended 1, reinstated 1 (--suspensions FILE writes them)\n");
    desk.write("pack/pack.yaml", "name: acts\nversion: \"1\"\ntitle: No ladder\ntimezone: UTC\n");
    desk.write("pack/rules/three.yaml", RULE.replace("then: {ladder: telemarketing}\n", ""));
    let outcome = desk.run("backtest --rules pack --cdr calls.csv");
    assert!(outcome.code == Some(0) && !outcome.err.contains("suspensions:"), "{}", outcome.err);
}

#[test]
fn a_file_of_suspensions_that_cannot_be_written_is_one_error_with_its_place() {
    let desk = desk();
    let calls = desk.text("calls.csv");
    desk.fails(
        "backtest --rules pack --cdr calls.csv --suspensions none/s.jsonl",
        &["none/s.jsonl: cannot be written"],
    );
    let over = "calls.csv is an archive to read and would be written over";
    desk.fails("backtest --rules pack --cdr calls.csv --suspensions ./calls.csv", &[over]);
    assert_eq!(desk.text("calls.csv"), calls, "as it was");
}

#[test]
fn a_csv_has_whatever_a_published_violation_says_in_one_word() {
    let desk = desk();
    let published = desk.run("backtest --rules pack --cdr calls.csv").violations();
    let csv = desk.run("backtest --rules pack --cdr calls.csv --format csv").out;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let columns: Vec<String> = rows.headers().expect("a header").iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), published.len());
    for (violation, row) in published.iter().zip(&rows) {
        let violation = serde_json::to_value(violation).expect("serialises");
        for (name, value) in violation.as_object().expect("an object") {
            let fields: Vec<(String, &Value)> = match (&**name, value) {
                ("rule", Value::Object(rule)) => rule
                    .iter()
                    .map(|(name, value)| (if name == "id" { "rule".to_owned() } else { name.clone() }, value))
                    .collect(),
                // Lists and values by name are no words.
                (_, Value::Object(_) | Value::Array(_)) => continue,
                (name, value) => vec![(name.to_owned(), value)],
            };
            for (name, value) in fields {
                let at =
                    columns.iter().position(|column| *column == name).unwrap_or_else(|| panic!("no column {name}"));
                let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(row[at], said, "{name}");
            }
        }
    }
}
