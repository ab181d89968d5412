//! A shard between two commits: its state, where it reads on, and what the next commit will hold.

use std::sync::Arc;
use std::time::Duration;

use ringfence_alert_publisher::{Batch, NextOffset, Outgoing, RejectedRecord, event};
use ringfence_cdr::EventTime;
use ringfence_consumer::kafka::{RawRecord, Run};
use ringfence_evaluator::{InputId, Shard};
use ringfence_events::EventPlace;
use ringfence_snapshots::{Header, InputPosition};
use ringfence_telemetry::{InputStatus, ShardPhase, ShardStatus};

use crate::apply::apply;
use crate::clock::Moment;
use crate::journal::{self, FORMAT, JUDGING, JournalRecord, Slice};
use crate::packs::PackInForce;
use crate::reading::Reading;
use crate::shared::{RELEASE, Shared};
use crate::tally::Tally;
use crate::watch::Events;

/// How many records are decoded before the first of them is applied, so that their numbers are fetched together.
const TOGETHER: usize = 32;

/// A shard that judges.
#[derive(Debug)]
pub(crate) struct LiveShard {
    pub(crate) id: i32,
    pub(crate) shard: Shard,
    pub(crate) pack: PackInForce,
    pub(crate) reading: Arc<Reading>,
    /// Of the last commit that was cut.
    pub(crate) sequence: u64,
    /// Of the last commit that succeeded, and its tick.
    pub(crate) committed: u64,
    pub(crate) committed_at: Option<EventTime>,
    /// The next offset of each input.
    pub(crate) next: Vec<i64>,
    /// Where each input was found to end.
    pub(crate) ended: Vec<bool>,
    /// What was applied since the last cut.
    pub(crate) slices: Vec<Slice>,
    pub(crate) letters: Vec<Outgoing>,
    pub(crate) letter_bytes: usize,
    pub(crate) tallies: Vec<Tally>,
    /// What of the tallies the probation of a first start has been told.
    pub(crate) noted: Vec<Tally>,
    /// The tick of the last cut.
    pub(crate) tick: EventTime,
    pub(crate) impose_from: EventTime,
    /// The offset of the journal from which later records are found, as of the last commit that succeeded.
    pub(crate) journal_next: i64,
    /// Whether no commit of it has ever been made: what most of its records are is not known yet.
    pub(crate) is_first_start: bool,
    pub(crate) last_cut: Moment,
    pub(crate) snapshot_due: Moment,
}

/// One shard's part of a commit.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) shard: i32,
    pub(crate) sequence: u64,
    pub(crate) tick: EventTime,
    pub(crate) batch: Arc<Batch>,
    pub(crate) tallies: Vec<Tally>,
    pub(crate) events: Events,
    /// The state as of this commit; stored once it has succeeded.
    pub(crate) snapshot: Option<(Header, Vec<u8>)>,
}

/// Something that no record and no state leads to; the engine stops rather than going on without it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritable {
    #[error("an output cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the state of a shard cannot be written")]
    Snapshot(#[from] ringfence_evaluator::RestoreError),
}

impl LiveShard {
    /// Applies records that follow each other in one input.
    pub(crate) fn apply_run(&mut self, input: u8, run: &Run<'_>, shared: &Shared, now: EventTime) {
        let at = usize::from(input);
        let (reading, id, from) = (Arc::clone(&self.reading), self.id, self.next[at]);
        let mut next = from;
        let mut records = run.records().filter(|record| {
            // Records read before: an assignment that was just changed may bring them again.
            let is_new = record.offset() >= next;
            next = next.max(record.offset() + 1);
            is_new
        });
        let mut decoded = Vec::with_capacity(TOGETHER);
        loop {
            let few = records.by_ref().take(TOGETHER);
            decoded.extend(few.map(|record| (reading.decode(input, id, &record), record)));
            if decoded.is_empty() {
                break;
            }
            self.shard.fetch(decoded.iter().filter_map(|(decoded, _)| decoded.number()));
            for (decoded, record) in decoded.drain(..) {
                if let Some(reject) = apply(&mut self.shard, &record, &decoded, &mut self.tallies[at]) {
                    self.keep_letter(run.topic(), &record, &reject, shared, now);
                }
                self.next[at] = record.offset() + 1;
            }
        }
        if from < self.next[at] {
            journal::extend(&mut self.slices, input, from, self.next[at]);
            self.ended[at] = false;
        }
    }

    fn keep_letter(
        &mut self,
        topic: &str,
        record: &RawRecord<'_>,
        reject: &ringfence_cdr::Reject,
        shared: &Shared,
        now: EventTime,
    ) {
        let headers = record.headers();
        let letter = RejectedRecord {
            topic,
            partition: self.id,
            offset: record.offset(),
            timestamp: record.timestamp(),
            key: record.key(),
            value: record.value(),
            headers: headers.iter().map(|(name, value)| (&**name, *value)).collect(),
            reject,
        };
        let outgoing = letter.outgoing(&shared.config.outputs, now);
        self.letter_bytes += outgoing.size();
        self.letters.push(outgoing);
    }

    /// Notes that an input has been read to its end. There may be offsets before it without records.
    pub(crate) fn note_end(&mut self, input: u8, next: i64) {
        let at = usize::from(input);
        if next > self.next[at] {
            journal::extend(&mut self.slices, input, self.next[at], next);
            self.next[at] = next;
        }
        self.ended[at] = next == self.next[at];
    }

