//! Windows that begin with a fact, on live inputs that forget facts while they read: where a window began is known
//! although the facts before are gone, so a number that never pauses costs no more than any other.

use proptest::prelude::*;
use ringfence_cdr::{Answer, Cdr, Millis, Number, Served};
use ringfence_evaluator::ShardOptions;
use ringfence_oracle::PackWithLists;
use ringfence_oracle::generate::{Arrivals, Shape, world};
use ringfence_rules::Key;

use crate::form::published;
use crate::found::{START, WARN, call, complained, complaint, pack, slice, tick};
use crate::live::{agrees, restarts_change_nothing};
use crate::run::Run;
use crate::steps::{LIVE, Reading, Step};
use crate::worlds;

const HOUR: Millis = Millis::HOUR;
const MINUTE: Millis = Millis::MINUTE;
/// What is due ends with its strike, and what comes after must hold by itself. Strikes count for an hour.
const FRESH: &str = "{subject: card, strikes: {over: 1h, again: 90m}, fresh: true, steps: [{at: 1, do: warn}]}";

fn times(length: Millis, times: i64) -> Millis {
    Millis(length.0 * times)
}

/// With facts held for little longer than an hour beyond the longest window.
fn prompt(mut pack: PackWithLists) -> PackWithLists {
    pack.lateness = MINUTE;
    pack
}

/// The same pack, under which nothing is ever evicted.
fn keeping_all(pack: &PackWithLists) -> PackWithLists {
    let mut pack = pack.clone();
    pack.horizon.calls = Some(times(Millis::DAY, 10_000));
    pack.horizon.complaints = pack.horizon.calls;
    pack
}

/// A commit for each call, at its time.
fn on_time(calls: impl IntoIterator<Item = Cdr>) -> Vec<Step> {
    let commit = |call: Cdr| {
        let at = call.at;
        Step { tick: Some(at), ..slice([(call, at.since(START))]) }
    };
    calls.into_iter().map(commit).collect()
}

/// Runs steps, once as the pack says and once without forgetting anything, and expects the same violations and acts.
/// Returns the first run.
fn same_as_one_that_keeps_all(pack: &PackWithLists, steps: &[Step], mut each: impl FnMut(&Run)) -> Run {
    let mut run = Run::over(pack, LIVE, &[]);
    for step in steps {
        run.step(step);
        each(&run);
    }
    let keeping = Run::over(&keeping_all(pack), LIVE, steps);
    let (history, expected) = (run.history(), keeping.history());
    assert_eq!(history.broken, Vec::<String>::new());
    assert_eq!(published(history.standing()), published(expected.standing()));
    let acts = |history: &crate::history::History| history.acts().map(|act| act.not_before).collect::<Vec<_>>();
    assert_eq!(acts(&history), acts(&expected));
    run
}

#[test]
fn a_number_that_never_pauses_under_an_anchored_rule_holds_few_facts_and_strikes_and_is_judged_alike() {
    // Windows of six hours begin anew with every 53rd call; those of a strike lie otherwise.
    let pack = prompt(pack(FRESH, &[("busy", "count() over anchored 6h", "value >= 40")]));
    let calls = (0..3000_u32).map(|id| call(id, times(MINUTE, 7 * i64::from(id))));
    let mut steps = on_time(calls);
    steps.push(tick(times(Millis::DAY, 30)));
    let run = same_as_one_that_keeps_all(&pack, &steps, |run| {
        let (facts, strikes) = (run.shard.counts().facts, run.shard.strikes().len());
        assert!(facts <= 75, "{facts} facts are held");
        assert!(strikes <= 12, "{strikes} strikes are held");
    });
    assert!(run.history().standing().count() > 50 && run.history().acts().count() > 25);
}

