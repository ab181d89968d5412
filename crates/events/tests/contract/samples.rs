//! Any event that there can be.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{EventTime, Fingerprint, Number, Reject, RejectCode};
use ringfence_events::{
    ActAction, CardStatus, Clause, DeadLetter, Event, Evidence, EvidenceRecord, ImposedStatus, KeyName, LadderStatus,
    Mode, Operator, Quantity, RuleReference, Scope, Service, Severity, Status, StrikeStatus, Suspension, Violation,
    WholeValue,
};

/// A letter that does not show what it holds.
#[derive(Debug)]
pub(crate) struct Letter(pub(crate) DeadLetter);

pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        violation().prop_map(Event::from),
        suspension().prop_map(Event::from),
        card_status().prop_map(Event::from)
    ]
}

/// From the year 0 on, as far as a time has four digits.
fn time() -> impl Strategy<Value = EventTime> {
    (-62_135_596_800_000..253_402_207_200_000_i64).prop_map(EventTime)
}

fn hexadecimal(digits: usize) -> impl Strategy<Value = String> {
    vec(select(b"0123456789abcdef".as_slice()), digits).prop_map(|digits| digits.into_iter().map(char::from).collect())
}

fn number() -> impl Strategy<Value = Number> {
    "\\+[1-9][0-9]{4,14}|[0-9]{3,6}|[a-z\"\\\\ é]{1,20}".prop_map(|text| Number::new(&text))
}

fn text() -> impl Strategy<Value = Box<str>> {
    "[ -~é\n\"]{0,20}".prop_map(String::into_boxed_str)
}

fn quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![
        (any::<i64>(), 1..1_000_i64).prop_map(|(n, d)| Quantity::fraction(n.into(), d.into())),
        (0..2_000_i64, 0..1_000_i64).prop_map(|(n, d)| Quantity::fraction(n.into(), d.into())),
        any::<i64>().prop_map(Quantity::Integer),
    ]
}

fn clause() -> impl Strategy<Value = Clause> {
    (text(), quantity(), select(Operator::ALL.as_slice()), quantity(), time(), time())
        .prop_map(|(measure, value, operator, limit, from, to)| Clause { measure, value, operator, limit, from, to })
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let record = (time(), any::<u32>())
        .prop_map(|(at, fingerprint)| EvidenceRecord { at, fingerprint: Fingerprint(fingerprint) });
    let named = vec(record, 0..4).prop_map(|records| (Some(records), None));
    let told_before = any::<u32>().prop_map(|since| (None, Some(since)));
    (prop_oneof![named, told_before], hexadecimal(64), any::<u64>())
        .prop_map(|((records, since), digest, total)| Evidence { records, since, digest, total })
}

fn rule() -> impl Strategy<Value = RuleReference> {
    (text(), text(), hexadecimal(64), select(Mode::ALL.as_slice()))
        .prop_map(|(id, version, hash, mode)| RuleReference { id, version, hash, mode })
}

fn key() -> impl Strategy<Value = KeyName> {
    prop_oneof![
        number().prop_map(KeyName::Number),
        (number(), number()).prop_map(|(calling, called)| KeyName::Pair(calling, called))
    ]
}

fn peak() -> impl Strategy<Value = Vec<(Box<str>, Quantity)>> {
    let names = ["short", "calls", "callees"].map(Box::from);
    vec(quantity(), 0..=3).prop_map(move |values| names.clone().into_iter().zip(values).collect())
}

pub(crate) fn violation() -> impl Strategy<Value = Violation> {
    let who = (hexadecimal(32), any::<u32>(), rule(), select(Scope::ALL.as_slice()), key());
    let what = (select(Status::ALL.as_slice()), select(Severity::ALL.as_slice()), vec(clause(), 0..3), evidence());
    let when = (time(), time(), time(), option::of(time()));
    let said = (any::<u64>(), peak(), any::<(bool, bool, bool)>(), text());
    let ids = (option::of(hexadecimal(32)), option::of(hexadecimal(32)));
    (who, what, when, said, ids).prop_map(|(who, what, when, said, (replaced_by, replaces))| {
        let (id, revision, rule, scope, key) = who;
        let (status, severity, clauses, evidence) = what;
        let (opened_at, last_at, updated_at, closed_at) = when;
        let (matches, peak, (data_complete, late, approximate), reason) = said;
        let reason = reason.into();
        Violation {
            id,
            revision,
            rule,
            scope,
            key,
            status,
            severity,
            opened_at,
            last_at,
            updated_at,
            closed_at,
            clauses,
            evidence,
            matches,
            peak,
            data_complete,
            late,
            approximate,
            replaced_by,
            replaces,
            reason,
        }
    })
}

fn suspension() -> impl Strategy<Value = Suspension> {
    let what =
        (hexadecimal(32), number(), select(ActAction::ALL.as_slice()), vec(select(Service::ALL.as_slice()), 0..3));
    let when = (time(), option::of(time()));
    let why = (text(), text(), any::<u32>(), hexadecimal(32), any::<u64>(), text());
    (what, when, why).prop_map(|((id, card, action, services), (not_before, expires_at), why)| {
        let (legal_basis, ladder, strike, violation, sequence, reason) = why;
        let reason = reason.into();
        Suspension {
            id,
            card,
            action,
            services,
            not_before,
            expires_at,
            legal_basis,
            ladder,
            strike,
            violation,
            sequence,
            reason,
        }
    })
}

fn card_status() -> impl Strategy<Value = CardStatus> {
    let action = || select(ActAction::ALL.as_slice());
    let strike = (time(), text(), hexadecimal(32), any::<u32>(), option::of(action()), time()).prop_map(
        |(at, rule, violation, count, due, due_until)| StrikeStatus { at, rule, violation, count, due, due_until },
    );
    let imposed = (action(), time(), time()).prop_map(|(action, since, until)| ImposedStatus { action, since, until });
    let ladder = (text(), vec(strike, 0..3), any::<bool>(), option::of(imposed));
    let ladder = ladder.prop_map(|(ladder, strikes, approximate, imposed)| LadderStatus {
        ladder,
        strikes,
        approximate,
        imposed,
    });
    (number(), any::<u64>(), vec(ladder, 0..3)).prop_map(|(card, sequence, ladders)| CardStatus {
        card,
        sequence,
        ladders,
    })
}

pub(crate) fn letter() -> impl Strategy<Value = Letter> {
    let place = ("[a-z.]{1,20}", 0..64, 0..i64::MAX, option::of(any::<u32>()), option::of(any::<i64>()));
    let cut = (hexadecimal(64), any::<usize>()).prop_map(|(sha256, length)| WholeValue { sha256, length });
    let why = (select(RejectCode::ALL), "[ -~]{0,40}", option::of(cut), option::of(any::<usize>()));
    (place, why).prop_map(|((topic, partition, offset, ordinal, timestamp), (code, detail, cut, headers_left_out))| {
        let reject = Reject::new(code, detail);
        Letter(DeadLetter { topic, partition, offset, ordinal, timestamp, reject, cut, headers_left_out })
    })
}
