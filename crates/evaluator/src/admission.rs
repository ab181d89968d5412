//! Admission: whether a record is taken depends on the record alone, and what the shard's clock is.

use ringfence_cdr::{EventTime, Millis, Reject, RejectCode};
use ringfence_rules::Pack;
use serde::{Deserialize, Serialize};

use crate::delivery::InputId;
use crate::shard::Clock;

/// The times that a shard knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Times {
    /// Per input, the arrival time applied so far.
    inputs: Vec<Option<EventTime>>,
    /// The highest event time of any fact.
    pub(crate) seen: EventTime,
    /// The arrival time of the first record: what came before was not read.
    pub(crate) complete_from: Option<EventTime>,
    /// Of archives: the highest arrival time, or event time where records have none.
    archive_clock: Option<EventTime>,
    /// Instants up to this had settled at the last commit. What had not settled then may be changed by the records since,
    /// however far they themselves move time on. It never goes back, also where a change of rules allows records to come
    /// later.
    settled: EventTime,
}

impl Times {
    pub(crate) fn new(clock: Clock) -> Self {
        let inputs = match clock {
            Clock::Archive => 0,
            Clock::Live { inputs, .. } => inputs,
        };
        Self {
            inputs: vec![None; usize::from(inputs)],
            seen: EventTime::MIN,
            complete_from: None,
            archive_clock: None,
            settled: EventTime::MIN,
        }
    }

    /// Shard time: the least of the arrival times applied; of archives the highest.
    pub(crate) fn now(&self) -> Option<EventTime> {
        if self.inputs.is_empty() {
            return self.archive_clock;
        }
        self.inputs.iter().try_fold(EventTime::MAX, |least, input| input.map(|input| least.min(input)))
    }

    /// Whether it has as many inputs as the clock.
    pub(crate) fn fits(&self, clock: Clock) -> bool {
        self.inputs.len() == Self::new(clock).inputs.len()
    }

    /// Everything applied so far has been judged. Of live inputs, what lies more than `lateness` before shard time has
    /// settled; archives settle nothing.
    pub(crate) fn commit(&mut self, lateness: Millis) {
        if let Some(now) = self.now().filter(|_| !self.inputs.is_empty()) {
            self.settled = self.settled.max(now.minus(lateness).minus(Millis(1)));
        }
    }

    /// What had settled at the last commit.
    pub(crate) fn settled(&self) -> EventTime {
        self.settled
    }

    /// Moves an input's time on; it never goes back.
    pub(crate) fn advance(&mut self, input: InputId, at: EventTime) {
        let time = match self.inputs.is_empty() {
            true => Some(&mut self.archive_clock),
            false => self.inputs.get_mut(input.0 as usize),
        };
        if let Some(time) = time {
            *time = Some(time.map_or(at, |time| time.max(at)));
        }
    }

    /// Counts a record in: its arrival moves its input's time whether it is taken or not.
    pub(crate) fn arrive(&mut self, input: InputId, arrival: Option<EventTime>, event: EventTime) {
        let arrival = arrival.unwrap_or(event);
        if !self.inputs.is_empty() && self.complete_from.is_none() {
            self.complete_from = Some(arrival);
        }
        self.advance(input, arrival);
    }
}

/// Whether a record may come in: `too_late`, or `from_the_future` (`docs/records.md`). Archives admit everything.
///
/// `held_from` is the earliest time that the shard still holds: where producers set the record's time, one may come
/// from before it although its own arrival says otherwise.
pub(crate) fn admit(
    pack: &Pack,
    clock: Clock,
    arrival: Option<EventTime>,
    measured: EventTime,
    held_from: EventTime,
) -> Result<(), Reject> {
    let (Clock::Live { .. }, Some(arrival)) = (clock, arrival) else { return Ok(()) };
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