#[test]
fn a_pair_that_never_pauses_keeps_where_its_own_window_began_and_the_text_of_its_name() {
    let mut pack = prompt(pack(WARN, &[("redial", "count() over anchored 2h", "value >= 4")]));
    pack.rules[0].key = Key::Pair;
    // Every callee has its own windows, and is an opaque text that nothing else keeps for some hours.
    let to = |id: u32, callee: u32| {
        let called_number = Number::new(&format!("pseudonym of callee {callee}"));
        Cdr { called_number, ..call(id, times(MINUTE, 10 * i64::from(id))) }
    };
    let steps = on_time((0..900_u32).map(|id| to(id, [id % 3, 4 + id % 5, 10 + id][id as usize % 3])));
    let run = same_as_one_that_keeps_all(&pack, &steps, |run| assert!(run.shard.counts().facts <= 30));
    assert!(run.history().standing().count() > 20);
}

#[test]
fn a_number_is_forgotten_once_its_last_window_is_over_and_not_before() {
    let mut pack = prompt(pack(WARN, &[("busy", "count() over anchored 6h", "value >= 2")]));
    pack.rules[0].ladder = None;
    // The windows begin at 0 and at 7.
    let steps = |hours: i64| {
        let mut steps = on_time([0, 1, 7].into_iter().enumerate().map(|(id, at)| call(id as u32, times(HOUR, at))));
        steps.extend((8..=hours).map(|hour| tick(times(HOUR, hour))));
        steps
    };
    let held = |hours: i64| {
        let counts = same_as_one_that_keeps_all(&pack, &steps(hours), |_| {}).shard.counts();
        (counts.facts, counts.numbers)
    };
    assert_eq!([14, 15, 20, 21].map(held), [(1, 1), (0, 1), (0, 1), (0, 0)]);
}

#[test]
fn facts_since_a_sanction_have_windows_of_their_own_long_after_its_strike_counts_no_more() {
    // The rule holds where an answered call falls into the later part of a window.
    let rule = ("busy", "count() over anchored 6h", "value >= 15, count() where answered over 1m >= 1");
    let pack = prompt(pack(FRESH, &[rule]));
    let is_answered = |id: u32| id.is_multiple_of(61) || id.is_multiple_of(83);
    let answer = |id: u32| if is_answered(id) { Answer::Answered } else { Answer::Unanswered };
    let calls = (0..6000_u32).map(|id| Cdr { answer: answer(id), ..call(id, times(MINUTE, 7 * i64::from(id))) });
    let run = same_as_one_that_keeps_all(&pack, &on_time(calls), |run| {
        assert!(run.shard.counts().facts <= 75 && run.shard.strikes().len() <= 12);
    });
    let (violations, acts) = (run.history().standing().count(), run.history().acts().count());
    assert!(acts > 10 && acts + 10 < violations, "{acts} acts for {violations} violations");
}

#[test]
fn a_complaint_still_begins_the_window_of_a_strike_when_the_call_that_served_it_is_gone() {
    let sum = "count() of complaints over anchored 10d + count() over 1d";
    // Complaints are held for the second rule, but not the calls before them.
    let rules = [("hated", sum, "value >= 2"), ("long", "count() of complaints over 100d", "value >= 1000")];
    let mut pack = prompt(pack(WARN, &rules));
    pack.rules[1].ladder = None;
    let day = |day: i64| times(Millis::DAY, day);
    let complaint_on = |on: i64| Step {
        deliveries: vec![complained(complaint(on as u32, day(on)), day(on))],
        tick: Some(START.plus(day(on))),
        ..Step::default()
    };
    let call_on = |on: i64, served: Served| on_time([Cdr { served, ..call(on as u32, day(on)) }]);
    // Windows over complaints that are served begin on the days 85 and 100. Were the one of day 85 not known to be served,
    // as the call of day 59 is gone by day 100, they would begin on day 92, with two in the first.
    let mut steps = call_on(59, Served::Yes);
    steps.push(complaint_on(85));
    steps.extend(call_on(91, Served::Yes));
    steps.push(complaint_on(92));
    steps.extend((186..200).map(|half| tick(times(Millis(Millis::DAY.0 / 2), half))));
    steps.push(complaint_on(100));
    steps.extend(call_on(100, Served::No));
    let run = same_as_one_that_keeps_all(&pack, &steps, |_| {});
    let strikes: Vec<_> = run.shard.strikes().iter().map(|strike| strike.at).collect();
    assert_eq!(strikes, [START.plus(day(91))]);
    assert_eq!((run.shard.counts().facts, run.history().standing().count()), (5, 2));
}

