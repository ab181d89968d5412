//! A shard that judges, as its owner keeps it: the task, and what only a process knows of it.

use std::sync::Arc;
use std::time::Duration;

use ringfence_alert_publisher::{NextOffset, Outgoing, RejectedRecord, ShardRecords, event};
use ringfence_cdr::{EventTime, InputCounts};
use ringfence_consumer::kafka::{RawRecord, Run};
use ringfence_events::EventPlace;
use ringfence_task::{Commit, Cut, Event, Input, Refusal, Rejection, Snapshot, Step, Task, Timestamp, WallClock};
use ringfence_telemetry::{InputStatus, ShardPhase, ShardStatus};

use crate::clock::Moment;
use crate::journal;
use crate::probation::FirstRecords;
use crate::shared::Shared;
use crate::watch::Events;

/// A shard that judges.
#[derive(Debug)]
pub(crate) struct LiveShard {
    pub(crate) id: i32,
    pub(crate) task: Task,
    /// Records of this epoch that could not be taken.
    letters: Vec<Outgoing>,
    pub(crate) letter_bytes: usize,
    /// While no commit of it has ever been made: what became of its records.
    pub(crate) first: Option<FirstRecords>,
    /// Whether records found no room in the epoch: its inputs are not read until that has been committed.
    pub(crate) waits_for_room: bool,
    last_cut: Moment,
    pub(crate) snapshot_due: Moment,
    /// When what it holds is to be counted again, for metrics.
    pub(crate) holdings_due: Moment,
}

/// One shard's part of a commit.
#[derive(Debug)]
pub(crate) struct ShardCut {
    pub(crate) shard: i32,
    pub(crate) batch: Arc<ShardRecords>,
    pub(crate) counts: Vec<(Arc<str>, InputCounts)>,
    pub(crate) events: Events,
}

/// Why a shard cannot go on, or something cannot be written that no record and no state leads to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritable {
    #[error("an output cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the state of a shard cannot go on")]
    Refused(#[from] Refusal),
}

impl ShardCut {
    /// How many records it applied.
    pub(crate) fn records(&self) -> u64 {
        self.counts.iter().map(|(_, counts)| counts.records).sum()
    }
}

impl LiveShard {
    /// A shard whose task judges from now on.
    pub(crate) fn new(id: i32, task: Task, shared: &Shared) -> Self {
        let now = Moment::now();
        // Shards of one owner are not stored all at once.
        let share = shared.config.snapshots.interval.mul_f64(f64::from(id.rem_euclid(16) + 1) / 16.0);
        Self {
            id,
            first: (task.sequence() == 0).then(|| FirstRecords::of(task.inputs().map(|input| &input.topic))),
            task,
            letters: Vec::new(),
            letter_bytes: 0,
            waits_for_room: false,
            last_cut: now,
            snapshot_due: now.after(share),
            holdings_due: now,
        }
    }

    /// Applies records that follow each other in one input, and keeps what could not be taken. Where some of them found
    /// no room in the epoch, nothing more is taken until they are read again: whether that has just begun.
    pub(crate) fn apply_run(&mut self, run: &Run<'_>, shared: &Shared, clock: WallClock) -> Result<bool, Refusal> {
        let Some(input) = self.task.input(run.topic()).filter(|_| !self.waits_for_room) else { return Ok(false) };
        let mut records = run.records().map(raw);
        let event = self.task.step(Step::Records { input, records: &mut records, clock })?;
        self.waits_for_room = records.next().is_some();
        if let Event::Applied(applied) = event
            && !applied.rejected.is_empty()
        {
            if let Some(first) = &mut self.first {
                first.note(run.topic(), &applied.rejected);
            }
            self.keep_letters(run, &applied.rejected, shared, clock.now);
        }
        Ok(self.waits_for_room)
    }

    /// Both the records and those rejected are in the order of their offsets; of one message several may be rejected.
    fn keep_letters(&mut self, run: &Run<'_>, rejected: &[Rejection], shared: &Shared, now: EventTime) {
        let mut records = run.records();
        let mut current: Option<RawRecord<'_>> = None;
        for Rejection { offset, piece, reject } in rejected {
            let known = current.filter(|record| record.offset() == *offset);
            current = known.or_else(|| records.by_ref().find(|record| record.offset() == *offset));
            let Some(record) = current else { return };
            let value = match piece {
                Some(piece) => record.value().and_then(|message| message.get(piece.bytes.clone())),
                None => record.value(),
            };
            let headers = record.headers();
            let letter = RejectedRecord {
                topic: run.topic(),
                partition: self.id,
                offset: *offset,
                ordinal: piece.as_ref().map(|piece| piece.ordinal),
                timestamp: record.timestamp().to_millis(),
                key: record.key(),
                value,
                headers: headers.iter().map(|(name, value)| (&**name, *value)).collect(),
                reject,
            };
            let outgoing = letter.outgoing(&shared.config.outputs, now);
            self.letter_bytes += outgoing.size();
            self.letters.push(outgoing);
        }
    }

