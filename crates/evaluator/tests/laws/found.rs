//! Counter-examples that the random laws found, each as small as it could be made.

use ringfence_cdr::{
    Answer, Cdr, Complaint, ComplaintStatus, Details, EventTime, Fingerprint, Millis, Number, Numbering, Part, Record,
    RecordType, Served, Treatments,
};
use ringfence_evaluator::{Delivery, Shard, ShardOptions};
use ringfence_events::Status;
use ringfence_oracle::PackWithLists;
use ringfence_rules::{PackFiles, parse_pack};

use crate::form::held;
use crate::run::Run;
use crate::steps::{CALLS, COMPLAINTS, LIVE, Step};

pub(crate) const START: EventTime = EventTime(1_767_600_000_000);

/// A pack with a ladder, of rules given by name, `let`, `when`.
pub(crate) fn pack(ladder: &str, rules: &[(&str, &str, &str)]) -> PackWithLists {
    let header = format!("name: found\nversion: \"1\"\ntimezone: UTC\nladders:\n  steps: {ladder}\n");
    let sources = rules.iter().fold(PackFiles::new().with("pack.yaml", &header), |sources, (name, measure, when)| {
        let rule = format!(
            "rule: {name}\ntitle: A rule\nbasis: none\nkey: callingNumber\nlet: {{value: {measure}}}\nwhen: [{when}]\nthen: {{ladder: steps}}\n"
        );
        sources.with(&format!("rules/{name}.yaml"), &rule)
    });
    let compiled = parse_pack(&sources, &Numbering::Opaque);
    compiled.unwrap_or_else(|problems| panic!("{}", problems[0].render(&sources))).into()
}

pub(crate) const WARN: &str = "{subject: card, strikes: {over: 365d}, steps: [{at: 1, do: warn}]}";

