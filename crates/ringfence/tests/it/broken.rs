//! What is said, and what is still done, where something cannot be read or written.

use serde_json::json;

use crate::calls::{desk, gzip, rows};
use crate::inputs::coverage;

#[test]
fn what_cannot_be_read_is_one_error_with_its_place() {
    let desk = desk()
        .with("a.csv", rows(0..3))
        .with("wrong-zone.yaml", "dialect: z\nextends: asterisk\nzone: Asia/Shanghia\n")
        .with("wrong-column.yaml", "dialect: c\nextends: json\nformat: csv\nfields:\n  callingNumber: caller\n")
        .with("cards.csv", "key\nnobody\n")
        .with("headless.csv", "+8617100000001,+8617200000001\n")
        .with("lists/readme.txt", "no list");
    for (arguments, texts) in [
        ("--rules rule.yaml --cdr none.csv", &["none.csv: cannot be opened", "No such file"][..]),
        ("--rules rule.yaml --cdr .", &[".: cannot be opened", "is a directory"]),
        ("--rules none.yaml --cdr a.csv", &["none.yaml: no such directory or rule file"]),
        (
            "--rules rule.yaml --cdr a.csv --dialect asterix",
            &[
                "asterix: there is no such dialect, did you mean `asterisk`?; `ringfence dialects` lists those that are built in",
            ],
        ),
        (
            "--rules rule.yaml --cdr a.csv --dialect asterisk --dialect twilio",
            &["`asterisk` and `twilio` are both of kind cdr"],
        ),
        (
            "--rules rule.yaml --cdr a.csv --dialect ftc-complaints",
            &["`ftc-complaints` is of kind complaint, and no such archives are given"],
        ),
        (
            "--rules rule.yaml --cdr a.csv --dialect wrong-zone.yaml",
            &["wrong-zone.yaml:3:7: unknown time zone `Asia/Shanghia`: did you mean `Asia/Shanghai`?"],
        ),
        (
            "--rules rule.yaml --cdr a.csv --dialect wrong-column.yaml",
            &["a.csv:1: the dialect `c` does not fit: the file has no column `caller` (for callingNumber)"],
        ),
        (
            "--rules rule.yaml --cdr headless.csv",
            &[
                "headless.csv:1: the dialect `csv` does not fit: ",
                "help: without --dialect columns have the contract's names",
            ],
        ),
        ("--rules rule.yaml --cdr - -", &["standard input (`-`) can be read once only"]),
        ("--rules rule.yaml --cdr a.csv --until tomorrow", &["--until tomorrow: give a time with an offset"]),
        ("--rules rule.yaml --cdr a.csv --lists lists", &["lists: there is no list (*.csv) in it"]),
        (
            "--rules rule.yaml --cdr a.csv --cards cards.csv",
            &["telemarketing-cards.csv:2:1: error: the key is no telephone number"],
        ),
        ("--rules rule.yaml --cdr a.csv --output ./a.csv", &["a.csv is an archive to read and would be written over"]),
        ("--rules rule.yaml --cdr a.csv --output none/v.jsonl", &["none/v.jsonl: cannot be written"]),
        ("--rules rule.yaml --cdr a.csv --dead-letters none/d.jsonl", &["none/d.jsonl: cannot be written"]),
        ("--rules rule.yaml --cdr a.csv --coverage none/c.json", &["none/c.json: cannot be written"]),
    ] {
        desk.fails(&format!("backtest {arguments}"), texts);
    }
    assert_eq!(desk.text("a.csv"), rows(0..3), "as it was");
    let outcome = desk.run("backtest --rules rule.yaml --cdr headless.csv");
    assert!(!outcome.err.contains("86171") && !outcome.err.contains("because"), "{}", outcome.err);
    assert_eq!(desk.run("backtest --rules rule.yaml").code, Some(2), "nothing to read");
}

#[test]
fn a_file_cut_short_or_damaged_is_judged_up_to_there_and_said_to_be_incomplete() {
    let packed = gzip(&rows(0..40_000));
    let mut damaged = packed.clone();
    let middle = packed.len() / 2;
    damaged[middle..middle + 40].fill(0x55);
    let desk = desk()
        .with("cut.csv.gz", &packed[..middle])
        .with("damaged.csv.gz", damaged)
        .with("no.csv.gz", "this is no gzip")
        .with("after.csv", rows(50_000..50_001));
    for file in ["cut.csv.gz", "damaged.csv.gz"] {
        let command = format!("backtest --rules rule.yaml --standing --cdr {file} after.csv --coverage coverage.json");
        let outcome = desk.run(&command);
        assert_eq!(outcome.code, Some(2));
        assert!(outcome.out.contains("\"rule\""), "what was read before is judged and written");
        outcome
            .err_has("INCOMPLETE: an archive could not be read to its end")
            .err_has(&format!("ringfence: {file}: the gzip stream is damaged or cut short: lines up to "));
        let coverage = coverage(&desk);
        assert_eq!((&coverage["complete"], &coverage["files"][1]["read"]), (&json!(false), &json!(1)));
        assert!(coverage["read"].as_u64() > Some(10_000), "{coverage}");
    }
    desk.fails(
        "backtest --rules rule.yaml --cdr no.csv.gz",
        &["no.csv.gz: the gzip stream is damaged or cut short: lines up to 0"],
    );
}

#[test]
fn a_file_of_which_nothing_could_be_read_is_an_error_after_the_others_were_judged() {
    let desk = desk()
        .with("good.csv", rows(0..300))
        .with("noise.jsonl", "hello\n[1]\n{\"recordId\":\"r\"\n")
        .with(
            "hidden.jsonl",
            r#"{"recordId":"r","callingNumber":"anonymous","calledNumber":"1","seizureTime":"2026-01-01T00:00:00Z"}"#,
        )
        .with("none.csv", rows(0..0))
        .with("headless.csv", "+8617100000001,+8617200000001\n");
    let judged = "backtest --rules rule.yaml --standing --coverage coverage.json --cdr";
    let outcome = desk.run(&format!("{judged} noise.jsonl headless.csv good.csv"));
    assert_eq!(outcome.code, Some(2), "{}", outcome.err);
    assert!(outcome.out.contains("\"rule\""), "the others are judged");
    outcome
        .err_has("ringfence: headless.csv:1: the dialect `csv` does not fit: ")
        .err_has("noise.jsonl: none of its 3 records could be read (not_an_object: 2)")
        .err_has("rejected 3");
    assert_eq!(coverage(&desk)["complete"], false);
    assert_eq!(
        desk.run(&format!("{judged} good.csv none.csv hidden.jsonl")).code,
        Some(0),
        "nothing is wrong with these"
    );
    desk.fails(&format!("{judged} noise.jsonl"), &["none of its 3 records could be read"]);
}
