//! Predicates on one fact.

use jiff::civil::{Time, Weekday, date, time as clock};
use ringfence_cdr::{Cdr, EventTime, Number, NumberPlan};
use ringfence_rules::{Field, List, ListEntry, Literal, Operand, Operator, Predicate, TimeOf, Zone};

use super::build::{call, complaint, pack, second, time};
use crate::Fact;
use crate::predicate::Reader;

fn holds(predicate: &Predicate, fact: &Fact) -> bool {
    let pack = pack(Vec::new());
    Reader { pack: &pack }.holds(predicate, fact)
}

fn called_at(at: &str) -> Fact {
    Fact::Call(call(time(at), "a"))
}

fn negated(predicate: Predicate) -> Predicate {
    Predicate::Not(Box::new(predicate))
}

#[test]
fn every_comparison_with_an_absent_field_is_false_and_its_negation_true() {
    let fact = Fact::Call(call(second(0), "a"));
    let operand = Operand::Field(Field::CauseForTerm);
    let absent = [
        Predicate::Compare(operand, Operator::Equal, Literal::Integer(16)),
        Predicate::Compare(operand, Operator::NotEqual, Literal::Integer(16)),
        Predicate::OneOf(operand, vec![Literal::Integer(16)]),
        Predicate::Between(operand, Literal::Integer(0), Literal::Integer(99)),
        Predicate::StartsWith(Field::Cell, "".into()),
        Predicate::Is(Field::Status),
    ];
    for predicate in absent {
        assert!(!holds(&predicate, &fact), "{predicate:?}");
        assert!(holds(&negated(predicate), &fact));
    }
}

#[test]
fn a_field_of_the_other_stream_is_absent() {
    let complaint = Fact::Complaint(complaint(second(0), "a"));
    let called = Predicate::StartsWith(Field::CalledNumber, "".into());
    assert!(!holds(&called, &complaint));
    assert!(holds(&Predicate::StartsWith(Field::CallingNumber, "+1202".into()), &complaint));
}

#[test]
fn a_range_includes_both_ends() {
    let cause = |cause: u16| Fact::Call(Cdr { cause_for_term: Some(cause), ..call(second(0), "a") });
    let range = Predicate::Between(Operand::Field(Field::CauseForTerm), Literal::Integer(2), Literal::Integer(4));
    assert_eq!([1, 2, 4, 5].map(|number| holds(&range, &cause(number))), [false, true, true, false]);
}

fn between(first: Time, last: Time) -> Predicate {
    Predicate::Between(Operand::Time(TimeOf::Pack), Literal::Time(first), Literal::Time(last))
}

#[test]
fn a_range_of_times_of_day_excludes_its_end() {
    let morning = between(clock(9, 0, 0, 0), clock(12, 0, 0, 0));
    assert!(holds(&morning, &called_at("2026-01-05T09:00:00Z")));
    assert!(holds(&morning, &called_at("2026-01-05T11:59:59.999Z")));
    assert!(!holds(&morning, &called_at("2026-01-05T12:00:00Z")));
}

#[test]
fn a_range_of_times_of_day_may_span_midnight() {
    let night = between(clock(21, 0, 0, 0), clock(9, 0, 0, 0));
    for (at, expected) in
        [("20:59:59", false), ("21:00:00", true), ("00:00:00", true), ("08:59:59", true), ("09:00:00", false)]
    {
        assert_eq!(holds(&night, &called_at(&format!("2026-01-05T{at}Z"))), expected, "{at}");
    }
}

#[test]
fn weekdays_and_dates_are_those_of_the_packs_zone() {
    let mut pack = pack(Vec::new());
    pack.zone = Zone::new("Asia/Shanghai").unwrap();
    let reader = Reader { pack: &pack };
    let tuesday =
        Predicate::Compare(Operand::Weekday(TimeOf::Pack), Operator::Equal, Literal::Weekday(Weekday::Tuesday));
    let sixth = Predicate::OneOf(Operand::Date(TimeOf::Pack), vec![Literal::Date(date(2026, 1, 6))]);
    for predicate in [tuesday, sixth] {
        assert!(!reader.holds(&predicate, &called_at("2026-01-05T15:59:59.999Z")));
        assert!(reader.holds(&predicate, &called_at("2026-01-05T16:00:00Z")));
    }
}

#[test]
fn a_range_of_weekdays_includes_both_ends() {
    let weekend = Predicate::Between(
        Operand::Weekday(TimeOf::Pack),
        Literal::Weekday(Weekday::Saturday),
        Literal::Weekday(Weekday::Sunday),
    );
    let held = [9, 10, 11, 12].map(|day| holds(&weekend, &called_at(&format!("2026-01-{day:02}T12:00:00Z"))));
    assert_eq!(held, [false, true, true, false]);
}

#[test]
fn with_several_zones_a_predicate_must_hold_in_each() {
    let plan = NumberPlan::with_prefixes("1202|America/New_York&America/Los_Angeles").unwrap();
    let mut pack = pack(Vec::new());
    pack.plan = plan.into();
    let reader = Reader { pack: &pack };
    let called = |at: &str, number: &str| Fact::Call(call(time(at), number));
    let daytime = Predicate::Between(
        Operand::Time(TimeOf::Number(Field::CalledNumber)),
        Literal::Time(clock(9, 0, 0, 0)),
        Literal::Time(clock(21, 0, 0, 0)),
    );
    // 15:00 UTC is 10:00 in New York and 07:00 in Los Angeles.
    assert!(!reader.holds(&daytime, &called("2026-01-05T15:00:00Z", "+12025550100")));
    assert!(reader.holds(&daytime, &called("2026-01-05T17:00:00Z", "+12025550100")));
    assert!(!reader.holds(&daytime, &called("2026-01-05T17:00:00Z", "anon")), "a number without a place has no time");
}

#[test]
fn a_number_without_a_country_satisfies_no_comparison_of_countries() {
    let pack = pack(Vec::new());
    let reader = Reader { pack: &pack };
    let country = Operand::Country(Field::CalledNumber);
    let abroad = Predicate::Compare(country, Operator::NotEqual, Literal::Text("DE".into()));
    assert!(reader.holds(&abroad, &Fact::Call(call(second(0), "+12025550100"))));
    assert!(!reader.holds(&abroad, &Fact::Call(call(second(0), "anon"))));
}

#[test]
fn a_list_is_looked_up_as_of_the_time_of_the_call() {
    let entry = |from: EventTime, until: EventTime| ListEntry { valid_from: from, valid_until: until };
    let list = List::new("emergency", [(Number::new("112"), entry(second(10), second(20)))]);
    let mut pack = pack(Vec::new());
    pack.lists = vec![list.name.clone()];
    pack.tables.put(list.into());
    let reader = Reader { pack: &pack };
    let listed = |at: EventTime, called: &str| {
        reader.holds(&Predicate::InList(Field::CalledNumber, 0), &Fact::Call(call(at, called)))
    };
    assert!(!listed(EventTime(second(10).0 - 1), "112"));
    assert!(listed(second(10), "112") && listed(EventTime(second(20).0 - 1), "112"));
    assert!(!listed(second(20), "112") && !listed(second(10), "110"));
}

#[test]
fn an_end_in_time_is_excluded() {
    let before = Predicate::Before(second(10));
    assert!(holds(&before, &Fact::Call(call(EventTime(second(10).0 - 1), "a"))));
    assert!(!holds(&before, &Fact::Call(call(second(10), "a"))));
}
