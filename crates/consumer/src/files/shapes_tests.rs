//! Files as other systems, spreadsheets and crashes leave them: each row is read, or refused where it stands.

use std::io::Cursor;

use ringfence_cdr::Treatment;
use ringfence_cdr::dialect::Dialect;

use super::tests::*;
use super::window::RECORD_MAX;
use super::*;

fn rows(ids: &[&str]) -> String {
    ids.iter().map(|id| row(id) + "\n").collect()
}

fn call(id: &str) -> String {
    format!(
        r#"{{"recordId":"{id}","callingNumber":"+15550100001","calledNumber":"+15550100002","seizureTime":1767225600000}}"#
    )
}

#[test]
fn rows_may_end_in_cr() {
    let text = format!("{HEADER}\n{}", rows(&["r1", "r2", "r3"]));
    assert_eq!(outcomes(text.replace('\n', "\r"), csv()), ["2 call", "3 call", "4 call"]);
    assert_eq!(outcomes(text.trim_end().replace('\n', "\r"), csv()), ["2 call", "3 call", "4 call"]);
    assert_eq!(outcomes(text.replace('\n', "\r\r\n"), csv()), ["2 call", "3 call", "4 call"]);
    assert_eq!(outcomes(format!("{HEADER}\r"), csv()), [""; 0]);
    let unnamed = "columns: [recordId, callingNumber, calledNumber, seizureTime]";
    assert_eq!(outcomes(rows(&["r1", "r2"]).replace('\n', "\r"), dialect(unnamed)), ["1 call", "2 call"]);
    let quoted = format!("{HEADER}\r\"r\r1\"{}\r{}\r", &row("r1")[2..], row("r2"));
    assert_eq!(outcomes(quoted, csv()), ["2 call", "4 call"]);
    let json = format!("{}\r{}\r", call("a"), call("b"));
    assert_eq!(outcomes(json, jsonl()), ["1 call", "2 call"]);
}

#[test]
fn among_lines_that_end_in_lf_a_cr_ends_a_row_where_both_sides_are_whole() {
    let text = format!("{HEADER}\n{}\r{}\n{}\n", row("r1"), row("r2"), row("r3"));
    assert_eq!(outcomes(text, csv()), ["2 call", "3 call", "4 call"]);
    let noted = format!("{HEADER},note\n{},first\rsecond\n{},x\r", row("r1"), row("r2"));
    assert_eq!(outcomes(noted, csv()), ["2 call", "3 call"]);
    // However long the line is that such rows make.
    let many = format!("{HEADER}\n{}\n", rows(&["r"; 100_000]).replace('\n', "\r"));
    assert!(many.len() > 2 * RECORD_MAX);
    let mut records =
        FileRecords::from_reader("calls.csv", Cursor::new(many.clone().into_bytes()), csv()).expect("opens");
    let calls = records.by_ref().filter(|record| record.as_ref().is_ok_and(|record| record.decoded.is_ok())).count();
    assert_eq!(calls, 100_000);
    assert!(records.bytes_scanned() < 8 * many.len() as u64, "each byte is looked at a few times");
}

#[test]
fn blanks_and_lost_blocks_are_no_rows() {
    let text = format!("{HEADER}\n \t \n{}\n\0\0\0\0\n\0\0{}\0\n\0\0\0", row("r1"), row("r2"));
    assert_eq!(outcomes(text, csv()), ["3 call", "5 call"]);
    let json = format!("  \n{}\n\0\0\n \t{}  \n   ", call("a"), call("b"));
    assert_eq!(outcomes(json, jsonl()), ["2 call", "4 call"]);
    let tabs = dialect("header: true\ndelimiter: \"\\t\"");
    let text = format!("{HEADER}\n{}\n\t\t\t\n", row("r1")).replace(',', "\t");
    assert_eq!(outcomes(text, tabs), ["2 call", "3 missing_field"], "delimiters are no blanks");
}

#[test]
fn joined_files_have_headers_and_marks_in_their_middle() {
    let one = |id: &str| format!("\u{feff}{HEADER}\n{}", rows(&[id]));
    assert_eq!(outcomes(one("r1") + &one("r2"), csv()), ["2 call", "3 filtered", "4 call"]);
    let quoted = HEADER.replace("recordId", "\"recordId\"");
    assert_eq!(outcomes(format!("{HEADER}\n{}{quoted}\n", rows(&["r1"])), csv()), ["2 call", "3 filtered"]);
    let typed = format!("{HEADER}\nVARCHAR(50),VARCHAR(50),VARCHAR(50),INTEGER\n{}", rows(&["r1"]));
    assert_eq!(outcomes(typed, csv()), ["2 filtered", "3 call"]);
    let json = format!("\u{feff}{}\n\u{feff}{}\n", call("a"), call("b"));
    assert_eq!(outcomes(json, jsonl()), ["1 call", "2 call"]);
}

