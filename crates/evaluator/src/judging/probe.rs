//! How far the search for eligible instants came.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::Rule;

use super::anchors::{Begin, Begins};
use super::evaluation::Views;
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
    /// `begins` tells what anchored windows go on from, over the facts that are so eligible.
    pub(super) fn new<'a>(rule: &Rule, eligibility: Eligibility, begins: impl Fn(Eligibility) -> Begins<'a>) -> Self {
        let views = |eligibility| Views::new(rule, &begins(eligibility));
        let all_served = Eligibility { since: EventTime::MIN, ..eligibility };
        Self { eligibility, views: views(eligibility), served: views(all_served), none_in: None }
    }

    /// Has its anchored windows go on from those that are open now where facts are gone.
    pub(super) fn go_on_from<'a>(&mut self, rule: &Rule, begins: impl Fn(Eligibility) -> Begins<'a>) {
        let all_served = Eligibility { since: EventTime::MIN, ..self.eligibility };
        self.views.go_on_from(rule, &begins(self.eligibility));
        self.served.go_on_from(rule, &begins(all_served));
    }

    /// What anchored windows go on from, as far as all its views have come. Without a sanction before, those of all served
    /// facts are the same and not asked.
    pub(super) fn begins(&self) -> Vec<Begin> {
        if self.eligibility.since == EventTime::MIN {
            return self.views.begins_after(EventTime::MAX);
        }
        let (views, served) = (self.views.begins_after(EventTime::MAX), self.served.begins_after(EventTime::MAX));
        views.into_iter().zip(served).map(|(a, b)| if a.to <= b.to { a } else { b }).collect()
    }

    /// How many values its views keep, about.
    pub(super) fn entries(&self) -> usize {
        self.views.entries() + self.served.entries()
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
