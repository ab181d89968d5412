//! Calls of which a switch writes a record for each end that it rang: they count once.

use std::fmt::Write as _;

use serde_json::json;

use crate::inputs::coverage;
use crate::run::Desk;

/// What a number called: attempts, numbers, how many were answered, and the time talked.
const RULE: &str = "rule: seen\ntitle: What a number called\nbasis: a test\nkey: callingNumber\nlet: {calls: count() over 1d, \
    callees: distinct(calledNumber) over 1d, answered: count() where answered over 1d, talk: sum(callDuration) over 1d}\n\
    when: [calls >= 1]\n";

/// An Asterisk whose records are of its own callers.
const OWN: &str = "dialect: own\nextends: asterisk\nserved: calling\nnumbers: {country: US}\nfields: {recordType: {value: \
    moCall}}\n";

fn desk() -> Desk {
    Desk::new().with("rule.yaml", RULE).with("own.yaml", OWN)
}

/// What is seen of the only caller at most, and of how many records it is made: facts and merged.
fn seen(desk: &Desk, file: &str, dialect: &str) -> (serde_json::Value, u64, u64) {
    let command =
        format!("backtest --rules rule.yaml --standing --coverage coverage.json --cdr {file} --dialect {dialect}");
    let violations = desk.run(&command).violations();
    assert_eq!(violations.len(), 1, "one caller");
    let peak = violations[0].peak.iter().map(|(name, value)| (name.to_string(), json!(value)));
    let coverage = coverage(desk);
    let count = |name: &str| coverage[name].as_u64().expect("a count");
    (peak.collect::<serde_json::Map<_, _>>().into(), count("facts"), count("merged"))
}

/// A record of cdr_csv: one phone of a call.
fn phone(uniqueid: &str, phone: &str, (start, answer, end): (&str, &str, &str), talked: u32) -> String {
    let day = |time: &str| if time.is_empty() { String::new() } else { format!("2026-06-01 {time}") };
    let disposition = if answer.is_empty() { "NO ANSWER" } else { "ANSWERED" };
    format!(
        "\"\",\"15550100001\",\"600\",\"internal\",\"\"\"Desk\"\" <15550100001>\",\"SIP/15550100001-a1\",\"SIP/{phone}\",\"Dial\",\"SIP/x\",\"{}\",\"{}\",\"{}\",20,{talked},\"{disposition}\",\"DOCUMENTATION\",\"{uniqueid}\",\"\"\n",
        day(start),
        day(answer),
        day(end),
    )
}

/// A call to a group of four phones, of which one answers, and one that is tried on two phones in turn.
fn group() -> Vec<String> {
    let (ten, unanswered) = (("10:00:00", "", "10:00:20"), 0);
    vec![
        phone("1780308000.1", "101-b0", ten, unanswered),
        phone("1780308000.1", "102-b1", ten, unanswered),
        phone("1780308000.1", "103-b2", ten, unanswered),
        phone("1780308000.1", "104-b3", ("10:00:00", "10:00:08", "10:00:20"), 12),
        phone("1780311600.7", "101-b0", ("11:00:00", "", "11:00:10"), unanswered),
        phone("1780311600.7", "102-b1", ("11:00:10", "", "11:00:16"), unanswered),
    ]
}

#[test]
fn a_call_that_rings_a_group_or_hunts_through_one_is_one_call() {
    let mut rows = group();
    let desk = desk().with("Master.csv", rows.concat()).with("cards.csv", "key\n+15550100001\n");
    let expected = json!({"calls": 2, "callees": 1, "answered": 1, "talk": 12_000});
    assert_eq!(seen(&desk, "Master.csv", "own.yaml"), (expected.clone(), 2, 4));
    assert_eq!(coverage(&desk)["treated"]["legs"], json!(4), "and it is said how many records were joined");
    // Three calls a day to one number are allowed: six would accuse an honest card.
    let starter = "backtest --rules starter --standing --cdr Master.csv --dialect own.yaml --cards cards.csv";
    assert_eq!(desk.run(starter).violations().len(), 0);
    rows.reverse();
    desk.write("reversed.csv", rows.concat());
    assert_eq!(seen(&desk, "reversed.csv", "own.yaml"), (expected, 2, 4), "in whatever order they are read");
}

