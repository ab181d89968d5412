//! The examples in the documents are events, and every field is explained.

use std::path::Path;

use ringfence_events::{Attributes, CardStatus, DeadLetter, Suspension, Violation, schemas};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::validators;

fn document(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between the fences of one language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    text.split(&*opening).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// An example reads as an event of this type, has nothing that the type lacks, and is valid.
fn check<T: DeserializeOwned + Serialize>(example: &str, schema: &str) {
    let event: T = serde_json::from_str(example).unwrap_or_else(|error| panic!("{error}: {example}"));
    assert_eq!(serde_json::to_string(&event).expect("serialises"), example.trim());
    let value: Value = serde_json::from_str(example).expect("JSON");
    assert_eq!(validators()[schema].problems(&value), Vec::<String>::new());
}

#[test]
fn the_examples_of_events_are_as_they_are_written() {
    let text = document("docs/events.md");
    let [violation, suspension, card_status] = blocks(&text, "json")[..] else { panic!("three examples") };
    check::<Violation>(violation, "violation.json");
    check::<Suspension>(suspension, "suspension.json");
    check::<CardStatus>(card_status, "card-status.json");
}

#[test]
fn the_example_of_the_readme_is_as_it_is_written() {
    let text = document("README.md");
    let events: Vec<&str> = blocks(&text, "json").into_iter().filter(|block| block.contains("\"revision\"")).collect();
    let [violation] = events[..] else { panic!("one example: {events:?}") };
    check::<Violation>(violation, "violation.json");
}

#[test]
fn the_examples_of_headers_are_as_they_are_written() {
    let text = document("docs/events.md");
    let [attributes, letter] = blocks(&text, "headers")[..] else { panic!("two examples") };
    let found = Attributes::read(|name| header(attributes, name)).expect("attributes");
    assert_eq!(lines(&found.headers()), attributes);
    let found = DeadLetter::read(|name| header(letter, name)).expect("a dead letter");
    assert_eq!(lines(&found.headers()), letter);
}

fn header<'a>(block: &'a str, name: &str) -> Option<&'a [u8]> {
    let mut headers = block.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(known, _)| *known == name).map(|(_, value)| value.as_bytes())
}

fn lines(headers: &[(&str, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

#[test]
fn every_field_and_every_word_of_the_schemas_is_explained() {
    let text = document("docs/events.md");
    for schema in schemas() {
        let root: Value = serde_json::from_str(&schema.text).expect("JSON");
        let definitions = root["$defs"].as_object().into_iter().flat_map(|definitions| definitions.values());
        for definition in definitions.chain([&root]) {
            let fields = definition["properties"].as_object().into_iter().flat_map(|fields| fields.keys().cloned());
            let words = definition["oneOf"].as_array().into_iter().flatten().filter_map(|word| word["const"].as_str());
            for name in fields.chain(words.map(str::to_owned)) {
                assert!(text.contains(&format!("`{name}`")), "{}: {name} is not explained", schema.file);
            }
        }
    }
}
