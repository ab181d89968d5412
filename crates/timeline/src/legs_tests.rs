use proptest::prelude::*;
use ringfence_cdr::{EventTime, Fingerprint, Millis, PackedNumber, RecordType};

use super::*;
use crate::LegMark;

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;

fn called(n: u32) -> PackedNumber {
    PackedNumber::new(&format!("+1555010{n:04}")).expect("fits")
}

/// A leg that rang from a time on for so long.
fn leg(key: u32, fingerprint: u32, at: i64, lasted: i64, answered: bool) -> StoredCall {
    StoredCall {
        fact: CallFact {
            at: EventTime(at),
            fingerprint: Fingerprint(fingerprint),
            called_number: called(600),
            record_type: Some(RecordType::MoCall),
            answered,
            served: true,
            call_duration: Some(if answered { lasted as u32 } else { 0 }),
            cause_for_term: None,
            diagnostics: None,
            details: 0,
        },
        leg: Some(LegMark { key, lasted: lasted as u32 }),
    }
}

/// The facts of calls, worked out plainly: a leg belongs to the attempt of the one before it unless something parts them.
pub(crate) fn facts_of_calls(calls: &[StoredCall], symbols: &Symbols) -> Vec<CallFact> {
    let mut legs: Vec<StoredLeg> = calls.iter().filter_map(StoredCall::as_leg).collect();
    legs.sort_by(|one, other| one.group().cmp(&other.group()).then_with(|| one.order(other, symbols)));
    let mut facts: Vec<CallFact> = calls.iter().filter(|call| call.leg.is_none()).map(|call| call.fact).collect();
    for of_key in legs.chunk_by(|one, other| one.group() == other.group()) {
        let mut last: Option<(EventTime, CallFact)> = None;
        for leg in of_key {
            let is_parted = |last_at: EventTime| {
                let ended = |other: &StoredLeg| {
                    let end = other.mark.ended(other.fact.at);
                    other.fact.answered && last_at <= end && end < leg.fact.at
                };
                leg.fact.at.since(last_at) > Millis::DAY || of_key.iter().any(ended)
            };
            last = match last {
                Some((last_at, mut fact)) if !is_parted(last_at) => {
                    fact.call_duration = fact.call_duration.max(leg.fact.call_duration);
                    fact.answered |= leg.fact.answered;
                    Some((leg.fact.at, fact))
                }
                before => {
                    facts.extend(before.map(|(_, fact)| fact));
                    Some((leg.fact.at, leg.fact))
                }
            };
        }
        facts.extend(last.map(|(_, fact)| fact));
    }
    facts.sort();
    facts
}

#[derive(Default)]
struct Held {
    legs: CallLegs,
    facts: Vec<CallFact>,
    symbols: Symbols,
    work: Work,
}

impl Held {
    fn of(calls: &[StoredCall]) -> Self {
        let mut held = Self::default();
        calls.iter().for_each(|call| held.put(*call));
        held
    }

    fn put(&mut self, call: StoredCall) {
        self.change(Change { removed: Vec::new(), inserted: vec![call] });
    }

    fn take(&mut self, call: StoredCall) {
        self.change(Change { removed: vec![call], inserted: Vec::new() });
    }

    fn change(&mut self, calls: Change<StoredCall>) {
        let change = self.legs.change(calls, &self.symbols, &mut self.work).net();
        self.follow(change);
    }

    fn follow(&mut self, change: Change<CallFact>) {
        for gone in &change.removed {
            let at = self.facts.iter().position(|fact| fact == gone);
            self.facts.swap_remove(at.expect("what is removed was there"));
        }
        self.facts.extend(change.inserted);
        self.facts.sort();
    }

    /// When each fact is and how long it lasted, in seconds.
    fn seconds(&self) -> Vec<(i64, u32)> {
        self.facts.iter().map(|fact| (fact.at.0 / SECOND, fact.call_duration.unwrap_or(0) / 1_000)).collect()
    }
}

