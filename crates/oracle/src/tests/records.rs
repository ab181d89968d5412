//! From records to facts: admission, duplicates, parts, legs, versions, and the counts.

use std::collections::BTreeSet;

use ringfence_cdr::{Answer, Cdr, ComplaintStatus, EventTime, Fingerprint, Leg, Millis, Number, Part};
use ringfence_rules::Field;

use super::build::{call, calls, complaint, complaints, days, pack, second};
use crate::{Admission, Delivered, Fact, Ledger, Options, Oracle, StoredFields};

fn ledger(admission: Admission, stored: StoredFields, records: &[Delivered]) -> Ledger {
    let pack = pack(Vec::new());
    let ledger = Oracle::new(&pack, Options { admission, stored }).facts(records);
    assert!(ledger.counts.balance());
    ledger
}

fn archive(records: &[Delivered]) -> Ledger {
    ledger(Admission::Archive, StoredFields::all(), records)
}

/// Reads the records in every order and expects one ledger.
fn in_any_order(records: &[Delivered]) -> Ledger {
    let expected = archive(records);
    for order in orders(records.to_vec()) {
        assert_eq!(archive(&order), expected);
    }
    expected
}

fn orders(records: Vec<Delivered>) -> Vec<Vec<Delivered>> {
    if records.len() < 2 {
        return vec![records];
    }
    let mut all = Vec::new();
    for first in 0..records.len() {
        let mut rest = records.clone();
        let record = rest.remove(first);
        all.extend(orders(rest).into_iter().map(|mut order| {
            order.insert(0, record.clone());
            order
        }));
    }
    all
}

/// facts, duplicates, merged
fn counts(ledger: &Ledger) -> (u64, u64, u64) {
    (ledger.counts.facts, ledger.counts.duplicates, ledger.counts.merged)
}

fn only_call(ledger: &Ledger) -> &Cdr {
    match ledger.facts.as_slice() {
        [Fact::Call(call)] => call,
        facts => panic!("expected one call, found {} facts", facts.len()),
    }
}

fn lasting(duration: i64, cause: u16) -> Cdr {
    Cdr { call_duration: Some(Millis(duration)), cause_for_term: Some(cause), ..call(second(0), "a") }
}

#[test]
fn a_record_read_again_is_one_fact() {
    assert_eq!(counts(&in_any_order(&calls([lasting(1, 0), lasting(1, 0), lasting(1, 0)]))), (1, 2, 0));
}

#[test]
fn of_conflicting_duplicates_the_longer_call_stands() {
    let ledger = in_any_order(&calls([lasting(1, 0), lasting(2, 9)]));
    assert_eq!((counts(&ledger), only_call(&ledger)), ((1, 1, 0), &lasting(2, 9)));
    let unknown = Cdr { call_duration: None, ..lasting(0, 0) };
    assert_eq!(only_call(&in_any_order(&calls([unknown, lasting(0, 9)]))), &lasting(0, 9));
}

#[test]
fn of_equally_long_duplicates_the_smaller_encoding_stands() {
    assert_eq!(only_call(&in_any_order(&calls([lasting(1, 9), lasting(1, 4), lasting(1, 5)]))), &lasting(1, 4));
    let to = |called: &str, cause: u16| Cdr { called_number: Number::new(called), ..lasting(1, cause) };
    assert_eq!(only_call(&in_any_order(&calls([to("b", 1), to("a", 9)]))), &to("a", 9));
}

#[test]
fn fields_that_are_not_stored_do_not_decide() {
    let stored = StoredFields(BTreeSet::from([Field::CauseForTerm]));
    let records = calls([lasting(9, 9), lasting(1, 4)]);
    assert_eq!(only_call(&ledger(Admission::Archive, stored, &records)), &lasting(1, 4));
}

#[test]
fn another_time_caller_or_fingerprint_is_another_call() {
    let later = Cdr { at: second(1), ..lasting(1, 0) };
    let other = Cdr { fingerprint: Fingerprint(7), ..lasting(1, 0) };
    let someone = Cdr { calling_number: Number::new("+12025550102"), ..lasting(1, 0) };
    assert_eq!(counts(&in_any_order(&calls([lasting(1, 0), later, other, someone]))), (4, 0, 0));
}

