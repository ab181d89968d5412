//! Judged instants and episodes.

use ringfence_cdr::{ComplaintStatus, EventTime, Millis};
use ringfence_rules::{
    Aggregate, Condition, Escalation, Field, Fraction, Key, Literal, Measure, Operand, Operator, Predicate, Rule,
    Severity, Unit, Window,
};

use super::build::{
    archive, busy, call, caller, calls, calls_at, compare, compare_with, complaint, complaints, count, minutes,
    of_complaints, over, pack, rule, second,
};
use crate::{Delivered, Episode, Exact, JudgedKey, Options, Oracle, Status};

fn episodes(rule: Rule, records: &[Delivered], until: EventTime) -> Vec<Episode> {
    let pack = pack(vec![rule]);
    let ledger = archive(&pack, records);
    Oracle::new(&pack, Options::archive(&pack)).episodes(&ledger, &pack.rules[0], &caller(), until)
}

/// `opened last matches` of every episode, in seconds.
fn check(rule: Rule, records: &[Delivered], expected: &[(i64, i64, u64)]) {
    let found: Vec<_> = episodes(rule, records, EventTime::MAX)
        .into_iter()
        .map(|episode| (episode.opened_at, episode.last_at, episode.matches))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(open, last, facts)| (second(*open), second(*last), *facts)).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_episode_is_a_run_of_instants_that_hold() {
    // Two in ten seconds: false at 0, true at 5 and 8, false at 100, true at 109.
    check(busy(Millis(10_000), 2), &calls_at(&[0, 5, 8, 100, 109]), &[(5, 8, 2), (109, 109, 1)]);
}

#[test]
fn every_fact_of_an_instant_that_holds_is_a_match() {
    check(busy(Millis(10_000), 2), &calls_at(&[0, 5, 5, 5]), &[(5, 5, 3)]);
}

#[test]
fn a_silence_between_two_instants_that_hold_parts_them() {
    check(busy(Millis(10_000), 1), &calls_at(&[0, 9, 20]), &[(0, 9, 2), (20, 20, 1)]);
    check(busy(Millis(10_000), 1), &calls_at(&[0, 9, 19]), &[(0, 19, 3)]);
}

#[test]
fn a_gap_shorter_than_keep_is_bridged_and_one_as_long_is_not() {
    let kept = |keep: i64| Rule { keep: Millis(keep), ..busy(Millis(10_000), 1) };
    check(kept(20_000), &calls_at(&[0, 20]), &[(0, 0, 1), (20, 20, 1)]);
    check(kept(20_001), &calls_at(&[0, 20]), &[(0, 20, 2)]);
}

#[test]
fn false_instants_inside_a_bridged_episode_are_no_matches() {
    let kept = Rule { keep: Millis(60_000), ..busy(Millis(10_000), 2) };
    check(kept, &calls_at(&[0, 1, 20, 40, 41]), &[(1, 41, 2)]);
}

#[test]
fn a_gap_without_a_false_instant_is_no_gap_however_long() {
    let records = calls_at(&[0, 3_000]);
    check(busy(minutes(60), 1), &records, &[(0, 3_000, 2)]);
}

#[test]
fn facts_of_a_stream_that_only_an_escalation_names_judge_and_match_too() {
    let mut escalated = busy(minutes(60), 1);
    escalated.measures.push(of_complaints(count(Window::Sliding(minutes(60)))));
    escalated.escalate.push(Escalation { severity: Severity::Critical, when: compare(1, Operator::Greater, 0) });
    let mut records = calls_at(&[0]);
    records.extend(complaints([complaint(second(10), "a")]));
    check(escalated.clone(), &records, &[(0, 10, 2)]);
    assert_eq!(episodes(escalated, &records, EventTime::MAX)[0].severity, Severity::Critical);
}

#[test]
fn a_measures_own_filter_plays_no_part_in_what_is_judged() {
    let answered = Measure { filter: Predicate::Is(Field::Answered), ..count(Window::Sliding(minutes(60))) };
    let answered = rule("answered", vec![answered], compare(0, Operator::GreaterOrEqual, 1));
    let mut unanswered = call(second(10), "b");
    unanswered.answer = ringfence_cdr::Answer::Unanswered;
    check(answered, &calls([call(second(0), "a"), unanswered]), &[(0, 10, 2)]);
}

#[test]
fn calls_that_the_rule_does_not_count_neither_judge_nor_match() {
    let to_a = Predicate::Compare(Operand::Field(Field::CalledNumber), Operator::Equal, Literal::Text("a".into()));
    let only = Rule { counted: to_a, ..busy(minutes(60), 1) };
    check(only, &calls([call(second(0), "a"), call(second(10), "b")]), &[(0, 0, 1)]);
}

