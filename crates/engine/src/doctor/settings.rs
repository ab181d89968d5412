//! The settings of topics: what they must be for the promises of the engine, and what they should be.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use ringfence_cdr::{Millis, RecordKind};
use ringfence_consumer::kafka::{Cluster, Logged};
use ringfence_rules::Stream;
use ringfence_task::PackInForce;

use super::notes::Notes;
use super::patience::LIMIT;
use crate::config::Config;

/// The longest outage that inputs and journal should bridge.
const OUTAGE: Millis = Millis(Millis::DAY.0);
/// How long decisions are kept, where nothing else is the law: five years.
const LEGAL_RETENTION: Millis = Millis(5 * 365 * Millis::DAY.0);

/// Of one topic, by name.
type Settings = BTreeMap<String, String>;

pub(super) fn examine(
    config: &Config,
    pack: &PackInForce,
    cluster: &Cluster,
    client: &BaseConsumer<Logged>,
    notes: &mut Notes<'_>,
) {
    let there: Vec<&str> =
        cluster.topics.iter().filter(|(_, facts)| facts.is_ok()).map(|(topic, _)| topic.as_str()).collect();
    if there.is_empty() {
        return;
    }
    let settings = match read(config, &there) {
        Ok(settings) => settings,
        Err(reason) => {
            notes.advice("topics", format!("their settings cannot be read: {reason}"), "allow DescribeConfigs on them");
            return;
        }
    };
    for (topic, settings) in &settings {
        if let Some(source) = config.sources.iter().find(|source| source.topic == *topic) {
            input(config, pack, topic, source.kind, settings, notes);
        } else if **topic == *config.outputs.journal {
            not_compacted(topic, settings, notes);
            reaches_back(config, topic, settings, notes);
        } else {
            output(config, topic, settings, notes);
        }
    }
    replicas(client, &there, notes);
}

/// What a topic of the engine is made with.
pub(super) fn wanted_at_creation(config: &Config, topic: &str) -> Vec<(&'static str, &'static str)> {
    if *topic == *config.outputs.card_status {
        vec![("cleanup.policy", "compact")]
    } else if *topic == *config.outputs.violations || *topic == *config.outputs.suspensions {
        // LEGAL_RETENTION in milliseconds.
        vec![("cleanup.policy", "delete"), ("retention.ms", "157680000000")]
    } else {
        vec![("cleanup.policy", "delete")]
    }
}

fn input(
    config: &Config,
    pack: &PackInForce,
    topic: &str,
    kind: RecordKind,
    settings: &Settings,
    notes: &mut Notes<'_>,
) {
    not_compacted(topic, settings, notes);
    reaches_back(config, topic, settings, notes);
    if settings.get("message.timestamp.type").is_some_and(|kind| kind != "LogAppendTime") {
        notes.advice(
            topic,
            "producers set the time of arrival (message.timestamp.type=CreateTime)",
            "set message.timestamp.type=LogAppendTime: lateness is measured from arrival, and a wrong clock makes good \
             records too late",
        );
    }
    let stream = match kind {
        RecordKind::Cdr => Stream::Calls,
        RecordKind::Complaint => Stream::Complaints,
    };
    let needed = pack.pack.retention(stream);
    if let Some(kept) = retention(settings).filter(|kept| *kept < needed) {
        notes.advice(
            topic,
            format!("keeps records for {}; the rules look back {}", length(kept), length(needed)),
            "should every snapshot be lost, verdicts that reach further back would say dataComplete: false",
        );
    }
}

fn output(config: &Config, topic: &str, settings: &Settings, notes: &mut Notes<'_>) {
    let compacted = settings.get("cleanup.policy").is_some_and(|policy| policy.contains("compact"));
    if *topic == *config.outputs.card_status {
        if !compacted {
            let seen = "is not compacted: where a card stands would be forgotten with the topic's retention";
            notes.problem(topic, seen, "set cleanup.policy=compact");
        }
        return;
    }
    not_compacted(topic, settings, notes);
    let is_legal = *topic == *config.outputs.violations || *topic == *config.outputs.suspensions;
    if let Some(kept) = retention(settings).filter(|kept| is_legal && *kept < LEGAL_RETENTION) {
        let advice = "set retention.ms to what the law asks for, five years where nothing else does";
        notes.advice(topic, format!("decisions are kept for {}", length(kept)), advice);
    }
}

fn not_compacted(topic: &str, settings: &Settings, notes: &mut Notes<'_>) {
    if settings.get("cleanup.policy").is_some_and(|policy| policy.contains("compact")) {
        let seen = "is compacted: of several records with one key all but the last would go";
        notes.problem(topic, seen, "set cleanup.policy=delete");
    }
}

/// Whether a restart after the longest outage still finds what it has to replay.
fn reaches_back(config: &Config, topic: &str, settings: &Settings, notes: &mut Notes<'_>) {
    let interval = Millis(i64::try_from(config.snapshots.interval.as_millis()).unwrap_or(i64::MAX));
    let needed = Millis(2 * interval.0).plus(OUTAGE);
    if let Some(kept) = retention(settings).filter(|kept| *kept < needed) {
        notes.advice(
            topic,
            format!("keeps records for {}", length(kept)),
            format!("keep at least {}: two snapshot intervals and an outage of a day", length(needed)),
        );
    }
}

/// How long records are kept; `None` for ever, or where it is not known.
fn retention(settings: &Settings) -> Option<Millis> {
    settings.get("retention.ms")?.parse().ok().filter(|millis| *millis >= 0).map(Millis)
}

fn length(time: Millis) -> String {
    match time.0 {
        millis if millis >= 2 * Millis::DAY.0 => format!("{} days", millis / Millis::DAY.0),
        millis if millis >= Millis::HOUR.0 => format!("{} h", millis / Millis::HOUR.0),
        millis => format!("{} s", millis / 1_000),
    }
}

fn read(config: &Config, topics: &[&str]) -> Result<BTreeMap<String, Settings>, String> {
    let mut client = ClientConfig::new();
    for (name, value) in &config.kafka.consumer {
        client.set(name, value);
    }
    let admin: AdminClient<DefaultClientContext> = client.create().map_err(|error| error.to_string())?;
    let options = AdminOptions::new().request_timeout(Some(LIMIT));
    let resources: Vec<ResourceSpecifier<'_>> = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
    let described =
        pollster::block_on(admin.describe_configs(&resources, &options)).map_err(|error| error.to_string())?;
    let mut settings = BTreeMap::new();
    for (topic, described) in topics.iter().zip(described) {
        let entries = described.map_err(|code| code.to_string())?.entries;
        let known = entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?)));
        settings.insert((*topic).to_owned(), known.collect());
    }
    Ok(settings)
}

fn replicas(client: &BaseConsumer<Logged>, topics: &[&str], notes: &mut Notes<'_>) {
    let mut single = Vec::new();
    for topic in topics {
        let Ok(metadata) = client.fetch_metadata(Some(topic), LIMIT) else { continue };
        let fewest = metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|p| p.replicas().len()).min();
        if fewest == Some(1) {
            single.push(*topic);
        }
    }
    if !single.is_empty() {
        let seen = format!("{} have one replica: what a broker loses is lost", single.join(", "));
        notes.advice("topics", seen, "three replicas and min.insync.replicas=2 survive the loss of a broker");
    }
}
