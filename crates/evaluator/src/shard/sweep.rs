//! Going through the numbers of a shard in rounds, a few with each commit.

use std::collections::BTreeSet;

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::RuleId;
use serde::{Deserialize, Serialize};

/// A shard is gone through no more often than this.
const ROUND: Millis = Millis::MINUTE;

/// Where the search for old facts goes on, and when this round began. State, as what has been forgotten shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sweep {
    next: u64,
    began: Option<EventTime>,
    /// What had settled by then, and the rules that the numbers of this round name.
    pub(super) settled: Option<EventTime>,
    pub(super) named: BTreeSet<RuleId>,
}

/// One place of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) place: usize,
    /// It is the first of a round.
    pub(super) begins: bool,
    /// It is the last.
    pub(super) ends: bool,
}

impl Sweep {
    /// The next of so many places to look at; `None` until it is time for another round.
    pub(super) fn next(&mut self, places: usize, now: EventTime) -> Option<Visit> {
        let next = usize::try_from(self.next).ok().filter(|next| *next < places);
        let begins = next.is_none_or(|next| next == 0);
        if begins && self.began.is_some_and(|began| now.since(began) < ROUND) {
            return None;
        }
        if begins {
            self.began = Some(now);
        }
        let place = next.unwrap_or_default();
        self.next = ((place + 1) % places) as u64;
        Some(Visit { place, begins, ends: self.next == 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_takes_every_place_in_turn_and_another_waits_for_its_time() {
        let mut sweep = Sweep::default();
        let mut next = |places, seconds: i64| sweep.next(places, EventTime(1_000 * seconds)).map(|visit| visit.place);
        assert_eq!((next(2, 0), next(2, 1), next(2, 59)), (Some(0), Some(1), None));
        assert_eq!((next(3, 60), next(3, 60), next(3, 61)), (Some(0), Some(1), Some(2)));
        assert_eq!((next(3, 119), next(3, 120)), (None, Some(0)));
    }

    #[test]
    fn places_that_are_gone_end_a_round() {
        let mut sweep = Sweep { next: 7, began: Some(EventTime(0)), ..Sweep::default() };
        assert_eq!(sweep.next(5, EventTime(1)), None);
        assert_eq!(sweep.next(5, EventTime(60_000)), Some(Visit { place: 0, begins: true, ends: false }));
    }
}
