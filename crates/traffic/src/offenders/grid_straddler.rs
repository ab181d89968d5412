//! The grid-straddler: breaks "more than a hundred an hour" in one exact hour that no grid contains.
//!
//! ```text
//! minute grid   |m0        |m1   ...          |m60       |m61
//! calls              1  2  3  ...   100  101
//!                    ^ m0 + 30.5 s           ^ 3,590 s later, m60 + 20.5 s
//! ```
//! The window that ends with call 101 holds all of them. Every window of an hour that begins on a full minute (or
//! on anything coarser) misses the first call or the last and counts at most a hundred.

use crate::attempt::Attempt;
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{HOUR, MINUTE, SECOND};

const CALLS: i64 = 101;
/// The first call comes this long after a full minute, the last this long after the first.
const OFFSET: i64 = 30 * SECOND + 500;
const STRETCH: i64 = 3_590 * SECOND;
const STEP: i64 = STRETCH / (CALLS - 1);

/// A grid-straddler.
#[derive(Debug)]
pub(crate) struct GridStraddler {
    caller: Caller,
    bouts: Bouts,
    count: i64,
    begin: i64,
}

impl GridStraddler {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let mut begins = caller.setting.sessions(&mut caller.random, HOUR + 2 * MINUTE);
        for begin in &mut begins {
            *begin = (*begin).div_euclid(MINUTE) * MINUTE + MINUTE + OFFSET;
        }
        let bouts = Bouts::starting(&caller, begins, STRETCH + 1);
        Self { caller, bouts, count: 0, begin: 0 }
    }
}

impl Campaign for GridStraddler {
    fn next(&mut self) -> Option<Attempt> {
        let (at, first) = self.bouts.next()?;
        if first {
            (self.count, self.begin) = (0, at);
        }
        self.count += 1;
        let wobble = if self.count + 1 < CALLS { self.caller.random.between(&(-9_000..=9_000)) } else { 0 };
        self.bouts.wait_until(self.begin + self.count * STEP + wobble);
        let called = self.caller.stranger();
        let outcome = self.caller.outcome(800_000, 1..=8, 3_000..=9_000);
        Some(self.caller.attempt(called, at, outcome))
    }
}
