use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{
    Answer, Cdr, Complaint, EventTime, Fingerprint, Millis, Record, RecordType, RecordTypes, RejectCode, Served,
};

/// Nine in the morning of 2026-01-01 in UTC.
const NINE: EventTime = EventTime(1_767_258_000_000);

fn problems(text: &str) -> Vec<String> {
    let error = Dialect::compile("d.yaml", text).expect_err("is refused");
    error.to_string().lines().map(|line| line.trim_start_matches("d.yaml:").to_owned()).collect()
}

fn dialect(text: &str) -> Dialect {
    Dialect::compile("d.yaml", text).unwrap_or_else(|error| panic!("{error}"))
}

/// A dialect of columns `a, b, ts, x` with these lines added.
fn small(lines: &str, fields: &str) -> Dialect {
    dialect(&format!(
        "dialect: small\ncolumns: [a, b, ts, x]\n{lines}\nfields:\n  recordId: '{{file}}:{{line}}'\n  callingNumber: a\n  calledNumber: b\n{fields}\n"
    ))
}

fn call(row: Result<Option<Record>, crate::Reject>) -> Cdr {
    match row {
        Ok(Some(Record::Call(cdr))) => cdr,
        other => panic!("no call: {other:?}"),
    }
}

fn complaint(row: Result<Option<Record>, crate::Reject>) -> Complaint {
    match row {
        Ok(Some(Record::Complaint(complaint))) => complaint,
        other => panic!("no complaint: {other:?}"),
    }
}

#[test]
fn the_dialect_of_the_manual_reads_its_row() {
    let dialect = dialect(
        r#"
dialect: city-switch
kind: cdr                         # cdr (default) | complaint | registry | list
format: csv
header: true
delimiter: ","
encoding: utf-8
zone: Asia/Shanghai
numbers: {country: CN}
served: calling
fields:
  recordId:      "{file}:{line}"
  recordType:    {value: moCall}
  callingNumber: caller
  calledNumber:  callee
  seizureTime:   {from: ts, format: epoch_s}
  callDuration:  {from: dur, unit: s}
  answered:      {from: disposition, equals: ANSWERED}
only: direction == "Outgoing"
"#,
    );
    assert!(dialect.has_header());
    let reader = dialect.bind(&["direction", "caller", "callee", "ts", "dur", "disposition"]).expect("fits");
    let row = ["Outgoing", "13800000000", "10086", "1767258000.1239", " 7 ", "ANSWERED"];
    let cdr = call(reader.read(&row, "2026.csv", 12));
    assert_eq!(cdr.fingerprint, Fingerprint::of("2026.csv:12"));
    assert_eq!(
        (cdr.calling_number.to_string(), cdr.called_number.to_string()),
        ("+8613800000000".into(), "10086".into())
    );
    assert_eq!((cdr.at, cdr.call_duration), (NINE.plus(Millis(123)), Some(Millis(7000))));
    assert_eq!((cdr.record_type, cdr.answer, cdr.served), (Some(RecordType::MoCall), Answer::Answered, Served::Yes));
    let other = ["Incoming", "", "", "", "", ""];
    assert_eq!(reader.read(&other, "2026.csv", 13), Ok(None));
    let short = reader.read(&other[1..], "2026.csv", 14).expect_err("is short");
    assert_eq!((short.code, &*short.detail), (RejectCode::ColumnCount, "the row has 5 columns where 6 are expected"));
}

