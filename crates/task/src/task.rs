//! The machine: one partition, from raw records to what is published, and back again from the journal.

use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_evaluator::{Delivery, InputId, Outcome, Output, Record, Shard, ShardOptions};

use crate::inputs::{Input, Inputs};
use crate::replay::Following;
use crate::slices::Slices;
use crate::step::{Applied, Commit, Cut, Event, Rejection, Step};
use crate::{
    Decoded, DecodedRecord, Entry, Grant, InputEnd, JOURNAL_FORMAT, JUDGING, JournalRecord, PackInForce, RawRecord,
    Reading, Refusal, Setup, ShardId, Snapshot, Tally,
};

/// How many records are decoded before the first of them is applied, so that their numbers are fetched together.
const TOGETHER: usize = 32;

/// One partition as a log machine. It is told what happens ([`Step`]) and says what comes of it ([`Event`]).
#[derive(Debug)]
pub struct Task {
    pub(crate) id: ShardId,
    pub(crate) grant: Grant,
    pub(crate) setup: Setup,
    pub(crate) phase: Phase,
    pub(crate) shard: Shard,
    /// What is in force first; other than in the setup while what was judged by another process is followed. Then the
    /// packs of which a rule still judges what comes late.
    pub(crate) packs: Vec<PackInForce>,
    pub(crate) reading: Arc<Reading>,
    /// Whether that is other than it was for the last commit.
    pub(crate) has_switched: bool,
    pub(crate) inputs: Inputs,
    /// Whether commits are journaled: those of archives are not.
    is_journaled: bool,
    pub(crate) slices: Slices,
    /// Records applied since the last cut, and how many an epoch may have.
    pub(crate) records: u64,
    epoch_records_max: u64,
    /// Of the last commit that was cut.
    pub(crate) sequence: u64,
    /// The tick of the last cut.
    pub(crate) tick: EventTime,
    /// The tick of the last cut; `None` before the first.
    pub(crate) committed_tick: Option<EventTime>,
    pub(crate) impose_from: EventTime,
    /// The offset of the journal from which later records are found, as of the last commit that succeeded.
    pub(crate) journal_next: i64,
    /// The commit whose outcome is not known yet.
    pub(crate) cut: Option<UnderWay>,
    /// Records between decoding and the shard; kept so that none is allocated for them.
    buffer: Vec<DecodedRecord>,
}

/// What a task does.
#[derive(Debug)]
pub(crate) enum Phase {
    /// It repeats what its journal says.
    Following(Box<Following>),
    /// It takes what comes.
    Judging,
    /// It waits to be given up.
    Doubtful,
}

/// A commit whose outcome is not known yet.
#[derive(Debug)]
pub(crate) struct UnderWay {
    /// The tick of the commit before.
    previous_tick: Option<EventTime>,
    /// Stored once the commit has succeeded.
    snapshot: Option<Box<Snapshot>>,
}

impl Phase {
    pub(crate) fn following(until: u64) -> Self {
        Self::Following(Box::new(Following::new(until)))
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Following(_) => "follows its journal",
            Self::Judging => "judges",
            Self::Doubtful => "is to be recovered",
        }
    }
}

impl Task {
    /// A shard that starts for the first time, with its inputs at these offsets. It has nothing to follow.
    pub fn first<'a>(
        id: ShardId,
        grant: Grant,
        setup: Setup,
        starts: impl IntoIterator<Item = (&'a str, i64)>,
        impose_from: EventTime,
    ) -> Self {
        let inputs = Inputs::live(starts.into_iter());
        let options = setup.shard_options(&setup.reading, inputs.len(), impose_from);
        let shard = Shard::new(setup.pack.pack.clone(), options);
        let mut task = Self::new(id, grant, setup, shard, inputs, Phase::following(0));
        task.impose_from = impose_from;
        task
    }

