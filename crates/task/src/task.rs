//! The machine: one partition, from raw records to what is published, and back again from the journal.

use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_evaluator::{InputId, Shard, ShardOptions};
use ringfence_rules::Tables;

use crate::following::Following;
use crate::inputs::{Input, Inputs};
use crate::moves::{Moves, TOGETHER};
use crate::slices::Slices;
use crate::step::{Event, Step};
use crate::{DecodedRecord, Entry, Grant, Lineage, PackInForce, Reading, Refusal, Setup, ShardId, Snapshot, WallClock};

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
    /// Whether that, or which inputs are read, is other than it was for the last commit.
    pub(crate) has_switched: bool,
    /// What changed between the last commit and the records since.
    pub(crate) changes: Vec<Entry>,
    /// That of the setup, and what is known of topics that are read no longer.
    pub(crate) lineage: Lineage,
    pub(crate) inputs: Inputs,
    /// Whether commits are journaled: those of archives are not.
    pub(crate) is_journaled: bool,
    pub(crate) slices: Slices,
    /// What the records of this epoch are read by, once it has any.
    pub(crate) clock: Option<WallClock>,
    /// Records applied since the last cut, and how many an epoch may have.
    pub(crate) records: u64,
    pub(crate) epoch_records_max: u64,
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
    pub(crate) buffer: Vec<(DecodedRecord, Moves)>,
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
    pub(crate) previous_tick: Option<EventTime>,
    /// Stored once the commit has succeeded.
    pub(crate) snapshot: Option<Box<Snapshot>>,
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
    /// A shard that starts for the first time. It has nothing to follow.
    #[must_use]
    pub fn first(id: ShardId, grant: Grant, setup: Setup, impose_from: EventTime) -> Self {
        let options = setup.shard_options(&setup.reading, impose_from);
        // Which lists hold is said by the journal, as of the first commit.
        let shard = Shard::new(setup.pack.pack.clone(), &Tables::none(), options);
        let mut task = Self::new(id, grant, setup, shard, Inputs::default(), Phase::following(0));
        task.changes.push(Entry::Sources(Box::new(task.reading.settings().clone())));
        task.impose_from = impose_from;
        task
    }

    /// Archives: records come decoded, with a file for each input; nothing is journaled, and time is theirs.
    pub fn archive<'a>(setup: Setup, files: impl IntoIterator<Item = &'a str>) -> Self {
        let shard = Shard::new(setup.pack.pack.clone(), &setup.tables, ShardOptions::default());
        let mut inputs = Inputs::default();
        for file in files {
            inputs.push(file, 0, false);
        }
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
            has_switched: false,
            changes: Vec::new(),
            lineage: setup.lineage.clone(),
            inputs,
            is_journaled: true,
            slices: Slices::default(),
            clock: None,
            records: 0,
            epoch_records_max: u64::MAX,
            sequence: 0,
            tick: EventTime::MIN,
            committed_tick: None,
            impose_from: EventTime::MIN,
            journal_next: 0,
            cut: None,
            buffer: Vec::with_capacity(TOGETHER),
            setup,
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
            (Phase::Following(_), Step::Repeat { input, records }) => self.follow_records(input, records),
            (Phase::Following(_), Step::End { input, next, .. }) => self.follow_end(input, next),
            (Phase::Following(_), Step::Judge(judge)) => self.judge(judge),
            (Phase::Judging, Step::Records { input, records, clock }) => {
                self.apply_raw(input, records, clock).map(Event::Applied)
            }
            (Phase::Judging, Step::Decoded { input, records }) => {
                Ok(Event::Applied(self.apply_decoded(input, records)))
            }
            (Phase::Judging, Step::End { input, next, high }) => Ok(Event::Applied(self.note_end(input, next, high))),
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

    /// The inputs that are read, where each stands and what became of its records since the last cut.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.inputs.read()
    }

    /// The state alone, for whoever asks it once everything is over.
    #[must_use]
    pub fn into_shard(self) -> Shard {
        self.shard
    }

    /// The handle of an input that is read.
    #[must_use]
    pub fn input(&self, topic: &str) -> Option<InputId> {
        self.inputs.id_of(topic).filter(|input| !self.inputs[*input].is_retired)
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
        self.inputs.read().all(|input| input.at_end)
    }

    /// Whether a deadline has come that the last tick did not reach.
    #[must_use]
    pub fn wakes_by(&self, now: EventTime) -> bool {
        self.shard.next_wake().is_some_and(|wake| wake <= now && self.tick < wake)
    }
}
