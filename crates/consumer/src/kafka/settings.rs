//! How consumers are set up, and which of their settings are not the operator's to choose.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;

/// Properties of librdkafka by name.
pub type Properties = BTreeMap<String, String>;

/// Settings of consumers that the engine owns, each with the reason why it cannot be set.
pub const CONSUMER_SETTINGS_OWNED: &[(&str, &str)] = &[
    ("group.id", "it is `group` of the configuration"),
    ("group.instance.id", "it is made of `instance` of the configuration and the owner's number"),
    ("enable.auto.commit", "offsets are committed in the transaction of their outputs"),
    ("enable.auto.offset.store", "offsets are committed in the transaction of their outputs"),
    ("auto.commit.interval.ms", "offsets are committed in the transaction of their outputs"),
    ("auto.offset.reset", "where a shard starts is found by its journal, never by a default that skips or repeats"),
    ("isolation.level", "an aborted record must not be judged"),
    ("partition.assignment.strategy", "shards move one by one only with cooperative-sticky"),
    ("group.remote.assignor", "shards move one by one only with uniform"),
    ("enable.partition.eof", "ticks need to know when an input has been read to its end"),
];

/// What is set unless the operator sets it.
const DEFAULTS: &[(&str, &str)] = &[
    ("fetch.wait.max.ms", "100"),
    // The default of 1 s stalls a partition that long whenever the local queue was full.
    ("fetch.queue.backoff.ms", "10"),
    ("fetch.error.backoff.ms", "20"),
    ("queued.max.messages.kbytes", "65536"),
    ("max.poll.interval.ms", "60000"),
    ("allow.auto.create.topics", "false"),
];

/// What is set whatever the operator sets.
const FORCED: &[(&str, &str)] = &[
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("auto.offset.reset", "error"),
    ("enable.partition.eof", "true"),
];

/// Of the classic group protocol alone; refused by librdkafka with the other one.
const CLASSIC_DEFAULTS: &[(&str, &str)] = &[("session.timeout.ms", "45000"), ("heartbeat.interval.ms", "500")];

/// Names of settings that only concern members of a group.
const MEMBERS_ONLY: &[&str] = &["group.protocol", "session.timeout.ms", "heartbeat.interval.ms", "group.instance.id"];

/// What a consumer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// To learn which shards an owner has.
    Membership,
    /// To read the inputs of an owner.
    Reader,
    /// To recover shards: reads journal and inputs again, asks for offsets.
    Recovery,
    /// To see how far a log goes, also what is not committed.
    Uncommitted,
}

/// The configuration of a consumer from the operator's properties.
#[must_use]
pub fn consumer_config(properties: &Properties, group: &str, role: Role) -> ClientConfig {
    let mut config = ClientConfig::new();
    let given = properties.iter().map(|(name, value)| (&**name, &**value));
    let given = given.filter(|(name, _)| role == Role::Membership || !MEMBERS_ONLY.contains(name));
    for (name, value) in DEFAULTS.iter().copied().chain(given).chain(FORCED.iter().copied()) {
        config.set(name, value);
    }
    if matches!(role, Role::Recovery | Role::Uncommitted) {
        // The end of a journal is known only once a fetch found nothing more; many shards wait for it one by one.
        config.set("fetch.wait.max.ms", "10");
    }
    config.set("group.id", group);
    let isolation = if role == Role::Uncommitted { "read_uncommitted" } else { "read_committed" };
    config.set("isolation.level", isolation);
    if config.get("client.id").is_none() {
        let client = match role {
            Role::Membership => "ringfence-membership",
            Role::Reader => "ringfence-reader",
            Role::Recovery | Role::Uncommitted => "ringfence-recovery",
        };
        config.set("client.id", client);
    }
    config
}

/// The configuration of a membership consumer.
#[must_use]
pub fn membership_config(properties: &Properties, group: &str, instance: &str) -> ClientConfig {
    let mut config = consumer_config(properties, group, Role::Membership);
    config.set("group.instance.id", instance);
    if properties.get("group.protocol").is_some_and(|protocol| protocol == "consumer") {
        config.set("group.remote.assignor", "uniform");
        return config;
    }
    for (name, value) in CLASSIC_DEFAULTS {
        if !properties.contains_key(*name) {
            config.set(*name, *value);
        }
    }
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config
}
