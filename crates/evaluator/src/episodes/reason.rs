//! The one plain sentence of a violation.

use ringfence_events::KeyName;
use ringfence_rules::{Aggregate, Expression, Fraction, Let, Rule, SayPart, Unit, Value};

use crate::judging::{Opening, unstored};

/// What the rule's `say` makes of the values as of `openedAt`; without one, the title and its clauses.
pub(crate) fn reason(rule: &Rule, key: &KeyName, opening: &Opening) -> String {
    let Some(say) = &rule.say else { return by_clauses(rule, opening) };
    let mut sentence = String::new();
    for part in &say.0 {
        match part {
            SayPart::Text(text) => sentence.push_str(text),
            SayPart::Key => sentence.push_str(&key_text(key)),
            SayPart::Let(at) => {
                let value = opening.lets.get(*at).copied().flatten();
                if let Some(named) = rule.lets.get(*at) {
                    sentence.push_str(&readable(unstored(value), named.unit, is_share(rule, named)));
                }
            }
        }
    }
    sentence
}

fn by_clauses(rule: &Rule, opening: &Opening) -> String {
    let comparisons = rule.when.comparisons();
    let clauses = comparisons.iter().zip(&opening.clauses).map(|(comparison, (value, ..))| {
        format!("{} (was {})", comparison.text, readable(unstored(*value), comparison.unit, false))
    });
    let clauses: Vec<String> = clauses.collect();
    format!("{}: {}", rule.title, clauses.join(", "))
}

fn key_text(key: &KeyName) -> String {
    match key {
        KeyName::Number(number) => number.to_string(),
        KeyName::Pair(calling, called) => format!("{calling} to {called}"),
    }
}

/// Whether a named value is a share, which people read as a percentage.
fn is_share(rule: &Rule, named: &Let) -> bool {
    let Expression::Measure(id) = named.expression else { return false };
    matches!(rule.measures.get(id.0).map(|measure| &measure.aggregate), Some(Aggregate::Share(_)))
}

/// A value as a person writes it: `101`, `72.3 %`, `12 s`.
fn readable(value: Value, unit: Unit, share: bool) -> String {
    let Some(fraction) = value else { return "nothing".to_owned() };
    match unit {
        Unit::Duration => seconds(fraction),
        Unit::Number if share => {
            let percent = fraction.times(Fraction::whole(100)).unwrap_or(fraction);
            format!("{:.1} %", percent.rounded())
        }
        Unit::Number => fraction.to_string(),
    }
}

fn seconds(millis: Fraction) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    let whole = millis.integer().filter(|millis| *millis != 0);
    match whole.and_then(|millis| UNITS.iter().find(|(unit, _)| millis % unit == 0).map(|unit| (millis, unit))) {
        Some((millis, (unit, name))) => format!("{} {name}", millis / unit),
        None => format!("{:.1} s", millis.over(Fraction::whole(1000)).unwrap_or(millis).rounded()),
    }
}
