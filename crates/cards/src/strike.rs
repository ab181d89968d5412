//! Strikes, and what each makes due. What the facts say, and nothing of what was done about it.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis};
use ringfence_events::ActAction;
use ringfence_rules::{Ladder, Sanction, TrackId};
use serde::{Deserialize, Serialize};

use crate::Barred;

/// A violation, or a further stretch of it, that counts on a ladder. It carries what it is named by, as it outlives the
/// rule that was broken and the facts that broke it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// Its instant.
    pub at: EventTime,
    /// Which line of rules was broken by whom.
    pub track: TrackId,
    /// The rule that the violation is told under.
    pub rule: Arc<BrokenRule>,
    /// The first instant of the violation.
    pub opened_at: EventTime,
    /// The last instant of the violation, as far as it is known.
    pub last_at: EventTime,
    /// Its place among the strikes of its violation, from 1.
    pub ordinal: u32,
    /// How many strikes counted at its instant, itself included.
    pub count: u32,
    /// The step of the ladder that it makes due; `None` where the count is below every step.
    pub due: Option<Due>,
    /// When what is due ends, had it begun at the instant of the strike; a warning ends at once.
    pub due_until: Until,
}

/// What is shown of a rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenRule {
    /// Its name within its pack.
    pub name: Box<str>,
    /// Its content hash: ids of violations are made of it.
    pub hash: [u8; 32],
    /// Its title.
    pub title: Box<str>,
    /// Where it comes from.
    pub basis: Box<str>,
}

/// A step of a ladder that has come due, whole: it means the same after the ladder was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Due {
    /// The `at` of the step; the higher, the graver.
    pub step: u32,
    /// What is to be done.
    pub action: ActAction,
    /// What it bars.
    pub barred: Barred,
    /// How long it lasts; nothing for what is over as soon as it is done.
    pub term: Term,
}

/// How long a sanction lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Term {
    /// It is over as soon as it is done.
    AtOnce,
    /// So long.
    For(Millis),
}

/// When a sanction ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Until {
    /// At this time, by itself.
    At(EventTime),
    /// Once somebody has met this condition.
    Met(Box<str>),
    /// Never.
    Never,
}

impl BrokenRule {
    /// Whether violations of both have the same ids and names.
    #[must_use]
    pub fn is_told_as(&self, other: &Self) -> bool {
        (&self.name, self.hash) == (&other.name, other.hash)
    }
}

impl Until {
    /// The time at which it ends by itself; later than any where it does not.
    #[must_use]
    pub fn time(&self) -> EventTime {
        match self {
            Self::At(at) => *at,
            Self::Met(_) | Self::Never => EventTime::MAX,
        }
    }
}

impl Term {
    /// When a sanction ends that begins at this time.
    #[must_use]
    pub fn ends(self, begins: EventTime) -> Until {
        match self {
            Self::AtOnce => Until::At(begins),
            Self::For(length) => Until::At(begins.plus(length)),
        }
    }
}

impl Due {
    /// The highest step of a ladder whose `at` is not above a count of strikes.
    #[must_use]
    pub fn at_count(ladder: &Ladder, count: u32) -> Option<Self> {
        let step = ladder.steps.iter().rfind(|step| step.at <= count)?;
        let (action, barred, term) = match &step.sanction {
            Sanction::Warn => (ActAction::Warn, Barred::default(), Term::AtOnce),
            Sanction::Suspend { services, duration } => {
                (ActAction::Suspend, Barred::of(services), Term::For(*duration))
            }
        };
        Some(Self { step: step.at, action, barred, term })
    }
}

impl Strike {
    /// Whether subscribers are told the same of both: how long a violation lasts is told by the violation itself.
    #[must_use]
    pub fn is_told_as(&self, other: &Self) -> bool {
        let Self { at, track, rule, opened_at, last_at: _, ordinal, count, due, due_until } = self;
        (at, track, opened_at) == (&other.at, &other.track, &other.opened_at)
            && rule.is_told_as(&other.rule)
            && (ordinal, count, due, due_until) == (&other.ordinal, &other.count, &other.due, &other.due_until)
    }
}
