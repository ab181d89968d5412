//! Every metric family: its name, labels and help text, in this one place.
//!
//! Names begin with `ringfence_` and end in a base unit; counters end in `_total`. Labels are few-valued: topics,
//! partitions, owners, rules of the pack in force, and fixed sets of codes. Never a phone number.

use prometheus::core::Collector;
use prometheus::{GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use ringfence_cdr::RejectCode;

/// One metric family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// The name, with prefix and unit.
    pub name: &'static str,
    /// What it is.
    pub kind: FamilyKind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says, for people.
    pub help: &'static str,
}

/// What kind of figures a family holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyKind {
    /// Only ever grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size, in buckets made for commits and latencies.
    Histogram,
    /// Counts by size, in buckets made for restores and snapshots.
    LongHistogram,
}

/// Buckets of commits and latencies, in seconds. The goal for detection is the commit interval (0.1) and 0.05 more.
const SHORT_BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];
/// Buckets of restores and snapshots, in seconds. The goal for a restart in place is 10.
const LONG_BUCKETS: [f64; 10] = [0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

macro_rules! families {
    (@type Counter) => { IntCounterVec };
    (@type Gauge) => { GaugeVec };
    (@type Histogram) => { HistogramVec };
    (@type LongHistogram) => { HistogramVec };
    (@new Counter $name:literal $help:literal $labels:expr) => { IntCounterVec::new(Opts::new($name, $help), $labels)? };
    (@new Gauge $name:literal $help:literal $labels:expr) => { GaugeVec::new(Opts::new($name, $help), $labels)? };
    (@new Histogram $name:literal $help:literal $labels:expr) => {
        HistogramVec::new(HistogramOpts::new($name, $help).buckets(SHORT_BUCKETS.to_vec()), $labels)?
    };
    (@new LongHistogram $name:literal $help:literal $labels:expr) => {
        HistogramVec::new(HistogramOpts::new($name, $help).buckets(LONG_BUCKETS.to_vec()), $labels)?
    };
    ($($field:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        /// Every family that the product exposes.
        pub const FAMILIES: &[Family] = &[
            $(Family { name: $name, kind: FamilyKind::$kind, labels: &[$($label),*], help: $help },)*
        ];

        /// The families, registered.
        #[derive(Debug)]
        pub(crate) struct Families {
            $(pub(crate) $field: families!(@type $kind),)*
        }

        impl Families {
            /// Makes and registers every family.
            pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
                let families = Self { $($field: families!(@new $kind $name $help &[$($label),*]),)* };
                $(register(registry, &families.$field)?;)*
                Ok(families)
            }
        }
    };
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, family: &C) -> Result<(), prometheus::Error> {
    registry.register(Box::new(family.clone()))
}

families! {
    build: Gauge "ringfence_build_info" ["version", "revision"]
        "1, labelled with the release that runs";
    pack: Gauge "ringfence_pack_info" ["pack", "version", "hash"]
        "1, labelled with the rule pack in force";

    consumed: Counter "ringfence_records_consumed_total" ["topic", "partition"]
        "Records read from an input and applied";
    consumed_bytes: Counter "ringfence_consumed_bytes_total" ["topic"]
        "Bytes of the values of the records read from an input";
    rejected: Counter "ringfence_records_rejected_total" ["topic", "code"]
        "Records of an input that were not taken, by reason";
    filtered: Counter "ringfence_records_filtered_total" ["topic"]
        "Records of a type that does not count at their source";
    inserted: Counter "ringfence_facts_inserted_total" ["topic"]
        "Records that became a new fact";
    joined: Counter "ringfence_facts_joined_total" ["topic"]
        "Facts that a later part or leg joined to another fact; they count as merged from then on";
    parted: Counter "ringfence_facts_parted_total" ["topic"]
        "Facts that came apart again, by another copy of a record or a late leg; they count as facts from then on";
    duplicates: Counter "ringfence_duplicates_total" ["topic"]
        "Records that repeat a known fact without a difference";
    merged: Counter "ringfence_merged_total" ["topic"]
        "Parts, legs and later versions that went into a fact that was there";
    late: Counter "ringfence_late_records_total" ["topic"]
        "Records whose event time lies more than five minutes behind what their shard had seen";
    ahead: Counter "ringfence_records_ahead_total" ["topic"]
        "Records that their producers stamped further ahead of the clock than the skew; they move no time";
    answers_assumed: Counter "ringfence_answers_assumed_total" ["topic"]
        "Calls that only their duration says were answered or not";
    treated: Counter "ringfence_records_treated_total" ["topic", "treatment"]
        "Records of an input that were taken but not read plainly, by what was done to them";

    violations: Counter "ringfence_violations_total" ["rule", "mode", "severity", "status"]
        "Violation events published, by what they say";
    suspensions: Counter "ringfence_suspensions_total" ["action"]
        "Commands to provisioning published, by action";
    card_statuses: Counter "ringfence_card_statuses_total" []
        "Changes of where a card stands that were published";
    dead_letters: Counter "ringfence_dead_letters_total" ["code"]
        "Dead letters published, by reason";

    commits: Counter "ringfence_commits_total" ["owner"]
        "Transactions committed";
    commit_seconds: Histogram "ringfence_commit_seconds" []
        "How long a commit took, from the cut to the broker's answer";
    aborted: Counter "ringfence_transactions_aborted_total" ["owner"]
        "Transactions that did not come about and were tried again";
    detection_latency: Histogram "ringfence_detection_latency_seconds" []
        "From the arrival of the record that decided a violation to the commit that published it";
    rebalances: Counter "ringfence_rebalances_total" ["kind"]
        "Shards granted, revoked or lost";

    shards_owned: Gauge "ringfence_shards_owned" ["owner"]
        "Shards that an owner holds";
    shard_state: Gauge "ringfence_shard_state" ["partition", "state"]
        "1 for the state that a shard of this process is in: recovering, live or stopped; 0 for the others";
    shard_stops: Counter "ringfence_shard_stops_total" ["cause"]
        "Times that a shard was stopped, by cause; it is tried again where the cause may be over";
    shard_time: Gauge "ringfence_shard_time_seconds" ["partition"]
        "Shard time: the least arrival time applied over the inputs of a shard, in seconds since 1970";
    shard_lag: Gauge "ringfence_event_time_lag_seconds" ["partition"]
        "How far shard time lay behind the wall clock at the last commit";
    consumer_lag: Gauge "ringfence_consumer_lag_records" ["topic", "partition"]
        "Records between where a shard reads and the end of its input";
    last_commit: Gauge "ringfence_last_commit_timestamp_seconds" ["partition"]
        "When a shard was last committed, in seconds since 1970";
    owner_last_loop: Gauge "ringfence_owner_last_loop_timestamp_seconds" ["owner"]
        "When the loop of an owner last went round, in seconds since 1970";
    owner_clock_behind: Gauge "ringfence_clock_behind_seconds" ["owner"]
        "How far the clock of an owner is behind what most producers say, 0 where it is trusted";

    restore_seconds: LongHistogram "ringfence_restore_seconds" []
        "How long the recovery of a shard took, from its grant until it was live";
    replayed: Counter "ringfence_replayed_records_total" []
        "Records applied again from the journal with outputs muted";
    snapshot_seconds: LongHistogram "ringfence_snapshot_seconds" []
        "How long a snapshot took until it was stored";
    snapshot_bytes: Gauge "ringfence_snapshot_bytes" ["partition"]
        "Size of the last stored snapshot of a shard";
    snapshot_last_success: Gauge "ringfence_snapshot_last_success_timestamp_seconds" ["partition"]
        "When a snapshot of a shard was last stored, in seconds since 1970";
    snapshot_failures: Counter "ringfence_snapshot_failures_total" []
        "Snapshots that could not be stored";

    timeline_facts: Gauge "ringfence_timeline_facts" ["partition"]
        "Facts held by a shard, counted every 5 s (less often beyond millions of numbers)";
    timeline_bytes: Gauge "ringfence_timeline_bytes" ["partition"]
        "Bytes of memory held by the facts and state of a shard, counted every 5 s";
    numbers: Gauge "ringfence_numbers" ["partition"]
        "Numbers with state in a shard, counted every 5 s";
    numbers_capped: Gauge "ringfence_numbers_capped" ["partition"]
        "Numbers of a shard that have reached the cap of memory per number and are judged approximately, counted every 5 s";
    violations_open: Gauge "ringfence_violations_open" ["partition"]
        "Violations of a shard that are open, counted every 5 s";
}

impl Families {
    /// Counters whose labels are known begin at zero: one that begins with its first event has no rate for it.
    pub(crate) fn begin(&self) {
        self.snapshot_failures.with_label_values::<&str>(&[]).inc_by(0);
        self.replayed.with_label_values::<&str>(&[]).inc_by(0);
        self.card_statuses.with_label_values::<&str>(&[]).inc_by(0);
        for code in RejectCode::ALL {
            self.dead_letters.with_label_values(&[code.name()]).inc_by(0);
        }
    }

    /// The same for an input.
    pub(crate) fn begin_input(&self, topic: &str) {
        for code in RejectCode::ALL {
            self.rejected.with_label_values(&[topic, code.name()]).inc_by(0);
        }
    }
}

/// The families with a series per shard of this process; a shard that leaves takes its series with it.
impl Families {
    pub(crate) fn of_shard(&self) -> [&GaugeVec; 10] {
        [
            &self.shard_time,
            &self.shard_lag,
            &self.last_commit,
            &self.snapshot_bytes,
            &self.snapshot_last_success,
            &self.timeline_facts,
            &self.timeline_bytes,
            &self.numbers,
            &self.numbers_capped,
            &self.violations_open,
        ]
    }
}