#[test]
fn a_call_behind_what_has_settled_falls_into_the_window_of_its_own_pair_whatever_name_came_since() {
    let mut pack = prompt(pack(WARN, &[("redial", "count() over anchored 2h", "value >= 2")]));
    pack.rules[0].key = Key::Pair;
    let to = |id: u32, name: &str, minutes: i64| Cdr {
        called_number: Number::new(&format!("pseudonym of {name}")),
        ..call(id, times(MINUTE, minutes))
    };
    let mut steps = on_time([to(0, "the callee", 0)]);
    // The first calls are gone after some three hours, and their windows are open for two more. Others take the places of
    // their texts.
    steps.extend(on_time((1..30).map(|id| to(id, &format!("number {id}"), 0))));
    steps.extend(on_time((190..233).map(|id| to(id, &format!("number {id}"), i64::from(id)))));
    // A record whose time of arrival was set by its producer, who was slow to send it.
    steps.push(slice([(to(300, "the callee", 119), times(MINUTE, 119))]));
    steps.extend(on_time([to(301, "the callee", 235), to(302, "the callee", 245)]));
    let run = same_as_one_that_keeps_all(&pack, &steps, |_| {});
    let opened: Vec<_> = run.history().standing().map(|violation| violation.opened_at).collect();
    assert_eq!(opened, [START.plus(times(MINUTE, 245))]);
}

#[test]
fn restarts_and_late_calls_show_nowhere_in_a_number_that_never_pauses() {
    let rules =
        [("busy", "count() over anchored 6h", "value >= 50"), ("seen", "count() over anchored 5h", "value >= 9")];
    let mut pack = pack(FRESH, &rules);
    pack.lateness = HOUR;
    let served = |id: u32| if id.is_multiple_of(3) { Served::No } else { Served::Yes };
    let calls = (0..1500_u32).map(|id| Cdr { served: served(id), ..call(id, times(MINUTE, 5 * i64::from(id))) });
    // Every fourth call comes nearly an hour late, and moves where windows begin.
    let arrivals = calls.map(|call| {
        let late = if call.fingerprint.0.is_multiple_of(4) { Millis(59 * MINUTE.0) } else { Millis::ZERO };
        (call.clone(), call.at.plus(late).since(START))
    });
    let mut arrivals: Vec<(Cdr, Millis)> = arrivals.collect();
    arrivals.sort_by_key(|(_, arrival)| *arrival);
    let steps: Vec<Step> = arrivals
        .chunks(3)
        .map(|three| Step { tick: three.last().map(|(_, arrival)| START.plus(*arrival)), ..slice(three.to_vec()) })
        .collect();
    let straight = same_as_one_that_keeps_all(&pack, &steps, |run| assert!(run.shard.counts().facts <= 130));
    for every in [1, 7, 40] {
        let restarted = Run::restarting(&pack, LIVE, &steps, |at| at % every == 0);
        assert!(
            straight.lines() == restarted.lines(),
            "restarted after every {every}th commit, it says something else"
        );
        let same = straight.shard.snapshot().expect("encodes") == restarted.shard.snapshot().expect("encodes");
        assert!(same, "restarted after every {every}th commit, it holds something else");
    }
}

#[test]
fn a_late_call_moves_the_windows_of_a_number_that_is_kept_decoded_and_no_start_that_is_gone() {
    let mut pack = prompt(pack(FRESH, &[("busy", "count() over anchored 1h", "value >= 100")]));
    pack.lateness = times(MINUTE, 10);
    let calls = (0..1600_u32).map(|id| call(id, Millis(20_000 * i64::from(id))));
    let late = |id: u32| if id.is_multiple_of(4) { times(MINUTE, 9) } else { Millis::ZERO };
    let mut arrivals: Vec<(Cdr, Millis)> =
        calls.map(|call| (call.clone(), call.at.plus(late(call.fingerprint.0)).since(START))).collect();
    arrivals.sort_by_key(|(_, arrival)| *arrival);
    // Some commits a minute: what is decoded outlives those between two rounds of eviction.
    let commit = |(call, arrival): (Cdr, Millis)| Step { tick: Some(START.plus(arrival)), ..slice([(call, arrival)]) };
    let steps: Vec<Step> = arrivals.into_iter().map(commit).collect();
    let run = same_as_one_that_keeps_all(&pack, &steps, |run| assert!(run.shard.counts().facts <= 410));
    assert!(run.history().standing().count() >= 8);
}

