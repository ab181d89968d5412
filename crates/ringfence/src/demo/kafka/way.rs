//! What a demo through Kafka is told, and what it comes to.

use std::collections::BTreeSet;
use std::time::Duration;

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::PackFiles;
use ringfence_traffic::Counts;

/// Where `./dev kafka up` starts a broker.
pub(crate) const DEFAULT_BROKERS: &str = "127.0.0.1:19092";

/// What a demo through Kafka is told.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    /// Where the cluster is.
    pub(crate) brokers: &'a str,
    /// The pack as it was asked for.
    pub(crate) rules: &'a str,
    /// Its texts.
    pub(crate) texts: &'a PackFiles,
    /// How late records may be by it.
    pub(crate) lateness: Millis,
    /// Whether the topics stay.
    pub(crate) keep: bool,
}

/// What a day came to.
pub(crate) struct Judged {
    /// Records judged, those that cannot be read among them.
    pub(crate) records: u64,
    /// What the traffic holds.
    pub(crate) counts: Counts,
    /// From the first record written to the last one committed.
    pub(crate) took: Duration,
    /// Records that could not be read.
    pub(crate) unreadable: u64,
    /// The ids of the violations that stand.
    pub(crate) standing: BTreeSet<String>,
    /// The time at which they stand.
    pub(crate) until: EventTime,
}
