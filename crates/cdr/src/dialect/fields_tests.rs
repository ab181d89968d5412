//! The table of fields holds for every format: what a row says is read from JSON, read from a column, and written.

use std::borrow::Cow;

use super::Place;
use super::local::{LocalTimes, RowZone};
use super::place::Medium;
use super::row::FieldReader;
use super::*;
use crate::json::{CdrWire, ComplaintWire, encode_cdr, encode_complaint, parse};
use crate::{CdrFields, ComplaintFields};

/// A value of what a field holds, as JSON and as the text of a column.
macro_rules! sample {
    (required) => {
        (r#""+8613800000000""#, "+8613800000000")
    };
    (text) => {
        (r#""a text""#, "a text")
    };
    (time) => {
        (r#""2026-01-01T09:00:00.250+08:00""#, "1767229200250")
    };
    (required_time) => {
        sample!(time)
    };
    (seconds) => {
        ("12.5", "12.5")
    };
    (flag) => {
        ("true", "true")
    };
    (whole) => {
        ("65535", "65535")
    };
    (cause) => {
        (r#""unsuccessfulCallAttempt""#, "3")
    };
    (count) => {
        ("4294967295", "4294967295")
    };
    (record_type) => {
        (r#""forwarded""#, "forwarded")
    };
    (status) => {
        (r#""upheld""#, "upheld")
    };
}

macro_rules! holds_for_every_format {
    ($test:ident $kind:ident $record:ident $wire:ident $encode:ident
        { $($field:ident $place:ident $held:ident $name:literal $_rule:tt;)* }) => {
        #[test]
        fn $test() {
            let names: Vec<&str> = RecordKind::$kind.field_names().collect();
            assert_eq!(names, [$($name),*]);
            let dialect = Dialect::canonical(RecordKind::$kind, Format::Csv);
            let reader = FieldReader::bind(&dialect, &dialect.names(&names), Medium::Files).expect("fits");
            $({
                let (json, text) = sample!($held);
                let object = format!(r#"{{"{}":{json}}}"#, $name);
                let mut wire = $wire::default();
                parse(object.as_bytes(), &mut wire).expect("an object");
                let from_json = wire.fields().expect($name);
                assert!(from_json.$place != $record::default().$place, "JSON fills {}", $name);

                let column = |at: usize| if names[at] == $name { text } else { "" };
                let texts = reader.texts(&column, Place::Line { file: "calls.csv", line: 1 });
                let local = LocalTimes::new(Cow::Owned(RowZone::None), Ambiguous::Earlier);
                let from_columns: $record<'_> = reader.gathered(&texts, &local).expect($name);
                assert!(from_columns == from_json, "a column fills {} and nothing else", $name);

                let mut written = Vec::new();
                $encode(&from_json, &mut written);
                let mut wire = $wire::default();
                parse(&written, &mut wire).expect("an object");
                assert!(wire.fields().expect($name) == from_json, "{} is written", $name);

                for wrong in ["[]", "{}"] {
                    let object = format!(r#"{{"{}":{wrong}}}"#, $name);
                    let mut wire = $wire::default();
                    parse(object.as_bytes(), &mut wire).expect("an object");
                    let reject = wire.fields().err().expect("refused").to_string();
                    assert!(reject.starts_with(concat!("invalid_field: ", $name, " is not ")), "{reject}");
                }
            })*
        }
    };
}

call_fields!(holds_for_every_format every_field_of_a_call_is_read_and_written Cdr CdrFields CdrWire encode_cdr);
complaint_fields!(holds_for_every_format
    every_field_of_a_complaint_is_read_and_written Complaint ComplaintFields ComplaintWire encode_complaint);
