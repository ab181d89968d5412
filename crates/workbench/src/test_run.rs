//! Running one declared test.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis, Number, Record};
use ringfence_evaluator::{Delivery, InputId, Shard, ShardOptions};
use ringfence_rules::{
    Comparison, Compiled, Condition, Expression, Fraction, List, ListEntry, Operator, Pack, Rule, RuleTest,
};

use crate::feed::{FEED_NUMBER, expand};

/// Time after the last fact by which every window of a rule has emptied.
const AFTERWARDS: Millis = Millis(400 * Millis::DAY.0);
/// A near miss would have held with its limit at this part.
const NEAR: (i128, i128) = (4, 5);

/// Judges what a test feeds by its rule alone and says what was not as expected; nothing where it passes.
#[must_use]
pub fn run_test(compiled: &Compiled, test: &RuleTest) -> Vec<String> {
    let pack = &compiled.pack;
    let Some(rule) = pack.rules.iter().find(|rule| rule.name == test.rule) else {
        return vec![format!("the pack has no rule {}", test.rule)];
    };
    let records = expand(&test.feed, &pack.zone);
    let shard = judge(compiled, rule.clone(), test, &records);
    let episodes = shard.episodes();
    let mut failures = Vec::new();
    let mut expect = |what: &str, expected: String, found: String| {
        if expected != found {
            failures.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    expect("violations", test.expect.violations.to_string(), episodes.len().to_string());
    if let Some(first_at) = test.expect.first_at {
        let opened_at = episodes.iter().map(|episode| episode.opened_at).min();
        let facts_by = |at: EventTime| records.iter().filter(|record| time_of(record) <= at).count().to_string();
        expect("first_at", first_at.to_string(), opened_at.map_or("none".to_owned(), facts_by));
    }
    if let Some(strikes) = test.expect.strikes {
        expect("strikes", strikes.to_string(), shard.strikes().len().to_string());
    }
    if let Some(near) = &test.expect.near_miss {
        let eased = Rule { when: ease(rule, &rule.when, near), ..rule.clone() };
        let held = !judge(compiled, eased, test, &records).episodes().is_empty();
        let miss = if held && episodes.is_empty() { near.to_string() } else { "no near miss".to_owned() };
        expect("near_miss", near.to_string(), miss);
    }
    failures
}

fn judge(compiled: &Compiled, rule: Rule, test: &RuleTest, records: &[Record]) -> Shard {
    let pack = Pack { rules: vec![rule], ..compiled.pack.clone() };
    let mut tables = compiled.tables.clone();
    for name in test.feed.listed.iter().filter_map(|list| pack.lists.get(*list)) {
        tables.put(List::new(name, [(Number::new(FEED_NUMBER), ListEntry::ALWAYS)]).into());
    }
    let mut shard = Shard::new(Arc::new(pack), &tables, ShardOptions::default());
    let mut outputs = Vec::new();
    for record in records {
        shard.apply(&Delivery { input: InputId(0), arrival: None, record: record.clone() });
    }
    let end = records.last().map(|record| time_of(record).plus(AFTERWARDS));
    shard.finish(end, &mut outputs);
    shard
}

fn time_of(record: &Record) -> EventTime {
    match record {
        Record::Call(call) => call.at,
        Record::Complaint(complaint) => complaint.at,
    }
}

/// The same condition with the limits of one `let` at 80 %.
fn ease(rule: &Rule, condition: &Condition, name: &str) -> Condition {
    let ease_all = |parts: &[Condition]| parts.iter().map(|part| ease(rule, part, name)).collect();
    match condition {
        Condition::All(parts) => Condition::All(ease_all(parts)),
        Condition::Any(parts) => Condition::Any(ease_all(parts)),
        Condition::Not(part) => Condition::Not(Box::new(ease(rule, part, name))),
        Condition::Compare(comparison) => {
            let named = rule.lets.iter().find(|named| *named.name == *name);
            let is_named = named.is_some_and(|named| named.expression == comparison.left);
            Condition::Compare(if is_named { ease_comparison(comparison) } else { comparison.clone() })
        }
    }
}

fn ease_comparison(comparison: &Comparison) -> Comparison {
    let (Expression::Constant(limit), Operator::Greater | Operator::GreaterOrEqual) =
        (&comparison.right, comparison.operator)
    else {
        return comparison.clone();
    };
    let eased = Fraction::ratio(NEAR.0, NEAR.1).and_then(|near| limit.times(near)).unwrap_or(*limit);
    Comparison { right: Expression::Constant(eased), ..comparison.clone() }
}
