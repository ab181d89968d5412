//! The facts that one judgement can see.

use ringfence_cdr::EventTime;
use ringfence_rules::SERVED_BEFORE_COMPLAINT;
use ringfence_timeline::{Between, Blocks, CallFact, ComplaintFact};

use super::matcher::Fact;
use super::stretches::Calls;

/// The facts of one key, in order. They reach back at least as far as what is asked of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// The key's calls; of a pair those between the two.
    pub(crate) calls: Calls<'a>,
    /// The complaints that count.
    pub(crate) complaints: &'a Blocks<ComplaintFact>,
}

/// Which facts a judgement may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Eligibility {
    /// Served calls alone, and complaints with a served call in the 30 days before them.
    pub(crate) served: bool,
    /// Facts after this alone.
    pub(crate) since: EventTime,
}

impl Eligibility {
    /// Every fact: what a violation is judged on.
    pub(crate) const ALL: Self = Self { served: false, since: EventTime::MIN };
}

impl<'a> Scene<'a> {
    /// The calls in (after, to].
    pub(crate) fn calls_in(
        &self,
        after: EventTime,
        to: EventTime,
    ) -> impl DoubleEndedIterator<Item = &'a CallFact> + use<'a> {
        let spent = self.calls.spent();
        self.calls.between(after, to).inspect(|_| spent.look())
    }

    /// The complaints in (after, to].
    pub(crate) fn complaints_in(
        &self,
        after: EventTime,
        to: EventTime,
    ) -> impl DoubleEndedIterator<Item = &'a ComplaintFact> + use<'a> {
        let spent = self.calls.spent();
        // Most have none, and most ask for none, where no end of a window moved.
        let asked = match after < to && !self.complaints.is_empty() {
            true => self.complaints.between(|fact| fact.at <= after, |fact| fact.at <= to),
            false => Between::default(),
        };
        asked.inspect(|_| spent.look())
    }

    /// The instant of the last fact.
    pub(crate) fn last_at(&self) -> EventTime {
        let (call, complaint) =
            (self.calls.between(EventTime::MIN, EventTime::MAX).next_back(), self.complaints.last());
        let ats = call.map(|call| call.at).into_iter().chain(complaint.map(|complaint| complaint.at));
        ats.max().unwrap_or(EventTime::MIN)
    }

    /// Whether a fact is one of a card's own network: a served call, or a complaint with one in the 30 days before.
    pub(crate) fn is_served(&self, fact: Fact<'_>) -> bool {
        match fact {
            Fact::Call(call) => call.served,
            Fact::Complaint(complaint) => {
                self.calls_in(complaint.at.minus(SERVED_BEFORE_COMPLAINT), complaint.at).rev().any(|call| call.served)
            }
        }
    }
}
