//! How far the search for eligible instants came.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::Rule;

use super::bench::Views;
use crate::facts::Eligibility;

/// How far the search for the next eligible instant of an offence came.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) eligibility: Eligibility,
    pub(super) views: Views,
    /// Views of all served facts: a strike must hold on these too.
    pub(super) served: Views,
    /// No instant in [from, to] is eligible.
    pub(super) none_in: Option<(EventTime, EventTime)>,
}

impl Probe {
    pub(super) fn new(rule: &Rule, eligibility: Eligibility) -> Self {
        Self { eligibility, views: Views::new(rule), served: Views::new(rule), none_in: None }
    }

    /// The earliest fact that a view still holds.
    pub(super) fn reach_back_to(&self) -> Option<EventTime> {
        [&self.views, &self.served].into_iter().filter_map(Views::reach_back_to).min()
    }

    /// Follows a fact that came or went: whether anything that is known here is still true.
    pub(super) fn stays_good(&mut self, at: EventTime) -> bool {
        self.none_in = self.none_in.and_then(|(from, to)| {
            let to = to.min(at.minus(Millis(1)));
            (from <= to).then_some((from, to))
        });
        self.views.reach_to().max(self.served.reach_to()) < Some(at)
    }
}
