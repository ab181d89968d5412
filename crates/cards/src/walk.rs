//! Working out strikes: a sweep over the instants at which a subject's violations hold, each looked at once.
//!
//! Whether an instant counts depends on the strikes before it, and whether it holds on the facts that may still be used
//! depends on the facts, which this crate does not have. So the sweep asks, one [`Question`] at a time, and is told.
//!
//! ```text
//! offence A   ─ t ─ t ─────── t ──      asks: A from its first instant to that of B, B up to the next of A, ...
//! offence B   ───── t ─ t ────────      a strike moves all of them on to the end of what it makes due
//! ```

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Ladder, TrackId};

use crate::{BrokenRule, Due, Strike, Until};

/// One violation that may be struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    /// Line of rules and key.
    pub track: TrackId,
    /// The rule that the violation is told under.
    pub rule: Arc<BrokenRule>,
    /// The violation's first instant.
    pub opened_at: EventTime,
    /// Its last instant so far.
    pub last_at: EventTime,
}

/// Which instant of an offence is the first that holds, on the facts that a strike may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The place of the offence among those given.
    pub offence: usize,
    /// The first instant to look at.
    pub from: EventTime,
    /// The last instant to look at; what comes first of another offence comes after it.
    pub to: EventTime,
    /// Only facts after this may be used.
    pub since: EventTime,
}

/// What is known of the instants of a [`Question`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The first that holds.
    Holds(EventTime),
    /// None holds; the next one after them lies here or later.
    NoneBefore(EventTime),
    /// None holds, and the offence has none after them.
    Over,
}

/// One sweep over a stretch of time in which the ladder is the same.
#[derive(Debug)]
pub struct Walk<'a> {
    ladder: &'a Ladder,
    offences: &'a [Offence],
    strikes: Vec<Strike>,
    /// Instants from here on are of a later ladder.
    until: EventTime,
    /// Of each offence the instant and the ordinal of its last strike.
    last: Vec<Option<(EventTime, u32)>>,
    /// The offences that may be struck, by the first instant that was not looked at, then in their order.
    waiting: BinaryHeap<Reverse<(EventTime, usize)>>,
    asked: Option<Question>,
    /// No instant before this is eligible: a suspension due runs.
    free_at: EventTime,
    /// The end of the last sanction due.
    punished_until: EventTime,
    /// The first of the strikes since the subject was last back at the start.
    since_exit: usize,
}

impl<'a> Walk<'a> {
    /// A sweep over the instants in [from, until), given the strikes before `from` in order of time. The offences are in
    /// order of rule and key.
    #[must_use]
    pub fn new(
        ladder: &'a Ladder,
        strikes: Vec<Strike>,
        offences: &'a [Offence],
        (from, until): (EventTime, EventTime),
    ) -> Self {
        let mut walk = Self {
            ladder,
            offences,
            strikes: Vec::new(),
            until,
            last: vec![None; offences.len()],
            waiting: BinaryHeap::with_capacity(offences.len()),
            asked: None,
            free_at: from,
            punished_until: EventTime::MIN,
            since_exit: 0,
        };
        let mut of_track: BTreeMap<TrackId, Vec<usize>> = BTreeMap::new();
        if !strikes.is_empty() {
            for (at, offence) in offences.iter().enumerate() {
                of_track.entry(offence.track).or_default().push(at);
            }
        }
        // Strikes before all offences are of none.
        let opened_at = offences.iter().map(|offence| offence.opened_at).min().unwrap_or(EventTime::MAX);
        for strike in strikes {
            let of_track = (strike.at >= opened_at).then(|| of_track.get(&strike.track)).flatten();
            let places = of_track.map_or(&[][..], Vec::as_slice);
            // Those of one track follow each other in time.
            let place = places.partition_point(|place| offences[*place].last_at < strike.at);
            let struck = places.get(place).filter(|place| offences[**place].opened_at <= strike.at);
            walk.exit_before(strike.at);
            walk.take(strike, struck.copied());
        }
        for (at, offence) in offences.iter().enumerate() {
            if let Some(from) = walk.not_before(at).filter(|from| *from <= offence.last_at && *from < until) {
                walk.waiting.push(Reverse((from, at)));
            }
        }
        walk
    }

