//! Whatever bytes come, a decoder takes them or refuses them: it does not panic, it ends, and what it says of a refused
//! record holds nothing of the record's content.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use ringfence_cdr::dialect::{BUILT_IN, Dialect, Format, Place};
use ringfence_cdr::json::{decode_cdr, decode_complaint};
use ringfence_cdr::{CdrContext, Numbering, Reject};

/// Digits that stand in every number of these tests and in nothing else.
const CANARY: &str = "86139123456";

const CALL: &str = r#"{"recordId":"86139123456-1","recordType":"moCall","recordingEntity":"86139123456","callingNumber":"+8613912345678","calledNumber":"+8613912345679","seizureTime":"2026-01-01T09:00:00+08:00","callDuration":12.5,"answered":true,"causeForTerm":0,"diagnostics":16,"callReference":"86139123456","sequenceNumber":1,"servedIMSI":"86139123456","servedIMEI":"86139123456","servedMSISDN":"86139123456","cell":"86139123456","attestation":"A"}"#;
const COMPLAINT: &str = r#"{"complaintId":"86139123456-1","complainedNumber":"+8613912345678","complainantNumber":"+8613912345679","receivedTime":"2026-01-01T09:00:00+08:00","callTime":1767229200000,"category":"86139123456","channel":"12321","status":"alleged","statusTime":"2026-01-02T09:00:00+08:00","source":"86139123456"}"#;

/// Pieces that mean something in records, to put where they do not belong.
const PIECES: [&str; 22] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\",
    "\\u",
    "\\ud800",
    "null",
    "-1",
    "1e400",
    "1e-7",
    "99999999999999999999",
    "true",
    "+8613912345678",
    "86139123456",
    "T25:61:61Z",
    "\u{0}",
    "\u{feff}",
    "𝟘",
];

fn numberings() -> [Numbering; 3] {
    [Numbering::International, Numbering::Opaque, Numbering::country("CN").expect("a country")]
}

/// What is said of a refused record is free of its content.
fn is_discreet(reject: &Reject) {
    for said in [reject.to_string(), format!("{reject:?}")] {
        assert!(!said.contains(CANARY), "{said}");
    }
}

fn decoded(record: &[u8]) {
    for numbering in numberings() {
        let context = CdrContext { numbering: numbering.clone(), ..CdrContext::default() };
        decode_cdr(record, &context).err().iter().for_each(is_discreet);
        decode_complaint(record, &context).err().iter().for_each(is_discreet);
    }
}

/// A text with some stretches of it replaced, or cut off.
fn mutated(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![3 => select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()), 1 => any::<[u8; 2]>().prop_map(Vec::from)];
    (prop::collection::vec((any::<Index>(), 0..14_usize, piece), 1..5), prop::option::weighted(0.2, any::<Index>()))
        .prop_map(move |(edits, cut)| {
            let mut bytes = text.as_bytes().to_vec();
            for (at, removed, piece) in edits {
                let start = at.index(bytes.len() + 1);
                let end = (start + removed).min(bytes.len());
                bytes.splice(start..end, piece);
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            bytes
        })
}

/// Reads a row with every column set to one of these texts, and the record as JSON.
fn read(dialect: &Dialect, header: &[&str], texts: &[String], record: &[u8]) {
    let Ok(reader) = dialect.bind(header) else { return };
    let row = texts.join(&char::from(dialect.delimiter()).to_string());
    let bytes = if dialect.format() == Format::Csv { row.as_bytes() } else { record };
    reader.decode(bytes, Place::Line { file: "calls.csv", line: 7 }).err().iter().for_each(is_discreet);
}

/// Texts as they stand in columns: numbers, times, lengths, and what is none of these.
fn cell() -> impl Strategy<Value = String> {
    let known = select(vec![
        "",
        " ",
        "+8613912345678",
        "86139123456",
        "anonymous",
        "2026-01-01 09:00:00",
        "1767229200",
        "-1",
        "12.5",
        "0x7f",
        "ANSWERED",
        "true",
        "999999999999999999999999",
        "2026-02-30T25:00:00Z",
        "\"",
        "86139123456;86139123456",
    ]);
    prop_oneof![3 => known.prop_map(str::to_owned), 1 => any::<String>().prop_map(|text| format!("{text}{CANARY}"))]
}

