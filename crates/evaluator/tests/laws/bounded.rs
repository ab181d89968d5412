//! Law B-1: what one number takes of memory is capped, and reaching the cap shows.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringfence_cdr::{Answer, Cdr, Complaint, Details, Fingerprint, Leg, Millis, Number, Part};
use ringfence_evaluator::{ShardClock, ShardOptions};
use ringfence_events::{Event, KeyName, Status};
use ringfence_oracle::generate::{Shape, world};
use ringfence_oracle::{Options, Oracle, PackWithLists};
use ringfence_rules::Key;

use crate::form::{as_published, published};
use crate::found::{START, WARN, call, complained, complaint, pack, slice, tick};
use crate::run::Run;
use crate::steps::{LIVE, Step, archive};
use crate::worlds;

const CAP: usize = 32 << 10;
const SECOND: Millis = Millis::SECOND;

fn capped(pack: &PackWithLists, clock: ShardClock, number_bytes_max: usize) -> Run {
    Run::new(pack, ShardOptions { clock, number_bytes_max, ..ShardOptions::default() })
}

/// Runs steps and holds the number to its cap after each: a chunk more may be needed to hold what is left.
fn flooded(pack: &PackWithLists, steps: impl Iterator<Item = Step>) -> Run {
    let mut run = capped(pack, LIVE, CAP);
    let empty = run.shard.counts().bytes;
    for step in steps {
        run.step(&step);
        let bytes = run.shard.counts().bytes - empty;
        assert!(bytes < 2 * CAP as u64, "{bytes} bytes");
    }
    assert_eq!(run.shard.counts().numbers_capped, 1);
    assert_eq!(run.history().broken, Vec::<String>::new());
    let (ledger, read) = (run.shard.ledger(), run.outcomes.len() as u64);
    assert_eq!(ledger.facts + ledger.duplicates + ledger.conflicting + ledger.merged + ledger.rejected, read);
    run
}

fn at(step: u32, place: u32) -> Millis {
    Millis(i64::from(step * 100 + place) * SECOND.0)
}

#[test]
fn b1_a_flood_of_calls_is_capped_and_its_violation_says_that_it_counts_too_few() {
    let pack = pack(WARN, &[("busy", "count() over 7d", "value >= 100")]);
    let steps = (0..100).map(|step| slice((0..100).map(|n| (call(step * 100 + n, at(step, n)), at(step, n)))));
    let mut run = flooded(&pack, steps);
    run.step(&tick(Millis(30 * Millis::DAY.0)));
    let standing: Vec<_> = run.history().standing().map(|each| (each.status, each.approximate)).collect();
    assert_eq!(standing, [(Status::Closed, true)]);
}

#[test]
fn b1_a_flood_of_complaints_is_capped_and_its_violation_says_that_it_counts_too_few() {
    let pack = pack(WARN, &[("hated", "distinct(complainant) of complaints over 7d", "value >= 100")]);
    let by_another = |id: u32, after: Millis| {
        let complainant = Some(Number::new(&format!("+1202666{id:04}")));
        complained(Complaint { complainant, ..complaint(id, after) }, after)
    };
    let steps = (0..50).map(|step| Step {
        deliveries: (0..100).map(|n| by_another(step * 100 + n, at(step, n))).collect(),
        ..Step::default()
    });
    let mut run = flooded(&pack, steps);
    run.step(&tick(Millis(30 * Millis::DAY.0)));
    let standing: Vec<_> = run.history().standing().map(|each| (each.status, each.approximate)).collect();
    assert_eq!(standing, [(Status::Closed, true)]);
}

#[test]
fn b1_a_flood_of_versions_of_one_complaint_is_capped() {
    let pack = pack(WARN, &[("hated", "count() of complaints over 7d", "value >= 1")]);
    let version = |version: u32| {
        let status_time = START.plus(Millis(i64::from(version % 1000)));
        complained(Complaint { status_time, ..complaint(1, Millis(0)) }, Millis(0))
    };
    let mut run = capped(&pack, LIVE, 4 << 10);
    for step in 0..10 {
        run.step(&Step { deliveries: (0..100).map(|n| version(step * 100 + n)).collect(), ..Step::default() });
        assert!(run.shard.counts().bytes < 16 << 10, "{} bytes", run.shard.counts().bytes);
    }
    // No verdict reads the versions that stand no more.
    assert!(run.shard.standing().iter().all(|violation| !violation.approximate));
}

