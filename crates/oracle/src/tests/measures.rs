//! Windows and aggregates, edge by edge.

use ringfence_cdr::{Cdr, EventTime, Millis};
use ringfence_rules::{Aggregate, CalendarUnit, Field, Literal, Measure, Operand, Operator, Predicate, Window, Zone};

use super::build::{
    call, calls, calls_at, complaint, complaints, count, days, minutes, of_complaints, over, second, time, value,
};
use crate::Delivered;

fn check(measure: Measure, records: &[Delivered], t: EventTime, expected: &str) {
    let expected = (expected != "undefined").then(|| expected.to_owned());
    assert_eq!(value(measure, records, t), expected);
}

fn hour() -> Window {
    Window::Sliding(Millis::HOUR)
}

fn lasting(at: i64, duration: Option<i64>) -> Cdr {
    Cdr { call_duration: duration.map(Millis), ..call(second(at), &format!("n{at}")) }
}

fn shorter_than(duration: i64) -> Predicate {
    Predicate::Compare(Operand::Field(Field::CallDuration), Operator::Less, Literal::Duration(Millis(duration)))
}

#[test]
fn a_sliding_window_excludes_its_far_edge_and_includes_its_near_one() {
    let records = calls_at(&[0, 1, 3_600]);
    check(count(hour()), &records, second(3_600), "2");
    check(count(hour()), &records, EventTime(second(3_600).0 - 1), "2");
    check(count(hour()), &records, EventTime(second(3_601).0 - 1), "2");
    check(count(hour()), &records, second(3_601), "1");
}

#[test]
fn all_facts_of_an_instant_are_in_its_window() {
    let records = calls_at(&[0, 0, 0]);
    check(count(hour()), &records, second(0), "3");
}

#[test]
fn what_comes_after_the_instant_is_not_counted() {
    let day = Window::Calendar(CalendarUnit::Day, Zone::utc());
    for window in [hour(), day, Window::Anchored(Millis::HOUR)] {
        check(count(window), &calls_at(&[0, 1, 2]), second(1), "2");
    }
}

#[test]
fn a_calendar_day_begins_at_the_midnight_of_its_zone() {
    let shanghai = Window::Calendar(CalendarUnit::Day, Zone::new("Asia/Shanghai").unwrap());
    let records = calls([call(time("2026-01-05T15:59:59.999Z"), "a"), call(time("2026-01-05T16:00:00Z"), "b")]);
    check(count(shanghai.clone()), &records, time("2026-01-05T15:59:59.999Z"), "1");
    check(count(shanghai), &records, time("2026-01-05T16:00:00Z"), "1");
}

#[test]
fn an_anchored_window_includes_its_start_and_excludes_its_end() {
    let anchored = Window::Anchored(Millis::HOUR);
    let records = calls_at(&[0, 3_599, 3_600, 3_601]);
    check(count(anchored.clone()), &records, second(3_599), "2");
    check(count(anchored.clone()), &records, second(3_600), "1");
    check(count(anchored), &records, second(3_601), "2");
}

#[test]
fn between_two_anchored_windows_nothing_is_counted() {
    let anchored = Window::Anchored(Millis::HOUR);
    check(count(anchored.clone()), &calls_at(&[0, 7_200]), second(3_600), "0");
    check(count(anchored), &calls_at(&[0, 5_000, 8_599, 8_600]), second(8_600), "1");
}

#[test]
fn an_anchored_window_starts_at_a_fact_that_the_measure_counts() {
    let long =
        Measure { filter: Predicate::Not(Box::new(shorter_than(60_000))), ..count(Window::Anchored(Millis::HOUR)) };
    let records = calls([lasting(0, Some(1)), lasting(1_800, Some(60_000)), lasting(3_700, Some(60_000))]);
    check(long, &records, second(3_700), "2");
}

#[test]
fn nothing_is_zero_for_counts_and_undefined_for_the_rest() {
    let duration = Field::CallDuration;
    for zero in [Aggregate::Count, Aggregate::Sum(duration), Aggregate::Distinct(duration), Aggregate::Top(duration)] {
        check(over(zero, hour()), &[], second(0), "0");
    }
    check(over(Aggregate::Unseen(Field::CalledNumber, days(30)), hour()), &[], second(0), "0");
    let undefined = [
        Aggregate::Mean(duration),
        Aggregate::Min(duration),
        Aggregate::Max(duration),
        Aggregate::Share(Predicate::True),
        Aggregate::Gap,
        Aggregate::Elapsed(Predicate::True),
    ];
    for aggregate in undefined {
        check(over(aggregate, hour()), &[], second(0), "undefined");
    }
}

