//! The end of an epoch, and what becomes of its commit.

use ringfence_cdr::EventTime;
use ringfence_evaluator::{InputId, Output};

use crate::inputs::Input;
use crate::slices::Read;
use crate::step::{Commit, Cut, Event};
use crate::task::{Task, UnderWay};
use crate::{Entry, InputEnd, JOURNAL_FORMAT, JUDGING, JournalRecord, Refusal, Snapshot, WallClock};

impl Task {
    pub(crate) fn cut(&mut self, cut: Cut<'_>) -> Result<Event, Refusal> {
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

    pub(crate) fn finish(&mut self, until: Option<EventTime>) -> Event {
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
        self.clock = None;
        Commit {
            shard: self.id,
            grant: self.grant,
            sequence: self.sequence,
            tick: self.tick,
            outputs,
            journal,
            offsets: self.inputs.read().map(|input| (input.topic.clone(), input.next)).collect(),
            counts: self.inputs.take_counts(),
        }
    }

    fn journal_record(&mut self, owner: &str, events: u64) -> JournalRecord {
        let end = |input: &Input| InputEnd {
            topic: (*input.topic).to_owned(),
            next: input.next,
            at_end: input.at_end,
            is_retired: input.is_retired,
        };
        // The place of an input in the list is its handle.
        let reads = self.slices.take().into_iter().map(|read| match read {
            Read::By(WallClock { now, latest }) => Entry::Clock(now.0, latest.0),
            Read::Slice(slice) => Entry::Slice(slice.input.0, slice.from, slice.next),
        });
        JournalRecord {
            format: JOURNAL_FORMAT,
            release: self.setup.release.to_owned(),
            judging: JUDGING,
            releases: self.setup.releases.clone(),
            shard: self.id,
            sequence: self.sequence,
            owner: owner.to_owned(),
            lineage: self.lineage.clone(),
            pack: self.pack_hash().to_owned(),
            sources: self.reading.hash().to_owned(),
            impose_from: self.impose_from.0,
            inputs: self.inputs.all().map(end).collect(),
            entries: self.changes.drain(..).chain(reads).collect(),
            tick: self.tick.0,
            events,
        }
    }

    pub(crate) fn committed(&mut self, offset: i64) -> Event {
        self.journal_next = offset + 1;
        let snapshot = self.cut.take().and_then(|cut| cut.snapshot);
        Event::Committed(snapshot.map(|mut snapshot| {
            snapshot.about.journal_next = self.journal_next;
            snapshot
        }))
    }
}
