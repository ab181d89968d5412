//! Files with known answers, where they are: under `RINGFENCE_DATA`, else in `shared` beside the checkout.

use std::fs;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ringfence_cdr::{Cdr, EventTime, Fingerprint, Millis, Number};
use ringfence_rules::{
    Aggregate, CalendarUnit, Condition, Field, Fraction, Key, Literal, Operand, Operator, Predicate, Rule, Unit,
    Window, Zone,
};

use super::build::{busy, call, calls, compare, compare_with, count, hours, over, pack, rule};
use crate::{Delivered, Options, Oracle, StandingForm};

fn read(path: &str) -> Option<Vec<u8>> {
    ringfence_test_data::file(path).map(|path| fs::read(path).expect("readable"))
}

fn standing(rule: Rule, records: &[Delivered]) -> StandingForm {
    let pack = pack(vec![rule]);
    let oracle = Oracle::new(&pack, Options::archive(&pack));
    oracle.standing(&oracle.facts(records), EventTime::MAX)
}

fn dial_blast() -> Rule {
    let hour = || Window::Sliding(Millis::HOUR);
    let short =
        Predicate::Compare(Operand::Field(Field::CallDuration), Operator::Less, Literal::Duration(Millis(10_000)));
    let measures = vec![
        count(hour()),
        over(Aggregate::Distinct(Field::CalledNumber), hour()),
        over(Aggregate::Share(short), hour()),
    ];
    let seventy_percent = Fraction::ratio(7, 10).unwrap();
    let when = Condition::All(vec![
        compare(0, Operator::Greater, 100),
        compare(1, Operator::GreaterOrEqual, 80),
        compare_with(2, Operator::GreaterOrEqual, seventy_percent, Unit::Number),
    ]);
    rule("dial-blast", measures, when)
}

fn five_callers() -> Option<Vec<Delivered>> {
    let bytes = read("fixtures/five-callers.csv")?;
    let text = String::from_utf8(bytes).unwrap();
    let records = text.lines().enumerate().map(|(line, row)| {
        let [at, calling, called, duration] = row.split(',').collect::<Vec<_>>().try_into().unwrap();
        let at: DateTime = at.parse().unwrap();
        Cdr {
            fingerprint: Fingerprint::of(&format!("five-callers.csv:{}", line + 1)),
            calling_number: Number::new(calling),
            call_duration: Some(Millis(duration.parse::<i64>().unwrap() * 1_000)),
            ..call(EventTime::from(TimeZone::UTC.to_timestamp(at).unwrap()), called)
        }
    });
    Some(calls(records))
}

/// Caller, matches, and what the clauses saw at the opening.
fn verdicts(form: &StandingForm) -> Vec<(String, u64, Vec<String>)> {
    let mut verdicts: Vec<_> = form
        .violations
        .iter()
        .map(|violation| {
            let values = violation.clauses.iter().map(|clause| clause.value.clone().unwrap().0).collect();
            (violation.key[0].clone(), violation.matches, values)
        })
        .collect();
    verdicts.sort();
    verdicts
}

#[test]
fn of_the_five_callers_three_break_the_rule() {
    let Some(records) = five_callers() else { return };
    let form = standing(dial_blast(), &records);
    let verdicts = verdicts(&form);
    let callers: Vec<_> = verdicts.iter().map(|(caller, matches, _)| (caller.as_str(), *matches)).collect();
    assert_eq!(callers, [("A", 20), ("D", 1), ("E", 20)]);
    assert_eq!(verdicts[0].2, ["101", "90", "81/101"]);
    assert_eq!(verdicts[1].2, ["101", "85", "73/101"]);
}

#[test]
fn the_five_callers_are_judged_alike_in_any_order_and_twice() {
    let Some(mut records) = five_callers() else { return };
    let form = standing(dial_blast(), &records);
    records.reverse();
    assert_eq!(standing(dial_blast(), &records), form);
    records.extend(records.clone());
    assert_eq!(standing(dial_blast(), &records), form);
}

/// The outgoing calls of the phones, one record a row.
fn phones() -> Option<Vec<Delivered>> {
    let packed = read("data/nodobo-calls.csv.zst")?;
    let text = String::from_utf8(zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    let outgoing = text.lines().enumerate().skip(1).filter_map(|(line, row)| {
        let [calling, called, direction, _, at] = row.split(',').collect::<Vec<_>>().try_into().unwrap();
        if direction != "Outgoing" || at.is_empty() {
            return None;
        }
        let at = jiff::fmt::strtime::parse("%a %b %d %H:%M:%S %z %Y", at).unwrap().to_timestamp().unwrap();
        Some(Cdr {
            fingerprint: Fingerprint::of(&format!("nodobo-calls.csv:{}", line + 1)),
            calling_number: Number::new(calling),
            ..call(EventTime::from(at), called)
        })
    });
    Some(calls(outgoing))
}

#[test]
fn the_phones_reach_their_known_numbers_of_calls() {
    let Some(records) = phones() else { return };
    let pairs = |limit: i64| Rule { key: Key::Pair, ..busy(hours(24), limit) };
    let known = [
        (busy(hours(1), 10), 652, 111),
        (busy(hours(1), 20), 66, 10),
        (busy(hours(24), 50), 207, 16),
        (pairs(3), 3_990, 741),
        (pairs(5), 2_593, 356),
    ];
    for (rule, rows, edges) in known {
        let form = standing(rule.clone(), &records);
        let matches: u64 = form.violations.iter().map(|violation| violation.matches).sum();
        assert_eq!((matches, form.violations.len()), (rows, edges), "{:?}", rule.when);
    }
}

#[test]
fn the_phones_have_four_busy_days_of_the_world_clock() {
    let Some(records) = phones() else { return };
    let daily = count(Window::Calendar(CalendarUnit::Day, Zone::utc()));
    let busy = rule("busy-day", vec![daily], compare(0, Operator::GreaterOrEqual, 50));
    assert_eq!(standing(busy, &records).violations.len(), 4);
}
