//! What changes between two commits: another pack, other versions of lists, other settings of the sources, inputs that
//! come and go.
//!
//! While a journal is followed it says what changed and when; at its end what this process brings is put in force, and the
//! next commit says so.

use std::sync::Arc;

use ringfence_evaluator::{InputId, Shard};
use ringfence_rules::Tables;

use crate::packs::compiled_of;
use crate::step::{Event, Judge};
use crate::task::{Phase, Task};
use crate::versions::{changed_versions, find_versions};
use crate::{Entry, INPUTS_MAX, ListVersions, PackInForce, Reading, ReadingSettings, Refusal};

impl Task {
    /// Puts the pack in force that a record names.
    pub(crate) fn follow_pack(
        &mut self,
        sequence: u64,
        hash: &str,
        found: Option<&PackInForce>,
    ) -> Result<(), Refusal> {
        if hash != self.pack_hash() {
            let own = Some(&self.setup.pack).filter(|own| own.hash() == hash);
            let pack = own.or(found.filter(|found| found.hash() == hash)).cloned();
            self.switch_pack(pack.ok_or_else(|| Refusal::PackUnknown { sequence, hash: hash.to_owned() })?);
        }
        Ok(())
    }

    /// Reads on as a record says.
    pub(crate) fn follow_sources(&mut self, settings: &ReadingSettings) -> Result<(), Refusal> {
        let said = match *settings == *self.setup.reading.settings() {
            true => self.setup.reading.clone(),
            false => Arc::new(Reading::new(settings.clone())?),
        };
        if said.hash() != self.reading.hash() { self.switch_reading(said) } else { Ok(()) }
    }

    /// Takes the versions of lists that a record names.
    pub(crate) fn follow_lists(&mut self, named: &ListVersions, found: &Tables) -> Result<(), Refusal> {
        let lists = find_versions(named, &[&self.setup.tables, found, self.shard.tables()])?;
        self.shard.put_tables(&lists);
        Ok(())
    }

    /// The journal ends here: what this process brings is put in force.
    pub(crate) fn judge(&mut self, judge: Judge<'_>) -> Result<Event, Refusal> {
        let until = self.followed_to_the_end()?;
        if self.sequence != until {
            return Err(Refusal::Gap { from: self.sequence, to: until });
        }
        let partitions = |reading: &Reading| reading.settings().partitions;
        let (before, now) = (partitions(&self.reading), partitions(&self.setup.reading));
        if before != now {
            return Err(Refusal::Partitions { before, now });
        }
        if self.pack_hash() != self.setup.pack.hash() {
            self.switch_pack(self.setup.pack.clone());
            self.changes.push(Entry::Rulebook(self.pack_hash().to_owned()));
        }
        if self.reading.hash() != self.setup.reading.hash() {
            self.switch_reading(self.setup.reading.clone())?;
            self.changes.push(Entry::Sources(Box::new(self.reading.settings().clone())));
        }
        let before = self.shard.tables().clone();
        self.shard.put_tables(&self.setup.tables);
        let changed = changed_versions(&before, self.shard.tables());
        if !changed.is_empty() {
            self.changes.push(Entry::Tables(changed));
        }
        self.add_inputs(judge.starts)?;
        self.retire_inputs()?;
        self.has_switched |= !self.changes.is_empty() && self.sequence > 0;
        self.journal_next = judge.journal_next;
        self.committed_tick = (self.sequence > 0).then_some(self.tick);
        self.phase = Phase::Judging;
        Ok(Event::Judging { has_switched: self.has_switched })
    }

    /// The topics of this process that the shard has not read, or reads no longer, with where it stands in them.
    fn topics_to_add(&self) -> impl Iterator<Item = (&str, Option<i64>)> {
        let position = |topic| match self.inputs.id_of(topic).map(|input| &self.inputs[input]) {
            Some(known) if known.is_retired => Some((topic, Some(known.next))),
            Some(_) => None,
            None => Some((topic, None)),
        };
        self.setup.reading.topics().filter_map(position)
    }

    /// The topics of this process in which the shard has no position yet: where to start in them has to be told when the
    /// journal has been followed.
    pub fn wants_starts(&self) -> impl Iterator<Item = &str> {
        self.topics_to_add().filter(|(_, position)| position.is_none()).map(|(topic, _)| topic)
    }

    fn add_inputs(&mut self, starts: &[(&str, i64)]) -> Result<(), Refusal> {
        let told = |topic: &str| starts.iter().find(|(of, _)| *of == topic).map(|(_, start)| *start);
        let to_add: Vec<(String, Option<i64>)> =
            self.topics_to_add().map(|(topic, position)| (topic.to_owned(), position.or(told(topic)))).collect();
        for (topic, from) in to_add {
            let from = from.ok_or_else(|| self.out_of_turn())?;
            if self.inputs.id_of(&topic).is_none() && self.inputs.all().len() >= INPUTS_MAX {
                return Err(Refusal::TooManyInputs { topic });
            }
            let input = self.add_input(&topic, from);
            self.changes.push(Entry::Added(input.0, from));
        }
        Ok(())
    }

    fn retire_inputs(&mut self) -> Result<(), Refusal> {
        for input in self.inputs.ids() {
            let topic = &self.inputs[input].topic;
            if self.inputs[input].is_retired || self.setup.reading.decoder(topic).is_some() {
                continue;
            }
            if !self.setup.retired.contains(&**topic) {
                return Err(Refusal::InputMissing { topic: topic.to_string() });
            }
            self.retire_input(input);
            self.changes.push(Entry::Retired(input.0));
        }
        Ok(())
    }

    /// Reads an input from now on, from this offset where it is a new one.
    pub(crate) fn add_input(&mut self, topic: &str, from: i64) -> InputId {
        let of_shard = self.shard.add_input(topic);
        match self.inputs.id_of(topic) {
            Some(known) => {
                debug_assert_eq!(known, of_shard, "task and shard have the same inputs");
                self.inputs[known].is_retired = false;
                known
            }
            None => self.inputs.push(topic, from, false),
        }
    }

    /// Reads an input no longer; where it stands is kept.
    pub(crate) fn retire_input(&mut self, input: InputId) {
        self.shard.retire_input(input);
        let input = &mut self.inputs[input];
        (input.is_retired, input.at_end) = (true, false);
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
            let options = self.setup.shard_options(&reading, self.impose_from);
            self.shard = Shard::restore(&body, &compiled_of(&self.packs), self.shard.tables(), options)?;
        }
        self.reading = reading;
        Ok(())
    }
}
