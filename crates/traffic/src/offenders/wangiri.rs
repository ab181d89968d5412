//! Wangiri ("one ring and cut"): rings many people once, so that they call back.

use crate::attempt::{Attempt, AttemptOutcome, CLEARED};
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{HOUR, SECOND};

const BOUT: i64 = 3 * HOUR;
/// Calls begin this far apart: about 130 an hour.
const GAP: std::ops::RangeInclusive<i64> = 20 * SECOND..=35 * SECOND;
/// One ring, in milliseconds.
const RING: std::ops::RangeInclusive<i64> = 1_000..=3_000;

/// A Wangiri caller.
#[derive(Debug)]
pub(crate) struct Wangiri {
    caller: Caller,
    bouts: Bouts,
}

impl Wangiri {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let bouts = Bouts::daily(&mut caller, BOUT);
        Self { caller, bouts }
    }
}

impl Campaign for Wangiri {
    fn next(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        let called = self.caller.stranger();
        let ring = self.caller.random.between(&RING);
        self.bouts.wait_until(at + self.caller.random.between(&GAP));
        Some(self.caller.attempt(called, at, AttemptOutcome { ring, talk_s: None, diagnostics: CLEARED }))
    }
}