#[test]
fn aggregates_over_a_field_skip_facts_without_it() {
    let records = calls([lasting(0, Some(10)), lasting(1, None), lasting(2, Some(15))]);
    let duration = Field::CallDuration;
    let expected = [
        (Aggregate::Sum(duration), "25"),
        (Aggregate::Mean(duration), "25/2"),
        (Aggregate::Min(duration), "10"),
        (Aggregate::Max(duration), "15"),
        (Aggregate::Distinct(duration), "2"),
        (Aggregate::Top(duration), "1"),
    ];
    for (aggregate, expected) in expected {
        check(over(aggregate, hour()), &records, second(2), expected);
    }
}

#[test]
fn a_mean_of_facts_without_the_field_is_undefined_and_their_sum_is_zero() {
    let records = calls([lasting(0, None)]);
    check(over(Aggregate::Mean(Field::CallDuration), hour()), &records, second(0), "undefined");
    check(over(Aggregate::Sum(Field::CallDuration), hour()), &records, second(0), "0");
}

#[test]
fn a_fact_without_the_field_stays_in_the_denominator_of_a_share() {
    let records = calls([lasting(0, Some(10)), lasting(1, None), lasting(2, Some(10_000))]);
    check(over(Aggregate::Share(shorter_than(10_000)), hour()), &records, second(2), "1/3");
}

#[test]
fn top_is_the_most_facts_with_one_value() {
    let records = calls([call(second(0), "a"), call(second(1), "b"), call(second(2), "a"), call(second(3), "c")]);
    check(over(Aggregate::Top(Field::CalledNumber), hour()), &records, second(3), "2");
    check(over(Aggregate::Distinct(Field::CalledNumber), hour()), &records, second(3), "3");
}

#[test]
fn a_number_is_unseen_if_its_last_call_is_as_long_ago_as_the_look_back() {
    let unseen = || over(Aggregate::Unseen(Field::CalledNumber, minutes(120)), hour());
    let again_after = |seconds: i64| calls([call(second(0), "a"), call(second(seconds), "a")]);
    check(unseen(), &again_after(7_199), second(7_199), "0");
    check(unseen(), &again_after(7_200), second(7_200), "1");
}

#[test]
fn unseen_looks_back_from_the_first_fact_in_the_window() {
    let unseen = over(Aggregate::Unseen(Field::CalledNumber, minutes(90)), hour());
    let records = calls([call(second(0), "a"), call(second(5_399), "a"), call(second(8_000), "a")]);
    // In the window (4400, 8000] the first is at 5399, with one at 0 in the 5400 s before it.
    check(unseen, &records, second(8_000), "0");
}

#[test]
fn unseen_reads_only_facts_that_the_measure_counts() {
    let aggregate = Aggregate::Unseen(Field::CalledNumber, days(30));
    let long = Measure { filter: Predicate::Not(Box::new(shorter_than(60_000))), ..over(aggregate, hour()) };
    let to_a = |at: i64, duration: i64| Cdr { call_duration: Some(Millis(duration)), ..call(second(at), "a") };
    check(long, &calls([to_a(0, 5), to_a(7_200, 60_000)]), second(7_200), "1");
}

#[test]
fn the_gap_of_one_fact_is_undefined_and_of_two_at_one_instant_zero() {
    check(over(Aggregate::Gap, hour()), &calls_at(&[0]), second(0), "undefined");
    check(over(Aggregate::Gap, hour()), &calls_at(&[0, 0]), second(0), "0");
    check(over(Aggregate::Gap, hour()), &calls_at(&[0, 30, 40, 100]), second(100), "10000");
}

#[test]
fn elapsed_looks_strictly_before_the_instant() {
    let elapsed = || over(Aggregate::Elapsed(Predicate::True), hour());
    check(elapsed(), &calls_at(&[0]), second(0), "undefined");
    check(elapsed(), &calls_at(&[0, 60]), second(60), "60000");
}

#[test]
fn elapsed_sees_nothing_outside_its_window() {
    let elapsed = || over(Aggregate::Elapsed(Predicate::True), hour());
    check(elapsed(), &calls_at(&[0, 3_599]), second(3_599), "3599000");
    check(elapsed(), &calls_at(&[0, 3_600]), second(3_600), "undefined");
}

#[test]
fn elapsed_passes_over_facts_that_do_not_satisfy_its_predicate() {
    let elapsed = over(Aggregate::Elapsed(shorter_than(10_000)), hour());
    let records = calls([lasting(0, Some(1)), lasting(60, Some(10_000)), lasting(90, Some(1))]);
    check(elapsed, &records, second(90), "90000");
}

#[test]
fn a_complaint_counts_when_it_was_received() {
    let records = complaints([complaint(second(0), "a"), complaint(second(10), "b")]);
    check(of_complaints(count(hour())), &records, second(10), "2");
    check(count(hour()), &records, second(10), "0");
}

#[test]
fn the_delay_of_a_complaint_is_received_minus_call_time() {
    let mut late = complaint(second(600), "a");
    late.call_time = Some(second(0));
    let without = complaint(second(601), "b");
    let mean = of_complaints(over(Aggregate::Mean(Field::Delay), hour()));
    check(mean, &complaints([late, without]), second(601), "600000");
}