fn part(id: u32, reference: u32, after: Millis) -> Cdr {
    let reference = format!("switch-1 call {reference}").into();
    Cdr { part: Some(Part { reference, sequence_number: id }), ..call(id, after) }
}

#[test]
fn b1_parts_of_a_call_that_never_ends_are_capped() {
    let pack = pack(WARN, &[("any", "count() over 7d", "value >= 1")]);
    let steps = (0..20).map(|step| slice((0..100).map(|n| (part(step * 100 + n, 1, at(step, n)), at(step, n)))));
    let run = flooded(&pack, steps);
    // It stays one call.
    assert_eq!((run.shard.counts().facts, run.history().standing().count()), (1, 1));
}

#[test]
fn b1_parts_of_many_calls_are_capped_and_their_references_are_not_kept() {
    let pack = pack(WARN, &[("busy", "count() over 7d", "value >= 100")]);
    let steps =
        (0..50).map(|step| slice((0..100).map(|n| (part(step * 100 + n, step * 100 + n, at(step, n)), at(step, n)))));
    flooded(&pack, steps);
}

/// A leg that rang from its time on for so long.
fn leg(id: u32, key: u32, after: Millis, lasted: Millis, answer: Answer) -> Cdr {
    let leg = Leg { key: Fingerprint(key), ended: START.plus(after).plus(lasted) };
    Cdr { leg: Some(leg), answer, ..call(id, after) }
}

#[test]
fn b1_legs_of_an_attempt_that_never_ends_are_capped() {
    let pack = pack(WARN, &[("any", "count() over 7d", "value >= 1")]);
    let ring = |id: u32, after: Millis| leg(id, 1, after, SECOND, Answer::Unanswered);
    let steps = (0..20).map(|step| slice((0..100).map(|n| (ring(step * 100 + n, at(step, n)), at(step, n)))));
    let run = flooded(&pack, steps);
    // It stays one attempt.
    assert_eq!((run.shard.counts().facts, run.history().standing().count()), (1, 1));
}

#[test]
fn b1_legs_of_many_attempts_are_capped() {
    let pack = pack(WARN, &[("busy", "count() over 7d", "value >= 100")]);
    let ring = |id: u32, after: Millis| leg(id, id, after, SECOND, Answer::Answered);
    let steps = (0..50).map(|step| slice((0..100).map(|n| (ring(step * 100 + n, at(step, n)), at(step, n)))));
    flooded(&pack, steps);
}

/// Once the answered leg that parted them is gone, later legs may be taken for one attempt, which would count too few.
#[test]
fn b1_where_the_end_of_an_answered_leg_is_gone_what_follows_says_that_it_counts_too_few() {
    let pack = pack(WARN, &[("busy", "count() over 1h", "value >= 40")]);
    // It is answered throughout, and the legs that ring meanwhile end with it.
    let long = leg(1, 1, Millis(0), Millis(2 * Millis::HOUR.0), Answer::Answered);
    let ring = |id: u32, after: Millis| leg(id, 1, after, SECOND, Answer::Unanswered);
    let mut run = capped(&pack, LIVE, 4 << 10);
    run.step(&slice([(long, Millis(0))]));
    for n in 0..100 {
        let after = Millis(i64::from(n) * Millis::MINUTE.0);
        run.step(&slice([(ring(10 + n, after), after)]));
    }
    assert_eq!(run.shard.counts().numbers_capped, 1);
    // Hours later, by others, and far above the time up to which legs are gone.
    let later = Millis(5 * Millis::HOUR.0);
    let steps = (0..40).map(|n| (call(1000 + n, later.plus(Millis(i64::from(n)))), later.plus(Millis(i64::from(n)))));
    run.step(&slice(steps));
    let standing: Vec<_> = run.history().standing().map(|each| each.approximate).collect();
    assert_eq!(standing, [true]);
}

