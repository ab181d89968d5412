//! Topics that hold what other systems write: several records a message, and another dialect from one start to the next.

use ringfence_cdr::RejectCode;
use ringfence_engine::{Config, doctor};
use ringfence_events::DeadLetter;
use ringfence_kafka_for_tests::{NewRecord, Record};
use serde_json::{Value, json};

use crate::child::read_rules;
use crate::scene::{NODE, Node, Scene};
use crate::traffic::{BASE, calls};

/// A switch that writes rows, with a column of text that nobody reads.
const ROWS: Node = Node {
    dialect: Some(
        "
dialect: rows
columns: [id, caller, callee, began, lasted, note]
delimiter: ;
fields:
  recordId: id
  recordType: {value: moCall}
  callingNumber: caller
  calledNumber: callee
  seizureTime: {from: began, format: epoch_ms}
  callDuration: lasted
",
    ),
    // Nothing is stored before the process is killed: all of it is replayed.
    interval: "1h",
    ..NODE
};

/// What it writes after an upgrade: objects of its own.
const OBJECTS: Node = Node {
    dialect: Some(
        "
dialect: objects
format: jsonl
fields:
  recordId: id
  recordType: {value: moCall}
  callingNumber: parties.a
  calledNumber: parties.b
  seizureTime: {from: began, format: epoch_ms}
  callDuration: lasted
",
    ),
    ..NODE
};

/// The calls of each number in messages of up to three, as this writes one and joins some.
fn messages(
    calls: &[NewRecord],
    write: impl Fn(&Value) -> String,
    join: impl Fn(&[String]) -> String,
) -> Vec<NewRecord> {
    let mut waiting: Vec<(Vec<u8>, Vec<String>, i64)> = Vec::new();
    let mut messages = Vec::new();
    for record in calls {
        let (key, value) = (record.key.clone().expect("a key"), record.value.as_deref().expect("a value"));
        let text = write(&serde_json::from_slice(value).expect("JSON"));
        let at = record.timestamp.expect("a time");
        let place = waiting.iter().position(|(number, ..)| *number == key).unwrap_or_else(|| {
            waiting.push((key, Vec::new(), at));
            waiting.len() - 1
        });
        waiting[place].1.push(text);
        waiting[place].2 = at;
        if waiting[place].1.len() == 3 {
            let (key, texts, at) = waiting.swap_remove(place);
            messages.push(NewRecord::new(key, join(&texts)).at(at));
        }
    }
    messages.extend(waiting.into_iter().map(|(key, texts, at)| NewRecord::new(key, join(&texts)).at(at)));
    messages
}

fn row(call: &Value) -> String {
    let text = |name: &str| call[name].as_str().expect("a text").to_owned();
    let number = |name: &str| call[name].as_i64().expect("a number");
    let (id, caller, callee) = (text("recordId"), text("callingNumber"), text("calledNumber"));
    format!("{id};{caller};{callee};{};{};\"two\nlines\"", number("seizureTime"), number("callDuration"))
}

fn object(call: &Value) -> String {
    let parties = json!({"a": call["callingNumber"], "b": call["calledNumber"]});
    json!({"id": call["recordId"], "parties": parties, "began": call["seizureTime"], "lasted": call["callDuration"]})
        .to_string()
}

#[test]
fn e1_what_was_read_by_a_dialect_is_replayed_by_it_when_the_next_start_brings_another() {
    let scene = Scene::new("dialects");
    let half = calls(0, 3_000);
    scene.produce("cdr", &messages(&half, row, |rows| rows.join("\r\n")));
    let process = scene.start(ROWS);
    scene.wait_until_read();
    process.kill();

    let rest = calls(3_000, 6_000);
    scene.produce("cdr", &messages(&rest, object, |objects| format!("[{}]", objects.join(","))));
    let process = scene.start(OBJECTS);
    scene.wait_until_read();
    assert!(process.stop());

    let standing = scene.check_history();
    let twin = Scene::new("dialects-twin");
    twin.produce("cdr", &[half, rest].concat());
    assert!(standing.len() > 10, "{} stand", standing.len());
    assert_eq!(standing, twin.expected(NODE), "as if all of it had been written as the contract writes it");
    assert!(scene.events("dead-letters.v1").is_empty());
}

#[test]
fn c1_a_record_of_a_message_that_cannot_be_taken_is_a_dead_letter_with_its_ordinal_and_its_own_bytes() {
    let scene = Scene::new("parts");
    let mut records = messages(&calls(0, 300), row, |rows| rows.join("\n"));
    let number = "+8613000000001";
    let good = format!("x-1;{number};+8613100000001;{BASE};1;");
    let message = format!("{good}\nnot a row\n\n{}\n", good.replace("x-1", "x-2").replace(number, ""));
    records.push(NewRecord::new(number, &message).at(BASE));
    scene.produce("cdr", &records);
    let process = scene.start(ROWS);
    scene.wait_until_read();
    assert!(process.stop());

    let letters = scene.cluster.read_all(&scene.topic("dead-letters.v1")).expect("readable");
    let read = |letter: &Record| {
        let said = DeadLetter::read(|name| letter.header(name)).expect("a dead letter");
        let value = String::from_utf8(letter.value.clone().expect("a value")).expect("UTF-8");
        (said.ordinal, said.reject.code, value)
    };
    let mut letters: Vec<_> = letters.iter().map(read).collect();
    letters.sort();
    let lines: Vec<&str> = message.lines().collect();
    let bad = RejectCode::ColumnCount;
    assert_eq!(
        letters,
        [(Some(1), bad, lines[1].to_owned()), (Some(2), RejectCode::HiddenNumber, lines[3].to_owned())]
    );
}

