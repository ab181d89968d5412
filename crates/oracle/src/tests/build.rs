//! Short forms for rules, packs and records of tests.

use ringfence_cdr::{
    Answer, Cdr, Complaint, Details, EventTime, Fingerprint, Millis, Number, RecordType, Served, Treatments,
};
use ringfence_rules::{
    Aggregate, Comparison, Condition, ContentHash, Expression, Fraction, Horizon, Key, Let, Measure, MeasureId, Mode,
    Operator, Pack, PackIdentity, Predicate, Rule, Severity, Stream, Tables, Unit, Window, Zone,
};

use crate::PackWithLists;
use crate::{Delivered, Exact, JudgedKey, Ledger, Options, Oracle};

pub(super) const CALLER: &str = "+12025550101";

pub(super) fn time(text: &str) -> EventTime {
    EventTime::from(text.parse::<jiff::Timestamp>().unwrap())
}

/// Seconds after Monday 2026-01-05, 09:00 UTC.
pub(super) fn second(seconds: i64) -> EventTime {
    time("2026-01-05T09:00:00Z").plus(Millis(seconds * 1_000))
}

pub(super) fn minutes(count: i64) -> Millis {
    Millis(count * Millis::MINUTE.0)
}

pub(super) fn hours(count: i64) -> Millis {
    Millis(count * Millis::HOUR.0)
}

pub(super) fn days(count: i64) -> Millis {
    Millis(count * Millis::DAY.0)
}

/// A served call of 5 s by the caller, told apart by time and called number.
pub(super) fn call(at: EventTime, called: &str) -> Cdr {
    Cdr {
        fingerprint: Fingerprint::of(&format!("{called} {at}")),
        record_type: Some(RecordType::MoCall),
        calling_number: Number::new(CALLER),
        called_number: Number::new(called),
        at,
        arrival: None,
        call_duration: Some(Millis(5_000)),
        answer: Answer::Answered,
        cause_for_term: None,
        diagnostics: None,
        served: Served::Yes,
        part: None,
        leg: None,
        details: Details::default(),
        treatments: Treatments::default(),
    }
}

/// A complaint against the caller, alleged when it was received.
pub(super) fn complaint(at: EventTime, id: &str) -> Complaint {
    Complaint::alleged(Fingerprint::of(id), Number::new(CALLER), at)
}

pub(super) fn calls(calls: impl IntoIterator<Item = Cdr>) -> Vec<Delivered> {
    calls.into_iter().map(|call| Delivered::call(call.clone(), call.at)).collect()
}

pub(super) fn complaints(complaints: impl IntoIterator<Item = Complaint>) -> Vec<Delivered> {
    complaints.into_iter().map(|complaint| Delivered::complaint(complaint.clone(), complaint.at)).collect()
}

/// One call at each of these seconds, each to another number.
pub(super) fn calls_at(seconds: &[i64]) -> Vec<Delivered> {
    calls(seconds.iter().enumerate().map(|(at, seconds)| call(second(*seconds), &format!("n{at}"))))
}

pub(super) fn over(aggregate: Aggregate, window: Window) -> Measure {
    Measure { stream: Stream::Calls, aggregate, filter: Predicate::True, window, text: "measure".into() }
}

pub(super) fn count(window: Window) -> Measure {
    over(Aggregate::Count, window)
}

pub(super) fn of_complaints(measure: Measure) -> Measure {
    Measure { stream: Stream::Complaints, ..measure }
}

pub(super) fn compare(measure: usize, operator: Operator, limit: i64) -> Condition {
    compare_with(measure, operator, Fraction::whole(limit), Unit::Number)
}

pub(super) fn compare_with(measure: usize, operator: Operator, limit: Fraction, unit: Unit) -> Condition {
    Condition::Compare(Comparison {
        left: Expression::Measure(MeasureId(measure)),
        operator,
        right: Expression::Constant(limit),
        unit,
        left_text: format!("m{measure}").into(),
        text: format!("m{measure} {} {limit}", operator.name()).into(),
    })
}

/// A rule with a `let` for every measure, named `m0`, `m1`, ...
pub(super) fn rule(name: &str, measures: Vec<Measure>, when: Condition) -> Rule {
    let lets = (0..measures.len())
        .map(|at| Let {
            name: format!("m{at}").into(),
            expression: Expression::Measure(MeasureId(at)),
            unit: Unit::Number,
        })
        .collect();
    Rule {
        name: name.into(),
        title: name.into(),
        basis: "test".into(),
        hash: ContentHash::of(name.as_bytes()),
        mode: Mode::Enforce,
        effective_from: None,
        effective_until: None,
        key: Key::CallingNumber,
        counted: Predicate::True,
        measures,
        lets,
        when,
        keep: Millis::ZERO,
        severity: Severity::Warning,
        escalate: Vec::new(),
        ladder: None,
        say: None,
    }
}

/// At least `limit` calls in a sliding window.
pub(super) fn busy(window: Millis, limit: i64) -> Rule {
    rule("busy", vec![count(Window::Sliding(window))], compare(0, Operator::GreaterOrEqual, limit))
}

pub(super) fn pack(rules: Vec<Rule>) -> PackWithLists {
    let pack = Pack {
        identity: PackIdentity { name: "test".into(), version: "1".into(), hash: ContentHash::of(b"test") },
        title: "test".into(),
        zone: Zone::utc(),
        country: None,
        plan: std::sync::Arc::default(),
        lateness: Pack::LATENESS_DEFAULT,
        skew: Pack::SKEW_DEFAULT,
        horizon: Horizon::default(),
        ladders: Vec::new(),
        lists: Vec::new(),
        rules,
    };
    PackWithLists { pack, tables: Tables::none() }
}

pub(super) fn archive(pack: &PackWithLists, records: &[Delivered]) -> Ledger {
    Oracle::new(pack, Options::archive(pack)).facts(records)
}

pub(super) fn caller() -> JudgedKey {
    JudgedKey::Number(Number::new(CALLER))
}

/// The value of a measure over the caller's records at an instant, `None` where it is undefined.
pub(super) fn value(measure: Measure, records: &[Delivered], t: EventTime) -> Option<String> {
    let pack = pack(vec![rule("measured", vec![measure], Condition::All(Vec::new()))]);
    let oracle = Oracle::new(&pack, Options::archive(&pack));
    let rule = &pack.rules[0];
    let value = oracle.measure(&oracle.facts(records), rule, &caller(), &rule.measures[0], t);
    Exact::of(value).map(|exact| exact.0)
}
