//! Every field that a rule may name is read, stored and compared.

use ringfence_cdr::json::{decode_cdr, decode_complaint};
use ringfence_cdr::{CdrContext, Field, FieldType, Millis};

use crate::found::{START, WARN, complained, pack, slice};
use crate::run::Run;
use crate::steps::{LIVE, Step};

/// A value of a type in canonical JSON, and what a field that has it is to a rule.
fn sample(field_type: FieldType) -> (&'static str, &'static str) {
    match field_type {
        FieldType::Number => (r#""+12025550101""#, r#"== "+12025550101""#),
        FieldType::Text => (r#""x""#, r#"== "x""#),
        FieldType::Duration => ("9", "== 9s"),
        FieldType::Integer => ("7", "== 7"),
        FieldType::Boolean => ("true", ""),
        FieldType::RecordType => (r#""moCall""#, "== moCall"),
        FieldType::Status => (r#""alleged""#, "== alleged"),
        FieldType::Time | FieldType::Weekday | FieldType::Date => panic!("no field is of this type"),
    }
}

/// The names of the fields for which one step does not make a rule hold that asks for the value in it.
fn unseen(fields: impl Iterator<Item = Field>, stream: &str, step: Step) -> Vec<&'static str> {
    let fields: Vec<Field> = fields.collect();
    let asks = |field: &Field| {
        let condition = format!("{} {}", field.name(), sample(field.field_type()).1);
        (field.name().to_lowercase(), format!("count(){stream} where {condition} over 1h"))
    };
    let rules: Vec<(String, String)> = fields.iter().map(asks).collect();
    let rules: Vec<_> = rules.iter().map(|(name, measure)| (&**name, &**measure, "value >= 1")).collect();
    let run = Run::over(&pack(WARN, &rules), LIVE, &[step]);
    let seen: Vec<String> = run.history().standing().map(|violation| violation.rule.id.to_string()).collect();
    fields.iter().map(|field| field.name()).filter(|name| !seen.contains(&name.to_lowercase())).collect()
}

#[test]
fn every_field_of_a_call_can_be_asked_for() {
    let fields = || Field::ALL.into_iter().filter(|field| field.of_calls());
    let members: Vec<String> =
        fields().map(|field| format!(r#""{}":{}"#, field.name(), sample(field.field_type()).0)).collect();
    let json = format!(r#"{{"recordId":"r","seizureTime":{},{}}}"#, START.0, members.join(","));
    let call = decode_cdr(json.as_bytes(), &CdrContext::default()).expect("decodes").expect("counts");
    assert_eq!(unseen(fields(), "", slice([(call, Millis::ZERO)])), [""; 0]);
}

#[test]
fn every_field_of_a_complaint_can_be_asked_for() {
    let json = format!(
        r#"{{"complaintId":"c","complainedNumber":"+12025550101","complainantNumber":"+12025550101","receivedTime":{},
        "callTime":{},"category":"x","channel":"x","status":"alleged"}}"#,
        START.0,
        START.0 - 9_000
    );
    let complaint = decode_complaint(json.as_bytes(), &CdrContext::default()).expect("decodes");
    let step = Step { deliveries: vec![complained(complaint, Millis::ZERO)], ..Step::default() };
    let fields = Field::ALL.into_iter().filter(|field| field.of_complaints());
    assert_eq!(unseen(fields, " of complaints", step), [""; 0]);
}
