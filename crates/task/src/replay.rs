//! Following the journal: the same slices in the same order with the same ticks lead to the same state. What is published
//! on the way is thrown away, it was published before.

use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_evaluator::{InputId, Shard};
use ringfence_rules::Tables;

use crate::following::Current;
use crate::inputs::Inputs;
use crate::step::{Event, Follow, Wanted};
use crate::task::{Phase, Task};
use crate::versions::lacking;
use crate::{Entry, Grant, JUDGING, JournalRecord, PackInForce, RawRecord, Refusal, Setup, WallClock};

impl Task {
    /// A task without a snapshot, which is to follow its journal from its first record up to the record `until`. The
    /// pack is that which the first record names.
    ///
    /// # Errors
    /// Where the journal does not begin with that record.
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
        let reading = setup.reading_of(first)?;
        let impose_from = EventTime(first.impose_from);
        let options = setup.shard_options(&reading, impose_from);
        let shard = Shard::new(pack.pack.clone(), &Tables::none(), options);
        let mut task = Self::new(first.shard, grant, setup, shard, Inputs::default(), Phase::following(until));
        task.packs = vec![pack];
        task.reading = reading;
        task.impose_from = impose_from;
        Ok(task)
    }

    /// The hash of the pack that a record needs to be followed, where it is neither in force nor that of this process.
    #[must_use]
    pub fn wants_pack<'r>(&self, record: &'r JournalRecord) -> Option<&'r str> {
        let is_known = record.pack == self.pack_hash() || record.pack == self.setup.pack.hash();
        (!is_known && record.sequence > self.sequence).then_some(&*record.pack)
    }

    /// The versions of lists that a record needs to be followed, where they are neither in force nor those of this
    /// process: name and version of each.
    #[must_use]
    pub fn wants_lists<'r>(&self, record: &'r JournalRecord) -> Vec<(&'r str, &'r str)> {
        if record.sequence <= self.sequence {
            return Vec::new();
        }
        let named = record.entries.iter().filter_map(|entry| match entry {
            Entry::Tables(named) => Some(named),
            _ => None,
        });
        named.flat_map(|named| lacking(named, &[&self.setup.tables, self.shard.tables()])).collect()
    }

    pub(crate) fn follow(&mut self, follow: Follow<'_>) -> Result<Event, Refusal> {
        let Follow { offset, record, pack, lists } = follow;
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
        self.lineage.keep(&record.lineage);
        let (pack, lists) = (pack.cloned(), lists.clone());
        self.set_current(Current { record: record.clone(), offset, pack, lists, entry: 0, wanted: None });
        self.follow_entries()
    }

    fn check(&self, record: &JournalRecord, until: u64) -> Result<(), Refusal> {
        if record.sequence != self.sequence + 1 {
            return Err(Refusal::Gap { from: self.sequence, to: record.sequence });
        }
        if record.judging != JUDGING {
            return Err(Refusal::OtherRelease(until - self.sequence));
        }
        if let Some(difference) = self.setup.releases.difference(&record.releases) {
            return Err(Refusal::OtherTables { commits: until - self.sequence, difference });
        }
        match self.setup.lineage.difference(&record.lineage) {
            Some(difference) => Err(Refusal::Foreign(difference)),
            None => Ok(()),
        }
    }

    /// Follows the entries of the current record until one wants something to be read; after the last one the commit is
    /// repeated.
    fn follow_entries(&mut self) -> Result<Event, Refusal> {
        let Some(mut current) = self.take_current() else { return Err(self.out_of_turn()) };
        let sequence = current.record.sequence;
        while let Some(entry) = current.record.entries.get(current.entry) {
            current.entry += 1;
            let listed = |place: u32| {
                let listed = current.record.inputs.get(place as usize);
                listed.map(|listed| &*listed.topic).ok_or(Refusal::Unlisted { sequence })
            };
            match *entry {
                Entry::Rulebook(ref hash) => self.follow_pack(sequence, hash, current.pack.as_ref())?,
                Entry::Tables(ref named) => self.follow_lists(named, &current.lists)?,
                Entry::Sources(ref settings) => self.follow_sources(settings)?,
                Entry::Added(place, from) => {
                    let topic = listed(place)?;
                    self.check_position(sequence, topic, from, true)?;
                    self.add_input(topic, from);
                }
                Entry::Retired(place) => {
                    let input = self.inputs.id_of(listed(place)?).ok_or(Refusal::Unlisted { sequence })?;
                    self.retire_input(input);
                }
                Entry::Clock(now, latest) => {
                    self.clock = Some(WallClock { now: EventTime(now), latest: EventTime(latest) });
                }
                Entry::Slice(place, from, next) => {
                    let topic = listed(place)?;
                    let input = self.inputs.id_of(topic).ok_or(Refusal::Unlisted { sequence })?;
                    self.check_position(sequence, topic, from, false)?;
                    let wanted = Wanted { input, topic: Arc::clone(&self.inputs[input].topic), from, next };
                    current.wanted = Some(wanted.clone());
                    self.set_current(current);
                    return Ok(Event::Wanted(wanted));
                }
            }
        }
        self.repeat(current)
    }

    /// Whether an input stands where a record says; one that is unknown, or is added without being retired, does not.
    fn check_position(&self, sequence: u64, topic: &str, said: i64, is_added: bool) -> Result<(), Refusal> {
        let Some(input) = self.inputs.id_of(topic).map(|input| &self.inputs[input]) else { return Ok(()) };
        if input.next == said && input.is_retired == is_added {
            return Ok(());
        }
        Err(Refusal::Tear { sequence, topic: topic.to_owned(), slice: said, next: input.next })
    }

    pub(crate) fn follow_records(
        &mut self,
        input: InputId,
        records: &mut dyn Iterator<Item = RawRecord<'_>>,
    ) -> Result<Event, Refusal> {
        let end = self.wanted(input)?.next;
        let mut within = records.take_while(|record| record.offset < end);
        let clock = self.clock.ok_or(Refusal::Clockless { sequence: self.sequence + 1 })?;
        self.apply_raw(input, &mut within, clock).map(Event::Applied)
    }

    pub(crate) fn follow_end(&mut self, input: InputId, next: i64) -> Result<Event, Refusal> {
        let end = self.wanted(input)?.next;
        if next < end {
            return Err(self.out_of_turn());
        }
        self.note_end(input, end, end);
        self.follow_entries()
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
        if record.pack != self.pack_hash() {
            return Err(Refusal::PackUnknown { sequence, hash: record.pack });
        }
        if record.sources != self.reading.hash() {
            return Err(Refusal::ReadingUnknown { sequence });
        }
        let mut at_end = Vec::new();
        for listed in &record.inputs {
            let input = self.inputs.id_of(&listed.topic).ok_or(Refusal::Unlisted { sequence })?;
            self.check_position(sequence, &listed.topic, listed.next, listed.is_retired)?;
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
        self.inputs.take_counts();
        self.records = 0;
        self.clock = None;
        self.journal_next = offset + 1;
        Ok(Event::Followed { sequence })
    }

    /// Where the journal was to be followed to, unless a record is still being repeated.
    pub(crate) fn followed_to_the_end(&self) -> Result<u64, Refusal> {
        match &self.phase {
            Phase::Following(following) if following.current.is_none() => Ok(following.until),
            _ => Err(self.out_of_turn()),
        }
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

    pub(crate) fn out_of_turn(&self) -> Refusal {
        Refusal::OutOfTurn { step: "what is not wanted", phase: self.phase.name() }
    }
}