/// A part of the call `reference`, told apart by time and number.
fn part(at: EventTime, number: u32, duration: i64, cause: u16) -> Cdr {
    Cdr {
        fingerprint: Fingerprint::of(&format!("part {number} {at}")),
        part: Some(Part { reference: "switch 1".into(), sequence_number: number }),
        at,
        ..lasting(duration, cause)
    }
}

#[test]
fn parts_are_one_call_with_the_sum_of_durations_and_the_last_cause() {
    let parts = [part(second(0), 1, 10, 1), part(second(10), 2, 20, 2), part(second(30), 3, 5, 0)];
    let ledger = in_any_order(&calls(parts.clone()));
    assert_eq!(counts(&ledger), (1, 0, 2));
    let expected = Cdr { call_duration: Some(Millis(35)), cause_for_term: Some(0), ..parts[0].clone() };
    assert_eq!(only_call(&ledger), &expected);
}

#[test]
fn a_call_of_parts_is_answered_if_any_part_was() {
    let answered = |answers: [Answer; 3]| {
        let parts = (1..4)
            .zip(answers)
            .map(|(number, answer)| Cdr { answer, ..part(second(number), 1 + number as u32 / 2, 1, 1) });
        only_call(&in_any_order(&calls(parts))).answer.is_answered()
    };
    let (yes, no) = (Answer::Answered, Answer::Unanswered);
    assert!(answered([yes, no, no]) && answered([no, yes, no]) && answered([no, no, yes]));
    assert!(answered([no, Answer::AssumedAnswered, Answer::AssumedUnanswered]));
    assert!(!answered([no, no, Answer::AssumedUnanswered]));
}

#[test]
fn a_call_of_parts_has_the_least_time_and_the_lowest_numbers_fingerprint() {
    let (first, second_part) = (part(second(50), 1, 10, 1), part(second(0), 2, 20, 0));
    let ledger = in_any_order(&calls([first.clone(), second_part]));
    assert_eq!((only_call(&ledger).at, only_call(&ledger).fingerprint), (second(0), first.fingerprint));
}

#[test]
fn parts_more_than_a_day_apart_are_two_calls() {
    let apart =
        |gap: Millis| counts(&in_any_order(&calls([part(second(0), 1, 1, 1), part(second(0).plus(gap), 2, 1, 0)])));
    assert_eq!(apart(days(1)), (1, 0, 1));
    assert_eq!(apart(Millis(Millis::DAY.0 + 1)), (2, 0, 0));
}

#[test]
fn a_part_that_lies_between_two_calls_makes_them_one() {
    let at = |days_later: i64| second(0).plus(days(days_later));
    assert_eq!(
        counts(&in_any_order(&calls([part(at(0), 1, 1, 1), part(at(2), 3, 1, 0), part(at(1), 2, 1, 1)]))),
        (1, 0, 2)
    );
}

#[test]
fn a_forked_call_is_one_call_per_called_party() {
    let mut forked = part(second(0), 2, 1, 0);
    forked.called_number = Number::new("b");
    let mut elsewhere = part(second(0), 3, 1, 0);
    elsewhere.part = Some(Part { reference: "switch 2".into(), sequence_number: 3 });
    assert_eq!(counts(&in_any_order(&calls([part(second(0), 1, 1, 1), forked, elsewhere]))), (3, 0, 0));
}

#[test]
fn of_two_parts_with_one_number_the_longer_gives_its_duration() {
    let parts = [part(second(0), 1, 10, 1), part(second(5), 2, 20, 1), part(second(6), 2, 30, 0)];
    let ledger = in_any_order(&calls(parts));
    assert_eq!(counts(&ledger), (1, 0, 2));
    assert_eq!((only_call(&ledger).call_duration, only_call(&ledger).cause_for_term), (Some(Millis(40)), Some(0)));
}

#[test]
fn a_part_read_again_is_a_duplicate() {
    let parts = [part(second(0), 1, 10, 1), part(second(5), 2, 20, 0), part(second(5), 2, 20, 0)];
    let ledger = in_any_order(&calls(parts));
    assert_eq!((counts(&ledger), only_call(&ledger).call_duration), ((1, 1, 1), Some(Millis(30))));
}

