//! The robocaller: hundreds of calls an hour that last seconds, each to someone else.

use crate::attempt::Attempt;
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{HOUR, SECOND};

const BOUT: i64 = 5 * HOUR;
/// Calls begin this far apart, several at a time: about 420 an hour.
const GAP: std::ops::RangeInclusive<i64> = 6 * SECOND..=11 * SECOND;
/// So many in a million last at most six seconds.
const SHORT_PER_MILLION: u64 = 930_000;

/// A robocaller.
#[derive(Debug)]
pub(crate) struct Robocaller {
    caller: Caller,
    bouts: Bouts,
}

impl Robocaller {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let bouts = Bouts::daily(&mut caller, BOUT);
        Self { caller, bouts }
    }
}

impl Campaign for Robocaller {
    fn next(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        let called = self.caller.stranger();
        let outcome = if self.caller.random.happens(SHORT_PER_MILLION) {
            self.caller.outcome(750_000, 1..=6, 2_000..=5_500)
        } else {
            self.caller.outcome(1_000_000, 7..=25, 0..=0)
        };
        self.bouts.wait_until(at + self.caller.random.between(&GAP));
        Some(self.caller.attempt(called, at, outcome))
    }
}
