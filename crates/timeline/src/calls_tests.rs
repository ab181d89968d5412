use proptest::prelude::*;
use ringfence_cdr::{EventTime, Fingerprint, PackedNumber, RecordType};

use super::*;
use crate::chunk::CHUNK_FACTS_MAX;

fn key() -> PackedNumber {
    PackedNumber::new("+8619000000001").expect("fits")
}

fn facts() -> impl Strategy<Value = Vec<CallFact>> {
    let fact = (
        prop_oneof![0..400i64, (0..400i64).prop_map(|s| s * 1000), any::<i64>().prop_map(|t| t / 4)],
        0..6u32,
        any::<u64>(),
        0..11usize,
        any::<(bool, bool)>(),
        proptest::option::of(prop_oneof![0..5000u32, any::<u32>().prop_map(|d| d.min(u32::MAX - 1))]),
        proptest::option::of(any::<u16>()),
        proptest::option::of(any::<u16>()),
        prop_oneof![Just(0u32), any::<u32>()],
    );
    proptest::collection::vec(fact, 0..400).prop_map(|facts| {
        facts
            .into_iter()
            .map(|(at, fingerprint, called, kind, (answered, served), duration, cause, diagnostics, details)| {
                CallFact {
                    at: EventTime(at),
                    fingerprint: Fingerprint(fingerprint),
                    called_number: PackedNumber(called),
                    record_type: RecordType::ALL.get(kind).copied(),
                    answered,
                    served,
                    call_duration: duration,
                    cause_for_term: cause,
                    diagnostics,
                    details,
                }
            })
            .collect()
    })
}

fn all(timeline: &CallTimeline) -> Vec<CallFact> {
    let mut out = Vec::new();
    timeline.decode_into(key(), (EventTime::MIN, EventTime::MAX), &mut out, &mut Work::default());
    out
}

#[test]
fn bytes_that_are_no_calls_in_order_are_told_from_a_timeline() {
    let mut work = Work::default();
    let mut timeline = CallTimeline::default();
    let fact = |at: i64| CallFact {
        at: EventTime(at),
        fingerprint: Fingerprint(7),
        called_number: PackedNumber(3),
        record_type: None,
        answered: true,
        served: true,
        call_duration: Some(5_000),
        cause_for_term: None,
        diagnostics: None,
        details: 0,
    };
    assert!(timeline.is_sound(key()), "nothing is in order");
    (0..500).for_each(|at| timeline.insert(key(), &fact(at * 1_000), &mut work));
    assert!(timeline.is_sound(key()));
    let bytes = postcard::to_stdvec(&timeline).expect("encodes");
    let mut refused = 0;
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 0x80;
        let Ok(read) = postcard::from_bytes::<CallTimeline>(&other) else { continue };
        let facts: Vec<CallFact> = read.facts(key(), &mut work).collect();
        let times = (facts.first().map(|fact| fact.at), facts.last().map(|fact| fact.at));
        if read.is_sound(key()) {
            assert!(facts.is_sorted() && facts.len() == read.len(), "byte {at}");
            assert_eq!(times, (read.first_at(), read.last_at()), "byte {at}");
        } else {
            refused += 1;
        }
    }
    assert!(refused > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_timeline_holds_what_a_sorted_map_holds(facts in facts(), removals in proptest::collection::vec(any::<prop::sample::Index>(), 0..50), after in -10..400_000i64, length in 0..400_000i64) {
        let mut timeline = CallTimeline::default();
        let mut model = std::collections::BTreeMap::new();
        for fact in &facts {
            let expected = match model.get(&fact.place()) {
                Some(standing) => Insertion::Exists(*standing),
                None => Insertion::Inserted,
            };
            prop_assert_eq!(timeline.insert_new(key(), fact, &mut Work::default()), expected);
            model.entry(fact.place()).or_insert(*fact);
        }
        for removal in removals {
            if facts.is_empty() { break; }
            let fact = removal.get(&facts);
            let there = model.get(&fact.place()) == Some(fact);
            prop_assert_eq!(timeline.remove(key(), fact, &mut Work::default()), there);
            if there {
                model.remove(&fact.place());
            }
        }
        prop_assert_eq!(all(&timeline), model.values().copied().collect::<Vec<_>>());
        prop_assert_eq!(timeline.len(), model.len());
        let (after, to) = (EventTime(after), EventTime(after + length));
        let mut range = Vec::new();
        timeline.decode_into(key(), (after, to), &mut range, &mut Work::default());
        prop_assert_eq!(range, model.values().filter(|fact| fact.at > after && fact.at <= to).copied().collect::<Vec<_>>());
        let whole = timeline.whole_chunk_after(after);
        prop_assert!(whole <= after);
        prop_assert!(model.values().filter(|fact| fact.at > whole && fact.at <= after).count() <= 2 * CHUNK_FACTS_MAX);
        let recent = model.values().filter(|fact| fact.at > after).count();
        prop_assert!(timeline.may_have_after(after, recent));
        prop_assert!(!timeline.may_have_after(after, model.len() + 1));
        let evicted = timeline.evict_before(key(), to, &mut Work::default());
        model.retain(|(at, _), _| *at >= to);
        prop_assert_eq!(all(&timeline), model.values().copied().collect::<Vec<_>>());
        prop_assert!(evicted <= facts.len());
    }
}

