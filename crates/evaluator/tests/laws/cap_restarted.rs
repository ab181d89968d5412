//! A number at its cap, and a crash: what is dropped, and at which commit, must be the same in a replay. So what counts
//! towards the cap is counted by what is held, never by what vectors happen to keep free.

use ringfence_cdr::{Cdr, Complaint, Millis, Number, Part};
use ringfence_evaluator::ShardOptions;
use ringfence_oracle::PackWithLists;

use crate::found::{WARN, call, complained, complaint, pack, slice};
use crate::run::Run;
use crate::steps::{LIVE, Step};

const CAP: usize = 24 << 10;

fn at(step: u32, place: u32) -> Millis {
    Millis(i64::from(step * 100 + place) * Millis::SECOND.0)
}

/// Runs the steps straight, and again with a restart after every commit that is `every`th, and expects the same.
fn restarts_show_nowhere(pack: &PackWithLists, steps: &[Step]) {
    let options = ShardOptions { clock: LIVE, number_bytes_max: CAP, ..ShardOptions::default() };
    let mut straight = Run::new(pack, options.clone());
    steps.iter().for_each(|step| straight.step(step));
    assert_eq!(straight.shard.counts().numbers_capped, 1);
    for every in [1, 3, 7] {
        let mut restarted = Run::new(pack, options.clone());
        for (at, step) in steps.iter().enumerate() {
            restarted.step(step);
            if at % every == every - 1 {
                restarted.restart();
            }
        }
        assert!(
            straight.lines() == restarted.lines(),
            "restarted after every {every}th commit, it publishes other bytes"
        );
        let same = straight.shard.snapshot().expect("encodes") == restarted.shard.snapshot().expect("encodes");
        assert!(same, "restarted after every {every}th commit, it holds something else");
    }
}

/// Nearly in order, as records come.
fn shuffled(step: u32, place: u32) -> u32 {
    (place * 37 + step) % 97
}

#[test]
fn v1_a_number_at_its_cap_drops_the_same_calls_at_the_same_commits_after_any_restart() {
    let pack = pack(WARN, &[("busy", "count() over 7d", "value >= 30000")]);
    let calls = |step: u32| (0..97).map(move |n| (call(step * 100 + n, at(step, shuffled(step, n))), at(step, 99)));
    restarts_show_nowhere(&pack, &(0..60).map(|step| slice(calls(step))).collect::<Vec<_>>());
}

#[test]
fn v1_a_number_at_its_cap_drops_the_same_complaints_at_the_same_commits_after_any_restart() {
    let pack = pack(WARN, &[("hated", "distinct(complainant) of complaints over 7d", "value >= 30000")]);
    let by_another = |id: u32, after: Millis| {
        let complainant = Some(Number::new(&format!("+1202666{id:04}")));
        complained(Complaint { complainant, ..complaint(id, after) }, after)
    };
    let steps = (0..60).map(|step| Step {
        deliveries: (0..17).map(|n| by_another(step * 100 + n, at(step, shuffled(step, n)))).collect(),
        ..Step::default()
    });
    restarts_show_nowhere(&pack, &steps.collect::<Vec<_>>());
}

#[test]
fn v1_a_number_at_its_cap_drops_the_same_parts_at_the_same_commits_after_any_restart() {
    let pack = pack(WARN, &[("busy", "count() over 7d", "value >= 30000")]);
    let part = |id: u32, after: Millis| Cdr {
        part: Some(Part { reference: format!("switch-1 {}", id / 5).into(), sequence_number: id }),
        ..call(id, after)
    };
    let parts = |step: u32| (0..17).map(move |n| (part(step * 100 + n, at(step, shuffled(step, n))), at(step, 99)));
    restarts_show_nowhere(&pack, &(0..60).map(|step| slice(parts(step))).collect::<Vec<_>>());
}
