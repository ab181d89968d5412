//! Small adversarial worlds: random rules and random records that meet their edges.
//!
//! Times cluster on few instants, windows are as long as the distances between them, limits lie where the values do,
//! so that ties, exact window edges and changes of clocks occur in nearly every world.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use ringfence_cdr::{
    Answer, Cdr, Complaint, ComplaintStatus, Details, EventTime, Fingerprint, Millis, Number, Part, RecordType, Served,
};
use ringfence_rules::{
    Aggregate, CalendarUnit, Comparison, Condition, ContentHash, Escalation, Expression, Field, Fraction, Horizon, Key,
    Ladder, LadderSubject, Let, List, ListEntry, Literal, Measure, MeasureId, Mode, Operand, Operator, Pack,
    PackIdentity, Predicate, Rule, Sanction, Service, Severity, Step, Stream, Strikes, TimeOf, Unit, Window, Zone,
};

use ringfence_oracle::{Delivered, Record};

/// A pack and records to judge by it, in order of arrival.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// The rules.
    pub(crate) pack: Pack,
    /// The records; their arrivals rise.
    pub(crate) records: Vec<Delivered>,
}

/// Where clocks change at or near midnight, or days are odd in another way, with an instant shortly before.
const ODD_DAYS: [(&str, i64); 6] = [
    ("Asia/Shanghai", 1_767_196_800_000),
    ("Europe/Berlin", 1_774_745_000_000),
    ("America/St_Johns", 1_162_090_000_000),
    ("America/Sao_Paulo", 1_541_300_000_000),
    ("Pacific/Apia", 1_325_200_000_000),
    ("Asia/Beirut", 1_711_800_000_000),
];

/// A world of one to three rules.
pub(crate) fn world() -> impl Strategy<Value = World> {
    (0..ODD_DAYS.len()).prop_flat_map(|odd| {
        let (zone, base) = ODD_DAYS[odd];
        (pack(zone), vec(record(base), 1..50)).prop_map(move |(pack, mut records)| {
            let mut arrival = EventTime::MIN;
            records.sort_by_key(|record| record.arrival);
            for record in &mut records {
                arrival = arrival.max(record.arrival);
                record.arrival = arrival;
            }
            World { pack, records }
        })
    })
}

fn pack(zone: &'static str) -> impl Strategy<Value = Pack> {
    (vec(rule(zone), 1..4), ladder()).prop_map(move |(rules, ladder)| {
        let rules = rules.into_iter().enumerate().map(|(at, rule)| Rule {
            name: format!("rule-{at}").into(),
            hash: ContentHash::of(format!("rule {at}").as_bytes()),
            ..rule
        });
        let listed = ListEntry { valid_from: EventTime::MIN, valid_until: EventTime::MAX };
        Pack {
            identity: PackIdentity { name: "world".into(), version: "1".into(), hash: ContentHash::of(b"world") },
            title: "A small world".into(),
            zone: Zone::new(zone).unwrap_or_else(Zone::utc),
            country: None,
            plan: std::sync::Arc::default(),
            lateness: Pack::LATENESS_DEFAULT,
            skew: Pack::SKEW_DEFAULT,
            horizon: Horizon::default(),
            ladders: vec![ladder],
            lists: vec![List::new("listed", [(number(0), listed), (number(3), listed)])],
            rules: rules.collect(),
        }
    })
}

fn ladder() -> impl Strategy<Value = Ladder> {
    let hours = prop_oneof![Just(5i64), Just(20), Just(48)];
    (any::<bool>(), option::of(hours.clone()), option::of(hours.clone()), hours).prop_map(
        |(fresh, again, exit, over)| {
            let suspend = |seconds: i64| Sanction::Suspend {
                services: vec![Service::Outgoing],
                duration: Millis(seconds * 1000),
            };
            Ladder {
                name: "ladder".into(),
                subject: LadderSubject::Card,
                strikes: Strikes {
                    over: Millis(over * Millis::HOUR.0),
                    again: again.map(|hours| Millis(hours * 1000)),
                },
                fresh,
                steps: vec![
                    Step { at: 1, sanction: Sanction::Warn },
                    Step { at: 2, sanction: suspend(7) },
                    Step { at: 3, sanction: suspend(21_600) },
                ],
                exit_clean: exit.map(|hours| Millis(hours * Millis::HOUR.0)),
            }
        },
    )
}

