//! When a silence is judged.

use ringfence_cdr::{Answer, Cdr, Millis};
use ringfence_rules::{Aggregate, CalendarUnit, Field, Measure, Operator, Predicate, Rule, Window, Zone};

use super::build::{
    archive, busy, call, caller, calls, calls_at, compare, count, days, minutes, over, pack, rule, second, time,
};
use crate::{Delivered, Options, Oracle};

/// The instants judged without a fact, as RFC 3339.
fn silences(rule: Rule, records: &[Delivered]) -> Vec<String> {
    let pack = pack(vec![rule]);
    let ledger = archive(&pack, records);
    let instants = Oracle::new(&pack, Options::archive(&pack)).judge(&ledger, &pack.rules[0], &caller());
    assert!(instants.is_sorted_by(|a, b| a.t < b.t), "each instant once, in order");
    instants.iter().filter(|instant| instant.facts == 0).map(|instant| instant.t.to_string()).collect()
}

fn check(rule: Rule, records: &[Delivered], expected: &[i64]) {
    let expected: Vec<String> = expected.iter().map(|seconds| second(*seconds).to_string()).collect();
    assert_eq!(silences(rule, records), expected);
}

fn measured(measures: Vec<Measure>) -> Rule {
    rule("measured", measures, compare(0, Operator::Greater, 0))
}

#[test]
fn a_sliding_window_empties_its_length_after_the_last_fact() {
    check(busy(minutes(1), 1), &calls_at(&[0, 30]), &[90]);
    check(busy(minutes(1), 1), &calls_at(&[0, 100]), &[60, 160]);
}

#[test]
fn no_silence_is_judged_where_the_key_has_a_fact() {
    check(busy(minutes(1), 1), &calls_at(&[0, 60]), &[120]);
}

#[test]
fn a_fact_that_only_judges_keeps_no_window_filled_but_takes_the_instant() {
    let answered = Measure { filter: Predicate::Is(Field::Answered), ..count(Window::Sliding(minutes(1))) };
    let unanswered = |at: i64| Cdr { answer: Answer::Unanswered, ..call(second(at), "u") };
    let records = |at: i64| calls([call(second(0), "a"), unanswered(at)]);
    check(measured(vec![answered.clone()]), &records(30), &[60]);
    check(measured(vec![answered.clone()]), &records(60), &[]);
    check(measured(vec![answered]), &calls([unanswered(0)]), &[]);
}

#[test]
fn silence_falls_when_the_last_of_all_windows_empties() {
    let both = vec![count(Window::Sliding(minutes(1))), count(Window::Sliding(minutes(5)))];
    check(measured(both), &calls_at(&[0, 100]), &[400]);
}

#[test]
fn windows_empty_each_by_itself() {
    let answered = Measure { filter: Predicate::Is(Field::Answered), ..count(Window::Sliding(minutes(5))) };
    let unanswered = Cdr { answer: Answer::Unanswered, ..call(second(290), "u") };
    // The unanswered call fills the first window until 350, the answered one the second until 300.
    check(
        measured(vec![count(Window::Sliding(minutes(1))), answered]),
        &calls([call(second(0), "a"), unanswered]),
        &[350],
    );
}

#[test]
fn a_calendar_window_empties_at_the_end_of_its_period() {
    let berlin = Zone::new("Europe/Berlin").unwrap();
    let daily = measured(vec![count(Window::Calendar(CalendarUnit::Day, berlin))]);
    // The day on which clocks go forward has 23 hours.
    let records = calls([call(time("2026-03-28T23:00:00Z"), "a")]);
    assert_eq!(silences(daily, &records), ["2026-03-29T22:00:00.000Z"]);
}

#[test]
fn an_anchored_window_empties_at_its_end_whenever_its_last_fact_was() {
    let anchored = || measured(vec![count(Window::Anchored(minutes(1)))]);
    check(anchored(), &calls_at(&[0, 59]), &[60]);
    check(anchored(), &calls_at(&[0, 59, 90]), &[60, 150]);
    check(anchored(), &calls_at(&[0, 59, 60]), &[120]);
}

#[test]
fn the_look_back_of_unseen_fills_no_window() {
    let unseen = over(Aggregate::Unseen(Field::CalledNumber, days(30)), Window::Sliding(Millis::MINUTE));
    check(measured(vec![unseen]), &calls_at(&[0]), &[60]);
}