fn in_any_order(calls: &[StoredCall]) -> Vec<(i64, u32)> {
    let expected = Held::of(calls).seconds();
    let mut orders: Vec<Vec<StoredCall>> = vec![Vec::new()];
    for call in calls {
        orders = orders
            .iter()
            .flat_map(|order| {
                (0..=order.len()).map(|at| {
                    let mut order = order.clone();
                    order.insert(at, *call);
                    order
                })
            })
            .collect();
    }
    orders.iter().for_each(|order| assert_eq!(Held::of(order).seconds(), expected));
    expected
}

#[test]
fn a_group_that_rings_is_one_fact_with_the_talk_of_the_phone_that_answered() {
    let phones = [
        leg(1, 41, 0, 20 * SECOND, false),
        leg(1, 12, 0, 20 * SECOND, false),
        leg(1, 33, 0, 12 * SECOND, true),
        leg(1, 24, 0, 20 * SECOND, false),
    ];
    assert_eq!(in_any_order(&phones), [(0, 12)]);
    let held = Held::of(&phones);
    assert_eq!((held.facts[0].fingerprint, held.facts[0].answered), (Fingerprint(12), true));
}

#[test]
fn hunting_is_one_fact_and_what_begins_after_an_answered_leg_ended_another() {
    let hunted = [leg(1, 1, 0, 10 * SECOND, false), leg(1, 2, 10 * SECOND, 6 * SECOND, true)];
    assert_eq!(in_any_order(&hunted), [(0, 6)]);
    let again = |at: i64| in_any_order(&[hunted[0], hunted[1], leg(1, 3, at, SECOND, true)]);
    assert_eq!(again(16 * SECOND), [(0, 6)], "it began as the answered one ended");
    assert_eq!(again(16 * SECOND + 1), [(0, 6), (16, 1)]);
    assert_eq!(in_any_order(&[hunted[0], leg(2, 2, 10 * SECOND, 0, false)]), [(0, 0), (10, 0)], "another key");
}

#[test]
fn an_answered_leg_that_comes_late_parts_what_was_one_attempt() {
    let before = [leg(1, 1, 0, SECOND, false), leg(1, 2, 60 * SECOND, SECOND, false)];
    assert_eq!(in_any_order(&before), [(0, 0)]);
    let late = leg(1, 3, 20 * SECOND, 30 * SECOND, true);
    assert_eq!(in_any_order(&[before[0], before[1], late]), [(0, 30), (60, 0)]);
}

#[test]
fn a_leg_between_two_attempts_makes_them_one() {
    let day = 24 * HOUR;
    let ends = [leg(1, 1, 0, SECOND, false), leg(1, 2, 2 * day, SECOND, false)];
    assert_eq!(in_any_order(&ends).len(), 2);
    assert_eq!(in_any_order(&[ends[0], ends[1], leg(1, 3, day, SECOND, false)]).len(), 1);
    assert_eq!(in_any_order(&[ends[0], ends[1], leg(1, 3, day - 1, SECOND, false)]).len(), 2);
}

#[test]
fn legs_stay_while_another_may_come_and_while_they_part_others() {
    let evicted = |legs: &[StoredCall], before: i64| {
        let mut held = Held::of(legs);
        held.legs.evict_before(EventTime(before), &held.symbols, &mut held.work);
        held.legs.len()
    };
    let day = 24 * HOUR;
    let one = leg(1, 1, 0, SECOND, false);
    assert_eq!((evicted(&[one], day), evicted(&[one], day + 1)), (1, 0));
    // A neighbour that is still held keeps it.
    assert_eq!(evicted(&[one, leg(1, 2, HOUR, SECOND, false)], day + 1), 2);
    // Answered, and over before the next began: only the next is held.
    assert_eq!(evicted(&[leg(1, 1, 0, SECOND, true), leg(1, 2, HOUR, SECOND, false)], day + SECOND + 1), 1);
    // Its end parts the next two.
    let long = leg(1, 1, 0, 3 * HOUR, true);
    let next = [leg(1, 2, 2 * HOUR, SECOND, false), leg(1, 3, 4 * HOUR, SECOND, false)];
    assert_eq!(evicted(&[long, next[0], next[1]], day + 3 * HOUR), 3);
    assert_eq!(evicted(&[long, next[0], next[1]], day + 3 * HOUR + 1), 1);
}

