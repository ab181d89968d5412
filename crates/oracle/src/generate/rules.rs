//! Rules of a pack.

use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{
    Condition, ContentHash, Escalation, Expression, Key, Let, MeasureId, Mode, Predicate, Rule, Severity, Stream, Unit,
};

use super::conditions::{Draft, Measures, draft, needing_gates};
use super::predicates::{filter, of_cards, predicate};
use super::{Shape, clocks, text};
use crate::PackWithLists;
use crate::judge::rule_holds;
use crate::predicate::Reader;
use crate::view::View;

/// A rule before its measures are numbered.
#[derive(Clone, Debug)]
pub(super) struct RuleDraft {
    key: Key,
    counted: Predicate,
    when: Vec<Draft>,
    escalate: Vec<(Severity, Draft)>,
    gate: i64,
    keep: Millis,
    severity: Severity,
    mode: Mode,
    /// From and until after the start of the world.
    effective: (Option<Millis>, Option<Millis>),
    on_ladder: bool,
}

pub(super) fn rule(shape: Shape) -> BoxedStrategy<RuleDraft> {
    let number = rule_for(Key::CallingNumber, if shape.complaints { any_stream() } else { calls_alone() });
    let pair = rule_for(Key::Pair, calls_alone());
    let rule = prop_oneof![3 => number, 1 => pair].boxed();
    if !shape.anchored {
        return rule;
    }
    let anchored = rule.clone().prop_map(|draft| RuleDraft {
        when: draft.when.into_iter().map(Draft::anchored).collect(),
        escalate: draft.escalate.into_iter().map(|(severity, draft)| (severity, draft.anchored())).collect(),
        ..draft
    });
    prop_oneof![1 => rule, 4 => anchored].boxed()
}

fn calls_alone() -> BoxedStrategy<Stream> {
    Just(Stream::Calls).boxed()
}

fn any_stream() -> BoxedStrategy<Stream> {
    prop_oneof![3 => Just(Stream::Calls), 1 => Just(Stream::Complaints)].boxed()
}

fn rule_for(key: Key, stream: BoxedStrategy<Stream>) -> BoxedStrategy<RuleDraft> {
    let keep = prop_oneof![2 => Just(Millis::ZERO), 2 => clocks::length(), 1 => clocks::gap()];
    let except = || prop_oneof![4 => Just(None), 1 => predicate(Stream::Calls).prop_map(Some)];
    let counted = (filter(Stream::Calls), except()).prop_map(|(counted, except)| match except {
        None => counted,
        Some(except) => Predicate::All(vec![counted, Predicate::Not(Box::new(except))]),
    });
    let counted = (counted, prop::bool::weighted(0.2)).prop_map(|(counted, of_cards_alone)| match of_cards_alone {
        true => Predicate::All(vec![of_cards(), counted]),
        false => counted,
    });
    let when = prop_oneof![
        3 => prop::collection::vec(draft(stream.clone()), 1),
        1 => prop::collection::vec(draft(stream.clone()), 2..4),
    ];
    let escalate = prop::collection::vec((select(&Severity::ALL[..]), draft(stream)), 0..2);
    let bound = || prop_oneof![9 => Just(None), 1 => clocks::length().prop_map(Some)];
    let mode = prop_oneof![6 => Just(Mode::Enforce), 1 => Just(Mode::Shadow)];
    (
        (counted, when, escalate, 1_i64..3),
        (keep, select(&Severity::ALL[..3]), mode, (bound(), bound()), prop::bool::weighted(0.9)),
    )
        .prop_map(move |((counted, when, escalate, gate), (keep, severity, mode, effective, on_ladder))| RuleDraft {
            key,
            counted,
            when,
            escalate,
            gate,
            keep,
            severity,
            mode,
            effective,
            on_ladder,
        })
        .boxed()
}

impl RuleDraft {
    /// The rule of this name in a pack that has `ladders` ladders, in a world that starts at this time.
    pub(super) fn rule(&self, index: usize, pack: &PackWithLists, start: EventTime) -> Rule {
        let mut measures = Measures::default();
        let mut when: Vec<Condition> = self.when.iter().map(|draft| measures.condition(draft)).collect();
        let drafts = self.when.iter().chain(self.escalate.iter().map(|(_, draft)| draft));
        for measure in drafts.flat_map(needing_gates) {
            let gate = measures.gate(&measure, self.gate);
            if !when.contains(&gate) {
                when.push(gate);
            }
        }
        let escalate = self
            .escalate
            .iter()
            .map(|(severity, draft)| Escalation { severity: *severity, when: measures.condition(draft) })
            .collect();
        let ladder = (self.on_ladder && !pack.ladders.is_empty()).then(|| index % pack.ladders.len());
        let mut rule = Rule {
            name: format!("rule-{index}").into(),
            title: "generated".into(),
            basis: "generated".into(),
            hash: ContentHash::of(b""),
            mode: self.mode,
            effective_from: self.effective.0.map(|after| start.plus(after)),
            effective_until: self.effective.1.map(|after| start.plus(after)),
            key: self.key,
            counted: self.counted.clone(),
            measures: measures.0.clone(),
            lets: Vec::new(),
            when: Condition::All(when),
            keep: self.keep,
            severity: self.severity,
            escalate,
            ladder,
            say: None,
        };
        if holds_for_a_silent_key(&rule, pack) {
            gate_silence(&mut rule, measures);
        }
        rule.lets = lets(&rule);
        rule.hash = ContentHash::of(text::rule(&rule).as_bytes());
        rule
    }
}

/// Whether the rule would hold where all its windows are empty; `check` refuses such a rule.
fn holds_for_a_silent_key(rule: &Rule, pack: &PackWithLists) -> bool {
    let always = Rule { effective_from: None, effective_until: None, ..rule.clone() };
    let nothing = View { facts: Vec::new(), look_back: Vec::new() };
    rule_holds(Reader { pack }, &always, &nothing, EventTime(0))
}

/// Adds a count of at least one over the window of the first measure.
fn gate_silence(rule: &mut Rule, mut measures: Measures) {
    if let (Condition::All(parts), Some(first)) = (&mut rule.when, measures.0.first().cloned()) {
        parts.push(measures.gate(&first, 1));
    }
    rule.measures = measures.0;
}

fn lets(rule: &Rule) -> Vec<Let> {
    let named = |at: usize| Let {
        name: text::measure_name(MeasureId(at)).into(),
        expression: Expression::Measure(MeasureId(at)),
        unit: text::unit(&rule.measures[at]).unwrap_or(Unit::Number),
    };
    (0..rule.measures.len()).map(named).collect()
}