/// A leg of the attempt `key`, told apart by its time and phone, that ended so many seconds after it began.
fn leg(key: &str, phone: u32, at: i64, lasted: i64, answer: Answer) -> Cdr {
    Cdr {
        fingerprint: Fingerprint::of(&format!("leg {phone} {at}")),
        leg: Some(Leg { key: Fingerprint::of(key), ended: second(at + lasted) }),
        answer,
        ..call(second(at), "+12025550600")
    }
}

#[test]
fn a_call_that_rings_a_group_is_one_call() {
    let phone = |phone: u32, duration: i64, answer: Answer| Cdr {
        call_duration: Some(Millis(duration)),
        ..leg("17.1", phone, 0, 20, answer)
    };
    let (no, yes) = (Answer::Unanswered, Answer::Answered);
    let ledger = in_any_order(&calls([phone(1, 0, no), phone(2, 0, no), phone(3, 12_000, yes), phone(4, 0, no)]));
    assert_eq!(counts(&ledger), (1, 0, 3));
    let fact = only_call(&ledger);
    assert_eq!((fact.at, fact.call_duration, fact.answer), (second(0), Some(Millis(12_000)), yes));
    let first = (1..=4).map(|phone| Fingerprint::of(&format!("leg {phone} {}", 0))).min();
    assert_eq!(Some(fact.fingerprint), first, "of legs of one time the least fingerprint stands for all");
}

#[test]
fn hunting_through_phones_is_one_call_and_a_redial_another() {
    let no = Answer::Unanswered;
    let hunted = [leg("17.7", 1, 0, 10, no), leg("17.7", 2, 10, 6, no), leg("17.7", 3, 30, 9, no)];
    assert_eq!(counts(&in_any_order(&calls(hunted.clone()))), (1, 0, 2));
    let redialled = hunted.into_iter().chain([leg("17.9", 1, 45, 5, no)]);
    assert_eq!(counts(&in_any_order(&calls(redialled))), (2, 0, 2));
}

#[test]
fn a_leg_that_begins_after_an_answered_one_has_ended_is_another_attempt() {
    let (no, yes) = (Answer::Unanswered, Answer::Answered);
    let after = |begins: i64, answer: Answer| {
        counts(&in_any_order(&calls([leg("k", 1, 0, 20, answer), leg("k", 2, begins, 5, yes)])))
    };
    assert_eq!((after(19, yes), after(20, yes)), ((1, 0, 1), (1, 0, 1)), "also in the very instant of its end");
    assert_eq!((after(21, yes), after(21, no)), ((2, 0, 0), (1, 0, 1)));
}

#[test]
fn the_end_of_an_answered_leg_parts_all_that_began_before_it_from_all_that_begins_after_it() {
    let (no, yes) = (Answer::Unanswered, Answer::Answered);
    // The first answered one ended at 10, the second, which began before that, at 30.
    let legs = [leg("k", 1, 0, 10, yes), leg("k", 2, 5, 25, yes), leg("k", 3, 20, 1, no), leg("k", 4, 40, 1, no)];
    assert_eq!(counts(&in_any_order(&calls(legs))), (3, 0, 1));
}

#[test]
fn legs_to_other_numbers_or_more_than_a_day_apart_are_other_attempts() {
    let no = Answer::Unanswered;
    let one = leg("k", 1, 0, 1, no);
    let day = Millis::DAY.0 / 1000;
    let with = |other: Cdr| counts(&in_any_order(&calls([one.clone(), other])));
    assert_eq!(with(Cdr { called_number: Number::new("+12025550601"), ..leg("k", 2, 1, 1, no) }), (2, 0, 0));
    assert_eq!(with(Cdr { calling_number: Number::new("+12025550102"), ..leg("k", 2, 1, 1, no) }), (2, 0, 0));
    assert_eq!(with(Cdr { leg: None, ..leg("k", 2, 1, 1, no) }), (2, 0, 0));
    assert_eq!((with(leg("k", 2, day, 1, no)), with(leg("k", 2, day + 1, 1, no))), ((1, 0, 1), (2, 0, 0)));
    // One between them joins them.
    assert_eq!(
        counts(&in_any_order(&calls([one.clone(), leg("k", 2, day + 1, 1, no), leg("k", 3, 60, 1, no)]))),
        (1, 0, 2)
    );
}

