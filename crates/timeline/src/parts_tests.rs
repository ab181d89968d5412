use std::collections::BTreeMap;

use proptest::prelude::*;
use ringfence_cdr::{Fingerprint, PackedNumber, RecordType};

use super::*;

fn part(sequence_number: u32, at_s: i64, duration_s: u32) -> StoredPart {
    StoredPart {
        reference: 1,
        sequence_number,
        fact: CallFact {
            at: EventTime(at_s * 1000),
            fingerprint: Fingerprint(sequence_number * 100 + duration_s),
            called_number: PackedNumber::new("+8619000000002").expect("fits"),
            record_type: Some(RecordType::MoCall),
            answered: true,
            served: true,
            call_duration: Some(duration_s * 1000),
            cause_for_term: Some(u16::from(sequence_number < 3)),
            diagnostics: None,
            details: 0,
        },
        leg: None,
    }
}

fn put(all: &mut CallParts, part: StoredPart) -> Change<StoredCall> {
    all.change(Some(part), None, &Symbols::default(), &mut Work::default())
}

fn standing(parts: &[StoredPart]) -> Vec<CallFact> {
    let mut all = CallParts::default();
    let mut calls: Vec<StoredCall> = Vec::new();
    for part in parts {
        let change = put(&mut all, *part);
        calls.retain(|call| !change.removed.contains(call));
        calls.extend(change.inserted);
    }
    calls.sort();
    calls.iter().map(|call| call.fact).collect()
}

#[test]
fn three_parts_are_one_fact_in_any_order() {
    let parts = [part(1, 0, 900), part(2, 900, 900), part(3, 1800, 120)];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        let facts = standing(&order.map(|at| parts[at]));
        assert_eq!(facts.len(), 1);
        assert_eq!((facts[0].at, facts[0].call_duration), (EventTime(0), Some(1_920_000)));
        assert_eq!((facts[0].fingerprint, facts[0].cause_for_term), (parts[0].fact.fingerprint, Some(0)));
    }
}

#[test]
fn a_call_of_parts_is_answered_if_any_part_was_whatever_the_order() {
    let answered = |sequence_number: u32, answered: bool| {
        let mut part = part(sequence_number, i64::from(sequence_number), 60);
        part.fact.answered = answered;
        part
    };
    for answers in [[true, false, false], [false, true, false], [false, false, true], [false; 3]] {
        let parts = [answered(1, answers[0]), answered(2, answers[1]), answered(3, answers[2])];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let facts = standing(&order.map(|at| parts[at]));
            assert_eq!(
                (facts.len(), facts[0].answered),
                (1, answers.contains(&true)),
                "{answers:?} in order {order:?}"
            );
        }
    }
}

#[test]
fn a_call_of_parts_is_the_leg_that_its_lowest_number_is_and_ended_with_the_last() {
    let leg = |sequence_number: u32, at_s: i64, leg: Option<(u32, u32)>| StoredPart {
        leg: leg.map(|(key, lasted)| LegMark { key, lasted }),
        ..part(sequence_number, at_s, 10)
    };
    let parts = [leg(1, 10, Some((7, 1_000))), leg(2, 0, Some((8, 99_000))), leg(3, 20, None)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut all = CallParts::default();
        let last = order.map(|at| put(&mut all, parts[at])).into_iter().next_back().expect("three");
        // It began with the second, which ended last.
        assert_eq!(last.inserted[0].leg, Some(LegMark { key: 7, lasted: 99_000 }));
    }
}

#[test]
fn a_part_that_joins_two_facts_makes_them_one() {
    let day = 86_400;
    let facts = standing(&[part(1, 0, 10), part(3, 2 * day, 30)]);
    assert_eq!(facts.len(), 2, "more than a day apart");
    let facts = standing(&[part(1, 0, 10), part(3, 2 * day, 30), part(2, day, 20)]);
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].call_duration, Some(60_000));
}

#[test]
fn of_two_parts_with_one_number_the_longer_stands() {
    for order in [[10, 20], [20, 10]] {
        let facts = standing(&order.map(|duration| part(1, 0, duration)));
        assert_eq!((facts.len(), facts[0].call_duration), (1, Some(20_000)));
    }
}

#[test]
fn parts_of_a_call_stay_while_a_neighbour_may_come() {
    let mut all = CallParts::default();
    put(&mut all, part(1, 0, 10));
    all.evict_before(EventTime(Millis::DAY.0), &mut Work::default());
    assert!(!all.is_empty());
    all.evict_before(EventTime(Millis::DAY.0 + 1), &mut Work::default());
    assert!(all.is_empty());
}