#[test]
fn every_problem_of_a_file_is_reported_with_its_place() {
    assert_eq!(
        problems(
            "dialect: x\nformat: cvs\ndelimeter: ';'\nzone: Asia/Shanghia\nnumbers: {country: XX}\nserved: called\nfields:\n  \
             recordId: \"{file}:{line\"\n  callingNumber: [a]\n  caledNumber: b\n  seizureTime: {from: t, format: epoch}\n  \
             answerTime: {from: t, format: '%H:%M'}\n  callDuration: {from: d, unit: sec}\n  answered: {form: d}\n  \
             recordType: {value: mocall}\n  cell: {from: c, unit: s}\nonly: direction = 'out'\nextra: {campaign: text}\n"
        ),
        [
            "1:1: the field `calledNumber` is required and not mapped",
            "1:1: the field `callingNumber` is required and not mapped",
            "2:9: unknown format `cvs`: did you mean `csv`?",
            "3:1: unknown key `delimeter`: did you mean `delimiter`?",
            "4:7: unknown time zone `Asia/Shanghia`: did you mean `Asia/Shanghai`?",
            "5:20: no telephone numbers are known for the country `XX`; use an ISO 3166 code of two letters such as CN",
            "6:9: `served` is `calling` or left out",
            "8:21: this `{` is not closed",
            "9:18: expected a column, a template, {value: ...} or {from: ...} here",
            "10:3: unknown field of a cdr `caledNumber`: did you mean `calledNumber`?",
            "11:34: unknown time format `epoch`: did you mean `epoch_s`?, or a strftime pattern such as \"%Y-%m-%d %H:%M:%S\"",
            "12:33: the pattern cannot be used: date required to parse datetime: year required to parse date",
            "13:33: unknown unit `sec`; known are ms, s, min, clock, duration",
            "14:13: `from` or `value` is missing",
            "14:14: unknown key `form`: did you mean `from`?",
            "15:15: unknown record type `mocall`: did you mean `moCall`?",
            "16:19: `unit` does not go with `cell`",
            "17:17: known are ==, !=, in, and, or, not and texts in double quotes",
            "18:1: extra fields are not supported yet",
        ]
    );
}

#[test]
fn what_only_the_whole_can_show_is_reported_too() {
    assert_eq!(
        problems("dialect: x\nkind: list\n"),
        [
            "1:1: one of the fields `seizureTime` and `answerTime` is required and not mapped",
            "1:1: the field `calledNumber` is required and not mapped",
            "1:1: the field `callingNumber` is required and not mapped",
            "1:1: the field `recordId` is required and not mapped",
            "2:7: dialects of kind list are not supported yet",
        ]
    );
    let local = "dialect: x\ncolumns: [id, a, b, t]\nfields:\n  recordId: id\n  callingNumber: a\n  calledNumber: bb\n  \
                 seizureTime: {from: t, format: '%Y-%m-%d %H:%M'}\n";
    assert_eq!(
        problems(local),
        [
            "6:17: unknown column `bb`: did you mean `b`?",
            "7:16: `seizureTime` is a time without an offset: give the `zone` of the file",
        ]
    );
    assert_eq!(
        problems("extends: asterix\ndialect: x\nfields: {}")[4],
        "1:10: unknown dialect `asterix`: did you mean `asterisk`?"
    );
    assert_eq!(problems("dialect: x\nextends: twilio\nkind: complaint"), ["3:7: `twilio` is a dialect of kind cdr"]);
    assert!(problems("")[0].starts_with("1:1: the file is empty"));
    assert!(problems("a: [b")[0].contains("this is no YAML"));
    assert_eq!(problems("- a"), ["1:1: a dialect is a mapping of keys such as `dialect:`, `format:` and `fields:`"]);
}

#[test]
fn a_file_without_a_column_is_told_all_that_is_missing_and_what_is_near() {
    let dialect = dialect(
        "dialect: x\nheader: true\nonly: way == \"out\"\nfields:\n  recordId: id\n  callingNumber: caller\n  calledNumber: '{callee}'\n  seizureTime: t\n",
    );
    let error = dialect.bind(&["id", "caler", "13800000000", "t"]).expect_err("does not fit");
    assert_eq!(
        error.to_string(),
        "the dialect `x` does not fit: the file has no column `callee` (for calledNumber), did you mean `caler`?; \
         the file has no column `caller` (for callingNumber), did you mean `caler`?; the file has no column `way` (for only)"
    );
}

