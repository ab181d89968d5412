//! What a shard's facts and numbers take, by the allocator's own books.
//!
//! The same stream is stopped at two points. With `n` numbers and `f` facts a shard takes `a * n + b * f` bytes, so two
//! points give both: `a` for a number that has nothing, `b` for a fact.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Record};
use ringfence_evaluator::{Delivery, Shard, ShardClock, ShardCounts, ShardOptions};

use crate::Error;
use crate::packs::Rules;
use crate::traffic::TrafficShape;

/// How many records go into a commit.
const COMMIT: u64 = 10_000;

/// What was found.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// Bytes for each retained fact.
    pub per_fact: f64,
    /// Bytes for each number without counting its facts.
    pub per_number: f64,
    /// Bytes allocated at the end.
    pub allocated: u64,
    /// What the shard itself says of the end.
    pub counts: ShardCounts,
}

impl Found {
    /// The bytes of `numbers` with `facts` each, by these figures.
    #[must_use]
    pub fn extrapolated(&self, numbers: f64, facts: f64) -> f64 {
        numbers * (self.per_number + facts * self.per_fact)
    }
}

/// Feeds a stream to a shard and reads the books, by `allocated`, at a tenth of it and at its end.
///
/// # Errors
/// If there are too few records to tell numbers and facts apart.
pub fn measure(shape: TrafficShape, pack: &Arc<Rules>, allocated: impl Fn() -> u64) -> Result<Found, Error> {
    let before = allocated();
    let clock = ShardClock::Live { impose_from: EventTime::MIN };
    let mut shard = pack.shard(ShardOptions { clock, ..ShardOptions::default() });
    let input = shard.add_input("calls");
    let feed = |shard: &mut Shard, from: u64, to: u64| {
        let mut outputs = Vec::new();
        for index in from..to {
            let call = shape.call(index);
            let arrival = Some(EventTime(i64::try_from(call.arrival_ms).unwrap_or(i64::MAX)));
            shard.apply(&Delivery { input, arrival, record: Record::Call(call.cdr()) });
            if index % COMMIT == COMMIT - 1 || index + 1 == to {
                shard.commit(&mut outputs);
                outputs.clear();
            }
        }
        drop(outputs);
        (allocated().saturating_sub(before), shard.counts())
    };
    let (early_bytes, early) = feed(&mut shard, 0, shape.records / 10);
    let (bytes, counts) = feed(&mut shard, shape.records / 10, shape.records);
    let [n1, f1, a1] = [early.numbers, early.facts, early_bytes].map(float);
    let [n2, f2, a2] = [counts.numbers, counts.facts, bytes].map(float);
    let determinant = n1 * f2 - n2 * f1;
    if determinant.abs() < 1.0 {
        return Err(Error::Unmet("too few records to tell numbers and facts apart".to_owned()));
    }
    Ok(Found {
        per_fact: (n1 * a2 - n2 * a1) / determinant,
        per_number: (a1 * f2 - a2 * f1) / determinant,
        allocated: bytes,
        counts,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}
