//! Stores snapshots on a thread of its own: an owner hands over the bytes and goes on.

use std::collections::BTreeMap;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ringfence_cdr::EventTime;
use ringfence_snapshots::{Header, Store};
use ringfence_task::Snapshot;
use ringfence_telemetry::Metrics;
use tracing::{debug, error};

use crate::clock::{Moment, wall_clock};
use crate::recovery::origin;
use crate::shared::RELEASE;

/// How many snapshots may wait to be stored. More come later: an owner skips one rather than keeping it in memory.
const WAITING_MAX: usize = 2;

/// By shard the sequence of the newest snapshot that is stored, and the wall clock then.
type Stored = Mutex<BTreeMap<i32, (u64, EventTime)>>;

/// The thread that stores snapshots.
pub(crate) struct Snapshotter {
    waiting: SyncSender<Box<Snapshot>>,
    desk: Arc<Desk>,
}

/// What storing needs, on whichever thread.
struct Desk {
    store: Store,
    metrics: Metrics,
    stored: Stored,
}

impl Snapshotter {
    pub(crate) fn start(store: Store, metrics: Metrics) -> std::io::Result<Self> {
        let (waiting, inbox) = sync_channel::<Box<Snapshot>>(WAITING_MAX);
        let desk = Arc::new(Desk { store, metrics, stored: Stored::default() });
        let shared = desk.clone();
        thread::Builder::new().name("snapshots".to_owned()).spawn(move || {
            for snapshot in inbox {
                // What could not be stored is told; the next one is due at its time.
                let _ = shared.put(&snapshot);
            }
        })?;
        Ok(Self { waiting, desk })
    }

    /// Hands over a snapshot; false where too many wait already.
    pub(crate) fn store(&self, snapshot: Box<Snapshot>) -> bool {
        match self.waiting.try_send(snapshot) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => false,
            Err(TrySendError::Disconnected(snapshot)) => {
                error!(shard = %snapshot.about.shard, "the thread that stores snapshots is gone");
                false
            }
        }
    }

    /// Stores a snapshot on this thread; whether it succeeded.
    pub(crate) fn put_now(&self, snapshot: &Snapshot) -> bool {
        self.desk.put(snapshot)
    }

    /// The newest snapshot of a shard that is known to be stored.
    pub(crate) fn stored(&self, shard: i32) -> Option<(u64, EventTime)> {
        self.desk.stored.lock().unwrap_or_else(PoisonError::into_inner).get(&shard).copied()
    }

    /// Notes that a snapshot was found.
    pub(crate) fn note_stored(&self, shard: i32, sequence: u64) {
        self.desk.note(shard, sequence);
    }
}

impl Desk {
    fn put(&self, snapshot: &Snapshot) -> bool {
        let started = Moment::now();
        let (shard, sequence) = (snapshot.about.shard, snapshot.about.sequence);
        let metrics = self.metrics.shard(shard.partition);
        let header = match header(snapshot) {
            Ok(header) => header,
            Err(failure) => {
                error!(%shard, error = &failure as &dyn std::error::Error, "a snapshot cannot be described");
                metrics.snapshot_failed();
                return false;
            }
        };
        match self.store.put(&header, &snapshot.state) {
            Ok(path) => {
                debug!(%shard, sequence, path = %path.display(), "snapshot stored");
                self.note(shard.partition, sequence);
                metrics.snapshot_stored(snapshot.state.len() as u64, started.elapsed(), wall_clock());
                true
            }
            Err(failure) => {
                error!(%shard, error = &failure as &dyn std::error::Error, "a snapshot could not be stored");
                metrics.snapshot_failed();
                false
            }
        }
    }

    fn note(&self, shard: i32, sequence: u64) {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.insert(shard, (sequence, wall_clock()));
    }
}

/// What a file says of the snapshot in it.
fn header(snapshot: &Snapshot) -> Result<Header, serde_json::Error> {
    let about = &snapshot.about;
    Ok(Header {
        release: RELEASE.to_owned(),
        shard: about.shard.to_string(),
        sequence: about.sequence,
        origin: origin(&about.lineage),
        packs: about.packs.iter().map(|pack| pack.hash.clone()).collect(),
        state: serde_json::to_value(about)?,
    })
}

impl std::fmt::Debug for Snapshotter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshotter")
    }
}
