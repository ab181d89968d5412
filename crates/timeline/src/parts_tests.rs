use std::collections::BTreeMap;

use proptest::prelude::*;

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
    }
}

fn put(all: &mut CallParts, part: StoredPart) -> PartsChange {
    all.change(Some(part), None, &Symbols::default(), &mut Work::default())
}

fn standing(parts: &[StoredPart]) -> Vec<CallFact> {
    let mut all = CallParts::default();
    let mut facts: Vec<CallFact> = Vec::new();
    for part in parts {
        let change = put(&mut all, *part);
        facts.retain(|fact| !change.removed.contains(fact));
        facts.extend(change.inserted);
    }
    facts.sort();
    facts
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

proptest! {
    /// Few parts are looked through, many are looked up in a table.
    #[test]
    fn the_facts_are_those_that_all_parts_make_whatever_came_and_went(
        parts in prop::collection::vec((0..30u32, 1..4u32, 0..60i64, 0..3u32), 0..200),
        evict_at in prop::option::of(0..200usize),
    ) {
        let symbols = Symbols::default();
        let (mut all, mut facts) = (CallParts::default(), Vec::new());
        let mut standing: BTreeMap<Place, StoredPart> = BTreeMap::new();
        for (step, (reference, sequence_number, hour, duration)) in parts.into_iter().enumerate() {
            if evict_at == Some(step) {
                all.evict_before(EventTime(0), &mut Work::default());
                prop_assert_eq!(all.all().len(), standing.len());
            }
            // Records of one identity may be parts of different calls; one of them is held.
            let mut part = StoredPart { reference, ..part(sequence_number, hour * 3600, duration) };
            part.fact.fingerprint.0 = (10 * reference + sequence_number) % 70;
            let taken = standing.insert(part.place(), part);
            let put = (duration > 0).then_some(part);
            if put.is_none() {
                standing.remove(&part.place());
            }
            let change = all.change(put, taken, &symbols, &mut Work::default());
            for gone in &change.removed {
                let at = facts.iter().position(|fact| fact == gone);
                facts.swap_remove(at.expect("what is removed was there"));
            }
            facts.extend(change.inserted);
            for fact in &facts {
                prop_assert!(all.facts_at(fact.place(), &symbols, &mut Work::default()).contains(fact));
            }
        }
        prop_assert_eq!(all.all(), standing.values().copied().collect::<Vec<_>>());
        let mut expected: Vec<CallFact> = (0..30)
            .flat_map(|reference| {
                let of_call: Vec<_> = standing.values().filter(|part| part.reference == reference).copied().collect();
                merge_all(&of_call, &symbols)
            })
            .collect();
        expected.sort();
        facts.sort();
        prop_assert_eq!(facts, expected);
        let bytes = serde_json::to_vec(&all).expect("encodes");
        prop_assert_eq!(serde_json::from_slice::<CallParts>(&bytes).expect("decodes"), all);
    }
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
