//! The metrics of a process: one registry, handles into it, and its text form.

use std::sync::Arc;
use std::time::Duration;

use prometheus::process_collector::ProcessCollector;
use prometheus::{Registry, TextEncoder};

use crate::families::Families;
use crate::handles::{InputMetrics, OwnerMetrics, RuleMetrics, ShardMetrics};

/// Every metric of a process.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    families: Arc<Families>,
}

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// A family is declared wrongly; a fault of this crate.
    #[error("cannot register the metric families")]
    Register(#[source] prometheus::Error),
    /// The figures cannot be written down.
    #[error("cannot render the metrics")]
    Render(#[source] prometheus::Error),
}

impl Metrics {
    /// The metrics of a process of this release.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Register`], which a test of this crate rules out.
    pub fn new(version: &str, revision: &str) -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let families = Families::register(&registry).map_err(MetricsError::Register)?;
        families.build.with_label_values(&[version, revision]).set(1.0);
        families.begin();
        let process = Box::new(ProcessCollector::for_self());
        registry.register(process).map_err(MetricsError::Register)?;
        Ok(Self { registry, families: Arc::new(families) })
    }

    /// The handle for one partition of an input.
    #[must_use]
    pub fn input(&self, topic: &str, partition: i32) -> InputMetrics {
        InputMetrics::new(&self.families, topic, partition)
    }

    /// The handle for a shard.
    #[must_use]
    pub fn shard(&self, partition: i32) -> ShardMetrics {
        ShardMetrics::new(&self.families, partition)
    }

    /// The handle for an owner, named by its transactional id.
    #[must_use]
    pub fn owner(&self, owner: &str) -> OwnerMetrics {
        OwnerMetrics::new(&self.families, owner)
    }

    /// The handle for a rule of the pack in force.
    #[must_use]
    pub fn rule(&self, rule: &str, mode: &str) -> RuleMetrics {
        RuleMetrics::new(&self.families, rule, mode)
    }

    /// Names the rule pack in force; the one before is forgotten.
    pub fn pack(&self, pack: &str, version: &str, hash: &str) {
        self.families.pack.reset();
        self.families.pack.with_label_values(&[pack, version, hash]).set(1.0);
    }

    /// Counts commands to provisioning.
    pub fn suspensions(&self, action: &str, count: u64) {
        self.families.suspensions.with_label_values(&[action]).inc_by(count);
    }

    /// Counts changes of where cards stand.
    pub fn card_statuses(&self, count: u64) {
        self.families.card_statuses.with_label_values::<&str>(&[]).inc_by(count);
    }

    /// Counts shards that were stopped, by cause.
    pub fn stopped(&self, cause: &str, shards: u64) {
        self.families.shard_stops.with_label_values(&[cause]).inc_by(shards);
    }

    /// Counts shards granted, revoked or lost.
    pub fn rebalanced(&self, kind: &str, shards: u64) {
        self.families.rebalances.with_label_values(&[kind]).inc_by(shards);
    }

    /// Notes how long it took from the arrival of a deciding record to the commit of its violation.
    pub fn detected(&self, latency: Duration) {
        self.families.detection_latency.with_label_values::<&str>(&[]).observe(latency.as_secs_f64());
    }

    /// The metrics in Prometheus' text exposition format, version 0.0.4.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Render`].
    pub fn render(&self) -> Result<String, MetricsError> {
        TextEncoder::new().encode_to_string(&self.registry.gather()).map_err(MetricsError::Render)
    }
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::{EventTime, InputCounts, Millis, RejectCode, Treatment};

    use super::*;
    use crate::{ShardHoldings, ShardPhase};

    fn metrics() -> Metrics {
        Metrics::new("0.1.0", "abc").expect("families are declared well")
    }

    fn check(metrics: &Metrics, line: &str) {
        let text = metrics.render().expect("text");
        assert!(text.lines().any(|known| known == line), "no line {line} in\n{text}");
    }

    /// So many records, all of them rejected.
    fn rejected(code: RejectCode, records: u64) -> InputCounts {
        let mut counts = InputCounts { records, ..InputCounts::default() };
        (0..records).for_each(|_| counts.rejected.count(code));
        counts
    }

    /// One record that was treated so.
    fn treated(treatment: Treatment) -> InputCounts {
        let mut counts = InputCounts { records: 1, ..InputCounts::default() };
        counts.treated.count([treatment].into_iter().collect());
        counts
    }

    #[test]
    fn what_is_added_once_per_batch_is_rendered() {
        let metrics = metrics();
        let input = metrics.input("telecom.cdr.v1", 3);
        let counts = InputCounts { records: 10, inserted: 7, duplicates: 1, filtered: 1, ..InputCounts::default() };
        input.add(&counts);
        input.add(&rejected(RejectCode::BadJson, 2));
        input.add(&treated(Treatment::NeverTime));
        check(&metrics, r#"ringfence_records_consumed_total{partition="3",topic="telecom.cdr.v1"} 13"#);
        check(&metrics, r#"ringfence_facts_inserted_total{topic="telecom.cdr.v1"} 7"#);
        check(&metrics, r#"ringfence_records_rejected_total{code="bad_json",topic="telecom.cdr.v1"} 2"#);
        check(&metrics, r#"ringfence_dead_letters_total{code="bad_json"} 2"#);
        check(&metrics, r#"ringfence_records_treated_total{topic="telecom.cdr.v1",treatment="never_time"} 1"#);
        check(&metrics, r#"ringfence_build_info{revision="abc",version="0.1.0"} 1"#);
    }

    #[test]
    fn a_shard_that_leaves_takes_its_series_with_it() {
        let metrics = metrics();
        let shard = exercise_shard(&metrics);
        check(&metrics, r#"ringfence_shard_state{partition="5",state="live"} 1"#);
        check(&metrics, r#"ringfence_shard_state{partition="5",state="recovering"} 0"#);
        check(&metrics, r#"ringfence_event_time_lag_seconds{partition="5"} 10"#);
        check(&metrics, r#"ringfence_consumer_lag_records{partition="5",topic="telecom.cdr.v1"} 42"#);
        check(&metrics, r#"ringfence_timeline_facts{partition="5"} 9"#);
        shard.forget();
        let text = metrics.render().expect("text");
        let left = text.lines().filter(|line| line.contains(r#"partition="5""#));
        assert!(left.clone().all(|line| line.starts_with("ringfence_records_consumed_total")), "{text}");
    }

    /// Writes to every family that a shard or an input has.
    fn exercise_shard(metrics: &Metrics) -> crate::ShardMetrics {
        let input = metrics.input("telecom.cdr.v1", 5);
        input.add(&rejected(RejectCode::BadJson, 1));
        input.add(&treated(Treatment::Legs));
        let mut shard = metrics.shard(5);
        shard.phase(ShardPhase::Live);
        shard.committed(Some(EventTime(90_000)), EventTime(100_000));
        shard.lag("telecom.cdr.v1", 42);
        shard.restored(Duration::from_secs(3), 1_000);
        shard.snapshot_stored(1_000, Duration::from_secs(2), EventTime(100_000));
        shard.snapshot_failed();
        shard.holds(&ShardHoldings { facts: 9, bytes: 99, numbers: 3, ..ShardHoldings::default() });
        shard
    }

    #[test]
    fn every_family_can_be_written_and_says_what_it_is() {
        let metrics = metrics();
        exercise_shard(&metrics);
        exercise_process(&metrics);
        let text = metrics.render().expect("text");
        for family in crate::FAMILIES {
            let help = format!("# HELP {} {}", family.name, family.help);
            assert!(text.lines().any(|line| line == help), "{} is never written", family.name);
        }
    }

    fn exercise_process(metrics: &Metrics) {
        let owner = metrics.owner("ringfence.main.a.0");
        owner.committed(Duration::from_millis(12));
        owner.aborted();
        owner.alive(EventTime(1_500));
        owner.clock_behind(Millis(3_600_500));
        owner.shards(4);
        metrics.rule("dial-blast", "enforce").event("major", "opened", 2);
        metrics.suspensions("suspend", 1);
        metrics.card_statuses(3);
        metrics.rebalanced("granted", 4);
        metrics.stopped("topic_missing", 1);
        metrics.detected(Duration::from_millis(120));
        metrics.pack("cn-telemarketing", "1.0.0", "aa");
        metrics.pack("cn-telemarketing", "1.1.0", "bb");
    }

    #[test]
    fn owners_rules_and_events_have_their_series() {
        let metrics = metrics();
        exercise_process(&metrics);
        let rule = r#"ringfence_violations_total{mode="enforce",rule="dial-blast",severity="major",status="opened"} 2"#;
        check(&metrics, rule);
        check(&metrics, r#"ringfence_owner_last_loop_timestamp_seconds{owner="ringfence.main.a.0"} 1.5"#);
        check(&metrics, r#"ringfence_clock_behind_seconds{owner="ringfence.main.a.0"} 3600.5"#);
        check(&metrics, r#"ringfence_commit_seconds_bucket{le="0.025"} 1"#);
        check(&metrics, r#"ringfence_detection_latency_seconds_bucket{le="0.15"} 1"#);
        check(&metrics, "ringfence_card_statuses_total 3");
        let text = metrics.render().expect("text");
        assert!(text.contains(r#"hash="bb""#) && !text.contains(r#"hash="aa""#));
    }
}
