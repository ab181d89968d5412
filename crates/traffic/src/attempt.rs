//! One attempt to call someone, as the caller lives it; the network makes records of it.

use crate::local_time::{MINUTE, SECOND};
use crate::party::Party;
use crate::random::Random;

/// Q.850 causes of calls that were not answered: busy, no user responding, no answer, rejected, unallocated.
const UNANSWERED_CAUSES: [u8; 10] = [17, 17, 17, 18, 19, 19, 19, 19, 21, 1];
/// Q.850 16: normal call clearing.
pub(crate) const CLEARED: u8 = 16;

/// Talk times of ordinary conversations in seconds, by equal quantiles: half under a minute, a long tail.
const TALK_QUANTILES: [i64; 25] =
    [3, 6, 9, 12, 16, 20, 24, 28, 33, 38, 44, 50, 57, 65, 74, 84, 97, 112, 130, 153, 182, 224, 290, 420, 900];
/// One conversation in so many thousand thousands is so long that the switch cuts its record into parts.
const LONG_TALKS_PER_MILLION: u64 = 3_000;
const LONG_TALK_S: std::ops::RangeInclusive<i64> = 1_801..=7_200;

/// Who saw the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The switch that serves the caller.
    AtHome,
    /// A gateway to other networks, which believes the calling number it is told.
    AtGateway,
}

/// When the record reaches us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// With the file of its minute.
    Usual,
    /// With a file that arrives at this instant (milliseconds) or soon after.
    At(i64),
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttemptOutcome {
    /// From seizure to answer, or to the end of an unanswered attempt, in milliseconds.
    pub(crate) ring: i64,
    /// Talk time in seconds; `None` where nobody answered.
    pub(crate) talk_s: Option<i64>,
    /// A Q.850 cause.
    pub(crate) diagnostics: u8,
}

/// One attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// Who calls, or who is said to call.
    pub(crate) calling: Party,
    /// Who is called.
    pub(crate) called: Party,
    /// The seizure, in milliseconds since 1970.
    pub(crate) at: i64,
    /// What came of it.
    pub(crate) outcome: AttemptOutcome,
    /// Who saw it.
    pub(crate) seen: Seen,
    /// When its record comes.
    pub(crate) delivery: Delivery,
    /// How long after the call it is complained of, in milliseconds, if it is.
    pub(crate) complaint: Option<i64>,
}

impl Attempt {
    /// An attempt that nobody complains of, seen at home, in a file of its minute.
    pub(crate) fn new(calling: Party, called: Party, at: i64, outcome: AttemptOutcome) -> Self {
        Self { calling, called, at, outcome, seen: Seen::AtHome, delivery: Delivery::Usual, complaint: None }
    }
}

impl AttemptOutcome {
    /// A call that was answered after a few seconds and lasted so long.
    pub(crate) fn answered(random: &mut Random, talk_s: i64) -> Self {
        Self { ring: random.between(&(1_500..=12_000)), talk_s: Some(talk_s.max(1)), diagnostics: CLEARED }
    }

    /// A call that rang for so long (milliseconds) in vain.
    pub(crate) fn unanswered(random: &mut Random, ring: std::ops::RangeInclusive<i64>) -> Self {
        let cause = UNANSWERED_CAUSES[random.below(UNANSWERED_CAUSES.len() as u64) as usize];
        Self { ring: random.between(&ring), talk_s: None, diagnostics: cause }
    }

    /// A call among people: answered so many times in a million, and as long as people talk.
    pub(crate) fn among_people(random: &mut Random, answered_per_million: u64) -> Self {
        if !random.happens(answered_per_million) {
            return Self::unanswered(random, 12_000..=45_000);
        }
        let talk_s = if random.happens(LONG_TALKS_PER_MILLION) {
            random.between(&LONG_TALK_S)
        } else {
            random.quantile(&TALK_QUANTILES)
        };
        Self::answered(random, talk_s)
    }

    /// From seizure to release, in milliseconds.
    pub(crate) fn length(&self) -> i64 {
        self.ring + self.talk_s.unwrap_or(0) * SECOND
    }
}

/// Minutes from a call to the complaint about it, by equal quantiles: median 3.4 hours, the last 744 hours, as
/// measured on a day of real complaints.
const COMPLAINT_LAG_MINUTES: [i64; 15] = [2, 10, 25, 45, 70, 100, 145, 204, 300, 430, 620, 950, 1_600, 4_000, 44_640];

/// How long after a call people complain of it, in milliseconds.
pub(crate) fn complaint_lag(random: &mut Random) -> i64 {
    random.quantile(&COMPLAINT_LAG_MINUTES) * MINUTE + random.between(&(0..=59_999))
}
