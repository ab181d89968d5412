//! Rows that end early, and lengths of time as people write them.

use super::Dialect;
use crate::{Millis, Record, RejectCode, Treatment};

fn dialect(keys: &str, unit: &str) -> Dialect {
    let text = format!(
        "dialect: own\nheader: true\n{keys}fields: {{recordId: id, callingNumber: a, calledNumber: b, seizureTime: ts, \
         callDuration: {{from: dur, unit: {unit}}}, answered: {{from: state, equals: OK}}}}\n"
    );
    Dialect::compile("own.yaml", &text).unwrap_or_else(|error| panic!("{error}"))
}

const HEADER: [&str; 6] = ["id", "a", "b", "ts", "dur", "state"];

fn duration(unit: &str, text: &str) -> Result<Option<Millis>, RejectCode> {
    let reader = dialect("", unit).bind(&HEADER).expect("fits");
    let row = ["1", "+15550100001", "+15550100002", "2026-01-01T00:00:00Z", text, "OK"];
    match reader.read(&row, "own.csv", 2) {
        Ok(Some(Record::Call(call))) => Ok(call.call_duration),
        Ok(other) => panic!("no call: {other:?}"),
        Err(reject) => Err(reject.code),
    }
}

#[test]
fn a_row_may_end_early_where_the_dialect_says_so() {
    let short = ["1", "+15550100001", "+15550100002", "2026-01-01T00:00:00Z"];
    let strict = dialect("", "s").bind(&HEADER).expect("fits");
    assert_eq!(strict.read(&short, "own.csv", 2).map_err(|reject| reject.code), Err(RejectCode::ColumnCount));
    let lenient = dialect("missing: absent\n", "s").bind(&HEADER).expect("fits");
    let Ok(Some(Record::Call(call))) = lenient.read(&short, "own.csv", 2) else { panic!("a call") };
    assert_eq!((call.call_duration, call.answer.is_answered()), (None, false));
    // What a record cannot do without must be there, and nothing may be too much.
    let code = |row: &[&str]| lenient.read(row, "own.csv", 2).map_err(|reject| reject.code);
    assert_eq!(code(&short[..2]), Err(RejectCode::MissingField));
    assert_eq!(code(&["1", "2", "3", "4", "5", "6", "7"]), Err(RejectCode::ColumnCount));
}

#[test]
fn lengths_are_read_in_every_unit_with_a_point_or_a_comma() {
    let seconds = |seconds: i64| Ok(Some(Millis(seconds * 1000)));
    for (unit, text, expected) in [
        ("clock", "00:08:10", seconds(490)),
        ("clock", "0:00:04", seconds(4)),
        ("clock", "02:03", seconds(123)),
        ("clock", "100:00:00", seconds(360_000)),
        ("clock", "00:00:01.5", Ok(Some(Millis(1500)))),
        ("clock", "00:00:01,25", Ok(Some(Millis(1250)))),
        ("clock", "", Ok(None)),
        ("s", "12,5", Ok(Some(Millis(12_500)))),
        ("min", "1,5", seconds(90)),
        ("min", "1.5", seconds(90)),
        ("ms", "250", Ok(Some(Millis(250)))),
        ("s", "7", seconds(7)),
        ("s", "0.0019", Ok(Some(Millis(1)))),
        ("s", "", Ok(None)),
        ("duration", "1h2m3.5s", Ok(Some(Millis(3_723_500)))),
        ("duration", "250ms", Ok(Some(Millis(250)))),
        ("duration", "0", seconds(0)),
        ("duration", "10000000000", seconds(10)),
        // What no call can have lasted is no duration, and no reason to refuse the attempt.
        ("clock", "-1:00:00", Ok(None)),
        ("clock", "9000:00:00", Ok(None)),
        ("s", "-1", Ok(None)),
        ("s", "136298900000.000000", Ok(None)),
        ("s", "99999999999999999999999", Ok(None)),
        ("duration", "-5000000000", Ok(None)),
        ("duration", "-1m2.5s", Ok(None)),
    ] {
        assert_eq!(duration(unit, text), expected, "{unit} {text}");
    }
    for (unit, text) in [
        ("clock", "490"),
        ("clock", "00:60:00"),
        ("clock", "00:00:60"),
        ("clock", "1:2:3:4"),
        ("clock", "00:00:001"),
        ("clock", "--1:00:00"),
        ("clock", "00:1.5:00"),
        ("s", "1,234.5"),
        ("s", "1,2,3"),
        ("s", "- 1"),
        ("s", "1e3"),
        ("s", "7s"),
        ("duration", "1x"),
        ("duration", "s"),
        ("duration", "1h-2m"),
        ("duration", "--1s"),
    ] {
        assert_eq!(duration(unit, text), Err(RejectCode::InvalidField), "{unit} {text}");
    }
}

