//! Strikes and the steps they make due.

use ringfence_cdr::{Cdr, ComplaintStatus, EventTime, Millis, Served};
use ringfence_rules::{
    Aggregate, Field, Key, Ladder, LadderSubject, Mode, Operator, Rule, Sanction, Service, Step, Strikes, Window,
};

use super::build::{
    CALLER, archive, busy, call, calls, calls_at, compare, complaint, complaints, count, days, hours, minutes,
    of_complaints, over, pack, rule, second,
};
use crate::PackWithLists;
use crate::{Delivered, Options, Oracle, StandingForm};

fn ladder() -> Ladder {
    let suspend = |at: u32, length: Millis| Step {
        at,
        sanction: Sanction::Suspend { services: vec![Service::Outgoing], duration: length },
    };
    Ladder {
        name: "telemarketing".into(),
        subject: LadderSubject::Card,
        strikes: Strikes { over: days(365), again: Some(hours(24)) },
        fresh: true,
        steps: vec![Step { at: 1, sanction: Sanction::Warn }, suspend(2, hours(1)), suspend(4, days(7))],
        exit_clean: Some(days(90)),
    }
}

fn climbing(rule: Rule) -> Rule {
    Rule { ladder: Some(0), ..rule }
}

fn with(ladder: Ladder, rules: Vec<Rule>) -> PackWithLists {
    let mut pack = pack(rules.into_iter().map(climbing).collect());
    pack.ladders = vec![ladder];
    pack
}

fn standing(pack: &PackWithLists, records: &[Delivered], until: EventTime) -> StandingForm {
    Oracle::new(pack, Options::archive(pack)).standing(&archive(pack, records), until)
}

/// `(second, counting, step)` of every strike.
fn check(pack: &PackWithLists, records: &[Delivered], expected: &[(i64, u32, Option<u32>)]) {
    let strikes: Vec<_> = standing(pack, records, EventTime::MAX)
        .strikes
        .into_iter()
        .map(|strike| (strike.at, strike.counting, strike.step))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(at, counting, step)| (second(*at), *counting, *step)).collect();
    assert_eq!(strikes, expected);
}

