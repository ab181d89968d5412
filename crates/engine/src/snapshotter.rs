//! Stores snapshots on a thread of its own: an owner hands over bytes, or a whole shard that it has given away, and goes
//! on. The group waits for an owner's last commit, never for a disk.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ringfence_cdr::EventTime;
use ringfence_snapshots::{Header, Store, StoreError};
use ringfence_task::{Snapshot, Task};
use ringfence_telemetry::Metrics;
use tracing::{debug, error};

use crate::clock::{Moment, wall_clock};
use crate::lineage::origin;
use crate::release::RELEASE;
use crate::vital::Vital;

/// How many snapshots of shards that go on may wait to be stored. More come later: an owner skips one rather than keeping
/// it in memory.
const WAITING_MAX: usize = 2;
/// How many shards that were given away may wait to be stored. They take what they took before; without a snapshot the
/// successor has the tail of the journal to replay.
const SET_ASIDE_MAX: usize = 64;

/// The thread that stores snapshots.
pub(crate) struct Snapshotter {
    jobs: Sender<Job>,
    desk: Arc<Desk>,
    thread: Vital,
}

/// What the thread is given.
enum Job {
    /// The state of a shard that goes on.
    Encoded(Box<Snapshot>),
    /// A shard that was given away, as it was after its last commit.
    SetAside(Box<Task>),
}

/// What storing needs, on whichever thread.
struct Desk {
    store: Store,
    metrics: Metrics,
    /// By shard the sequence of the newest snapshot that is stored, and the wall clock then.
    stored: Mutex<BTreeMap<i32, (u64, EventTime)>>,
    open: Mutex<Open>,
    closed: Condvar,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
enum Unstored {
    #[error("what it says of itself cannot be written")]
    Header(#[source] serde_json::Error),
    #[error(transparent)]
    Store(StoreError),
}

/// Jobs that are not done.
#[derive(Debug, Default)]
struct Open {
    waiting: usize,
    set_aside: usize,
    at_work: usize,
}

impl Open {
    fn is_empty(&self) -> bool {
        self.waiting + self.set_aside + self.at_work == 0
    }
}

impl Snapshotter {
    pub(crate) fn start(store: Store, metrics: Metrics) -> std::io::Result<Self> {
        let (jobs, inbox) = channel();
        let desk = Desk { store, metrics, stored: Mutex::default(), open: Mutex::default(), closed: Condvar::new() };
        let desk = Arc::new(desk);
        let shared = desk.clone();
        let thread = Vital::start("snapshots", move || shared.run(&inbox))?;
        Ok(Self { jobs, desk, thread })
    }

    /// Looks after the thread.
    pub(crate) fn check(&self) {
        self.thread.check();
    }

    /// Hands over a snapshot of a shard that goes on; false where too many wait already.
    pub(crate) fn store(&self, snapshot: Box<Snapshot>) -> bool {
        let mut open = self.desk.open();
        if open.waiting >= WAITING_MAX {
            return false;
        }
        open.waiting += 1;
        self.send(Job::Encoded(snapshot));
        true
    }

    /// Hands over a shard that was given away; false where too many wait already.
    pub(crate) fn set_aside(&self, task: Task) -> bool {
        let mut open = self.desk.open();
        if open.set_aside >= SET_ASIDE_MAX {
            return false;
        }
        open.set_aside += 1;
        self.send(Job::SetAside(Box::new(task)));
        true
    }

    fn send(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            error!("the thread that stores snapshots is gone");
        }
    }

    /// Waits until everything that was handed over is stored, or the time is up; false then.
    pub(crate) fn wait_until_stored(&self, limit: Duration) -> bool {
        let open = self.desk.open();
        let waited = self.desk.closed.wait_timeout_while(open, limit, |open| !open.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.is_empty()
    }

    /// Stores a snapshot on this thread; whether it succeeded.
    pub(crate) fn put_now(&self, snapshot: &Snapshot) -> bool {
        self.desk.put_here(snapshot)
    }

    /// The newest snapshot of a shard that is known to be stored.
    pub(crate) fn stored(&self, shard: i32) -> Option<(u64, EventTime)> {
        self.desk.stored().get(&shard).copied()
    }

    /// Notes that a snapshot was found.
    pub(crate) fn note_stored(&self, shard: i32, sequence: u64) {
        self.desk.note(shard, sequence);
    }
}

impl Desk {
    fn run(&self, inbox: &Receiver<Job>) {
        for job in inbox {
            self.take(&job);
            // What could not be stored is told; the next one is due at its time.
            match job {
                Job::Encoded(snapshot) => drop(self.put_here(&snapshot)),
                Job::SetAside(task) => self.put_away(&task),
            }
            self.open().at_work -= 1;
            self.closed.notify_all();
        }
    }

    fn take(&self, job: &Job) {
        let mut open = self.open();
        match job {
            Job::Encoded(_) => open.waiting -= 1,
            Job::SetAside(_) => open.set_aside -= 1,
        }
        open.at_work += 1;
    }

    /// Stores a shard of this process, and tells of it.
    fn put_here(&self, snapshot: &Snapshot) -> bool {
        let started = Moment::now();
        let is_stored = self.put(snapshot);
        if is_stored {
            let metrics = self.metrics.shard(snapshot.about.shard.partition);
            metrics.snapshot_stored(snapshot.state.len() as u64, started.elapsed(), wall_clock());
        }
        is_stored
    }

