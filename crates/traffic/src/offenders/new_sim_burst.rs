//! The new SIM: silent until it is activated, then a burst of calls, then thrown away.

use crate::attempt::Attempt;
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{MINUTE, SECOND};

const BOUT: i64 = 90 * MINUTE;
/// Calls begin this far apart: about fifty in the burst.
const GAP: std::ops::RangeInclusive<i64> = 80 * SECOND..=140 * SECOND;

/// A new SIM that is used up in one burst.
#[derive(Debug)]
pub(crate) struct NewSimBurst {
    caller: Caller,
    bouts: Bouts,
}

impl NewSimBurst {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let mut begins = caller.setting.sessions(&mut caller.random, BOUT);
        let chosen = caller.random.below(begins.len() as u64) as usize;
        let begin = begins.swap_remove(chosen);
        let bouts = Bouts::starting(&caller, vec![begin], BOUT);
        Self { caller, bouts }
    }
}

impl Campaign for NewSimBurst {
    fn next(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        let called = self.caller.stranger();
        let outcome = self.caller.outcome(600_000, 5..=40, 8_000..=25_000);
        self.bouts.wait_until(at + self.caller.random.between(&GAP));
        Some(self.caller.attempt(called, at, outcome))
    }
}
