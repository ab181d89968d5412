//! What moves shard time, and what does not.

use ringfence_cdr::{EventTime, RejectCode};
use ringfence_task::{Event, RawRecord, Step};

use crate::stand::{CALLS, OTHERS, at_end, call_at, commit, feed, judging, next_of, setup};

const YEAR: i64 = 365 * 24 * 3_600_000;

#[test]
fn a_record_that_is_rejected_for_its_times_moves_no_time() {
    let mut task = judging(setup());
    feed(&mut task, CALLS, 0, 3).expect("takes them");
    feed(&mut task, OTHERS, 0, 3).expect("takes them");
    let before = task.shard().shard_time().expect("both have spoken");
    for (event_after, arrives_after, code) in
        [(0, YEAR, RejectCode::TooLate), (2 * YEAR, YEAR, RejectCode::FromTheFuture)]
    {
        for topic in [CALLS, OTHERS] {
            let (input, offset) = (task.input(topic).expect("an input"), next_of(&task, topic));
            let value = call_at(topic, offset, before.0 + event_after);
            let record = RawRecord { offset, timestamp: Some(before.0 + arrives_after), value: Some(&value) };
            let event = task.step(Step::Records { input, records: &mut [record].into_iter() }).expect("takes it");
            let Event::Applied(applied) = event else { panic!("records are applied, not {event:?}") };
            assert_eq!(applied.rejected.iter().map(|it| it.reject.code).collect::<Vec<_>>(), [code]);
        }
        assert_eq!(task.shard().shard_time(), Some(before));
    }
}

#[test]
fn a_tick_does_not_pass_over_a_transaction_that_is_open_still() {
    let mut task = judging(setup());
    feed(&mut task, CALLS, 0, 3).expect("takes them");
    feed(&mut task, OTHERS, 0, 3).expect("takes them");
    at_end(&mut task, &[CALLS, OTHERS]);
    let (input, next) = (task.input(CALLS).expect("an input"), next_of(&task, CALLS));
    let before = task.shard().shard_time();
    task.step(Step::End { input, next, high: next + 2 }).expect("it may");
    commit(&mut task, 60);
    assert_eq!(task.shard().shard_time(), before, "two records are still to come");
    task.step(Step::End { input, next: next + 3, high: next + 3 }).expect("it may");
    let tick: EventTime = commit(&mut task, 61).tick;
    assert_eq!(task.shard().shard_time(), Some(tick), "they were aborted");
}
