//! A configuration is taken as a whole, or every problem of it is said at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use config::{File, FileFormat, Value, ValueKind};
use ringfence_cdr::dialect::DialectTexts;
use ringfence_cdr::{EventTime, PlausibleTimes, RecordKind};
use ringfence_consumer::kafka::StartFrom;
use ringfence_task::{DIALECT_BYTES_MAX, Source, SourceKeyForm, SourceNumbers, SourcePartitioner};

use super::{Backlog, Config, ConfigError, Problem};

const MINIMAL: &str = "
group: ringfence
instance: node-1
kafka: {brokers: 'kafka-1:9092'}
sources:
  - {topic: telecom.cdr.v1, kind: cdr}
snapshots: {directory: /var/lib/ringfence}
rules: starter
";

const EVERYTHING: &str = "
group: ringfence.cn
instance: node-1
owners: 2
commit_interval: 50ms
kafka:
  brokers: [kafka-1:9092, kafka-2:9092]
  properties: {security.protocol: sasl_ssl, sasl.mechanism: SCRAM-SHA-512}
  consumer: {fetch.min.bytes: 1000, session.timeout.ms: 6000}
  producer: {compression.type: zstd}
sources:
  - topic: cdr
    kind: cdr
    dialect: json
    key: {form: national, partitioner: crc32}
    numbers: {country: CN}
    served: calling
    counts: [moCall, roaming]
    times: {earliest: 2020-01-01, latest: 2029-12-31}
    from: latest
  - topic: complaints
    kind: complaint
    key: {form: national, partitioner: crc32}
    numbers: {country: CN}
    from: 2026-12-01T00:00:00+08:00
retired: [marks]
outputs: {prefix: rf, version: v2}
snapshots: {directory: /var/lib/ringfence, interval: 5m, keep: 4}
http: {bind: '0.0.0.0:80'}
rules: packs/cn-telemarketing
lists: {directory: reference/lists}
backlog: impose
limits: {number_mib: 64, record_kib: 100}
";

/// The example that operators start from.
const EXAMPLE: &str = include_str!("../../../../deploy/ringfence.yaml");

fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::parse(text, &variables)
}

fn problems(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let problems = parse(text, variables).expect_err("has problems");
    problems.iter().map(|problem| format!("{}: {}", problem.key, problem.message)).collect()
}

#[test]
fn the_least_that_must_be_said() {
    let config = parse(MINIMAL, &[]).expect("is fine");
    assert_eq!((config.owners, config.commit_interval), (1, Duration::from_millis(100)));
    assert_eq!((config.backlog, config.snapshots.keep), (Backlog::Judge, 3));
    assert_eq!(&*config.outputs.violations, "ringfence.violations.v1");
    assert_eq!(config.http.to_string(), "127.0.0.1:9464");
    assert_eq!(config.lists, None);
    assert_eq!(config.transactional_id(2), "ringfence.ringfence.node-1.2");
    assert_eq!((config.scope_topic(), config.group_topic()), ("telecom.cdr.v1", "ringfence.journal.v1"));
    assert!(config.starts.is_empty() && config.retired.is_empty());
    assert_eq!(config.kafka.consumer["bootstrap.servers"], "kafka-1:9092");
}

#[test]
fn everything_that_can_be_said() {
    let config = parse(EVERYTHING, &[]).expect("is fine");
    assert_eq!(config.kafka.brokers, "kafka-1:9092,kafka-2:9092");
    assert_eq!(config.kafka.consumer["security.protocol"], "sasl_ssl");
    assert_eq!(config.kafka.consumer["fetch.min.bytes"], "1000");
    assert_eq!(config.kafka.producer["compression.type"], "zstd");
    assert!(!config.kafka.producer.contains_key("fetch.min.bytes"));
    let [cdr, complaints] = &config.sources[..] else { panic!("two sources") };
    assert_eq!((cdr.kind, complaints.kind), (RecordKind::Cdr, RecordKind::Complaint));
    assert_eq!((cdr.key.form, cdr.key.partitioner), (SourceKeyForm::National, SourcePartitioner::Crc32));
    assert_eq!((cdr.served, cdr.counts.len(), &cdr.numbers), (true, 2, &SourceNumbers::Country("CN".to_owned())));
    let decade = |earliest, latest| PlausibleTimes::new(EventTime(earliest), EventTime(latest)).expect("a range");
    assert_eq!(cdr.times, decade(1_577_836_800_000, 1_893_455_999_999));
    assert!(complaints.times.is_usual());
    assert_eq!(config.starts["cdr"], StartFrom::Latest);
    assert_eq!(config.starts["complaints"], StartFrom::Time(1_796_054_400_000));
    assert_eq!(config.retired, BTreeSet::from(["marks".to_owned()]));
    assert_eq!(&*config.outputs.dead_letters, "rf.dead-letters.v2");
    assert_eq!(config.lists.as_deref(), Some(Path::new("reference/lists")));
    assert_eq!((config.limits.number_bytes, config.limits.record_bytes), (64 << 20, 100 << 10));
}