#[test]
fn a_snapshot_holds_a_part_as_its_values_one_after_another() {
    let mut all = CallParts::default();
    let one = part(3, 60, 5);
    put(&mut all, one);
    let StoredPart { reference, sequence_number, fact, leg } = one;
    let values = (
        (1_u8, reference, sequence_number),
        (fact.at, fact.fingerprint, fact.called_number),
        (fact.record_type, fact.answered, fact.served),
        (fact.call_duration, fact.cause_for_term, fact.diagnostics, fact.details),
        leg,
    );
    let bytes = postcard::to_stdvec(&all).expect("encodes");
    assert_eq!(bytes, postcard::to_stdvec(&values).expect("encodes"));
    assert_eq!(postcard::from_bytes::<CallParts>(&bytes).expect("decodes"), all);
}

proptest! {
    /// Few parts are looked through, many are looked up in a table.
    #[test]
    fn the_calls_are_those_that_all_parts_make_whatever_came_and_went(
        parts in prop::collection::vec((0..30u32, 1..4u32, 0..60i64, 0..3u32), 0..200),
        evict_at in prop::option::of(0..200usize),
    ) {
        let symbols = Symbols::default();
        let (mut all, mut calls) = (CallParts::default(), Vec::new());
        let mut standing: BTreeMap<FactPlace, StoredPart> = BTreeMap::new();
        for (step, (reference, sequence_number, hour, duration)) in parts.into_iter().enumerate() {
            if evict_at == Some(step) {
                all.evict_before(EventTime(0), &mut Work::default());
                prop_assert_eq!(all.all().len(), standing.len());
            }
            // Records of one identity may be parts of different calls; one of them is held.
            let leg = (duration > 1).then_some(LegMark { key: sequence_number % 2, lasted: duration * 3_600_000 * (reference % 3) });
            let mut part = StoredPart { reference, leg, ..part(sequence_number, hour * 3600, duration) };
            part.fact.fingerprint.0 = (10 * reference + sequence_number) % 70;
            let taken = standing.insert(part.place(), part);
            let put = (duration > 0).then_some(part);
            if put.is_none() {
                standing.remove(&part.place());
            }
            let change = all.change(put, taken, &symbols, &mut Work::default());
            for gone in &change.removed {
                let at = calls.iter().position(|call| call == gone);
                calls.swap_remove(at.expect("what is removed was there"));
            }
            calls.extend(change.inserted);
            for call in &calls {
                prop_assert!(all.calls_at(call.fact.place(), &symbols, &mut Work::default()).contains(call));
            }
        }
        prop_assert_eq!(all.all().iter().copied().collect::<Vec<_>>(), standing.values().copied().collect::<Vec<_>>());
        calls.sort();
        prop_assert_eq!(calls, calls_of_all(&all, &symbols));
        let bytes = serde_json::to_vec(&all).expect("encodes");
        prop_assert_eq!(serde_json::from_slice::<CallParts>(&bytes).expect("decodes"), all);
    }
}

/// Every call of parts, worked out plainly.
pub(crate) fn calls_of_all(parts: &CallParts, symbols: &Symbols) -> Vec<StoredCall> {
    let mut by_call: Vec<StoredPart> = parts.all().iter().copied().collect();
    by_call.sort_by_key(StoredPart::call);
    let calls = by_call.chunk_by(|a, b| a.call() == b.call());
    let mut calls: Vec<StoredCall> = calls.flat_map(|call| merge_all(call, symbols)).collect();
    calls.sort();
    calls
}

proptest! {
    #[test]
    fn the_oldest_parts_go_and_what_is_told_of_the_calls_is_what_is_left(
        parts in prop::collection::vec((0..9u32, 1..30u32, 0..90i64), 1..300),
        built in any::<bool>(),
    ) {
        let (symbols, mut work) = (Symbols::default(), Work::default());
        let mut all = CallParts::default();
        for (fingerprint, (reference, sequence_number, hour)) in (0u32..).zip(parts) {
            let mut part = StoredPart { reference, ..part(sequence_number, hour * 3600, 10) };
            part.fact.fingerprint.0 = fingerprint;
            put(&mut all, part);
        }
        if built {
            // As after a restart: the calls are worked out again when the next part comes.
            all = postcard::from_bytes(&postcard::to_stdvec(&all).expect("encodes")).expect("decodes");
        }
        let (held, mut expected) = (all.all().len(), calls_of_all(&all, &symbols));
        let (change, before) = all.drop_oldest(&symbols, &mut work).expect("some go");
        prop_assert!(all.all().len() < held && all.all().iter().all(|part| part.fact.at >= before));
        for gone in &change.removed {
            expected.remove(expected.iter().position(|call| call == gone).expect("what is removed was there"));
        }
        expected.extend(change.inserted);
        expected.sort();
        prop_assert_eq!(calls_of_all(&all, &symbols), expected);
    }
}