    /// Notes that all of an input has been read that can be. There may be offsets before `next` without records, and up
    /// to `high` records of a transaction that is open still.
    pub(crate) fn note_end(&mut self, topic: &str, next: i64, high: i64) -> Result<(), Refusal> {
        let Some(input) = self.task.input(topic).filter(|_| !self.waits_for_room) else { return Ok(()) };
        self.task.step(Step::End { input, next, high }).map(drop)
    }

    /// The inputs that have been read to their end, each with the offset where that was.
    pub(crate) fn ends(&self) -> Vec<(Arc<str>, i64)> {
        let ended = self.task.inputs().filter(|input| input.at_end);
        ended.map(|input| (input.topic.clone(), input.next)).collect()
    }

    /// Whether a commit now would say anything: records were read, or time has come.
    pub(crate) fn is_due(&self, now: EventTime, idle: Duration, recommit: Duration) -> bool {
        if self.task.has_read() {
            return true;
        }
        let waited = self.last_cut.elapsed();
        let any_ended = self.task.inputs().any(|input| input.at_end);
        any_ended && (waited >= idle || (self.task.wakes_by(now) && self.task.is_at_end())) || waited >= recommit
    }

    /// Ends the epoch: time moves, what was touched is judged, and all of it becomes one part of a commit.
    pub(crate) fn cut(
        &mut self,
        shared: &Shared,
        owner: &str,
        clock: EventTime,
        with_snapshot: bool,
    ) -> Result<Option<ShardCut>, Unwritable> {
        let Event::Cut(commit) = self.task.step(Step::Cut(Cut { clock, owner, with_snapshot }))? else {
            return Ok(None);
        };
        self.last_cut = Moment::now();
        self.letter_bytes = 0;
        let letters = std::mem::take(&mut self.letters);
        Ok(Some(part(*commit, letters, shared)?))
    }

    /// Readers see the last cut; the state as of it, where it is to be stored.
    pub(crate) fn committed(&mut self, journal_offset: i64) -> Result<Option<Box<Snapshot>>, Refusal> {
        match self.task.step(Step::Committed { offset: journal_offset })? {
            Event::Committed(snapshot) => Ok(snapshot),
            _ => Ok(None),
        }
    }

    /// Where it stands.
    pub(crate) fn status(&self, shared: &Shared, owner: &Arc<str>, lags: &[Option<i64>]) -> ShardStatus {
        let input = |(input, lag): (&Input, Option<&Option<i64>>)| InputStatus {
            topic: input.topic.clone(),
            next_offset: input.next,
            at_end: input.at_end,
            lag: if input.at_end { Some(0) } else { lag.copied().flatten() },
        };
        let lags = lags.iter().map(Some).chain(std::iter::repeat(None));
        let stored = shared.snapshotter.stored(self.id);
        let (commit_sequence, last_commit) = self.task.last_committed();
        ShardStatus {
            partition: self.id,
            owner: owner.clone(),
            state: ShardPhase::Live,
            reason: None,
            inputs: self.task.inputs().zip(lags).map(input).collect(),
            shard_time: self.task.shard().shard_time(),
            last_commit,
            commit_sequence,
            last_snapshot: stored.map(|(_, at)| at),
            snapshot_sequence: stored.map(|(sequence, _)| sequence),
            pack_hash: self.task.pack_hash().into(),
        }
    }
}

/// A record of Kafka as a task takes it.
pub(crate) fn raw(record: RawRecord<'_>) -> ringfence_task::RawRecord<'_> {
    ringfence_task::RawRecord { offset: record.offset(), timestamp: timestamp(record), value: record.value() }
}

/// When a record of Kafka is said to have come, and by whom.
pub(crate) fn timestamp(record: RawRecord<'_>) -> Option<Timestamp> {
    match record.timestamp() {
        rdkafka::Timestamp::CreateTime(at) => Some(Timestamp::Created(EventTime(at))),
        rdkafka::Timestamp::LogAppendTime(at) => Some(Timestamp::Appended(EventTime(at))),
        rdkafka::Timestamp::NotAvailable => None,
    }
}

/// What a commit is on Kafka: dead letters, events, and last the record of the journal.
fn part(commit: Commit, letters: Vec<Outgoing>, shared: &Shared) -> Result<ShardCut, serde_json::Error> {
    let Commit { sequence, tick, outputs, counts, offsets, .. } = commit;
    let shard = commit.shard.partition;
    let mut records = letters;
    for (index, output) in outputs.iter().enumerate() {
        let place = EventPlace { source: &shared.event_source, shard, sequence, index, tick };
        records.push(event(&output.event, &place, &shared.config.outputs)?);
    }
    if let Some(journal) = &commit.journal {
        records.push(journal::outgoing(journal, &shared.config.outputs.journal)?);
    }
    let offset = |(topic, next)| NextOffset { topic, partition: shard, next };
    let batch = Arc::new(ShardRecords { records, offsets: offsets.into_iter().map(offset).collect() });
    Ok(ShardCut { shard, batch, counts, events: Events::of(&outputs) })
}
