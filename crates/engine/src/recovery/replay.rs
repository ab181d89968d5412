//! Following the journal: the same slices in the same order with the same ticks lead to the same state. What is published
//! on the way is thrown away, it was published before.

use std::sync::Arc;
use std::time::Duration;

use ringfence_cdr::EventTime;
use ringfence_consumer::kafka::{Cursor, JournalEnd, Logged};
use ringfence_evaluator::InputId;

use super::restore::{switch_pack, switch_reading};
use super::{Clients, RecoveryError};
use crate::apply::apply;
use crate::journal::{JUDGING, JournalRecord, Slice};
use crate::live::LiveShard;
use crate::packs::PackInForce;
use crate::shared::Shared;
use crate::tally::Tally;

/// How long the brokers may keep a replay waiting for one record.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a replay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) commits: u64,
    pub(super) records: u64,
}

pub(super) struct Replay<'a> {
    pub(super) shared: &'a Shared,
    pub(super) clients: &'a Clients,
    pub(super) is_in_force: &'a dyn Fn() -> bool,
}

impl Replay<'_> {
    /// Brings a shard to the journal record `last`, which lies before the offset `journal_end`.
    pub(super) fn run(
        &self,
        mut live: LiveShard,
        last: u64,
        journal_end: i64,
    ) -> Result<(LiveShard, Work), RecoveryError> {
        let mut work = Work::default();
        if live.sequence == last {
            return Ok((live, work));
        }
        let journal_topic = &self.shared.config.outputs.journal;
        let mut journal = self.open(journal_topic, live.id, live.journal_next)?;
        let mut inputs = Vec::with_capacity(self.shared.inputs.len());
        for (input, next) in self.shared.inputs.iter().zip(&live.next) {
            inputs.push(self.open(input, live.id, *next)?);
        }
        while let Some((offset, record)) = next_record(&mut journal, journal_topic, journal_end)? {
            if record.sequence > live.sequence {
                self.check(&live, &record, last)?;
                self.follow(&mut live, &record, &mut inputs, &mut work)?;
            }
            live.journal_next = offset + 1;
            if !(self.is_in_force)() {
                return Err(RecoveryError::Withdrawn);
            }
        }
        if live.sequence != last {
            return Err(RecoveryError::Gap { from: live.sequence, to: last });
        }
        Ok((live, work))
    }

    fn open(&self, topic: &Arc<str>, shard: i32, from: i64) -> Result<Cursor<Logged>, RecoveryError> {
        Cursor::open(self.clients.reader.clone(), topic.clone(), shard, from).map_err(RecoveryError::Client)
    }

    fn check(&self, live: &LiveShard, record: &JournalRecord, last: u64) -> Result<(), RecoveryError> {
        if record.sequence != live.sequence + 1 {
            return Err(RecoveryError::Gap { from: live.sequence, to: record.sequence });
        }
        if record.judging != JUDGING {
            return Err(RecoveryError::OtherRelease(last - live.sequence));
        }
        if let Some(difference) = self.shared.lineage.difference(&record.lineage) {
            return Err(RecoveryError::Foreign(difference));
        }
        Ok(())
    }

    fn follow(
        &self,
        live: &mut LiveShard,
        record: &JournalRecord,
        inputs: &mut [Cursor<Logged>],
        work: &mut Work,
    ) -> Result<(), RecoveryError> {
        let sequence = record.sequence;
        if record.pack != live.pack.hash() {
            switch_pack(live, pack_of(self.shared, &record.pack, sequence)?);
        }
        if record.sources != live.reading.hash {
            if record.sources != self.shared.reading.hash {
                return Err(RecoveryError::ReadingUnknown { sequence });
            }
            switch_reading(self.shared, live, self.shared.reading.clone())?;
        }
        for slice in &record.slices {
            self.follow_slice(live, sequence, *slice, inputs, work)?;
        }
        for (at, input) in self.shared.inputs.iter().enumerate() {
            let next = record.next.get(&**input).copied().unwrap_or(live.next[at]);
            if next != live.next[at] {
                let topic = input.to_string();
                return Err(RecoveryError::Tear { sequence, topic, slice: next, next: live.next[at] });
            }
        }
        live.tick = EventTime(record.tick);
        for input in &record.ended {
            live.shard.advance(InputId(*input), live.tick);
        }
        let mut outputs = Vec::new();
        live.shard.commit(&mut outputs);
        let replayed = outputs.len() as u64;
        if replayed != record.events {
            return Err(RecoveryError::Diverged { sequence, replayed, committed: record.events });
        }
        live.sequence = sequence;
        work.commits += 1;
        Ok(())
    }

    fn follow_slice(
        &self,
        live: &mut LiveShard,
        sequence: u64,
        Slice(input, from, next): Slice,
        inputs: &mut [Cursor<Logged>],
        work: &mut Work,
    ) -> Result<(), RecoveryError> {
        let at = usize::from(input);
        let topic = || self.shared.inputs.get(at).map_or_else(String::new, |topic| topic.to_string());
        let Some(cursor) = inputs.get_mut(at).filter(|_| live.next[at] == from) else {
            let next = live.next.get(at).copied().unwrap_or_default();
            return Err(RecoveryError::Tear { sequence, topic: topic(), slice: from, next });
        };
        let mut tally = Tally::default();
        while let Some(record) =
            cursor.next(next, PATIENCE).map_err(|source| RecoveryError::Read { topic: topic(), source })?
        {
            let decoded = live.reading.decode(input, live.id, &record);
            apply(&mut live.shard, &record, &decoded, &mut tally);
        }
        live.next[at] = next;
        work.records += tally.counts.records;
        Ok(())
    }
}

/// The next journal record before an offset, with its own.
pub(super) fn next_record(
    journal: &mut Cursor<Logged>,
    topic: &Arc<str>,
    end: i64,
) -> Result<Option<(i64, JournalRecord)>, RecoveryError> {
    let read = |source| RecoveryError::Read { topic: topic.to_string(), source };
    let Some(record) = journal.next(end, PATIENCE).map_err(read)? else { return Ok(None) };
    Ok(Some((record.offset(), JournalRecord::read(record.value().unwrap_or_default())?)))
}

/// The pack of this hash: that of this process, or one that a snapshot holds.
pub(super) fn pack_of(shared: &Shared, hash: &str, sequence: u64) -> Result<PackInForce, RecoveryError> {
    if hash == shared.pack.hash() {
        return Ok(shared.pack.clone());
    }
    match shared.store.find_pack(hash)? {
        Some(texts) => Ok(PackInForce::from_texts(&texts, shared.config.is_opaque())?),
        None => Err(RecoveryError::PackUnknown { sequence, hash: hash.to_owned() }),
    }
}
