//! What is stored of a record, told without telling who it is about.
//!
//! A wrong unit, zone or column is seen at once in a record as it was read. No id is shown and no free text, and of a number
//! its country alone.

use ringfence_cdr::{Cdr, Complaint, DetailField, Number, Record, RecordType, Served, Treatment, Treatments};

/// What is stored of a record.
pub(super) fn outline(record: &Record) -> String {
    let mut parts = match record {
        Record::Call(call) => of_call(call),
        Record::Complaint(complaint) => of_complaint(complaint),
    };
    let treatments = match record {
        Record::Call(call) => call.treatments,
        Record::Complaint(complaint) => complaint.treatments,
    };
    parts.extend(treatments_of(treatments));
    parts.join(", ")
}

fn of_call(call: &Cdr) -> Vec<String> {
    let what =
        call.record_type.map_or("a call without recordType".to_owned(), |kind: RecordType| kind.name().to_owned());
    let mut parts = vec![
        what,
        format!("calling {}", masked(&call.calling_number)),
        format!("called {}", masked(&call.called_number)),
        format!("attempted {}", call.at.timestamp()),
    ];
    parts.push(call.call_duration.map_or("no duration".to_owned(), |length| format!("{} s", seconds(length.0))));
    parts.push(if call.answer.is_answered() { "answered" } else { "not answered" }.to_owned());
    parts.extend(call.cause_for_term.map(|cause| format!("causeForTerm {cause}")));
    parts.extend(call.diagnostics.map(|cause| format!("diagnostics {cause}")));
    parts.push(if call.served == Served::Yes { "served" } else { "not served" }.to_owned());
    parts.extend(call.part.as_ref().map(|part| format!("part {} of a call", part.sequence_number)));
    parts.extend(call.leg.as_ref().map(|_| "a leg of an attempt".to_owned()));
    let texts = DetailField::ALL.into_iter().filter(|field| call.details.get(*field).is_some()).count();
    parts.extend((texts > 0).then(|| format!("{texts} further texts")));
    parts
}

fn of_complaint(complaint: &Complaint) -> Vec<String> {
    let mut parts = vec![
        format!("a complaint about {}", masked(&complaint.complained_number)),
        complaint.complainant.as_ref().map_or("by nobody named".to_owned(), |by| format!("by {}", masked(by))),
        format!("received {}", complaint.at.timestamp()),
    ];
    parts.extend(complaint.call_time.map(|at| format!("of a call {}", at.timestamp())));
    parts.push(format!("{} since {}", complaint.status.name(), complaint.status_time.timestamp()));
    parts
}

fn treatments_of(treatments: Treatments) -> Option<String> {
    let names: Vec<&str> = treatments.iter().map(Treatment::name).collect();
    (!names.is_empty()).then(|| format!("read with {}", names.join(" and ")))
}

/// With three decimals where they say something.
fn seconds(ms: i64) -> String {
    match ms % 1_000 {
        0 => (ms / 1_000).to_string(),
        rest => format!("{}.{rest:03}", ms / 1_000),
    }
}

/// The country of a number and how long it is.
fn masked(number: &Number) -> String {
    let length = number.to_string().chars().count();
    match number.calling_code() {
        Some(code) => format!("+{code}{}", "*".repeat(length - 1 - code.len())),
        None => "*".repeat(length),
    }
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::{CdrContext, RecordKind, json};

    use super::*;

    fn check(kind: RecordKind, record: &str, expected: &str) {
        let record = json::decode(kind, record.as_bytes(), &CdrContext::default()).expect("a record");
        assert_eq!(outline(&record.expect("counts")), expected);
    }

    #[test]
    fn a_record_is_shown_without_ids_and_of_numbers_the_country_alone() {
        check(
            RecordKind::Cdr,
            r#"{"recordId":"secret","recordType":"moCall","callingNumber":"+8613800000001","calledNumber":"10086","seizureTime":"2026-01-01T09:00:00.25+08:00","callDuration":12.5,"causeForTerm":0,"answered":true,"servedIMSI":"secret","sequenceNumber":2,"callReference":"secret"}"#,
            "moCall, calling +86***********, called *****, attempted 2026-01-01T01:00:00.25Z, 12.500 s, answered, causeForTerm 0, served, part 2 of a call, 1 further texts",
        );
        check(
            RecordKind::Cdr,
            r#"{"recordId":"secret","callingNumber":"+15550100001","calledNumber":"+447700900123","seizureTime":1790000000000}"#,
            "a call without recordType, calling +1**********, called +44**********, attempted 2026-09-21T14:13:20Z, no duration, not answered, not served",
        );
        check(
            RecordKind::Complaint,
            r#"{"complaintId":"secret","complainedNumber":"+447700900123","receivedTime":1790000000000,"category":"secret"}"#,
            "a complaint about +44**********, by nobody named, received 2026-09-21T14:13:20Z, alleged since 2026-09-21T14:13:20Z",
        );
    }
}
