//! Epochs and commits.

use ringfence_cdr::EventTime;
use ringfence_task::{Cut, Event, Grant, JOURNAL_BYTES_MAX, Refusal, SLICES_MAX, Step};

use crate::stand::{CALLS, OTHERS, commit, feed, journal, judging, next_of, replayed, setup};

#[test]
fn an_epoch_whose_inputs_take_turns_is_full_while_its_record_still_fits() {
    // One place is that of the clock.
    let slices_max = SLICES_MAX - 1;
    let mut task = judging(setup());
    let (mut turn, mut left_over) = (0, 0);
    while left_over == 0 {
        let topic = if turn % 2 == 0 { CALLS } else { OTHERS };
        assert_eq!(task.is_full(), turn as usize == slices_max);
        (_, left_over) = feed(&mut task, topic, turn / 2, turn / 2 + 1).expect("it may");
        turn += 1;
    }
    assert_eq!(turn as usize, slices_max + 1, "what would need another slice is left");
    let (applied, left_over) =
        feed(&mut task, CALLS, slices_max as i64 / 2 + 1, slices_max as i64 / 2 + 2).expect("it may");
    assert_eq!((applied.is_full, left_over), (true, 0), "what goes on where the last slice ends finds room");
    let cut = commit(&mut task, 10_000);
    let record = cut.journal.expect("is journaled");
    assert_eq!(record.slices().count(), slices_max);
    let bytes = record.to_bytes().expect("is written").len();
    assert!(bytes < JOURNAL_BYTES_MAX, "{bytes} bytes");
    assert!(!task.is_full());
    assert_eq!(feed(&mut task, OTHERS, turn / 2 - 1, turn / 2).expect("it may").1, 0, "the next epoch has room for it");
    assert_eq!((next_of(&task, CALLS), next_of(&task, OTHERS)), (turn / 2 + 1, turn / 2));
}

#[test]
fn an_epoch_takes_no_more_records_than_it_may_and_loses_none() {
    let mut task = judging(setup());
    task.limit_epoch(40);
    let mut epochs = Vec::new();
    while next_of(&task, CALLS) < 100 {
        let from = next_of(&task, CALLS);
        let (applied, left_over) = feed(&mut task, CALLS, from, 100).expect("it may");
        epochs.push((task.records_since_cut(), left_over, applied.is_full));
        commit(&mut task, 1_000);
    }
    assert_eq!(epochs, [(40, 60, true), (40, 20, true), (20, 0, false)]);
    assert_eq!(task.shard().ledger().facts, 100);
}

#[test]
fn a_replay_knows_no_limit_for_what_an_epoch_had() {
    let mut task = judging(setup());
    feed(&mut task, CALLS, 0, 100).expect("it may");
    let record = commit(&mut task, 1_000).journal.expect("is journaled");
    let mut again =
        ringfence_task::Task::from_the_beginning(&record, setup().pack, setup(), Grant(6), 1).expect("fits");
    again.limit_epoch(1);
    crate::stand::follow(&mut again, &[record]).expect("follows");
    assert_eq!(again.shard().ledger().facts, 100);
}

#[test]
fn a_tick_never_goes_back_though_the_clock_does() {
    let mut task = judging(setup());
    feed(&mut task, CALLS, 0, 1).expect("it may");
    let first = commit(&mut task, 50).tick;
    feed(&mut task, CALLS, 1, 2).expect("it may");
    assert_eq!(commit(&mut task, 40).tick, first);
}

#[test]
fn a_commit_carries_the_grant_that_it_was_cut_under() {
    let mut task = judging(setup());
    feed(&mut task, CALLS, 0, 1).expect("it may");
    assert_eq!(commit(&mut task, 50).grant, Grant(5));
    let mut later = replayed(setup(), &journal()).expect("follows");
    feed(&mut later, CALLS, 5, 6).expect("it may");
    assert_eq!(commit(&mut later, 50).grant, Grant(6));
}

#[test]
fn one_commit_is_under_way_at_a_time_and_is_the_same_when_it_is_sent_again() {
    let mut task = judging(setup());
    let cut = || Step::Cut(Cut { clock: EventTime(0), owner: "", with_snapshot: true });
    assert!(matches!(task.step(Step::Committed { offset: 0 }), Err(Refusal::OutOfTurn { .. })));
    feed(&mut task, CALLS, 0, 2).expect("it may");
    assert_eq!(task.last_committed(), (0, None));
    let Ok(Event::Cut(commit)) = task.step(cut()) else { panic!("it may") };
    assert_eq!(task.last_committed(), (0, None));
    assert!(matches!(task.step(cut()), Err(Refusal::OutOfTurn { .. })));
    // Records are applied meanwhile, and belong to the next epoch.
    feed(&mut task, CALLS, 2, 3).expect("it may");
    assert!(matches!(task.step(Step::NotCommitted), Ok(Event::Again)));
    assert!(task.snapshot().expect("encodes").is_none(), "what is under way may not count");
    let Ok(Event::Committed(Some(snapshot))) = task.step(Step::Committed { offset: 17 }) else { panic!("it may") };
    assert_eq!((snapshot.about.sequence, snapshot.about.journal_next), (1, 18));
    assert_eq!(snapshot.about.inputs[0].next, 2);
    assert_eq!(task.last_committed(), (1, Some(commit.tick)));
}

#[test]
fn a_task_in_doubt_is_of_no_use_any_more() {
    let mut task = judging(setup());
    feed(&mut task, CALLS, 0, 2).expect("it may");
    task.step(Step::Cut(Cut { clock: EventTime(0), owner: "", with_snapshot: false })).expect("it may");
    assert!(matches!(task.step(Step::Doubtful), Ok(Event::Recover)));
    assert!(matches!(task.step(Step::Committed { offset: 0 }), Err(Refusal::OutOfTurn { .. })));
    assert!(feed(&mut task, CALLS, 2, 3).is_err());
}
