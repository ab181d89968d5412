//! The contract holds: what is written reads back, is what the published schemas say, and those are what is published.

mod documents;
mod samples;
mod validator;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use ringfence_events::{Attributes, DeadLetter, Event, EventPlace, EventType, schemas};
use serde_json::Value;

use crate::samples::{Letter, event, letter};
use crate::validator::Validator;

const BLESS: &str = "docs/schemas is not what the types say; to write it anew, and see what changes for subscribers: \
    RINGFENCE_BLESS=1 cargo test -p ringfence-events schemas && git diff docs/schemas";

fn validators() -> BTreeMap<&'static str, Validator> {
    let read = |schema: ringfence_events::PublishedSchema| {
        (schema.file, Validator::new(serde_json::from_str(&schema.text).expect("JSON")))
    };
    schemas().map(read).into()
}

fn file_of(event: &Event) -> &'static str {
    match event {
        Event::Violation(_) => "violation.json",
        Event::Suspension(_) => "suspension.json",
        Event::CardStatus(_) => "card-status.json",
    }
}

#[test]
fn the_published_schemas_are_those_of_the_types() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas");
    for schema in schemas() {
        let path = directory.join(schema.file);
        if std::env::var_os("RINGFENCE_BLESS").is_some() {
            std::fs::write(&path, &schema.text).expect("written");
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == schema.text, "{}: {BLESS}", schema.file);
    }
    let files = std::fs::read_dir(&directory).expect("docs/schemas").map(|file| file.expect("readable").file_name());
    let files: BTreeSet<String> = files.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(files, schemas().iter().map(|schema| schema.file.to_owned()).collect(), "{BLESS}");
}

#[test]
fn every_type_of_event_reads_back_from_its_name() {
    let names: BTreeSet<&str> = EventType::all().map(EventType::name).collect();
    assert_eq!(names.len(), EventType::all().count());
    for event_type in EventType::all() {
        assert_eq!(event_type.name().parse(), Ok(event_type));
    }
    assert!("ringfence.violation.opened.v2".parse::<EventType>().is_err());
}

#[test]
fn a_field_that_a_later_release_adds_is_left_alone() {
    let Event::CardStatus(status) =
        Event::read(EventType::CardStatus, br#"{"card":"+8615400000001","sequence":1,"ladders":[],"stage":"active"}"#)
            .expect("reads")
    else {
        panic!("a card status")
    };
    assert_eq!(status.sequence, 1);
}

proptest! {
    #[test]
    fn an_event_reads_back_as_it_was_written_and_is_what_its_schema_says(event in event()) {
        let text = serde_json::to_string(&event).expect("serialises");
        let read = Event::read(event.event_type(), text.as_bytes()).expect("reads back");
        prop_assert_eq!(&read, &event);
        prop_assert_eq!(serde_json::to_string(&read).expect("serialises"), text.clone());
        let value: Value = serde_json::from_str(&text).expect("JSON");
        prop_assert_eq!(validators()[file_of(&event)].problems(&value), Vec::<String>::new());
    }

    #[test]
    fn the_attributes_of_an_event_read_back(event in event(), shard in 0..64, sequence in 0..u64::MAX, index in 0..1_000_usize) {
        let tick = ringfence_cdr::EventTime(1_767_600_000_000);
        let place = EventPlace { source: "/ringfence/test", shard, sequence, index, tick };
        let attributes = Attributes::of(&event, &place);
        let headers = attributes.headers();
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_bytes());
        prop_assert_eq!(Attributes::read(header), Ok(attributes));
    }

    #[test]
    fn a_dead_letter_reads_back_and_is_what_its_schema_says(Letter(letter) in letter()) {
        let headers = letter.headers();
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_bytes());
        prop_assert_eq!(DeadLetter::read(header), Ok(letter.clone()));
        let names: BTreeSet<&str> = headers.iter().map(|(name, _)| *name).collect();
        prop_assert_eq!(names.len(), headers.len(), "each header once");
        let value: Value = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        prop_assert_eq!(validators()["dead-letter.json"].problems(&value), Vec::<String>::new());
    }
}

#[test]
fn what_is_no_event_is_refused_by_type_and_by_schema() {
    let refused = [
        (r#"{"severity":"gruesome"}"#, "/severity"),
        (r#"{"status":"open"}"#, "/status"),
        (r#"{"scope":["callingNumber","calledNumber"]}"#, "/scope"),
        (r#"{"openedAt":"2026-11-02T01:00:00"}"#, "/openedAt"),
        (r#"{"key":["+1"]}"#, "/key"),
        (r#"{"peak":{"calls":"many"}}"#, "/peak/calls"),
    ];
    let mut runner = TestRunner::deterministic();
    let violation = samples::violation().new_tree(&mut runner).expect("a sample").current();
    let good = serde_json::to_value(&violation).expect("serialises");
    for (wrong, place) in refused {
        let mut value = good.clone();
        for (name, wrong) in serde_json::from_str::<serde_json::Map<String, Value>>(wrong).expect("JSON") {
            value[name] = wrong;
        }
        let read = serde_json::from_value::<ringfence_events::Violation>(value.clone());
        assert!(read.is_err(), "{wrong}");
        let problems = validators()["violation.json"].problems(&value);
        assert!(problems.iter().any(|problem| problem.starts_with(place)), "{wrong}: {problems:?}");
    }
    for (field, _) in good.as_object().expect("an object") {
        let mut value = good.clone();
        value.as_object_mut().expect("an object").remove(field);
        let may_be_absent = ["closedAt", "replacedBy", "replaces"].contains(&&**field);
        assert_eq!(
            serde_json::from_value::<ringfence_events::Violation>(value.clone()).is_ok(),
            may_be_absent,
            "{field}"
        );
        assert_eq!(validators()["violation.json"].problems(&value).is_empty(), may_be_absent, "{field}");
    }
}