/// Work for each of so many parts.
fn each_part(count: u32, part: impl Fn(u32) -> StoredPart) -> u64 {
    let (mut all, mut work) = (CallParts::default(), Work::default());
    (0..count).for_each(|n| _ = all.change(Some(part(n)), None, &Symbols::default(), &mut work));
    work.total() / u64::from(count)
}

#[test]
fn k1_a_part_costs_what_it_changes_whatever_parts_there_are() {
    let by_number = |n: u32, sequence_number: u32, at_s: i64| {
        let mut part = part(sequence_number, at_s, 10);
        part.fact.fingerprint.0 = n;
        part
    };
    let mixed = |n: u32| n.wrapping_mul(0x9e37_79b9) >> 12;
    let shapes: [(&str, &dyn Fn(u32) -> StoredPart); 6] = [
        ("of one call, in order", &|n| by_number(n, n, i64::from(n) * 60)),
        ("of one call, last first", &|n| by_number(n, 1_000_000 - n, i64::from(1_000_000 - n) * 60)),
        ("of one call, in no order", &|n| by_number(n, mixed(n), i64::from(mixed(n)) / 10)),
        ("with one number", &|n| by_number(n, 1, i64::from(n) * 60)),
        ("at one instant", &|n| by_number(n, n, 0)),
        ("of a call each", &|n| StoredPart { reference: n, ..by_number(n, 1, i64::from(n) * 60) }),
    ];
    for (shape, part) in shapes {
        let (few, many) = (each_part(2_000, part), each_part(32_000, part));
        assert!(many <= few + few / 2 + 64 && many <= 1_000, "{shape}: {few} each of 2,000, {many} each of 32,000");
    }
}

#[test]
fn k1_a_part_that_joins_two_calls_moves_the_smaller() {
    // Calls that are joined two by two, and their unions again, as the parts between them come.
    let day = 100_000;
    let joined = |count: i64| {
        let (mut all, mut work) = (CallParts::default(), Work::default());
        let mut put = |n: i64| {
            let mut part = part(n as u32, n * day / 2, 10);
            part.fact.fingerprint.0 = n as u32;
            all.change(Some(part), None, &Symbols::default(), &mut work)
        };
        let mut step = count;
        while step > 1 {
            (0..count).filter(|n| n % step == step / 2).for_each(|n| _ = put(n));
            step /= 2;
        }
        work.total() / count as u64
    };
    let (few, many) = (joined(1 << 10), joined(1 << 14));
    assert!(many <= few * 2 && many <= 1_000, "{few} each of 1,024, {many} each of 16,384");
}

#[test]
fn k1_looking_for_old_parts_costs_nothing_where_none_go() {
    let (mut all, mut work) = (CallParts::default(), Work::default());
    for n in 0..10_000 {
        all.change(Some(part(n, i64::from(n) * 3600, 10)), None, &Symbols::default(), &mut work);
    }
    let before = work;
    // They are one call that has not ended.
    all.evict_before(EventTime(9_000 * 3_600_000), &mut work);
    assert_eq!((all.all().len(), (work - before).total()), (10_000, 0));
}

proptest! {
    /// What counts towards a cap must count the same in a replay, which begins with what was stored and read back.
    #[test]
    fn the_bytes_of_parts_are_those_of_what_is_held_whatever_their_history(
        parts in prop::collection::vec((0..30u32, 1..9u32, 0..400i64), 0..200),
        keys in prop::collection::vec(any::<u16>(), 200),
    ) {
        let part = |(reference, sequence_number, hour): (u32, u32, i64)| {
            let mut part = StoredPart { reference, ..part(sequence_number, hour * 3600, 10) };
            part.fact.fingerprint.0 = 10 * reference + sequence_number;
            part
        };
        let parts: std::collections::BTreeSet<_> = parts.into_iter().collect();
        let mut plain = CallParts::default();
        parts.iter().for_each(|each| _ = put(&mut plain, part(*each)));
        let mut shuffled: Vec<_> = keys.into_iter().zip(&parts).collect();
        shuffled.sort_unstable();
        let mut other = CallParts::default();
        for (step, (_, each)) in shuffled.into_iter().enumerate() {
            put(&mut other, part(*each));
            if step % 50 == 7 {
                other = postcard::from_bytes(&postcard::to_stdvec(&other).expect("encodes")).expect("decodes");
            }
        }
        prop_assert_eq!(other.bytes(), plain.bytes());
        prop_assert_eq!(other.all(), plain.all());
    }
}
