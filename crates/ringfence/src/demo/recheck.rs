//! Reads the same day again in another way: in the order of the calls, without late files and without repeats.
//! What stands must be the same (laws O-1 and D-1).

use std::cmp::Reverse;
use std::sync::Arc;

use ringfence_cdr::{EventTime, Fingerprint, Record};
use ringfence_evaluator::{Delivery, InputId, Shard};
use ringfence_rules::{Pack, Tables};
use ringfence_task::{
    Cut, Decoded, DecodedRecord, RawRecord, Reading, ReadingError, Refusal, Setup, Step, Task, Timestamp,
};
use ringfence_traffic::World;

use super::in_process::{reading, topic};

/// Commits come after so many records, as in archives.
const COMMIT_RECORDS: usize = 10_000;

/// Why a day cannot be read again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecheckError {
    #[error("the traffic cannot be decoded")]
    Reading(#[from] ReadingError),
    #[error("the traffic cannot be judged")]
    Refused(#[from] Refusal),
}

/// The shard of an archive where every record was read once and in order.
pub(crate) fn in_order(world: &World, (pack, tables): (&Arc<Pack>, &Tables)) -> Result<Shard, RecheckError> {
    let setup = Setup::archive(env!("CARGO_PKG_VERSION"), Arc::clone(pack), tables.clone());
    let mut task = Task::archive(setup, ["the day"]);
    let mut left = ordered(world, &reading()?).into_iter().zip(0..);
    loop {
        let mut slice = left.by_ref().take(COMMIT_RECORDS).map(|(record, offset)| DecodedRecord {
            offset,
            piece: None,
            bytes: 0,
            decoded: Decoded::Taken(Delivery { input: InputId(0), arrival: None, record }),
        });
        task.step(Step::Decoded { input: InputId(0), records: &mut slice })?;
        if task.records_since_cut() == 0 {
            break;
        }
        task.step(Step::Cut(Cut { clock: EventTime::MIN, owner: "", with_snapshot: false }))?;
        task.step(Step::Committed { offset: 0 })?;
    }
    Ok(task.into_shard())
}

/// Every record of the world that can be read, once, by event time, as if each had arrived as it happened.
fn ordered(world: &World, reading: &Reading) -> Vec<Record> {
    let mut bytes = Vec::new();
    let mut records = Vec::new();
    for emission in world.emissions() {
        bytes.clear();
        emission.record.write(&mut bytes);
        let raw =
            RawRecord { offset: 0, timestamp: Some(Timestamp::Appended(emission.at_arrival)), value: Some(&bytes) };
        let Some(decoder) = reading.decoder(topic(emission.record.is_call())) else { continue };
        decoder.decode_anywhere(InputId(0), 0, &raw, &mut |decoded| match decoded.decoded {
            Decoded::Taken(taken) => records.push(without_arrival(taken.record)),
            Decoded::Filtered | Decoded::Rejected(_) | Decoded::Nothing => {}
        });
    }
    records.sort_by_key(place);
    records.dedup_by(|later, earlier| is_repeat(earlier, later));
    records
}

fn without_arrival(record: Record) -> Record {
    match record {
        Record::Call(call) => Record::Call(ringfence_cdr::Cdr { arrival: None, ..call }),
        Record::Complaint(complaint) => Record::Complaint(ringfence_cdr::Complaint { arrival: None, ..complaint }),
    }
}

/// By time; of records with one identity the one that stands comes first.
fn place(record: &Record) -> (EventTime, Fingerprint, Reverse<i64>) {
    match record {
        Record::Call(call) => {
            (call.at, call.fingerprint, Reverse(call.call_duration.map_or(-1, |duration| duration.0)))
        }
        Record::Complaint(complaint) => (complaint.at, complaint.fingerprint, Reverse(complaint.status_time.0)),
    }
}

/// Whether the second is the first again.
fn is_repeat(first: &Record, second: &Record) -> bool {
    match (first, second) {
        (Record::Call(first), Record::Call(second)) => {
            (first.at, first.fingerprint) == (second.at, second.fingerprint)
                && first.calling_number == second.calling_number
        }
        (Record::Complaint(first), Record::Complaint(second)) => {
            first.fingerprint == second.fingerprint && first.complained_number == second.complained_number
        }
        _ => false,
    }
}
