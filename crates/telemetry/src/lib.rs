//! What Ringfence tells about itself: metrics, the state of its shards, and logs.
//!
//! - [`Metrics`]: every metric family of the product, named in one place ([`FAMILIES`]). Handles are resolved once
//!   per input, shard, owner and rule, and added to once per batch or commit, never per record.
//! - [`ReadModel`]: where each shard stands, written by its owner after each commit and read by health checks.
//! - [`logs`]: log lines to standard error, as text or JSON.
//!
//! **Architecture invariant:** nothing here is read by a verdict, no phone number reaches a label, a status or a log
//! line of this crate, and nothing here reads a clock: times come in as arguments.

mod families;
mod handles;
pub mod logs;
mod metrics;
mod status;

pub use families::{FAMILIES, Family, FamilyKind};
pub use handles::{InputMetrics, OwnerMetrics, RuleMetrics, ShardHoldings, ShardMetrics};
pub use metrics::{Metrics, MetricsError};
/// What a process tells about itself: its metrics and the state of its shards. Clones are the same.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// Counters, gauges and histograms.
    pub metrics: Metrics,
    /// Where shards and owners stand.
    pub model: std::sync::Arc<ReadModel>,
}

pub use status::{Health, InputStatus, OwnerStatus, ReadModel, ShardPhase, ShardStatus, Shortfall};