fn rule(zone: &'static str) -> impl Strategy<Value = Rule> {
    let measures = (measure(zone, true), vec(measure(zone, false), 0..3));
    let keep = prop_oneof![3 => Just(0i64), 1 => Just(1), 1 => Just(1000), 1 => Just(5000), 1 => Just(21_600_000)];
    let rest = (any::<bool>(), option::weighted(0.5, predicate()), keep, option::weighted(0.7, Just(0usize)));
    let conditions = (1..4i64, operator(true), vec(condition(), 0..3), option::of(condition()), effective());
    (measures, rest, conditions).prop_map(|((first, others), (pair, counted, keep, ladder), conditions)| {
        let (gate, operator, extra, escalate, (from, until)) = conditions;
        let key = if pair { Key::Pair } else { Key::CallingNumber };
        let mut measures = vec![first];
        measures.extend(others);
        if pair {
            measures.retain(|measure| measure.stream == Stream::Calls);
            if measures.is_empty() {
                measures.push(plain(Stream::Calls, Aggregate::Count, Window::Sliding(Millis(5000))));
            }
        }
        let count = measures.len();
        let mut when = vec![compare(Expression::Measure(MeasureId(0)), operator, Fraction::whole(gate))];
        when.extend(extra.into_iter().map(|condition| within(condition, count)));
        let lets = (0..count).map(|at| Let {
            name: format!("let{at}").into(),
            expression: Expression::Measure(MeasureId(at)),
            unit: Unit::Number,
        });
        Rule {
            name: "rule".into(),
            title: "A rule".into(),
            basis: "none".into(),
            hash: ContentHash::of(b"rule"),
            mode: Mode::Enforce,
            effective_from: from,
            effective_until: until,
            key,
            counted: counted.unwrap_or(Predicate::True),
            lets: lets.collect(),
            measures,
            when: Condition::All(when),
            keep: Millis(keep),
            severity: Severity::Warning,
            escalate: escalate
                .into_iter()
                .map(|when| Escalation { severity: Severity::Critical, when: within(when, count) })
                .collect(),
            ladder,
            say: None,
        }
    })
}

fn effective() -> impl Strategy<Value = (Option<EventTime>, Option<EventTime>)> {
    prop_oneof![
        6 => Just((None, None)),
        1 => (0..ODD_DAYS.len(), offset()).prop_map(|(odd, offset)| (Some(EventTime(ODD_DAYS[odd].1 + offset)), None)),
        1 => (0..ODD_DAYS.len(), offset()).prop_map(|(odd, offset)| (None, Some(EventTime(ODD_DAYS[odd].1 + offset)))),
    ]
}

