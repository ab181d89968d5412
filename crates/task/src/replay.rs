//! Following the journal: the same slices in the same order with the same ticks lead to the same state. What is published
//! on the way is thrown away, it was published before.

use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_evaluator::{InputId, Shard};

use crate::inputs::Inputs;
use crate::packs::compiled_of;
use crate::step::{Event, Follow, Wanted};
use crate::task::{Phase, Task};
use crate::{Entry, Grant, JUDGING, JournalRecord, PackInForce, RawRecord, Reading, Refusal, Setup};

/// How far a task has followed its journal.
#[derive(Debug)]
pub(crate) struct Following {
    /// The sequence of the journal's last record.
    until: u64,
    /// Whether a record has been followed: those before it are in the state already.
    has_begun: bool,
    /// The record that is being repeated.
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    record: JournalRecord,
    /// Where it lies.
    offset: i64,
    /// The next of its entries.
    entry: usize,
    /// What is wanted at the moment.
    wanted: Option<Wanted>,
}

impl Following {
    pub(crate) fn new(until: u64) -> Self {
        Self { until, has_begun: false, current: None }
    }
}

impl Task {
    /// A task without a snapshot, which is to follow its journal from its first record up to the record `until`. The
    /// pack is the first record's, see [`Setup::has_pack`].
    ///
    /// # Errors
    /// Where the journal does not begin with that record, or it was not read as this process reads.
    pub fn from_the_beginning(
        first: &JournalRecord,
        pack: PackInForce,
        setup: Setup,
        grant: Grant,
        until: u64,
    ) -> Result<Self, Refusal> {
        let sequence = first.sequence;
        if sequence != 1 {
            return Err(Refusal::Gap { from: 0, to: sequence });
        }
        if first.sources != setup.reading.hash() {
            return Err(Refusal::ReadingUnknown { sequence });
        }
        let starts = first.inputs.iter().map(|input| {
            let slice = first.slices().find(|(topic, ..)| *topic == input.topic);
            (&*input.topic, slice.map_or(input.next, |(_, from, _)| from))
        });
        let impose_from = EventTime(first.impose_from);
        let inputs = Inputs::live(starts);
        let options = setup.shard_options(&setup.reading, inputs.len(), impose_from);
        let shard = Shard::new(pack.pack.clone(), options);
        let mut task = Self::new(first.shard, grant, setup, shard, inputs, Phase::following(until));
        task.packs = vec![pack];
        task.impose_from = impose_from;
        Ok(task)
    }