#[test]
fn plausible_times_are_a_range_of_dates_or_instants() {
    let found = |times: &str| problems(&MINIMAL.replace("kind: cdr", &format!("kind: cdr, times: {times}")), &[]);
    assert_eq!(
        found("{earliest: soon}"),
        ["sources[0].times.earliest: is `soon`, must be a date or a time such as 2026-01-01T00:00:00+08:00"]
    );
    assert_eq!(
        found("{earliest: 2026-01-02, latest: 2026-01-01}"),
        ["sources[0].times.earliest: lies after `latest`: no record would be taken"]
    );
    assert_eq!(found("{first: 2026-01-02}"), ["sources[0].times.first: is unknown; known here are earliest, latest"]);
}

#[test]
fn all_problems_are_said_at_once() {
    let found = problems(
        "
group: a group
instance: node-1
ownres: 2
commit_interval: 100
kafka:
  properties: {enable.auto.commit: true, no.such.thing: 1}
  producer: {acks: 1, compression.type: best}
sources:
  - {topic: a, kind: complaint, served: calling}
  - {topic: a, kind: calls, key: {form: raw, partitioner: java}, from: yesterday}
retired: [a]
outputs: {prefix: 'x y'}
http: {bind: localhost}
snapshots: {interval: 5}
lists: {folder: x, directory: ''}
",
        &[],
    );
    let expected = [
        "group: may have up to 100",
        "commit_interval: is `100`, must be a length of time",
        "kafka.brokers: is missing",
        "kafka.properties.enable.auto.commit: cannot be set: offsets are committed in the transaction",
        "kafka.properties.no.such.thing: is refused",
        "kafka.producer.acks: cannot be set: exactly-once",
        "kafka.producer.compression.type: is refused",
        "sources[0].kind: complaints have neither",
        "sources[1].kind: is `calls`",
        "sources[1].key.partitioner: is `java`, must be one of murmur2, crc32",
        "sources[1].from: is `yesterday`, must be earliest, latest or a time",
        "sources[1].topic: a is named twice",
        "sources[1].key.form: raw keys need `numbers: opaque`",
        "sources[1].key: must be as for a",
        "retired: names a, which is a source too",
        "outputs.prefix: may have letters",
        "snapshots.directory: is missing",
        "snapshots.interval: is `5`",
        "http.bind: must be an address",
        "lists.directory: is empty",
        "lists.folder: is unknown",
        "rules: is missing",
        "ownres: is unknown: did you mean `owners`?",
    ];
    for start in expected {
        assert!(found.iter().any(|problem| problem.starts_with(start)), "{start} is not in {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn the_environment_overrides_the_file() {
    let file = MINIMAL.replace(
        "'kafka-1:9092'}",
        "'kafka-1:9092', properties: {sasl.password: '1', log_level: 6, sasl.username: me}}",
    );
    let config = parse(
        &file,
        &[
            ("RINGFENCE__KAFKA__BROKERS", "other:9092,more:9092"),
            ("RINGFENCE__KAFKA__PROPERTIES__SASL_PASSWORD", "0123456"),
            ("RINGFENCE__OWNERS", "3"),
            ("RINGFENCE_DATA", "not ours"),
        ],
    )
    .expect("is fine");
    assert_eq!((&*config.kafka.brokers, config.owners), ("other:9092,more:9092", 3));
    assert_eq!(config.kafka.consumer["sasl.password"], "0123456", "leading zeros stay");
    assert_eq!(config.kafka.consumer["sasl.username"], "me");
    assert_eq!(config.kafka.consumer["log_level"], "6");
    let found = problems(MINIMAL, &[("RINGFENCE__KAFKA__BROKER", "x")]);
    assert_eq!(found, ["kafka.broker: is unknown: did you mean `brokers`?"]);
}

#[test]
fn a_secret_can_stand_in_a_file_and_is_never_printed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("password");
    std::fs::write(&path, "0secret\n").expect("written");
    let property = format!("properties: {{sasl.password_file: '{}'}}", path.display());
    let config =
        parse(&MINIMAL.replace("'kafka-1:9092'}", &format!("'kafka-1:9092', {property}}}")), &[]).expect("fine");
    assert_eq!(config.kafka.consumer["sasl.password"], "0secret");
    assert!(!format!("{config:?}").contains("0secret"));
    let found = problems(&MINIMAL.replace("}\nsources", ", properties: {sasl.password_file: /none}}\nsources"), &[]);
    assert!(found[0].starts_with("kafka.properties.sasl.password_file: names a file that cannot be read"), "{found:?}");
}

#[test]
fn outputs_that_are_inputs_are_refused() {
    let found = problems(&MINIMAL.replace("telecom.cdr.v1", "ringfence.journal.v1"), &[]);
    assert_eq!(found, ["outputs.prefix: makes ringfence.journal.v1 an output, and it is an input"]);
}

/// What is wrong with a configuration of these sources, in a directory with these dialects.
fn of_sources(sources: &str, dialects: &[(&str, &str)]) -> Result<Vec<Source>, Vec<String>> {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in dialects {
        std::fs::write(directory.path().join(name), text).expect("written");
    }
    let path = directory.path().join("ringfence.yaml");
    std::fs::write(&path, MINIMAL.replace("  - {topic: telecom.cdr.v1, kind: cdr}\n", sources)).expect("written");
    match Config::load(&path) {
        Ok(config) => Ok(config.sources),
        Err(ConfigError::Problems { problems, .. }) => {
            Err(problems.iter().map(|problem| format!("{}: {}", problem.key, problem.message)).collect())
        }
        Err(error) => panic!("{error}"),
    }
}

const OWN: &str = "
dialect: own
format: jsonl
numbers: {country: CN}
served: calling
counts: [moCall, roaming]
fields: {recordId: id, recordType: type, callingNumber: a, calledNumber: b, seizureTime: t}
";

#[test]
fn a_source_has_a_built_in_dialect_or_one_of_a_file() {
    let sources = "
  - {topic: a, kind: cdr, dialect: asterisk}
  - {topic: b, kind: cdr, dialect: own.yaml}
  - {topic: c, kind: cdr, dialect: json}
  - {topic: d, kind: cdr, dialect: own.yaml, numbers: {country: CN}, served: calling, counts: [roaming, moCall]}
";
    let sources = of_sources(sources, &[("own.yaml", OWN)]).expect("is fine");
    let [asterisk, own, json, same] = &sources[..] else { panic!("four sources") };
    assert_eq!(asterisk.dialect, DialectTexts::built_in("asterisk"));
    assert_eq!(own.dialect, Some(DialectTexts::of_file("own.yaml", OWN).expect("compiles")));
    assert_eq!((&json.dialect, json.served), (&None, false));
    // What the dialect says holds for the source.
    let said = |source: &Source| (source.numbers.clone(), source.served, source.counts.len());
    assert_eq!(said(own), (SourceNumbers::Country("CN".to_owned()), true, 2));
    assert_eq!(said(own), said(same));
}

#[test]
fn what_a_dialect_says_is_overridden_by_nothing() {
    let source = "  - {topic: a, kind: cdr, dialect: own.yaml, numbers: international, counts: [moCall]}\n";
    let found = of_sources(source, &[("own.yaml", OWN)]).expect_err("they differ");
    assert_eq!(
        found,
        [
            "sources[0].numbers: is not what its dialect `own` says ({country: CN}): say it once, or extend the dialect by one that says otherwise",
            "sources[0].counts: is not what its dialect `own` says (moCall, roaming): say it once, or extend the dialect by one that says otherwise",
        ]
    );
    let source = "  - {topic: a, kind: cdr}\n  - {topic: b, kind: complaint, dialect: own.yaml}\n";
    let found = of_sources(source, &[("own.yaml", OWN)]).expect_err("another kind");
    assert_eq!(found, ["sources[1].kind: is complaint, and its dialect `own` reads cdrs"]);
}

#[test]
fn a_dialect_that_cannot_be_used_for_a_topic_is_refused_with_what_to_do() {
    let of_files = OWN.replace("recordId: id", "recordId: '{file}:{line}'");
    let broken = OWN.replace("format: jsonl", "format: xml");
    let dialects = [("files.yaml", &*of_files), ("broken.yaml", &broken)];
    for (dialect, expected) in [
        ("astersik", "is `astersik`, which is no file, from the directory of this one on, and none of the built-in"),
        ("broken.yaml", "cannot be used:\nbroken.yaml:3:9: unknown format `xml`"),
        (
            "files.yaml",
            "{file} is a place in a file, and records of a topic have none: name a column, or {topic}:{partition}:{offset}:{ordinal}",
        ),
        (
            "3gpp-csv",
            "the messages of a topic have no header: give the dialect `header: false` and the names of all `columns: [...]`",
        ),
    ] {
        let found = of_sources(&format!("  - {{topic: a, kind: cdr, dialect: {dialect}}}\n"), &dialects);
        let found = found.expect_err(dialect);
        let [problem] = &found[..] else { panic!("one problem: {found:?}") };
        assert!(problem.starts_with("sources[0].dialect: ") && problem.contains(expected), "{problem}");
    }
    let large = format!("{OWN}# {}\n", "x".repeat(DIALECT_BYTES_MAX));
    let found = of_sources("  - {topic: a, kind: cdr, dialect: own.yaml}\n", &[("own.yaml", &large)]);
    assert!(found.expect_err("too large").concat().starts_with("sources: have dialects of "));
}

#[test]
fn messages_of_avro_are_read_by_a_schema_file() {
    let own = OWN.replace("jsonl", "avro");
    let fields = ["id", "type", "a", "b"].map(|name| format!(r#"{{"name":"{name}","type":"string"}}"#)).join(",");
    let schema = format!(r#"{{"type":"record","name":"Call","fields":[{fields},{{"name":"t","type":"long"}}]}}"#);
    let lacking = schema.replace(r#""t""#, r#""began""#);
    let files = [("own.yaml", &*own), ("rows.yaml", OWN), ("a.avsc", &*schema), ("b.avsc", &*lacking), ("c.avsc", "{")];
    let found = |keys: &str| of_sources(&format!("  - {{topic: a, kind: cdr, {keys}}}\n"), &files);
    let sources = found("dialect: own.yaml, schema: a.avsc").expect("is fine");
    let texts = DialectTexts::of_file("own.yaml", &own).expect("compiles").with_schema(&schema);
    assert_eq!(sources[0].dialect, Some(texts));
    for (keys, expected) in [
        (
            "dialect: own.yaml",
            "sources[0].dialect: the dialect `own` does not fit: Avro is read by the schema that wrote it",
        ),
        (
            "dialect: own.yaml, schema: b.avsc",
            "sources[0].dialect: the dialect `own` does not fit: the schema has no value `t`",
        ),
        ("dialect: own.yaml, schema: c.avsc", "sources[0].schema: cannot be used: no Avro schema: no JSON"),
        ("dialect: own.yaml, schema: d.avsc", "sources[0].schema: names a file that cannot be read"),
        (
            "dialect: rows.yaml, schema: a.avsc",
            "sources[0].schema: is of messages of Avro, and the dialect `own` reads others",
        ),
        ("schema: a.avsc", "sources[0].schema: is of messages of Avro: give the source a dialect with `format: avro`"),
    ] {
        let problems = found(keys).expect_err(keys);
        assert!(problems.len() == 1 && problems[0].starts_with(expected), "{problems:?}");
    }
}

#[test]
fn a_text_that_is_no_yaml_is_one_problem() {
    assert_eq!(problems("group: [", &[]).len(), 1);
}

#[test]
fn the_example_says_what_is_so_by_default() {
    let least = "
group: ringfence
kafka: {brokers: 'kafka-1.example.net:9092,kafka-2.example.net:9092'}
sources:
  - {topic: telecom.cdr.v1, kind: cdr}
  - {topic: telecom.complaints.v1, kind: complaint}
snapshots: {directory: /var/lib/ringfence}
rules: starter
";
    assert_eq!(parse(EXAMPLE, &[]).expect("is fine"), parse(least, &[]).expect("is fine"));
}

#[test]
fn the_example_shows_every_key() {
    // A key whose default cannot be written down stands there as a comment.
    let text: String = EXAMPLE.lines().map(|line| uncommented(line) + "\n").collect();
    parse(&text, &[]).expect("is fine with what was a comment, too");
    let shown = keys(&text);
    let missing: Vec<String> = keys(EVERYTHING).into_iter().filter(|key| !shown.contains(key)).collect();
    // The other form of `numbers`, which a comment tells of.
    assert_eq!(missing, ["sources.numbers.country"]);
}

/// `# key: value` as `key: value`, also where the value is a mapping; other comments are sentences.
fn uncommented(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_value = |words: &[&str]| words.len() == 1 || words[0].starts_with('{');
    let is_key =
        matches!(&words[..], ["#", key, value @ ..] if key.ends_with(':') && !value.is_empty() && is_value(value));
    if is_key { line.replacen("# ", "", 1) } else { line.to_owned() }
}

/// Every key of a text, without the names of librdkafka's settings.
fn keys(text: &str) -> BTreeSet<String> {
    let built = config::Config::builder().add_source(File::from_str(text, FileFormat::Yaml)).build().expect("YAML");
    let mut found = BTreeSet::new();
    note_keys("", &built.cache, &mut found);
    found
}

fn note_keys(path: &str, value: &Value, found: &mut BTreeSet<String>) {
    match &value.kind {
        ValueKind::Array(items) => items.iter().for_each(|item| note_keys(path, item, found)),
        ValueKind::Table(entries) => {
            for (name, value) in entries {
                let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                if !["kafka.properties", "kafka.consumer", "kafka.producer"].contains(&&*key) {
                    note_keys(&key, value, found);
                }
                found.insert(key);
            }
        }
        _ => {}
    }
}
