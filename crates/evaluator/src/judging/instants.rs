//! The instants at which a key is judged: those of the facts that its rule counts.
//!
//! Nearly every instant has one fact. Where a switch stamps all calls of a file with one time, it has thousands, and each
//! call that comes has it judged again: so how many facts lie at such an instant is remembered, not counted anew.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Rule, Stream};

use super::view::ViewInput;
use crate::facts::Fact;

/// With more facts than this, their number is remembered.
const CROWD: u64 = 64;

/// The instants with many facts, each with how many of them have it judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowds(BTreeMap<EventTime, u64>);

impl Crowds {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Follows a fact that came or went.
    pub(super) fn follow(&mut self, rule: &Rule, input: &ViewInput<'_>, fact: Fact<'_>, inserted: bool) {
        if let Some(count) = self.0.get_mut(&fact.at()).filter(|_| is_judged_at(rule, input, fact)) {
            *count = if inserted { *count + 1 } else { *count - 1 };
            if *count <= CROWD {
                self.0.remove(&fact.at());
            }
        }
    }

    fn remember(&mut self, instants: &[(EventTime, u64)]) {
        self.0.extend(instants.iter().filter(|(_, count)| *count > CROWD).copied());
    }
}

/// The instants in [from, end] at which the key is judged, each with the number of its facts.
pub(super) fn instants(
    rule: &Rule,
    input: &ViewInput<'_>,
    crowds: &mut Crowds,
    (from, end): (EventTime, EventTime),
) -> Vec<(EventTime, u64)> {
    let mut instants = Vec::new();
    let mut after = from.minus(Millis(1));
    if from <= end {
        for (at, count) in crowds.0.range(from..=end) {
            instants.extend(counted(rule, input, after, at.minus(Millis(1))));
            instants.push((*at, *count));
            after = *at;
        }
    }
    let rest = counted(rule, input, after, end);
    crowds.remember(&rest);
    match instants.is_empty() {
        true => rest,
        false => {
            instants.extend(rest);
            instants
        }
    }
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

fn counted(rule: &Rule, input: &ViewInput<'_>, after: EventTime, to: EventTime) -> Vec<(EventTime, u64)> {
    let scene = &input.scene;
    let mut instants: Vec<(EventTime, u64)> = Vec::new();
    for call in scene.calls_in(after, to).filter(|call| is_judged_at(rule, input, Fact::Call(call))) {
        count_at(&mut instants, call.at);
    }
    if rule.reads(Stream::Complaints) {
        let complaints = scene.complaints_in(after, to);
        let complaints = complaints.filter(|complaint| is_judged_at(rule, input, Fact::Complaint(complaint)));
        let calls = std::mem::take(&mut instants);
        instants = merge(calls, complaints.map(|complaint| complaint.at));
    }
    instants
}

/// Whether the key is judged at the instant of a fact.
fn is_judged_at(rule: &Rule, input: &ViewInput<'_>, fact: Fact<'_>) -> bool {
    match fact {
        Fact::Call(_) => rule.reads(Stream::Calls) && input.admits(fact) && input.matcher.holds(&rule.counted, fact),
        Fact::Complaint(_) => rule.reads(Stream::Complaints) && input.admits(fact),
    }
}

fn count_at(instants: &mut Vec<(EventTime, u64)>, at: EventTime) {
    match instants.last_mut() {
        Some((last, count)) if *last == at => *count += 1,
        _ => instants.push((at, 1)),
    }
}

/// Two sorted sequences of instants as one.
fn merge(calls: Vec<(EventTime, u64)>, complaints: impl Iterator<Item = EventTime>) -> Vec<(EventTime, u64)> {
    let mut all = calls;
    all.extend(complaints.map(|at| (at, 1)));
    all.sort_by_key(|(at, _)| *at);
    all.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 += later.1;
        }
        same
    });
    all
}
