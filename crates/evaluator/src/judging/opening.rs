//! What a violation rests on: clauses, values and counted facts as of its first instant.

use ringfence_cdr::{EventTime, Fingerprint, Key, Millis};
use ringfence_rules::{Expression, Field, Rule, RuleId, Window};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::anchors::Begins;
use super::evaluation::{Evaluation, Views, view_input};
use super::judge::{Judging, reads_after};
use super::segment::{StoredValue, stored};
use super::view::{View, ViewInput, for_each_counted};
use crate::facts::{Eligibility, Fact, Stretch};
use crate::rulebook::Line;

/// The most records that an event names; the digest is over all.
const RECORDS_MAX: usize = 100;

/// Clauses and evidence as of `openedAt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// The rule that judged it.
    pub(crate) rule: RuleId,
    /// For each comparison of `when`: left and right value, and where the window of the left side begins.
    pub(crate) clauses: Vec<(StoredValue, StoredValue, EventTime)>,
    pub(crate) lets: Vec<StoredValue>,
    /// The latest counted facts, in order.
    pub(crate) records: Vec<(EventTime, Fingerprint)>,
    pub(crate) digest: [u8; 32],
    pub(crate) total: u64,
}

impl Judging<'_> {
    /// Works out what was true of a key at an instant, by the rule that judges it; `None` where none does.
    pub(crate) fn open(&mut self, line: &Line, key: Key, at: EventTime) -> Option<Opening> {
        let edition = line.at(at)?;
        let rule = edition.rule();
        let views = self.hot.views.get(&(edition.id, key)).filter(|_| edition.program.anchored);
        let known = views.map(|views| views.begins_after(at));
        // The views may not have come so far, where they were not asked.
        let known = known.filter(|known| {
            known
                .iter()
                .zip(&rule.measures)
                .all(|(begin, measure)| begin.to == at || !matches!(measure.window, Window::Anchored(_)))
        });
        let begins = Begins::new(self.anchors, edition.id, key, Eligibility::ALL);
        let begins = begins.with(known.as_deref().unwrap_or_default());
        let after = reads_after(edition, at, &begins);
        self.reach_back_to(after);
        let mut scratch = Stretch::default();
        let scene = self.hot.facts.scene((key, after), self.calls, &mut scratch);
        let listed = self.context.listed(edition, self.subject);
        let matcher = self.context.matcher(edition, &listed, self.subject.number);
        let input = view_input(matcher, rule, scene, Eligibility::ALL);
        let mut views = Views::new(rule, &begins);
        let mut evaluation = Evaluation { rule, views: &mut views, input: &input };
        let comparisons = rule.when.comparisons();
        let clauses = comparisons.iter().map(|comparison| {
            let (left, right) = (evaluation.value(&comparison.left, at), evaluation.value(&comparison.right, at));
            (stored(left), stored(right), window_from(rule, &input, &begins, &comparison.left, at))
        });
        let clauses = clauses.collect();
        let lets = evaluation.lets(at);
        let counted = counted_facts(rule, &input, &begins, at);
        let latest = counted.len().saturating_sub(RECORDS_MAX);
        let opening = Opening {
            rule: edition.id,
            clauses,
            lets,
            records: counted[latest..].iter().map(|fact| place(*fact)).collect(),
            digest: digest(rule, &input, &counted),
            total: counted.len() as u64,
        };
        self.account();
        Some(opening)
    }
}

/// Where the widest window of an expression begins: the excluded end of a sliding one, the first instant of others.
fn window_from(
    rule: &Rule,
    input: &ViewInput<'_>,
    begins: &Begins<'_>,
    expression: &Expression,
    at: EventTime,
) -> EventTime {
    let begins = expression.measures().into_iter().map(|id| {
        let measure = &rule.measures[id.0];
        let after = View::new(measure, begins.of(id.0, measure)).window_after(measure, input, at);
        match measure.window {
            Window::Sliding(_) => after,
            Window::Calendar(..) | Window::Anchored(_) => after.plus(Millis(1)),
        }
    });
    begins.min().unwrap_or(at)
}

/// Every fact that a measure of the rule counts in its window at an instant, in order of time and fingerprint.
fn counted_facts<'s>(rule: &Rule, input: &ViewInput<'s>, begins: &Begins<'_>, at: EventTime) -> Vec<Fact<'s>> {
    let mut places: Vec<(EventTime, Fingerprint, bool)> = Vec::new();
    let mut first_after = at;
    for (index, measure) in rule.measures.iter().enumerate() {
        let after = View::new(measure, begins.of(index, measure)).window_after(measure, input, at);
        first_after = first_after.min(after);
        for_each_counted(measure, input, after, at, |fact| {
            let (at, fingerprint) = place(fact);
            places.push((at, fingerprint, matches!(fact, Fact::Complaint(_))));
        });
    }
    // Those of each measure are in order already.
    places.sort();
    places.dedup();
    let mut calls = input.scene.calls_in(first_after, at);
    let mut complaints = input.scene.complaints_in(first_after, at);
    let find = |(at, fingerprint, complaint): &(EventTime, Fingerprint, bool)| {
        let place = (*at, *fingerprint);
        match complaint {
            true => complaints.find(|complaint| complaint.place() == place).map(Fact::Complaint),
            false => calls.find(|call| call.place() == place).map(Fact::Call),
        }
    };
    places.iter().filter_map(find).collect()
}

fn place(fact: Fact<'_>) -> (EventTime, Fingerprint) {
    match fact {
        Fact::Call(call) => call.place(),
        Fact::Complaint(complaint) => complaint.place(),
    }
}

/// SHA-256 over the counted facts: for each its time (8 bytes, big-endian), fingerprint (4 bytes) and, for every field
/// that the rule reads in the order of the fields' names in the language, a length (4 bytes, all ones where the fact
/// lacks the field) and the value as text.
fn digest(rule: &Rule, input: &ViewInput<'_>, counted: &[Fact<'_>]) -> [u8; 32] {
    let mut fields: Vec<Field> = rule.fields();
    fields.sort_by_key(|field| field.name());
    let mut hash = Sha256::new();
    let mut text = String::new();
    for fact in counted {
        let (at, fingerprint) = place(*fact);
        hash.update(at.0.to_be_bytes());
        hash.update(fingerprint.0.to_be_bytes());
        for field in &fields {
            match input.matcher.value(*field, *fact) {
                Some(value) => {
                    text.clear();
                    input.matcher.write(value, &mut text);
                    hash.update((text.len() as u32).to_be_bytes());
                    hash.update(text.as_bytes());
                }
                None => hash.update(u32::MAX.to_be_bytes()),
            }
        }
    }
    hash.finalize().into()
}
