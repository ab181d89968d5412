//! The dial-blaster: more than a hundred short calls an hour, to as many people.

use crate::attempt::Attempt;
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{HOUR, SECOND};

/// How long it blasts each day.
const BOUT: i64 = 3 * HOUR;
/// Calls begin this far apart: about 140 an hour.
const GAP: std::ops::RangeInclusive<i64> = 19 * SECOND..=25 * SECOND;
/// So many in a million last under ten seconds.
const SHORT_PER_MILLION: u64 = 800_000;

/// A dial-blaster.
#[derive(Debug)]
pub(crate) struct DialBlaster {
    caller: Caller,
    bouts: Bouts,
}

impl DialBlaster {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let bouts = Bouts::daily(&mut caller, BOUT);
        Self { caller, bouts }
    }
}

impl Campaign for DialBlaster {
    fn next(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        let called = self.caller.stranger();
        let short = self.caller.random.happens(SHORT_PER_MILLION);
        let outcome = if short {
            self.caller.outcome(600_000, 1..=9, 3_000..=8_000)
        } else {
            self.caller.outcome(900_000, 12..=45, 15_000..=25_000)
        };
        let gap = self.caller.random.between(&GAP);
        self.bouts.wait_until(at + gap.max(outcome.length() + SECOND));
        Some(self.caller.attempt(called, at, outcome))
    }
}
