//! The facts that one judgement can see.

use ringfence_cdr::{EventTime, Fingerprint};
use ringfence_rules::SERVED_BEFORE_COMPLAINT;
use ringfence_timeline::{CallFact, ComplaintFact};

use super::matcher::Fact;

/// So many of the last facts are looked at one by one.
const NEAR: usize = 4;

/// The decoded facts of one key, in order. They reach back at least as far as what is asked of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// The key's calls; of a pair those between the two.
    pub(crate) calls: &'a [CallFact],
    /// The complaints that count.
    pub(crate) complaints: &'a [ComplaintFact],
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
    pub(crate) fn calls_in(&self, after: EventTime, to: EventTime) -> &'a [CallFact] {
        slice(self.calls, |call| call.at, after, to)
    }

    /// The complaints in (after, to].
    pub(crate) fn complaints_in(&self, after: EventTime, to: EventTime) -> &'a [ComplaintFact] {
        slice(self.complaints, |complaint| complaint.at, after, to)
    }

    /// The call of this time and fingerprint.
    pub(crate) fn call_at(&self, place: (EventTime, Fingerprint)) -> Option<&'a CallFact> {
        let at = self.calls.partition_point(|call| call.place() < place);
        self.calls.get(at).filter(|call| call.place() == place)
    }

    /// The complaint of this time and fingerprint.
    pub(crate) fn complaint_at(&self, place: (EventTime, Fingerprint)) -> Option<&'a ComplaintFact> {
        let at = self.complaints.partition_point(|complaint| complaint.place() < place);
        self.complaints.get(at).filter(|complaint| complaint.place() == place)
    }

    /// The instant of the last fact.
    pub(crate) fn last_at(&self) -> EventTime {
        let (call, complaint) = (self.calls.last(), self.complaints.last());
        let ats = call.map(|call| call.at).into_iter().chain(complaint.map(|complaint| complaint.at));
        ats.max().unwrap_or(EventTime::MIN)
    }

    /// Whether a fact is one of a card's own network: a served call, or a complaint with one in the 30 days before.
    pub(crate) fn is_served(&self, fact: Fact<'_>) -> bool {
        match fact {
            Fact::Call(call) => call.served,
            Fact::Complaint(complaint) => self
                .calls_in(complaint.at.minus(SERVED_BEFORE_COMPLAINT), complaint.at)
                .iter()
                .rev()
                .any(|call| call.served),
        }
    }
}

/// How many of the facts, which come first, lie before an edge. Nearly every edge is close to the end or far from it,
/// so the last few are looked at one by one, and only then the others by halves.
fn up_to<T>(facts: &[T], is_before: impl Fn(&T) -> bool) -> usize {
    let near = facts.len().saturating_sub(NEAR);
    match facts[near..].iter().rposition(&is_before) {
        Some(last) => near + last + 1,
        None => facts[..near].partition_point(is_before),
    }
}

fn slice<T>(facts: &[T], at: impl Fn(&T) -> EventTime, after: EventTime, to: EventTime) -> &[T] {
    if after >= to {
        return &[];
    }
    let end = up_to(facts, |fact| at(fact) <= to);
    let start = up_to(&facts[..end], |fact| at(fact) <= after);
    &facts[start..end]
}
