//! What a record does not say is absent: it equals nothing and differs from nothing.

use ringfence_cdr::{Cdr, Millis, RecordType, Served};

use crate::found::{WARN, call, pack, slice, tick};
use crate::run::Run;
use crate::steps::LIVE;

/// The rules, of those given by measure and limit, that calls of these types break.
fn broken(rules: &[(&str, &str)], types: &[Option<RecordType>]) -> Vec<usize> {
    let named: Vec<(String, &str, &str)> =
        rules.iter().enumerate().map(|(at, (measure, when))| (format!("rule-{at}"), *measure, *when)).collect();
    let rules: Vec<(&str, &str, &str)> = named.iter().map(|(name, measure, when)| (&**name, *measure, *when)).collect();
    let calls = (0..).zip(types).map(|(id, record_type)| {
        let after = Millis(i64::from(id) * 1000);
        (Cdr { record_type: *record_type, served: Served::No, ..call(id, after) }, after)
    });
    let steps = [slice(calls), tick(Millis::MINUTE)];
    let run = Run::over(&pack(WARN, &rules), LIVE, &steps);
    let history = run.history();
    let broken = |name: &str| history.standing().any(|violation| *violation.rule.id == *name);
    (0..rules.len()).filter(|at| broken(rules[*at].0)).collect()
}

#[test]
fn a_record_without_a_type_equals_no_type_and_differs_from_none() {
    let rules = [
        ("count() over 1h", "value >= 1"),
        ("count() where not recordType == moCall over 1h", "value >= 1"),
        ("count() where recordType == other over 1h", "value >= 1"),
        ("count() where recordType != other over 1h", "value >= 1"),
        ("count() where recordType != moCall over 1h", "value >= 1"),
        ("'count() where recordType in [moCall, other] over 1h'", "value >= 1"),
        ("distinct(recordType) over 1h", "value >= 1"),
        ("top(recordType) over 1h", "value >= 1"),
    ];
    assert_eq!(broken(&rules, &[None]), [0, 1]);
    assert_eq!(broken(&rules, &[Some(RecordType::Other)]), [0, 1, 2, 4, 5, 6, 7]);
    // It stays in the denominator of a share.
    let share = [("share(recordType == moCall) over 1h, n: count() over 1h", "n >= 2, value == 50%")];
    assert_eq!(broken(&share, &[Some(RecordType::MoCall), None]), [0]);
}
