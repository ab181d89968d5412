use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use ringfence_cdr::dialect::{Dialect, Format};
use ringfence_cdr::{Record, RecordKind, RejectCode};

use super::quoted::QuoteState;
use super::splitter::{HEAD, Layout, PieceKind, Splitter};
use super::window::RECORD_MAX;
use super::*;

pub(super) const HEADER: &str = "recordId,callingNumber,calledNumber,seizureTime";

pub(super) fn csv() -> Dialect {
    Dialect::canonical(RecordKind::Cdr, Format::Csv)
}

pub(super) fn jsonl() -> Dialect {
    Dialect::canonical(RecordKind::Cdr, Format::Jsonl)
}

/// A dialect of four columns without a header, with these further lines.
pub(super) fn dialect(lines: &str) -> Dialect {
    let text = format!(
        "dialect: test\nformat: csv\n{lines}\nfields:\n  recordId: recordId\n  callingNumber: callingNumber\n  \
         calledNumber: calledNumber\n  seizureTime: seizureTime\n"
    );
    Dialect::compile("test.yaml", &text).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn row(id: &str) -> String {
    format!("{id},+8613800000000,10086,1767225600000")
}

pub(super) fn read(bytes: impl Into<Vec<u8>>, dialect: Dialect) -> Vec<Result<FileRecord, FileError>> {
    FileRecords::from_reader("calls.csv", Cursor::new(bytes.into()), dialect).expect("opens").collect()
}

/// Line and outcome of each record: `call`, `filtered`, a reject's code, or the error that ended the file.
pub(super) fn outcomes(bytes: impl Into<Vec<u8>>, dialect: Dialect) -> Vec<String> {
    read(bytes, dialect).into_iter().map(outcome).collect()
}

pub(super) fn outcome(record: Result<FileRecord, FileError>) -> String {
    match record {
        Ok(FileRecord { line, decoded: Ok(Some(Record::Call(_))), .. }) => format!("{line} call"),
        Ok(FileRecord { line, decoded: Ok(Some(Record::Complaint(_))), .. }) => format!("{line} complaint"),
        Ok(FileRecord { line, decoded: Ok(None), .. }) => format!("{line} filtered"),
        Ok(FileRecord { line, decoded: Err(reject), .. }) => format!("{line} {}", reject.code.name()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn lines_are_physical_and_empty_ones_are_no_records() {
    let text =
        format!("\n{HEADER}\r\n\r\n{}\r\n\n\"r\n\n2\",+8613800000000,10086,1767225600000\n{}", row("r1"), row("r3"));
    assert_eq!(outcomes(text.clone(), csv()), ["4 call", "6 call", "9 call"]);
    let records = read(text, csv());
    let raw = |at: usize| records[at].as_ref().expect("a record").raw.clone();
    assert_eq!(raw(0), row("r1").into_bytes());
    assert_eq!(raw(1), b"\"r\n\n2\",+8613800000000,10086,1767225600000");
}

#[test]
fn a_bad_row_is_a_reject_with_its_bytes_and_place_and_reading_goes_on() {
    let text = format!("{HEADER}\n{}\na,b\nr,anonymous,1,1\n,+1,1,1\n{}\n", row("r1"), row("r2"));
    assert_eq!(
        outcomes(text.clone(), csv()),
        ["2 call", "3 column_count", "4 hidden_number", "5 missing_field", "6 call"]
    );
    let ragged = read(text, csv()).remove(1).expect("a record");
    assert_eq!((&*ragged.raw, &*ragged.file, ragged.line), (&b"a,b"[..], "calls.csv", 3));
}

#[test]
fn an_open_quote_costs_its_own_line_alone() {
    let bad = "\"r,s,+8613800000000,10086,1767225600000";
    let stray = format!("{HEADER}\n{bad}\n{}\n{}\n", row("r1"), row("r2"));
    assert_eq!(outcomes(stray, csv()), ["2 odd_quotes", "3 call", "4 call"]);
    let pair = format!("{HEADER}\n{bad}\n{}\n{bad}\n{}\n", row("r1"), row("r2"));
    assert_eq!(outcomes(pair, csv()), ["2 odd_quotes", "3 call", "4 odd_quotes", "5 call"]);
    let many = format!("{HEADER}\n{bad}\n{}", format!("{}\n", row("r")).repeat(10_000));
    let outcomes = outcomes(many, csv());
    assert_eq!((outcomes.len(), &*outcomes[0], &*outcomes[10_000]), (10_001, "2 odd_quotes", "10002 call"));
}

#[test]
fn a_record_that_is_too_long_is_given_up_to_its_end() {
    let long = "x".repeat(3 * RECORD_MAX);
    let text = format!("{{\"recordId\":\"{long}\"}}\n{{}}\n");
    let records = read(text, jsonl());
    let first = records[0].as_ref().expect("a record");
    assert_eq!((first.line, first.raw.len()), (1, HEAD));
    assert_eq!(first.decoded.as_ref().expect_err("too long").code, RejectCode::TooLarge);
    assert_eq!(records.len(), 2);
    assert_eq!(records[1].as_ref().expect("a record").line, 2);
    assert_eq!(outcomes(format!("{{}}\n{long}"), jsonl()), ["1 missing_field", "2 too_large"]);
    assert_eq!(outcomes(" ".repeat(3 * RECORD_MAX), jsonl()), [""; 0]);
}

#[test]
fn json_lines_may_hold_quotes_of_any_number() {
    let text = "{\"recordId\":\"a\n\n{\"recordId\":\"r\",\"callingNumber\":\"1\",\"calledNumber\":\"2\",\"seizureTime\":1767225600000}";
    assert_eq!(outcomes(text, jsonl()), ["1 bad_json", "3 call"]);
}

#[test]
fn marks_and_encodings() {
    let text = format!("\u{feff}{HEADER}\n{}\n", row("r1"));
    assert_eq!(outcomes(text, csv()), ["2 call"]);
    let mut bad = format!("{HEADER}\n{}\n", row("r1")).into_bytes();
    bad.extend_from_slice(b"\xba\xc5,+8613800000000,10086,1767225600000\n");
    bad.extend_from_slice(row("r2").as_bytes());
    assert_eq!(outcomes(bad.clone(), csv()), ["2 call", "3 bad_encoding", "4 call"]);
    assert_eq!(
        read(bad.clone(), csv()).remove(1).expect("a record").raw,
        b"\xba\xc5,+8613800000000,10086,1767225600000"
    );
    let gb18030 = dialect("encoding: gb18030\nheader: true");
    assert_eq!(outcomes(bad, gb18030.clone()), ["2 call", "3 call", "4 call"]);
    assert_eq!(outcomes(format!("{HEADER}\n{}\n\u{ff}", row("r1")), gb18030), ["2 call", "3 column_count"]);
}

#[test]
fn a_header_that_does_not_fit_ends_the_file_with_the_reason() {
    assert_eq!(outcomes("", csv()), [""; 0]);
    assert_eq!(outcomes("\n\n", csv()), [""; 0]);
    assert_eq!(outcomes(HEADER, csv()), [""; 0]);
    let twice = format!("{HEADER},recordId\n{}\n", row("r1"));
    assert_eq!(outcomes(twice, csv()), ["calls.csv:1: column 5 has the same name as one before it"]);
    let odd = outcomes("\"a,b\n1,2\n", csv());
    assert!(odd[0].starts_with("calls.csv:1: the header is no row of columns"), "{odd:?}");
    let other = outcomes("recordId,caller,calledNumber,seizureTime\n", csv());
    assert_eq!(other.len(), 1);
    assert!(other[0].starts_with("calls.csv:1: "), "{other:?}");
    assert!(other[0].contains("`callingNumber`"), "{other:?}");
}

#[test]
fn a_dialect_may_name_the_columns_and_have_another_delimiter() {
    let named = dialect("columns: [recordId, callingNumber, calledNumber, seizureTime]\ndelimiter: \";\"");
    let text = format!("{}\n{}\n", row("r1").replace(',', ";"), row("r2"));
    assert_eq!(outcomes(text, named), ["1 call", "2 column_count"]);
}

pub(super) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("in memory");
    encoder.finish().expect("in memory")
}

pub(super) fn write(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, bytes).expect("writable");
    path
}

pub(super) fn open(path: &Path) -> Vec<String> {
    let records = FileRecords::open(path, csv()).unwrap_or_else(|error| panic!("{error}"));
    records.map(outcome).collect()
}

#[test]
fn gzip_and_zstd_are_unpacked_by_name_with_all_their_members() {
    let directory = tempfile::tempdir().expect("writable");
    let (first, second) = (format!("{HEADER}\n{}\n", row("r1")), format!("{}\n", row("r2")));
    let members = [gzip(&first), gzip(&second)].concat();
    assert_eq!(open(&write(directory.path(), "a.csv.gz", &members)), ["2 call", "3 call"]);
    let pack = |text: &str| zstd::encode_all(text.as_bytes(), 3).expect("in memory");
    let frames = [pack(&first), pack(&second)].concat();
    let path = write(directory.path(), "a.csv.zst", &frames);
    assert_eq!(open(&path), ["2 call", "3 call"]);
    let mut records = FileRecords::open(&path, csv()).expect("opens");
    assert_eq!(records.progress(), Progress { read: 0, total: Some(frames.len() as u64) });
    assert_eq!(records.by_ref().count(), 2);
    assert_eq!(records.progress().read, frames.len() as u64);
}

#[test]
fn a_container_cut_short_or_damaged_is_one_error_with_the_place_reached() {
    let directory = tempfile::tempdir().expect("writable");
    // Random ids, so that the packed file is long enough to be cut in its middle.
    let rows: String =
        (0..50_000u64).map(|at| row(&format!("{:x}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15))) + "\n").collect();
    let text = format!("{HEADER}\n{rows}");
    let packed = [(gzip(&text), "gz", "gzip"), (zstd_with_checksum(&text), "zst", "zstd")];
    for (bytes, ending, name) in packed {
        let half = bytes.len() / 2;
        let mut damaged = bytes.clone();
        damaged[half..half + 64].fill(0xa5);
        let cases = [("cut", bytes[..half].to_vec()), ("damaged", damaged), ("noise", vec![0x55; 1000])];
        for (case, bytes) in cases {
            let outcomes = open(&write(directory.path(), &format!("{case}.csv.{ending}"), &bytes));
            let (last, before) = outcomes.split_last().expect("an error");
            assert!(last.contains(&format!("the {name} stream is damaged or cut short: lines up to ")), "{last}");
            let reached = format!("lines up to {} were read", if before.is_empty() { 0 } else { before.len() + 1 });
            assert!(case != "cut" || last.contains(&reached), "{last}: {}", before.len());
            assert!(case == "noise" || before.len() > 1000, "{case}: {}", before.len());
        }
    }
}

/// As the program `zstd` packs: without its checksum, damage inside a block cannot be told from content.
fn zstd_with_checksum(text: &str) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("in memory");
    encoder.include_checksum(true).expect("known to every release");
    encoder.write_all(text.as_bytes()).expect("in memory");
    encoder.finish().expect("in memory")
}

#[test]
fn what_cannot_be_opened_says_so() {
    let directory = tempfile::tempdir().expect("writable");
    for path in [directory.path().join("none.csv"), directory.path().to_owned()] {
        let error = FileRecords::open(&path, csv()).expect_err("no file");
        assert!(matches!(error, FileError::Open { .. }), "{error}");
    }
}

struct Failing(usize);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0 += 1;
        match self.0 {
            1 => {
                let text = format!("{HEADER}\n{}\n{}", row("r1"), row("r2"));
                buffer[..text.len()].copy_from_slice(text.as_bytes());
                Ok(text.len())
            }
            2 => Err(std::io::ErrorKind::Interrupted.into()),
            _ => Err(std::io::Error::other("disk on fire")),
        }
    }
}

#[test]
fn a_stream_that_fails_ends_with_the_place_and_gives_no_half_record() {
    let records = FileRecords::from_reader("-", Failing(0), csv()).expect("opens");
    let outcomes: Vec<String> = records.map(outcome).collect();
    assert_eq!(outcomes, ["2 call", "-: cannot be read on after line 2"]);
}

#[test]
fn the_name_says_the_format() {
    for (name, format) in [
        ("a.csv", Some(Format::Csv)),
        ("a.CSV.GZ", Some(Format::Csv)),
        ("a.b.jsonl.zst", Some(Format::Jsonl)),
        ("a.ndjson", Some(Format::Jsonl)),
        ("a.gz", None),
        ("-", None),
    ] {
        assert_eq!(format_of(Path::new(name)), format, "{name}");
    }
}

#[test]
fn a_dead_letter_holds_the_record_and_why_it_was_not_taken() {
    let mut bytes = format!("{HEADER}\n\"x\",y\n").into_bytes();
    bytes.extend_from_slice(b"\xff\n");
    let mut letters = DeadLetters::new(Vec::new());
    let mut lines = String::new();
    for record in read(bytes, csv()) {
        let record = record.expect("a record");
        let reject = record.decoded.clone().expect_err("no row");
        let mut one = DeadLetters::new(Vec::new());
        one.write(&record, &reject).expect("in memory");
        letters.write(&record, &reject).expect("in memory");
        lines.push_str(&String::from_utf8(one.into_inner()).expect("UTF-8"));
    }
    assert_eq!(letters.written(), 2);
    assert_eq!(
        lines,
        "{\"file\":\"calls.csv\",\"line\":2,\"code\":\"column_count\",\"detail\":\"the row has 2 columns where 4 are expected\",\"raw\":\"\\\"x\\\",y\"}\n\
         {\"file\":\"calls.csv\",\"line\":3,\"code\":\"column_count\",\"detail\":\"the row has 1 columns where 4 are expected\",\"rawBase64\":\"/w==\"}\n"
    );
    assert_eq!(letters.into_inner(), lines.into_bytes());
}

/// Gives out a few bytes at a time.
pub(super) struct Trickle(pub(super) Cursor<Vec<u8>>, pub(super) usize);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

fn pieces(text: &str, delimiter: Option<u8>, chunk: usize) -> Vec<(String, u64, PieceKind)> {
    pieces_of(text, delimiter, None, chunk)
}

fn pieces_of(text: &str, delimiter: Option<u8>, columns: Option<usize>, chunk: usize) -> Vec<(String, u64, PieceKind)> {
    let trickle = Trickle(Cursor::new(text.as_bytes().to_vec()), chunk);
    let layout = delimiter.map_or(Layout::Json, |delimiter| Layout::Csv { delimiter, has_quotes: true });
    let mut splitter = Splitter::new(Box::new(trickle), layout);
    columns.into_iter().for_each(|columns| splitter.expect_columns(columns, false));
    let mut pieces = Vec::new();
    while let Some(piece) = splitter.next().expect("in memory") {
        pieces.push((String::from_utf8_lossy(piece.raw).into_owned(), piece.line, piece.kind));
    }
    let line_end = if text.contains('\n') { '\n' } else { '\r' };
    assert!(splitter.line_reached() <= text.split_inclusive(line_end).count() as u64);
    pieces
}

/// Pieces found plainly: each line that opens a quote goes through those behind it by itself.
fn plain_pieces(text: &str, columns: Option<usize>) -> Vec<(String, u64, PieceKind)> {
    let lines: Vec<&str> = text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line)).collect();
    let (mut pieces, mut at) = (Vec::new(), 0);
    while at < lines.len() {
        let (mut place, mut delimiters) = QuoteState::ColumnStart.after(lines[at].as_bytes(), b',');
        let mut last = at;
        while place == QuoteState::Quoted && last + 1 < lines.len() {
            last += 1;
            let (next, more) = QuoteState::Quoted.after(lines[last].as_bytes(), b',');
            (place, delimiters) = (next, delimiters + more);
        }
        let opens = last > at || place == QuoteState::Quoted;
        let is_row = place != QuoteState::Quoted
            && place != QuoteState::Astray
            && columns.is_none_or(|columns| columns == delimiters + 1)
            && !lines[at..=last].iter().all(|line| columns > Some(1) && columns == Some(line.matches(',').count() + 1));
        let (kind, last) = match (opens, is_row) {
            (false, _) => (PieceKind::Line, at),
            (true, true) => (PieceKind::Lines, last),
            (true, false) => (PieceKind::OpenQuote, at),
        };
        let raw = lines[at..=last].join("\n").trim_end_matches('\r').to_owned();
        if !lines[at].trim_end_matches('\r').is_empty() {
            pieces.push((raw, at as u64 + 1, kind));
            at = last;
        }
        at += 1;
    }
    pieces
}

