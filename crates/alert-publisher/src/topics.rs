//! The names of the topics that the engine writes.

use std::sync::Arc;

use ringfence_events::Event;

/// The topics that the engine writes: one prefix, one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// Violations: opened, updated, closed, withdrawn.
    pub violations: Arc<str>,
    /// Commands to provisioning.
    pub suspensions: Arc<str>,
    /// Where each card stands; compacted.
    pub card_status: Arc<str>,
    /// Records that were not taken.
    pub dead_letters: Arc<str>,
    /// What each commit applied; partitioned as the inputs are, internal.
    pub journal: Arc<str>,
}

impl Topics {
    /// The topics `PREFIX.violations.VERSION` and so on.
    #[must_use]
    pub fn new(prefix: &str, version: &str) -> Self {
        let name = |what: &str| format!("{prefix}.{what}.{version}").into();
        Self {
            violations: name("violations"),
            suspensions: name("suspensions"),
            card_status: name("card-status"),
            dead_letters: name("dead-letters"),
            journal: name("journal"),
        }
    }

    /// The topic of an event.
    #[must_use]
    pub fn of(&self, event: &Event) -> &Arc<str> {
        match event {
            Event::Violation(_) => &self.violations,
            Event::Suspension(_) => &self.suspensions,
            Event::CardStatus(_) => &self.card_status,
        }
    }

    /// Every topic.
    #[must_use]
    pub fn all(&self) -> [&Arc<str>; 5] {
        [&self.violations, &self.suspensions, &self.card_status, &self.dead_letters, &self.journal]
    }
}
