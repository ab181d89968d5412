//! From a task to a snapshot of it, and back.

use ringfence_cdr::EventTime;
use ringfence_evaluator::Shard;
use ringfence_rules::Tables;

use crate::inputs::{Input, Inputs};
use crate::packs::compiled_of;
use crate::task::{Phase, Task};
use crate::versions::{find_versions, versions_of};
use crate::{Grant, InputPosition, PackInForce, Reading, Refusal, Setup, Snapshot, SnapshotHeader};

impl Task {
    /// A task as it was at a snapshot, which is to follow its journal up to the record `until`. `stored` are the versions
    /// of lists that [`Setup::lacks`] of those that the snapshot names.
    ///
    /// # Errors
    /// Where the snapshot cannot be used.
    pub fn restored(
        snapshot: &Snapshot,
        stored: &Tables,
        setup: Setup,
        grant: Grant,
        until: u64,
    ) -> Result<Self, Refusal> {
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
        let tables = find_versions(&about.lists, &[&setup.tables, stored])?;
        let state = Shard::restore(&snapshot.state, &compiled_of(&packs), &tables, options)?;
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
            lists: versions_of(self.shard.tables()),
            packs: self.needed_packs().iter().map(|pack| (*pack.texts).clone()).collect(),
            sources: self.reading.text().to_owned(),
        }
    }
}
