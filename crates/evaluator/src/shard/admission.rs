//! Admission: whether a record is taken depends on the record alone.

use ringfence_cdr::{EventTime, Millis, Reject, RejectCode};
use ringfence_rules::Pack;

use crate::clock::ShardClock;

/// Whether a record may come in: `too_late`, or `from_the_future` (`docs/records.md`). Archives admit everything.
///
/// `held_from` is the earliest time that the shard still holds: where producers set the record's time, one may come
/// from before it although its own arrival says otherwise.
pub(crate) fn admit(
    pack: &Pack,
    clock: ShardClock,
    arrival: Option<EventTime>,
    measured: EventTime,
    held_from: EventTime,
) -> Result<(), Reject> {
    let (ShardClock::Live { .. }, Some(arrival)) = (clock, arrival) else { return Ok(()) };
    let delay = arrival.since(measured);
    if delay > pack.lateness {
        let detail = format!("arrived {} h after its event time, {} h are allowed", hours(delay), hours(pack.lateness));
        return Err(Reject::new(RejectCode::TooLate, detail));
    }
    if delay < Millis(-pack.skew.0) {
        let detail =
            format!("event time is {} s after its arrival, {} s are allowed", -delay.0 / 1000, pack.skew.0 / 1000);
        return Err(Reject::new(RejectCode::FromTheFuture, detail));
    }
    if measured < held_from {
        let detail = "event time lies before what is still held; its arrival time was set by the producer";
        return Err(Reject::new(RejectCode::TooLate, detail));
    }
    Ok(())
}

fn hours(length: Millis) -> i64 {
    length.0 / Millis::HOUR.0
}
