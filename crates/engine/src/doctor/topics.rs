//! Whether every topic is there, fits the others, and may be used.

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use ringfence_consumer::kafka::{Cluster, Permission, TopicFacts};

use super::notes::Notes;
use super::settings::wanted_at_creation;
use crate::config::Config;
use crate::engine::{partitions_of, topic_problems};
use crate::topics::make_topic;

pub(super) fn examine(config: &Config, cluster: &Cluster, notes: &mut Notes<'_>) {
    for problem in topic_problems(config, cluster) {
        let advice =
            "make the topic with as many partitions as the inputs have; `doctor --create` makes the engine's own";
        notes.problem("topics", problem, advice);
    }
    for (topic, facts) in &cluster.topics {
        if let Ok(facts) = facts {
            rights(config, topic, facts, notes);
        }
    }
}

fn rights(config: &Config, topic: &str, facts: &TopicFacts, notes: &mut Notes<'_>) {
    let is_input = config.sources.iter().any(|source| source.topic == topic);
    let is_journal = *config.outputs.journal == *topic;
    let needed: &[Permission] = match (is_input, is_journal) {
        (true, _) => &[Permission::Read],
        (_, true) => &[Permission::Read, Permission::Write],
        _ => &[Permission::Write],
    };
    let missing: Vec<&str> = needed.iter().filter(|right| !facts.permissions.contains(right)).map(name_of).collect();
    if facts.permissions.is_empty() {
        notes.advice(topic, "the cluster does not say what this client may do", "make sure that the ACLs allow it");
    } else if missing.is_empty() {
        notes.fine(topic, format!("{} partitions, may be used", facts.partitions));
    } else {
        let seen = format!("this client may not {}", missing.join(" and "));
        notes.problem(topic, seen, format!("add an ACL that allows {} on the topic", missing.join(" and ")));
    }
}

fn name_of(right: &Permission) -> &'static str {
    match right {
        Permission::Read => "Read",
        Permission::Write => "Write",
        Permission::Describe => "Describe",
        Permission::DescribeConfigs => "DescribeConfigs",
    }
}

/// Makes the engine's own topics that are missing; whether any was made.
pub(super) fn create_missing(config: &Config, cluster: &Cluster, notes: &mut Notes<'_>) -> bool {
    let is_missing = |topic: &str| {
        matches!(
            cluster.topics.get(topic),
            Some(Err(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic))
        )
    };
    let missing: Vec<&str> =
        config.outputs.all().into_iter().map(|topic| &**topic).filter(|topic| is_missing(topic)).collect();
    let Some(partitions) = partitions_of(cluster, config.scope_topic()) else {
        if !missing.is_empty() {
            let seen = format!("{} is missing, so the number of partitions is not known", config.scope_topic());
            notes.problem("topics", seen, "make the inputs first");
        }
        return false;
    };
    let mut made = false;
    for topic in missing {
        match create(config, topic, partitions) {
            Ok(()) => {
                notes.fine(topic, format!("made with {partitions} partitions"));
                made = true;
            }
            Err(error) => notes.problem(topic, format!("cannot be made: {error}"), "make it with Kafka's own tools"),
        }
    }
    made
}

fn create(config: &Config, topic: &str, partitions: i32) -> Result<(), KafkaError> {
    let mut client = ClientConfig::new();
    for (name, value) in &config.kafka.producer {
        client.set(name, value);
    }
    make_topic(&client.create()?, topic, partitions, &wanted_at_creation(config, topic))
}