#[test]
fn where_ends_of_calls_are_gone_it_is_said_up_to_when_there_may_be_too_few_facts() {
    let drop_oldest = |legs: &[StoredCall]| {
        let mut held = Held::of(legs);
        let (change, before) = held.legs.drop_oldest(&held.symbols, &mut held.work).expect("some go");
        held.follow(change);
        (held.seconds(), before)
    };
    let long = leg(1, 1, 0, 100 * SECOND, true);
    let (x, y) = (leg(1, 2, 50 * SECOND, SECOND, false), leg(1, 3, 120 * SECOND, SECOND, false));
    assert_eq!(Held::of(&[long, x, y]).seconds(), [(0, 100), (120, 0)]);
    let said = EventTime(100 * SECOND + 24 * HOUR + 1);
    assert_eq!(drop_oldest(&[long, x, y]), (vec![(50, 0)], said), "the two are taken for one attempt");
    assert_eq!(drop_oldest(&[long, y]), (vec![(120, 0)], EventTime(120 * SECOND)), "nothing that it parted is left");
    assert_eq!(drop_oldest(&[leg(1, 1, 0, 100 * SECOND, false), x, y]).1, EventTime(50 * SECOND));
}

/// Legs of few keys, some of them calls without a key, that come and go.
fn call() -> impl Strategy<Value = StoredCall> {
    let at = prop_oneof![2 => (0..60i64).prop_map(|n| n * 10 * SECOND), 1 => (0..200i64).prop_map(|n| n * HOUR)];
    let lasted = prop_oneof![3 => (0..12i64).prop_map(|n| n * 10 * SECOND), 1 => (0..50i64).prop_map(|n| n * HOUR)];
    (0..3u32, 0..2u32, 0..8u32, at, lasted, any::<bool>(), prop::bool::weighted(0.05)).prop_map(
        |(key, to, fingerprint, at, lasted, answered, is_plain)| {
            let mut call = leg(key, fingerprint, at, lasted, answered);
            call.fact.called_number = called(to);
            call.leg = call.leg.filter(|_| !is_plain);
            call
        },
    )
}

/// As [`call`], of one key: its attempts are kept.
fn crowded() -> impl Strategy<Value = StoredCall> {
    call().prop_map(|mut call| {
        call.fact.called_number = called(0);
        call.leg = call.leg.map(|leg| LegMark { key: 1, ..leg });
        call
    })
}

/// Whatever is kept, the facts are those of all legs.
fn follow_the_legs(calls: Vec<(StoredCall, u8)>) -> Result<(), TestCaseError> {
    let mut held = Held::default();
    let mut standing: Vec<StoredCall> = Vec::new();
    for (call, what) in calls {
        match what {
            // Goes again.
            0..4 if !standing.is_empty() => {
                let gone = standing.swap_remove(call.fact.at.0 as usize % standing.len());
                held.take(gone);
            }
            4 => {
                held.legs = serde_json::from_slice(&serde_json::to_vec(&held.legs).expect("encodes")).expect("decodes")
            }
            5 => held.legs.drop_caches(),
            _ => {
                standing.push(call);
                held.put(call);
            }
        }
        if what > 12 {
            prop_assert_eq!(&held.facts, &facts_of_calls(&standing, &held.symbols));
            for fact in held.facts.iter().take(3) {
                let expected: Vec<_> = held.facts.iter().filter(|other| other.place() == fact.place()).collect();
                let plain =
                    standing.iter().filter(|call| call.leg.is_none() && call.fact.place() == fact.place()).count();
                let found = held.legs.facts_at(fact.place(), &held.symbols, &mut Work::default());
                prop_assert_eq!(found.len() + plain, expected.len());
            }
        }
    }
    prop_assert_eq!(&held.facts, &facts_of_calls(&standing, &held.symbols));
    prop_assert_eq!(held.legs.len(), standing.iter().filter(|call| call.leg.is_some()).count());
    Ok(())
}

