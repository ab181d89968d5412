//! How the producer is set up, and which of its settings are not the operator's to choose.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;

use crate::limits::{RETRY_BACKOFF, TRANSACTION_TIMEOUT};

/// Settings of the producer that the engine owns, each with the reason why it cannot be set.
pub const PRODUCER_SETTINGS_OWNED: &[(&str, &str)] = &[
    (
        "transactional.id",
        "the engine derives it from group, instance and owner, so that a restart ends what was left open",
    ),
    ("transaction.timeout.ms", "what a dead process left open must not block readers for longer than 10 s"),
    ("enable.idempotence", "exactly-once needs it"),
    ("acks", "exactly-once needs all"),
    ("max.in.flight", "exactly-once limits it"),
    ("max.in.flight.requests.per.connection", "exactly-once limits it"),
    ("enable.gapless.guarantee", "transactions take its place"),
    ("partitioner", "outputs are keyed by number with murmur2, as Java's clients do"),
    ("message.timeout.ms", "it follows the timeout of transactions"),
    ("delivery.timeout.ms", "it follows the timeout of transactions"),
    ("retries", "exactly-once needs them"),
    ("message.send.max.retries", "exactly-once needs them"),
    ("retry.backoff.ms", "by it the engine knows that the end of a transaction was not sent twice"),
    ("retry.backoff.max.ms", "by it the engine knows that the end of a transaction was not sent twice"),
];

/// What is set unless the operator sets it.
const DEFAULTS: &[(&str, &str)] = &[
    ("client.id", "ringfence-publisher"),
    // A commit waits until everything is written; lingering would only add to it.
    ("linger.ms", "0"),
    ("compression.type", "lz4"),
    ("queue.buffering.max.messages", "1000000"),
    // Otherwise it follows `retry.backoff.ms`: how soon a new leader is looked for.
    ("topic.metadata.refresh.fast.interval.ms", "100"),
];

/// What is set whatever the operator sets.
const FORCED: &[(&str, &str)] = &[("enable.idempotence", "true"), ("partitioner", "murmur2_random")];

/// The configuration of a producer from the operator's properties.
#[must_use]
pub fn producer_config(properties: &BTreeMap<String, String>, transactional_id: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    let given = properties.iter().map(|(name, value)| (&**name, &**value));
    for (name, value) in DEFAULTS.iter().copied().chain(given).chain(FORCED.iter().copied()) {
        config.set(name, value);
    }
    let retry_backoff = RETRY_BACKOFF.as_millis().to_string();
    config.set("transactional.id", transactional_id);
    config.set("transaction.timeout.ms", TRANSACTION_TIMEOUT.as_millis().to_string());
    config.set("retry.backoff.ms", &retry_backoff);
    config.set("retry.backoff.max.ms", &retry_backoff);
    config
}
