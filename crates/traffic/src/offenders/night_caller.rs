//! The night caller: a telemarketing card that sells while people rest.

use crate::attempt::Attempt;
use crate::caller::{Caller, Campaign};
use crate::local_time::{HOUR, MINUTE};

/// When it calls: before 09:00 and from 21:00 on.
const HOURS: [(i64, i64); 2] = [(6 * HOUR + 30 * MINUTE, 9 * HOUR), (21 * HOUR, 23 * HOUR + 30 * MINUTE)];
/// Calls begin this far apart: about fifteen an hour.
const GAP: std::ops::RangeInclusive<i64> = 3 * MINUTE..=5 * MINUTE;

/// A night caller.
#[derive(Debug)]
pub(crate) struct NightCaller {
    caller: Caller,
    next_at: i64,
}

impl NightCaller {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let next_at = caller.setting.start + caller.random.between(&(0..=5 * MINUTE));
        Self { caller, next_at }
    }
}

impl Campaign for NightCaller {
    fn next(&mut self) -> Option<Attempt> {
        let at = self.caller.setting.local.open(self.next_at, &HOURS);
        if at >= self.caller.setting.end {
            return None;
        }
        self.next_at = at + self.caller.random.between(&GAP);
        let called = self.caller.stranger();
        let outcome = self.caller.outcome(550_000, 10..=90, 12_000..=35_000);
        Some(self.caller.attempt(called, at, outcome))
    }
}
