//! The late-file offender: breaks a limit per hour only once a file has come that was held up.

use crate::attempt::{Attempt, Delivery};
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{MINUTE, SECOND};

const BOUT: i64 = 50 * MINUTE;
/// Calls begin this far apart: about 130 in the bout.
const GAP: std::ops::RangeInclusive<i64> = 21 * SECOND..=25 * SECOND;
/// The calls of these minutes of the bout, about forty, come in the late file: without them there are under a hundred.
const HELD: std::ops::Range<i64> = 20 * MINUTE..36 * MINUTE;
/// The late file comes this long after the end of the bout.
const LATE: std::ops::RangeInclusive<i64> = 20 * MINUTE..=60 * MINUTE;

/// A late-file offender.
#[derive(Debug)]
pub(crate) struct LateFileOffender {
    caller: Caller,
    bouts: Bouts,
    begin: i64,
    file_at: i64,
}

impl LateFileOffender {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let bouts = Bouts::daily(&mut caller, BOUT);
        Self { caller, bouts, begin: 0, file_at: 0 }
    }
}

impl Campaign for LateFileOffender {
    fn next(&mut self) -> Option<Attempt> {
        let (at, first) = self.bouts.next()?;
        if first {
            (self.begin, self.file_at) = (at, at + BOUT + self.caller.random.between(&LATE));
        }
        self.bouts.wait_until(at + self.caller.random.between(&GAP));
        let called = self.caller.stranger();
        let outcome = self.caller.outcome(700_000, 1..=8, 3_000..=9_000);
        let mut attempt = self.caller.attempt(called, at, outcome);
        if HELD.contains(&(at - self.begin)) {
            attempt.delivery = Delivery::At(self.file_at);
        }
        Some(attempt)
    }
}