proptest! {
    /// Facts of one instant fill many chunks, and some have the place of another.
    #[test]
    fn facts_of_few_instants_and_places_lie_in_order_and_are_found(
        facts in facts(),
        instants in 1..4i64,
        fingerprints in prop_oneof![Just(2u32), Just(u32::MAX)],
        mixed in any::<u32>(),
    ) {
        let mut timeline = CallTimeline::default();
        let mut model: Vec<CallFact> = Vec::new();
        let mut work = Work::default();
        for (step, fact) in (0u32..).zip(facts) {
            let fingerprint = Fingerprint(step.wrapping_mul(mixed) % fingerprints);
            let fact = CallFact { at: EventTime(fact.at.0.rem_euclid(instants) * 1000), fingerprint, ..fact };
            timeline.insert(key(), &fact, &mut work);
            model.insert(model.partition_point(|known| *known < fact), fact);
            if step % 3 == 0 {
                let gone = model[step as usize % model.len()];
                prop_assert!(timeline.remove(key(), &gone, &mut work));
                model.remove(model.partition_point(|known| *known < gone));
            }
            let at_place: Vec<_> = model.iter().filter(|known| known.place() == fact.place()).copied().collect();
            prop_assert_eq!(timeline.at_place(key(), fact.place(), &mut work), at_place);
        }
        prop_assert_eq!(all(&timeline), model);
    }
}

fn stored_and_read_back<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    postcard::from_bytes(&postcard::to_stdvec(value).expect("encodes")).expect("decodes")
}

proptest! {
    /// What counts towards a cap must count the same in a replay, which begins with what was stored and read back.
    #[test]
    fn the_bytes_of_a_timeline_are_those_of_its_facts_whatever_its_history(
        facts in facts(),
        keys in proptest::collection::vec(any::<u16>(), 400),
        gone in facts(),
        evicted_before in proptest::option::of(-10..400_000i64),
    ) {
        let edge = EventTime(evicted_before.unwrap_or(i64::MIN));
        let mut expected: std::collections::BTreeMap<_, CallFact> = Default::default();
        facts.iter().for_each(|fact| _ = expected.entry(fact.place()).or_insert(*fact));
        let mut plain = CallTimeline::default();
        expected.values().filter(|fact| fact.at >= edge).for_each(|fact| _ = plain.insert_new(key(), fact, &mut Work::default()));

        let mut shuffled: Vec<(u16, CallFact)> = keys.into_iter().zip(expected.values().copied()).collect();
        shuffled.sort_by_key(|(key, fact)| (*key, fact.place()));
        let mut other = CallTimeline::default();
        for (at, (_, fact)) in shuffled.iter().enumerate() {
            // Others come, and go again.
            if let Some(gone) = gone.get(at).filter(|gone| !expected.contains_key(&gone.place()))
                && other.insert_new(key(), gone, &mut Work::default()) == Insertion::Inserted
            {
                other.insert_new(key(), fact, &mut Work::default());
                prop_assert!(other.remove(key(), gone, &mut Work::default()));
            }
            other.insert_new(key(), fact, &mut Work::default());
            if at % 50 == 7 {
                other = stored_and_read_back(&other);
            }
        }
        other.evict_before(key(), edge, &mut Work::default());
        prop_assert_eq!(all(&other), all(&plain));
        prop_assert_eq!(other.bytes(), plain.bytes());
        prop_assert_eq!(stored_and_read_back(&other).bytes(), plain.bytes());
        prop_assert!(plain.heap_bytes() <= 2 * plain.bytes() + 1024);
    }
}