#[test]
fn parts_are_joined_before_legs() {
    let of = |number: u32, at: i64, lasted: i64| Cdr {
        part: Some(Part { reference: "switch 1".into(), sequence_number: number }),
        cause_for_term: Some(1),
        ..leg("k", number, at, lasted, Answer::Answered)
    };
    // The call of two parts ended with the second, so that what began before is of its attempt.
    let records = [of(1, 0, 100), of(2, 100, 50), leg("k", 9, 120, 1, Answer::Unanswered)];
    let ledger = in_any_order(&calls(records));
    assert_eq!((counts(&ledger), only_call(&ledger).call_duration), ((1, 0, 2), Some(Millis(10_000))));
    let after = [of(1, 0, 100), of(2, 100, 50), leg("k", 9, 151, 1, Answer::Unanswered)];
    assert_eq!(counts(&in_any_order(&calls(after))), (2, 0, 1));
}

#[test]
fn of_two_copies_one_stands_before_legs_are_joined() {
    let (no, yes) = (Answer::Unanswered, Answer::Answered);
    let copy = Cdr { leg: None, ..leg("k", 2, 5, 9, no) };
    // The copy that is no leg has the smaller encoding.
    assert_eq!(counts(&in_any_order(&calls([leg("k", 1, 0, 9, no), leg("k", 2, 5, 9, no), copy]))), (2, 1, 0));
    let longer = Cdr { call_duration: Some(Millis(6_000)), ..leg("k", 2, 5, 9, yes) };
    let ledger = in_any_order(&calls([leg("k", 1, 0, 9, no), leg("k", 2, 5, 9, no), longer]));
    assert_eq!((counts(&ledger), only_call(&ledger).answer), ((1, 1, 1), yes));
}

#[test]
fn the_latest_status_of_a_complaint_stands() {
    let version = |seconds: i64, status: ComplaintStatus| {
        let mut version = complaint(second(0), "a");
        (version.status, version.status_time) = (status, second(seconds));
        version
    };
    let versions = [
        version(0, ComplaintStatus::Alleged),
        version(20, ComplaintStatus::Rejected),
        version(10, ComplaintStatus::Upheld),
        version(20, ComplaintStatus::Upheld),
    ];
    let ledger = in_any_order(&complaints(versions.clone()));
    assert_eq!(counts(&ledger), (1, 1, 2));
    assert_eq!(ledger.facts, [Fact::Complaint(versions[3].clone())], "at equal times the smaller encoding stands");
}

#[test]
fn complaints_of_two_numbers_with_one_id_are_two() {
    let mut other = complaint(second(0), "a");
    other.complained_number = Number::new("+12025550102");
    assert_eq!(counts(&in_any_order(&complaints([complaint(second(0), "a"), other]))), (2, 0, 0));
}

fn live(records: &[Delivered]) -> Vec<(String, u64)> {
    ledger(Admission::Live, StoredFields::all(), records).counts.rejected.into_iter().collect()
}

#[test]
fn a_record_is_too_late_past_the_lateness_alone() {
    let arriving = |arrival: EventTime| live(&[Delivered::call(call(second(0), "a"), arrival)]);
    assert_eq!(arriving(second(0).plus(days(7))), []);
    assert_eq!(arriving(EventTime(second(0).plus(days(7)).0 + 1)), [("too_late".to_owned(), 1)]);
}

#[test]
fn a_record_is_from_the_future_past_the_skew_alone() {
    let arriving = |arrival: EventTime| live(&[Delivered::call(call(second(300), "a"), arrival)]);
    assert_eq!(arriving(second(0)), []);
    assert_eq!(arriving(EventTime(second(0).0 - 1)), [("from_the_future".to_owned(), 1)]);
}

#[test]
fn a_later_status_is_measured_from_its_own_time() {
    let mut upheld = complaint(second(0), "a");
    (upheld.status, upheld.status_time) = (ComplaintStatus::Upheld, second(0).plus(days(20)));
    let first = Delivered::complaint(complaint(second(0), "a"), second(0));
    let later = Delivered::complaint(upheld.clone(), second(0).plus(days(27)));
    let too_late = Delivered::complaint(upheld, EventTime(second(0).plus(days(27)).0 + 1));
    assert_eq!(live(&[first.clone(), later.clone()]), []);
    assert_eq!(live(&[first, too_late]), [("too_late".to_owned(), 1)]);
    assert_eq!(live(&[later]), [("too_late".to_owned(), 1)], "a complaint that is not known is measured as received");
}
