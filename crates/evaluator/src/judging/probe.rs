//! How far the search for eligible instants came.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::Rule;

use super::anchors::{Begin, Begins};
use super::evaluation::Views;
use super::view::ViewInput;
use crate::facts::{Eligibility, Fact};

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

    /// Whether a view has come to an instant.
    pub(super) fn has_come_to(&self, at: EventTime) -> bool {
        self.views.reach_to().max(self.served.reach_to()) >= Some(at)
    }

    /// Follows that what is eligible may have changed at the instants from one to another. Of those that are known the
    /// earlier or the later stay known, whichever are more: facts come in order of time or, from a file, the last first.
    pub(super) fn changed_in(&mut self, first: EventTime, last: EventTime) {
        self.none_in = self.none_in.and_then(|(from, to)| {
            let some = |from: EventTime, to: EventTime| (from <= to).then_some((from, to));
            longer(some(from, to.min(first.minus(Millis(1)))), some(from.max(last.plus(Millis(1))), to))
        });
    }

    /// Notes that no instant from one to another is eligible. Of two stretches with others between them the longer is kept.
    pub(super) fn none_were_found_in(&mut self, first: EventTime, last: EventTime) {
        let found = Some((first, last)).filter(|(first, last)| first <= last);
        self.none_in = match (self.none_in, found) {
            (Some((from, to)), Some((first, last))) if from <= last.plus(Millis(1)) && first <= to.plus(Millis(1)) => {
                Some((from.min(first), to.max(last)))
            }
            (known, found) => longer(known, found),
        };
    }

    /// Its views start anew, over the facts as they are now.
    pub(super) fn start_anew<'a>(&mut self, rule: &Rule, begins: impl Fn(Eligibility) -> Begins<'a>) {
        let none_in = self.none_in;
        *self = Self { none_in, ..Self::new(rule, self.eligibility, begins) };
    }

    /// Lets its views follow a call that came or went behind their backs. `input` is that of its eligible facts.
    pub(super) fn call_changed(&mut self, rule: &Rule, input: ViewInput<'_>, fact: Fact<'_>, inserted: bool) {
        let served_input =
            ViewInput { eligibility: Eligibility { since: EventTime::MIN, ..input.eligibility }, ..input };
        for (views, input) in [(&mut self.views, input), (&mut self.served, served_input)] {
            match inserted {
                _ if views.reach_to() < Some(fact.at()) => {}
                true => views.fact_inserted(rule, &input, fact),
                false => views.fact_removed(rule, &input, fact),
            }
        }
    }
}

/// The longer of two stretches.
fn longer(
    one: Option<(EventTime, EventTime)>,
    other: Option<(EventTime, EventTime)>,
) -> Option<(EventTime, EventTime)> {
    one.into_iter().chain(other).max_by_key(|(from, to)| to.since(*from))
}