    /// Stores a shard that another process has by now, whose figures are that one's to tell.
    fn put_away(&self, task: &Task) {
        match task.snapshot() {
            Ok(Some(snapshot)) => drop(self.put(&snapshot)),
            Ok(None) => {}
            Err(reason) => {
                let reason = &reason as &dyn std::error::Error;
                error!(shard = %task.id(), reason, "the state of a shard that was given away cannot be written");
            }
        }
    }

    fn put(&self, snapshot: &Snapshot) -> bool {
        let (shard, sequence) = (snapshot.about.shard, snapshot.about.sequence);
        let stored = header(snapshot)
            .map_err(Unstored::Header)
            .and_then(|header| self.store.put(&header, &snapshot.state).map_err(Unstored::Store));
        match stored {
            Ok(path) => {
                debug!(%shard, sequence, path = %path.display(), "snapshot stored");
                self.note(shard.partition, sequence);
                true
            }
            Err(failure) => {
                error!(%shard, error = &failure as &dyn std::error::Error, "a snapshot could not be stored");
                self.metrics.shard(shard.partition).snapshot_failed();
                false
            }
        }
    }

    /// A shard that comes back has newer ones than those that were still waiting when it went.
    fn note(&self, shard: i32, sequence: u64) {
        let mut stored = self.stored();
        if stored.get(&shard).is_none_or(|(newest, _)| *newest < sequence) {
            stored.insert(shard, (sequence, wall_clock()));
        }
    }

    fn stored(&self) -> MutexGuard<'_, BTreeMap<i32, (u64, EventTime)>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
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
        tables: about.lists.values().cloned().collect(),
        state: serde_json::to_value(about)?,
    })
}

impl std::fmt::Debug for Snapshotter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshotter")
    }
}

#[cfg(test)]
mod tests {
    use ringfence_rules::PackFiles;
    use ringfence_snapshots::Store;
    use ringfence_task::{Cut, Event, Grant, Judge, PackInForce, Setup, ShardId, Step, Task};
    use ringfence_telemetry::Metrics;
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A shard after so many commits.
    fn task(partition: i32, commits: u64) -> Task {
        let pack = "{name: test, version: '1', title: A pack, timezone: UTC}";
        let rule = "{rule: any, title: Any, basis: test, key: callingNumber, let: {calls: count() over 1h}, when: [calls > 9]}";
        let sources = PackFiles::new().with("pack.yaml", pack).with("rules/any.yaml", rule);
        let (pack, tables) = PackInForce::compile(&sources, false).expect("a good pack");
        let id = ShardId::number(partition);
        let mut task = Task::first(id, Grant(1), Setup::archive("test", pack.pack, tables), EventTime::MIN);
        task.step(Step::Judge(Judge { journal_next: 0, starts: &[] })).expect("judges");
        for sequence in 0..commits {
            commit(&mut task, sequence);
        }
        task
    }

    fn commit(task: &mut Task, sequence: u64) -> Option<Box<Snapshot>> {
        let clock = EventTime(sequence as i64);
        task.step(Step::Cut(Cut { clock, owner: "test", with_snapshot: true })).expect("is cut");
        match task.step(Step::Committed { offset: sequence as i64 }).expect("is committed") {
            Event::Committed(snapshot) => snapshot,
            other => panic!("{other:?}"),
        }
    }

    fn snapshot(partition: i32) -> Box<Snapshot> {
        commit(&mut task(partition, 0), 0).expect("was asked for")
    }

    struct Scene {
        directory: tempfile::TempDir,
        metrics: Metrics,
        snapshotter: Snapshotter,
    }

    fn scene() -> Scene {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(directory.path(), "test", 2).expect("a store");
        let metrics = Metrics::new("test", "test").expect("the families are sound");
        let snapshotter = Snapshotter::start(store, metrics.clone()).expect("a thread");
        Scene { directory, metrics, snapshotter }
    }

    #[test]
    fn a_shard_that_was_given_away_is_stored_and_its_figures_are_left_to_its_new_owner() {
        let scene = scene();
        let stored = || scene.snapshotter.stored(3).map(|(sequence, _)| sequence);
        assert!(scene.snapshotter.set_aside(task(3, 2)));
        assert!(scene.snapshotter.wait_until_stored(PATIENCE));
        assert_eq!(stored(), Some(2));
        let figures = scene.metrics.render().expect("figures");
        assert!(!figures.contains(r#"partition="3""#), "{figures}");
        assert!(scene.snapshotter.set_aside(task(3, 1)));
        assert!(scene.snapshotter.wait_until_stored(PATIENCE));
        assert_eq!(stored(), Some(2), "the newest counts");
    }

    #[test]
    fn a_disk_that_hangs_keeps_nobody_waiting_and_no_more_in_memory_than_was_agreed() {
        let scene = scene();
        let directory = scene.directory.path().join("number-0");
        std::fs::create_dir_all(&directory).expect("a directory");
        let pipe = directory.join(format!("{:020}.test.partial", 1));
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe that nobody reads");
        assert!(scene.snapshotter.store(snapshot(0)));
        while scene.snapshotter.desk.open().at_work == 0 {
            std::thread::yield_now();
        }
        let taken = (0..10).filter(|partition| scene.snapshotter.store(snapshot(*partition))).count();
        assert_eq!(taken, WAITING_MAX);
        let taken = (0..100).filter(|partition| scene.snapshotter.set_aside(task(*partition, 1))).count();
        assert_eq!(taken, SET_ASIDE_MAX);
        assert!(!scene.snapshotter.wait_until_stored(Duration::from_millis(10)));
    }
}
