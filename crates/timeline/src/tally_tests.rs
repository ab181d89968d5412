use proptest::prelude::*;

use super::*;

fn sample() -> impl Strategy<Value = Sample> {
    (0..40i64, proptest::option::of(0..6u64), any::<bool>()).prop_map(|(at, value, holds)| Sample { at, value, holds })
}

/// The value worked out anew from all facts.
fn plain(kind: TallyKind, facts: &[Sample], inner_after: i64, at: i64) -> Option<Ratio> {
    let values: Vec<i128> = facts.iter().filter_map(|fact| fact.value.map(i128::from)).collect();
    let count_of = |value: i128| values.iter().filter(|other| **other == value).count() as i128;
    let mut distinct = values.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let mut times: Vec<i64> = facts.iter().map(|fact| fact.at).collect();
    times.sort_unstable();
    match kind {
        TallyKind::Count => Some((facts.len() as i128, 1)),
        TallyKind::Sum => Some((values.iter().sum(), 1)),
        TallyKind::Mean => (!values.is_empty()).then(|| (values.iter().sum(), values.len() as i128)),
        TallyKind::Min => values.iter().min().map(|v| (*v, 1)),
        TallyKind::Max => values.iter().max().map(|v| (*v, 1)),
        TallyKind::Distinct => Some((distinct.len() as i128, 1)),
        TallyKind::Share => {
            let holding = facts.iter().filter(|fact| fact.holds).count() as i128;
            (!facts.is_empty()).then_some((holding, facts.len() as i128))
        }
        TallyKind::Top => Some((values.iter().map(|v| count_of(*v)).max().unwrap_or(0), 1)),
        TallyKind::Gap => times.windows(2).map(|pair| (i128::from(pair[1] - pair[0]), 1)).min(),
        TallyKind::Elapsed => {
            let latest = facts.iter().filter(|fact| fact.holds && fact.at < at).map(|fact| fact.at).max();
            latest.map(|latest| (i128::from(at - latest), 1))
        }
        TallyKind::Unseen(before) => {
            let novel = |value: &&i128| {
                let of = |fact: &&Sample| fact.value.map(i128::from) == Some(**value);
                let first = facts.iter().filter(of).map(|fact| fact.at).filter(|at| *at > inner_after).min();
                first.is_some_and(|first| {
                    !facts.iter().filter(of).any(|fact| fact.at < first && fact.at > first - before)
                })
            };
            Some((distinct.iter().filter(novel).count() as i128, 1))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_tally_is_what_its_facts_make_it(
        facts in proptest::collection::vec(sample(), 0..40),
        removals in proptest::collection::vec(any::<prop::sample::Index>(), 0..30),
        edges in proptest::collection::vec(-1..41i64, 1..4),
        at in 0..42i64,
    ) {
        let kinds = [
            TallyKind::Count, TallyKind::Sum, TallyKind::Mean, TallyKind::Min, TallyKind::Max, TallyKind::Distinct,
            TallyKind::Share, TallyKind::Top, TallyKind::Gap, TallyKind::Elapsed, TallyKind::Unseen(7),
        ];
        for kind in kinds {
            let mut tally = Tally::new(kind);
            let mut held = facts.clone();
            let mut edge = i64::MIN;
            held.iter().for_each(|fact| tally.insert(*fact));
            for (step, removal) in removals.iter().enumerate() {
                if held.is_empty() { break; }
                tally.remove(held.swap_remove(removal.index(held.len())));
                let next = edges[step % edges.len()];
                let passed = |fact: &&Sample| (fact.at > edge.min(next)) && (fact.at <= edge.max(next));
                tally.move_inner_edge(next, held.iter().filter(passed).copied());
                edge = next;
                prop_assert_eq!(tally.value(at), plain(kind, &held, edge, at), "{:?}", kind);
            }
            prop_assert_eq!(tally.value(at), plain(kind, &held, edge, at), "{:?}", kind);
            prop_assert_eq!(tally.facts(), held.len() as u64);
        }
    }
}
