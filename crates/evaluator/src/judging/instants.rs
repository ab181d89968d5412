//! The instants at which a key is judged: those of the facts that its rule counts.
//!
//! Nearly every instant has one fact. Where a switch stamps all calls of a file with one time, it has thousands, and each
//! call that comes has it judged again: so how many of them the rule counts is remembered, not counted anew.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Rule, Stream};

use super::view::ViewInput;
use crate::facts::Fact;

/// With more facts than this, it is remembered how many of them have it judged.
const CROWD: u64 = 64;

/// The instants with many facts.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowds(BTreeMap<EventTime, InstantFacts>);

/// The facts of an instant of the streams that a rule reads.
#[derive(Clone, Copy, Debug, Default)]
struct InstantFacts {
    facts: u64,
    /// How many of them have it judged.
    counted: u64,
}

impl Crowds {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Follows a fact that came or went.
    pub(super) fn follow(&mut self, rule: &Rule, input: &ViewInput<'_>, fact: Fact<'_>, inserted: bool) {
        let Some(crowd) = self.0.get_mut(&fact.at()).filter(|_| is_read(rule, fact)) else { return };
        let counted = u64::from(is_judged_at(rule, input, fact));
        let (facts, counted) = match inserted {
            true => (crowd.facts + 1, crowd.counted + counted),
            false => (crowd.facts - 1, crowd.counted - counted),
        };
        *crowd = InstantFacts { facts, counted };
        if facts <= CROWD {
            self.0.remove(&fact.at());
        }
    }
}

/// The instants in [from, end] at which the key is judged, each with the number of its facts.
pub(super) fn instants(
    rule: &Rule,
    input: &ViewInput<'_>,
    crowds: &mut Crowds,
    (from, end): (EventTime, EventTime),
) -> Vec<(EventTime, u64)> {
    let mut crowded = Vec::new();
    let mut instants = Vec::new();
    let mut after = from.minus(Millis(1));
    if from <= end {
        for (at, crowd) in crowds.0.range(from..=end) {
            count(rule, input, (after, at.minus(Millis(1))), &mut instants, &mut crowded);
            instants.extend((crowd.counted > 0).then_some((*at, crowd.counted)));
            after = *at;
        }
    }
    count(rule, input, (after, end), &mut instants, &mut crowded);
    crowds.0.extend(crowded);
    instants
}

/// The same of those in (after, to], one by one, without how many facts they have.
pub(super) fn each_instant<'a>(
    rule: &'a Rule,
    input: &'a ViewInput<'a>,
    mut after: EventTime,
    to: EventTime,
) -> impl Iterator<Item = EventTime> {
    std::iter::from_fn(move || {
        let at = first_instant(rule, input, after, to)?;
        after = at;
        Some(at)
    })
}

/// The first instant in (after, to] at which the key is judged.
pub(super) fn first_instant(rule: &Rule, input: &ViewInput<'_>, after: EventTime, to: EventTime) -> Option<EventTime> {
    let is_judged = |fact: &Fact<'_>| is_judged_at(rule, input, *fact);
    let call = input.scene.calls_in(after, to).map(Fact::Call).find(is_judged);
    let complaint = input.scene.complaints_in(after, to).map(Fact::Complaint).find(is_judged);
    call.into_iter().chain(complaint).map(|fact| fact.at()).min()
}

/// Counts the facts of every instant in (after, to].
fn count(
    rule: &Rule,
    input: &ViewInput<'_>,
    (after, to): (EventTime, EventTime),
    instants: &mut Vec<(EventTime, u64)>,
    crowded: &mut Vec<(EventTime, InstantFacts)>,
) {
    let mut note = |at: EventTime, crowd: InstantFacts| {
        if crowd.counted > 0 {
            instants.push((at, crowd.counted));
        }
        if crowd.facts > CROWD {
            crowded.push((at, crowd));
        }
    };
    let (mut now, mut crowd) = (EventTime::MIN, InstantFacts::default());
    let mut visit = |fact: Fact<'_>| {
        if fact.at() != now {
            note(now, std::mem::take(&mut crowd));
            now = fact.at();
        }
        crowd.facts += 1;
        crowd.counted += u64::from(is_judged_at(rule, input, fact));
    };
    let reads_calls = rule.reads(Stream::Calls);
    let calls = || input.scene.calls_in(after, to).map(Fact::Call);
    if rule.reads(Stream::Complaints) {
        let complaints = input.scene.complaints_in(after, to).map(Fact::Complaint);
        let mut facts: Vec<Fact<'_>> = calls().filter(|_| reads_calls).chain(complaints).collect();
        facts.sort_by_key(|fact| fact.at());
        facts.into_iter().for_each(visit);
    } else if reads_calls {
        calls().for_each(&mut visit);
    }
    note(now, crowd);
}

/// Whether the key is judged at the instant of a fact.
fn is_judged_at(rule: &Rule, input: &ViewInput<'_>, fact: Fact<'_>) -> bool {
    is_read(rule, fact)
        && input.admits(fact)
        && (fact.stream() == Stream::Complaints || input.matcher.holds(&rule.counted, fact))
}

fn is_read(rule: &Rule, fact: Fact<'_>) -> bool {
    rule.reads(fact.stream())
}
