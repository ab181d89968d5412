//! What is read, and what becomes of every record.

use std::fmt::Write as _;

use ringfence_cdr::Number;
use ringfence_events::{KeyName, Mode, Scope, Status};
use serde_json::{Value, json};

use crate::calls::{HEADER, RULE, desk, gzip, json_line, row, rows};
use crate::run::{Desk, by_rule};

#[test]
fn files_of_every_kind_are_one_run() {
    let desk = desk()
        .with("a.csv", format!("{HEADER}{}", row("a", 0)))
        .with("b.jsonl.gz", gzip(&json_line("b", 1)))
        .with("c.csv.zst", zstd::encode_all(format!("{HEADER}{}", row("c", 2)).as_bytes(), 3).expect("in memory"));
    let command = "backtest --rules rule.yaml --standing --cdr a.csv b.jsonl.gz c.csv.zst -";
    let violations = desk.run_with(command, json_line("d", 3).as_bytes()).violations();
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].matches, 2, "the third and the fourth call");
}

/// The coverage of all and of each file, the law C-1 checked.
pub(crate) fn coverage(desk: &Desk) -> Value {
    let coverage: Value = serde_json::from_str(&desk.text("coverage.json")).expect("JSON");
    let files = coverage["files"].as_array().expect("files");
    for counts in files.iter().chain([&coverage]) {
        let count = |name: &str| counts[name].as_u64().expect("a count");
        let rejected: u64 = counts["rejected"].as_object().expect("codes").values().filter_map(Value::as_u64).sum();
        let sum = count("facts") + count("duplicates") + count("merged") + count("filtered") + rejected;
        assert_eq!(count("read"), sum, "{counts}");
    }
    coverage
}

