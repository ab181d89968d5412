//! Whatever bytes a file has: reading it ends, no record is lost without a word, and no word of it tells a number.

use std::io::Cursor;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use ringfence_cdr::RecordKind;
use ringfence_cdr::dialect::{Dialect, Format};
use ringfence_consumer::files::{FileError, FileRecord, FileRecords};

/// Digits that stand in every number of these tests and in nothing else.
const CANARY: &str = "86139123456";
const CSV: &str = "recordId,callingNumber,calledNumber,seizureTime,callDuration\n1,+8613912345678,\"+8613912345679\",2026-01-01T09:00:00Z,5\n2,+8613912345678,10086,1767258000000,\n\n3,\"+86139\n12345678\",10086,x,1\n";
const JSONL: &str = "{\"recordId\":\"1\",\"callingNumber\":\"+8613912345678\",\"calledNumber\":\"10086\",\"seizureTime\":1767258000000}\n{\"recordId\":\"2\",\"callingNumber\":\"+8613912345678\"}\n";
const PIECES: [&str; 12] =
    ["\n", "\r\n", "\"", ",", "\"\"", "\u{feff}", "\u{0}", "{", "}", "+8613912345678", "86139123456", "\u{1}\u{2}"];

fn dialects() -> Vec<(Dialect, &'static str)> {
    let headless = "dialect: a\nformat: csv\ncolumns: [a, b, ts]\nencoding: gb18030\ndelimiter: ';'\nzone: UTC\nfields:\n  recordId: '{file}:{line}'\n  callingNumber: a\n  calledNumber: b\n  seizureTime: {from: ts, format: epoch_s}\n";
    vec![
        (Dialect::canonical(RecordKind::Cdr, Format::Csv), CSV),
        (Dialect::canonical(RecordKind::Cdr, Format::Jsonl), JSONL),
        (Dialect::canonical(RecordKind::Complaint, Format::Csv), CSV),
        (Dialect::compile("a.yaml", headless).unwrap_or_else(|error| panic!("{error}")), CSV),
    ]
}

fn is_discreet(said: &str) {
    assert!(!said.contains(CANARY), "{said}");
}

/// Reads a file to its end and returns how many records it had.
fn read(bytes: &[u8], dialect: Dialect) -> usize {
    let records = FileRecords::from_reader("calls", Cursor::new(bytes.to_vec()), dialect).expect("opens");
    let check = |record: Result<FileRecord, FileError>| match record {
        Ok(record) => record.decoded.err().iter().for_each(|reject| is_discreet(&format!("{reject} {reject:?}"))),
        Err(error) => is_discreet(&format!("{error} {error:?}")),
    };
    records.map(check).count()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for (dialect, _) in dialects() {
            prop_assert!(read(&bytes, dialect) <= bytes.len() + 1);
        }
    }

    #[test]
    fn a_mutated_file_is_read_to_its_end_and_nothing_said_of_it_tells_a_number(
        which in any::<Index>(),
        edits in prop::collection::vec((any::<Index>(), 0..9_usize, select(&PIECES[..])), 1..6),
        broken in prop::option::of(any::<(Index, u8)>()),
    ) {
        let (dialect, text) = which.get(&dialects()).clone();
        let mut bytes = text.as_bytes().to_vec();
        for (at, removed, piece) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + removed).min(bytes.len());
            bytes.splice(start..end, piece.bytes());
        }
        if let Some((at, byte)) = broken {
            bytes.insert(at.index(bytes.len() + 1), byte);
        }
        prop_assert!(read(&bytes, dialect) <= bytes.len() + 1);
    }
}
