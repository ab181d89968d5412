//! Forgetting what no rule can need any more, and what busy numbers no longer use.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::Stream;
use serde::{Deserialize, Serialize};

use crate::hot::Hot;
use crate::program::longest_anchored;
use crate::shard::Shard;

/// Numbers looked at for old facts with each commit, so that a shard is gone through within some hundreds of commits.
const SHARE: usize = 512;
/// A shard is gone through no more often than this.
const ROUND: Millis = Millis::MINUTE;
/// Decoded facts and views are dropped once they take more than this.
const HOT_BYTES_MAX: usize = 1 << 30;
/// Decoded facts and views are dropped after so many commits without use.
const HOT_COMMITS: u64 = 64;

/// Where the search for old facts goes on, and when this round began. State, as what has been forgotten shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sweep {
    next: u64,
    began: Option<EventTime>,
}

impl Sweep {
    /// The next of so many places to look at; `None` until it is time for another round.
    fn next(&mut self, places: usize, now: EventTime) -> Option<usize> {
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
        Some(place)
    }
}

impl Shard {
    /// Looks at the next few numbers for facts that no rule can need any more. Follows shard time.
    pub(crate) fn evict(&mut self) {
        let (calls_from, complaints_from) = (self.held_from(Stream::Calls), self.held_from(Stream::Complaints));
        let Some(now) = self.times.now().filter(|_| calls_from > EventTime::MIN && !self.numbers.is_empty()) else {
            return;
        };
        let settled = now.minus(self.pack.lateness);
        let [anchored_calls, anchored_complaints] =
            [Stream::Calls, Stream::Complaints].map(|stream| longest_anchored(&self.pack, stream));
        for _ in 0..(self.numbers.len() / SHARE + 1) {
            let Some(slot) = self.sweep.next(self.numbers.len(), now) else { return };
            let Some(state) = self.numbers[slot].as_mut() else { continue };
            // Anchored windows start at a fact: where all of them have ended, they start anew whatever lies before.
            let calls_from = match anchored_calls {
                Some(window) => state.calls.last_pause(state.number, calls_from, window).unwrap_or(EventTime::MIN),
                None => calls_from,
            };
            state.calls.evict_before(state.number, calls_from);
            if let Some(rest) = &mut state.rest {
                let complaints_from = match anchored_complaints {
                    Some(window) => rest.complaints.last_pause(complaints_from, window).unwrap_or(EventTime::MIN),
                    None => complaints_from,
                };
                rest.complaints.evict_before(complaints_from);
                rest.parts.evict_before(calls_from);
                rest.settle(&self.pack, &self.former, settled, calls_from.min(complaints_from));
            }
            if state.touched == 0 && state.is_idle() {
                self.index.remove(state.number, &self.numbers);
                self.numbers[slot] = None;
                self.free.push(slot as u32);
                self.hot.remove(&(slot as u32));
                self.set_wake(slot as u32, None);
            }
        }
    }

    /// Drops what is decoded of numbers that are busy no more.
    pub(crate) fn cool(&mut self) {
        if !self.commits.is_multiple_of(HOT_COMMITS) {
            return;
        }
        let idle_since = self.commits.saturating_sub(HOT_COMMITS);
        self.hot.retain(|_, hot| hot.used >= idle_since);
        if self.hot.values().map(Hot::bytes).sum::<usize>() > HOT_BYTES_MAX {
            self.hot.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_takes_every_place_in_turn_and_another_waits_for_its_time() {
        let mut sweep = Sweep::default();
        let mut next = |places, seconds: i64| sweep.next(places, EventTime(1_000 * seconds));
        assert_eq!((next(2, 0), next(2, 1), next(2, 59)), (Some(0), Some(1), None));
        assert_eq!((next(3, 60), next(3, 60), next(3, 61)), (Some(0), Some(1), Some(2)));
        assert_eq!((next(3, 119), next(3, 120)), (None, Some(0)));
    }

    #[test]
    fn places_that_are_gone_end_a_round() {
        let mut sweep = Sweep { next: 7, began: Some(EventTime(0)) };
        assert_eq!(sweep.next(5, EventTime(1)), None);
        assert_eq!(sweep.next(5, EventTime(60_000)), Some(0));
    }
}