    /// Archives: records come decoded, with a file for each input; nothing is journaled, and time is theirs.
    pub fn archive<'a>(setup: Setup, files: impl IntoIterator<Item = &'a str>) -> Self {
        let shard = Shard::new(setup.pack.pack.clone(), ShardOptions::default());
        let inputs = Inputs::live(files.into_iter().map(|file| (file, 0)));
        let mut task = Self::new(ShardId::number(0), Grant(0), setup, shard, inputs, Phase::Judging);
        task.is_journaled = false;
        task
    }

    pub(crate) fn new(id: ShardId, grant: Grant, setup: Setup, shard: Shard, inputs: Inputs, phase: Phase) -> Self {
        Self {
            id,
            grant,
            phase,
            shard,
            packs: vec![setup.pack.clone()],
            reading: setup.reading.clone(),
            setup,
            has_switched: false,
            inputs,
            is_journaled: true,
            slices: Slices::default(),
            records: 0,
            epoch_records_max: u64::MAX,
            sequence: 0,
            tick: EventTime::MIN,
            committed_tick: None,
            impose_from: EventTime::MIN,
            journal_next: 0,
            cut: None,
            buffer: Vec::with_capacity(TOGETHER),
        }
    }

    /// Takes a step.
    ///
    /// # Errors
    /// Where the shard cannot go on: what it was told to follow does not fit, or a step was out of turn. The task is of
    /// no use then.
    pub fn step(&mut self, step: Step<'_, '_>) -> Result<Event, Refusal> {
        match (&self.phase, step) {
            (Phase::Following(_), Step::Follow(follow)) => self.follow(follow),
            (Phase::Following(_), Step::Records { input, records }) => self.follow_records(input, records),
            (Phase::Following(_), Step::End { input, next }) => self.follow_end(input, next),
            (Phase::Following(_), Step::Judge { journal_next }) => self.judge(journal_next),
            (Phase::Judging, Step::Records { input, records }) => Ok(Event::Applied(self.apply_raw(input, records))),
            (Phase::Judging, Step::Decoded { input, records }) => {
                Ok(Event::Applied(self.apply_decoded(input, records)))
            }
            (Phase::Judging, Step::End { input, next }) => Ok(Event::Applied(self.note_end(input, next))),
            (Phase::Judging, Step::Cut(cut)) if self.cut.is_none() => self.cut(cut),
            (Phase::Judging, Step::Finish { until }) if self.cut.is_none() => Ok(self.finish(until)),
            (Phase::Judging, Step::Committed { offset }) if self.cut.is_some() => Ok(self.committed(offset)),
            (Phase::Judging, Step::NotCommitted) if self.cut.is_some() => Ok(Event::Again),
            (Phase::Judging, Step::Doubtful) if self.cut.is_some() => {
                self.phase = Phase::Doubtful;
                Ok(Event::Recover)
            }
            (phase, step) => Err(Refusal::OutOfTurn { step: step.name(), phase: phase.name() }),
        }
    }

    /// Applies records of one input as long as there is room for them.
    pub(crate) fn apply_raw(&mut self, input: InputId, records: &mut dyn Iterator<Item = RawRecord<'_>>) -> Applied {
        let mut applied = Applied::default();
        let reading = Arc::clone(&self.reading);
        let Some(decoder) = reading.decoder(&self.inputs[input].topic) else { return applied };
        let partition = self.id.partition;
        loop {
            let (room, mut next) = (self.room_for(input), self.inputs[input].next);
            let fresh = records.filter(|record| {
                let is_new = record.offset >= next;
                next = next.max(record.offset + 1);
                is_new
            });
            self.buffer.extend(fresh.take(room).map(|record| DecodedRecord {
                offset: record.offset,
                bytes: record.value.map_or(0, <[u8]>::len),
                decoded: decoder.decode(input, partition, &record),
            }));
            if self.buffer.is_empty() {
                break;
            }
            self.apply_buffered(input, &mut applied.rejected);
        }
        applied.is_full = self.is_full();
        applied
    }

    fn apply_decoded(&mut self, input: InputId, records: &mut dyn Iterator<Item = DecodedRecord>) -> Applied {
        let mut applied = Applied::default();
        loop {
            let room = self.room_for(input);
            self.buffer.extend(records.take(room));
            if self.buffer.is_empty() {
                break;
            }
            self.apply_buffered(input, &mut applied.rejected);
        }
        applied.is_full = self.is_full();
        applied
    }

    /// How many of the next records of an input are decoded together.
    fn room_for(&self, input: InputId) -> usize {
        if matches!(self.phase, Phase::Following(_)) {
            return TOGETHER;
        }
        let room = if self.slices.has_room_for(input) {
            self.epoch_records_max - self.records.min(self.epoch_records_max)
        } else {
            0
        };
        room.min(TOGETHER as u64) as usize
    }

    fn apply_buffered(&mut self, input: InputId, rejected: &mut Vec<Rejection>) {
        self.shard.fetch(self.buffer.iter().filter_map(|record| record.decoded.number()));
        let Self { shard, inputs, buffer, .. } = self;
        let Input { next, at_end, tally, .. } = &mut inputs[input];
        let from = *next;
        let mut reached_the_shard = false;
        self.records += buffer.len() as u64;
        for DecodedRecord { offset, bytes, decoded } in buffer.drain(..) {
            *next = offset + 1;
            tally.records += 1;
            tally.bytes += bytes as u64;
            let reject = match decoded {
                Decoded::Filtered => {
                    tally.filtered += 1;
                    continue;
                }
                Decoded::Rejected(reject) => reject,
                Decoded::Taken(delivery) => {
                    reached_the_shard = true;
                    match deliver(shard, &delivery, tally) {
                        Some(reject) => reject,
                        None => continue,
                    }
                }
            };
            tally.rejected.count(reject.code);
            rejected.push(Rejection { offset, reject });
        }
        *at_end = false;
        if self.is_journaled {
            self.slices.extend(input, from, *next, reached_the_shard);
        }
    }

    /// Notes that an input has been read up to here.
    pub(crate) fn note_end(&mut self, input: InputId, end: i64) -> Applied {
        let Input { next, at_end, .. } = &mut self.inputs[input];
        if end > *next {
            self.slices.extend(input, *next, end, false);
            *next = end;
        }
        *at_end = end == *next;
        Applied { rejected: Vec::new(), is_full: self.is_full() }
    }

    fn cut(&mut self, cut: Cut<'_>) -> Result<Event, Refusal> {
        let mut outputs = Vec::new();
        let at_end: Vec<InputId> = self.inputs.ids().filter(|input| self.inputs[*input].at_end).collect();
        self.end_epoch(self.tick.max(cut.clock), &at_end, &mut outputs);
        let commit = self.commit(outputs, cut.owner);
        let snapshot = match cut.with_snapshot {
            true => Some(Box::new(Snapshot { about: self.about(), state: self.shard.snapshot()? })),
            false => None,
        };
        self.under_way(snapshot);
        Ok(Event::Cut(Box::new(commit)))
    }

    fn finish(&mut self, until: Option<EventTime>) -> Event {
        let mut outputs = Vec::new();
        self.shard.finish(until, &mut outputs);
        self.sequence += 1;
        let commit = self.commit(outputs, "");
        self.under_way(None);
        Event::Cut(Box::new(commit))
    }

    fn under_way(&mut self, snapshot: Option<Box<Snapshot>>) {
        self.cut = Some(UnderWay { previous_tick: self.committed_tick.replace(self.tick), snapshot });
    }

    /// Time moves, and what was touched is judged.
    pub(crate) fn end_epoch(&mut self, tick: EventTime, at_end: &[InputId], outputs: &mut Vec<Output>) {
        self.sequence += 1;
        self.tick = tick;
        for input in at_end {
            self.shard.advance(*input, tick);
        }
        self.shard.commit(outputs);
    }

    fn commit(&mut self, outputs: Vec<Output>, owner: &str) -> Commit {
        let journal = self.is_journaled.then(|| self.journal_record(owner, outputs.len() as u64));
        self.has_switched = false;
        self.records = 0;
        Commit {
            shard: self.id,
            grant: self.grant,
            sequence: self.sequence,
            tick: self.tick,
            outputs,
            journal,
            offsets: self.inputs.iter().map(|input| (input.topic.clone(), input.next)).collect(),
            tallies: self.inputs.take_tallies(),
        }
    }

    fn journal_record(&mut self, owner: &str, events: u64) -> JournalRecord {
        let end = |input: &Input| InputEnd { topic: (*input.topic).to_owned(), next: input.next, at_end: input.at_end };
        let slices = self.slices.take().into_iter();
        JournalRecord {
            format: JOURNAL_FORMAT,
            release: self.setup.release.to_owned(),
            judging: JUDGING,
            shard: self.id,
            sequence: self.sequence,
            owner: owner.to_owned(),
            lineage: self.setup.lineage.clone(),
            pack: self.pack_hash().to_owned(),
            sources: self.reading.hash().to_owned(),
            impose_from: self.impose_from.0,
            inputs: self.inputs.iter().map(end).collect(),
            entries: slices.map(|slice| Entry::Slice(slice.input.0, slice.from, slice.next)).collect(),
            tick: self.tick.0,
            events,
        }
    }

    fn committed(&mut self, offset: i64) -> Event {
        self.journal_next = offset + 1;
        let snapshot = self.cut.take().and_then(|cut| cut.snapshot);
        Event::Committed(snapshot.map(|mut snapshot| {
            snapshot.about.journal_next = self.journal_next;
            snapshot
        }))
    }
}

