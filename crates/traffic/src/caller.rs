//! What all callers with a campaign of their own have: a card, a pace, and people to call.

use std::sync::Arc;

use crate::attempt::{Attempt, AttemptOutcome, complaint_lag};
use crate::kind::Kind;
use crate::party::Party;
use crate::random::Random;
use crate::setting::{Setting, Strangers};

/// A caller that plans its own calls, in order of time.
pub(crate) trait Campaign: Send + std::fmt::Debug {
    /// The next attempt, never before the one before it; `None` once the campaign is over.
    fn next(&mut self) -> Option<Attempt>;
}

/// Someone with a campaign.
#[derive(Debug)]
pub(crate) struct Caller {
    kind: Kind,
    /// The number.
    pub(crate) line: Party,
    /// The caller's own randomness.
    pub(crate) random: Random,
    /// The world.
    pub(crate) setting: Arc<Setting>,
    strangers: Strangers,
}

impl Caller {
    /// The caller of a rank.
    pub(crate) fn new(setting: &Arc<Setting>, kind: Kind, rank: u64) -> Self {
        let mut random = Random::of(&[setting.seed, 0xca11, rank]);
        let strangers = Strangers::new(setting, &mut random);
        Self { kind, line: setting.population.number(rank), random, setting: Arc::clone(setting), strangers }
    }

    /// Somebody whom this caller never called before.
    pub(crate) fn stranger(&mut self) -> Party {
        self.strangers.next(&self.setting, self.line)
    }

    /// An attempt at this instant, complained of as often as such callers are.
    pub(crate) fn attempt(&mut self, called: Party, at: i64, outcome: AttemptOutcome) -> Attempt {
        let mut attempt = Attempt::new(self.line, called, at, outcome);
        if outcome.talk_s.is_some() && self.random.happens(self.kind.complaints_per_million()) {
            attempt.complaint = Some(complaint_lag(&mut self.random));
        }
        attempt
    }

    /// An outcome: answered so often in a million for a time within `talk_s`, else rung out within `ring` (ms).
    pub(crate) fn outcome(
        &mut self,
        answered_per_million: u64,
        talk_s: std::ops::RangeInclusive<i64>,
        ring: std::ops::RangeInclusive<i64>,
    ) -> AttemptOutcome {
        if self.random.happens(answered_per_million) {
            let talk_s = self.random.between(&talk_s);
            AttemptOutcome::answered(&mut self.random, talk_s)
        } else {
            AttemptOutcome::unanswered(&mut self.random, ring)
        }
    }
}

/// Calls in bouts: each begins at one of some instants and lasts a while.
#[derive(Debug)]
pub(crate) struct Bouts {
    begins: std::iter::Peekable<std::vec::IntoIter<i64>>,
    length: i64,
    end_of_world: i64,
    /// The end of the current bout and the earliest instant of its next call.
    current: Option<(i64, i64)>,
}

impl Bouts {
    /// One bout of `length` milliseconds a day.
    pub(crate) fn daily(caller: &mut Caller, length: i64) -> Self {
        let begins = caller.setting.sessions(&mut caller.random, length);
        Self::starting(caller, begins, length)
    }

    /// Bouts that begin at these instants.
    pub(crate) fn starting(caller: &Caller, begins: Vec<i64>, length: i64) -> Self {
        let end_of_world = caller.setting.end;
        Self { begins: begins.into_iter().peekable(), length, end_of_world, current: None }
    }

    /// The instant of the next call, and whether it is the first of its bout.
    pub(crate) fn next(&mut self) -> Option<(i64, bool)> {
        let (at, first) = match self.current {
            Some((end, at)) if at < end => (at, false),
            _ => {
                let begin = self.begins.next()?;
                self.current = Some((begin + self.length, begin));
                (begin, true)
            }
        };
        (at < self.end_of_world).then_some((at, first))
    }

    /// Lets the next call of the bout wait until this instant.
    pub(crate) fn wait_until(&mut self, at: i64) {
        if let Some((_, next)) = &mut self.current {
            *next = at;
        }
    }
}
