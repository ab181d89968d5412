use proptest::prelude::*;

use super::object::{BRACKETS_MAX, parse_plainly};
use super::*;
use crate::{
    Answer, Cdr, CdrContext, CdrFields, ComplaintFields, ComplaintStatus, EventTime, Fingerprint, Millis, Numbering,
    Part, RecordType, RejectCode, Served, Treatment,
};

const FULL: &str = r#"{"recordId":"msc7-1","recordType":"moCall","recordingEntity":"msc7","callingNumber":"+8613800000000",
"calledNumber":"+8613900000000","seizureTime":"2026-01-01T09:00:00.000+08:00","answerTime":1767229205000,
"releaseTime":"2026-01-01T09:00:17.500+08:00","callDuration":12.5,"causeForTerm":0,"diagnostics":16,
"callReference":"c1","servedIMSI":"460000000000000","servedMSISDN":"8613800000000","cell":"46000-1-2",
"nested":{"a":[1,{"b":null}]},"serviceType":"voice","attestation":"A","sequenceNumber":null,"ratio":1e999}"#;

fn decode(record: &str) -> Result<Option<Cdr>, String> {
    decode_cdr(record.as_bytes(), &CdrContext::default()).map_err(|reject| reject.to_string())
}

/// The record with these fields besides the required ones.
fn with(fields: &str) -> Cdr {
    let record =
        format!(r#"{{"recordId":"r","callingNumber":"+8613800000000","calledNumber":"+8613900000000",{fields}}}"#);
    decode(&record).expect("decodes").expect("counts")
}

#[test]
fn every_field_is_read() {
    let cdr = decode(FULL).expect("decodes").expect("counts");
    assert_eq!(cdr.fingerprint, Fingerprint::of("msc7-1"));
    assert_eq!((cdr.record_type, cdr.served), (Some(RecordType::MoCall), Served::Yes));
    assert_eq!(
        (cdr.calling_number.to_string(), cdr.called_number.to_string()),
        ("+8613800000000".into(), "+8613900000000".into())
    );
    assert_eq!((cdr.at, cdr.arrival), (EventTime(1_767_229_200_000), None));
    assert_eq!((cdr.call_duration, cdr.answer), (Some(Millis(12_500)), Answer::Answered));
    assert_eq!((cdr.cause_for_term, cdr.diagnostics, cdr.part), (Some(0), Some(16), None));
    assert_eq!(cdr.details.cell.as_deref(), Some("46000-1-2"));
    assert_eq!(cdr.details.served_imsi.as_deref(), Some("460000000000000"));
    assert_eq!(cdr.details.served_imei, None);
}

#[test]
fn answered_is_the_field_then_the_answer_time_and_cause_then_the_duration() {
    for (fields, expected) in [
        (
            r#""seizureTime":1767225600000,"answered":false,"answerTime":1767225600005,"callDuration":9"#,
            Answer::Unanswered,
        ),
        (r#""seizureTime":1767225600000,"answered":true,"causeForTerm":3"#, Answer::Answered),
        (r#""answerTime":1767225600005"#, Answer::Answered),
        (r#""answerTime":1767225600005,"causeForTerm":3"#, Answer::Unanswered),
        (r#""answerTime":1767225600005,"causeForTerm":4"#, Answer::Answered),
        (r#""seizureTime":1767225600000,"causeForTerm":0,"callDuration":9"#, Answer::Unanswered),
        (r#""seizureTime":1767225600000,"callDuration":0.001"#, Answer::AssumedAnswered),
        (r#""seizureTime":1767225600000,"callDuration":0"#, Answer::AssumedUnanswered),
        (r#""seizureTime":1767225600000"#, Answer::AssumedUnanswered),
    ] {
        assert_eq!(with(fields).answer, expected, "{fields}");
    }
}

#[test]
fn the_attempt_time_is_the_seizure_else_the_answer() {
    assert_eq!(with(r#""seizureTime":1767225607000,"answerTime":1767225605000"#).at, EventTime(1_767_225_607_000));
    assert_eq!(with(r#""seizureTime":null,"answerTime":"2026-01-01T00:00:05Z""#).at, EventTime(1_767_225_605_000));
}

#[test]
fn a_part_is_what_has_a_sequence_number_or_a_partial_cause_and_a_reference() {
    let part = |reference: &str, sequence_number| Some(Part { reference: reference.into(), sequence_number });
    for (fields, expected) in [
        (r#""callReference":"c","causeForTerm":0"#, None),
        (r#""callReference":"c","recordingEntity":"e","sequenceNumber":3"#, part("e\u{1f}c", 3)),
        (r#""callReference":"c","causeForTerm":1"#, part("\u{1f}c", 1)),
        (r#""callReference":"c","causeForTerm":2,"sequenceNumber":"2""#, part("\u{1f}c", 2)),
        (r#""recordingEntity":"e","causeForTerm":1"#, None),
    ] {
        assert_eq!(with(&format!(r#""seizureTime":1767225600000,{fields}"#)).part, expected, "{fields}");
    }
}

#[test]
fn a_call_is_served_where_the_calling_network_wrote_it_for_that_card() {
    let own = CdrContext { served_calling: true, ..CdrContext::default() };
    for (fields, context, expected) in [
        (r#""recordType":"moCall""#, CdrContext::default(), Served::Yes),
        (r#""recordType":"moCall","servedMSISDN":"+8613800000000""#, CdrContext::default(), Served::Yes),
        (r#""recordType":"moCall","servedMSISDN":"8613800000000""#, CdrContext::default(), Served::Yes),
        (r#""recordType":"moCall","servedMSISDN":"+8613800000001""#, CdrContext::default(), Served::No),
        (r#""recordType":"moCall","servedMSISDN":"nobody""#, CdrContext::default(), Served::No),
        (r#""recordType":"incGateway""#, CdrContext::default(), Served::No),
        (r#""recordType":"other""#, own.clone(), Served::Yes),
        (r#""servedMSISDN":"+8613800000001""#, own, Served::No),
    ] {
        let record = format!(
            r#"{{"recordId":"r","callingNumber":"+8613800000000","calledNumber":"1","seizureTime":1767225600000,{fields}}}"#
        );
        let cdr = decode_cdr(record.as_bytes(), &context).expect("decodes").expect("counts");
        assert_eq!(cdr.served, expected, "{fields}");
    }
}

#[test]
fn a_record_without_a_type_has_none_and_is_not_served_by_it() {
    for no_type in ["", r#""recordType":null,"#, r#""recordType":"","#] {
        let json = format!(
            r#"{{"recordId":"r",{no_type}"callingNumber":"1","calledNumber":"2","seizureTime":1767225600000}}"#
        );
        let cdr = decode_cdr(json.as_bytes(), &CdrContext::default()).expect("decodes").expect("counts");
        assert_eq!((cdr.record_type, cdr.served), (None, Served::No), "{json}");
        // It equals no type, so a source that names those that count does not count it.
        let counted = RecordType::ALL.into_iter().collect();
        let context = CdrContext { counted, ..CdrContext::default() };
        assert_eq!(decode_cdr(json.as_bytes(), &context), Ok(None), "{json}");
    }
}

#[test]
fn record_types_that_do_not_count_are_filtered_even_with_a_hidden_caller() {
    let context = CdrContext { counted: [RecordType::MoCall].into_iter().collect(), ..CdrContext::default() };
    let record =
        br#"{"recordId":"r","recordType":"mtCall","callingNumber":"anonymous","calledNumber":"1","seizureTime":1767225600000}"#;
    assert_eq!(decode_cdr(record, &context), Ok(None));
}

#[test]
fn what_cannot_be_taken_says_which_field_and_never_its_content() {
    for (record, expected) in [
        ("", "bad_json: there is nothing but blanks"),
        ("13800000000", "not_an_object: no JSON object: it begins as a number does"),
        ("[]", "not_an_object: no JSON object: it is a list"),
        (r#"{"recordId":"r""#, "bad_json: cut short: the object is not closed, at character 15"),
        (r#"{"recordId":"r"} x"#, "trailing_text: there is something behind the object, from character 18 on"),
        (r#"{"recordId":"r","recordId":"s"}"#, "duplicate_key: recordId is given twice"),
        (r#"{}"#, "missing_field: recordId is missing"),
        (r#"{"recordId":""}"#, "missing_field: recordId is missing"),
        (r#"{"recordId":"r"}"#, "hidden_number: callingNumber is absent or hidden"),
        (r#"{"recordId":"r","callingNumber":"restricted"}"#, "hidden_number: callingNumber is absent or hidden"),
        (
            r#"{"recordId":"r","callingNumber":"bob"}"#,
            "invalid_number: callingNumber has characters that no number has, or is too long",
        ),
        (r#"{"recordId":"r","callingNumber":"1"}"#, "missing_field: calledNumber is missing"),
        (
            r#"{"recordId":"r","callingNumber":"1","calledNumber":"unknown"}"#,
            "missing_field: calledNumber (it is written as hidden or unknown) is missing",
        ),
        (
            r#"{"recordId":"r","callingNumber":"1","calledNumber":"2"}"#,
            "missing_field: seizureTime or answerTime is missing",
        ),
        (
            r#"{"recordId":"r","callingNumber":"1","calledNumber":"2","seizureTime":"2026-01-01 09:00:00"}"#,
            "invalid_field: seizureTime is not an RFC 3339 time",
        ),
        (
            r#"{"recordId":"r","callingNumber":"1","calledNumber":"2","seizureTime":1.5}"#,
            "invalid_field: seizureTime is not an RFC 3339 time",
        ),
        (r#"{"recordType":"moCalls"}"#, "invalid_field: recordType is not a known record type"),
        (r#"{"callDuration":"-1x"}"#, "invalid_field: callDuration is not a number of seconds"),
        (
            r#"{"recordId":"r","callingNumber":"1","calledNumber":"2","seizureTime":1767225600}"#,
            "implausible_time: seizureTime lies in the year 1970, before 1971-01-01",
        ),
        (
            r#"{"recordId":"r","callingNumber":"1","calledNumber":"2","seizureTime":0}"#,
            "implausible_time: seizureTime or answerTime says that it never came",
        ),
        (r#"{"causeForTerm":65536}"#, "invalid_field: causeForTerm is not a whole number in its range"),
        (r#"{"sequenceNumber":-1}"#, "invalid_field: sequenceNumber is not a whole number in its range"),
        (r#"{"answered":"yes"}"#, "invalid_field: answered is not true or false"),
        (r#"{"cell":{"lac":1}}"#, "invalid_field: cell is not a text"),
    ] {
        let reject = decode(record).expect_err(record);
        assert!(reject.starts_with(expected), "{record}: {reject}");
        assert!(!reject.contains("138"), "{reject}");
    }
}

#[test]
fn an_id_that_is_a_number_is_the_digits_as_written() {
    let read = |id: &str, caller: &str| {
        let rest = r#""calledNumber":"+15550100002","seizureTime":1767225600000"#;
        let record = format!(r#"{{"recordId":{id},"callingNumber":{caller},{rest}}}"#);
        decode_cdr(record.as_bytes(), &CdrContext::default()).map(|call| call.expect("counts"))
    };
    for id in ["7", "0", "12345678901234567890", "98765432109876543210987654321098765432109876", "1.50", "6e3"] {
        let (number, text) = (read(id, "17155500001").expect("read"), read(&format!("\"{id}\""), "\"17155500001\""));
        assert_eq!(Ok(number), text, "{id}");
    }
    let fraction = read("1", "17155500001.0").expect("a spreadsheet's number");
    assert_eq!(fraction.calling_number.to_string(), "17155500001");
    assert_eq!(read("1", "4.479E+11").expect_err("no number").code, RejectCode::InvalidNumber);
    assert_eq!(read("true", "1").expect_err("no text").code, RejectCode::InvalidField);
}

#[test]
fn what_is_no_text_counts_only_in_a_field_that_is_read() {
    let record = |id: &str, name: &[u8]| {
        let rest = r#","callingNumber":"+15550100001","calledNumber":"+15550100002","seizureTime":1767225600000}"#;
        [format!("{{\"recordId\":\"{id}\",\"name\":\"").as_bytes(), name, b"\"", rest.as_bytes()].concat()
    };
    let read = |record: &[u8]| decode_cdr(record, &CdrContext::default()).map(|call| call.expect("counts"));
    let plain = read(&record("r", "Müller".as_bytes())).expect("read");
    assert!(plain.treatments.is_empty());
    for name in [&b"M\xfcller"[..], b"\xff\xfe", b"\\ud83d", b"\\ude00\\ud83d\xc3", b"\xef\xbf\xbd\xff"] {
        let call = read(&record("r", name)).unwrap_or_else(|reject| panic!("{reject}: {}", name.escape_ascii()));
        // An escape that nobody reads is skipped unseen.
        let expected = (!name.is_ascii()).then_some(Treatment::ReplacedBytes).into_iter().collect();
        assert_eq!(call, Cdr { treatments: expected, ..plain.clone() }, "{}", name.escape_ascii());
    }
    let nested = [b"{\"x\":\"\xff\",\"y\":".to_vec(), b"[".repeat(300), b"]".repeat(300), b"}".to_vec()].concat();
    assert_eq!(decode_cdr(&nested, &CdrContext::default()).expect_err("empty").code, RejectCode::MissingField);
    for (record, field) in [
        (&b"{\"recordId\":\"\xff\"}"[..], "recordId"),
        (br#"{"recordId":"r","cell":"\ud83d"}"#, "cell"),
        (b"{\"recordId\":\"r\",\"callingNumber\":\"+1555010000\xb9\"}", "callingNumber"),
    ] {
        let reject = read(record).expect_err("no text");
        assert_eq!((reject.code, reject.field()), (RejectCode::BadEncoding, Some(field)));
    }
    let numbers = br#"{"recordId":"r","ratio":NaN}"#;
    assert_eq!(read(numbers).expect_err("no number").code, RejectCode::NotANumber);
}

#[test]
fn deep_nesting_is_refused_or_skipped_without_running_out_of_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for field in ["cell", "x"] {
            let nested = |depth: usize| {
                let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                decode(&format!("{{\"{field}\":{value}}}")).expect_err("not whole")
            };
            assert!(nested(BRACKETS_MAX - 1).contains("_field: "), "{field}");
            let _ = nested(1_000_000);
            assert!(decode(&format!("{{\"{field}\":{}", open.repeat(1_000_000))).is_err());
        }
    }
}

#[test]
fn a_complaint_is_read_with_its_defaults() {
    let numbering = Numbering::country("CN").expect("known");
    let context = CdrContext { numbering, ..CdrContext::default() };
    let record = br#"{"complaintId":"k1","complainedNumber":"13800000000","complainantNumber":"anonymous",
        "receivedTime":"2026-01-02T10:00:00+08:00","category":"loan","status":null}"#;
    let complaint = decode_complaint(record, &context).expect("decodes");
    assert_eq!(complaint.complained_number.to_string(), "+8613800000000");
    assert_eq!((complaint.complainant, complaint.call_time), (None, None));
    assert_eq!((complaint.status, complaint.status_time), (ComplaintStatus::Alleged, complaint.at));
    assert_eq!(complaint.fingerprint, Fingerprint::of("k1"));
    for (record, expected) in [
        (r#"{"complainedNumber":"1","receivedTime":1767225600000}"#, "missing_field: complaintId is missing"),
        (
            r#"{"complaintId":"k","complainedNumber":"0000000000","receivedTime":1767225600000}"#,
            "hidden_number: complainedNumber is absent or hidden",
        ),
        (r#"{"complaintId":"k","complainedNumber":"1"}"#, "missing_field: receivedTime is missing"),
        (
            r#"{"complaintId":"k","complainedNumber":"1","receivedTime":1767225600000,"complainantNumber":"bob"}"#,
            "invalid_number: complainantNumber has characters that no number has, or is too long",
        ),
        (
            r#"{"complaintId":"k","complainedNumber":"1","receivedTime":1767225600000,"status":"open"}"#,
            "invalid_field: status is not one of alleged, upheld, rejected, withdrawn",
        ),
    ] {
        let reject = decode_complaint(record.as_bytes(), &context).expect_err(record);
        assert_eq!(reject.to_string(), expected);
    }
}

fn text() -> impl Strategy<Value = String> {
    "[ -~\u{0}-\u{1f}é中😀]{1,12}"
}

fn time() -> impl Strategy<Value = EventTime> {
    (-62_135_596_800_000i64..253_402_207_200_000).prop_map(EventTime)
}

prop_compose! {
    fn texts()(
        required in (text(), text(), text()),
        optional in proptest::collection::vec(proptest::option::of(text()), 8),
    ) -> (String, String, String, Vec<Option<String>>) {
        (required.0, required.1, required.2, optional)
    }
}

proptest! {
    #[test]
    fn decoding_what_was_encoded_yields_the_same_fields(
        (id, calling, called, optional) in texts(),
        times in proptest::collection::vec(proptest::option::of(time()), 4),
        length in proptest::option::of(0i64..31_622_400_000),
        numbers in (proptest::option::of(any::<u16>()), proptest::option::of(any::<u16>()), proptest::option::of(any::<u32>())),
        answered in proptest::option::of(any::<bool>()),
        record_type in 0usize..11,
    ) {
        let fields = CdrFields {
            record_id: &id,
            record_type: RecordType::ALL.get(record_type).copied(),
            recording_entity: optional[0].as_deref(),
            calling_number: &calling,
            called_number: &called,
            seizure_time: times[0],
            answer_time: times[1],
            release_time: times[2],
            arrival_time: times[3],
            call_duration: length.map(Millis),
            answered,
            cause_for_term: numbers.0,
            diagnostics: numbers.1,
            call_reference: optional[1].as_deref(),
            sequence_number: numbers.2,
            served_imsi: optional[2].as_deref(),
            served_imei: optional[3].as_deref(),
            served_msisdn: optional[4].as_deref(),
            cell: optional[5].as_deref(),
            service_type: optional[6].as_deref(),
            attestation: optional[7].as_deref(),
            ..CdrFields::default()
        };
        let mut record = Vec::new();
        encode_cdr(&fields, &mut record);
        let mut wire = CdrWire::default();
        parse(&record, &mut wire).expect("JSON");
        prop_assert!(wire.fields().expect("fields") == fields);
        let mut wire = CdrWire::default();
        parse_plainly(std::str::from_utf8(&record).expect("UTF-8"), &mut wire).expect("JSON");
        prop_assert!(wire.fields().expect("fields") == fields);
    }

    #[test]
    fn a_complaint_reads_back(
        (id, complained, source, optional) in texts(),
        times in proptest::collection::vec(proptest::option::of(time()), 4),
        status in 0usize..4,
    ) {
        let fields = ComplaintFields {
            complaint_id: &id,
            complained_number: &complained,
            complainant_number: optional[0].as_deref(),
            received_time: times[0],
            call_time: times[1],
            arrival_time: times[2],
            category: optional[1].as_deref(),
            channel: optional[2].as_deref(),
            status: ComplaintStatus::ALL[status],
            status_time: times[3],
            source: Some(&source),
            ..ComplaintFields::default()
        };
        let mut record = Vec::new();
        encode_complaint(&fields, &mut record);
        let mut wire = ComplaintWire::default();
        parse(&record, &mut wire).expect("JSON");
        prop_assert!(wire.fields().expect("fields") == fields);
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode_cdr(&bytes, &CdrContext::default());
        let _ = decode_complaint(&bytes, &CdrContext::default());
    }

    #[test]
    fn a_damaged_record_is_read_as_the_plain_parser_reads_it(at in 0usize..FULL.len(), with in any::<u8>(), cut in any::<bool>()) {
        let mut record = FULL.replace(",\"ratio\":1e999", "").into_bytes();
        let at = at.min(record.len() - 1);
        if cut { record.truncate(at) } else { record[at] = with }
        let context = CdrContext::default();
        let mut wire = CdrWire::default();
        let text = std::str::from_utf8(&record).ok();
        let plain = text.and_then(|text| parse_plainly(text, &mut wire).ok());
        let plain = plain.map(|()| wire.fields().and_then(|fields| fields.decode(&context)));
        match (decode_cdr(&record, &context), plain) {
            (Err(_), None) => {}
            // A field that nobody reads is at fault.
            (Ok(Some(call)), None) => prop_assert!(call.treatments.contains(Treatment::ReplacedBytes)),
            (decoded, Some(plain)) => {
                let said = |decoded: Result<_, crate::Reject>| decoded.map_err(|reject| reject.to_string());
                prop_assert_eq!(said(decoded), said(plain), "{}", String::from_utf8_lossy(&record));
            }
            (decoded, None) => prop_assert!(false, "serde_json refuses {:?}: {:?}", String::from_utf8_lossy(&record), decoded),
        }
    }
}
