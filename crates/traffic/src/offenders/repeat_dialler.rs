//! The repeat dialler: calls the same few people again and again, all day.

use crate::attempt::Attempt;
use crate::caller::{Bouts, Caller, Campaign};
use crate::local_time::{HOUR, MINUTE};
use crate::party::Party;

const BOUT: i64 = 9 * HOUR;
/// Calls begin this far apart: each of the people is called about every hour.
const GAP: std::ops::RangeInclusive<i64> = 7 * MINUTE..=12 * MINUTE;
const PEOPLE: usize = 6;

/// A repeat dialler.
#[derive(Debug)]
pub(crate) struct RepeatDialler {
    caller: Caller,
    bouts: Bouts,
    people: [Party; PEOPLE],
    turn: usize,
}

impl RepeatDialler {
    pub(crate) fn new(mut caller: Caller) -> Self {
        let bouts = Bouts::daily(&mut caller, BOUT);
        let people = std::array::from_fn(|_| caller.stranger());
        Self { caller, bouts, people, turn: 0 }
    }
}

impl Campaign for RepeatDialler {
    fn next(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        self.turn += 1;
        let called = self.people[self.turn % PEOPLE];
        let outcome = self.caller.outcome(500_000, 8..=60, 10_000..=35_000);
        self.bouts.wait_until(at + self.caller.random.between(&GAP));
        Some(self.caller.attempt(called, at, outcome))
    }
}
