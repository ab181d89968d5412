use proptest::prelude::*;

use super::*;

/// What a mediation system might write; the data below are written with it by another implementation (fastavro 1.13).
pub(crate) const SCHEMA: &str = r#"
{"type":"record","name":"Call","namespace":"example.mediation","fields":[
 {"name":"id","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":0}},
 {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["moCall","mtCall"]}},
 {"name":"parties","type":{"type":"record","name":"Parties","fields":[
   {"name":"a","type":["null","string"],"default":null},
   {"name":"b","type":["string","null"]},
   {"name":"forwarded","type":["null","Parties"],"default":null}]}},
 {"name":"legs","type":{"type":"array","items":"Parties"}},
 {"name":"began","type":{"type":"long","logicalType":"timestamp-micros"}},
 {"name":"ended","type":["null",{"type":"long","logicalType":"timestamp-millis"}]},
 {"name":"lasted","type":["null","double"]},
 {"name":"cost","type":{"type":"fixed","name":"Cost","size":8,"logicalType":"decimal","precision":12,"scale":4}},
 {"name":"more","type":{"type":"map","values":["null","int","string","Kind"]}},
 {"name":"answered","type":"boolean"},
 {"name":"mark","type":{"type":"fixed","name":"Mark","size":2}},
 {"name":"ratio","type":"float"}
]}"#;
pub(crate) const FULL: &str = "1200ab54a98ceb1f0ad20002182b3135353530313030303031001a2b3434373730303930303132330200000278000600020000020000020000be91bea2dbffad0602c0d98ac59868020000000000002940ffffffffffffcf2c060a7472756e6b040454310a63617573650220086e6f6e6500000101ff0000003f";
const BARE: &str = "02ff0200020000e70700000000000000000005000001ff0000003f";

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|digit| digit.to_digit(16).expect("a digit") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

fn plan(schema: &str, names: &[&str]) -> Result<Plan, Vec<String>> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Plan::new(Schema::parse(schema).expect("a schema"), &names, &|_| vec![])
}

fn texts(names: &[&str], datum: &str) -> Vec<Option<String>> {
    let datum = bytes(datum);
    let texts = plan(SCHEMA, names).expect("fits").texts(&datum).expect("a datum");
    texts.into_iter().map(|text| text.map(|text| text.into_owned())).collect()
}

#[test]
fn what_another_implementation_wrote_is_read_exactly() {
    let names =
        ["id", "kind", "parties.a", "parties.b", "parties.forwarded.b", "began", "ended", "lasted", "cost", "answered"];
    let said = |texts: &[&str]| texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
    let full = [
        "12345678901234567890",
        "moCall",
        "+15550100001",
        "+447700900123",
        "x",
        "1790000000123",
        "1790000060000",
        "12.5",
        "-1.25",
        "true",
    ];
    assert_eq!(texts(&names, FULL), said(&full));
    let mut bare = said(&["-1", "mtCall", "", "", "", "-1", "", "", "0.0005", "false"]);
    bare.iter_mut().for_each(|text| *text = text.take().filter(|text| !text.is_empty()));
    assert_eq!(texts(&names, BARE), bare);
    assert_eq!(
        texts(&["more.trunk", "more.cause", "more.none", "more.other", "mark", "ratio"], FULL),
        [Some("T1".to_owned()), Some("16".to_owned()), None, None, Some("01ff".to_owned()), Some("0.5".to_owned())]
    );
}

#[test]
fn a_schema_has_the_values_that_a_dialect_may_name() {
    let schema = Schema::parse(SCHEMA).expect("a schema");
    for name in ["id", "parties", "parties.forwarded.forwarded.a", "more.anything", "ended"] {
        assert!(schema.has(name), "{name}");
    }
    for name in ["", "ID", "parties.c", "id.x", "legs.a", "more."] {
        assert!(!schema.has(name), "{name}");
    }
}