/// What is asked of a task between its steps.
impl Task {
    /// The shard.
    #[must_use]
    pub fn id(&self) -> ShardId {
        self.id
    }

    /// The grant that it works under.
    #[must_use]
    pub fn grant(&self) -> Grant {
        self.grant
    }

    /// The state, to be looked at.
    #[must_use]
    pub fn shard(&self) -> &Shard {
        &self.shard
    }

    /// The inputs, where each stands and what became of its records since the last cut.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.inputs.iter()
    }

    /// The state alone, for whoever asks it once everything is over.
    #[must_use]
    pub fn into_shard(self) -> Shard {
        self.shard
    }

    /// The handle of an input.
    #[must_use]
    pub fn input(&self, topic: &str) -> Option<InputId> {
        self.inputs.id_of(topic)
    }

    /// The hash of the pack in force.
    #[must_use]
    pub fn pack_hash(&self) -> &str {
        self.packs[0].hash()
    }

    /// Of the last commit that was cut.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The last commit that readers see: its sequence and its tick.
    #[must_use]
    pub fn last_committed(&self) -> (u64, Option<EventTime>) {
        match &self.cut {
            Some(cut) => (self.sequence - 1, cut.previous_tick),
            None => (self.sequence, self.committed_tick),
        }
    }

    /// Whether a commit is under way whose outcome is not known.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Records applied since the last cut.
    #[must_use]
    pub fn records_since_cut(&self) -> u64 {
        self.records
    }

    /// Whether anything was read since the last cut.
    #[must_use]
    pub fn has_read(&self) -> bool {
        !self.slices.is_empty()
    }

    /// Whether the epoch takes nothing more: cut now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.slices.is_full() || self.records >= self.epoch_records_max
    }

    /// Lets an epoch have no more records than this; a commit that is larger than the brokers take is recovered from
    /// and cut in smaller ones.
    pub fn limit_epoch(&mut self, records: u64) {
        self.epoch_records_max = records.max(1);
    }

    /// Whether every input has been read to its end.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.inputs.iter().all(|input| input.at_end)
    }

    /// Whether a deadline has come that the last tick did not reach.
    #[must_use]
    pub fn wakes_by(&self, now: EventTime) -> bool {
        self.shard.next_wake().is_some_and(|wake| wake <= now && self.tick < wake)
    }
}

fn deliver(shard: &mut Shard, delivery: &Delivery, tally: &mut Tally) -> Option<ringfence_cdr::Reject> {
    tally.answers_assumed += u64::from(matches!(&delivery.record, Record::Call(cdr) if cdr.answer.is_assumed()));
    let late_before = shard.late();
    let outcome = shard.apply(delivery);
    tally.late += shard.late() - late_before;
    match outcome {
        Outcome::Inserted => tally.inserted += 1,
        Outcome::Duplicate => tally.duplicates += 1,
        Outcome::Merged { facts_joined } => {
            tally.merged += 1;
            tally.joined += u64::from(facts_joined);
        }
        Outcome::ConflictingDuplicate { stands, facts_joined } => {
            match facts_joined {
                1.. => tally.joined += u64::from(facts_joined.unsigned_abs()),
                _ => tally.parted += u64::from(facts_joined.unsigned_abs()),
            }
            return Some(stands.reject());
        }
        Outcome::Rejected(reject) => return Some(reject),
    }
    None
}
