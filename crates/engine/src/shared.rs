//! What every thread of the engine knows and none changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ringfence_cdr::{Clock, EventTime};
use ringfence_snapshots::Store;
use ringfence_task::Setup;
use ringfence_telemetry::Telemetry;

use crate::config::{Backlog, Config};
use crate::gathering::Gathering;
use crate::probation::Probation;
use crate::snapshotter::Snapshotter;

/// What every thread of the engine knows.
pub(crate) struct Shared {
    pub(crate) config: Config,
    /// The topics that are read.
    pub(crate) inputs: Vec<Arc<str>>,
    /// What each shard is given.
    pub(crate) setup: Setup,
    /// `source` of CloudEvents.
    pub(crate) event_source: String,
    pub(crate) store: Store,
    pub(crate) snapshotter: Snapshotter,
    pub(crate) telemetry: Telemetry,
    pub(crate) clock: Clock,
    pub(crate) probation: Probation,
    pub(crate) gathering: Gathering,
    pub(crate) stop: StopFlag,
}

/// What a shard may take besides its facts to judge its busy numbers faster; a process holds a few dozen shards at most.
pub(crate) const DECODED_BYTES_MAX: usize = 64 << 20;

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

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Shared {
    /// The time of day.
    pub(crate) fn now(&self) -> EventTime {
        (self.clock)()
    }

    /// From when on strikes impose, for a shard that starts for the first time now.
    pub(crate) fn first_impose_from(&self, now: EventTime) -> EventTime {
        match self.config.backlog {
            Backlog::Judge => now,
            Backlog::Impose => EventTime::MIN,
        }
    }
}
