//! A record's way into the shard: the same code live and in a replay, or they would come to different states.

use std::sync::Arc;

use ringfence_cdr::{InputCounts, Millis, Record, Reject, Treatment};
use ringfence_evaluator::{Delivery, InputId, Outcome, Shard};

use crate::inputs::Input;
use crate::moves::{Moves, TOGETHER};
use crate::step::{Applied, Rejection};
use crate::task::{Phase, Task};
use crate::{Decoded, DecodedRecord, RawRecord, Refusal, WallClock};

/// How long the clock of an epoch's records holds: a producer's word counts no further, so one that is right must not be
/// taken for earlier than it was, by more than the skews of packs leave room for.
const CLOCK_HOLDS: Millis = Millis(1_000);

impl Task {
    /// Applies records of one input as long as there is room for them.
    pub(crate) fn apply_raw(
        &mut self,
        input: InputId,
        records: &mut dyn Iterator<Item = RawRecord<'_>>,
        clock: WallClock,
    ) -> Result<Applied, Refusal> {
        let mut applied = Applied::default();
        let reading = Arc::clone(&self.reading);
        let decoder = reading.decoder(&self.inputs[input].topic).filter(|_| !self.inputs[input].is_retired);
        let Some(decoder) = decoder else { return Err(self.out_of_turn()) };
        let partition = self.id.partition;
        let skew = self.shard.pack().skew;
        let held = self.clock.filter(|held| clock.now.since(held.now) < CLOCK_HOLDS);
        let (clock, mut is_new) = (held.unwrap_or(clock), held.is_none());
        loop {
            let (room, mut next) = (self.room_for(input, is_new), self.inputs[input].next);
            let mut fresh = records.filter(|record| {
                let is_new = record.offset >= next;
                next = next.max(record.offset + 1);
                is_new
            });
            // A message is applied whole, however many records it holds: a slice ends between two messages.
            while self.buffer.len() < room
                && let Some(record) = fresh.next()
            {
                let timestamp = record.timestamp.map(|timestamp| clock.taken(timestamp));
                let moves = match (record.timestamp, timestamp) {
                    (Some(said), Some(taken)) if clock.can_be(said, skew) => Moves::To(taken.at()),
                    (Some(_), _) => Moves::Ahead,
                    (None, _) => Moves::Untold,
                };
                let message = RawRecord { timestamp, ..record };
                decoder.decode(input, partition, &message, &mut |decoded| self.buffer.push((decoded, moves)));
            }
            if self.buffer.is_empty() {
                break;
            }
            if std::mem::take(&mut is_new) {
                self.clock = Some(clock);
                self.slices.read_by(clock);
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
            let room = self.room_for(input, false);
            self.buffer.extend(records.take(room).map(|record| (record, Moves::ByItself)));
            if self.buffer.is_empty() {
                break;
            }
            self.apply_buffered(input, &mut applied.rejected);
        }
        applied.is_full = self.is_full();
        applied
    }

    /// How many of the next records of an input are decoded together.
    fn room_for(&self, input: InputId, by_new_clock: bool) -> usize {
        if matches!(self.phase, Phase::Following(_)) {
            return TOGETHER;
        }
        let room = if self.slices.has_room_for(input, by_new_clock) {
            self.epoch_records_max - self.records.min(self.epoch_records_max)
        } else {
            0
        };
        room.min(TOGETHER as u64) as usize
    }

    fn apply_buffered(&mut self, input: InputId, rejected: &mut Vec<Rejection>) {
        self.shard.fetch(self.buffer.iter().filter_map(|(record, _)| record.decoded.number()));
        let Self { shard, inputs, buffer, .. } = self;
        let Input { next, at_end, counts, .. } = &mut inputs[input];
        let from = *next;
        self.records += buffer.len() as u64;
        for (DecodedRecord { offset, piece, bytes, decoded }, moves) in buffer.drain(..) {
            *next = offset + 1;
            counts.records += u64::from(!matches!(decoded, Decoded::Nothing));
            counts.bytes += bytes as u64;
            counts.ahead += u64::from(matches!(moves, Moves::Ahead));
            let reject = match decoded {
                Decoded::Nothing => {
                    pass(shard, input, moves);
                    continue;
                }
                Decoded::Filtered => {
                    counts.filtered += 1;
                    pass(shard, input, moves);
                    continue;
                }
                Decoded::Rejected(reject) => {
                    if !reject.code.is_for_its_times() {
                        pass(shard, input, moves);
                    }
                    reject
                }
                Decoded::Taken(delivery) => match deliver(shard, &delivery, moves, counts) {
                    Some(reject) => reject,
                    None => continue,
                },
            };
            counts.rejected.count(reject.code);
            rejected.push(Rejection { offset, piece, reject });
        }
        *at_end = false;
        if self.is_journaled {
            self.slices.extend(input, from, *next, true);
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

/// A record that is none for the shard was read all the same: it moves time, unless it was refused for its own times.
fn pass(shard: &mut Shard, input: InputId, moves: Moves) {
    if let Moves::To(arrival) = moves {
        shard.advance(input, arrival);
    }
}

fn deliver(shard: &mut Shard, delivery: &Delivery, moves: Moves, counts: &mut InputCounts) -> Option<Reject> {
    counts.answers_assumed += u64::from(matches!(&delivery.record, Record::Call(cdr) if cdr.answer.is_assumed()));
    counts.treated.count(delivery.record.treatments());
    let late_before = shard.late();
    let outcome = match moves {
        Moves::To(_) | Moves::ByItself => shard.apply(delivery),
        Moves::Ahead | Moves::Untold => shard.apply_untimed(delivery),
    };
    counts.late += shard.late() - late_before;
    match outcome {
        Outcome::Inserted => counts.inserted += 1,
        Outcome::Duplicate => counts.duplicates += 1,
        Outcome::Merged { facts_joined } => {
            counts.merged += 1;
            join(facts_joined, counts);
            if matches!(&delivery.record, Record::Call(cdr) if cdr.leg.is_some() && cdr.part.is_none()) {
                counts.treated.count([Treatment::Legs].into_iter().collect());
            }
        }
        Outcome::ConflictingDuplicate { stands, facts_joined } => {
            join(facts_joined, counts);
            return Some(stands.reject());
        }
        Outcome::Rejected(reject) => return Some(reject),
    }
    None
}

/// Counts facts that were joined to others or, negative, came apart.
fn join(facts_joined: i32, counts: &mut InputCounts) {
    match facts_joined {
        1.. => counts.joined += u64::from(facts_joined.unsigned_abs()),
        _ => counts.parted += u64::from(facts_joined.unsigned_abs()),
    }
}
