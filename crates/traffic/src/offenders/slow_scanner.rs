//! The slow scanner: strangers all day, below every hourly limit, nobody twice, neighbouring numbers in a row.

use crate::attempt::Attempt;
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{HOUR, SECOND};
use crate::party::Party;

const BOUT: i64 = 11 * HOUR;
/// Calls begin this far apart: at most 48 an hour, more than 400 a day.
const GAP: std::ops::RangeInclusive<i64> = 75 * SECOND..=95 * SECOND;
/// So many neighbouring numbers are called in a row. Scanned blocks lie this far apart and never meet.
const RUN: u64 = 20;

/// A slow scanner.
#[derive(Debug)]
pub(crate) struct SlowScanner {
    caller: Caller,
    bouts: Bouts,
    order: crate::permutation::Permutation,
    count: u64,
}

impl SlowScanner {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let bouts = Bouts::daily(&mut caller, BOUT);
        let blocks = (caller.setting.population.outsiders() / RUN).max(1);
        let order = crate::permutation::Permutation::new(blocks, caller.random.bits());
        Self { caller, bouts, order, count: 0 }
    }
}

impl Campaign for SlowScanner {
    fn next(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        let called = Party::outsider(self.order.at(self.count / RUN) * RUN + self.count % RUN);
        self.count += 1;
        let outcome = self.caller.outcome(450_000, 4..=35, 10_000..=30_000);
        self.bouts.wait_until(at + self.caller.random.between(&GAP));
        Some(self.caller.attempt(called, at, outcome))
    }
}
