//! The state of a task after a commit, with everything that is needed to go on from there.

use ringfence_cdr::EventTime;
use ringfence_evaluator::Shard;
use serde::{Deserialize, Serialize};

use crate::inputs::{Input, Inputs};
use crate::packs::compiled_of;
use crate::task::{Phase, Task};
use crate::{Grant, Lineage, PackInForce, PackTexts, Reading, Refusal, Setup, ShardId};

/// A snapshot: the state after a record of the journal. None holds anything that no record says: a process that replays
/// the journal from an older one must come to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// What it says of itself.
    pub about: SnapshotHeader,
    /// The state of the shard.
    pub state: Vec<u8>,
}

/// Where a snapshot comes from, what it holds and how to go on from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotHeader {
    /// The shard.
    pub shard: ShardId,
    /// The cluster and the ids of journal and inputs.
    pub lineage: Lineage,
    /// The state is that after the journal record of this sequence.
    pub sequence: u64,
    /// The offset in the journal's partition from which later records are found.
    pub journal_next: i64,
    /// Where the shard reads on, also in inputs that are retired.
    pub inputs: Vec<InputPosition>,
    /// Strikes before this time impose nothing (milliseconds since 1970).
    pub impose_from: i64,
    /// Time went at least this far (milliseconds since 1970).
    pub tick: i64,
    /// The packs of which a rule is still needed, that in force first.
    pub packs: Vec<PackTexts>,
    /// How the inputs were read: what comes after is replayed in the same way.
    pub sources: String,
}

/// Where a shard reads on in one of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputPosition {
    /// The topic; the partition is the shard's.
    pub topic: String,
    /// The next offset.
    pub next: i64,
}

impl Task {
    /// A task as it was at a snapshot, which is to follow its journal up to the record `until`.
    ///
    /// # Errors
    /// Where the snapshot cannot be used.
    pub fn restored(snapshot: &Snapshot, setup: Setup, grant: Grant, until: u64) -> Result<Self, Refusal> {
        let about = &snapshot.about;
        let reading = match about.sources == setup.reading.text() {
            true => setup.reading.clone(),
            false => Reading::from_text(&about.sources)?.into(),
        };
        let compiled = about.packs.iter().map(|texts| match texts.hash == setup.pack.hash() {
            true => Ok(setup.pack.clone()),
            false => PackInForce::from_texts(texts, reading.is_opaque()),
        });
        let packs = compiled.collect::<Result<Vec<PackInForce>, _>>()?;
        let impose_from = EventTime(about.impose_from);
        let (before, now) = (reading.settings().partitions, setup.reading.settings().partitions);
        if before != now {
            return Err(Refusal::Partitions { before, now });
        }
        let options = setup.shard_options(&reading, impose_from);
        let state = Shard::restore(&snapshot.state, &compiled_of(&packs), options)?;
        let mut inputs = Inputs::default();
        for (_, topic, is_read) in state.inputs() {
            let position = about.inputs.iter().find(|input| input.topic == topic);
            let position = position.ok_or_else(|| Refusal::Unpositioned { topic: topic.to_owned() })?;
            inputs.push(topic, position.next, !is_read);
        }
        let mut task = Self::new(about.shard, grant, setup, state, inputs, Phase::following(until));
        task.lineage.keep(&about.lineage);
        task.packs = packs;
        task.reading = reading;
        task.impose_from = impose_from;
        task.sequence = about.sequence;
        task.tick = EventTime(about.tick);
        task.journal_next = about.journal_next;
        Ok(task)
    }

    /// The state, where it is that after a commit that readers see and nothing has been applied since.
    ///
    /// # Errors
    /// Where the state cannot be encoded.
    pub fn snapshot(&self) -> Result<Option<Snapshot>, Refusal> {
        if self.sequence == 0 || self.cut.is_some() || !self.slices.is_empty() || self.has_switched {
            return Ok(None);
        }
        Ok(Some(Snapshot { about: self.about(), state: self.shard.snapshot()? }))
    }

    /// The packs of which the shard still needs a rule, that in force first.
    pub(crate) fn needed_packs(&self) -> Vec<PackInForce> {
        let needed: Vec<String> = self.shard.packs().iter().map(|pack| pack.identity.hash.to_string()).collect();
        self.packs.iter().filter(|pack| needed.iter().any(|hash| hash == pack.hash())).cloned().collect()
    }

    /// What a snapshot of the state as of the last cut says of itself; the offset of the journal is known once that
    /// has been committed.
    pub(crate) fn about(&self) -> SnapshotHeader {
        let position = |input: &Input| InputPosition { topic: (*input.topic).to_owned(), next: input.next };
        SnapshotHeader {
            shard: self.id,
            lineage: self.lineage.clone(),
            sequence: self.sequence,
            journal_next: self.journal_next,
            inputs: self.inputs.all().map(position).collect(),
            impose_from: self.impose_from.0,
            tick: self.tick.0,
            packs: self.needed_packs().iter().map(|pack| (*pack.texts).clone()).collect(),
            sources: self.reading.text().to_owned(),
        }
    }
}