#[test]
fn who_rings_again_makes_another_call() {
    let redial = phone("1780311640.9", "101-b0", ("11:00:40", "11:00:45", "11:01:45"), 60);
    let back = phone("1780308000.1", "101-b7", ("10:00:21", "10:00:22", "10:00:32"), 10);
    let desk = desk().with("Master.csv", format!("{}{redial}{back}", group().concat()));
    // Another uniqueid, and a leg that begins after the answered one of its call has ended.
    let expected = json!({"calls": 4, "callees": 1, "answered": 3, "talk": 82_000});
    assert_eq!(seen(&desk, "Master.csv", "own.yaml"), (expected, 4, 4));
}

/// Calls of a dialler in one shift, which is bridged to an agent under one linkedid, to fifty numbers in turn; every third
/// is answered.
fn shift() -> String {
    let mut rows = String::new();
    for call in 0..300 {
        let (at, called) = (call * 60, 15_550_100_100_u64 + call % 50);
        let time = |at: u64| format!("2026-06-01 {:02}:{:02}:{:02}", 8 + at / 3600, at / 60 % 60, at % 60);
        let (answer, talked, disposition) = match call % 3 {
            0 => (time(at + 5), 20, "ANSWERED"),
            _ => (String::new(), 0, "NO ANSWER"),
        };
        let (start, end) = (time(at), time(at + 25));
        let _ = writeln!(
            rows,
            "\"\",\"15550100001\",\"{called}\",\"dialler\",\"\",\"Local/a\",\"SIP/trunk-{call}\",\"Dial\",\"SIP/x\",\"{start}\",\"{answer}\",\"{end}\",25,{talked},\"{disposition}\",\"DOCUMENTATION\",\"1780300800.{call}\",\"\",\"\",\"1780300800.0\",{call}"
        );
    }
    rows
}

#[test]
fn a_shift_that_is_bridged_under_one_linkedid_stays_as_many_calls_as_were_made() {
    let linked = "dialect: linked\nextends: asterisk\nnumbers: {country: US}\nlegs: [linkedid]\n";
    let desk = desk().with("Master.csv", shift()).with("linked.yaml", linked);
    let (all, facts, merged) = seen(&desk, "Master.csv", "own.yaml");
    assert_eq!((&all["calls"], facts, merged), (&json!(300), 300, 0));
    // With the linkedid for a key, called numbers and answers keep many apart, but not all.
    let (some, facts, merged) = seen(&desk, "Master.csv", "linked.yaml");
    assert_eq!((&some["callees"], facts + merged), (&json!(50), 300));
    assert!((100..300).contains(&facts), "{facts} facts");
}

/// mod_cdr_csv of FreeSWITCH with `legs` of `ab`: both legs of a bridge, and a call that nobody took.
const BOTH_LEGS: &str = r#""Li","+15550100001","+15550100002","default","2026-06-01 10:00:00","2026-06-01 10:00:07","2026-06-01 10:01:07","67","60","NORMAL_CLEARING","5f1c9c2e-0000-4000-8000-000000000001","5f1c9c2e-0000-4000-8000-000000000002","sales","PCMA","PCMA"
"Li","+15550100001","+15550100002","default","2026-06-01 10:00:01","2026-06-01 10:00:07","2026-06-01 10:01:07","66","60","NORMAL_CLEARING","5f1c9c2e-0000-4000-8000-000000000002","","sales","PCMA","PCMA"
"Li","+15550100001","+15550100002","default","2026-06-01 10:02:00","","2026-06-01 10:02:30","30","0","NO_ANSWER","5f1c9c2e-0000-4000-8000-000000000003","","sales","",""
"#;

#[test]
fn both_legs_of_a_bridge_of_freeswitch_are_one_call() {
    let desk = desk().with("Master.csv", BOTH_LEGS);
    let expected = json!({"calls": 2, "callees": 1, "answered": 1, "talk": 60_000});
    assert_eq!(seen(&desk, "Master.csv", "freeswitch"), (expected, 2, 1));
}

#[test]
fn a_bridge_that_changes_the_destination_makes_two_calls() {
    let rows = BOTH_LEGS.replace(
        "\"+15550100002\",\"default\",\"2026-06-01 10:00:01\"",
        "\"+15550100003\",\"default\",\"2026-06-01 10:00:01\"",
    );
    let desk = desk().with("Master.csv", rows);
    let (_, facts, merged) = seen(&desk, "Master.csv", "freeswitch");
    assert_eq!((facts, merged), (3, 0));
}
