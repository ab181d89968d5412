//! A raw record's way into a shard: the same code live and in a replay, or they would come to different states.

use ringfence_cdr::Reject;
use ringfence_consumer::kafka::RawRecord;
use ringfence_evaluator::{Delivery, Outcome, Record, Shard};

use crate::reading::Decoded;
use crate::tally::Tally;

/// Applies one record that was decoded; what it returns becomes a dead letter.
pub(crate) fn apply(shard: &mut Shard, record: &RawRecord<'_>, decoded: &Decoded, tally: &mut Tally) -> Option<Reject> {
    tally.counts.records += 1;
    tally.counts.bytes += record.value().map_or(0, <[u8]>::len) as u64;
    let reject = match decoded {
        Decoded::Filtered => {
            tally.counts.filtered += 1;
            return None;
        }
        Decoded::Rejected(reject) => reject.clone(),
        Decoded::Taken(delivery) => deliver(shard, delivery, tally)?,
    };
    tally.rejected.count(reject.code);
    Some(reject)
}

fn deliver(shard: &mut Shard, delivery: &Delivery, tally: &mut Tally) -> Option<Reject> {
    let assumed = matches!(&delivery.record, Record::Call(cdr) if cdr.answer.is_assumed());
    let late_before = shard.late();
    let outcome = shard.apply(delivery);
    let counts = &mut tally.counts;
    counts.late += shard.late() - late_before;
    match outcome {
        Outcome::Inserted => counts.inserted += 1,
        Outcome::Duplicate => counts.duplicates += 1,
        Outcome::Merged { facts_joined } => {
            counts.merged += 1;
            counts.joined += u64::from(facts_joined);
        }
        Outcome::ConflictingDuplicate { stands, facts_joined } => {
            counts.joined += u64::try_from(facts_joined).unwrap_or(0);
            return Some(stands.reject());
        }
        Outcome::Rejected(reject) => return Some(reject),
    }
    counts.answers_assumed += u64::from(assumed);
    None
}
