//! Bringing a task to the end of its journal: the records that it wants are read for it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use ringfence_consumer::kafka::{Cursor, Logged};
use ringfence_task::{Event, Follow, JournalRecord, Refusal, Step, Task, Wanted};

use super::clients::Clients;
use super::error::RecoveryError;
use super::stored::{find_lists, find_pack};
use crate::live::raw;
use crate::shared::Shared;

/// How long the brokers may keep a replay waiting for one record.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a replay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Replayed {
    pub(super) commits: u64,
    pub(super) records: u64,
}

pub(super) struct Replay<'a> {
    pub(super) shared: &'a Shared,
    pub(super) clients: &'a Clients,
    pub(super) is_in_force: &'a dyn Fn() -> bool,
}

impl Replay<'_> {
    /// Lets a task follow its journal from one offset up to another.
    pub(super) fn run(&self, task: &mut Task, from: i64, journal_end: i64) -> Result<Replayed, RecoveryError> {
        let mut replayed = Replayed::default();
        let journal_topic = &self.shared.config.outputs.journal;
        let partition = task.id().partition;
        let mut journal = self.open(journal_topic, partition, from)?;
        // All at once, so that they are waited for together; the journal may add more on the way.
        let positions: Vec<(Arc<str>, i64)> = task.inputs().map(|input| (input.topic.clone(), input.next)).collect();
        let mut inputs: BTreeMap<Arc<str>, Cursor<Logged>> = BTreeMap::new();
        for (topic, next) in positions {
            inputs.insert(topic.clone(), self.open(&topic, partition, next)?);
        }
        while let Some((offset, record)) = next_record(&mut journal, journal_topic, journal_end)? {
            let pack = match task.wants_pack(&record) {
                Some(hash) => find_pack(self.shared, hash)?,
                None => None,
            };
            let before = task.sequence();
            let lists = find_lists(self.shared, &task.wants_lists(&record))?;
            let follow = Follow { offset, record: &record, pack: pack.as_ref(), lists: &lists };
            let mut event = task.step(Step::Follow(follow))?;
            while let Event::Wanted(wanted) = event {
                let cursor = match inputs.entry(wanted.topic.clone()) {
                    Entry::Occupied(open) => open.into_mut(),
                    Entry::Vacant(new) => new.insert(self.open(&wanted.topic, partition, wanted.from)?),
                };
                replayed.records += feed(task, cursor, &wanted)?;
                event = task.step(Step::End { input: wanted.input, next: wanted.next, high: wanted.next })?;
            }
            replayed.commits += task.sequence() - before;
            if !(self.is_in_force)() {
                return Err(RecoveryError::Withdrawn);
            }
        }
        Ok(replayed)
    }

    fn open(&self, topic: &Arc<str>, partition: i32, from: i64) -> Result<Cursor<Logged>, RecoveryError> {
        Cursor::open(self.clients.reader.clone(), topic.clone(), partition, from).map_err(RecoveryError::Client)
    }
}

/// Feeds a task the records that it wants; how many there were.
fn feed(task: &mut Task, cursor: &mut Cursor<Logged>, wanted: &Wanted) -> Result<u64, RecoveryError> {
    let failed = |source| RecoveryError::Read { topic: wanted.topic.to_string(), source };
    let mut fed = 0;
    while let Some(run) = cursor.next_run(wanted.next, PATIENCE).map_err(failed)? {
        fed += run.len() as u64;
        task.step(Step::Repeat { input: wanted.input, records: &mut run.records().map(raw) })?;
    }
    Ok(fed)
}

/// The next journal record before an offset, with its own.
pub(super) fn next_record(
    journal: &mut Cursor<Logged>,
    topic: &Arc<str>,
    end: i64,
) -> Result<Option<(i64, JournalRecord)>, RecoveryError> {
    let read = |source| RecoveryError::Read { topic: topic.to_string(), source };
    let Some(record) = journal.next(end, PATIENCE).map_err(read)? else { return Ok(None) };
    let value = record.value().unwrap_or_default();
    Ok(Some((record.offset(), JournalRecord::read(value).map_err(Refusal::Journal)?)))
}
