//! What everybody in a world shares: the people, the clock on the wall, and the span of the world.

use crate::local_time::{DAY, HOUR, LocalTime};
use crate::party::Party;
use crate::permutation::Permutation;
use crate::plan::Plan;
use crate::population::Population;
use crate::random::Random;

/// From and until, in milliseconds of the local day.
type Band = (i64, i64);

/// When those act who have no reason to hide at night.
const DAYTIME: Band = (9 * HOUR, 21 * HOUR);

/// The stage on which a world's calls are made.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Names the world.
    pub(crate) seed: u64,
    /// The first instant, in milliseconds.
    pub(crate) start: i64,
    /// The first instant after the world.
    pub(crate) end: i64,
    /// The people's time of day.
    pub(crate) local: LocalTime,
    /// The people.
    pub(crate) population: Population,
}

impl Setting {
    /// The setting of a plan without problems.
    pub(crate) fn new(plan: &Plan) -> Self {
        let (start, end) = (plan.start.0, plan.end().0);
        Self {
            seed: plan.seed,
            start,
            end,
            local: LocalTime::new(&plan.zone, start, end + 2 * DAY),
            population: Population::new(plan.numbers, plan.seed),
        }
    }

    /// One instant a day from which `length` milliseconds of daytime are left in the world; where no day has so
    /// much, the earliest instants of the world serve as well.
    pub(crate) fn sessions(&self, random: &mut Random, length: i64) -> Vec<i64> {
        let mut begins = Vec::new();
        let mut day_start = self.start - self.local.of_day(self.start);
        while day_start < self.end {
            let from = (day_start + DAYTIME.0).max(self.start);
            let room = (day_start + DAYTIME.1).min(self.end) - length - from;
            if room >= 0 {
                begins.push(from + random.below(room as u64 + 1) as i64);
            }
            day_start += DAY;
        }
        if begins.is_empty() {
            begins.push(self.start + random.below((self.end - self.start - length).max(1) as u64) as i64);
        }
        begins
    }
}

/// People that a caller does not know, in an order of its own and nobody twice (until all are through).
#[derive(Clone, Debug)]
pub(crate) struct Strangers {
    order: Permutation,
    next: u64,
}

impl Strangers {
    /// The strangers of one caller.
    pub(crate) fn new(setting: &Setting, random: &mut Random) -> Self {
        Self { order: Permutation::new(setting.population.people(), random.bits()), next: 0 }
    }

    /// The next one who is not the caller.
    pub(crate) fn next(&mut self, setting: &Setting, calling: Party) -> Party {
        loop {
            self.next += 1;
            let party = setting.population.anybody(self.order.at(self.next));
            if party != calling {
                return party;
            }
        }
    }
}
