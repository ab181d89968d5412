//! The section `kafka`: where the cluster is, and settings of librdkafka that are passed on.

use std::path::Path;

use rdkafka::ClientConfig;
use ringfence_alert_publisher::PRODUCER_SETTINGS_OWNED;
use ringfence_consumer::kafka::{CONSUMER_SETTINGS_OWNED, Properties};

use super::tree::Section;

/// How the cluster is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Kafka {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// Properties of every consumer.
    pub consumer: Properties,
    /// Properties of every producer.
    pub producer: Properties,
}

/// Settings that have a place of their own in the configuration.
const ELSEWHERE: &[(&str, &str)] = &[
    ("bootstrap.servers", "it is `kafka.brokers`"),
    ("metadata.broker.list", "it is `kafka.brokers`"),
    ("statistics.interval.ms", "the engine keeps its own figures"),
    ("log.queue", "librdkafka's log lines go to the engine's log"),
];

/// Whose settings a map holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Both,
    Consumers,
    Producers,
}

impl std::fmt::Debug for Kafka {
    /// Properties hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kafka").field("brokers", &self.brokers).finish_non_exhaustive()
    }
}

pub(super) fn read(mut section: Section<'_>, base: &Path) -> Kafka {
    let brokers = section.texts("brokers").join(",");
    if brokers.is_empty() {
        section.refuse("brokers", "is missing: where the cluster is, such as kafka-1:9092,kafka-2:9092");
    }
    let both = properties(&mut section, "properties", Of::Both, base);
    let consumer = properties(&mut section, "consumer", Of::Consumers, base);
    let producer = properties(&mut section, "producer", Of::Producers, base);
    section.finish();
    let merged = |own: Properties| {
        let mut all = both.clone();
        all.insert("bootstrap.servers".to_owned(), brokers.clone());
        // An OpenSSL of the system is built for its own place, which is not where every distribution has the roots.
        all.entry("ssl.ca.location".to_owned()).or_insert_with(|| "probe".to_owned());
        all.extend(own);
        all
    };
    Kafka { consumer: merged(consumer), producer: merged(producer), brokers }
}

fn properties(section: &mut Section<'_>, name: &'static str, of: Of, base: &Path) -> Properties {
    let found = section.section(name);
    let key_of = |property: &str| format!("{name}.{property}");
    let mut properties = Properties::new();
    let mut texts = found.all_texts();
    // Names from the environment have underscores and come last, so that they win.
    texts.sort_by_key(|(property, _)| property.contains('_'));
    for (written, value) in texts {
        let property = dotted(&written);
        let (property, value) = match property.strip_suffix(".file") {
            Some(secret) => match std::fs::read_to_string(base.join(&value)) {
                Ok(text) => (secret.to_owned(), text.trim_end_matches(['\n', '\r']).to_owned()),
                Err(error) => {
                    section.refuse(&key_of(&written), format!("names a file that cannot be read: {error}"));
                    continue;
                }
            },
            None => (property, value),
        };
        match refusal(&property, &value, of) {
            Some(reason) => section.refuse(&key_of(&written), reason),
            None => drop(properties.insert(property, value)),
        }
    }
    properties
}

/// librdkafka's names have dots, which variables of the environment cannot have. One name has an underscore.
fn dotted(name: &str) -> String {
    if name == "log_level" { name.to_owned() } else { name.replace('_', ".") }
}

fn refusal(property: &str, value: &str, of: Of) -> Option<String> {
    let tables: &[&[(&str, &str)]] = match of {
        Of::Both => &[ELSEWHERE, CONSUMER_SETTINGS_OWNED, PRODUCER_SETTINGS_OWNED],
        Of::Consumers => &[ELSEWHERE, CONSUMER_SETTINGS_OWNED],
        Of::Producers => &[ELSEWHERE, PRODUCER_SETTINGS_OWNED],
    };
    let owned = tables.iter().flat_map(|table| table.iter()).find(|(name, _)| *name == property);
    if let Some((_, reason)) = owned {
        return Some(format!("cannot be set: {reason}"));
    }
    // librdkafka knows its own settings; its words name the setting and, for a choice, what is allowed.
    let error = ClientConfig::new().set(property, value).create_native_config().err()?;
    match error {
        rdkafka::error::KafkaError::ClientConfig(_, description, ..) => Some(format!("is refused: {description}")),
        _ => Some("is refused by librdkafka".to_owned()),
    }
}