#[test]
fn b1_violations_of_one_number_are_capped_and_those_forgotten_are_closed_and_say_so() {
    let mut pack = pack(WARN, &[("any", "count() over 1h", "value >= 1")]);
    pack.rules[0].key = Key::Pair;
    let to =
        |id: u32, after: Millis| Cdr { called_number: Number::new(&format!("+1202666{id:04}")), ..call(id, after) };
    let steps = (0..20).map(|step| slice((0..100).map(|n| (to(step * 100 + n, at(step, n)), at(step, n)))));
    let run = flooded(&pack, steps);
    let history = run.history();
    let closed = history.standing().filter(|violation| violation.status == Status::Closed);
    let (early, rest): (Vec<_>, Vec<_>) = closed.partition(|violation| violation.approximate);
    assert!(!early.is_empty() && rest.is_empty());
    assert_eq!(history.standing().count(), 2000);
}

/// What an archive says of a closed violation that goes on is left to its end: it is not gone with what was told of it.
#[test]
fn b1_a_violation_that_goes_on_after_it_was_told_is_not_told_anew_when_others_are_forgotten() {
    let mut pack = pack(WARN, &[("talk", "sum(callDuration) over 1h", "value >= 1s")]);
    (pack.rules[0].key, pack.rules[0].keep, pack.rules[0].ladder) = (Key::Pair, Millis(0), None);
    let hour = Millis::HOUR;
    let to = |id: u32, called: &str, after: Millis, seconds: i64| {
        let (called_number, call_duration) = (Number::new(called), Some(Millis(seconds * 1000)));
        (Cdr { called_number, call_duration, ..call(id, after) }, after)
    };
    let (one, other) = ("+12025550111", "+12025550112");
    let steps = [
        vec![to(1, one, Millis(0), 1)],
        vec![to(2, one, hour, 0)],
        vec![to(3, other, Millis(0), 1), to(4, one, SECOND, 0)],
        vec![to(5, one, Millis(2 * hour.0), 0)],
    ];
    // At some of these caps the violation of the other pair is all that is forgotten.
    let mut forgotten = 0;
    for cap in (500..4000).step_by(50) {
        let mut run = capped(&pack, ShardClock::Archive, cap);
        steps.iter().for_each(|step| run.step(&slice(step.iter().cloned())));
        run.step(&Step { end: Some(START.plus(Millis::DAY)), ..Step::default() });
        assert_eq!(run.history().broken, Vec::<String>::new(), "at a cap of {cap} bytes");
        forgotten += usize::from(run.history().standing().filter(|violation| violation.approximate).count() == 1);
    }
    assert!(forgotten > 0);
}

/// A day of calls to and from places that nobody heard of before: every tenth called number three times.
fn day_of_new_texts(day: u32) -> Vec<Step> {
    let calls = (0..100).map(|n| {
        let after = Millis(i64::from(day) * Millis::DAY.0 + i64::from(n) * 10 * Millis::MINUTE.0);
        let callee = if n % 10 < 3 { n / 10 * 10 } else { n };
        let cell = Some(format!("cell {day}-{n}").into());
        let details = Details { cell, ..Details::default() };
        let called_number = Number::new(&format!("pseudonym {day}-{callee}"));
        (Cdr { called_number, details, ..call(day * 1000 + n, after) }, after)
    });
    let calls: Vec<_> = calls.collect();
    let ticks = calls.chunks(10).map(|calls| calls.last().map(|(_, after)| START.plus(*after)));
    calls.chunks(10).zip(ticks).map(|(calls, tick)| Step { tick, ..slice(calls.iter().cloned()) }).collect()
}