#[test]
fn a_reject_says_which_column_is_at_fault_and_what_it_looks_like() {
    let reader = dialect("", "s").bind(&HEADER).expect("fits");
    let row = ["1", "+15550100001", "+15550100002", "01-02-2026 09:00", "5", "OK"];
    let reject = reader.read(&row, "own.csv", 2).expect_err("no time");
    let hint = reject.said_hint().expect("more is known");
    assert_eq!((hint.field, hint.to_string()), (Some("seizureTime"), "`ts` is written like `99-99-9999 99:99`".into()));
    let row = ["1", "", "+15550100002", "0", "5", "OK"];
    let reject = reader.read(&row, "own.csv", 2).expect_err("hidden");
    assert_eq!(reject.said_hint().expect("more is known").to_string(), "it is read from `a`");
}

#[test]
fn odd_quotes_are_read_where_no_column_may_be_missing_and_said() {
    let row = |name: &str| format!("1,\"+15550100001\",+15550100002,2026-01-01T00:00:00Z,5,{name}");
    let read = |keys: &str, name: &str| {
        let reader = dialect(keys, "s").bind(&HEADER).expect("fits");
        reader.decode(row(name).as_bytes(), super::Place::Line { file: "own.csv", line: 2 })
    };
    let call = |keys: &str, name: &str| match read(keys, name) {
        Ok(Some(Record::Call(call))) => call,
        other => panic!("no call: {other:?}"),
    };
    assert_eq!(call("", "\"OK\"").treatments.iter().count(), 0);
    let odd = call("", "\"Bob \"B\" Jones\"");
    assert_eq!(odd.treatments.iter().collect::<Vec<_>>(), [Treatment::OddQuotes]);
    assert_eq!(odd.calling_number.to_string(), "+15550100001");
    let code = |keys: &str, name: &str| read(keys, name).map_err(|reject| reject.code);
    assert_eq!(code("", "\"Bob \"The, Man\""), Err(RejectCode::OddQuotes));
    assert_eq!(code("missing: absent\n", "\"Bob \"B\" Jones\""), Err(RejectCode::OddQuotes));
    assert_eq!(code("quote: none\n", "\"OK\""), Err(RejectCode::InvalidNumber), "quotes are part of the number");
}

#[test]
fn bytes_that_are_no_text_count_only_in_columns_that_are_read() {
    let read = |caller: &[u8], name: &[u8]| {
        let reader = dialect("only: state != \"TEST\"\n", "s").bind(&[&HEADER[..], &["name"]].concat()).expect("fits");
        let row = [b"1,", caller, b",+15550100002,2026-01-01T00:00:00Z,5,OK,", name].concat();
        reader.decode(&row, super::Place::Line { file: "own.csv", line: 2 })
    };
    let Ok(Some(Record::Call(call))) = read(b"+15550100001", b"M\xfcller") else { panic!("a call") };
    assert_eq!(call.treatments.iter().collect::<Vec<_>>(), [Treatment::ReplacedBytes]);
    let reject = read(b"+1555010\xff0001", b"M\xfcller").expect_err("no text");
    assert_eq!((reject.code, reject.field()), (RejectCode::BadEncoding, Some("callingNumber")));
}
