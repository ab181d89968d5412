use std::collections::BTreeMap;

use proptest::prelude::*;
use ringfence_cdr::{EventTime, Fingerprint, RecordType};

use super::*;
use crate::LegMark;
use crate::legs::tests::facts_of_calls;
use crate::parts::tests::calls_of_all;

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
    StoredRecord::Part(StoredPart { reference, sequence_number, fact, leg: None })
}

fn alone(fact: CallFact) -> StoredRecord {
    StoredRecord::Whole(StoredCall { fact, leg: None })
}

fn leg(key: u32, lasted: u32, fact: CallFact) -> StoredRecord {
    StoredRecord::Whole(StoredCall { fact, leg: Some(LegMark { key, lasted }) })
}

#[derive(Default)]
struct Held {
    calls: CallTimeline,
    parts: CallParts,
    legs: CallLegs,
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
        let Self { calls, parts, legs, symbols, .. } = self;
        let mut records = CallRecords { number: number("+8619000000001"), calls, parts, legs, symbols };
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
    let orders = [[alone(one), other], [other, alone(one)]];
    let held = orders.map(|order| Held::of(&order));
    assert_eq!(held[0].all(), [one]);
    assert_eq!(held[0].parts.all().len(), 1, "a part stands before a whole call");
    assert!(held[0].all() == held[1].all() && held[0].parts == held[1].parts);
    assert_eq!(Held::of(&orders[0]).insert(&alone(one)), Some(Repeat::Falls));
    assert_eq!(Held::of(&orders[0]).insert(&other), Some(Repeat::Same));
    assert_eq!(Held::of(&[alone(one)]).insert(&other), Some(Repeat::Stands));
}

#[test]
fn the_longer_record_stands_whichever_of_the_two_is_a_part() {
    let next = part(7, 2, whole(HOUR, 2, 5_000));
    let records = [alone(whole(0, 1, 60_001)), part(7, 1, whole(0, 1, 60_000)), next];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        // The whole call stands, and what would have been joined to the part is a call by itself.
        assert_eq!(Held::of(&order.map(|at| records[at])).all(), [whole(0, 1, 60_001), whole(HOUR, 2, 5_000)]);
    }
}

#[test]
fn a_call_of_parts_may_have_the_place_of_another_call() {
    // The parts make a fact at 0 with fingerprint 1, which no part has there.
    let parts = [part(7, 2, whole(0, 2, 1_000)), part(7, 1, whole(HOUR, 1, 1_000))];
    let other = alone(whole(0, 1, 9_000));
    for order in [[parts[0], parts[1], other], [other, parts[1], parts[0]], [parts[0], other, parts[1]]] {
        let mut held = Held::of(&order);
        assert_eq!(held.all(), [whole(0, 1, 2_000), whole(0, 1, 9_000)]);
        assert_eq!(held.insert(&other), Some(Repeat::Same));
        assert_eq!(held.insert(&alone(whole(0, 1, 8_000))), Some(Repeat::Falls));
    }
}

