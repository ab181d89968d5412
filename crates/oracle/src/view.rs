//! The facts that exist for a rule and a key: all of them, or those that a strike must hold on.

use ringfence_cdr::{Cdr, EventTime, Number, Served};
use ringfence_rules::{Rule, SERVED_BEFORE_COMPLAINT};

use crate::predicate::Reader;
use crate::{Fact, JudgedKey, Ledger};

/// The facts of one key that exist for one rule.
#[derive(Clone, Debug)]
pub(crate) struct View<'f> {
    /// What windows count and what the key is judged at.
    pub(crate) facts: Vec<&'f Fact>,
    /// What the look-back of `unseen` reads: the same, and the facts of before a fresh start.
    pub(crate) look_back: Vec<&'f Fact>,
}

impl<'f> View<'f> {
    /// Every fact of the key that exists for the rule: of a stream that one of its measures names; of calls those
    /// that it counts, of complaints those that were not rejected or withdrawn.
    pub(crate) fn of(reader: Reader<'_>, ledger: &'f Ledger, rule: &Rule, key: &JudgedKey) -> Self {
        let facts: Vec<&Fact> = ledger
            .facts
            .iter()
            .filter(|fact| rule.measures.iter().any(|measure| measure.stream == fact.stream()))
            .filter(|fact| JudgedKey::of(rule.key, fact).as_ref() == Some(key))
            .filter(|fact| match fact {
                Fact::Call(_) => reader.holds(&rule.counted, fact),
                Fact::Complaint(complaint) => complaint.status.counts(),
            })
            .collect();
        Self { look_back: facts.clone(), facts }
    }

    /// Of these facts the ones that a strike may rest on: served calls, and complaints that the number has a served
    /// call in the 30 days before (whether or not the rule counts that call).
    pub(crate) fn served(&self, ledger: &Ledger) -> Self {
        let facts: Vec<&Fact> = self.facts.iter().copied().filter(|fact| is_served(fact, ledger)).collect();
        Self { look_back: facts.clone(), facts }
    }

    /// Of these facts the ones after `end`; look-backs read on.
    pub(crate) fn after(&self, end: EventTime) -> Self {
        let facts = self.facts.iter().copied().filter(|fact| fact.at() > end).collect();
        Self { facts, look_back: self.look_back.clone() }
    }

    /// The instants at which the key has a fact, each once, in order.
    pub(crate) fn instants(&self) -> Vec<EventTime> {
        let mut instants: Vec<EventTime> = self.facts.iter().map(|fact| fact.at()).collect();
        instants.sort_unstable();
        instants.dedup();
        instants
    }

    /// How many facts there are at an instant.
    pub(crate) fn facts_at(&self, t: EventTime) -> usize {
        self.facts.iter().filter(|fact| fact.at() == t).count()
    }
}

fn is_served(fact: &Fact, ledger: &Ledger) -> bool {
    match fact {
        Fact::Call(call) => call.served == Served::Yes,
        Fact::Complaint(complaint) => served_calls(ledger, &complaint.complained_number)
            .any(|call| complaint.at.minus(SERVED_BEFORE_COMPLAINT) < call.at && call.at <= complaint.at),
    }
}

fn served_calls<'f>(ledger: &'f Ledger, number: &Number) -> impl Iterator<Item = &'f Cdr> {
    let number = number.clone();
    ledger.facts.iter().filter_map(move |fact| match fact {
        Fact::Call(call) if call.calling_number == number && call.served == Served::Yes => Some(call),
        _ => None,
    })
}
