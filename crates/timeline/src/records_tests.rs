use std::collections::BTreeMap;

use proptest::prelude::*;
use ringfence_cdr::{EventTime, Fingerprint, RecordType};

use super::*;
use crate::parts::tests::facts_of_all;

const HOUR: i64 = 3_600_000;

fn number(text: &str) -> PackedNumber {
    PackedNumber::new(text).expect("fits")
}

fn whole(at: i64, fingerprint: u32, duration: u32) -> CallFact {
    CallFact {
        at: EventTime(at),
        fingerprint: Fingerprint(fingerprint),
        called_number: number("+8619000000002"),
        record_type: Some(RecordType::MoCall),
        answered: true,
        served: true,
        call_duration: Some(duration),
        cause_for_term: None,
        diagnostics: None,
        details: 0,
    }
}

fn part(reference: u32, sequence_number: u32, fact: CallFact) -> StoredRecord {
    StoredRecord::Part(StoredPart { reference, sequence_number, fact })
}

#[derive(Default)]
struct Held {
    calls: CallTimeline,
    parts: CallParts,
    symbols: Symbols,
    facts: i64,
}

impl Held {
    fn of(records: &[StoredRecord]) -> Self {
        let mut held = Self::default();
        records.iter().for_each(|record| _ = held.insert(record));
        held
    }

    fn insert(&mut self, record: &StoredRecord) -> Option<Repeat> {
        let before = self.all();
        let Self { calls, parts, symbols, .. } = self;
        let mut records = CallRecords { number: number("+8619000000001"), calls, parts, symbols };
        let insertion = records.insert(record, None, &mut Work::default());
        self.facts += insertion.facts;
        // What is told is what happened.
        let mut told = before;
        insertion.removed.iter().for_each(|fact| remove_one(&mut told, fact));
        told.extend(insertion.inserted);
        told.sort();
        assert_eq!(told, self.all());
        assert_eq!(self.facts, told.len() as i64);
        insertion.repeat
    }

    fn all(&self) -> Vec<CallFact> {
        self.calls.facts(number("+8619000000001"), &mut Work::default()).collect()
    }
}

#[test]
fn a_record_that_is_whole_in_one_copy_and_a_part_in_another_is_one_fact_in_any_order() {
    let (one, other) = (whole(0, 1, 60_000), part(7, 1, whole(0, 1, 60_000)));
    let orders = [[StoredRecord::Whole(one), other], [other, StoredRecord::Whole(one)]];
    let held = orders.map(|order| Held::of(&order));
    assert_eq!(held[0].all(), [one]);
    assert_eq!(held[0].parts.all().len(), 1, "a part stands before a whole call");
    assert!(held[0].all() == held[1].all() && held[0].parts == held[1].parts);
    assert_eq!(Held::of(&orders[0]).insert(&StoredRecord::Whole(one)), Some(Repeat::Falls));
    assert_eq!(Held::of(&orders[0]).insert(&other), Some(Repeat::Same));
    assert_eq!(Held::of(&[StoredRecord::Whole(one)]).insert(&other), Some(Repeat::Stands));
}

#[test]
fn the_longer_record_stands_whichever_of_the_two_is_a_part() {
    let next = part(7, 2, whole(HOUR, 2, 5_000));
    let records = [StoredRecord::Whole(whole(0, 1, 60_001)), part(7, 1, whole(0, 1, 60_000)), next];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        // The whole call stands, and what would have been joined to the part is a call by itself.
        assert_eq!(Held::of(&order.map(|at| records[at])).all(), [whole(0, 1, 60_001), whole(HOUR, 2, 5_000)]);
    }
}

#[test]
fn a_call_of_parts_may_have_the_place_of_another_call() {
    // The parts make a fact at 0 with fingerprint 1, which no part has there.
    let parts = [part(7, 2, whole(0, 2, 1_000)), part(7, 1, whole(HOUR, 1, 1_000))];
    let other = StoredRecord::Whole(whole(0, 1, 9_000));
    for order in [[parts[0], parts[1], other], [other, parts[1], parts[0]], [parts[0], other, parts[1]]] {
        let mut held = Held::of(&order);
        assert_eq!(held.all(), [whole(0, 1, 2_000), whole(0, 1, 9_000)]);
        assert_eq!(held.insert(&other), Some(Repeat::Same));
        assert_eq!(held.insert(&StoredRecord::Whole(whole(0, 1, 8_000))), Some(Repeat::Falls));
    }
}

#[test]
fn a_fact_that_was_evicted_is_not_told_to_be_removed() {
    let mut held = Held::of(&[part(7, 1, whole(0, 1, 1_000))]);
    held.calls.evict_before(number("+8619000000001"), EventTime(HOUR), &mut Work::default());
    let Held { calls, parts, symbols, .. } = &mut held;
    let mut records = CallRecords { number: number("+8619000000001"), calls, parts, symbols };
    let insertion = records.insert(&part(7, 2, whole(2 * HOUR, 2, 1_000)), None, &mut Work::default());
    assert_eq!((insertion.removed, insertion.inserted, insertion.facts), (vec![], vec![whole(0, 1, 2_000)], 0));
}

#[test]
fn the_same_part_again_changes_nothing() {
    let mut held = Held::of(&[part(7, 1, whole(0, 1, 1_000))]);
    assert_eq!(held.insert(&part(7, 1, whole(0, 1, 1_000))), Some(Repeat::Same));
    assert_eq!(held.insert(&part(7, 1, whole(0, 1, 2_000))), Some(Repeat::Stands));
    assert_eq!(held.insert(&part(7, 2, whole(0, 1, 2_000))), Some(Repeat::Falls), "the smaller number stands");
    assert_eq!(held.insert(&part(6, 2, whole(0, 1, 2_000))), Some(Repeat::Stands), "and the smaller reference");
    assert_eq!(held.all(), [whole(0, 1, 2_000)]);
}

fn record() -> impl Strategy<Value = StoredRecord> {
    let fact = (0..40i64, 0..6u32, 0..3u32)
        .prop_map(|(hour, fingerprint, duration)| whole(hour * 4 * HOUR, fingerprint, duration * 1_000));
    (fact, prop::option::of((0..3u32, 1..4u32))).prop_map(|(fact, of)| match of {
        None => StoredRecord::Whole(fact),
        Some((reference, sequence_number)) => part(reference, sequence_number, fact),
    })
}

proptest! {
    #[test]
    fn what_is_held_is_the_record_of_each_identity_that_stands(records in prop::collection::vec(record(), 0..150)) {
        let held = Held::of(&records);
        let mut standing: BTreeMap<_, StoredRecord> = BTreeMap::new();
        for record in &records {
            let known = standing.entry(record.fact().place()).or_insert(*record);
            if record.standing_order(known, &held.symbols).is_lt() {
                *known = *record;
            }
        }
        let mut facts = Vec::new();
        let mut parts = CallParts::default();
        for record in standing.values() {
            match record {
                StoredRecord::Whole(fact) => facts.push(*fact),
                StoredRecord::Part(part) => _ = parts.change(Some(*part), None, &held.symbols, &mut Work::default()),
            }
        }
        facts.extend(facts_of_all(&parts, &held.symbols));
        facts.sort();
        prop_assert_eq!(held.all(), facts);
        prop_assert_eq!(held.parts, parts);
    }
}