/// A measure; the one that gates the rule counts, so that the rule never holds for a silent key.
fn measure(zone: &'static str, gates: bool) -> impl Strategy<Value = Measure> {
    let counting = prop_oneof![
        3 => Just(Aggregate::Count),
        2 => Just(Aggregate::Distinct(Field::CalledNumber)),
        1 => Just(Aggregate::Top(Field::CalledNumber)),
        1 => prop_oneof![Just(1000i64), Just(5000), Just(86_400_000)]
            .prop_map(|before| Aggregate::Unseen(Field::CalledNumber, Millis(before))),
    ];
    let other = prop_oneof![
        Just(Aggregate::Sum(Field::CallDuration)),
        Just(Aggregate::Mean(Field::CallDuration)),
        Just(Aggregate::Min(Field::CallDuration)),
        Just(Aggregate::Max(Field::CallDuration)),
        predicate().prop_map(Aggregate::Share),
        predicate().prop_map(Aggregate::Elapsed),
        Just(Aggregate::Gap),
    ];
    let aggregate = if gates { counting.boxed() } else { prop_oneof![counting, other].boxed() };
    let stream = prop_oneof![4 => Just(Stream::Calls), 1 => Just(Stream::Complaints)];
    (stream, aggregate, option::weighted(0.4, predicate()), window(zone)).prop_map(
        |(stream, aggregate, filter, window)| {
            let of_calls = stream == Stream::Calls;
            let (aggregate, filter) = if of_calls {
                (aggregate, filter.unwrap_or(Predicate::True))
            } else {
                let upheld = Predicate::Compare(
                    Operand::Field(Field::Status),
                    Operator::Equal,
                    Literal::Status(ComplaintStatus::Upheld),
                );
                (of_complaints(aggregate, &upheld), if filter.is_some() { upheld } else { Predicate::True })
            };
            Measure { filter, ..plain(stream, aggregate, window) }
        },
    )
}

/// The same aggregate over a field that complaints have.
fn of_complaints(aggregate: Aggregate, predicate: &Predicate) -> Aggregate {
    match aggregate {
        Aggregate::Count => Aggregate::Count,
        Aggregate::Gap => Aggregate::Gap,
        Aggregate::Distinct(_) => Aggregate::Distinct(Field::Complainant),
        Aggregate::Top(_) => Aggregate::Top(Field::Complainant),
        Aggregate::Unseen(_, before) => Aggregate::Unseen(Field::Complainant, before),
        Aggregate::Sum(_) => Aggregate::Sum(Field::Delay),
        Aggregate::Mean(_) => Aggregate::Mean(Field::Delay),
        Aggregate::Min(_) => Aggregate::Min(Field::Delay),
        Aggregate::Max(_) => Aggregate::Max(Field::Delay),
        Aggregate::Share(_) => Aggregate::Share(predicate.clone()),
        Aggregate::Elapsed(_) => Aggregate::Elapsed(predicate.clone()),
    }
}

fn plain(stream: Stream, aggregate: Aggregate, window: Window) -> Measure {
    Measure { stream, aggregate, filter: Predicate::True, window, text: "a measure".into() }
}

