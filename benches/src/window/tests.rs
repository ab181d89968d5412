use std::collections::BTreeSet;

use super::{Calls, Limit};

const THREE_A_MINUTE: Limit = Limit { limit: 3, length_ms: 60_000 };

/// Inserts call times in seconds in this order and collects the stretches.
fn stretches(times_s: &[i64]) -> Vec<i64> {
    let mut calls = Calls::default();
    let mut told = Vec::new();
    for at in times_s {
        calls.insert(at * 1000, THREE_A_MINUTE, |edge| told.push(edge / 1000));
    }
    told
}

#[test]
fn the_limit_is_reached_within_the_window_and_not_at_its_open_edge() {
    assert_eq!(stretches(&[0, 10, 59]), [59]);
    assert!(stretches(&[0, 10, 60]).is_empty());
}

#[test]
fn a_stretch_is_told_once_and_again_after_a_pause() {
    assert_eq!(stretches(&[0, 10, 50, 65, 70]), [50]);
    assert_eq!(stretches(&[0, 10, 50, 200, 210, 220, 230]), [50, 220]);
}

#[test]
fn calls_at_the_same_time_count_each() {
    assert_eq!(stretches(&[5, 5, 5]), [5]);
}

#[test]
fn a_late_call_is_counted_in_the_windows_that_it_belongs_to() {
    assert_eq!(stretches(&[0, 50, 20]), [50]);
    assert!(stretches(&[0, 70, 20]).is_empty());
}

#[test]
fn a_late_call_before_a_known_stretch_makes_no_new_one() {
    assert_eq!(stretches(&[0, 10, 50, 40]), [50]);
    assert_eq!(stretches(&[0, 10, 50, 5]), [50]);
}

#[test]
fn a_late_call_tells_a_stretch_that_ended_before_the_newest_call() {
    assert_eq!(stretches(&[0, 50, 100, 20]), [50]);
}

/// The plain judge: after each call it counts every window anew, and tells the stretches in which none held before.
fn plain_stretches(times_s: &[i64]) -> Vec<i64> {
    let mut calls: Vec<(i64, usize)> = Vec::new();
    let mut held = BTreeSet::new();
    let mut told = Vec::new();
    for (order, &at) in times_s.iter().enumerate() {
        calls.push((at, order));
        calls.sort_by_key(|call| call.0);
        let holding: Vec<bool> = (0..calls.len())
            .map(|end| calls[..=end].iter().filter(|call| call.0 > calls[end].0 - 60).count() >= 3)
            .collect();
        let mut end = 0;
        while end < calls.len() {
            let stretch: Vec<_> = (end..calls.len()).take_while(|&end| holding[end]).collect();
            if !stretch.is_empty() && stretch.iter().all(|&end| !held.contains(&calls[end])) {
                told.push(calls[end].0);
            }
            end += stretch.len().max(1);
        }
        held = calls.iter().zip(&holding).filter(|(_, holds)| **holds).map(|(call, _)| *call).collect();
    }
    told
}

/// A small generator of numbers below a bound, the same in every run.
fn numbers_from(seed: u64) -> impl FnMut(u64) -> i64 {
    let mut state = seed;
    move |bound| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % bound).unwrap_or_default()
    }
}

#[test]
fn in_any_order_within_the_lateness_it_agrees_with_a_judge_that_counts_all() {
    let mut below = numbers_from(7);
    let mut found = 0;
    for _ in 0..300 {
        let mut arrival = 100;
        let times: Vec<i64> = (0..50)
            .map(|_| {
                arrival += below(40);
                arrival - below(30)
            })
            .collect();
        let expected = plain_stretches(&times);
        assert_eq!(stretches(&times), expected, "{times:?}");
        found += expected.len();
    }
    assert!(found > 500, "the calls are dense enough to test anything: {found}");
}
