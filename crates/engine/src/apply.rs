//! A raw record's way into a shard: the same code live and in a replay, or they would come to different states.

use ringfence_cdr::{EventTime, Reject, RejectCode};
use ringfence_consumer::kafka::RawRecord;
use ringfence_evaluator::{Delivery, InputId, Outcome, Record, Shard};

use crate::reading::Decoded;
use crate::tally::Tally;

/// Applies one record that was decoded; what it returns becomes a dead letter.
pub(crate) fn apply(
    shard: &mut Shard,
    input: u8,
    record: &RawRecord<'_>,
    decoded: Decoded,
    tally: &mut Tally,
) -> Option<Reject> {
    tally.counts.records += 1;
    tally.counts.bytes += record.value().map_or(0, <[u8]>::len) as u64;
    let reject = match decoded {
        Decoded::Filtered => {
            tally.counts.filtered += 1;
            return None;
        }
        Decoded::Rejected(reject) => reject,
        Decoded::Taken(taken) => deliver(shard, input, record, taken, tally)?,
    };
    tally.rejected.count(reject.code);
    Some(reject)
}

fn deliver(shard: &mut Shard, input: u8, record: &RawRecord<'_>, taken: Record, tally: &mut Tally) -> Option<Reject> {
    let Some(arrival) = record.timestamp() else {
        return Some(Reject::new(RejectCode::MissingField, "the record has no Kafka timestamp"));
    };
    let assumed = matches!(&taken, Record::Call(cdr) if cdr.answer.is_assumed());
    let delivery = Delivery { input: InputId(input), arrival: Some(EventTime(arrival)), record: taken };
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
        Outcome::ConflictingDuplicate(standing) => return Some(standing.reject()),
        Outcome::Rejected(reject) => return Some(reject),
    }
    counts.answers_assumed += u64::from(assumed);
    None
}