/// One call in ten seconds is an offence, so that every lonely call is a violation.
fn any_call() -> Rule {
    busy(Millis(10_000), 1)
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

#[test]
fn strikes_climb_to_the_highest_step_that_is_not_above_their_count() {
    let pack = with(ladder(), vec![any_call()]);
    let times = [0, DAY, 2 * DAY, 3 * DAY];
    check(
        &pack,
        &calls_at(&times),
        &[(0, 1, Some(1)), (DAY, 2, Some(2)), (2 * DAY, 3, Some(2)), (3 * DAY, 4, Some(4))],
    );
}

#[test]
fn a_violation_strikes_once_until_again_has_passed() {
    let long = with(Ladder { fresh: false, ..ladder() }, vec![busy(hours(48), 1)]);
    check(&long, &calls_at(&[0, DAY - 1, DAY, DAY + 1]), &[(0, 1, Some(1)), (DAY, 2, Some(2))]);
    let mut once = ladder();
    once.strikes.again = None;
    check(&with(once, vec![busy(hours(48), 1)]), &calls_at(&[0, DAY, 2 * DAY]), &[(0, 1, Some(1))]);
}

#[test]
fn no_strike_is_made_while_a_suspension_runs() {
    let no_fresh = with(Ladder { fresh: false, ..ladder() }, vec![any_call()]);
    let suspended = 100;
    let records = |third: i64| calls_at(&[0, suspended, third]);
    let two = [(0, 1, Some(1)), (suspended, 2, Some(2))];
    check(&no_fresh, &records(suspended + HOUR - 1), &two);
    check(&no_fresh, &records(suspended + HOUR), &[two[0], two[1], (suspended + HOUR, 3, Some(2))]);
}

#[test]
fn with_fresh_a_call_at_the_end_of_a_sanction_is_not_after_it() {
    let fresh = with(ladder(), vec![any_call()]);
    let two = [(0, 1, Some(1)), (100, 2, Some(2))];
    check(&fresh, &calls_at(&[0, 100, 100 + HOUR]), &two);
    check(&fresh, &calls_at(&[0, 100, 101 + HOUR]), &[two[0], two[1], (101 + HOUR, 3, Some(2))]);
}

#[test]
fn with_fresh_a_first_offender_who_breaks_two_rules_with_one_call_is_warned_once() {
    let rules = || vec![any_call(), Rule { name: "also".into(), ..any_call() }];
    check(&with(ladder(), rules()), &calls_at(&[0]), &[(0, 1, Some(1))]);
    check(&with(Ladder { fresh: false, ..ladder() }, rules()), &calls_at(&[0]), &[(0, 1, Some(1)), (0, 2, Some(2))]);
}

#[test]
fn of_two_rules_at_one_instant_the_first_by_name_strikes_first() {
    let pack = with(ladder(), vec![any_call(), Rule { name: "also".into(), ..any_call() }]);
    assert_eq!(standing(&pack, &calls_at(&[0]), EventTime::MAX).strikes[0].rule, "also");
}

#[test]
fn with_fresh_calls_that_were_punished_do_not_count_again() {
    let three_in_an_hour = || busy(hours(1), 3);
    let records = calls_at(&[0, 1, 2, 10, 11, 12]);
    check(&with(ladder(), vec![Rule { name: "other".into(), ..three_in_an_hour() }]), &records, &[(2, 1, Some(1))]);
    // Another rule offends at 10 for the first time, but only at 12 on three calls since the warning.
    let four = Rule { name: "z-four".into(), ..busy(hours(1), 4) };
    let two_rules = vec![three_in_an_hour(), four];
    check(&with(ladder(), two_rules.clone()), &records, &[(2, 1, Some(1))]);
    check(&with(ladder(), two_rules), &calls_at(&[0, 1, 2, 10, 11, 12, 13]), &[(2, 1, Some(1)), (13, 2, Some(2))]);
}

#[test]
fn with_fresh_the_look_back_of_unseen_reads_on() {
    let unseen = over(Aggregate::Unseen(Field::CalledNumber, days(30)), Window::Sliding(hours(1)));
    let strangers = rule("strangers", vec![unseen], compare(0, Operator::GreaterOrEqual, 1));
    let mut soon = ladder();
    soon.strikes.again = Some(minutes(5));
    let pack = with(soon, vec![strangers]);
    let then = |called: &str| calls([call(second(0), "a"), call(second(600), called)]);
    // The rule holds at 600 either way, for the call to a at 0; but since then a was no stranger.
    check(&pack, &then("a"), &[(0, 1, Some(1))]);
    check(&pack, &then("b"), &[(0, 1, Some(1)), (600, 2, Some(2))]);
}

#[test]
fn strikes_count_for_their_time_and_no_longer() {
    let mut short = ladder();
    (short.strikes.over, short.exit_clean) = (days(2), None);
    let pack = with(short, vec![any_call()]);
    check(&pack, &calls_at(&[0, 2 * DAY - 1]), &[(0, 1, Some(1)), (2 * DAY - 1, 2, Some(2))]);
    check(&pack, &calls_at(&[0, 2 * DAY]), &[(0, 1, Some(1)), (2 * DAY, 1, Some(1))]);
}

#[test]
fn after_clean_time_from_the_end_of_the_sanction_a_subject_is_back_at_the_start() {
    let mut leaving = ladder();
    leaving.exit_clean = Some(days(2));
    let pack = with(leaving, vec![any_call()]);
    let sanctioned = [(0, 1, Some(1)), (100, 2, Some(2))];
    let clean = 100 + HOUR + 2 * DAY;
    check(&pack, &calls_at(&[0, 100, clean - 1]), &[sanctioned[0], sanctioned[1], (clean - 1, 3, Some(2))]);
    check(&pack, &calls_at(&[0, 100, clean]), &[sanctioned[0], sanctioned[1], (clean, 1, Some(1))]);
}

#[test]
fn only_served_calls_make_a_strike() {
    let seen = |at: i64| Cdr { served: Served::No, ..call(second(at), "gateway") };
    let two_in_an_hour = || with(ladder(), vec![busy(hours(1), 2)]);
    let mixed = calls([call(second(0), "a"), seen(1)]);
    assert_eq!(standing(&two_in_an_hour(), &mixed, EventTime::MAX).violations.len(), 1);
    check(&two_in_an_hour(), &mixed, &[]);
    check(&two_in_an_hour(), &calls([call(second(0), "a"), seen(1), call(second(2), "b")]), &[(2, 1, Some(1))]);
}

#[test]
fn a_call_that_is_not_served_is_no_instant_of_a_strike() {
    let seen = |at: i64| Cdr { served: Served::No, ..call(second(at), "gateway") };
    let mut again = Ladder { fresh: false, ..ladder() };
    again.strikes.again = Some(minutes(10));
    let pack = with(again, vec![busy(hours(1), 1)]);
    check(&pack, &calls([call(second(0), "a"), seen(700)]), &[(0, 1, Some(1))]);
}

fn complained() -> Rule {
    rule("complained", vec![of_complaints(count(Window::Sliding(days(10))))], compare(0, Operator::GreaterOrEqual, 1))
}

#[test]
fn a_complaint_counts_only_after_a_served_call_within_thirty_days() {
    let called_before = |before: Millis| {
        let mut records = calls([call(second(0).minus(before), "a")]);
        records.extend(complaints([complaint(second(0), "c")]));
        standing(&with(ladder(), vec![complained()]), &records, EventTime::MAX).strikes.len()
    };
    assert_eq!(called_before(Millis(1)), 1);
    assert_eq!(called_before(Millis(0)), 1, "a call of the same instant is before the complaint");
    assert_eq!(called_before(Millis(-1)), 0);
    assert_eq!(called_before(Millis(days(30).0 - 1)), 1);
    assert_eq!(called_before(days(30)), 0);
}

#[test]
fn a_complaint_that_is_rejected_undoes_its_strike() {
    let mut rejected = complaint(second(0), "c");
    (rejected.status, rejected.status_time) = (ComplaintStatus::Rejected, second(60));
    let mut records = calls([call(second(-60), "a")]);
    records.extend(complaints([complaint(second(0), "c")]));
    let pack = with(ladder(), vec![complained()]);
    check(&pack, &records, &[(0, 1, Some(1))]);
    records.extend(complaints([rejected]));
    let form = standing(&pack, &records, EventTime::MAX);
    assert_eq!((form.strikes.len(), form.due.len()), (0, 0));
}

#[test]
fn shadow_rules_never_strike() {
    let pack = with(ladder(), vec![Rule { mode: Mode::Shadow, ..any_call() }]);
    let form = standing(&pack, &calls_at(&[0]), EventTime::MAX);
    assert_eq!((form.violations.len(), form.strikes.len()), (1, 0));
}

#[test]
fn a_violation_of_a_pair_strikes_the_calling_card() {
    let pack = with(ladder(), vec![Rule { key: Key::Pair, ..any_call() }]);
    let strike = &standing(&pack, &calls_at(&[0]), EventTime::MAX).strikes[0];
    assert_eq!((strike.subject.as_str(), strike.key.len()), (CALLER, 2));
}

#[test]
fn the_step_due_lasts_as_long_as_its_strike_counts() {
    let pack = with(ladder(), vec![any_call()]);
    let due = |until: i64| standing(&pack, &calls_at(&[0, 100]), second(until)).due[0].clone();
    let last = due(200);
    assert_eq!((last.step, last.counting, last.since), (Some(2), 2, Some(second(100))));
    assert_eq!(last.ends, Some(second(100 + HOUR)));
    let clean = 100 + HOUR + 90 * DAY;
    assert_eq!((due(clean - 1).step, due(clean - 1).counting), (Some(2), 2));
    assert_eq!((due(clean).step, due(clean).counting, due(clean).ends), (None, 0, None));
}

#[test]
fn the_step_due_lasts_as_long_as_its_sanction_even_if_its_strike_counts_no_more() {
    let mut short = ladder();
    (short.strikes.over, short.exit_clean) = (minutes(5), None);
    let pack = with(short, vec![any_call()]);
    let due = |until: EventTime| standing(&pack, &calls_at(&[0, 100]), until).due[0].clone();
    let last = due(EventTime(second(100 + HOUR).0 - 1));
    assert_eq!((last.step, last.counting), (Some(2), 0));
    assert_eq!(due(second(100 + HOUR)).step, None);
}
