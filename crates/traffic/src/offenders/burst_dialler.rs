//! The burst dialler: calls one person dozens of times within an hour, and again the next day.

use crate::attempt::Attempt;
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{MINUTE, SECOND};
use crate::party::Party;

const BOUT: i64 = 40 * MINUTE;
/// Calls begin this far apart: about thirty in a bout, three or four in five minutes.
const GAP: std::ops::RangeInclusive<i64> = 60 * SECOND..=100 * SECOND;

/// A burst dialler.
#[derive(Debug)]
pub(crate) struct BurstDialler {
    caller: Caller,
    bouts: Bouts,
    victim: Party,
}

impl BurstDialler {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let bouts = Bouts::daily(&mut caller, BOUT);
        let victim = caller.stranger();
        Self { caller, bouts, victim }
    }
}

impl Campaign for BurstDialler {
    fn next(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        let outcome = self.caller.outcome(250_000, 2..=15, 5_000..=30_000);
        self.bouts.wait_until(at + self.caller.random.between(&GAP));
        Some(self.caller.attempt(self.victim, at, outcome))
    }
}