#[test]
fn b1_texts_of_facts_that_are_gone_are_forgotten_and_what_takes_their_place_is_judged_alike() {
    let rules = [("again", "count() over 1d", "value >= 3"), ("everywhere", "distinct(cell) over 7d", "value >= 701")];
    // Strikes are named by the texts of their keys for as long as they count.
    let mut pack = pack("{subject: card, strikes: {over: 5d}, steps: [{at: 1, do: warn}]}", &rules);
    pack.rules[0].key = Key::Pair;
    // Its violations are open for longer than their facts are held.
    pack.rules[0].keep = Millis(20 * Millis::DAY.0);
    let days: Vec<_> = (0..60).map(day_of_new_texts).collect();
    let (mut straight, mut restarted) = (Run::over(&pack, LIVE, &[]), Run::over(&pack, LIVE, &[]));
    let mut held = Vec::new();
    for (day, steps) in days.iter().enumerate() {
        for (at, step) in steps.iter().enumerate() {
            straight.step(step);
            restarted.step(step);
            if (day + at) % 7 == 0 {
                restarted.restart();
            }
        }
        held.push(straight.shard.counts().bytes);
    }
    let (settled, later) = held.split_at(30);
    let most = settled.iter().max().expect("thirty days");
    assert!(later.iter().all(|bytes| *bytes <= most + most / 10), "{held:?}");
    assert_eq!(straight.lines(), restarted.lines());
    assert_eq!(straight.shard.snapshot().expect("encodes"), restarted.shard.snapshot().expect("encodes"));
    let history = straight.history();
    assert_eq!(history.broken, Vec::<String>::new());
    let called: BTreeSet<String> = history.standing().filter_map(|each| called(&each.key)).collect();
    let expected = (0..60).flat_map(|day| (0..10).map(move |ten| format!("pseudonym {day}-{}", ten * 10)));
    assert_eq!(called, expected.collect());
}

/// A strike counts for longer than its violation and its facts are there.
#[test]
fn b1_strikes_name_their_violations_when_all_else_that_had_their_texts_is_gone() {
    let rules = [("again", "count() over 1d", "value >= 3")];
    let mut pack = pack("{subject: card, strikes: {over: 40d}, steps: [{at: 1, do: warn}]}", &rules);
    pack.rules[0].key = Key::Pair;
    let steps: Vec<Step> = (0..60).flat_map(day_of_new_texts).collect();
    let run = Run::over(&pack, LIVE, &steps);
    let listed = run.outputs.iter().filter_map(|output| match &output.event {
        Event::CardStatus(status) => status.ladders.first().map(|ladder| ladder.strikes.len()),
        _ => None,
    });
    assert!(listed.max() > Some(100), "many strikes are listed at once");
    assert_eq!(run.history().broken, Vec::<String>::new());
}

/// The second member of a pair.
fn called(key: &KeyName) -> Option<String> {
    match key {
        KeyName::Pair(_, called) => Some(called.to_string()),
        KeyName::Number(_) => None,
    }
}

proptest! {
    #![proptest_config(worlds(200))]

    #[test]
    fn b1_a_number_at_its_cap_says_so_wherever_it_says_anything_else_than_the_oracle(
        world in world(Shape { happenings: 120, ..Shape::default() }),
        cap in 200..4000usize,
        batch in 1..12usize,
    ) {
        let mut run = capped(&world.pack, ShardClock::Archive, cap);
        archive(&world.records, batch, world.until).iter().for_each(|step| run.step(step));
        let oracle = Oracle::new(&world.pack, Options::archive(&world.pack));
        let expected = oracle.standing(&oracle.facts(&world.records), world.until).violations;
        let expected = as_published(&world.pack, expected);
        let history = run.history();
        prop_assert_eq!(&history.broken, &Vec::<String>::new());
        let exact = published(history.standing().filter(|violation| !violation.approximate));
        let surplus: Vec<_> = exact.iter().filter(|violation| !expected.contains(violation)).collect();
        prop_assert!(surplus.is_empty(), "{surplus:?} of {expected:?}");
        let capped = run.shard.counts().numbers_capped > 0 || history.standing().any(|each| each.approximate);
        prop_assert!(capped || exact == expected);
        let (ledger, read) = (run.shard.ledger(), run.outcomes.len() as u64);
        prop_assert_eq!(ledger.facts + ledger.duplicates + ledger.conflicting + ledger.merged + ledger.rejected, read);
    }
}