#[test]
fn an_extended_dialect_differs_only_where_it_says_so() {
    let dialect = dialect(
        "dialect: mine\nextends: asterisk\nzone: Asia/Shanghai\nnumbers: {country: CN}\nserved: calling\nfields:\n  serviceType: ~\n  recordType: {value: moCall}\n",
    );
    let reader = dialect.bind(&[]).expect("fits");
    let row = "|13800000000|13900000000|out|||SIP/b|Dial||2026-01-01 17:00:00|2026-01-01 17:00:05|2026-01-01 17:00:15|15|10|ANSWERED|DOCUMENTATION|1767258000.1|";
    let cdr = call(reader.read(&row.split('|').collect::<Vec<_>>(), "Master.csv", 1));
    assert_eq!((cdr.at, cdr.served, cdr.details.service_type), (NINE, Served::Yes, None));
    assert_eq!(cdr.calling_number.to_string(), "+8613800000000");
}

#[test]
fn only_the_record_types_that_a_dialect_counts_are_calls() {
    let dialect = small("counts: [moCall, forwarded]", "  recordType: x\n  seizureTime: ts");
    let reader = dialect.bind(&[]).expect("fits");
    let counts = |record_type: &str| reader.read(&["+1", "+2", "1767258000000", record_type], "f", 1) != Ok(None);
    assert!(counts("moCall") && counts("forwarded") && counts("moCallRecord"));
    assert!(!counts("mtCall") && !counts(""), "a row without a type is of no type that counts");
    let untyped = dialect.counting(RecordTypes::ALL).bind(&[]).expect("fits");
    assert_eq!(call(untyped.read(&["+1", "+2", "1767258000000", ""], "f", 1)).record_type, None);
    let extended = |lines: &str| problems(&format!("dialect: x\nextends: 3gpp-csv\n{lines}\nzone: UTCC"));
    assert_eq!(extended("counts: [moCal]")[0], "3:10: unknown record type `moCal`: did you mean `moCall`?");
    assert_eq!(extended("counts: moCall")[0], "3:9: `counts` is a list of record types, such as [moCall, forwarded]");
    assert_eq!(extended("counts: []")[0], "3:9: `counts` names no record type, so no call would count");
    assert_eq!(
        problems("dialect: x\nextends: ftc-complaints\ncounts: [moCall]\nserved: calling"),
        ["3:1: `counts` speaks of calls: a complaint has none", "4:1: `served` speaks of calls: a complaint has none"]
    );
}

#[test]
fn numbers_are_read_as_the_dialect_says_or_as_its_reader_is_told() {
    let china = Numbering::country("CN").expect("known");
    for (lines, written, expected) in [
        ("", "13800000000", "+8613800000000"),
        ("numbers: {country: US}", "4155550100", "+14155550100"),
        ("numbers: opaque", "13800000000", "13800000000"),
    ] {
        let reader = small(lines, "  seizureTime: ts").numbered(&china).bind(&[]).expect("fits");
        assert_eq!(
            call(reader.read(&[written, "+2", "1767258000000", ""], "f", 1)).calling_number.to_string(),
            expected,
            "{lines}"
        );
    }
}

#[test]
fn local_times_that_a_clock_change_skips_or_repeats_have_one_meaning() {
    let dialect = small("zone: America/New_York", "  seizureTime: {from: ts, format: '%Y-%m-%d %H:%M:%S'}");
    let reader = dialect.bind(&[]).expect("fits");
    let at = |text: &str| call(reader.read(&["+1", "+2", text, ""], "f", 1)).at.to_string();
    assert_eq!(at("2026-03-08 02:30:00"), "2026-03-08T07:30:00.000Z", "skipped: read as before the change");
    assert_eq!(at("2026-11-01 01:30:00"), "2026-11-01T05:30:00.000Z", "repeated: the earlier");
    assert_eq!(at("2026-07-01 09:00:00"), "2026-07-01T13:00:00.000Z");
}