proptest! {
    #[test]
    fn the_facts_are_those_that_all_legs_make_whatever_came_and_went(
        calls in prop::collection::vec((call(), 0..16u8), 0..300),
    ) {
        follow_the_legs(calls)?;
    }

    #[test]
    fn the_facts_of_a_crowd_are_those_that_all_legs_make_whatever_came_and_went(
        calls in prop::collection::vec((crowded(), 0..16u8), 0..300),
    ) {
        follow_the_legs(calls)?;
    }

    /// What goes is the same whatever is kept, and what comes later is judged as if nothing had gone.
    #[test]
    fn what_is_over_goes_and_changes_nothing_that_comes_later(
        legs in prop::collection::vec((prop_oneof![call(), crowded()], 0..16u8), 0..200),
        steps in prop::collection::vec(0..40i64, 1..20),
        later in prop::collection::vec((prop_oneof![call(), crowded()], 0..400i64), 0..100),
    ) {
        let (mut kept, mut dropped, mut all) = (Held::default(), Held::default(), Held::default());
        let mut standing: Vec<StoredCall> = Vec::new();
        let mut edge = EventTime(0);
        let mut steps = steps.into_iter().cycle();
        let each = legs.into_iter().chain(later.into_iter().map(|(call, hours)| (call, (hours % 16) as u8)));
        for (mut call, what) in each {
            if what == 0 {
                edge = edge.plus(Millis(steps.next().unwrap_or(0) * HOUR));
                for held in [&mut kept, &mut dropped] {
                    held.legs.evict_before(edge, &held.symbols, &mut held.work);
                }
            }
            if what == 1 {
                dropped.legs.drop_caches();
            }
            // Nothing comes that is older than what is held.
            call.fact.at = call.fact.at.max(EventTime(edge.0 + call.fact.at.0 % (30 * HOUR)));
            let takes = what == 2 && !standing.is_empty();
            let change = |call| if takes {
                Change { removed: vec![call], inserted: Vec::new() }
            } else {
                Change { removed: Vec::new(), inserted: vec![call] }
            };
            if takes {
                let at = call.fact.at.0 as usize % standing.len();
                if standing[at].fact.at < edge {
                    continue;
                }
                call = standing.swap_remove(at);
            } else {
                standing.push(call);
            }
            kept.change(change(call));
            dropped.change(change(call));
            all.change(change(call));
            prop_assert_eq!(&kept.facts, &all.facts);
            prop_assert_eq!(&kept.legs, &dropped.legs);
        }
        prop_assert_eq!(&dropped.facts, &all.facts);
    }

    /// What counts towards a cap must count the same in a replay, which begins with what was stored and read back.
    #[test]
    fn the_oldest_legs_go_and_what_is_told_of_the_facts_is_what_is_left(
        calls in prop::collection::vec(prop_oneof![call(), crowded()], 1..200),
        stored in any::<bool>(),
    ) {
        let mut held = Held::of(&calls);
        if stored {
            held.legs = postcard::from_bytes(&postcard::to_stdvec(&held.legs).expect("encodes")).expect("decodes");
        }
        let count = held.legs.len();
        prop_assume!(count > 0);
        let (change, before) = held.legs.drop_oldest(&held.symbols, &mut held.work).expect("some go");
        held.follow(change);
        prop_assert!(held.legs.len() < count);
        let left: Vec<StoredCall> = held.legs.legs.iter().map(|leg| StoredCall { fact: leg.fact, leg: Some(leg.mark) }).collect();
        let plain = calls.iter().filter(|call| call.leg.is_none()).copied();
        let left: Vec<StoredCall> = left.into_iter().chain(plain).collect();
        prop_assert_eq!(&held.facts, &facts_of_calls(&left, &held.symbols));
        prop_assert!(held.legs.facts().all(|fact| fact.at <= before) || held.legs.facts().next().is_some());
        prop_assert_eq!(held.legs.bytes(), Held::of(&left).legs.bytes());
    }
}

/// Work for each of so many legs.
fn each_leg(count: u32, leg: impl Fn(u32) -> StoredCall) -> u64 {
    let mut held = CallLegs::default();
    let (symbols, mut work) = (Symbols::default(), Work::default());
    for n in 0..count {
        _ = held.change(Change { removed: Vec::new(), inserted: vec![leg(n)] }, &symbols, &mut work).net();
    }
    work.total() / u64::from(count)
}

