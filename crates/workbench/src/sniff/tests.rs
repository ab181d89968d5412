use ringfence_cdr::dialect::Dialect;

use super::*;

/// What is proposed for a text, which must compile once the zone is given.
fn proposed(text: &str) -> String {
    let proposal = sniff("city", text.as_bytes()).expect("there is something");
    let complete = proposal.as_if_in_utc().unwrap_or_else(|| proposal.text().to_owned());
    let compiled = Dialect::compile("city.yaml", &complete);
    compiled.unwrap_or_else(|error| panic!("{error}\n{complete}"));
    proposal.text().to_owned()
}

fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(
            text.lines().any(|own| own == *line || own.starts_with(&format!("{line}  # ?"))),
            "{line}\n in\n{text}"
        );
    }
}

#[test]
fn columns_are_known_by_their_names_and_looks() {
    let text = "id;caller;callee;start;answer;dur;disposition\n\
        a1;+442079460001;+442079460958;2026-01-05 10:00:00;2026-01-05 10:00:07;60;ANSWERED\n\
        a2;+442079460001;+442079460959;2026-01-05 10:02:00;;0;NO ANSWER\n\
        a3;+442079460002;+442079460959;2026-01-05 10:05:00;;0;BUSY\n";
    let proposal = proposed(text);
    has(
        &proposal,
        &[
            "format: csv",
            "header: true",
            "delimiter: \";\"",
            "  recordId: id",
            "  callingNumber: caller",
            "  calledNumber: callee",
            "  seizureTime: {from: start, format: \"%Y-%m-%d %H:%M:%S%.f\"}",
            "  answerTime: {from: answer, format: \"%Y-%m-%d %H:%M:%S%.f\"}",
            "  callDuration: {from: dur, unit: s}",
            "  answered: {from: disposition, equals: ANSWERED}",
        ],
    );
    assert!(proposal.contains("# zone:  # ? seizureTime, answerTime without an offset"), "{proposal}");
    assert!(!proposal.contains("numbers:"), "{proposal}");
}

#[test]
fn what_is_not_known_is_a_comment() {
    let text = "1,2079460001,2079460958,1767607200,05/06/2026\n1,2079460001,2079460958,1767607260,06/06/2026\n";
    let proposal = proposed(text);
    has(
        &proposal,
        &[
            "columns: [column1, column2, column3, column4, column5]",
            "  recordId: \"{file}:{line}\"",
            "  callingNumber: column2",
            "  calledNumber: column3",
            "  seizureTime: {from: column4, format: epoch_s}",
        ],
    );
    assert!(proposal.contains("# numbers:  # ? 100 of 100 have neither + nor 00"), "{proposal}");
    assert!(proposal.contains("callingNumber: column2  # ? a guess, by its looks alone"), "{proposal}");
    assert!(!proposal.contains("zone"), "an epoch is in no zone: {proposal}");
}

#[test]
fn two_orders_of_day_and_month_are_told_apart_or_both_said() {
    let row = |day: &str| format!("from,to,time\n+442079460001,+442079460958,{day} 10:00:00\n");
    assert!(
        proposed(&row("05/06/2026")).contains("format: \"%d/%m/%Y %H:%M:%S\"}  # ? \"%m/%d/%Y %H:%M:%S\" fits as well")
    );
    let told = proposed(&row("25/06/2026"));
    assert!(told.contains("format: \"%d/%m/%Y %H:%M:%S\"}\n"), "{told}");
}

#[test]
fn date_and_time_of_day_may_stand_in_two_columns() {
    let text = "A Number|B Number|Call Date|Call Time|Secs\n+442079460001|+442079460958|2026-01-05|10:00:00|7\n";
    let proposal = proposed(text);
    has(
        &proposal,
        &[
            "delimiter: \"|\"",
            "  callingNumber: \"A Number\"",
            "  calledNumber: \"B Number\"",
            "  seizureTime: {from: \"{Call Date} {Call Time}\", format: \"%Y-%m-%d %H:%M:%S%.f\"}",
        ],
    );
}

#[test]
fn keys_of_json_are_found_inside_objects_too() {
    let text = r#"[{"uuid":"a","leg":{"from":"+442079460001","to":"+442079460958"},"start":1767607200123,"ok":true},
        {"uuid":"b","leg":{"from":"+442079460001","to":"+442079460959"},"start":1767607260123,"ok":false},{"cut"#;
    let proposal = proposed(text);
    has(
        &proposal,
        &[
            "format: jsonl",
            "  recordId: uuid",
            "  callingNumber: leg.from",
            "  calledNumber: leg.to",
            "  seizureTime: {from: start, format: epoch_ms}",
        ],
    );
}

#[test]
fn pseudonyms_other_encodings_and_uneven_rows_are_said() {
    let mut text = b"caller,callee,time,name\nuser_a9,user_b3,2026-01-05T10:00:00Z,\xba\xc3\n".to_vec();
    text.extend_from_slice(b"user_a9,user_b4,2026-01-05T10:00:00Z\nuser_a9,user_b5,2026-01-05T10:00:09Z,x\n");
    let proposal = sniff("city", &text).expect("there is something");
    has(proposal.text(), &["encoding: gb18030", "numbers: opaque"]);
    assert!(proposal.text().contains("# missing: absent  # ? 1 of 3 rows"), "{}", proposal.text());
    assert!(proposal.unsure() >= 3 && proposal.as_if_in_utc().is_none());
}

#[test]
fn what_is_no_file_of_records_is_said_so() {
    let fault = |bytes: &[u8]| sniff("city", bytes).expect_err("nothing to propose");
    assert_eq!(fault(b" \n "), NoSample::Empty);
    assert_eq!(fault(b"PK\x03\x04\0\0"), NoSample::Binary);
    assert_eq!(fault(b"{not json\n"), NoSample::NoObjects);
    assert_eq!(fault(b"one\ntwo\n"), NoSample::NoColumns);
}

#[test]
fn any_bytes_are_looked_at_without_harm() {
    let pieces =
        ["a,b\n", "\"", "+4420,", "{\"x\":", "[", "]", "2026-01-05 10:00:00", ";\t|", "\u{fffd}", "\r", "é", "0"];
    let mut seed = 7_u64;
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        if let Ok(proposal) = sniff("any", text.as_bytes()) {
            // It may lack what a dialect needs, but is always a file of the language.
            let complete = proposal.as_if_in_utc().unwrap_or_else(|| proposal.text().to_owned());
            if let Err(error) = Dialect::compile("any.yaml", &complete) {
                let error = error.to_string();
                assert!(
                    error.contains("is required and not mapped") || error.contains("named twice"),
                    "{error}\n{complete}"
                );
            }
        }
    }
}