    /// What has to be known next; `None` once every strike is found.
    pub fn question(&mut self) -> Option<Question> {
        while let Some(Reverse((from, offence))) = self.waiting.pop() {
            let from = from.max(self.free_at);
            let last_at = self.offences[offence].last_at;
            if from >= self.until || from > last_at {
                continue;
            }
            let next = self.waiting.peek().map(|Reverse((next, other))| (*next, *other));
            if next.is_some_and(|next| next < (from, offence)) {
                self.waiting.push(Reverse((from, offence)));
                continue;
            }
            // At the same instant the first in order comes first.
            let before_next = next.map_or(EventTime::MAX, |(next, other)| match other > offence {
                true => next,
                false => next.minus(Millis(1)),
            });
            let to = last_at.min(before_next).min(self.until.minus(Millis(1)));
            let since = if self.ladder.fresh { self.punished_until } else { EventTime::MIN };
            let question = Question { offence, from, to, since };
            self.asked = Some(question);
            return Some(question);
        }
        None
    }

    /// Takes the answer to the last question.
    pub fn answer(&mut self, answer: Answer) {
        let Some(Question { offence, to, .. }) = self.asked.take() else { return };
        let next = match answer {
            Answer::Over => None,
            Answer::NoneBefore(next) => Some(next.max(to.plus(Millis(1)))),
            Answer::Holds(at) => {
                self.exit_before(at);
                let strike = self.strike(offence, at);
                self.take(strike, Some(offence));
                self.not_before(offence)
            }
        };
        if let Some(next) = next {
            self.waiting.push(Reverse((next, offence)));
        }
    }

    /// Every strike, in order.
    #[must_use]
    pub fn strikes(self) -> Vec<Strike> {
        self.strikes
    }

    /// The first instant at which an offence may be struck next; `None` where it cannot be again.
    fn not_before(&self, offence: usize) -> Option<EventTime> {
        let first = match self.last[offence] {
            None => self.offences[offence].opened_at,
            Some((last, _)) => last.plus(self.ladder.strikes.again?.max(Millis(1))),
        };
        Some(first.max(self.free_at))
    }

    fn strike(&self, offence: usize, at: EventTime) -> Strike {
        let since_exit = &self.strikes[self.since_exit..];
        let too_old = since_exit.partition_point(|strike| strike.at <= at.minus(self.ladder.strikes.over));
        let count = (since_exit.len() - too_old) as u32 + 1;
        let due = Due::at_count(self.ladder, count);
        let Offence { track, ref rule, opened_at, last_at } = self.offences[offence];
        Strike {
            at,
            track,
            rule: rule.clone(),
            opened_at,
            last_at,
            ordinal: self.last[offence].map_or(1, |(_, ordinal)| ordinal + 1),
            count,
            due,
            due_until: due.map_or(Until::At(at), |due| due.term.ends(at)),
        }
    }

    fn take(&mut self, strike: Strike, offence: Option<usize>) {
        if let Some(offence) = offence {
            self.last[offence] = Some((strike.at, strike.ordinal));
        }
        self.free_at = self.free_at.max(strike.due_until.time());
        if strike.due.is_some() {
            self.punished_until = strike.due_until.time();
        }
        self.strikes.push(strike);
    }

    /// Counts anew where, by an instant, clean time has passed since the last strike or the end of its sanction, whichever
    /// is later.
    fn exit_before(&mut self, at: EventTime) {
        let (Some(last), Some(clean)) = (self.strikes.last(), self.ladder.exit_clean) else { return };
        if last.due_until.time().max(last.at).plus(clean) <= at {
            self.since_exit = self.strikes.len();
        }
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
