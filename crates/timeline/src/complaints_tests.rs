use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn complaint(id: u32, at: i64, status_time: i64, delay: i64) -> ComplaintFact {
    ComplaintFact {
        at: EventTime(at),
        fingerprint: Fingerprint(id),
        complainant: None,
        delay: Some(delay),
        category: 0,
        channel: 0,
        // Every third status is one that does not count.
        status: if (i64::from(id) + status_time) % 3 == 2 {
            ComplaintStatus::Rejected
        } else {
            ComplaintStatus::Alleged
        },
        status_time: EventTime(status_time),
    }
}

proptest! {
    /// Few ids make many versions of each, many ids a timeline that is looked up in a table.
    #[test]
    fn of_each_id_the_last_version_stands_in_its_place(
        ids in prop_oneof![Just(8u32), Just(400)],
        versions in prop::collection::vec((any::<u32>(), 0..50i64, 0..4i64, 0..2i64), 0..400),
        evict_at in prop::option::of(0..400usize),
    ) {
        let (mut timeline, symbols) = (ComplaintTimeline::default(), Symbols::default());
        let mut standing: BTreeMap<Fingerprint, ComplaintFact> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (step, (id, at, status_time, delay)) in versions.into_iter().enumerate() {
            if evict_at == Some(step) {
                let gone = timeline.evict_before(EventTime(25), &mut Work::default());
                let before = standing.len();
                standing.retain(|_, fact| fact.at >= EventTime(25));
                seen.retain(|(id, _)| standing.contains_key(id));
                prop_assert_eq!(gone, before - standing.len());
            }
            let fact = complaint(id % ids, at, status_time, delay);
            let version = (fact.fingerprint, fact.status_time);
            let expected = match standing.get(&fact.fingerprint) {
                None => ComplaintInsertion::Inserted,
                Some(known) if *known == fact => ComplaintInsertion::Duplicate,
                Some(known) if known.status_time < fact.status_time => ComplaintInsertion::Replaced(*known),
                Some(_) if seen.contains(&version) && standing[&fact.fingerprint].status_time != fact.status_time => ComplaintInsertion::Falls,
                Some(known) if known.status_time > fact.status_time => ComplaintInsertion::Superseded,
                Some(known) if fact.encodes_smaller(known, &symbols) => ComplaintInsertion::Corrected(*known),
                Some(_) => ComplaintInsertion::Falls,
            };
            seen.insert(version);
            if !matches!(expected, ComplaintInsertion::Falls | ComplaintInsertion::Superseded) {
                standing.insert(fact.fingerprint, fact);
            }
            let (generation, counting) = (timeline.generation(), timeline.counting().clone());
            prop_assert_eq!(timeline.insert(fact, &symbols, &mut Work::default()), expected);
            prop_assert!(timeline.generation() > generation || *timeline.counting() == counting);
        }
        let mut expected: Vec<_> = standing.values().copied().collect();
        expected.sort_by_key(ComplaintFact::place);
        prop_assert_eq!(timeline.in_order().copied().collect::<Vec<_>>(), &expected[..]);
        prop_assert_eq!((timeline.len(), timeline.all().count()), (expected.len(), expected.len()));
        prop_assert_eq!(timeline.last_at(), expected.last().map(|fact| fact.at));
        let counting: Vec<_> = expected.iter().filter(|fact| fact.status.counts()).copied().collect();
        prop_assert_eq!(timeline.counting().iter().copied().collect::<Vec<_>>(), counting);
        for id in 0..ids {
            prop_assert_eq!(timeline.knows(Fingerprint(id)), standing.contains_key(&Fingerprint(id)));
        }
        let bytes = serde_json::to_vec(&timeline).expect("encodes");
        prop_assert_eq!(serde_json::from_slice::<ComplaintTimeline>(&bytes).expect("decodes"), timeline);
    }
}

proptest! {
    #[test]
    fn the_oldest_complaints_go_or_the_memory_of_their_versions(
        versions in prop::collection::vec((0..300u32, 0..30i64, 0..9i64), 1..600),
    ) {
        let (mut timeline, symbols, mut work) = (ComplaintTimeline::default(), Symbols::default(), Work::default());
        for (id, at, status_time) in versions {
            timeline.insert(complaint(id, at, status_time, 0), &symbols, &mut work);
        }
        while !timeline.is_empty() {
            let (held, bytes) = (timeline.in_order().copied().collect::<Vec<_>>(), timeline.bytes());
            let kept = match timeline.drop_oldest(&mut work) {
                None => held,
                Some(before) => held.into_iter().filter(|fact| fact.at >= before).collect(),
            };
            prop_assert_eq!(timeline.in_order().copied().collect::<Vec<_>>(), &kept[..]);
            prop_assert!(timeline.bytes() < bytes, "each time takes some");
            prop_assert!(kept.iter().all(|fact| timeline.knows(fact.fingerprint)));
        }
        prop_assert_eq!(timeline.bytes(), 0);
    }
}

#[test]
fn k1_a_complaint_costs_what_it_changes_whatever_complaints_there_are() {
    let mixed = |n: u32| n.wrapping_mul(0x9e37_79b9) >> 12;
    let shapes: [(&str, &dyn Fn(u32) -> ComplaintFact); 4] = [
        ("in order", &|n| complaint(n, i64::from(n), 0, 0)),
        ("last first", &|n| complaint(n, -i64::from(n), 0, 0)),
        ("in no order", &|n| complaint(n, i64::from(mixed(n)), 0, 0)),
        ("versions of one", &|n| complaint(1, i64::from(mixed(n)), i64::from(n), 0)),
    ];
    for (shape, version) in shapes {
        let each = |count: u32| {
            let (mut timeline, mut work) = (ComplaintTimeline::default(), Work::default());
            (0..count).for_each(|n| _ = timeline.insert(version(n), &Symbols::default(), &mut work));
            work.total() / u64::from(count)
        };
        let (few, many) = (each(2_000), each(32_000));
        assert!(many <= few + few / 2 + 64 && many <= 300, "{shape}: {few} each of 2,000, {many} each of 32,000");
    }
}

proptest! {
    /// What counts towards a cap must count the same in a replay, which begins with what was stored and read back.
    #[test]
    fn the_bytes_of_complaints_are_those_of_what_is_held_whatever_their_history(
        versions in prop::collection::vec((0..200u32, 0..50i64, 0..4i64), 0..400),
        keys in prop::collection::vec(any::<u16>(), 400),
    ) {
        let symbols = Symbols::default();
        // One record of each version, so that any order of them ends alike.
        let versions: BTreeMap<_, _> = versions.into_iter().map(|(id, at, status)| ((id, status), at)).collect();
        let versions: Vec<_> = versions.into_iter().map(|((id, status), at)| complaint(id, at, status, 0)).collect();
        let mut plain = ComplaintTimeline::default();
        versions.iter().for_each(|version| _ = plain.insert(*version, &symbols, &mut Work::default()));
        let mut shuffled: Vec<_> = keys.into_iter().zip(&versions).collect();
        shuffled.sort_by_key(|(key, version)| (*key, version.fingerprint, version.status_time));
        let mut other = ComplaintTimeline::default();
        for (step, (_, version)) in shuffled.into_iter().enumerate() {
            other.insert(*version, &symbols, &mut Work::default());
            if step % 50 == 7 {
                other = postcard::from_bytes(&postcard::to_stdvec(&other).expect("encodes")).expect("decodes");
            }
        }
        prop_assert_eq!(other.bytes(), plain.bytes());
        prop_assert_eq!(other, plain);
    }
}
