//! What subscribers are told of a violation that goes on, and when.

use ringfence_cdr::Millis;
use ringfence_events::{Event, Status};

use crate::found::{START, WARN, call, pack, slice, tick};
use crate::run::Run;
use crate::steps::{LIVE, Step};

const MINUTE: i64 = Millis::MINUTE.0;

/// Of each event of a violation its status, its matches, and whether it names the records of its evidence.
fn told(run: &Run) -> Vec<(Status, u64, bool)> {
    let violations = run.outputs.iter().filter_map(|output| match &output.event {
        Event::Violation(violation) => Some(violation),
        _ => None,
    });
    violations.map(|it| (it.status, it.matches, it.evidence.records.is_some())).collect()
}

/// A call at this minute, in a commit of its own.
fn called_at(minute: i64) -> Step {
    let at = Millis(minute * MINUTE);
    let id = u32::try_from(minute).expect("after the start");
    Step { tick: Some(START.plus(at)), ..slice([(call(id, at), at)]) }
}

#[test]
fn a_violation_whose_number_falls_silent_is_told_as_it_stands_when_the_update_is_due() {
    let pack = pack(WARN, &[("busy", "count() over 6h", "value >= 3")]);
    let mut steps: Vec<Step> = (0..10).map(called_at).collect();
    // It opened at minute 2. No record comes any more.
    steps.push(tick(Millis(16 * MINUTE)));
    assert_eq!(told(&Run::over(&pack, LIVE, &steps)), [(Status::Opened, 1, true)]);
    steps.push(tick(Millis(17 * MINUTE)));
    let expected = [(Status::Opened, 1, true), (Status::Updated, 8, false)];
    assert_eq!(told(&Run::over(&pack, LIVE, &steps)), expected);
    steps.push(tick(Millis(5 * 60 * MINUTE)));
    assert_eq!(told(&Run::over(&pack, LIVE, &steps)), expected, "once");
}

#[test]
fn a_violation_that_only_grows_is_told_ever_more_seldom_and_its_evidence_once() {
    let pack = pack(WARN, &[("busy", "count() over 6h", "value >= 3")]);
    let steps: Vec<Step> = (0..24 * 60).map(called_at).collect();
    let told = told(&Run::over(&pack, LIVE, &steps));
    let matches: Vec<u64> = told.iter().map(|(_, matches, _)| *matches).collect();
    // After 15 minutes, then 30 more, 60, 120, 240, 480.
    assert_eq!(matches, [1, 16, 46, 106, 226, 466, 946]);
    let names_records: Vec<bool> = told.iter().map(|(.., names_records)| *names_records).collect();
    assert_eq!(names_records, [true, false, false, false, false, false, false]);
}

/// What was true as a violation opened is worked out again once it is told, or as that instant settles: a call that comes
/// after it has settled is in no evidence.
#[test]
fn a_violation_rests_on_what_was_there_as_its_first_instant_settled() {
    let mut pack = pack(WARN, &[("busy", "count() over 6h", "value >= 3")]);
    pack.lateness = Millis(2 * MINUTE);
    let minutes = |minutes: i64| Millis(minutes * MINUTE);
    let mut steps: Vec<Step> = (0..3).map(called_at).collect();
    let opened = Run::over(&pack, LIVE, &steps);
    // One more of the same instant within its lateness, and one that says so of itself but comes when minute 2 has settled.
    steps.push(Step { tick: Some(START.plus(minutes(3))), ..slice([(call(11, minutes(2)), minutes(3))]) });
    steps.push(tick(minutes(10)));
    steps.push(slice([(call(12, minutes(2)), minutes(3))]));
    steps.push(tick(minutes(17)));
    let totals = |run: &Run| -> Vec<(Status, u64)> {
        let violations = run.outputs.iter().filter_map(|output| match &output.event {
            Event::Violation(violation) => Some((violation.status, violation.evidence.total)),
            _ => None,
        });
        violations.collect()
    };
    assert_eq!(totals(&opened), [(Status::Opened, 3)]);
    let run = Run::over(&pack, LIVE, &steps);
    assert_eq!(run.shard.ledger().facts, 5, "all are taken");
    assert_eq!(totals(&run), [(Status::Opened, 3), (Status::Updated, 4)]);
}