#[test]
fn times_are_read_in_every_format() {
    for (format, text, expected) in [
        ("epoch_s", "1767258000", NINE),
        ("epoch_s", "1767258000.9999", NINE.plus(Millis(999))),
        ("epoch_ms", "1767258000001", NINE.plus(Millis(1))),
        ("epoch_ms", "1767258000001.9", NINE.plus(Millis(1))),
        ("rfc3339", "2026-01-01T17:00:00.25+08:00", NINE.plus(Millis(250))),
        ("%Y-%m-%d %H:%M:%S%.f", "2026-01-01 17:00:00.1239", NINE.plus(Millis(123))),
        ("%Y-%m-%d %H:%M:%S%.f", "2026-01-01 17:00:00", NINE),
        ("%a %b %d %H:%M:%S %z %Y", "Thu Jan 01 10:00:00 +0100 2026", NINE),
        ("%Y%m%d%H%M%S", "20260101170000", NINE),
        ("%s", "1767258000", NINE),
    ] {
        let dialect = small("zone: Asia/Shanghai", &format!("  seizureTime: {{from: ts, format: '{format}'}}"));
        let cdr = call(dialect.bind(&[]).expect("fits").read(&["+1", "+2", text, ""], "f", 1));
        assert_eq!(cdr.at, expected, "{format}");
    }
    let dialect = small("", "  seizureTime: {from: ts, format: epoch_s}");
    let reject = dialect.bind(&[]).expect("fits").read(&["+1", "+2", "noon", ""], "f", 1).expect_err("no time");
    assert_eq!(
        (reject.code, &*reject.detail),
        (RejectCode::InvalidField, "seizureTime is not a number of seconds since 1970, without an exponent")
    );
}

