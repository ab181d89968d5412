use proptest::prelude::*;
use ringfence_cdr::{EventTime, Fingerprint, PackedNumber, RecordType};

use super::*;

fn key() -> PackedNumber {
    PackedNumber::new("+8619000000001").expect("fits")
}

fn facts() -> impl Strategy<Value = Vec<CallFact>> {
    let fact = (
        prop_oneof![0..400i64, (0..400i64).prop_map(|s| s * 1000), any::<i64>().prop_map(|t| t / 4)],
        0..6u32,
        any::<u64>(),
        0..10usize,
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
                    record_type: RecordType::ALL[kind],
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
    timeline.decode_into(key(), EventTime::MIN, EventTime::MAX, &mut out);
    out
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
            prop_assert_eq!(timeline.insert(key(), fact), expected);
            model.entry(fact.place()).or_insert(*fact);
        }
        for removal in removals {
            if facts.is_empty() { break; }
            let (at, fingerprint) = removal.get(&facts).place();
            prop_assert_eq!(timeline.remove(key(), at, fingerprint), model.remove(&(at, fingerprint)));
        }
        prop_assert_eq!(all(&timeline), model.values().copied().collect::<Vec<_>>());
        prop_assert_eq!(timeline.len(), model.len());
        let (after, to) = (EventTime(after), EventTime(after + length));
        let mut range = Vec::new();
        timeline.decode_into(key(), after, to, &mut range);
        prop_assert_eq!(range, model.values().filter(|fact| fact.at > after && fact.at <= to).copied().collect::<Vec<_>>());
        let whole = timeline.whole_chunk_after(after);
        prop_assert!(whole <= after);
        prop_assert!(model.values().filter(|fact| fact.at > whole && fact.at <= after).count() <= 2 * CHUNK_FACTS_MAX);
        let recent = model.values().filter(|fact| fact.at > after).count();
        prop_assert!(timeline.may_have_after(after, recent));
        prop_assert!(!timeline.may_have_after(after, model.len() + 1));
        let evicted = timeline.evict_before(key(), to);
        model.retain(|(at, _), _| *at >= to);
        prop_assert_eq!(all(&timeline), model.values().copied().collect::<Vec<_>>());
        prop_assert!(evicted <= facts.len());
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
            record_type: RecordType::MoCall,
            answered: true,
            served: true,
            call_duration: Some((call as u32 % 300) * 1000),
            cause_for_term: None,
            diagnostics: None,
            details: 0,
        };
        assert_eq!(timeline.insert(key(), &fact), Insertion::Inserted);
    }
    let per_fact = timeline.heap_bytes() as f64 / 5_000.0;
    assert!(per_fact < 15.5, "{per_fact} bytes a fact");
}