#[test]
fn a_plain_call_takes_at_most_fourteen_bytes() {
    let mut timeline = CallTimeline::default();
    for call in 0..5_000u64 {
        let fact = CallFact {
            at: EventTime(1_800_000_000_000 + call as i64 * 52_001_000),
            fingerprint: Fingerprint(call.wrapping_mul(0x9e37_79b9) as u32),
            called_number: PackedNumber::new(&format!("+861{:010}", 3_000_000_000 + call * 7_919_191 % 6_900_000_000))
                .expect("fits"),
            record_type: Some(RecordType::MoCall),
            answered: true,
            served: true,
            call_duration: Some((call as u32 % 300) * 1000),
            cause_for_term: None,
            diagnostics: None,
            details: 0,
        };
        assert_eq!(timeline.insert_new(key(), &fact, &mut Work::default()), Insertion::Inserted);
    }
    let per_fact = timeline.heap_bytes() as f64 / 5_000.0;
    assert!(per_fact < 15.5, "{per_fact} bytes a fact");
    let counted = timeline.bytes() as f64 / 5_000.0;
    assert!((13.0..16.0).contains(&counted), "a fact counts for {counted} bytes");
}

/// A call a second, from the first on.
fn call_at(second: i64) -> CallFact {
    CallFact {
        at: EventTime(second * 1000),
        fingerprint: Fingerprint((second as u32).wrapping_mul(0x9e37_79b9)),
        called_number: PackedNumber::new("+8619000000002").expect("fits"),
        record_type: Some(RecordType::MoCall),
        answered: true,
        served: true,
        call_duration: Some(1000),
        cause_for_term: None,
        diagnostics: None,
        details: 0,
    }
}

#[test]
fn k1_calls_of_one_instant_cost_one_chunk_each_whatever_the_number_holds() {
    for held in [1_000, 16_000] {
        let (mut timeline, mut work) = (CallTimeline::default(), Work::default());
        for call in 0..held {
            let fact = CallFact { at: EventTime(0), ..call_at(call) };
            assert_eq!(timeline.insert_new(key(), &fact, &mut work), Insertion::Inserted);
        }
        let each = work.total() / held as u64;
        assert!(each <= 2 * CHUNK_FACTS_MAX as u64, "{each} a call, of {held}");
    }
}

#[test]
fn k1_a_late_call_costs_one_chunk_whatever_the_number_holds() {
    for held in [1_000, 64_000] {
        let (mut timeline, mut work) = (CallTimeline::default(), Work::default());
        (0..held)
            .filter(|second| second % 2 == 0)
            .for_each(|second| _ = timeline.insert_new(key(), &call_at(second), &mut work));
        assert_eq!(work.decoded, 0, "calls in order of time are never read");
        assert!(work.total() <= held as u64 / 2 * 105 / 100, "and nearly all written once: {work:?}");
        let before = work;
        (0..held / 10).for_each(|n| _ = timeline.insert_new(key(), &call_at(n * 10 + 1), &mut work));
        let each = (work - before).total() / (held as u64 / 10);
        assert!(each <= CHUNK_FACTS_MAX as u64, "{each} a late call, of {held}");
    }
}
