//! Rules that tell every value of every measure, for law W-1.

use std::collections::BTreeSet;

use ringfence_cdr::Millis;
use ringfence_oracle::{Ledger, Oracle, PackWithLists};
use ringfence_rules::{
    Aggregate, Comparison, Condition, ContentHash, Expression, Fraction, Measure, MeasureId, Operator, Predicate, Rule,
    Stream, Unit, Value, Window,
};

/// The same pack with a rule for every value that a measure takes at any fact: it holds where the measure has that
/// value, and nowhere else. One more holds where the measure is undefined. So a wrong value at one fact makes an
/// episode too few, and mostly another too many.
pub(crate) fn telling(pack: &PackWithLists, oracle: &Oracle<'_>, ledger: &Ledger) -> PackWithLists {
    let mut rules = Vec::new();
    for rule in &pack.rules {
        for id in (0..rule.measures.len()).map(MeasureId) {
            let measure = || Expression::Measure(id);
            let defined = compare(measure(), Operator::GreaterOrEqual, measure());
            let mut conditions = vec![Condition::Not(Box::new(defined))];
            for value in values(oracle, ledger, rule, id) {
                conditions.push(compare(measure(), Operator::Equal, Expression::Constant(value)));
            }
            rules.extend(conditions.into_iter().map(|condition| holding_where(rule, condition)));
        }
    }
    for (at, rule) in rules.iter_mut().enumerate() {
        rule.name = format!("value-{at}").into();
        rule.hash = ContentHash::of(rule.name.as_bytes());
    }
    let mut telling = pack.clone();
    (telling.rules, telling.ladders) = (rules, Vec::new());
    telling
}

/// Every value of a measure at any fact of any key.
fn values(oracle: &Oracle<'_>, ledger: &Ledger, rule: &Rule, id: MeasureId) -> BTreeSet<Fraction> {
    let mut values = BTreeSet::new();
    for key in oracle.keys(ledger, rule) {
        let instants = oracle.judge(ledger, rule, &key);
        let at = instants.iter().map(|instant| instant.t);
        values.extend(at.filter_map(|t| -> Value { oracle.measure(ledger, rule, &key, &rule.measures[id.0], t) }));
    }
    values
}

/// The rule with another condition, and with one that holds at every fact and at no silence.
fn holding_where(rule: &Rule, condition: Condition) -> Rule {
    let mut rule = rule.clone();
    let mut gates = Vec::new();
    for stream in [Stream::Calls, Stream::Complaints] {
        if rule.measures.iter().all(|measure| measure.stream != stream) {
            continue;
        }
        rule.measures.push(Measure {
            stream,
            aggregate: Aggregate::Count,
            filter: Predicate::True,
            window: Window::Sliding(Millis(1)),
            text: "a fact".into(),
        });
        let counted = Expression::Measure(MeasureId(rule.measures.len() - 1));
        gates.push(compare(counted, Operator::GreaterOrEqual, Expression::Constant(Fraction::whole(1))));
    }
    // The condition comes first, so that views are moved to every fact.
    rule.when = Condition::All(vec![condition, Condition::Any(gates)]);
    (rule.keep, rule.escalate, rule.ladder) = (Millis::ZERO, Vec::new(), None);
    (rule.effective_from, rule.effective_until) = (None, None);
    rule
}

fn compare(left: Expression, operator: Operator, right: Expression) -> Condition {
    let unit = Unit::Number;
    Condition::Compare(Comparison { left, operator, right, unit, left_text: "value".into(), text: "value".into() })
}
