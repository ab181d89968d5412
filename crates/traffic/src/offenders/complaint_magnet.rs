//! The complaint magnet: calls no more than an honest card does, but cheats, and many complain.

use crate::attempt::Attempt;
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{HOUR, MINUTE, SECOND};

const BOUT: i64 = 7 * HOUR;
/// Calls begin this far apart: about 24 an hour.
const GAP: std::ops::RangeInclusive<i64> = 120 * SECOND..=180 * SECOND;
/// So many of its first victims complain within the hour, so that even a short world sees them.
const QUICK_COMPLAINTS: u32 = 7;
const QUICK_LAG: std::ops::RangeInclusive<i64> = 5 * MINUTE..=50 * MINUTE;

/// A complaint magnet.
#[derive(Debug)]
pub(crate) struct ComplaintMagnet {
    caller: Caller,
    bouts: Bouts,
    quick: u32,
}

impl ComplaintMagnet {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let bouts = Bouts::daily(&mut caller, BOUT);
        Self { caller, bouts, quick: 0 }
    }
}

impl Campaign for ComplaintMagnet {
    fn next(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        let called = self.caller.stranger();
        let outcome = self.caller.outcome(650_000, 15..=110, 15_000..=40_000);
        let mut attempt = self.caller.attempt(called, at, outcome);
        if outcome.talk_s.is_some() && self.quick < QUICK_COMPLAINTS {
            self.quick += 1;
            attempt.complaint = Some(self.caller.random.between(&QUICK_LAG));
        }
        self.bouts.wait_until(at + self.caller.random.between(&GAP));
        Some(attempt)
    }
}
