//! Judging decoded call records in memory: a shard beside the hand-written window, on the same records.
//!
//! Records are made in portions, one a commit, outside of the clock; the clock is the processor time of this thread, so
//! that other work on the machine costs less of the truth. The days before the last warm the contenders up: in a shard
//! that is in service numbers are known and have a past.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Number, PackedNumber, Record};
use ringfence_evaluator::{Delivery, InputId, Output, ShardClock, ShardCounts, ShardOptions};
use ringfence_events::KeyName;
use rustix::time::{ClockId, clock_gettime};

use crate::Error;
use crate::floor::RULE;
use crate::packs::Rules;
use crate::traffic::TrafficShape;
use crate::window::Calls;

/// One input, as in a shard of the engine that has no complaints.
const INPUT: InputId = InputId(0);

/// How many records are fetched for together, as the engine does it.
const TOGETHER: usize = 32;

/// The records of a stream in the portions that are committed together.
#[derive(Debug, Clone, Copy)]
pub struct Portions {
    /// The stream.
    pub shape: TrafficShape,
    /// How many records go into a commit.
    pub commit_records: u64,
}

/// What judging a stream cost and found.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Processor time for each record of the last day, in ns.
    pub ns_per_record: f64,
    /// Standing violations.
    pub violations: usize,
    /// Events published.
    pub events: u64,
    /// The numbers that have a standing violation, in order.
    pub numbers: BTreeSet<PackedNumber>,
    /// Of violations, independent of their order.
    pub hash: u64,
    /// What the shard held at the end.
    pub counts: ShardCounts,
}

impl Portions {
    /// Calls `each` with every portion: the records, and whether they count.
    fn for_each(self, mut each: impl FnMut(&mut Vec<Delivery>, bool)) {
        let Self { shape, commit_records } = self;
        let warm_up = shape.records - shape.records / shape.days.max(1);
        let mut portion = Vec::new();
        let mut begin = 0;
        while begin < shape.records {
            // A portion does not straddle the end of the warm-up.
            let border = if begin < warm_up { warm_up } else { shape.records };
            let end = (begin + commit_records).min(border);
            portion.clear();
            portion.extend((begin..end).map(|index| {
                let call = shape.call(index);
                let arrival = EventTime(i64::try_from(call.arrival_ms).unwrap_or(i64::MAX));
                Delivery { input: INPUT, arrival: Some(arrival), record: Record::Call(call.cdr()) }
            }));
            each(&mut portion, begin >= warm_up);
            begin = end;
        }
    }

    fn counting(self) -> u64 {
        self.shape.records / self.shape.days.max(1)
    }

    /// Judges the stream in a shard.
    ///
    /// # Errors
    /// If a record does not become a fact.
    pub fn judge(self, pack: &Arc<Rules>) -> Result<Judged, Error> {
        let clock = ShardClock::Live { impose_from: EventTime::MIN };
        let mut shard = pack.shard(ShardOptions { clock, ..ShardOptions::default() });
        let input = shard.add_input("calls");
        debug_assert_eq!(input, INPUT);
        let mut outputs: Vec<Output> = Vec::new();
        let (mut spent, mut events) = (Duration::ZERO, 0);
        self.for_each(|portion, counts| {
            let began = thread_cpu();
            for few in portion.chunks(TOGETHER) {
                shard.fetch(few.iter().map(|delivery| delivery.record.number()));
                for delivery in few {
                    shard.apply(delivery);
                }
            }
            portion.clear();
            shard.commit(&mut outputs);
            if counts {
                spent += thread_cpu() - began;
            }
            events += outputs.len() as u64;
            outputs.clear();
        });
        if shard.ledger().facts != self.shape.records {
            return Err(Error::Unmet(format!("{} records became {:?}", self.shape.records, shard.ledger())));
        }
        let standing = shard.standing();
        let numbers = standing.iter().filter_map(|violation| match &violation.key {
            KeyName::Number(Number::Packed(number)) | KeyName::Pair(Number::Packed(number), _) => Some(*number),
            _ => None,
        });
        let hash = standing.iter().map(|violation| {
            let times = [violation.opened_at.0 as u64, violation.last_at.0 as u64, violation.matches];
            let id = u64::from_str_radix(violation.id.get(..16).unwrap_or_default(), 16).unwrap_or_default();
            times.into_iter().fold(id, |hash, part| (hash ^ part).wrapping_mul(0x0000_0100_0000_01b3))
        });
        Ok(Judged {
            ns_per_record: nanos_per(spent, self.counting()),
            violations: standing.len(),
            events,
            numbers: numbers.collect(),
            hash: hash.fold(0, u64::wrapping_add),
            counts: shard.counts(),
        })
    }

    /// Judges the stream by the hand-written window: the cost of each record of the last day in ns, and the numbers
    /// that called too often.
    #[must_use]
    pub fn judge_by_hand(self) -> (f64, BTreeSet<PackedNumber>) {
        let mut windows: HashMap<u64, Calls, FixedState> = HashMap::default();
        let (mut spent, mut numbers) = (Duration::ZERO, BTreeSet::new());
        self.for_each(|portion, counts| {
            let began = thread_cpu();
            let mut told = Vec::new();
            for delivery in portion.drain(..) {
                let Record::Call(cdr) = delivery.record else { continue };
                let Number::Packed(calling) = cdr.calling_number else { continue };
                windows.entry(calling.0).or_default().insert(cdr.at.0, RULE, |_| told.push(calling));
            }
            if counts {
                spent += thread_cpu() - began;
            }
            numbers.extend(told);
        });
        (nanos_per(spent, self.counting()), numbers)
    }
}

/// Processor time that this thread has used.
#[must_use]
pub fn thread_cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or_default(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// Nanoseconds for each of so many.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub fn nanos_per(spent: Duration, count: u64) -> f64 {
    spent.as_secs_f64() * 1e9 / count.max(1) as f64
}
