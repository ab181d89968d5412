//! Measures over every aggregate, window and stream, with limits near the values that they take.

use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::Millis;
use ringfence_rules::{Aggregate, CalendarUnit, Field, Fraction, Measure, Stream, Unit, Window, Zone};

use super::predicates::{filter, predicate};
use super::{clocks, text};

/// A measure with a limit that it may well reach.
#[derive(Clone, Debug)]
pub(super) struct Limited {
    pub(super) measure: Measure,
    pub(super) limit: Fraction,
    pub(super) unit: Unit,
}

impl Limited {
    /// With a window that begins with a fact; a day of the calendar stays.
    pub(super) fn anchored(self) -> Self {
        let Measure { stream, aggregate, filter, window, .. } = self.measure;
        let window = match window {
            Window::Sliding(length) => Window::Anchored(length),
            Window::Calendar(CalendarUnit::Week | CalendarUnit::Month, _) => Window::Anchored(Millis::DAY),
            Window::Calendar(CalendarUnit::Day, _) | Window::Anchored(_) => window,
        };
        Self { measure: measure(stream, aggregate, filter, window), ..self }
    }
}

pub(super) fn limited(stream: Stream) -> BoxedStrategy<Limited> {
    let aggregate = match stream {
        Stream::Calls => of_calls().boxed(),
        Stream::Complaints => of_complaints().boxed(),
    };
    (aggregate, filter(stream), window(), 0_u8..10)
        .prop_map(move |(aggregate, filter, window, pick)| {
            let (limit, unit) = limit(&aggregate, pick);
            Limited { measure: measure(stream, aggregate, filter, window), limit, unit }
        })
        .boxed()
}

/// The measure, with the text that a user would have written.
pub(super) fn measure(
    stream: Stream,
    aggregate: Aggregate,
    filter: ringfence_rules::Predicate,
    window: Window,
) -> Measure {
    let mut measure = Measure { stream, aggregate, filter, window, text: "".into() };
    measure.text = text::measure(&measure).into();
    measure
}

fn window() -> impl Strategy<Value = Window> {
    let unit = prop_oneof![3 => Just(CalendarUnit::Day), 1 => Just(CalendarUnit::Week), 1 => Just(CalendarUnit::Month)];
    let zone =
        select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Shanghai", "Pacific/Apia", "America/Sao_Paulo"])
            .prop_map(|name| Zone::new(name).unwrap_or_else(Zone::utc));
    prop_oneof![
        5 => clocks::length().prop_map(Window::Sliding),
        2 => (unit, zone).prop_map(|(unit, zone)| Window::Calendar(unit, zone)),
        2 => clocks::length().prop_map(Window::Anchored),
    ]
}

fn of_calls() -> impl Strategy<Value = Aggregate> {
    let value = || {
        select(vec![
            Field::CalledNumber,
            Field::CalledNumber,
            Field::CallDuration,
            Field::Cell,
            Field::CauseForTerm,
            Field::RecordType,
        ])
    };
    prop_oneof![
        4 => Just(Aggregate::Count),
        2 => value().prop_map(Aggregate::Distinct),
        2 => value().prop_map(Aggregate::Top),
        2 => predicate(Stream::Calls).prop_map(Aggregate::Share),
        2 => (value(), clocks::length()).prop_map(|(field, before)| Aggregate::Unseen(field, before)),
        1 => predicate(Stream::Calls).prop_map(Aggregate::Elapsed),
        1 => Just(Aggregate::Gap),
        1 => Just(Aggregate::Sum(Field::CallDuration)),
        1 => Just(Aggregate::Mean(Field::CallDuration)),
        1 => Just(Aggregate::Min(Field::CallDuration)),
        1 => Just(Aggregate::Max(Field::CallDuration)),
    ]
}

fn of_complaints() -> impl Strategy<Value = Aggregate> {
    prop_oneof![
        3 => Just(Aggregate::Count),
        2 => Just(Aggregate::Distinct(Field::Complainant)),
        1 => Just(Aggregate::Top(Field::Category)),
        1 => predicate(Stream::Complaints).prop_map(Aggregate::Share),
        1 => Just(Aggregate::Mean(Field::Delay)),
        1 => Just(Aggregate::Max(Field::Delay)),
        1 => Just(Aggregate::Gap),
        1 => predicate(Stream::Complaints).prop_map(Aggregate::Elapsed),
        1 => clocks::length().prop_map(|before| Aggregate::Unseen(Field::Complainant, before)),
    ]
}

/// A limit near the values that an aggregate takes in small worlds, and its unit.
fn limit(aggregate: &Aggregate, pick: u8) -> (Fraction, Unit) {
    let pick = i128::from(pick);
    let fraction =
        |numerator: i128, denominator: i128| Fraction::ratio(numerator, denominator).unwrap_or(Fraction::ZERO);
    let length = |choices: &[Millis]| {
        let Millis(length) = choices[pick as usize % choices.len()];
        (fraction(i128::from(length), 1), Unit::Duration)
    };
    match aggregate {
        Aggregate::Count | Aggregate::Distinct(_) | Aggregate::Top(_) | Aggregate::Unseen(..) => {
            let limits = [1, 2, 2, 3, 4];
            (fraction(limits[pick as usize % limits.len()], 1), Unit::Number)
        }
        Aggregate::Share(_) => {
            let shares = [(1, 2), (7, 10), (1, 3), (1, 1), (0, 1)];
            let (numerator, denominator) = shares[pick as usize % shares.len()];
            (fraction(numerator, denominator), Unit::Number)
        }
        Aggregate::Gap | Aggregate::Elapsed(_) => length(&clocks::LENGTHS),
        Aggregate::Sum(_) | Aggregate::Mean(_) | Aggregate::Min(_) | Aggregate::Max(_) => {
            length(&[Millis(5_000), Millis(10_000), Millis(0), Millis(1_000), Millis(60_000)])
        }
    }
}