#[test]
fn b1_a_flood_of_windows_of_pairs_is_capped_and_what_is_said_afterwards_says_so() {
    let mut pack = prompt(pack(WARN, &[("redial", "count() over anchored 12h", "value >= 3")]));
    pack.rules[0].key = Key::Pair;
    // One is called again and again, all others once.
    let callee = |id: u32| if id.is_multiple_of(100) { 0 } else { id };
    let to = |id: u32| Cdr { called_number: Number::new(&format!("+1202666{:04}", callee(id))), ..call(id, Millis(0)) };
    let at = |id: u32| Millis(i64::from(id) * 10_000);
    let calls: Vec<Cdr> = (0..11_000_u32).map(|id| Cdr { at: START.plus(at(id)), ..to(id) }).collect();
    let mut run = Run::new(&pack, ShardOptions { clock: LIVE, number_bytes_max: 128 << 10, ..ShardOptions::default() });
    let empty = run.shard.counts().bytes;
    for calls in calls.chunks(100) {
        let tick = calls.last().map(|call| call.at);
        let arrivals = calls.iter().map(|call| (call.clone(), call.at.since(START)));
        run.step(&Step { tick, ..slice(arrivals) });
        let bytes = run.shard.counts().bytes - empty;
        assert!(bytes < 256 << 10, "{bytes} bytes");
    }
    // Later on nothing is dropped any more, but where the windows of that one begin is not known again.
    let later = (110..360_u32).map(|hundred| Cdr { at: START.plus(at(100 * hundred)), ..to(100 * hundred) });
    let later = on_time(later);
    later.iter().for_each(|step| run.step(step));
    assert_eq!(run.shard.counts().numbers_capped, 1);
    let keeping = Run::over(&keeping_all(&pack), LIVE, &[on_time(calls), later].concat());
    let (history, expected) = (run.history(), keeping.history());
    let (approximate, exact): (Vec<_>, Vec<_>) = history.standing().partition(|violation| violation.approximate);
    assert!(!approximate.is_empty() && !exact.is_empty());
    let (exact, expected) = (published(exact.into_iter()), published(expected.standing()));
    assert!(exact.iter().all(|violation| expected.contains(violation)));
    assert!(published(approximate.into_iter()) != expected[exact.len()..]);
}

/// Most windows begin with a fact, and facts go while it is read.
fn shape() -> Shape {
    Shape { parts: false, anchored: true, prompt: true, happenings: 60, ..Shape::default() }
}

fn busy() -> Shape {
    Shape { happenings: 260, complaints: false, ..shape() }
}

proptest! {
    #![proptest_config(worlds(400))]

    #[test]
    fn o1_windows_that_begin_with_a_fact_stand_where_the_oracle_says_although_facts_go(
        world in world(shape()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
    ) {
        let records = arrivals.of(&world.records, &world.pack);
        agrees(&world.pack, &records, &reading.of(&records))?;
    }

    #[test]
    fn r1_a_shard_that_keeps_where_windows_began_publishes_the_same_bytes_after_restarts(
        world in world(shape()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        restarts in any::<u32>(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        restarts_change_nothing(&world, &steps, restarts)?;
    }
}

proptest! {
    #![proptest_config(worlds(64))]

    #[test]
    fn o1_a_busy_number_whose_windows_begin_with_a_fact_stands_where_the_oracle_says_although_facts_go(
        world in world(busy()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
    ) {
        let records = arrivals.of(&world.records, &world.pack);
        agrees(&world.pack, &records, &reading.of(&records))?;
    }

    #[test]
    fn r1_a_busy_shard_that_keeps_where_windows_began_publishes_the_same_bytes_after_restarts(
        world in world(busy()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        restarts in any::<u32>(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        restarts_change_nothing(&world, &steps, restarts)?;
    }
}
