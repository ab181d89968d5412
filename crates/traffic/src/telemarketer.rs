//! The honest telemarketer: a licensed card that keeps within every limit of a sensible pack.

use crate::attempt::{Attempt, AttemptOutcome};
use crate::caller::{Caller, Campaign};
use crate::local_time::{HOUR, SECOND};
use crate::party::Party;

/// Calls are made in these hours alone.
pub(crate) const WORKING_HOURS: [(i64, i64); 2] = [(9 * HOUR, 12 * HOUR), (14 * HOUR, 21 * HOUR)];
/// No two calls begin closer: at most 45 in any hour, and mostly 35.
const GAP: std::ops::RangeInclusive<i64> = 82 * SECOND..=135 * SECOND;
/// How many calls a card makes in a day, below the 250 that it may.
const QUOTA: std::ops::RangeInclusive<i64> = 120..=225;
/// Every so often a customer is called back, once.
const CALL_BACK_PER_MILLION: u64 = 60_000;
/// A card is complained of this often, not more.
const COMPLAINTS_MAX: u32 = 2;

/// Talk times of sales calls in seconds, by equal quantiles: few hang up at once.
const TALK_QUANTILES: [i64; 17] = [4, 11, 14, 18, 22, 26, 31, 37, 44, 52, 62, 75, 92, 118, 150, 210, 420];

/// An honest telemarketer.
#[derive(Debug)]
pub(crate) struct Telemarketer {
    caller: Caller,
    next_at: i64,
    day: i64,
    quota: i64,
    left: i64,
    last: Option<Party>,
    complaints: u32,
}

impl Telemarketer {
    /// The honest telemarketer behind a card.
    pub(crate) fn new(mut caller: Caller) -> Self {
        let quota = caller.random.between(&QUOTA);
        let next_at = caller.setting.start + caller.random.between(&(0..=120 * SECOND));
        Self { caller, next_at, day: i64::MIN, quota, left: quota, last: None, complaints: 0 }
    }

    /// The card.
    pub(crate) fn line(&self) -> Party {
        self.caller.line
    }

    /// The next working instant; a new day brings a new quota.
    fn working_instant(&mut self) -> i64 {
        let local = &self.caller.setting.local;
        let mut at = local.open(self.next_at, &WORKING_HOURS);
        if local.day(at) == self.day && self.left == 0 {
            at = local.open(at + 24 * HOUR - local.of_day(at), &WORKING_HOURS);
        }
        if at > self.next_at {
            at += self.caller.random.between(&(0..=300 * SECOND));
        }
        if self.caller.setting.local.day(at) != self.day {
            self.day = self.caller.setting.local.day(at);
            self.left = self.quota;
            self.last = None;
        }
        at
    }

    fn customer(&mut self) -> Party {
        match self.last.take() {
            Some(last) if self.caller.random.happens(CALL_BACK_PER_MILLION) => last,
            _ => {
                let stranger = self.caller.stranger();
                self.last = Some(stranger);
                stranger
            }
        }
    }
}

impl Campaign for Telemarketer {
    fn next(&mut self) -> Option<Attempt> {
        let at = self.working_instant();
        if at >= self.caller.setting.end {
            return None;
        }
        self.left -= 1;
        let called = self.customer();
        let outcome = if self.caller.random.happens(680_000) {
            let talk_s = self.caller.random.quantile(&TALK_QUANTILES);
            AttemptOutcome::answered(&mut self.caller.random, talk_s)
        } else {
            AttemptOutcome::unanswered(&mut self.caller.random, 15_000..=40_000)
        };
        let mut attempt = self.caller.attempt(called, at, outcome);
        if attempt.complaint.is_some() {
            self.complaints += 1;
            attempt.complaint = attempt.complaint.filter(|_| self.complaints <= COMPLAINTS_MAX);
        }
        let gap = self.caller.random.between(&GAP);
        self.next_at = at + gap.max(outcome.length() + 5 * SECOND);
        Some(attempt)
    }
}
