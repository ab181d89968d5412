//! Ladders: how strikes escalate to sanctions.

use ringfence_cdr::Millis;
use ringfence_events::Service;

/// An escalation policy of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Its name within the pack.
    pub name: Box<str>,
    /// Who climbs it.
    pub subject: LadderSubject,
    /// How long strikes count, and when an offence that goes on is one more.
    pub strikes: Strikes,
    /// After a sanction due has ended, a strike must hold on the facts since then alone.
    pub fresh: bool,
    /// The steps, by rising `at`.
    pub steps: Vec<Step>,
    /// Back to the start after this long without a strike.
    pub exit_clean: Option<Millis>,
}

/// Who climbs a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LadderSubject {
    /// A card: the calling number.
    Card,
}

/// How strikes are made and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strikes {
    /// A strike counts for this long.
    pub over: Millis,
    /// An offence that still holds this long after its last strike is one more; `None`: never.
    pub again: Option<Millis>,
}

/// One step of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Due once this many strikes count.
    pub at: u32,
    /// What is done.
    pub sanction: Sanction,
}

/// What is done to a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sanction {
    /// A notice; over as soon as it is given.
    Warn,
    /// Services are barred for a time.
    Suspend {
        /// What is barred.
        services: Vec<Service>,
        /// For how long.
        duration: Millis,
    },
}