#[test]
fn what_is_no_value_of_its_use_is_refused_before_the_first_message() {
    let fits = |name: &str, to: Use| {
        let schema = Schema::parse(SCHEMA).expect("a schema");
        Plan::new(schema, &[name.to_owned()], &|_| vec![to]).map(drop).map_err(|faults| faults.join("; "))
    };
    let refused = |name: &str, to: Use, expected: &str| {
        let fault = fits(name, to).expect_err(name);
        assert!(fault.starts_with(&format!("`{name}` is {expected}")), "{fault}");
    };
    refused("lasted", Use::Text, "a floating-point number, of which no id, number or time is read");
    refused("lasted", Use::Time { has_format: false }, "a floating-point number");
    refused("began", Use::Time { has_format: true }, "a timestamp by the schema: leave out its `format`");
    refused("parties", Use::Text, "a record: name a field of it");
    refused("parties.forwarded", Use::Text, "a record: name a field of it");
    refused("legs", Use::Text, "a list");
    refused("more", Use::Text, "a map: name a key of it");
    assert!(fits("lasted", Use::Length).is_ok() && fits("began", Use::Time { has_format: false }).is_ok());
    let local = r#"{"type":"record","name":"R","fields":[{"name":"t","type":{"type":"long","logicalType":"local-timestamp-millis"}}]}"#;
    let plan = Plan::new(Schema::parse(local).expect("a schema"), &["t".to_owned()], &|_| {
        vec![Use::Time { has_format: false }]
    });
    assert_eq!(plan.expect_err("has no offset"), ["`t` is a time without an offset, which is not read yet"]);
}

#[test]
fn a_text_that_is_no_schema_says_where() {
    for (text, expected) in [
        ("{", "no JSON: "),
        (r#""text""#, "the type `text` is not known"),
        ("7", "a type is a name, a list or an object"),
        (r#"{"type":"record","name":"R"}"#, "the record `R` has no list of fields"),
        (r#"{"type":"enum","name":"E","symbols":[1]}"#, "the enum `E` has no list of symbols"),
        (r#"{"type":"fixed","name":"F","size":-1}"#, "the fixed `F` has no size"),
        (r#"{"type":"array"}"#, "`array` without `items`"),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#,
            "the field `a` of `R` is there twice",
        ),
        (
            r#"[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":1}]"#,
            "the type `F` is defined twice",
        ),
    ] {
        let error = Schema::parse(text).expect_err(text).to_string();
        assert!(error.starts_with(&format!("no Avro schema: {expected}")), "{error}");
    }
    let deep = format!("{}\"int\"{}", r#"{"type":"array","items":"#.repeat(100), "}".repeat(100));
    assert!(Schema::parse(&deep).is_err());
}

fn fault(schema: &str, datum: &[u8]) -> Fault {
    plan(schema, &[]).expect("fits").texts(datum).expect_err("no datum")
}

#[test]
fn what_is_no_datum_is_said_and_costs_no_more_than_its_bytes() {
    let full = bytes(FULL);
    assert!((0..full.len()).all(|length| fault(SCHEMA, &full[..length]) == Fault::Short));
    assert_eq!(fault(SCHEMA, &[&full[..], b"x"].concat()), Fault::Long);
    assert_eq!(fault("\"long\"", &[0xff; 11]), Fault::Number);
    // A text that nobody reads may be anything.
    let text = r#"{"type":"record","name":"R","fields":[{"name":"t","type":"string"}]}"#;
    let read = |names: &[&str]| plan(text, names).expect("fits").texts(&[0x04, 0xff, 0xff]).map(drop);
    assert_eq!((read(&["t"]), read(&[])), (Err(Fault::Text), Ok(())));
    assert_eq!(fault("\"string\"", &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), Fault::Short);
    assert_eq!(fault("\"string\"", &[0x01]), Fault::Number, "a length below zero");
    assert_eq!(fault(r#"["null","int"]"#, &[0x04]), Fault::Number);
    // Two to the power of sixty values that take no bytes.
    let nothing = r#"{"type":"array","items":"null"}"#;
    let many = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
    assert_eq!(fault(nothing, &many), Fault::Much);
    let itself = r#"{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}"#;
    assert_eq!(fault(itself, &[0x02; 1_000]), Fault::Much);
}

#[test]
fn a_block_that_says_how_long_it_is_is_passed_over_at_once() {
    // A block of two values in three bytes, then the end.
    let datum = [0x03, 0x06, 0x80, 0x01, 0x02, 0x00, 0x0e];
    let list = r#"{"type":"record","name":"R","fields":[
        {"name":"l","type":{"type":"array","items":"int"}},{"name":"x","type":"int"}]}"#;
    let texts = plan(list, &["x"]).expect("fits").texts(&datum).map(|texts| texts[0].clone());
    assert_eq!(texts, Ok(Some("7".into())));
}

proptest! {
    #[test]
    fn robust_whatever_the_bytes_are(datum in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..120, byte in any::<u8>()) {
        let names = ["id", "parties.forwarded.forwarded.a", "more.trunk", "cost"];
        let plan = plan(SCHEMA, &names).expect("fits");
        let _ = plan.texts(&datum);
        let mut bent = bytes(FULL);
        bent[at] = byte;
        let _ = plan.texts(&bent);
    }
}