/// A served call at some time after the start.
pub(crate) fn call(id: u32, after: Millis) -> Cdr {
    Cdr {
        fingerprint: Fingerprint(id),
        record_type: Some(RecordType::MoCall),
        calling_number: Number::new("+12025550101"),
        called_number: Number::new("+12025550110"),
        at: START.plus(after),
        arrival: None,
        call_duration: None,
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

/// A slice of calls, each with how long after the start it arrived.
pub(crate) fn slice(calls: impl IntoIterator<Item = (Cdr, Millis)>) -> Step {
    let deliver = |(call, arrival): (Cdr, Millis)| Delivery {
        input: CALLS,
        arrival: Some(START.plus(arrival)),
        record: Record::Call(call),
    };
    Step { deliveries: calls.into_iter().map(deliver).collect(), ..Step::default() }
}

/// A complaint made so long after the start.
pub(crate) fn complaint(id: u32, after: Millis) -> Complaint {
    Complaint::alleged(Fingerprint(id), Number::new("+12025550101"), START.plus(after))
}

/// A complaint that arrives so long after the start.
pub(crate) fn complained(complaint: Complaint, arrival: Millis) -> Delivery {
    Delivery { input: COMPLAINTS, arrival: Some(START.plus(arrival)), record: Record::Complaint(complaint) }
}

/// A complaint made at the start, in the status that it came to so long after it.
fn in_status(status: ComplaintStatus, after: Millis) -> Step {
    let complaint = Complaint { status, status_time: START.plus(after), ..complaint(1, Millis(0)) };
    Step { deliveries: vec![complained(complaint, after)], ..Step::default() }
}

/// Both inputs were read to their end so long after the start.
pub(crate) fn tick(after: Millis) -> Step {
    Step { tick: Some(START.plus(after)), ..Step::default() }
}

fn days(days: i64) -> Millis {
    Millis(days * Millis::DAY.0)
}

#[test]
fn a_record_as_late_as_may_be_is_judged_although_the_same_commit_moves_time_past_it() {
    let pack = pack(WARN, &[("busy", "count() over 1h", "value >= 2")]);
    let late = (call(2, Millis(1)), days(7).plus(Millis(1)));
    let with_a_tick = Step { tick: Some(START.plus(days(8))), ..slice([late]) };
    let steps = [slice([(call(1, Millis(0)), Millis(0))]), tick(Millis::HOUR), with_a_tick, tick(days(9))];
    let run = Run::over(&pack, LIVE, &steps);
    let opened: Vec<_> = run.history().standing().map(|violation| violation.opened_at).collect();
    assert_eq!(opened, [START.plus(Millis(1))]);
}

#[test]
fn a_closed_episode_is_continued_while_nothing_that_separates_has_settled() {
    let pack = pack(WARN, &[("any", "count() over 1h", "value >= 1")]);
    let half_an_hour = Millis(Millis::HOUR.0 / 2);
    let late = (call(2, half_an_hour), days(7).plus(half_an_hour));
    // The first call has settled and its episode is closed; the silence an hour after it has not settled.
    let settled_first = tick(days(7).plus(Millis(half_an_hour.0 - 1)));
    let steps = [slice([(call(1, Millis(0)), Millis(0))]), tick(days(1)), settled_first, slice([late]), tick(days(30))];
    let run = Run::over(&pack, LIVE, &steps);
    let matches: Vec<_> = run.history().standing().map(|violation| (violation.matches, violation.status)).collect();
    assert_eq!(matches, [(2, Status::Closed)]);
}

#[test]
fn what_was_false_between_two_episodes_is_remembered_when_its_call_is_gone() {
    // Without a ladder calls are held for little more than the lateness; complaints keep the number from falling silent.
    let mut pack = pack(WARN, &[("hated", "count() over 5s", "value >= 2, count() of complaints over 30d >= 1")]);
    pack.rules[0].ladder = None;
    let at = |hours: i64, seconds: i64| Millis(hours * Millis::HOUR.0 + seconds * 1_000);
    let on_time = [(1, at(1, 0)), (2, at(1, 1)), (3, at(1, 10)), (4, at(6, 0)), (5, at(8, 0)), (6, at(8, 1))];
    let steps = [
        in_status(ComplaintStatus::Alleged, Millis(0)),
        slice(on_time.map(|(id, at)| (call(id, at), at))),
        tick(days(7).plus(at(5, 0))),
        tick(days(7).plus(at(5, 1))),
        slice([(call(7, at(6, 0)), days(7).plus(at(5, 2)))]),
        tick(days(40)),
    ];
    let run = Run::over(&pack, LIVE, &steps);
    let opened: Vec<_> = run.history().standing().map(|violation| violation.opened_at).collect();
    assert_eq!(opened, [at(1, 1), at(6, 0), at(8, 1)].map(|after| START.plus(after)));
}

#[test]
fn an_offence_that_goes_on_is_not_struck_again_once_its_strike_counts_no_more() {
    let ladder = "{subject: card, strikes: {over: 1d}, steps: [{at: 1, do: warn}]}";
    let pack = pack(ladder, &[("any", "count() over 3d", "value >= 1")]);
    let steps: Vec<Step> = (0..40).map(|day| slice([(call(day, days(day.into())), days(day.into()))])).collect();
    let with_ticks = steps.into_iter().enumerate().flat_map(|(day, step)| [step, tick(days(day as i64))]);
    let run = Run::over(&pack, LIVE, &with_ticks.collect::<Vec<_>>());
    let strikes: Vec<_> = held(&run.shard).strikes.iter().map(|strike| strike.at).collect();
    assert_eq!(strikes, [START]);
}

#[test]
fn a_cause_that_no_rule_reads_does_not_decide_between_two_parts() {
    let pack = pack(WARN, &[("any", "count() over 1h", "value >= 1")]);
    let part = |id, served, cause_for_term| Cdr {
        served,
        cause_for_term,
        part: Some(Part { reference: "switch-1".into(), sequence_number: 1 }),
        ..call(id, Millis(0))
    };
    let mut shard = Shard::new(pack.pack.into(), &pack.tables, ShardOptions { clock: LIVE, ..ShardOptions::default() });
    for part in [part(1, Served::No, Some(1)), part(2, Served::Yes, None)] {
        shard.apply(&Delivery { input: CALLS, arrival: Some(START), record: Record::Call(part) });
    }
    shard.advance(COMPLAINTS, START);
    shard.commit(&mut Vec::new());
    // The one that was not served encodes smaller, so the call makes no strike.
    assert_eq!(held(&shard).strikes, []);
}

#[test]
fn a_strike_from_before_every_input_has_spoken_is_acted_on_once_they_all_have() {
    let pack = pack(WARN, &[("any", "count() over 1h", "value >= 1")]);
    let begun = [slice([(call(1, Millis(0)), Millis(0))])];
    assert_eq!(Run::over(&pack, LIVE, &begun).history().acts().count(), 0);
    let [begun] = begun;
    let run = Run::over(&pack, LIVE, &[begun, tick(Millis::MINUTE)]);
    let not_before: Vec<_> = run.history().acts().map(|act| act.not_before).collect();
    assert_eq!(not_before, [START.plus(Millis::MINUTE)]);
}

#[test]
fn a_complaint_withdrawn_after_it_has_settled_changes_nothing_also_right_after_a_restart() {
    let mut pack = pack(WARN, &[("hated", "count() of complaints over 1h", "value >= 1")]);
    pack.rules[0].keep = days(30);
    let made = in_status(ComplaintStatus::Alleged, Millis(0));
    // Late enough to have settled, early enough to be held.
    let (settled, later) = (days(7).plus(Millis::HOUR), days(7).plus(Millis::HOUR).plus(Millis::MINUTE));
    let steps = [made, tick(settled), in_status(ComplaintStatus::Withdrawn, later), tick(days(40))];
    for restarted_after in [None, Some(1)] {
        let run = Run::restarting(&pack, LIVE, &steps, |at| Some(at) == restarted_after);
        let standing: Vec<_> = run.history().standing().map(|violation| violation.status).collect();
        assert_eq!(standing, [Status::Closed]);
    }
}

#[test]
fn a_late_record_that_lengthens_a_settled_offence_does_not_strike_it_again() {
    let ladder = "{subject: card, strikes: {over: 1s}, steps: [{at: 1, do: warn}]}";
    let pack = pack(ladder, &[("any", "count() over 1h", "value >= 1")]);
    let late = (call(2, Millis(5_000)), days(7).plus(Millis(5_000)));
    let settled_first = tick(days(7).plus(Millis(4_000)));
    let steps = [slice([(call(1, Millis(0)), Millis(0))]), tick(days(1)), settled_first, slice([late]), tick(days(8))];
    let run = Run::over(&pack, LIVE, &steps[..4]);
    let strikes: Vec<_> = held(&run.shard).strikes.iter().map(|strike| strike.at).collect();
    assert_eq!(strikes, [START]);
    assert_eq!(Run::over(&pack, LIVE, &steps).history().acts().count(), 1);
}

#[test]
fn an_anchored_window_keeps_its_start_while_calls_go_on_although_that_was_long_ago() {
    let hours = |hours: i64| Millis(hours * Millis::HOUR.0);
    let mut pack = pack(WARN, &[("busy", "count() over anchored 1d", "value >= 4")]);
    pack.horizon.calls = Some(hours(204));
    // Windows start at 0, 24, 48 ... hours and have three calls each; those that start at hour 12 have four and two.
    let calls = (0..20).flat_map(|pair| [0, 12, 13, 24, 25, 36].map(|hour| hours(48 * pair + hour)));
    let steps = calls.enumerate().flat_map(|(id, after)| [slice([(call(id as u32, after), after)]), tick(after)]);
    let run = Run::over(&pack, LIVE, &steps.collect::<Vec<_>>());
    assert_eq!(run.history().standing().count(), 0);
}
