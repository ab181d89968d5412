//! Predicates that some of the generated facts satisfy.

use jiff::civil::{Time, Weekday, time};
use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{ComplaintStatus, EventTime, Millis, Number, RecordType};
use ringfence_rules::{Field, List, ListEntry, Literal, Operand, Operator, Predicate, Stream, Tables, TimeOf};

use super::calls::{CALLED, CALLERS};

/// The lists of generated packs, in the order of their names. `listed` has two called numbers, `cards` two callers, each one for an hour only.
pub(super) fn lists(start: EventTime) -> Tables {
    let for_an_hour = ListEntry { valid_from: start, valid_until: start.plus(Millis::HOUR) };
    let lists = [
        List::new("listed", [(Number::new(CALLED[0]), for_an_hour), (Number::new(CALLED[2]), ListEntry::ALWAYS)]),
        List::new("cards", [(Number::new(CALLERS[0]), ListEntry::ALWAYS), (Number::new(CALLERS[1]), for_an_hour)]),
    ];
    lists.into_iter().collect()
}

/// Only calls of registered cards.
pub(super) fn of_cards() -> Predicate {
    Predicate::InList(Field::CallingNumber, 0)
}

/// A predicate on facts of a stream: mostly one comparison, at times two or a negation.
pub(super) fn predicate(stream: Stream) -> BoxedStrategy<Predicate> {
    let atom = move || match stream {
        Stream::Calls => on_calls().boxed(),
        Stream::Complaints => on_complaints().boxed(),
    };
    prop_oneof![
        6 => atom(),
        1 => atom().prop_map(|part| Predicate::Not(Box::new(part))),
        1 => (atom(), atom()).prop_map(|(a, b)| Predicate::All(vec![a, b])),
        1 => (atom(), atom()).prop_map(|(a, b)| Predicate::Any(vec![a, b])),
    ]
    .boxed()
}

/// A measure's or a rule's own `where`: mostly none.
pub(super) fn filter(stream: Stream) -> BoxedStrategy<Predicate> {
    prop_oneof![3 => Just(Predicate::True), 1 => predicate(stream)].boxed()
}

pub(super) fn operator() -> impl Strategy<Value = Operator> {
    select(vec![
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Equal,
        Operator::NotEqual,
    ])
}

fn on_calls() -> impl Strategy<Value = Predicate> {
    let duration = || Operand::Field(Field::CallDuration);
    let cause = || Operand::Field(Field::CauseForTerm);
    prop_oneof![
        3 => (operator(), durations()).prop_map(move |(operator, limit)| {
            Predicate::Compare(duration(), operator, limit)
        }),
        2 => Just(Predicate::Is(Field::Answered)),
        2 => Just(Predicate::Compare(
            Operand::Field(Field::RecordType),
            Operator::Equal,
            Literal::RecordType(RecordType::MoCall)
        )),
        1 => (durations(), durations()).prop_map(move |(a, b)| Predicate::Between(duration(), a, b)),
        1 => (operator(), 0_i64..5).prop_map(move |(operator, limit)| {
            Predicate::Compare(cause(), operator, Literal::Integer(limit))
        }),
        1 => Just(Predicate::OneOf(cause(), vec![Literal::Integer(3), Literal::Integer(4)])),
        1 => of_type(),
        1 => of_type().prop_map(|predicate| Predicate::Not(Box::new(predicate))),
        1 => called_number(),
        1 => local_time(),
    ]
}

/// About record types; some records have none.
fn of_type() -> impl Strategy<Value = Predicate> {
    let types = || select(vec![RecordType::MoCall, RecordType::IncGateway, RecordType::Other]);
    let literal = || types().prop_map(Literal::RecordType);
    let record_type = || Operand::Field(Field::RecordType);
    prop_oneof![
        (select(vec![Operator::Equal, Operator::NotEqual]), literal())
            .prop_map(move |(operator, literal)| Predicate::Compare(record_type(), operator, literal)),
        prop::collection::vec(literal(), 1..3).prop_map(move |literals| Predicate::OneOf(record_type(), literals)),
    ]
}

fn called_number() -> impl Strategy<Value = Predicate> {
    prop_oneof![
        Just(Predicate::InList(Field::CalledNumber, 1)),
        Just(of_cards()),
        Just(Predicate::StartsWith(Field::CalledNumber, "+1202".into())),
        Just(Predicate::StartsWith(Field::Cell, "cell-1".into())),
        select(&CALLED[..]).prop_map(|number| {
            let number = Literal::Text(number.into());
            Predicate::Compare(Operand::Field(Field::CalledNumber), Operator::NotEqual, number)
        }),
    ]
}

fn local_time() -> impl Strategy<Value = Predicate> {
    let hour = || select(vec![0_i8, 1, 9, 12, 21, 23]).prop_map(|hour| time(hour, 0, 0, 0));
    let of = select(vec![TimeOf::Pack, TimeOf::Pack, TimeOf::Number(Field::CalledNumber)]);
    let between = |(of, first, last): (TimeOf, Time, Time)| {
        Predicate::Between(Operand::Time(of), Literal::Time(first), Literal::Time(last))
    };
    let weekend = Predicate::OneOf(
        Operand::Weekday(TimeOf::Pack),
        vec![Literal::Weekday(Weekday::Saturday), Literal::Weekday(Weekday::Sunday)],
    );
    let country = Operand::Country(Field::CalledNumber);
    let american = Predicate::Compare(country, Operator::Equal, Literal::Text("US".into()));
    prop_oneof![2 => (of, hour(), hour()).prop_map(between), 1 => Just(weekend), 1 => Just(american)]
}

fn on_complaints() -> impl Strategy<Value = Predicate> {
    let delay = Operand::Field(Field::Delay);
    prop_oneof![
        2 => Just(Predicate::Compare(
            Operand::Field(Field::Status),
            Operator::Equal,
            Literal::Status(ComplaintStatus::Upheld)
        )),
        1 => Just(Predicate::Compare(
            Operand::Field(Field::Category),
            Operator::Equal,
            Literal::Text("fraud".into())
        )),
        1 => (operator(), durations()).prop_map(move |(operator, limit)| Predicate::Compare(delay, operator, limit)),
    ]
}

fn durations() -> impl Strategy<Value = Literal> {
    select(vec![0, 1_000, 5_000, 10_000, 60_000]).prop_map(|length| Literal::Duration(Millis(length)))
}
