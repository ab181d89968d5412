//! Law C-1 for files: whatever was cut, joined, padded and encoded anew, the records that are given out are the rows that
//! stand there.

use std::io::Cursor;

use proptest::prelude::*;
use ringfence_cdr::dialect::Dialect;

use super::tests::*;
use super::*;

/// What is done to the rows of a file.
#[derive(Clone, Debug)]
struct Shape {
    line_end: &'static str,
    /// Blank lines, and what blanks they have, behind these rows.
    padding: Vec<(prop::sample::Index, &'static str)>,
    mark: bool,
    utf16: bool,
    quoted: bool,
    ends_in_delimiter: bool,
    /// Whether the last line has an end.
    is_ended: bool,
    chunk: usize,
}

fn shape() -> impl Strategy<Value = Shape> {
    let padding = (any::<prop::sample::Index>(), prop::sample::select(vec!["", " ", "  \t ", "\0\0\0"]));
    (
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        prop::collection::vec(padding, 0..4),
        any::<[bool; 5]>(),
        1usize..300,
    )
        .prop_map(|(line_end, padding, [mark, utf16, quoted, ends_in_delimiter, is_ended], chunk)| Shape {
            line_end,
            padding,
            mark,
            utf16,
            quoted,
            ends_in_delimiter,
            is_ended,
            chunk,
        })
}

impl Shape {
    fn write(&self, rows: &[Vec<String>]) -> Vec<u8> {
        let quote = |text: &String| match self.quoted || text.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.clone(),
        };
        let end = if self.ends_in_delimiter { "," } else { "" };
        let mut lines: Vec<String> =
            rows.iter().map(|row| row.iter().map(quote).collect::<Vec<_>>().join(",") + end).collect();
        for (at, blanks) in &self.padding {
            lines.insert(at.index(lines.len() + 1), (*blanks).to_owned());
        }
        let text = lines.join(self.line_end) + if self.is_ended { self.line_end } else { "" };
        let mark = if self.mark || self.utf16 { "\u{feff}" } else { "" };
        let text = format!("{mark}{text}");
        match self.utf16 {
            true => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            false => text.into_bytes(),
        }
    }
}

fn named() -> Dialect {
    dialect("columns: [recordId, callingNumber, calledNumber, seizureTime, text]")
}

/// A row, good or not, with a text that may need quotes. Nothing in it is two rows.
fn columns() -> impl Strategy<Value = Vec<String>> {
    let id = "r[0-9]{1,3}";
    let caller = prop::sample::select(vec!["+15550100001", "+15550100002", "anonymous", "x@y#z"]);
    let time = prop::sample::select(vec!["1767229200000", "noon"]);
    (id, caller, time, "([a-c é]|\"\"|,){0,6}|a\nb").prop_map(|(id, caller, time, text)| {
        vec![id, caller.to_owned(), "+15550100099".to_owned(), time.to_owned(), text]
    })
}

fn records(bytes: Vec<u8>, dialect: Dialect, chunk: usize) -> Vec<FileRecord> {
    let records = FileRecords::from_reader("calls.csv", Trickle(Cursor::new(bytes), chunk), dialect).expect("opens");
    records.map(|record| record.unwrap_or_else(|error| panic!("{error}"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn c1_every_row_is_one_record_however_it_is_written(
        rows in prop::collection::vec(columns(), 0..12),
        shape in shape(),
    ) {
        let found = records(shape.write(&rows), named(), shape.chunk);
        prop_assert_eq!(found.len(), rows.len());
        for (record, row) in found.iter().zip(&rows) {
            let good = row[1].starts_with('+') && row[3] != "noon";
            prop_assert_eq!(record.decoded.is_ok(), good, "{:?}: {:?}", row, record.decoded);
        }
    }

    #[test]
    fn c1_joined_files_have_the_rows_of_both_and_headers_that_are_filtered(
        files in prop::collection::vec(prop::collection::vec(columns(), 0..6), 1..4),
        shape in shape(),
    ) {
        let shape = Shape { padding: Vec::new(), utf16: false, is_ended: true, ends_in_delimiter: false, ..shape };
        let header: Vec<String> = format!("{HEADER},text").split(',').map(str::to_owned).collect();
        let joined: Vec<u8> =
            files.iter().flat_map(|rows| shape.write(&[std::slice::from_ref(&header), &rows[..]].concat())).collect();
        let found = records(joined, csv(), shape.chunk);
        let filtered = found.iter().filter(|record| record.decoded == Ok(None)).count();
        let rows: usize = files.iter().map(Vec::len).sum();
        prop_assert_eq!((found.len() - filtered, filtered), (rows, files.len() - 1));
    }

    #[test]
    fn c1_a_file_cut_anywhere_has_the_rows_before_the_cut(
        rows in prop::collection::vec(columns(), 1..12),
        shape in shape(),
        cut in any::<prop::sample::Index>(),
    ) {
        let shape = Shape { utf16: false, ..shape };
        let bytes = shape.write(&rows);
        let cut = cut.index(bytes.len() + 1);
        let found = records(bytes[..cut].to_vec(), named(), shape.chunk);
        let whole = records(bytes, named(), shape.chunk);
        prop_assert!(found.len() <= whole.len() + 1, "a column of two lines may be cut in two");
        // All but the last of them are the rows that stand there.
        let sure = found.len().saturating_sub(2);
        for (record, other) in found.iter().zip(&whole).take(sure) {
            prop_assert_eq!(&record.raw, &other.raw);
        }
    }

    #[test]
    fn c1_lists_and_lines_hold_the_same_records(
        ids in prop::collection::vec("[a-z]{1,4}", 0..12),
        spoiled in prop::collection::vec(prop::sample::select(vec![0usize, 0, 1, 2, 3]), 12),
        is_pretty in any::<bool>(),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        chunk in 1usize..300,
    ) {
        let object = |(id, spoil): (&String, &usize)| {
            let more = ["", ",\"x\":NaN", ",\"recordId\":1", ",\"callingNumber\":[1]"][*spoil];
            format!(r#"{{"recordId":"{id}","callingNumber":"+15550100001","calledNumber":"+15550100002","seizureTime":1767225600000{more}}}"#)
        };
        let objects: Vec<String> = ids.iter().zip(&spoiled).map(object).collect();
        let separator = if is_pretty { format!(",{line_end}  ") } else { ",".to_owned() };
        let said = |records: Vec<FileRecord>| -> Vec<_> {
            records.into_iter().map(|record| record.decoded.map_err(|reject| reject.code)).collect()
        };
        let lines = said(records(objects.join(line_end).into_bytes(), jsonl(), chunk));
        let list = said(records(format!("[{}]", objects.join(&separator)).into_bytes(), jsonl(), chunk));
        prop_assert_eq!(lines.len(), ids.len());
        prop_assert_eq!(lines, list);
    }
}