/// What doctor finds of the calls of a node.
fn found(scene: &Scene, node: Node) -> Vec<String> {
    let config = Config::load(&scene.config(node)).expect("is fine");
    let mut found = Vec::new();
    doctor::examine(&config, &read_rules(&scene.rules(node)), false, &mut |finding| {
        if finding.about == scene.topic("cdr") {
            found.push(finding.seen);
        }
    });
    found
}

#[test]
fn doctor_shows_a_record_as_it_would_be_stored_and_where_repeats_cannot_be_seen() {
    let scene = Scene::new("outline");
    scene.produce("cdr", &messages(&calls(0, 1), row, |rows| rows.join("\n")));
    let calls = found(&scene, ROWS);
    let shown = calls.iter().find(|seen| seen.starts_with("one of them")).expect("one is shown");
    let expected = "one of them, as it would be stored: moCall, calling +86***********, called +86***********, attempted 2026-09-21T14:13:20Z, 1 s, answered, served";
    assert_eq!(shown, expected);
    let unseen = "its records are known by the offset where they lie, so repeats cannot be seen";
    assert!(!calls.iter().any(|seen| seen == unseen), "{calls:?}");

    const BY_PLACE: &str = "dialect: place\ncolumns: [id, a, b, t, d, note]\ndelimiter: ;\nfields: {recordId: '{offset}:{ordinal}', callingNumber: a, calledNumber: b, seizureTime: t}\n";
    let calls = found(&scene, Node { dialect: Some(BY_PLACE), ..NODE });
    assert!(calls.iter().any(|seen| seen == unseen), "{calls:?}");
}

/// A mediation system that writes Avro.
const AVRO: Node = Node {
    dialect: Some(
        "
dialect: avro
format: avro
fields:
  recordId: id
  recordType: {value: moCall}
  callingNumber: parties.a
  calledNumber: parties.b
  seizureTime: began
  callDuration: lasted
",
    ),
    schema: Some(
        r#"{"type":"record","name":"Call","fields":[
            {"name":"id","type":"string"},
            {"name":"parties","type":{"type":"record","name":"Parties","fields":[
                {"name":"a","type":["null","string"]},{"name":"b","type":"string"}]}},
            {"name":"began","type":{"type":"long","logicalType":"timestamp-micros"}},
            {"name":"lasted","type":["null","int"]}]}"#,
    ),
    interval: "1h",
    ..NODE
};

/// Zigzag, seven bits a byte.
fn whole(number: i64) -> Vec<u8> {
    let mut left = (number << 1 ^ number >> 63).cast_unsigned();
    let mut bytes = Vec::new();
    while left > 0x7f {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes
}

fn datum(call: &Value) -> Vec<u8> {
    let text = |name: &str| {
        let text = call[name].as_str().expect("a text").as_bytes();
        [whole(text.len() as i64), text.to_vec()].concat()
    };
    let number = |name: &str| call[name].as_i64().expect("a number");
    let (began, lasted) = (whole(number("seizureTime") * 1_000 + 999), whole(number("callDuration")));
    [text("recordId"), whole(1), text("callingNumber"), text("calledNumber"), began, whole(1), lasted].concat()
}

#[test]
fn e1_messages_of_avro_are_judged_and_replayed_by_the_schema_that_their_source_had() {
    let scene = Scene::new("avro");
    let all = calls(0, 3_000);
    let record = |record: &NewRecord| {
        let call = serde_json::from_slice(record.value.as_deref().expect("a value")).expect("JSON");
        NewRecord { value: Some(datum(&call)), ..record.clone() }
    };
    let mut written: Vec<NewRecord> = all.iter().map(record).collect();
    // As a client of a schema registry writes it.
    let framed = [&[0, 0, 0, 0, 7][..], written[0].value.as_deref().expect("a value")].concat();
    written.push(NewRecord { value: Some(framed), ..written[0].clone() });
    scene.produce("cdr", &written);
    let process = scene.start(AVRO);
    scene.wait_until_read();
    process.kill();

    // What lies behind the last snapshot was read by a schema that this start does not bring.
    let objects = calls(3_000, 4_000);
    scene.produce("cdr", &messages(&objects, object, |objects| objects.join("\n")));
    let process = scene.start(OBJECTS);
    scene.wait_until_read();
    assert!(process.stop());

    let twin = Scene::new("avro-twin");
    twin.produce("cdr", &[all, objects].concat());
    let standing = scene.check_history();
    assert!(standing.len() > 5, "{} stand", standing.len());
    assert_eq!(standing, twin.expected(NODE));
    let letters = scene.cluster.read_all(&scene.topic("dead-letters.v1")).expect("readable");
    let read = |letter: &Record| DeadLetter::read(|name| letter.header(name)).expect("a dead letter").reject.code;
    assert_eq!(letters.iter().map(read).collect::<Vec<_>>(), [RejectCode::BadAvro]);
}