#[test]
fn a_fact_that_was_evicted_is_not_told_to_be_removed() {
    let mut held = Held::of(&[part(7, 1, whole(0, 1, 1_000))]);
    held.calls.evict_before(number("+8619000000001"), EventTime(HOUR), &mut Work::default());
    let Held { calls, parts, legs, symbols, .. } = &mut held;
    let mut records = CallRecords { number: number("+8619000000001"), calls, parts, legs, symbols };
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

#[test]
fn a_leg_and_a_call_of_its_own_with_one_identity_are_one_fact_in_any_order() {
    let fact = whole(0, 1, 60_000);
    let other = leg(7, 90_000, whole(HOUR, 2, 5_000));
    for copies in [[alone(fact), leg(7, HOUR as u32, fact)], [leg(7, HOUR as u32, fact), alone(fact)]] {
        let held = Held::of(&copies);
        assert_eq!((held.all(), held.legs.len()), (vec![fact], 0), "no key comes before a key");
        // What would have been joined to it is a call by itself.
        assert_eq!(Held::of(&[copies[0], other, copies[1]]).all(), [fact, whole(HOUR, 2, 5_000)]);
    }
    let longer = leg(7, HOUR as u32, whole(0, 1, 60_001));
    assert_eq!(Held::of(&[alone(fact), other, longer]).all(), [whole(0, 1, 60_001)]);
    assert_eq!(Held::of(&[longer]).insert(&longer), Some(Repeat::Same));
    assert_eq!(Held::of(&[longer]).insert(&leg(7, 1, whole(0, 1, 60_001))), Some(Repeat::Stands));
    assert_eq!(Held::of(&[longer]).insert(&leg(8, 1, whole(0, 1, 60_001))), Some(Repeat::Falls));
}

#[test]
fn a_copy_that_is_a_part_stands_before_one_that_is_a_leg() {
    let fact = whole(0, 1, 60_000);
    for order in [[leg(7, 0, fact), part(7, 1, fact)], [part(7, 1, fact), leg(7, 0, fact)]] {
        let held = Held::of(&order);
        assert_eq!((held.all(), held.parts.all().len(), held.legs.len()), (vec![fact], 1, 0));
    }
}

#[test]
fn a_leg_of_parts_may_have_the_place_of_another_leg() {
    let marked = |sequence_number: u32, fact: CallFact| {
        let leg = Some(LegMark { key: 7, lasted: 0 });
        StoredRecord::Part(StoredPart { reference: 9, sequence_number, fact, leg })
    };
    // The parts make a leg at 0 with fingerprint 1, which no part has there; the third record has.
    let records =
        [marked(2, whole(0, 2, 1_000)), marked(1, whole(HOUR, 1, 1_000)), leg(7, HOUR as u32, whole(0, 1, 9_000))];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut held = Held::of(&order.map(|at| records[at]));
        assert_eq!(held.all(), [whole(0, 1, 9_000)]);
        assert_eq!(held.insert(&records[2]), Some(Repeat::Same));
        assert_eq!(held.insert(&leg(7, 0, whole(0, 1, 8_000))), Some(Repeat::Falls));
        assert_eq!(held.insert(&alone(whole(0, 1, 10_000))), Some(Repeat::Stands));
        assert_eq!(held.all(), [whole(0, 1, 2_000), whole(0, 1, 10_000)]);
    }
}

#[test]
fn a_leg_that_was_evicted_is_one_fact_with_what_its_parts_make_of_it() {
    let marked = |sequence_number: u32, fact: CallFact| {
        let leg = Some(LegMark { key: 7, lasted: 0 });
        StoredRecord::Part(StoredPart {
            reference: 9,
            sequence_number,
            fact: CallFact { answered: false, ..fact },
            leg,
        })
    };
    let mut held = Held::of(&[marked(1, whole(0, 1, 1_000)), marked(2, whole(24 * HOUR, 2, 1_000))]);
    let before = EventTime(24 * HOUR + 1);
    held.calls.evict_before(number("+8619000000001"), before, &mut Work::default());
    held.legs.evict_before(before, &held.symbols, &mut Work::default());
    assert!(held.legs.is_empty() && !held.parts.is_empty());
    let Held { calls, parts, legs, symbols, .. } = &mut held;
    let mut records = CallRecords { number: number("+8619000000001"), calls, parts, legs, symbols };
    let insertion = records.insert(&marked(3, whole(48 * HOUR, 3, 1_000)), None, &mut Work::default());
    assert_eq!(
        (insertion.removed, insertion.inserted, insertion.facts),
        (vec![], vec![CallFact { answered: false, ..whole(0, 1, 3_000) }], 0)
    );
}

fn record() -> impl Strategy<Value = StoredRecord> {
    let fact = (0..40i64, 0..6u32, 0..3u32, any::<bool>()).prop_map(|(hour, fingerprint, duration, answered)| {
        CallFact { answered, ..whole(hour * 4 * HOUR, fingerprint, duration * 1_000) }
    });
    let leg =
        prop::option::of((0..3u32, 0..12u32).prop_map(|(key, hours)| LegMark { key, lasted: hours * 2 * HOUR as u32 }));
    let of = prop::option::of((0..3u32, 1..4u32));
    (fact, leg, of).prop_map(|(fact, leg, of)| match of {
        None => StoredRecord::Whole(StoredCall { fact, leg }),
        Some((reference, sequence_number)) => StoredRecord::Part(StoredPart { reference, sequence_number, fact, leg }),
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
        let mut calls = Vec::new();
        let mut parts = CallParts::default();
        for record in standing.values() {
            match record {
                StoredRecord::Whole(call) => calls.push(*call),
                StoredRecord::Part(part) => _ = parts.change(Some(*part), None, &held.symbols, &mut Work::default()),
            }
        }
        calls.extend(calls_of_all(&parts, &held.symbols));
        prop_assert_eq!(held.all(), facts_of_calls(&calls, &held.symbols));
        prop_assert_eq!(held.parts, parts);
        prop_assert_eq!(held.legs.len(), calls.iter().filter(|call| call.leg.is_some()).count());
    }
}
