//! From a file of unknown make to a dialect, and the dialects that are built in.

use crate::run::Desk;

const CALLS: &str = "id,caller,callee,start,dur,disposition\n\
    a1,+442079460001,+442079460958,2026-01-05T10:00:00Z,60,ANSWERED\n\
    a2,+442079460001,+442079460959,2026-01-05T10:02:00Z,0,NO ANSWER\n";

#[test]
fn a_file_that_says_all_of_itself_is_read_as_proposed() {
    let desk = Desk::new().with("calls.csv", CALLS);
    let outcome = desk.run("sniff calls.csv");
    outcome.err_has("of all 2 records: read 2, filtered 0, rejected 0");
    outcome.err_has("event times from 2026-01-05T10:00:00.000Z to 2026-01-05T10:02:00.000Z");
    desk.write("calls.yaml", &outcome.out);
    let shown = desk.run("sniff calls.csv --dialect calls.yaml --records 1");
    let lines: Vec<&str> = shown.out.lines().collect();
    assert_eq!(
        lines,
        [
            "line  callingNumber  calledNumber   event time                callDuration  answered  recordType  notes",
            "2     +442079460001  +442079460958  2026-01-05T10:00:00.000Z  60 s          yes",
            "of all 2 records: read 2, filtered 0, rejected 0",
            "  event times from 2026-01-05T10:00:00.000Z to 2026-01-05T10:02:00.000Z",
        ]
    );
    let piped = desk.run_with("sniff -", CALLS.as_bytes());
    assert_eq!(piped.out.replace("dialect: unknown", "dialect: calls"), outcome.out);
}

#[test]
fn a_dialect_by_which_nothing_is_read_is_found_out() {
    let desk = Desk::new().with("calls.csv", CALLS).with("empty.csv", "\n").with("one.csv", "+442079460001\n");
    let wrong = "dialect: w\nextends: json\nformat: csv\nfields:\n  recordId: id\n  callingNumber: caller\n  \
        calledNumber: callee\n  seizureTime: {from: start, format: \"%d/%m/%Y %H:%M:%S %z\"}\n";
    desk.write("wrong.yaml", wrong);
    let outcome = desk.run("sniff calls.csv --dialect wrong.yaml");
    assert_eq!(outcome.code, Some(1), "{}", outcome.out);
    assert!(outcome.out.contains("of all 2 records: read 0, filtered 0, rejected 2"), "{}", outcome.out);
    desk.fails("sniff empty.csv", &["empty.csv: the file is empty"]);
    desk.fails("sniff one.csv", &["one.csv: no delimiter found"]);
    desk.fails("sniff none.csv", &["none.csv: cannot be opened"]);
    desk.fails("sniff calls.csv --dialect cals.yaml", &["cals.yaml: there is no such dialect"]);
}

#[test]
fn the_file_of_a_built_in_dialect_begins_an_own_one() {
    let desk = Desk::new().with("calls.csv", CALLS);
    let listed = desk.run("dialects").out;
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names[..3], ["json", "asterisk", "freeswitch"]);
    for name in names {
        let file = desk.run(&format!("dialects {name}")).out;
        desk.write("own.yaml", file.replace(&format!("dialect: {name}"), "dialect: own"));
        // It does not fit this file, but it is a dialect.
        let outcome = desk.run("sniff calls.csv --dialect own.yaml");
        assert!(!outcome.err.contains("own.yaml:"), "{name}: {}", outcome.err);
    }
    desk.fails("dialects asterix", &["asterix: there is no such dialect, did you mean `asterisk`?"]);
}
