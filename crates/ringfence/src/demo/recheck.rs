//! Reads the same day again in another way: in the order of the calls, without late files and without repeats.
//! What stands must be the same (laws O-1 and D-1).

use std::cmp::Reverse;
use std::sync::Arc;

use ringfence_cdr::{CdrContext, EventTime, Fingerprint};
use ringfence_evaluator::{Delivery, InputId, Record, Shard, ShardOptions};
use ringfence_rules::Pack;
use ringfence_traffic::World;

use super::in_process::decode;

/// Commits come after so many records, as in archives.
const COMMIT_RECORDS: usize = 10_000;

/// The shard of an archive where every record was read once and in order.
pub(crate) fn in_order(world: &World, pack: &Arc<Pack>) -> Shard {
    let mut shard = Shard::new(Arc::clone(pack), ShardOptions::default());
    for slice in ordered(world).chunks(COMMIT_RECORDS) {
        for record in slice {
            shard.apply(&Delivery { input: InputId(0), arrival: None, record: record.clone() });
        }
        shard.commit(&mut Vec::new());
    }
    shard
}

/// Every record of the world that can be read, once, by event time, as if each had arrived as it happened.
fn ordered(world: &World) -> Vec<Record> {
    let context = CdrContext::default();
    let mut bytes = Vec::new();
    let mut records: Vec<Record> = world
        .emissions()
        .filter_map(|emission| {
            bytes.clear();
            emission.record.write(&mut bytes);
            decode(&bytes, emission.record.is_call(), &context).ok().flatten()
        })
        .map(without_arrival)
        .collect();
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