#[test]
fn k1_lines_that_open_quotes_are_read_once_each() {
    let shapes: [(&str, &dyn Fn(usize) -> String); 6] = [
        ("no quote is closed", &|_| "x\",\"\n".to_owned()),
        ("a quote opens each line", &|_| "\"a\n".to_owned()),
        ("the last line closes all", &|n| if n == 1 { "\"\n".to_owned() } else { "x\",\"\n".to_owned() }),
        ("every thousandth closes all", &|n| if n % 1000 == 1 { "\"\n".to_owned() } else { "x\",\"\n".to_owned() }),
        ("a long line ends them", &|n| if n == 1 { "a".repeat(900_000) } else { "x\",\"\n".to_owned() }),
        ("two columns in quotes", &|_| "\"a\",\"b\nc\"\n".to_owned()),
    ];
    for (shape, line) in shapes {
        let scanned = |lines: usize| {
            let text: String = (1..=lines).rev().map(line).collect();
            let bytes = text.len() as u64;
            let mut splitter = Splitter::new(
                Box::new(Cursor::new(text.into_bytes())),
                Layout::Csv { delimiter: b',', has_quotes: true },
            );
            splitter.expect_columns(2, false);
            while splitter.next().expect("in memory").is_some() {}
            (splitter.scanned(), bytes)
        };
        let ((few, _), (many, bytes)) = (scanned(20_000), scanned(80_000));
        assert!(many <= 6 * few && many <= 6 * bytes, "{shape}: {few}, then {many} bytes of {bytes} looked at");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn rows_of_several_lines_are_those_that_each_line_finds_by_itself(
        text in "([a,]|\"|\"\"|\n|\r\n){0,80}",
        columns in proptest::option::of(1..5usize),
        chunk in 1usize..20,
    ) {
        prop_assert_eq!(pieces_of(&text, Some(b','), columns, chunk), plain_pieces(&text, columns));
    }
}

proptest! {
    #[test]
    fn lines_end_in_lf_or_where_there_is_none_in_cr(text in "[a\"\\r\\n]{0,60}", chunk in 1usize..20) {
        let line_end = if text.contains('\n') { '\n' } else { '\r' };
        let expected: Vec<(String, u64, PieceKind)> = text
            .split(line_end)
            .zip(1..)
            .map(|(line, number)| (line.trim_matches('\r').to_owned(), number, PieceKind::Line))
            .filter(|(line, ..)| !line.is_empty())
            .collect();
        prop_assert_eq!(pieces(&text, None, chunk), expected);
    }

    #[test]
    fn rows_are_those_of_the_csv_parser(
        rows in proptest::collection::vec(proptest::collection::vec("[ab,\"\\n]{0,4}", 1..4), 1..6),
        chunk in 1usize..20,
    ) {
        let quoted = |column: &String| format!("\"{}\"", column.replace('"', "\"\""));
        let lines: Vec<String> = rows.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",")).collect();
        let raw: Vec<String> = pieces(&(lines.join("\n") + "\n"), Some(b','), chunk).into_iter().map(|(raw, ..)| raw).collect();
        prop_assert_eq!(&raw, &lines);
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..300), json in any::<bool>()) {
        let dialect = if json { jsonl() } else { dialect("columns: [recordId, callingNumber, calledNumber, seizureTime]") };
        let lines = bytes.iter().filter(|byte| b"\r\n\x0a\x0d".contains(byte)).count() as u64 + 1;
        for record in read(bytes, dialect) {
            match record {
                Ok(record) => prop_assert!(record.line <= lines),
                Err(error) => prop_assert!(matches!(error, FileError::CutShort { .. }), "{}", error),
            }
        }
    }
}