    /// Whether every input has been read to its end.
    pub(crate) fn is_at_end(&self) -> bool {
        self.ended.iter().all(|ended| *ended)
    }

    /// Records applied since the last cut.
    pub(crate) fn records_since_cut(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.counts.records).sum()
    }

    /// Whether a commit now would say anything: records were read, or time has come.
    pub(crate) fn is_due(&self, now: EventTime, idle: Duration, recommit: Duration) -> bool {
        if !self.slices.is_empty() {
            return true;
        }
        let waited = self.last_cut.elapsed();
        let any_ended = self.ended.iter().any(|ended| *ended);
        let wakes = self.shard.next_wake().is_some_and(|wake| wake <= now && self.tick < wake);
        any_ended && (waited >= idle || (wakes && self.is_at_end())) || waited >= recommit
    }

    /// Ends the epoch: time moves, what was touched is judged, and all of it becomes one part of a commit.
    pub(crate) fn cut(
        &mut self,
        shared: &Shared,
        owner: &str,
        now: EventTime,
        with_snapshot: bool,
    ) -> Result<Part, Unwritable> {
        self.sequence += 1;
        self.tick = self.tick.max(now);
        let ended: Vec<u8> = (0..self.ended.len() as u8).filter(|input| self.ended[usize::from(*input)]).collect();
        for input in &ended {
            self.shard.advance(InputId(*input), self.tick);
        }
        let mut outputs = Vec::new();
        self.shard.commit(&mut outputs);
        let mut records = std::mem::take(&mut self.letters);
        self.letter_bytes = 0;
        let events = Events::of(&outputs);
        for (index, output) in outputs.iter().enumerate() {
            let place = EventPlace {
                source: &shared.event_source,
                shard: self.id,
                sequence: self.sequence,
                index,
                tick: self.tick,
            };
            records.push(event(&output.event, &place, &shared.config.outputs)?);
        }
        let journal = self.journal_record(shared, owner, ended, outputs.len() as u64);
        records.push(journal.outgoing(&shared.config.outputs.journal)?);
        let snapshot = if with_snapshot { Some((self.header(shared), self.shard.snapshot()?)) } else { None };
        self.last_cut = Moment::now();
        let tallies = self.tallies.iter_mut().map(std::mem::take).collect();
        let offsets = self.offsets(shared);
        let batch = Arc::new(Batch { records, offsets });
        Ok(Part { shard: self.id, sequence: self.sequence, tick: self.tick, batch, tallies, events, snapshot })
    }

    fn journal_record(&mut self, shared: &Shared, owner: &str, ended: Vec<u8>, events: u64) -> JournalRecord {
        let next = shared.inputs.iter().zip(&self.next).map(|(input, next)| (input.to_string(), *next)).collect();
        JournalRecord {
            format: FORMAT,
            release: RELEASE.to_owned(),
            judging: JUDGING,
            shard: self.id,
            sequence: self.sequence,
            owner: owner.to_owned(),
            lineage: shared.lineage.clone(),
            pack: self.pack.hash().to_owned(),
            sources: self.reading.hash.clone(),
            impose_from: self.impose_from.0,
            slices: std::mem::take(&mut self.slices),
            next,
            tick: self.tick.0,
            ended,
            events,
        }
    }

    fn offsets(&self, shared: &Shared) -> Vec<NextOffset> {
        let offset =
            |(topic, next): (&Arc<str>, &i64)| NextOffset { topic: topic.clone(), partition: self.id, next: *next };
        shared.inputs.iter().zip(&self.next).map(offset).collect()
    }

    /// What a snapshot of the state says of itself; as of the last cut.
    pub(crate) fn header(&self, shared: &Shared) -> Header {
        let position = |(topic, next): (&Arc<str>, &i64)| InputPosition { topic: topic.to_string(), next: *next };
        Header {
            release: RELEASE.to_owned(),
            shard: self.id,
            lineage: shared.lineage.clone(),
            sequence: self.sequence,
            journal_next: self.journal_next,
            inputs: shared.inputs.iter().zip(&self.next).map(position).collect(),
            impose_from: self.impose_from.0,
            tick: self.tick.0,
            pack: (*self.pack.texts).clone(),
            sources: self.reading.text.clone(),
        }
    }

    /// Where it stands.
    pub(crate) fn status(&self, shared: &Shared, owner: &Arc<str>, lags: &[Option<i64>]) -> ShardStatus {
        let input = |at: usize| InputStatus {
            topic: shared.inputs[at].clone(),
            next_offset: self.next[at],
            at_end: self.ended[at],
            lag: if self.ended[at] { Some(0) } else { lags.get(at).copied().flatten() },
        };
        let stored = shared.snapshotter.stored(self.id);
        ShardStatus {
            partition: self.id,
            owner: owner.clone(),
            state: ShardPhase::Live,
            reason: None,
            inputs: (0..self.next.len()).map(input).collect(),
            shard_time: self.shard.shard_time(),
            last_commit: self.committed_at,
            commit_sequence: self.committed,
            last_snapshot: stored.map(|(_, at)| at),
            snapshot_sequence: stored.map(|(sequence, _)| sequence),
            pack_hash: self.pack.hash().into(),
        }
    }
}