    /// The hash of the pack that a record needs to be followed, where it is neither in force nor that of this process.
    #[must_use]
    pub fn wants_pack<'r>(&self, record: &'r JournalRecord) -> Option<&'r str> {
        let is_known = record.pack == self.pack_hash() || record.pack == self.setup.pack.hash();
        (!is_known && record.sequence > self.sequence).then_some(&*record.pack)
    }

    pub(crate) fn follow(&mut self, follow: Follow<'_>) -> Result<Event, Refusal> {
        let Follow { offset, record, pack } = follow;
        let Phase::Following(following) = &self.phase else { return Err(self.out_of_turn()) };
        if following.current.is_some() {
            return Err(self.out_of_turn());
        }
        if record.sequence <= self.sequence {
            if following.has_begun {
                return Err(Refusal::Repeated { sequence: record.sequence });
            }
            self.journal_next = offset + 1;
            return Ok(Event::Followed { sequence: self.sequence });
        }
        self.check(record, following.until)?;
        self.put_in_force_for(record, pack)?;
        self.set_current(Current { record: record.clone(), offset, entry: 0, wanted: None });
        self.follow_next_entry()
    }

    fn check(&self, record: &JournalRecord, until: u64) -> Result<(), Refusal> {
        if record.sequence != self.sequence + 1 {
            return Err(Refusal::Gap { from: self.sequence, to: record.sequence });
        }
        if record.judging != JUDGING {
            return Err(Refusal::OtherRelease(until - self.sequence));
        }
        match self.setup.lineage.difference(&record.lineage) {
            Some(difference) => Err(Refusal::Foreign(difference)),
            None => Ok(()),
        }
    }

    /// Puts in force what a record was judged by.
    fn put_in_force_for(&mut self, record: &JournalRecord, found: Option<&PackInForce>) -> Result<(), Refusal> {
        let sequence = record.sequence;
        if record.pack != self.pack_hash() {
            let own = Some(&self.setup.pack).filter(|own| own.hash() == record.pack);
            let pack = own.or(found.filter(|found| found.hash() == record.pack)).cloned();
            let unknown = || Refusal::PackUnknown { sequence, hash: record.pack.clone() };
            self.switch_pack(pack.ok_or_else(unknown)?);
        }
        if record.sources != self.reading.hash() {
            if record.sources != self.setup.reading.hash() {
                return Err(Refusal::ReadingUnknown { sequence });
            }
            self.switch_reading(self.setup.reading.clone())?;
        }
        Ok(())
    }

    /// Says what the next entry of the current record wants; after the last one the commit is repeated.
    fn follow_next_entry(&mut self) -> Result<Event, Refusal> {
        let Some(mut current) = self.take_current() else { return Err(self.out_of_turn()) };
        let sequence = current.record.sequence;
        let Some(entry) = current.record.entries.get(current.entry) else { return self.repeat(current) };
        let Entry::Slice(place, from, next) = *entry;
        let listed = current.record.inputs.get(place as usize);
        let topic = &*listed.ok_or(Refusal::Unlisted { sequence })?.topic;
        let input = self.inputs.id_of(topic).ok_or(Refusal::Unlisted { sequence })?;
        let stands = self.inputs[input].next;
        if stands != from {
            return Err(Refusal::Tear { sequence, topic: topic.to_owned(), slice: from, next: stands });
        }
        let wanted = Wanted { input, topic: Arc::clone(&self.inputs[input].topic), from, next };
        current.entry += 1;
        current.wanted = Some(wanted.clone());
        self.set_current(current);
        Ok(Event::Wanted(wanted))
    }

    pub(crate) fn follow_records(
        &mut self,
        input: InputId,
        records: &mut dyn Iterator<Item = RawRecord<'_>>,
    ) -> Result<Event, Refusal> {
        let end = self.wanted(input)?.next;
        let mut within = records.take_while(|record| record.offset < end);
        Ok(Event::Applied(self.apply_raw(input, &mut within)))
    }

    pub(crate) fn follow_end(&mut self, input: InputId, next: i64) -> Result<Event, Refusal> {
        let end = self.wanted(input)?.next;
        if next < end {
            return Err(self.out_of_turn());
        }
        self.note_end(input, end);
        self.follow_next_entry()
    }

    /// What is wanted of this input.
    fn wanted(&self, input: InputId) -> Result<&Wanted, Refusal> {
        let Phase::Following(following) = &self.phase else { return Err(self.out_of_turn()) };
        let wanted = following.current.as_ref().and_then(|current| current.wanted.as_ref());
        wanted.filter(|wanted| wanted.input == input).ok_or_else(|| self.out_of_turn())
    }

    fn repeat(&mut self, current: Current) -> Result<Event, Refusal> {
        let Current { record, offset, .. } = current;
        let sequence = record.sequence;
        let mut at_end = Vec::new();
        for listed in &record.inputs {
            let input = self.inputs.id_of(&listed.topic).ok_or(Refusal::Unlisted { sequence })?;
            let stands = self.inputs[input].next;
            if stands != listed.next {
                let topic = listed.topic.clone();
                return Err(Refusal::Tear { sequence, topic, slice: listed.next, next: stands });
            }
            if listed.at_end {
                at_end.push(input);
            }
        }
        let mut outputs = Vec::new();
        self.end_epoch(EventTime(record.tick), &at_end, &mut outputs);
        let replayed = outputs.len() as u64;
        if replayed != record.events {
            return Err(Refusal::Diverged { sequence, replayed, committed: record.events });
        }
        self.slices.take();
        self.inputs.take_tallies();
        self.records = 0;
        self.journal_next = offset + 1;
        Ok(Event::Followed { sequence })
    }

    /// The journal ends here: what this process brings is put in force.
    pub(crate) fn judge(&mut self, journal_next: i64) -> Result<Event, Refusal> {
        let Phase::Following(following) = &self.phase else { return Err(self.out_of_turn()) };
        if following.current.is_some() {
            return Err(self.out_of_turn());
        }
        if self.sequence != following.until {
            return Err(Refusal::Gap { from: self.sequence, to: following.until });
        }
        if self.pack_hash() != self.setup.pack.hash() {
            self.switch_pack(self.setup.pack.clone());
            self.has_switched = true;
        }
        if self.reading.hash() != self.setup.reading.hash() {
            self.switch_reading(self.setup.reading.clone())?;
            self.has_switched = true;
        }
        self.journal_next = journal_next;
        self.committed_tick = (self.sequence > 0).then_some(self.tick);
        self.phase = Phase::Judging;
        Ok(Event::Judging { has_switched: self.has_switched })
    }

    fn switch_pack(&mut self, pack: PackInForce) {
        self.shard.switch(pack.pack.clone());
        // That in force comes first; the others stay while a rule of theirs judges what comes late.
        self.packs.retain(|held| held.hash() != pack.hash());
        self.packs.insert(0, pack);
        self.packs = self.needed_packs();
    }

    fn switch_reading(&mut self, reading: Arc<Reading>) -> Result<(), Refusal> {
        if self.reading.settings().number_bytes != reading.settings().number_bytes {
            let body = self.shard.snapshot()?;
            let options = self.setup.shard_options(&reading, self.inputs.len(), self.impose_from);
            self.shard = Shard::restore(&body, &compiled_of(&self.packs), options)?;
        }
        self.reading = reading;
        Ok(())
    }

    fn set_current(&mut self, current: Current) {
        if let Phase::Following(following) = &mut self.phase {
            following.has_begun = true;
            following.current = Some(current);
        }
    }

    fn take_current(&mut self) -> Option<Current> {
        match &mut self.phase {
            Phase::Following(following) => following.current.take(),
            Phase::Judging | Phase::Doubtful => None,
        }
    }

    fn out_of_turn(&self) -> Refusal {
        Refusal::OutOfTurn { step: "what is not wanted", phase: self.phase.name() }
    }
}