fn window(zone: &'static str) -> impl Strategy<Value = Window> {
    let length = prop_oneof![Just(1000i64), Just(5000), Just(10_000), Just(21_600_000), Just(86_400_000)];
    let unit = prop_oneof![Just(CalendarUnit::Day), Just(CalendarUnit::Week), Just(CalendarUnit::Month)];
    prop_oneof![
        5 => length.clone().prop_map(|length| Window::Sliding(Millis(length))),
        2 => unit.prop_map(move |unit| Window::Calendar(unit, Zone::new(zone).unwrap_or_else(Zone::utc))),
        2 => length.prop_map(|length| Window::Anchored(Millis(length))),
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let plain = prop_oneof![
        Just(Predicate::Is(Field::Answered)),
        Just(Predicate::Compare(Operand::Field(Field::CallDuration), Operator::Less, Literal::Duration(Millis(3000)))),
        Just(Predicate::Compare(
            Operand::Field(Field::RecordType),
            Operator::Equal,
            Literal::RecordType(RecordType::MoCall)
        )),
        Just(Predicate::Compare(Operand::Field(Field::CauseForTerm), Operator::NotEqual, Literal::Integer(4))),
        Just(Predicate::OneOf(
            Operand::Field(Field::CalledNumber),
            vec![Literal::Text(number(10).to_string().into()), Literal::Text(number(11).to_string().into())]
        )),
        Just(Predicate::InList(Field::CallingNumber, 0)),
        Just(Predicate::Between(
            Operand::Time(TimeOf::Pack),
            Literal::Time(jiff::civil::time(21, 0, 0, 0)),
            Literal::Time(jiff::civil::time(9, 0, 0, 0))
        )),
        Just(Predicate::StartsWith(Field::CalledNumber, "+8619000000010".into())),
    ];
    let leaf = plain.clone();
    prop_oneof![
        4 => plain,
        1 => leaf.clone().prop_map(|part| Predicate::Not(Box::new(part))),
        1 => (leaf.clone(), leaf.clone()).prop_map(|(a, b)| Predicate::Any(vec![a, b])),
        1 => (leaf.clone(), leaf).prop_map(|(a, b)| Predicate::All(vec![a, b])),
    ]
}

fn operator(raising: bool) -> impl Strategy<Value = Operator> {
    if raising {
        prop_oneof![Just(Operator::Greater), Just(Operator::GreaterOrEqual)].boxed()
    } else {
        prop_oneof![
            Just(Operator::Greater),
            Just(Operator::GreaterOrEqual),
            Just(Operator::Less),
            Just(Operator::LessOrEqual),
            Just(Operator::Equal),
            Just(Operator::NotEqual)
        ]
        .boxed()
    }
}

/// A condition over measures by number; numbers beyond those of the rule are wrapped around later.
fn condition() -> impl Strategy<Value = Condition> {
    let limit = prop_oneof![
        (0..4i64).prop_map(Fraction::whole),
        Just(Fraction::ratio(1, 2).unwrap_or(Fraction::ZERO)),
        Just(Fraction::whole(2000)),
    ];
    let expression = prop_oneof![
        4 => (0..4usize).prop_map(|at| Expression::Measure(MeasureId(at))),
        1 => (0..4usize, 0..4usize).prop_map(|(a, b)| {
            Expression::Divide(Box::new(Expression::Measure(MeasureId(a))), Box::new(Expression::Measure(MeasureId(b))))
        }),
        1 => (0..4usize, 0..4usize).prop_map(|(a, b)| {
            Expression::Subtract(Box::new(Expression::Measure(MeasureId(a))), Box::new(Expression::Measure(MeasureId(b))))
        }),
    ];
    let comparison =
        (expression, operator(false), limit).prop_map(|(left, operator, limit)| compare(left, operator, limit)).boxed();
    let leaf = comparison.clone();
    prop_oneof![
        4 => comparison,
        1 => leaf.clone().prop_map(|part| Condition::Not(Box::new(part))),
        1 => (leaf.clone(), leaf).prop_map(|(a, b)| Condition::Any(vec![a, b])),
    ]
}

fn compare(left: Expression, operator: Operator, limit: Fraction) -> Condition {
    Condition::Compare(Comparison {
        left,
        operator,
        right: Expression::Constant(limit),
        unit: Unit::Number,
        left_text: "left".into(),
        text: "left op right".into(),
    })
}

/// The same condition over the measures that there are.
fn within(condition: Condition, count: usize) -> Condition {
    match condition {
        Condition::All(parts) => Condition::All(parts.into_iter().map(|part| within(part, count)).collect()),
        Condition::Any(parts) => Condition::Any(parts.into_iter().map(|part| within(part, count)).collect()),
        Condition::Not(part) => Condition::Not(Box::new(within(*part, count))),
        Condition::Compare(comparison) => {
            Condition::Compare(Comparison { left: expression_within(comparison.left, count), ..comparison })
        }
    }
}

fn expression_within(expression: Expression, count: usize) -> Expression {
    let inner = |part: Box<Expression>| Box::new(expression_within(*part, count));
    match expression {
        Expression::Measure(id) => Expression::Measure(MeasureId(id.0 % count)),
        Expression::Constant(constant) => Expression::Constant(constant),
        Expression::Add(a, b) => Expression::Add(inner(a), inner(b)),
        Expression::Subtract(a, b) => Expression::Subtract(inner(a), inner(b)),
        Expression::Multiply(a, b) => Expression::Multiply(inner(a), inner(b)),
        Expression::Divide(a, b) => Expression::Divide(inner(a), inner(b)),
    }
}

fn number(at: usize) -> Number {
    Number::new(&format!("+8619000000{at:03}"))
}

/// A distance from the base of the world: few instants, many of them the same, some hours or days apart.
fn offset() -> impl Strategy<Value = i64> {
    let near = prop_oneof![(0..12i64).prop_map(|s| s * 1000), (0..24i64).prop_map(|h| h * 500)];
    let far = prop_oneof![4 => Just(0i64), 3 => (0..9i64).prop_map(|quarter| quarter * 21_600_000)];
    (near, far).prop_map(|(near, far)| near + far)
}

fn record(base: i64) -> impl Strategy<Value = Delivered> {
    let delay = prop_oneof![3 => Just(0i64), 2 => 0..3000i64, 1 => 0..90_000_000i64];
    let record = prop_oneof![
        6 => call(base).prop_map(Record::Call),
        1 => complaint(base).prop_map(Record::Complaint),
    ];
    (record, delay).prop_map(|(record, delay)| {
        let mut delivered = Delivered { record, arrival: EventTime(0) };
        delivered.arrival = delivered.at().plus(Millis(delay));
        delivered
    })
}

fn call(base: i64) -> impl Strategy<Value = Cdr> {
    let duration = option::weighted(0.9, prop_oneof![(0..6i64).prop_map(|s| s * 1000), Just(2500i64)]);
    let part = option::weighted(0.15, (0..2usize, 1..4u32));
    let kind = prop_oneof![5 => Just(RecordType::MoCall), 1 => Just(RecordType::IncGateway)];
    let cause = option::of(prop_oneof![Just(0u16), Just(4)]);
    (offset(), 0..3usize, 0..4usize, 0..400u32, duration, (any::<bool>(), kind, cause), part).prop_map(
        move |(offset, calling, called, id, call_duration, (answered, record_type, cause_for_term), part)| Cdr {
            // Ids of parts meet only within a call, as a switch gives them.
            fingerprint: Fingerprint(match part {
                Some((reference, number)) => {
                    10_000 + reference as u32 * 1000 + called as u32 * 100 + number * 10 + id % 2
                }
                None => id % 60,
            }),
            record_type,
            calling_number: number(calling),
            called_number: number(10 + called),
            at: EventTime(base + offset),
            arrival: None,
            call_duration: call_duration.map(Millis),
            answer: if answered { Answer::Answered } else { Answer::Unanswered },
            cause_for_term,
            diagnostics: None,
            served: if record_type == RecordType::MoCall { Served::Yes } else { Served::No },
            part: part.map(|(reference, sequence_number)| Part {
                reference: format!("switch-{reference}").into(),
                sequence_number,
            }),
            details: Details::default(),
        },
    )
}

fn complaint(base: i64) -> impl Strategy<Value = Complaint> {
    let status = prop_oneof![
        3 => Just(ComplaintStatus::Alleged),
        2 => Just(ComplaintStatus::Upheld),
        1 => Just(ComplaintStatus::Rejected),
        1 => Just(ComplaintStatus::Withdrawn),
    ];
    (offset(), 0..3usize, option::of(0..3usize), 0..8u32, status, 0..3i64, option::of(0..5i64)).prop_map(
        move |(offset, complained, complainant, id, status, version, delay)| {
            let at = EventTime(base + offset);
            Complaint {
                fingerprint: Fingerprint(id),
                complained_number: number(complained),
                complainant: complainant.map(|at| number(20 + at)),
                at,
                arrival: None,
                call_time: delay.map(|delay| at.minus(Millis(delay * 1000))),
                category: None,
                channel: None,
                status,
                status_time: EventTime(base + version * 1000),
            }
        },
    )
}