#[test]
fn rejected_and_withdrawn_complaints_are_no_facts() {
    let complained = rule(
        "complained",
        vec![of_complaints(count(Window::Sliding(minutes(60))))],
        compare(0, Operator::GreaterOrEqual, 1),
    );
    let with = |status: ComplaintStatus| {
        let mut complaint = complaint(second(0), "a");
        complaint.status = status;
        complaints([complaint])
    };
    check(complained.clone(), &with(ComplaintStatus::Upheld), &[(0, 0, 1)]);
    check(complained.clone(), &with(ComplaintStatus::Rejected), &[]);
    check(complained, &with(ComplaintStatus::Withdrawn), &[]);
}

#[test]
fn a_rule_holds_from_the_start_of_its_effect_and_not_at_its_end() {
    let effective =
        Rule { effective_from: Some(second(10)), effective_until: Some(second(20)), ..busy(minutes(60), 2) };
    check(effective, &calls_at(&[0, 9, 10, 19, 20]), &[(10, 19, 2)]);
}

#[test]
fn the_peak_is_at_the_earliest_of_the_largest_left_sides() {
    let measures = vec![
        count(Window::Sliding(Millis(10_000))),
        over(Aggregate::Elapsed(Predicate::True), Window::Sliding(minutes(60))),
    ];
    let peaking = rule("peaking", measures, compare(0, Operator::GreaterOrEqual, 1));
    let episode = &episodes(peaking, &calls_at(&[0, 2, 5, 11, 13]), EventTime::MAX)[0];
    // Counts: 1, 2, 3, 3 (2, 5, 11), 3 (5, 11, 13).
    let peak: Vec<_> = episode.peak.iter().map(|value| Exact::of(*value).unwrap().0).collect();
    assert_eq!(peak, ["3", "3000"]);
}

#[test]
fn a_comparison_with_nothing_is_false_and_its_negation_holds() {
    let gap = || over(Aggregate::Gap, Window::Sliding(minutes(60)));
    let short_gap = compare_with(0, Operator::Less, Fraction::whole(60_000), Unit::Duration);
    let long_gap = compare_with(0, Operator::NotEqual, Fraction::whole(60_000), Unit::Duration);
    check(rule("gap", vec![gap()], short_gap.clone()), &calls_at(&[0]), &[]);
    check(rule("gap", vec![gap()], long_gap), &calls_at(&[0]), &[]);
    check(rule("gap", vec![gap()], Condition::Not(Box::new(short_gap))), &calls_at(&[0]), &[(0, 0, 1)]);
}

#[test]
fn an_episode_is_open_until_a_false_instant_and_its_keep_have_passed() {
    let kept = || Rule { keep: minutes(30), ..busy(minutes(10), 1) };
    let at = |seconds: i64| episodes(kept(), &calls_at(&[0]), second(seconds))[0].clone();
    assert_eq!((at(1_799).status, at(1_799).closed_at), (Status::Open, None));
    assert_eq!((at(1_800).status, at(1_800).closed_at), (Status::Closed, Some(second(1_800))));
}

#[test]
fn an_episode_without_keep_closes_at_the_silence_with_its_last_instant() {
    let at = |seconds: i64| episodes(busy(minutes(10), 1), &calls_at(&[0]), second(seconds))[0].clone();
    assert_eq!(at(599).status, Status::Open);
    assert_eq!((at(600).status, at(600).closed_at), (Status::Closed, Some(second(0))));
}

#[test]
fn the_severity_is_the_highest_of_any_instant() {
    let mut escalated = busy(minutes(10), 1);
    escalated.escalate.push(Escalation { severity: Severity::Major, when: compare(0, Operator::Greater, 1) });
    escalated.escalate.push(Escalation { severity: Severity::Info, when: compare(0, Operator::Greater, 0) });
    let severity = |seconds: &[i64]| episodes(escalated.clone(), &calls_at(seconds), EventTime::MAX)[0].severity;
    assert_eq!(severity(&[0]), Severity::Warning);
    assert_eq!(severity(&[0, 1, 601]), Severity::Major);
}

#[test]
fn a_pair_has_windows_of_its_own() {
    let pairs = pack(vec![Rule { key: Key::Pair, ..busy(minutes(60), 2) }]);
    let oracle = Oracle::new(&pairs, Options::archive(&pairs));
    let ledger = oracle.facts(&calls([call(second(0), "a"), call(second(1), "b"), call(second(2), "a")]));
    let form = oracle.standing(&ledger, EventTime::MAX);
    let keys: Vec<_> = form.violations.iter().map(|violation| violation.key[1].clone()).collect();
    assert_eq!(keys, ["a"]);
    assert!(oracle.keys(&ledger, &pairs.rules[0]).iter().all(|key| matches!(key, JudgedKey::Pair(..))));
}
