//! A shard from nothing, from a snapshot, or from the beginning of its journal.

use std::sync::Arc;

use ringfence_consumer::kafka::Cursor;
use ringfence_snapshots::Snapshot;
use ringfence_task::{Event, Grant, JournalRecord, Judge, Refusal, ShardId, SnapshotHeader, Step, Task};
use tracing::{info, warn};

use super::clients::Clients;
use super::error::RecoveryError;
use super::replay::{self, Replay, Replayed};
use super::stored::{find_lists, find_pack};
use crate::clock::Moment;
use crate::lineage::origin;
use crate::live::LiveShard;
use crate::shared::Shared;

/// What a shard is recovered with.
pub(super) struct Restore<'a> {
    pub(super) shared: &'a Shared,
    pub(super) clients: &'a Clients,
    pub(super) shard: i32,
    pub(super) grant: Grant,
    pub(super) is_in_force: &'a dyn Fn() -> bool,
}

impl Restore<'_> {
    /// A shard that starts for the first time.
    pub(super) fn first(&self, journal_next: i64) -> Result<LiveShard, RecoveryError> {
        let impose_from = self.shared.first_impose_from(self.shared.now());
        let (id, setup) = (ShardId::number(self.shard), self.shared.setup.clone());
        self.judge(Task::first(id, self.grant, setup, impose_from), journal_next)
    }

    /// A shard as it was after the last record of its journal, under the pack and the settings of this process.
    pub(super) fn after(&self, end: &JournalRecord, journal_end: i64) -> Result<(LiveShard, Replayed), RecoveryError> {
        self.shared.setup.accepts(end)?;
        let (mut task, journal_from) = match self.newest_restored(end)? {
            Some(restored) => restored,
            None => self.begun_anew(end, journal_end)?,
        };
        for input in task.inputs() {
            self.clients.finder.check_input(&input.topic, self.shard, input.next)?;
        }
        let replay = Replay { shared: self.shared, clients: self.clients, is_in_force: self.is_in_force };
        let work = if task.sequence() < end.sequence {
            replay.run(&mut task, journal_from, journal_end)?
        } else {
            Replayed::default()
        };
        Ok((self.judge(task, journal_end)?, work))
    }

    /// The newest snapshot that is good and that this release reads, with the offset of the journal from which on it is
    /// to be followed.
    fn newest_restored(&self, end: &JournalRecord) -> Result<Option<(Task, i64)>, RecoveryError> {
        let (shared, shard) = (self.shared, self.shard);
        let (name, origin) = (end.shard.to_string(), origin(&shared.setup.lineage));
        let mut at_most = end.sequence;
        loop {
            let search = shared.store.latest_good(&name, &origin, at_most)?;
            for skipped in &search.skipped {
                let (path, flaw) = (skipped.path.display(), &skipped.flaw as &dyn std::error::Error);
                warn!(shard, %path, flaw, "a snapshot is not used");
            }
            let Some(found) = search.found else { return Ok(None) };
            let sequence = found.header.sequence;
            match self.restored(found, end.sequence) {
                Ok(restored) => return Ok(Some(restored)),
                Err(reason) => {
                    let reason = &reason as &dyn std::error::Error;
                    warn!(shard, sequence, reason, "a snapshot is not used");
                }
            }
            let Some(older) = sequence.checked_sub(1) else { return Ok(None) };
            at_most = older;
        }
    }

    fn restored(&self, found: Snapshot, until: u64) -> Result<(Task, i64), RecoveryError> {
        let Snapshot { header, body } = found;
        let about: SnapshotHeader = serde_json::from_value(header.state).map_err(RecoveryError::Header)?;
        let journal_from = about.journal_next;
        let snapshot = ringfence_task::Snapshot { about, state: body };
        let lists = find_lists(self.shared, &self.shared.setup.lacks(&snapshot.about.lists))?;
        let task = Task::restored(&snapshot, &lists, self.shared.setup.clone(), self.grant, until)?;
        self.shared.snapshotter.note_stored(self.shard, header.sequence);
        Ok((task, journal_from))
    }

    /// Without a snapshot everything is replayed, if the journal still begins with its first record.
    fn begun_anew(&self, end: &JournalRecord, journal_end: i64) -> Result<(Task, i64), RecoveryError> {
        let Self { shared, clients, shard, .. } = *self;
        warn!(shard, "no snapshot can be used: the whole journal is replayed");
        let journal: &Arc<str> = &shared.config.outputs.journal;
        let (low, _) = clients.finder.watermarks(journal, shard)?;
        let mut cursor =
            Cursor::open(clients.reader.clone(), journal.clone(), shard, low).map_err(RecoveryError::Client)?;
        let Some((_, first)) = replay::next_record(&mut cursor, journal, journal_end)? else {
            return Err(Refusal::Gap { from: 0, to: end.sequence }.into());
        };
        let own = Some(shared.setup.pack.clone()).filter(|own| own.hash() == first.pack);
        let pack = match own {
            Some(own) => Some(own),
            None => find_pack(shared, &first.pack)?,
        };
        let unknown = || Refusal::PackUnknown { sequence: first.sequence, hash: first.pack.clone() };
        let pack = pack.ok_or_else(unknown)?;
        let task = Task::from_the_beginning(&first, pack, shared.setup.clone(), self.grant, end.sequence)?;
        Ok((task, low))
    }

    /// The journal ends here: the task judges from now on.
    fn judge(&self, mut task: Task, journal_next: i64) -> Result<LiveShard, RecoveryError> {
        let topics: Vec<String> = task.wants_starts().map(str::to_owned).collect();
        let mut starts = Vec::with_capacity(topics.len());
        for topic in &topics {
            let from = self.shared.config.starts.get(topic).copied().unwrap_or_default();
            starts.push((&**topic, self.clients.finder.start_of(topic, self.shard, from)?));
        }
        let event = task.step(Step::Judge(Judge { journal_next, starts: &starts }))?;
        let mut live = LiveShard::new(self.shard, task, self.shared);
        if let Event::Judging { has_switched: true } = event {
            let (shard, pack) = (self.shard, live.task.pack_hash());
            let inputs: Vec<&str> = live.task.inputs().map(|input| &*input.topic).collect();
            info!(shard, pack, ?inputs, "another pack, other lists, other settings or other inputs are in force");
            // No later start should have to replay across the change for long.
            live.snapshot_due = Moment::now();
        }
        Ok(live)
    }
}
