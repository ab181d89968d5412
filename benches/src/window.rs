//! One exact sliding window: when do the calls of one number in `(t - length, t]` reach a limit?
//!
//! Nothing is counted. With the call times in order, the window that ends at the call of index `q` holds `limit` calls
//! exactly if the call `limit - 1` places before lies less than `length` back:
//!
//! ```text
//! limit 3, length 60:   times  0  10  50  65  130
//!                        index  0   1   2   3    4
//!                        2: 50 -  0 < 60   holds, a rising edge
//!                        3: 65 - 10 < 60   holds
//!                        4: 130 - 50 ≥ 60  does not
//! ```

use std::collections::VecDeque;

/// How far behind the newest call a late one may come and still be judged exactly.
const LATE_MS: i64 = 60_000;

/// The rule: at least `limit` calls within `length_ms`.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The least number of calls that is too many.
    pub limit: usize,
    /// The length of the window in milliseconds.
    pub length_ms: i64,
}

/// The recent call times of one number, in order.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    times: VecDeque<i64>,
}

impl Calls {
    /// Inserts a call where it belongs, and tells the time at which a stretch of too many calls came into being.
    ///
    /// A late call that makes a known stretch begin earlier, or joins two, makes no new one.
    pub fn insert(&mut self, at_ms: i64, limit: Limit, tell: impl FnMut(i64)) {
        match self.times.back() {
            Some(&newest) if at_ms < newest => self.insert_late(at_ms, limit, tell),
            _ => self.insert_newest(at_ms, limit, tell),
        }
    }

    fn insert_newest(&mut self, at_ms: i64, limit: Limit, mut tell: impl FnMut(i64)) {
        let forget = at_ms - limit.length_ms - LATE_MS;
        while self.times.front().is_some_and(|&oldest| oldest <= forget) {
            self.times.pop_front();
        }
        self.times.push_back(at_ms);
        let newest = self.times.len() - 1;
        if self.holds(newest, limit) && !(newest > 0 && self.holds(newest - 1, limit)) {
            tell(at_ms);
        }
    }

    fn insert_late(&mut self, at_ms: i64, limit: Limit, mut tell: impl FnMut(i64)) {
        let mut place = self.times.len() - 1;
        while place > 0 && self.times[place - 1] > at_ms {
            place -= 1;
        }
        self.times.insert(place, at_ms);
        // Windows that end from here up to `limit - 1` calls later may hold now and did not before. A stretch of them is
        // new unless a window that held before lies in it, on either side; the one window beyond shows the right side.
        let mut known = place > 0 && self.holds(place - 1, limit);
        let mut fresh = None;
        for end in place..(place + limit.limit + 1).min(self.times.len()) {
            if !self.holds(end, limit) {
                fresh.take().into_iter().for_each(&mut tell);
                known = false;
            } else if known || (end > place && self.held_without(place, end, limit)) {
                known = true;
                fresh = None;
            } else if fresh.is_none() {
                fresh = Some(self.times[end]);
            }
        }
        fresh.into_iter().for_each(tell);
    }

    /// Tells whether the window that ends at the call of this index holds enough calls.
    fn holds(&self, end: usize, limit: Limit) -> bool {
        end.checked_sub(limit.limit - 1).is_some_and(|first| self.times[end] - self.times[first] < limit.length_ms)
    }

    /// The same for `end` after `place`, as it was before the call at `place` was inserted.
    fn held_without(&self, place: usize, end: usize, limit: Limit) -> bool {
        let back = if end - place < limit.limit { limit.limit } else { limit.limit - 1 };
        end.checked_sub(back).is_some_and(|first| self.times[end] - self.times[first] < limit.length_ms)
    }
}

#[cfg(test)]
mod tests;