#[test]
fn utf16_is_read_by_its_mark_or_as_the_dialect_says() {
    let text = format!("{HEADER},name\r\n{},Müller 😀\r\n{},x\r\n", row("r1"), row("r2"));
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(outcomes([b"\xff\xfe", &little[..]].concat(), csv()), ["2 call", "3 call"]);
    assert_eq!(outcomes([b"\xfe\xff", &big[..]].concat(), csv()), ["2 call", "3 call"]);
    assert_eq!(outcomes(little.clone(), dialect("encoding: utf-16le\nheader: true")), ["2 call", "3 call"]);
    let json: Vec<u8> =
        format!("\u{feff}{}\n{}\n", call("a"), call("b")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(outcomes(json, jsonl()), ["1 call", "2 call"]);
    // Half a pair in a name that nobody reads, and a file cut within a character.
    let mut broken = [b"\xff\xfe", &little[..]].concat();
    let pair = broken.windows(2).position(|unit| unit == 0xde00u16.to_le_bytes()).expect("there");
    broken.drain(pair..pair + 2);
    broken.truncate(broken.len() - 5);
    let records = read(broken, csv());
    let treatments: Vec<bool> = records
        .iter()
        .map(|record| {
            let record = record.as_ref().expect("a record").decoded.as_ref().expect("a call").as_ref().expect("counts");
            record.treatments().contains(Treatment::ReplacedBytes)
        })
        .collect();
    assert_eq!(treatments, [true, true]);
}

#[test]
fn zeros_behind_a_member_or_a_frame_are_padding() {
    let directory = tempfile::tempdir().expect("writable");
    let (first, second) = (format!("{HEADER}\n{}", rows(&["r1"])), rows(&["r2"]));
    let pack = |text: &str| zstd::encode_all(text.as_bytes(), 3).expect("in memory");
    let zeros = vec![0; 100_000];
    for (name, [one, two]) in
        [("a.csv.gz", [gzip(&first), gzip(&second)]), ("a.csv.zst", [pack(&first), pack(&second)])]
    {
        let padded = [&one[..], &zeros[..1000], &two, &zeros].concat();
        assert_eq!(open(&write(directory.path(), name, &padded)), ["2 call", "3 call"], "{name}");
        let garbage = open(&write(directory.path(), name, &[&one[..], b"\0\0garbage"].concat()));
        assert_eq!(garbage[0], "2 call");
        assert!(garbage[1].contains("damaged or cut short"), "{garbage:?}");
    }
}

#[test]
fn rows_may_end_in_a_delimiter_where_the_header_does_not() {
    let ended = |id: &str| row(id) + ",";
    let text = format!("{HEADER}\n{}\n\"r\n2\"{}\n", ended("r1"), &ended("r2")[2..]);
    assert_eq!(outcomes(text, csv()), ["2 call", "3 call"]);
    let mixed = format!("{HEADER}\n{}\n{}\n{},x\n", ended("r1"), row("r2"), row("r3"));
    assert_eq!(outcomes(mixed, csv()), ["2 call", "3 column_count", "4 column_count"]);
    let late = format!("{HEADER}\n{}\n{}\n", row("r1"), ended("r2"));
    assert_eq!(outcomes(late, csv()), ["2 call", "3 column_count"]);
}

#[test]
fn a_stray_quote_never_takes_the_next_row_with_it() {
    let name = |id: &str, name: &str| format!("{},{name}\n", row(id));
    let header = format!("{HEADER},name\n");
    let stray = header.clone() + &name("r1", "\"never closed") + &name("r2", "x") + &name("r3", "y\"");
    assert_eq!(outcomes(stray, csv()), ["2 call", "3 call", "4 call"]);
    let text = header + &name("r1", "\"a\nb, \"\"c\"\"\nd\"") + &name("r2", "x");
    assert_eq!(outcomes(text, csv()), ["2 call", "5 call"], "a column may have line ends in it");
    let bars = dialect("header: true\ndelimiter: \"|\"\nquote: none");
    let text = format!("{HEADER},json\n{},{{\"a\":\"x\"}}\n{},\"open\n", row("r1"), row("r2")).replace(',', "|");
    assert_eq!(outcomes(text, bars), ["2 call", "3 call"]);
}

#[test]
fn a_list_is_read_element_by_element() {
    let pretty = |id: &str| call(id).replace(',', ",\n   ").replace('{', "  {");
    assert_eq!(
        outcomes(format!("[{},{},{}]", call("a"), call("b"), call("c")), jsonl()),
        ["1 call", "1 call", "1 call"]
    );
    assert_eq!(outcomes(format!("\u{feff}\n[\n{},\n{}\n]\n", pretty("a"), pretty("b")), jsonl()), ["3 call", "7 call"]);
    assert_eq!(
        outcomes(format!("[{}]\n[{}]\n{}\n", call("a"), call("b"), call("c")), jsonl()),
        ["1 call", "2 call", "3 call"]
    );
    assert_eq!(outcomes("[]", jsonl()), [""; 0]);
    assert_eq!(
        outcomes(format!("[7, \"x\", {},]", call("a")), jsonl()),
        ["1 not_an_object", "1 not_an_object", "1 call"]
    );
    let cr = format!("[\n{},\n{}\n]\n", pretty("a"), pretty("b")).replace('\n', "\r");
    assert_eq!(outcomes(cr, jsonl()), ["2 call", "6 call"]);
}

#[test]
fn a_broken_element_does_not_take_the_others_with_it() {
    let lines = |broken: &str| format!("[\n{},\n{broken},\n{}\n]", call("a"), call("c"));
    let expected = ["2 call", "3 bad_json", "4 call"];
    assert_eq!(outcomes(lines(&call("b").replace('}', "")), jsonl()), expected, "a brace is missing");
    assert_eq!(
        outcomes(lines(&call("b").replace(",\"seizure", "\",\"seizure")), jsonl()),
        expected,
        "a quote too many"
    );
    assert_eq!(outcomes(lines(&call("b").replace("\"b\"", "\"b")), jsonl()), expected, "a quote is missing");
    let nan = call("b").replace(":1767225600000", ":NaN");
    assert_eq!(outcomes(lines(&nan), jsonl()), ["2 call", "3 not_a_number", "4 call"]);
    let cut = format!("[{},\n{},\n{}", call("a"), call("b"), &call("c")[..20]);
    let short = "calls.csv: the list of records is not closed: the file is cut short at line 3";
    assert_eq!(outcomes(cut, jsonl()), ["1 call", "2 call", "3 bad_json", short]);
    let between = format!("[{},\n", call("a"));
    assert_eq!(outcomes(between, jsonl())[0], "1 call");
    let long = format!("{{\"recordId\":\"{}\"}}", "x".repeat(3 * RECORD_MAX));
    assert_eq!(outcomes(lines(&long), jsonl()), ["2 call", "3 too_large", "4 call"]);
}

#[test]
fn k1_a_list_is_looked_at_once() {
    for (shape, element) in
        [("whole", call("a")), ("open", "{\"a\":{\"b\":[".to_owned()), ("odd", "{\"a\":\"x},".to_owned())]
    {
        let text = format!("[{}]", vec![element; 20_000].join(",\n"));
        let bytes = text.len() as u64;
        let mut records =
            FileRecords::from_reader("calls.json", Cursor::new(text.into_bytes()), jsonl()).expect("opens");
        assert!(records.by_ref().count() >= 1);
        assert!(records.bytes_scanned() <= 3 * bytes + 1_000_000, "{shape}: {} of {bytes}", records.bytes_scanned());
    }
}

#[test]
fn a_name_does_not_take_its_caller_out_of_the_count() {
    // As FreeSWITCH writes them: in quotes that know nothing of quotes, in whatever bytes the caller sent.
    let names: [&[u8]; 6] = [b"Alice", b"M\xfcller", b"Bob \"B\" Jones", b"Bob \"The, Man\"", b"\xff\"\xfe", b"\""];
    let mut text = format!("{HEADER},name\n").into_bytes();
    for (at, name) in names.iter().enumerate() {
        let quoted = row(&format!("r{at}")).split(',').map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(",");
        text.extend_from_slice(quoted.as_bytes());
        text.extend_from_slice(&[&b",\""[..], name, b"\"\n"].concat());
    }
    let outcomes = outcomes(text, csv());
    assert!(outcomes.iter().all(|outcome| outcome.ends_with(" call")), "{outcomes:?}");
    assert_eq!(outcomes.len(), names.len());
}

#[test]
fn a_dialect_of_other_systems_reads_the_same_shapes() {
    let text =
        "dialect: own\nformat: jsonl\nfields: {recordId: id, callingNumber: a.b, calledNumber: c, seizureTime: t}\n";
    let own = Dialect::compile("own.yaml", text).unwrap_or_else(|error| panic!("{error}"));
    let line = |id: &str, more: &str| {
        format!(r#"{{"id":{id},"a":{{"b":"+15550100001"}},"c":"+15550100002","t":1767225600000{more}}}"#)
    };
    let lines = [line("1", r#","x":"\ud83d""#), line("2", r#","c":"3""#), line("3", ",\"x\":[NaN]"), line("4", "")];
    let expected = ["1 call", "2 duplicate_key", "3 not_a_number", "4 call"];
    assert_eq!(outcomes(lines.join("\n"), own.clone()), expected);
    assert_eq!(outcomes(format!("[\n{}]", lines.join(",\n")), own).len(), 4);
}
