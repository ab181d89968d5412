//! The section `sources`: the inputs, each by itself and all together.

use std::collections::BTreeMap;
use std::path::Path;

use ringfence_cdr::{EventTime, PlausibleTimes, RecordKind, RecordType};
use ringfence_consumer::kafka::StartFrom;
use ringfence_task::{DIALECT_BYTES_MAX, Source, SourceKey, SourceKeyForm, SourceNumbers, SourcePartitioner};

use super::dialect;
use super::tree::{Problems, Section};

/// As many as fit a journal record whatever their names are.
const SOURCES_MAX: usize = 64;

/// The sources, and by topic where a shard starts in it that has never read it.
pub(super) fn read(
    sections: Vec<Section<'_>>,
    base: &Path,
    problems: &Problems,
) -> (Vec<Source>, BTreeMap<String, StartFrom>) {
    let read: Vec<(Source, Option<StartFrom>)> = sections.into_iter().map(|section| read_one(section, base)).collect();
    let starts = read.iter().filter_map(|(source, from)| Some((source.topic.clone(), (*from)?))).collect();
    let sources: Vec<Source> = read.into_iter().map(|(source, _)| source).collect();
    if !sources.iter().any(|source| source.kind == RecordKind::Cdr) {
        problems.note("sources", "names no topic of kind cdr");
    }
    if sources.len() > SOURCES_MAX {
        problems.note("sources", format!("may name up to {SOURCES_MAX} topics"));
    }
    let dialect_bytes: usize = sources.iter().map(Source::dialect_bytes).sum();
    if dialect_bytes > DIALECT_BYTES_MAX {
        let message = format!(
            "have dialects of {dialect_bytes} bytes together, each counted where it is named; a journal record has \
             room for {DIALECT_BYTES_MAX}"
        );
        problems.note("sources", message);
    }
    for (at, source) in sources.iter().enumerate() {
        let key = |name: &str| format!("sources[{at}].{name}");
        if !source.topic.is_empty() && sources[..at].iter().any(|earlier| earlier.topic == source.topic) {
            problems.note(key("topic"), format!("{} is named twice", source.topic));
        }
        if source.key.form == SourceKeyForm::Raw && source.numbers != SourceNumbers::Opaque {
            let message = "raw keys need `numbers: opaque`: one number written in two ways would lie in two partitions";
            problems.note(key("key.form"), message);
        }
        if source.key.form == SourceKeyForm::National && !matches!(source.numbers, SourceNumbers::Country(_)) {
            problems.note(key("key.form"), "national keys need `numbers: {country: ...}`");
        }
        let first = &sources[0];
        if at > 0 && source.key != first.key {
            let message = format!("must be as for {}: both topics are read by the same shards", first.topic);
            problems.note(key("key"), message);
        }
        if at > 0 && (source.numbers == SourceNumbers::Opaque) != (first.numbers == SourceNumbers::Opaque) {
            problems.note(key("numbers"), format!("must be opaque here and for {}, or in neither", first.topic));
        }
    }
    (sources, starts)
}

fn read_one(mut section: Section<'_>, base: &Path) -> (Source, Option<StartFrom>) {
    let topic = section.required("topic", "the topic to read");
    let kind = section.required("kind", "cdr or complaint");
    let kind = match &*kind {
        "cdr" | "" => RecordKind::Cdr,
        "complaint" => RecordKind::Complaint,
        other => {
            section.refuse("kind", format!("is `{other}`, must be one of cdr, complaint"));
            RecordKind::Cdr
        }
    };
    let dialect = dialect::read(&mut section, base);
    let mut key = section.section("key");
    let form = key.choice(
        "form",
        SourceKeyForm::E164,
        &[("e164", SourceKeyForm::E164), ("national", SourceKeyForm::National), ("raw", SourceKeyForm::Raw)],
    );
    let partitioner = key.choice(
        "partitioner",
        SourcePartitioner::Murmur2,
        &[("murmur2", SourcePartitioner::Murmur2), ("crc32", SourcePartitioner::Crc32)],
    );
    key.finish();
    let numbers = read_numbers(&mut section);
    let served = section.choice("served", false, &[("calling", true)]);
    let counts = read_counts(&mut section);
    if kind == RecordKind::Complaint && (served || !counts.is_empty()) {
        section.refuse("kind", "complaints have neither `served` nor `counts`");
    }
    let times = read_times(&mut section);
    let from = read_from(&mut section);
    let key = SourceKey { form, partitioner };
    let mut source = Source { topic, kind, dialect: None, key, numbers, served, counts, times };
    if let Some(dialect) = dialect {
        dialect.join(&mut source, &section);
    }
    section.finish();
    (source, from)
}

/// When calls and complaints can have been.
fn read_times(section: &mut Section<'_>) -> PlausibleTimes {
    let mut times = section.section("times");
    let usual = PlausibleTimes::USUAL;
    let mut bound = |name: &'static str, usual: EventTime| {
        let Some(text) = times.text(name) else { return usual };
        PlausibleTimes::bound(&text, name == "latest").unwrap_or_else(|| {
            times.refuse(name, format!("is `{text}`, must be a date or a time such as 2026-01-01T00:00:00+08:00"));
            usual
        })
    };
    let (earliest, latest) = (bound("earliest", usual.earliest()), bound("latest", usual.latest()));
    let range = PlausibleTimes::new(earliest, latest).unwrap_or_else(|| {
        times.refuse("earliest", "lies after `latest`: no record would be taken");
        usual
    });
    times.finish();
    range
}

/// The beginning is where a shard starts that is not told otherwise.
fn read_from(section: &mut Section<'_>) -> Option<StartFrom> {
    let from = section.text("from")?;
    match &*from {
        "earliest" => None,
        "latest" => Some(StartFrom::Latest),
        time => match EventTime::parse_rfc3339(time) {
            Some(time) => Some(StartFrom::Time(time.0)),
            None => {
                let message =
                    format!("is `{time}`, must be earliest, latest or a time such as 2026-12-01T00:00:00+08:00");
                section.refuse("from", message);
                None
            }
        },
    }
}

fn read_numbers(section: &mut Section<'_>) -> SourceNumbers {
    if !section.is_mapping("numbers") {
        return section.choice(
            "numbers",
            SourceNumbers::Pack,
            &[
                ("pack", SourceNumbers::Pack),
                ("international", SourceNumbers::International),
                ("opaque", SourceNumbers::Opaque),
            ],
        );
    }
    let mut numbers = section.section("numbers");
    let country = numbers.required("country", "the country whose national numbers these are, such as CN");
    if !country.is_empty() && (country.len() != 2 || !country.chars().all(|letter| letter.is_ascii_uppercase())) {
        numbers.refuse("country", "must be the two capital letters of ISO 3166, such as CN");
    }
    numbers.finish();
    SourceNumbers::Country(country)
}

fn read_counts(section: &mut Section<'_>) -> Vec<RecordType> {
    let mut counts = Vec::new();
    for name in section.texts("counts") {
        match RecordType::from_name(&name) {
            Some(record_type) => counts.push(record_type),
            None => {
                let known: Vec<&str> = RecordType::ALL.into_iter().map(RecordType::name).collect();
                section.refuse("counts", format!("`{name}` is no record type; there are {}", known.join(", ")));
            }
        }
    }
    counts
}
