//! Aggregates: the value of a measure, by looking at every fact.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Aggregate, Field, Fraction, Measure, Value};

use crate::predicate::Reader;
use crate::view::View;
use crate::{Fact, FieldValue, window};

/// The value of a measure at instant `t`.
pub(crate) fn measure(reader: Reader<'_>, measure: &Measure, view: &View<'_>, t: EventTime) -> Value {
    let counted = counted(reader, measure, &view.facts);
    let facts = window::inside(&measure.window, &counted, t);
    match &measure.aggregate {
        Aggregate::Count => whole(facts.len()),
        Aggregate::Sum(field) => Fraction::ratio(numbers(&facts, *field).into_iter().sum(), 1),
        Aggregate::Mean(field) => {
            let numbers = numbers(&facts, *field);
            Fraction::ratio(numbers.iter().sum(), numbers.len() as i128)
        }
        Aggregate::Min(field) => numbers(&facts, *field).into_iter().min().and_then(|least| Fraction::ratio(least, 1)),
        Aggregate::Max(field) => numbers(&facts, *field).into_iter().max().and_then(|most| Fraction::ratio(most, 1)),
        Aggregate::Distinct(field) => whole(by_value(&facts, *field).len()),
        Aggregate::Share(predicate) => {
            let satisfied = facts.iter().filter(|fact| reader.holds(predicate, fact)).count();
            Fraction::ratio(satisfied as i128, facts.len() as i128)
        }
        Aggregate::Top(field) => whole(by_value(&facts, *field).values().map(Vec::len).max().unwrap_or(0)),
        Aggregate::Unseen(field, before) => {
            let seen = self::counted(reader, measure, &view.look_back);
            whole(unseen(&facts, &seen, *field, *before))
        }
        Aggregate::Gap => least_gap(&facts),
        Aggregate::Elapsed(predicate) => {
            let earlier = facts.iter().filter(|fact| fact.at() < t && reader.holds(predicate, fact));
            earlier.map(|fact| fact.at()).max().and_then(|latest| milliseconds(t.since(latest)))
        }
    }
}

/// The facts, of all times, that the measure counts: those of its stream that satisfy its own `where`.
pub(crate) fn counted<'f>(reader: Reader<'_>, measure: &Measure, facts: &[&'f Fact]) -> Vec<&'f Fact> {
    facts
        .iter()
        .copied()
        .filter(|fact| fact.stream() == measure.stream && reader.holds(&measure.filter, fact))
        .collect()
}

fn whole(count: usize) -> Value {
    Fraction::ratio(count as i128, 1)
}

fn milliseconds(duration: Millis) -> Value {
    Fraction::ratio(i128::from(duration.0), 1)
}

/// The values of a field; facts without it are skipped.
fn numbers(facts: &[&Fact], field: Field) -> Vec<i128> {
    facts.iter().filter_map(|fact| fact.field(field)?.integer()).map(i128::from).collect()
}

/// The times of the facts of each value of a field; facts without it are skipped.
fn by_value(facts: &[&Fact], field: Field) -> BTreeMap<FieldValue, Vec<EventTime>> {
    let mut by_value: BTreeMap<FieldValue, Vec<EventTime>> = BTreeMap::new();
    for fact in facts {
        if let Some(value) = fact.field(field) {
            by_value.entry(value).or_default().push(fact.at());
        }
    }
    by_value
}

/// How many values have, before their first fact in the window at f, no fact in (f - before, f).
fn unseen(facts: &[&Fact], seen: &[&Fact], field: Field, before: Millis) -> usize {
    let seen = by_value(seen, field);
    by_value(facts, field)
        .into_iter()
        .filter(|(value, times)| {
            let Some(first) = times.iter().min().copied() else { return false };
            let earlier = seen.get(value).into_iter().flatten();
            !earlier.into_iter().any(|time| first.minus(before) < *time && *time < first)
        })
        .count()
}

/// The least time between two neighbours, undefined for fewer than two facts.
fn least_gap(facts: &[&Fact]) -> Value {
    let mut times: Vec<EventTime> = facts.iter().map(|fact| fact.at()).collect();
    times.sort_unstable();
    times.windows(2).map(|pair| pair[1].since(pair[0])).min().and_then(milliseconds)
}
