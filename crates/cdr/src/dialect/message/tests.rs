use super::*;
use crate::{Number, RecordKind};

const PLACE: MessagePlace<'_> = MessagePlace { topic: "cdr", partition: 3, offset: 42 };

fn dialect(text: &str) -> Dialect {
    Dialect::compile("own.yaml", text).unwrap_or_else(|error| panic!("{error}"))
}

/// Calls of an exchange, named as the template says.
fn calls(id: &str) -> Dialect {
    dialect(&format!(
        "dialect: own\nformat: jsonl\nfields: {{recordId: '{id}', callingNumber: a, calledNumber: b, seizureTime: t}}\n"
    ))
}

fn call(id: u32) -> String {
    format!(r#"{{"id":"r{id}","a":"+1555010000{id}","b":"+15550100099","t":1790000000000}}"#)
}

/// What the records of a message came to: the ordinal, and the last digit of the caller or the reason.
fn read(dialect: &Dialect, message: &str) -> Vec<(Option<u32>, Result<char, RejectCode>)> {
    let mut records = Vec::new();
    dialect.bind_messages().expect("fits").read(message.as_bytes(), PLACE, &mut |record| {
        if let Some(MessagePiece { bytes, .. }) = &record.piece {
            assert!(message.get(bytes.clone()).is_some(), "the piece lies in the message");
        }
        let caller = record.decoded.map_err(|reject| reject.code).map(|taken| {
            let Some(Record::Call(call)) = taken else { panic!("no call") };
            let Number::Packed(_) = call.calling_number else { panic!("no number") };
            call.calling_number.to_string().chars().last().expect("has digits")
        });
        records.push((record.piece.map(|piece| piece.ordinal), caller));
    });
    records
}

#[test]
fn a_message_is_a_record_or_holds_several_that_stand_or_fall_alone() {
    let own = calls("id");
    let (one, two) = (call(1), call(2));
    let bad = Err(RejectCode::NotAnObject);
    let several = vec![(Some(0), Ok('1')), (Some(1), bad), (Some(2), Ok('2'))];
    assert_eq!(read(&own, &one), [(None, Ok('1'))]);
    assert_eq!(read(&own, &format!("\u{feff}{one}\n")), [(None, Ok('1'))]);
    assert_eq!(read(&own, &format!("{one}\n\nnot json\n{two}\n")), several);
    assert_eq!(read(&own, &format!("\u{feff}{one}\r\nnot json\r\n{two}")), several);
    assert_eq!(read(&own, &format!("[{one}, 7, {two}]")), several);
    assert_eq!(read(&own, "[]"), []);
    assert_eq!(read(&own, " \n"), [(None, Err(RejectCode::NoValue))]);
    assert_eq!(read(&own, "not json"), [(None, bad)]);
    assert_eq!(read(&own, &format!("[{one}")), [(Some(0), Ok('1')), (Some(1), Err(RejectCode::BadJson))]);
}

#[test]
fn the_contracts_own_json_is_read_so_too() {
    let json = Dialect::canonical(RecordKind::Cdr, Format::Jsonl);
    let call = |id: u32| {
        format!(
            r#"{{"recordId":"r","callingNumber":"+1555010000{id}","calledNumber":"+15550100099","seizureTime":1767225600000}}"#
        )
    };
    assert_eq!(read(&json, &format!("[{},{}]", call(1), call(2))), [(Some(0), Ok('1')), (Some(1), Ok('2'))]);
}

#[test]
fn an_object_over_several_lines_is_one_record() {
    let own = calls("id");
    let pretty = call(1).replace(',', ",\n  ");
    assert_eq!(read(&own, &pretty), [(None, Ok('1'))]);
    let twice = pretty.replace(r#""id""#, "\"id\": 1,\n\"id\"");
    assert!(read(&own, &twice).len() == 1);
}

#[test]
fn a_record_is_known_by_its_place_where_the_template_says_so() {
    let id = |template: &str, message: &str| {
        let mut ids = Vec::new();
        calls(template).bind_messages().expect("fits").read(message.as_bytes(), PLACE, &mut |record| {
            ids.push(record.decoded.map(|taken| match taken {
                Some(Record::Call(call)) => call.fingerprint,
                other => panic!("{other:?}"),
            }));
        });
        ids
    };
    let of = |text: &str| crate::Fingerprint::of(text);
    let (one, two) = (call(1), call(1).replace("0099", "0098"));
    let whole = "{topic}:{partition}:{offset}:{ordinal}";
    assert_eq!(id(whole, &one), [Ok(of("cdr:3:42:0"))]);
    assert_eq!(id(whole, &format!("[{one},{two}]")), [Ok(of("cdr:3:42:0")), Ok(of("cdr:3:42:1"))]);
    let without = "{topic}:{partition}:{offset}";
    assert_eq!(id(without, &one), [Ok(of("cdr:3:42"))]);
    // Two calls that differ, of one number at one time, would be taken for one.
    let ids = id(without, &format!("[{one},{two}]"));
    assert_eq!(ids[0], Ok(of("cdr:3:42")));
    let reject = ids[1].as_ref().expect_err("has no name of its own");
    assert_eq!(
        (reject.code, &*reject.detail),
        (
            RejectCode::InvalidField,
            "recordId would be that of the first record of the message: put {ordinal} into its template"
        )
    );
    assert_eq!(id("{offset}:{id}", &format!("[{one},{two}]")).iter().filter(|id| id.is_ok()).count(), 2);
    let ids_of_offsets = |id: &str| calls(id).bind_messages().expect("fits").has_ids_of_offsets();
    assert!(ids_of_offsets("{offset}:{id}") && !ids_of_offsets("id"));
}

#[test]
fn a_template_names_what_its_records_have() {
    let refused = |bound: Result<(), BindError>| bound.expect_err("does not fit").to_string();
    let of_files = calls("{file}:{line}");
    assert!(of_files.bind(&[]).is_ok());
    assert_eq!(
        refused(of_files.bind_messages().map(drop)),
        "the dialect `own` does not fit: in the template of `recordId`, {file} is a place in a file, and records of a \
         topic have none: name a column, or {topic}:{partition}:{offset}:{ordinal}; in the template of `recordId`, {line} \
         is a place in a file, and records of a topic have none: name a column, or \
         {topic}:{partition}:{offset}:{ordinal}"
    );
    let of_topics = calls("{offset}");
    assert!(of_topics.bind_messages().is_ok());
    assert_eq!(
        refused(of_topics.bind(&[]).map(drop)),
        "the dialect `own` does not fit: in the template of `recordId`, {offset} is a place in a topic, and records of \
         files have none"
    );
}

#[test]
fn messages_have_no_header() {
    let own = dialect("dialect: own\nextends: 3gpp-csv\n");
    let error = own.bind_messages().expect_err("names no columns").to_string();
    assert!(error.contains("give the dialect `header: false` and the names of all `columns: [...]`"), "{error}");
}

#[test]
fn a_message_of_too_many_records_is_refused_whole() {
    let own = calls("id");
    let many = |count: usize| format!("[{}]", vec![call(1); count].join(","));
    assert_eq!(read(&own, &many(MESSAGE_RECORDS_MAX)).len(), MESSAGE_RECORDS_MAX);
    assert_eq!(read(&own, &many(MESSAGE_RECORDS_MAX + 1)), [(None, Err(RejectCode::TooLarge))]);
}

#[test]
fn other_encodings_are_read_line_by_line() {
    let text = "dialect: own\nformat: jsonl\nencoding: gb18030\nfields: {recordId: id, callingNumber: a, calledNumber: b, seizureTime: t, serviceType: s}\n";
    let reader = dialect(text).bind_messages().expect("fits");
    let record = call(1).replace("{", "{\"s\":\"X\",");
    let mut message = Vec::new();
    for piece in record.split('X') {
        // 语 in GB 18030.
        let separator: &[u8] = if message.is_empty() { b"" } else { b"\xd3\xef" };
        message.extend([separator, piece.as_bytes()].concat());
    }
    let mut twice = message.clone();
    twice.push(b'\n');
    twice.extend(&message);
    let mut count = 0;
    reader.read(&twice, PLACE, &mut |record| count += usize::from(record.decoded.is_ok()));
    assert_eq!(count, 2);
    let list = [b"[", &message[..], b"]"].concat();
    reader.read(&list, PLACE, &mut |record| {
        let reject = record.decoded.expect_err("cannot be cut");
        assert_eq!(&*reject.detail, "a list of records is read in UTF-8, not in gb18030");
    });
}

/// Calls of a switch that writes rows.
fn rows(keys: &str) -> Dialect {
    dialect(&format!(
        "dialect: own\ncolumns: [id, a, b, t, text]\n{keys}\nfields: {{recordId: id, callingNumber: a, calledNumber: b, seizureTime: t, serviceType: text}}\n"
    ))
}

fn row(id: u32, text: &str) -> String {
    format!("r{id},+1555010000{id},+15550100099,1790000000000,{text}")
}

#[test]
fn a_message_is_a_row_or_holds_several_that_stand_or_fall_alone() {
    let own = rows("");
    let (one, two) = (row(1, "voice"), row(2, "\"of\nlines\""));
    let (short, quotes) = (Err(RejectCode::ColumnCount), Err(RejectCode::OddQuotes));
    // One comma too many for quotes that are characters.
    assert_eq!(read(&own, &one), [(None, Ok('1'))]);
    assert_eq!(read(&own, &format!("\u{feff}{two}\r\n")), [(None, Ok('2'))]);
    let several = vec![(Some(0), Ok('1')), (Some(1), short), (Some(2), Ok('2')), (Some(3), quotes), (Some(4), Ok('1'))];
    let odd = row(3, "\"never, closed");
    assert_eq!(read(&own, &format!("{one}\nnot a row\n\n{two}\n{odd}\n{one}\n")), several);
    assert_eq!(read(&own, " \r\n"), [(None, Err(RejectCode::NoValue))]);
    assert_eq!(read(&own, &format!("\u{feff}\"r1\"{}\n{two}", &one[2..])), [(Some(0), Ok('1')), (Some(1), Ok('2'))]);
    assert_eq!(read(&rows("delimiter: ';'"), &one.replace(',', ";")), [(None, Ok('1'))]);
    let many = vec![row(1, ""); MESSAGE_RECORDS_MAX + 1].join("\n");
    assert_eq!(read(&own, &many), [(None, Err(RejectCode::TooLarge))]);
}

/// Calls of a mediation system that writes Avro.
fn avro(fields: &str) -> Dialect {
    dialect(&format!(
        "dialect: own\nformat: avro\nfields: {{recordId: id, recordType: kind, callingNumber: parties.a, calledNumber: parties.b, {fields}}}\n"
    ))
}

#[test]
fn a_message_is_a_datum_of_the_schema_that_wrote_it() {
    use crate::avro::tests::{FULL, SCHEMA, bytes};
    let own = avro(
        "seizureTime: began, releaseTime: ended, callDuration: lasted, answered: answered, causeForTerm: more.cause",
    );
    let error = own.bind_messages().expect_err("no schema").to_string();
    assert_eq!(
        error,
        "the dialect `own` does not fit: Avro is read by the schema that wrote it: give the source `schema: FILE.avsc`"
    );
    let own = own.with_schema(SCHEMA).expect("a schema");
    assert!(own.bind(&[]).expect_err("of files").to_string().ends_with("Avro is read from topics alone"));
    let reader = own.bind_messages().expect("fits");
    let read = |message: &[u8]| {
        let mut records = Vec::new();
        reader.read(message, PLACE, &mut |record| records.push(record));
        let [record] = <[MessageRecord; 1]>::try_from(records).expect("one record");
        assert_eq!(record.piece, None);
        record.decoded
    };
    let Ok(Some(Record::Call(call))) = read(&bytes(FULL)) else { panic!("a call") };
    assert_eq!(call.fingerprint, crate::Fingerprint::of("12345678901234567890"));
    assert_eq!((call.at.0, call.call_duration), (1_790_000_000_123, Some(crate::Millis(12_500))));
    assert_eq!((call.record_type, call.cause_for_term), (Some(crate::RecordType::MoCall), Some(16)));
    assert_eq!(
        (call.calling_number.to_string(), call.called_number.to_string()),
        ("+15550100001".to_owned(), "+447700900123".to_owned())
    );
    let reject = |message: &[u8]| read(message).expect_err("no datum");
    assert_eq!(reject(b"").code, RejectCode::NoValue);
    assert_eq!(reject(b" \n").code, RejectCode::BadAvro, "blanks are bytes as others are");
    let framed = [&[0, 0, 0, 0, 7], &bytes(FULL)[..]].concat();
    let reject = reject(&framed);
    assert_eq!(reject.code, RejectCode::BadAvro);
    let advice = reject.said_hint().and_then(|hint| hint.advice.clone());
    assert_eq!(advice.as_deref(), Some("it may begin with the id of a schema registry, which is not read"));
}

#[test]
fn a_dialect_that_a_schema_does_not_bear_is_refused() {
    use crate::avro::tests::SCHEMA;
    let refused = |fields: &str| {
        avro(fields).with_schema(SCHEMA).expect("a schema").bind_messages().expect_err(fields).to_string()
    };
    assert!(
        refused("seizureTime: {from: began, format: epoch_ms}")
            .ends_with("`began` is a timestamp by the schema: leave out its `format`")
    );
    assert!(
        refused("seizureTime: lasted")
            .ends_with("`lasted` is a floating-point number, of which no id, number or time is read")
    );
    assert!(refused("seizureTime: start").contains("the schema has no value `start` (for seizureTime"));
    assert!(dialect("dialect: own\nformat: avro\nextends: json\n").with_schema("{}").is_err());
}
