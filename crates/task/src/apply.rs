//! A record's way into the shard: the same code live and in a replay, or they would come to different states.

use std::sync::Arc;

use ringfence_cdr::Reject;
use ringfence_evaluator::{Delivery, InputId, Outcome, Record, Shard};

use crate::inputs::Input;
use crate::step::{Applied, Rejection};
use crate::task::{Phase, Task};
use crate::{Decoded, DecodedRecord, RawRecord, Refusal, Tally};

/// How many records are decoded before the first of them is applied, so that their numbers are fetched together.
pub(crate) const TOGETHER: usize = 32;

impl Task {
    /// Applies records of one input as long as there is room for them.
    pub(crate) fn apply_raw(
        &mut self,
        input: InputId,
        records: &mut dyn Iterator<Item = RawRecord<'_>>,
    ) -> Result<Applied, Refusal> {
        let mut applied = Applied::default();
        let reading = Arc::clone(&self.reading);
        let decoder = reading.decoder(&self.inputs[input].topic).filter(|_| !self.inputs[input].is_retired);
        let Some(decoder) = decoder else { return Err(self.out_of_turn()) };
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
        Ok(applied)
    }

    pub(crate) fn apply_decoded(
        &mut self,
        input: InputId,
        records: &mut dyn Iterator<Item = DecodedRecord>,
    ) -> Applied {
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

    /// Notes that an input has been read up to here, and whether there is more that cannot be read yet.
    pub(crate) fn note_end(&mut self, input: InputId, end: i64, high: i64) -> Applied {
        let Input { next, at_end, .. } = &mut self.inputs[input];
        if end > *next {
            self.slices.extend(input, *next, end, false);
            *next = end;
        }
        *at_end = end == *next && high <= end;
        Applied { rejected: Vec::new(), is_full: self.is_full() }
    }
}

fn deliver(shard: &mut Shard, delivery: &Delivery, tally: &mut Tally) -> Option<Reject> {
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