#[test]
fn every_record_is_accounted_for_by_file_and_what_is_not_taken_is_a_dead_letter() {
    let part = |id: &str, sequence: u32| {
        format!("{id},moCall,+8617100000003,+8617200000001,2026-01-01T00:00:0{sequence}Z,9,ref,{sequence}\n")
    };
    let header = format!("{},callReference,sequenceNumber\n", HEADER.trim_end());
    let desk = desk()
        .with("a.csv", format!("{HEADER}{}{}{}", row("r1", 1), row("r2", 2), row("r1", 1)))
        // A record that differs from one of the other file, one without its number, one of too few columns, an
        // empty line, which is no record.
        .with("b.csv", format!("{HEADER}{},,,,,\nx,y\n\n", row("r2", 2).replace(",5", ",6")))
        .with("parts.csv", format!("{header}{}{}{}", part("p1", 1), part("p3", 3), part("p2", 2)))
        .with("filtering.yaml", "dialect: f\nextends: json\nformat: csv\ncounts: [moCall]\n")
        .with(
            "complaints.jsonl",
            "{\"complaintId\":\"c\",\"complainedNumber\":\"+8617100000001\",\"receivedTime\":1767225600000}\n",
        );
    let command = "backtest --rules rule.yaml --cdr a.csv b.csv parts.csv --complaints complaints.jsonl \
                   --coverage coverage.json --dead-letters dead.jsonl";
    let outcome = desk.run(command);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let coverage = coverage(&desk);
    assert_eq!(coverage["complete"], true);
    let of = |file: usize, name: &str| coverage["files"][file][name].clone();
    assert_eq!((of(0, "read"), of(0, "facts"), of(0, "duplicates")), (json!(3), json!(2), json!(1)));
    assert_eq!(of(1, "rejected"), json!({"conflicting_duplicate": 1, "column_count": 1, "missing_field": 1}));
    assert_eq!((of(2, "facts"), of(2, "merged")), (json!(1), json!(2)), "three parts are one call");
    assert_eq!((of(3, "kind"), of(3, "facts")), (json!("complaint"), json!(1)));
    let letters: Vec<Value> =
        desk.text("dead.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(letters.len(), 3);
    let conflict = &letters[0];
    assert_eq!((&conflict["file"], &conflict["line"]), (&json!("b.csv"), &json!(2)));
    assert_eq!(conflict["code"], "conflicting_duplicate");
    assert_eq!(conflict["detail"], "this record stands instead of the one read before");
    assert_eq!(conflict["raw"], row("r2", 2).replace(",5", ",6").trim_end());
    outcome
        .err_has("read 10: facts 4, duplicates 1, merged 2, filtered 0, rejected 3")
        .err_has("dead.jsonl: 3 dead letters");
    let counted = "backtest --rules rule.yaml --cdr a.csv --dialect filtering.yaml --coverage coverage.json";
    desk.write("a.csv", format!("{HEADER}{}{}", row("r1", 1), row("r2", 2).replace("moCall", "mtCall")));
    desk.run(counted).err_has("read 2: facts 1, duplicates 0, merged 0, filtered 1, rejected 0");
}

#[test]
fn a_part_that_joins_two_calls_into_one_keeps_the_counts_of_every_file_whole() {
    let part = |sequence: u32, time: &str| {
        format!("p{sequence},moCall,+8617100000003,+8617200000001,{time},9,ref,{sequence}\n")
    };
    let header = format!("{},callReference,sequenceNumber\n", HEADER.trim_end());
    let desk = desk()
        .with("a.csv", format!("{header}{}", part(1, "2026-01-01T00:00:00Z")))
        .with("b.csv", format!("{header}{}{}", part(3, "2026-01-02T16:00:00Z"), part(2, "2026-01-01T20:00:00Z")))
        .with("c.csv", format!("{header}{}", part(1, "2026-01-01T00:00:00Z")));
    let outcome = desk.run("backtest --rules rule.yaml --cdr a.csv b.csv c.csv --coverage coverage.json");
    outcome.err_has("read 4: facts 1, duplicates 1, merged 2, filtered 0, rejected 0");
    let coverage = coverage(&desk);
    let counts = |file: usize| ["facts", "duplicates", "merged"].map(|name| coverage["files"][file][name].clone());
    assert_eq!([counts(0), counts(1), counts(2)], [[1, 0, 0], [0, 0, 2], [0, 1, 0]].map(|file| file.map(Value::from)));
}

#[test]
fn a_record_that_is_whole_in_one_copy_and_a_part_in_the_other_is_counted_alike_in_any_order() {
    let header = format!("{},callReference,sequenceNumber\n", HEADER.trim_end());
    let row = |id: &str, time: &str, rest: &str| format!("{id},moCall,+8617100000003,+8617200000001,{time},{rest}\n");
    let first = row("r1", "2026-01-01T00:00:00Z", "9,ref,1");
    let part = row("r2", "2026-01-01T00:10:00Z", "9,ref,2");
    // As long: the part stands, and is joined to the first. Longer: the whole call stands, and is a call of its own.
    for (duration, counts) in [(9, "facts 1, duplicates 0, merged 1"), (10, "facts 2, duplicates 0, merged 0")] {
        let whole = row("r2", "2026-01-01T00:10:00Z", &format!("{duration},,"));
        for rows in [[&first, &part, &whole], [&whole, &part, &first], [&part, &first, &whole], [&whole, &first, &part]]
        {
            let rows: String = rows.into_iter().map(String::as_str).collect();
            let desk = desk().with("a.csv", format!("{header}{rows}"));
            desk.run("backtest --rules rule.yaml --cdr a.csv")
                .err_has(&format!("read 3: {counts}, filtered 0, rejected 1"))
                .err_has("rejected as conflicting_duplicate: 1");
        }
    }
}

#[test]
fn without_a_file_for_dead_letters_the_first_are_named_and_no_number_is() {
    let mut text = HEADER.to_owned();
    for id in 0..8 {
        let _ = writeln!(text, "r{id},moCall,+8617100000009,+8617200000009,yesterday,5");
    }
    let outcome = desk().with("a.csv", text).run("backtest --rules rule.yaml --cdr a.csv");
    assert_eq!(outcome.code, Some(2), "nothing could be read");
    outcome
        .err_has("hint: `seizureTime` is written like `AAAAAAAAA`")
        .err_has("a.csv:2: invalid_field: seizureTime is not RFC 3339 with an offset, nor epoch milliseconds")
        .err_has("and 3 more records that could not be taken: --dead-letters FILE keeps them")
        .err_has("rejected as invalid_field: 8")
        .err_has("most records of a.csv were rejected: is it written as the dialect says?");
    assert!(!outcome.err.contains("86171") && !outcome.err.contains("86172"), "{}", outcome.err);
}

#[test]
fn complaints_are_read_along_with_the_calls_so_that_acts_meet_them_in_time() {
    let rule = "rule: quick\ntitle: A call, then a complaint\nbasis: a test\nkey: callingNumber\n\
        let: {calls: count() over 1h, complaints: count() of complaints over 1h}\nwhen: [calls >= 1, complaints >= 1]\n";
    let mut calls = String::new();
    // Half a year of calls of someone else, more than a commit has.
    for hour in 0..12_000u64 {
        let _ = writeln!(
            calls,
            "{{\"recordId\":\"o{hour}\",\"callingNumber\":\"+8617100000002\",\"calledNumber\":\"10086\",\"seizureTime\":{}}}",
            1_767_225_600_000 + hour * 3_600_000
        );
        if hour == 5 {
            calls += "{\"recordId\":\"r\",\"callingNumber\":\"+8617100000001\",\"calledNumber\":\"10086\",\"seizureTime\":1767243600001}\n";
        }
    }
    let complaint = "{\"complaintId\":\"c\",\"complainedNumber\":\"+8617100000001\",\"receivedTime\":1767243600002}\n";
    let desk = Desk::new().with("rule.yaml", rule).with("calls.jsonl", calls).with("complaints.jsonl", complaint);
    let command = "backtest --rules rule.yaml --cdr calls.jsonl --complaints complaints.jsonl";
    let violations = desk.run(command).violations();
    let events: Vec<(Status, bool)> = violations.iter().map(|event| (event.status, event.late)).collect();
    assert_eq!(events, [(Status::Opened, false), (Status::Closed, false)], "within the commit that holds both");
}

#[test]
fn lists_and_cards_come_from_outside() {
    let rule = "rule: listed\ntitle: A card calls\nbasis: a test\nkey: callingNumber\n\
        where: callingNumber in @telemarketing-cards and not (calledNumber in @friends)\n\
        let: {calls: count() over 1h}\nwhen: [calls >= 1]\n";
    let desk = Desk::new()
        .with("rule.yaml", rule)
        .with("a.csv", format!("{}{}", rows(0..1), row("f", 30).replace("8617200000001", "8617200000002")))
        .with("cards.csv", "key,validFrom,validUntil\n+8617100000001,2026-01-01,2027-01-01\n")
        .with("lists/friends.csv", "key\n+8617200000002\n");
    let command = "backtest --rules rule.yaml --standing --lists lists --cdr a.csv";
    let violations = desk.run(&format!("{command} --cards cards.csv")).violations();
    assert_eq!((violations.len(), violations[0].matches), (1, 1), "the call to a friend does not count");
    let missing = desk.run(command);
    assert_eq!(missing.code, Some(2));
    missing.err_has("telemarketing-cards");
}

#[test]
fn opaque_numbers_are_opaque_in_lists_and_complaints_too() {
    let dialect = "dialect: test-ids\nextends: json\nnumbers: opaque\n";
    let desk = Desk::new()
        .with("test-ids.yaml", dialect)
        .with("cards.csv", "key\n07100000001\n")
        .with(
            "calls.jsonl",
            (0..4)
                .fold(String::new(), |lines, at| lines + &json_line(&format!("r{at}"), at))
                .replace("+8617100000001", "07100000001"),
        )
        .with(
            "complaints.jsonl",
            "{\"complaintId\":\"c\",\"complainedNumber\":\"07100000001\",\"receivedTime\":1767225600000}\n",
        )
        .with("us.yaml", "dialect: us\nextends: ftc-complaints\n");
    let rule = "rule: both\ntitle: Calls and a complaint\nbasis: a test\nkey: callingNumber\n\
        where: callingNumber in @telemarketing-cards\nlet: {calls: count() over 1h, complaints: count() of complaints over 1h}\n\
        when: [calls >= 4, complaints >= 1]\n";
    // In this country the number would be another one, were it not opaque.
    desk.write("pack/pack.yaml", "name: gb\nversion: \"1\"\ntitle: t\ntimezone: Europe/London\ncountry: GB\n");
    desk.write("pack/rules/both.yaml", rule);
    let command = "backtest --rules pack --cdr calls.jsonl --dialect test-ids.yaml --cards cards.csv --standing --complaints complaints.jsonl";
    assert_eq!(desk.run(command).violations().len(), 1);
    desk.fails(&format!("{command} --dialect us.yaml"), &["numbers are opaque in one and not in the other"]);
}

#[test]
fn violations_are_written_as_json_lines_a_table_or_csv_and_shadow_rules_with_their_mode() {
    let desk = desk()
        .with("pack/pack.yaml", "name: p\nversion: \"1\"\ntitle: t\ntimezone: UTC\n")
        .with("pack/rules/three.yaml", RULE)
        .with(
            "pack/rules/pair.yaml",
            RULE.replace("three", "pair").replace("callingNumber\n", "[callingNumber, calledNumber]\nmode: shadow\n"),
        )
        .with("a.csv", rows(0..4));
    let command = "backtest --rules pack --standing --cdr a.csv";
    let json = desk.run(command).violations();
    assert_eq!(by_rule(&json), [("pair", 1), ("three", 1)].into());
    let [calling, called] = ["+8617100000001", "+8617200000001"].map(Number::new);
    assert_eq!((&json[0].key, json[0].scope), (&KeyName::Pair(calling, called), Scope::Pair));
    assert_eq!(json[0].rule.mode, Mode::Shadow);
    let csv = desk.run(&format!("{command} --format csv"));
    let mut reader = csv::Reader::from_reader(csv.out.as_bytes());
    let columns = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
    let of = |row: usize, name: &str| {
        rows[row][columns.iter().position(|column| column == name).expect("a column")].to_owned()
    };
    assert_eq!(rows.len(), 2);
    assert_eq!(["key", "calledNumber", "mode"].map(|name| of(0, name)), ["+8617100000001", "+8617200000001", "shadow"]);
    assert_eq!(["rule", "calledNumber", "matches"].map(|name| of(1, name)), ["three", "", "2"]);
    assert_eq!(of(1, "id"), json[1].id);
    let table = desk.run(&format!("{command} --format table --output table.txt"));
    assert_eq!((table.code, &*table.out), (Some(0), ""), "data go where they were asked to");
    let table = desk.text("table.txt");
    let starts: Vec<Option<usize>> =
        table.lines().map(|line| line.find("info").or(line.find("warning")).or(line.find("severity"))).collect();
    assert!(starts.iter().all(|start| *start == starts[0]), "columns stand below each other:\n{table}");
    assert!(table.contains("pair (shadow)") && table.contains("+8617100000001 to +8617200000001"), "{table}");
}

#[test]
fn until_closes_what_is_over_by_then() {
    let desk = desk().with("a.csv", rows(0..4));
    let status = |until: &str| {
        let violations = desk.run(&format!("backtest --rules rule.yaml --standing --cdr a.csv {until}")).violations();
        violations[0].status
    };
    assert_eq!(status(""), Status::Opened);
    assert_eq!(status("--until 2026-01-01T00:30:00Z"), Status::Opened);
    assert_eq!(status("--until 2026-01-01T08:00:00+05:00"), Status::Closed);
}