#[test]
fn k1_a_leg_costs_what_it_changes_whatever_legs_there_are() {
    let mixed = |n: u32| n.wrapping_mul(0x9e37_79b9) >> 12;
    let minute = |n: u32| i64::from(n) * 60 * SECOND;
    let shapes: [(&str, &dyn Fn(u32) -> StoredCall); 8] = [
        ("of one attempt, in order", &|n| leg(1, n, minute(n), SECOND, false)),
        ("of one attempt, last first", &|n| leg(1, n, minute(1_000_000 - n), SECOND, false)),
        ("of one attempt, in no order", &|n| leg(1, n, i64::from(mixed(n)) * 6 * SECOND, SECOND, false)),
        ("of one key, each answered", &|n| leg(1, n, i64::from(mixed(n)) * 6 * SECOND, SECOND, true)),
        ("of one key, each answered for days", &|n| leg(1, n, i64::from(mixed(n)) * 6 * SECOND, 100 * HOUR, true)),
        ("at one instant", &|n| leg(1, n, 0, SECOND, n % 2 == 0)),
        ("of a key each", &|n| leg(n, n, minute(n), SECOND, true)),
        ("of three each, in no order", &|n| {
            leg(mixed(n / 3), n, i64::from(mixed(n / 3)) * 60 + i64::from(n % 3), 9, false)
        }),
    ];
    for (shape, leg) in shapes {
        let (few, many) = (each_leg(2_000, leg), each_leg(32_000, leg));
        assert!(many <= few + few / 2 + 64 && many <= 1_000, "{shape}: {few} each of 2,000, {many} each of 32,000");
    }
}

#[test]
fn k1_answered_legs_that_come_and_go_cut_and_join_a_long_attempt_in_a_few_steps() {
    let each = |count: u32| {
        let mut held = CallLegs::default();
        let (symbols, mut work) = (Symbols::default(), Work::default());
        let put = |call| Change { removed: Vec::new(), inserted: vec![call] };
        (0..count).for_each(|n| _ = held.change(put(leg(1, n, i64::from(n) * SECOND, 0, false)), &symbols, &mut work));
        let before = work;
        for n in 0..count {
            let middle = leg(1, count + n, i64::from(count / 2) * SECOND, i64::from(n % 100), true);
            _ = held.change(put(middle), &symbols, &mut work);
            _ = held.change(Change { removed: vec![middle], inserted: Vec::new() }, &symbols, &mut work);
        }
        let Work { compared, moved, .. } = work - before;
        (compared / u64::from(count), moved / u64::from(count))
    };
    let (few, many) = (each(2_000), each(32_000));
    // Each comes and goes once in three sequences, and moves a block of each at most.
    let moved_max = 2 * (64 + 128 + 128);
    assert!(many.0 <= few.0 + few.0 / 2 && many.1 <= moved_max, "{few:?} each of 2,000, {many:?} each of 32,000");
}

#[test]
fn k1_looking_for_old_legs_costs_nothing_where_none_go() {
    let mut held = Held::of(&(0..10_000).map(|n| leg(1, n, i64::from(n) * HOUR, 0, false)).collect::<Vec<_>>());
    let before = held.work;
    // They are one attempt that goes on.
    for hour in 9_000..9_100 {
        held.legs.evict_before(EventTime(hour * HOUR), &held.symbols, &mut held.work);
    }
    assert_eq!(held.legs.len(), 10_000);
    let cost = (held.work - before).total();
    assert!(cost <= 20_000, "{cost}");
}

#[test]
fn a_leg_takes_about_as_much_as_it_counts_for() {
    let of = |leg: fn(u32) -> StoredCall| {
        let held = Held::of(&(0..10_000).map(leg).collect::<Vec<_>>());
        assert_eq!(held.legs.bytes(), 10_000 * LEG_BYTES);
        held.legs.heap_bytes() / 10_000
    };
    let alone = of(|n| leg(n.wrapping_mul(0x9e37_79b9), n, i64::from(n) * SECOND, SECOND, true));
    let crowded = of(|n| leg(1, n, i64::from(n) * SECOND, SECOND, false));
    assert!(alone <= 120 && crowded <= LEG_BYTES * 3 / 2, "{alone} bytes for one of a key, {crowded} for one of many");
}