/// A dialect that names every kind of conversion.
const DIALECT: &str = r#"dialect: city-switch
format: csv
header: true
delimiter: ","
zone: Asia/Shanghai
numbers: {country: CN}
served: calling
fields:
  recordId: "{file}:{line}:{a}"
  recordType: {value: moCall}
  callingNumber: a
  calledNumber: b
  seizureTime: {from: ts, format: "%Y-%m-%d %H:%M:%S%.f"}
  answerTime: {from: ts2, format: epoch_s}
  callDuration: {from: dur, unit: s}
  causeForTerm: cause
  answered: {from: disposition, equals: ANSWERED}
only: direction == "Outgoing" or not disposition in ["BUSY", "FAILED"]
"#;
const COLUMNS: [&str; 8] = ["a", "b", "ts", "ts2", "dur", "cause", "disposition", "direction"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_record_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        decoded(&bytes);
    }

    #[test]
    fn a_mutated_call_is_a_record_or_refused_without_a_word_of_its_content(record in mutated(CALL)) {
        decoded(&record);
    }

    #[test]
    fn a_mutated_complaint_is_a_record_or_refused_without_a_word_of_its_content(record in mutated(COMPLAINT)) {
        decoded(&record);
    }

    #[test]
    fn any_text_is_a_dialect_or_refused(text in any::<String>()) {
        drop(Dialect::compile("d.yaml", &text));
    }

    #[test]
    fn a_mutated_dialect_is_refused_or_reads_rows(
        text in mutated(DIALECT),
        cells in prop::collection::vec(cell(), COLUMNS.len()),
    ) {
        let text = String::from_utf8_lossy(&text).into_owned();
        if let Ok(dialect) = Dialect::compile("d.yaml", &text) {
            read(&dialect, &COLUMNS, &cells, CALL.as_bytes());
        }
    }

    #[test]
    fn any_row_is_read_or_refused_without_a_word_of_its_content(cells in prop::collection::vec(cell(), 0..12)) {
        let dialect = Dialect::compile("d.yaml", DIALECT).expect("a dialect");
        read(&dialect, &COLUMNS, &cells, &[]);
    }

    #[test]
    fn any_row_of_a_built_in_dialect_is_read_or_refused_without_a_word_of_its_content(
        name in select(&BUILT_IN[..]),
        cells in prop::collection::vec(cell(), 64),
        record in mutated(CALL),
    ) {
        let dialect = Dialect::built_in(name).expect("is built in");
        let names: Vec<String> = (0..64).map(|at| format!("column{at}")).collect();
        // What it asks for is in the error of a header that has none of it.
        let asked = dialect.bind(&[]).err().map(|error| error.to_string()).unwrap_or_default();
        let mut header: Vec<&str> = asked.split('`').skip(1).step_by(2).collect();
        header.extend(names.iter().skip(header.len()).map(String::as_str));
        read(&dialect, &header, &cells, &record);
    }
}

#[test]
fn a_call_and_a_complaint_print_for_debugging_without_their_numbers() {
    let call = CALL.replace("\"callReference\":\"86139123456\"", "\"callReference\":\"7\"");
    let call = call.replace("\"recordingEntity\":\"86139123456\"", "\"recordingEntity\":\"msc7\"");
    let call = decode_cdr(call.as_bytes(), &CdrContext::default()).expect("a call");
    let complaint = COMPLAINT.replace("\"category\":\"86139123456\"", "\"category\":\"fraud\"");
    let complaint = decode_complaint(complaint.as_bytes(), &CdrContext::default()).expect("a complaint");
    for printed in [format!("{call:?}"), format!("{complaint:?}")] {
        assert!(!printed.contains(CANARY), "{printed}");
    }
}

#[test]
fn every_built_in_dialect_finds_the_columns_that_it_asks_for() {
    for name in BUILT_IN {
        let dialect = Dialect::built_in(name).expect("is built in");
        let asked = dialect.bind(&[]).err().map(|error| error.to_string()).unwrap_or_default();
        let header: Vec<&str> = asked.split('`').skip(1).step_by(2).collect();
        assert!(dialect.bind(&header).is_ok(), "{name}: {asked}");
    }
}
