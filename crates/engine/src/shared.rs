//! What every thread of the engine knows and none changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ringfence_cdr::EventTime;
use ringfence_evaluator::{Clock, ShardOptions};
use ringfence_snapshots::{Lineage, Store};
use ringfence_telemetry::Telemetry;

use crate::config::{Backlog, Config};
use crate::packs::PackInForce;
use crate::probation::Probation;
use crate::reading::Reading;
use crate::snapshotter::Snapshotter;

/// The release of this build.
pub(crate) const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// What every thread of the engine knows.
pub(crate) struct Shared {
    pub(crate) config: Config,
    /// The inputs in the order of the configuration: their place is their id.
    pub(crate) inputs: Vec<Arc<str>>,
    /// The cluster and the ids of journal and inputs.
    pub(crate) lineage: Lineage,
    /// `source` of CloudEvents.
    pub(crate) event_source: String,
    pub(crate) pack: PackInForce,
    pub(crate) reading: Arc<Reading>,
    pub(crate) store: Store,
    pub(crate) snapshotter: Snapshotter,
    pub(crate) telemetry: Telemetry,
    pub(crate) probation: Probation,
    pub(crate) stop: StopFlag,
}

/// What a shard may take besides its facts to judge its busy numbers faster; a process holds a few dozen shards at most.
const DECODED_BYTES_MAX: usize = 64 << 20;

/// Tells the threads to finish.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Asks for the end: what is in flight is committed, state is stored.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the end was asked for.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Shared {
    /// How a shard works that is read in this way.
    pub(crate) fn shard_options(&self, reading: &Reading, impose_from: EventTime) -> ShardOptions {
        ShardOptions {
            clock: Clock::Live { inputs: self.inputs.len() as u8, impose_from },
            number_bytes_max: reading.settings.number_bytes,
            decoded_bytes_max: DECODED_BYTES_MAX,
        }
    }

    /// From when on strikes impose, for a shard that starts for the first time now.
    pub(crate) fn first_impose_from(&self, now: EventTime) -> EventTime {
        match self.config.backlog {
            Backlog::Judge => now,
            Backlog::Impose => EventTime::MIN,
        }
    }

    /// The place of an input in the configuration.
    pub(crate) fn input_of(&self, topic: &str) -> Option<u8> {
        self.inputs.iter().position(|input| **input == *topic).map(|at| at as u8)
    }
}