#[test]
fn only_knows_and_or_not_in_and_brackets() {
    let holds = |only: &str, a: &str, x: &str| {
        let dialect = small(&format!("only: '{only}'"), "  seizureTime: ts");
        dialect.bind(&[]).expect("fits").read(&[a, "+2", "1767258000000", x], "f", 1) != Ok(None)
    };
    assert!(holds(r#"x == "out""#, "+1", " out "));
    assert!(!holds(r#"x != "out""#, "+1", "out"));
    assert!(holds(r#"x != "out""#, "+1", ""));
    assert!(holds(r#"x in ["out", "in"] and not a == 1"#, "+1", "in"));
    assert!(!holds(r#"not (x == "out" or {x} == 5)"#, "+1", "5"));
    assert!(holds(r#"a == "+2" and x == "b" or x == "a""#, "+1", "a"), "`and` binds closer than `or`");
    for (only, place) in [
        ("x = 1", "3:9"),
        ("x == out", "3:12"),
        ("x == \"out", "3:12"),
        ("x == 1 and", "3:17"),
        ("(x == 1", "3:14"),
        ("x in [1 2]", "3:15"),
        ("x == 1 y", "3:14"),
        ("and == 1", "3:7"),
        ("x == 1; y", "3:13"),
    ] {
        let text = format!(
            "dialect: x\ncolumns: [x]\nonly: {only}\nfields: {{recordId: x, callingNumber: x, calledNumber: x, seizureTime: x}}"
        );
        let found = problems(&text);
        assert!(found.len() == 1 && found[0].starts_with(place), "{only}: {found:?}");
    }
}

#[test]
fn templates_join_columns_and_know_their_place() {
    let dialect = dialect(
        "dialect: x\ncolumns: [d, t, a]\nzone: UTC\nfields:\n  recordId: '{{{a}}}-{line}'\n  callingNumber: a\n  calledNumber: {value: '+2'}\n  seizureTime: {from: '{d} {t}', format: '%d.%m.%Y %H:%M'}\n",
    );
    let reader = dialect.bind(&[]).expect("fits");
    let cdr = call(reader.read(&["01.01.2026", "09:00", "+1"], "f", 3));
    assert_eq!((cdr.at, cdr.fingerprint), (NINE, Fingerprint::of("{+1}-3")));
    let reject = reader.read(&["", " ", "+1"], "f", 4).expect_err("has no time");
    assert_eq!(reject.code, RejectCode::MissingField);
}

#[test]
fn an_asterisk_row_is_read() {
    let reader = Dialect::built_in("asterisk").expect("known").bind(&[]).expect("fits");
    let read = |disposition: &str, answer: &str| {
        let row = format!(
            "acc|+8613800000000|10086|internal|\"Li\" <1>|SIP/a-1|SIP/b-2|Dial|SIP/b|2026-01-01 09:00:00|{answer}|2026-01-01 09:00:30|30|25|{disposition}|DOCUMENTATION|1767258000.1|"
        );
        call(reader.read(&row.split('|').collect::<Vec<_>>(), "Master.csv", 1))
    };
    let cdr = read("ANSWERED", "2026-01-01 09:00:05");
    assert_eq!((cdr.at, cdr.answer, cdr.call_duration), (NINE, Answer::Answered, Some(Millis(25_000))));
    assert_eq!((cdr.fingerprint, cdr.served), (Fingerprint::of("1767258000.1:SIP/b-2:"), Served::No));
    assert_eq!(read("NO ANSWER", "").answer, Answer::Unanswered);
    assert_eq!(read("BUSY", "0000-00-00 00:00:00").answer, Answer::Unanswered);
}

#[test]
fn a_freeswitch_row_is_read() {
    let reader = Dialect::built_in("freeswitch").expect("known").bind(&[]).expect("fits");
    let row = "Li|+8613800000000|10086|default|2026-01-01 09:00:00|2026-01-01 09:00:04|2026-01-01 09:00:15|15|11|NORMAL_CLEARING|0c9a|0c9b||PCMA|PCMA";
    let cdr = call(reader.read(&row.split('|').collect::<Vec<_>>(), "Master.csv", 1));
    assert_eq!((cdr.at, cdr.answer, cdr.call_duration), (NINE, Answer::Answered, Some(Millis(11_000))));
    let row = "Li|+8613800000000|10086|default|2026-01-01 09:00:00||2026-01-01 09:00:15|15|0|NO_ANSWER|0c9a||||";
    let cdr = call(reader.read(&row.split('|').collect::<Vec<_>>(), "Master.csv", 1));
    assert_eq!((cdr.at, cdr.answer), (NINE, Answer::AssumedUnanswered));
}

#[test]
fn a_3gpp_row_is_read_with_few_columns_and_with_parts() {
    let dialect = Dialect::built_in("3gpp-csv").expect("known");
    let header = [
        "recordType",
        "recordingEntity",
        "callReference",
        "sequenceNumber",
        "callingNumber",
        "calledNumber",
        "answerTime",
        "callDuration",
        "causeForTerm",
    ];
    let reader = dialect.bind(&header).expect("fits");
    let row = ["0", "msc7", "c1", "2", "+8613800000000", "+8613900000000", "260101170000+0800", "900", "1"];
    let cdr = call(reader.read(&row, "f.csv", 2));
    assert_eq!((cdr.at, cdr.record_type, cdr.answer), (NINE, Some(RecordType::MoCall), Answer::Answered));
    assert_eq!(cdr.part.map(|part| part.sequence_number), Some(2));
    assert_eq!(cdr.fingerprint, Fingerprint::of("msc7:c1:2"));
    let mt = ["mtCallRecord", "msc7", "c1", "", "+8613800000000", "+8613900000000", "260101170000+0800", "900", "0"];
    let counted = dialect.counting([RecordType::MoCall].into_iter().collect()).bind(&header).expect("fits");
    assert_eq!(counted.read(&mt, "f.csv", 3), Ok(None));
    let error = Dialect::built_in("3gpp-csv").expect("known").bind(&header[..6]).expect_err("has no time");
    assert!(
        error.to_string().contains("no column `seizureTime` (for seizureTime, or another for answerTime)"),
        "{error}"
    );
}

#[test]
fn a_cgrates_row_is_read() {
    let reader = Dialect::built_in("cgrates").expect("known").bind(&[]).expect("fits");
    let row = "5ae8|*default|*voice|o1|*rated|cgrates.org|call|+8613800000000|1001|+8613900000000|2026-01-01T09:00:00Z|2026-01-01T09:00:05Z|1m10s|0.1";
    let cdr = call(reader.read(&row.split('|').collect::<Vec<_>>(), "f", 1));
    assert_eq!((cdr.at, cdr.answer, cdr.call_duration), (NINE, Answer::Answered, Some(Millis(70_000))));
    let row = row.replace("2026-01-01T09:00:05Z|1m10s", "0001-01-01T00:00:00Z|0s");
    assert_eq!(call(reader.read(&row.split('|').collect::<Vec<_>>(), "f", 1)).answer, Answer::AssumedUnanswered);
    let row = row.replace("*voice", "*sms");
    assert_eq!(reader.read(&row.split('|').collect::<Vec<_>>(), "f", 1), Ok(None));
}

#[test]
fn a_twilio_line_is_read() {
    let reader = Dialect::built_in("twilio").expect("known").bind(&[]).expect("fits");
    let line = br#"{"sid":"CA1","account_sid":"AC1","from":"+14155550100","to":"+14155550101","date_created":"Thu, 01 Jan 2026 09:00:00 +0000",
        "start_time":"Thu, 01 Jan 2026 09:00:02 +0000","end_time":null,"duration":"15","status":"completed","subresource_uris":{"a":[1]}}"#;
    let cdr = call(reader.read_json(line, "f", 1));
    assert_eq!((cdr.at, cdr.answer, cdr.call_duration), (NINE, Answer::Answered, Some(Millis(15_000))));
    let busy = String::from_utf8_lossy(line).replace("completed", "busy");
    assert_eq!(call(reader.read_json(busy.as_bytes(), "f", 1)).answer, Answer::Unanswered);
    for (broken, expected) in [
        ("", "bad_json: there is nothing but blanks"),
        ("{", "bad_json: cut short: the object is not closed, at character 1"),
        ("[]", "not_an_object: no JSON object: it is a list"),
        ("{} {}", "trailing_text: there is another object behind the object, from character 4 on"),
        (r#"{"sid":{}}"#, "invalid_field: `sid` holds a list or an object, where a text or a number is expected"),
        (r#"{"from":["+1"]}"#, "invalid_field: `from` holds a list or an object, where a text or a number is expected"),
        (r#"{"sid":"a","sid":"b"}"#, "duplicate_key: `sid` is given twice"),
    ] {
        let reject = reader.read_json(broken.as_bytes(), "f", 1).expect_err(broken);
        assert_eq!(reject.to_string(), expected, "{broken}");
    }
}

#[test]
fn a_complaint_of_the_ftc_is_read() {
    let header = [
        "Company_Phone_Number",
        "Created_Date",
        "Violation_Date",
        "Consumer_City",
        "Consumer_State",
        "Consumer_Area_Code",
        "Subject",
        "Recorded_Message_Or_Robocall",
    ];
    let reader = Dialect::built_in("ftc-complaints").expect("known").bind(&header).expect("fits");
    let row = ["4155550100", "2021-07-07 00:01:15", "2021-07-06 11:48:00", "", "California", "510", "Other", "Y"];
    let read = complaint(reader.read(&row, "ftc.csv", 2));
    assert_eq!(read.complained_number.to_string(), "+14155550100");
    assert_eq!(read.at.to_string(), "2021-07-07T04:01:15.000Z");
    assert_eq!(read.call_time.map(|time| time.to_string()).as_deref(), Some("2021-07-06T15:48:00.000Z"));
    assert_eq!(read.category.as_deref(), Some("Other"));
    let hidden = reader.read(&["", "2021-07-07 00:01:15", "", "", "", "", "", ""], "ftc.csv", 3).expect_err("no key");
    assert_eq!(hidden.code, RejectCode::HiddenNumber);
}

#[test]
fn json_dialects_find_nested_keys_and_numbers() {
    let dialect = dialect(
        "dialect: x\nformat: jsonl\nonly: variables.direction == \"out\"\nfields:\n  recordId: variables.uuid\n  callingNumber: a.b\n  calledNumber: n\n  seizureTime: {from: variables.start, format: epoch_s}\n  answered: ok\n",
    );
    let reader = dialect.bind(&[]).expect("fits");
    let cdr = call(reader.read_json(
        br#"{"variables":{"uuid":17,"start":1767258000.25,"direction":"out","other":{"uuid":"no"}},"a.b":"+1","n":10086,"ok":true}"#,
        "f",
        1,
    ));
    assert_eq!((cdr.at, cdr.fingerprint), (NINE.plus(Millis(250)), Fingerprint::of("17")));
    assert_eq!((cdr.called_number.to_string(), cdr.answer), ("10086".into(), Answer::Answered));
    assert_eq!(reader.read_json(b"{}", "f", 1), Ok(None));
}

#[test]
fn the_contract_reads_alike_as_json_and_as_columns() {
    let json = r#"{"recordId":"r","recordType":"moCall","callingNumber":"+8613800000000","calledNumber":"10086","seizureTime":"2026-01-01T17:00:00+08:00","callDuration":1.5,"causeForTerm":3,"cell":"c"}"#;
    let header = [
        "recordId",
        "recordType",
        "callingNumber",
        "calledNumber",
        "seizureTime",
        "callDuration",
        "causeForTerm",
        "cell",
        "other",
    ];
    let row = ["r", "moCall", "+8613800000000", "10086", "2026-01-01T17:00:00+08:00", "1.5", "3", "c", "x"];
    let expected = call(Dialect::canonical(RecordKind::Cdr, Format::Jsonl).bind(&[]).expect("fits").read_json(
        json.as_bytes(),
        "f",
        1,
    ));
    assert_eq!(
        call(Dialect::built_in("json").expect("known").bind(&[]).expect("fits").read_json(json.as_bytes(), "f", 1)),
        expected
    );
    assert_eq!(
        call(Dialect::canonical(RecordKind::Cdr, Format::Csv).bind(&header).expect("fits").read(&row, "f", 1)),
        expected
    );
    // With a condition the same keys are read by the general way.
    let general = dialect("dialect: x\nextends: json\nonly: recordId == \"r\"\n");
    assert_eq!(call(general.bind(&[]).expect("fits").read_json(json.as_bytes(), "f", 1)), expected);
}

proptest! {
    #[test]
    fn no_dialect_file_panics(text in "\\PC{0,200}") {
        let _ = Dialect::compile("f", &text);
    }

    #[test]
    fn no_mutilated_dialect_file_panics(which in 0usize..BUILT_IN.len(), from in 0usize..1500, length in 0usize..40, patch in "[{}\"': %a-z\\n\\[\\]]{0,6}") {
        let mut text = String::new();
        let _ = write!(text, "dialect: x\nextends: {}\nonly: a == \"b\" and not (c in [\"d\"])\nfields:\n  recordId: '{{a}}:{{line}}'\n  seizureTime: {{from: '{{d}} {{t}}', format: '%Y-%m-%d %H:%M:%S%.f'}}\n", BUILT_IN[which]);
        let start = (0..=from % text.len()).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let end = (start + length).min(text.len());
        text.replace_range(start..end, &patch);
        let _ = Dialect::compile("f", &text);
    }

    #[test]
    fn no_row_panics(texts in prop::collection::vec("\\PC{0,12}|[0-9:.+ -]{0,30}", 18), which in 0usize..BUILT_IN.len(), json in "\\PC{0,60}|\\{\"sid\":[0-9\\[{\"]{0,9}\\}") {
        let dialect = Dialect::built_in(BUILT_IN[which]).expect("known");
        let row: Vec<&str> = texts.iter().map(String::as_str).collect();
        if let Ok(reader) = dialect.bind(&row) {
            for width in 0..=row.len() {
                let _ = reader.read(&row[..width], "f", 1);
            }
            let _ = reader.read_json(json.as_bytes(), "f", 1);
        }
    }
}

/// A file of the shared data, unpacked.
fn shared(name: &str) -> Option<String> {
    let packed = std::fs::read(ringfence_test_data::file(&format!("data/{name}"))?).expect("readable");
    let unpacked = zstd::decode_all(packed.as_slice()).expect("unpacks");
    Some(String::from_utf8(unpacked).expect("is UTF-8"))
}

/// What became of the rows of a file, as (calls and complaints, filtered, rejects by code).
fn counts(dialect: &Dialect, name: &str, text: &str) -> (u64, u64, std::collections::BTreeMap<&'static str, u64>) {
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes()).into_records();
    let header = rows.next().expect("has a header").expect("is a row");
    let reader = dialect.bind(&header.iter().collect::<Vec<_>>()).expect("fits");
    let (mut read, mut filtered, mut rejected) = (0, 0, std::collections::BTreeMap::new());
    for row in rows {
        let row = row.expect("is a row");
        let line = row.position().map_or(0, csv::Position::line);
        match reader.read(&row.iter().collect::<Vec<_>>(), name, line) {
            Ok(None) => filtered += 1,
            Ok(_) => read += 1,
            Err(reject) => *rejected.entry(reject.code.name()).or_default() += 1,
        }
    }
    (read, filtered, rejected)
}

#[test]
fn real_calls_are_read_without_loss() {
    let Some(text) = shared("nodobo-calls.csv.zst") else { return };
    let nodobo = |only: &str| {
        dialect(&format!(
            "dialect: nodobo\nheader: true\nnumbers: opaque\nserved: calling\n{only}\nfields:\n  recordId: '{{file}}:{{line}}'\n  \
             recordType: {{value: moCall}}\n  callingNumber: user\n  calledNumber: other\n  \
             seizureTime: {{from: timestamp, format: '%a %b %d %H:%M:%S %z %Y'}}\n  callDuration: {{from: duration, unit: s}}\n"
        ))
    };
    let outgoing = counts(&nodobo("only: direction == \"Outgoing\""), "nodobo-calls.csv", &text);
    assert_eq!((outgoing.0 + outgoing.2.values().sum::<u64>(), outgoing.1), (8039, 4992));
    println!("outgoing: {outgoing:?}");
    let all = counts(&nodobo(""), "nodobo-calls.csv", &text);
    println!("all: {all:?}");
    assert_eq!(all.0 + all.2.values().sum::<u64>(), 13_031);
    assert_eq!(all.2, [("hidden_number", 1)].into_iter().collect(), "the one empty row");
}

#[test]
fn real_complaints_are_read_without_loss() {
    let Some(text) = shared("ftc-complaints-2021-07-08.csv.zst") else { return };
    let dialect = Dialect::built_in("ftc-complaints").expect("known");
    let (read, filtered, rejected) = counts(&dialect, "ftc.csv", &text);
    println!("read {read}, rejected {rejected:?}");
    assert_eq!((read + rejected.values().sum::<u64>(), filtered), (14_034, 0));
}
