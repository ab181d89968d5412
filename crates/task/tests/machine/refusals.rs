//! A journal that does not fit state or inputs is refused, each way with its reason.

use ringfence_rules::Tables;
use ringfence_task::{Entry, Event, Follow, Grant, JUDGING, JournalRecord, Judge, Refusal, Step, Task};

use crate::stand::{BUSY, CALLS, OTHERS, follow, journal, next_of, pack, replayed, setup, setup_of};

/// What a replay of the journal says once it was bent.
fn bent(bend: impl FnOnce(&mut Vec<JournalRecord>)) -> Refusal {
    let mut journal = journal();
    bend(&mut journal);
    replayed(setup(), &journal).expect_err("it does not fit any more")
}

#[test]
fn a_journal_as_it_was_written_is_followed_to_its_end() {
    let journal = journal();
    let task = replayed(setup(), &journal).expect("follows");
    assert_eq!((task.sequence(), next_of(&task, CALLS), next_of(&task, OTHERS)), (3, 5, 2));
    assert!(journal[0].events > 0);
}

#[test]
fn a_record_that_is_missing_is_a_gap() {
    assert!(matches!(bent(|journal| drop(journal.remove(1))), Refusal::Gap { from: 1, to: 3 }));
    assert!(matches!(bent(|journal| drop(journal.remove(0))), Refusal::Gap { from: 0, to: 2 }));
}

#[test]
fn a_record_that_two_owners_committed_is_no_record_to_pass_over() {
    let refusal = bent(|journal| journal.insert(2, journal[1].clone()));
    assert!(matches!(refusal, Refusal::Repeated { sequence: 2 }), "{refusal}");
}

#[test]
fn a_journal_that_ends_early_is_a_gap() {
    let journal = journal();
    let mut task = Task::from_the_beginning(&journal[0], setup().pack, setup(), Grant(6), 3).expect("fits");
    follow(&mut task, &journal[..2]).expect("follows");
    let refusal = task.step(Step::Judge(Judge { journal_next: 2, starts: &[] })).expect_err("one is missing");
    assert!(matches!(refusal, Refusal::Gap { from: 2, to: 3 }));
}

#[test]
fn a_slice_that_does_not_go_on_where_the_last_one_ended_is_a_tear() {
    let refusal = bent(|journal| journal[1].entries = vec![Entry::Slice(0, 4, 5)]);
    let Refusal::Tear { sequence: 2, topic, slice: 4, next: 3 } = refusal else { panic!("{refusal}") };
    assert_eq!(topic, CALLS);
    let refusal = bent(|journal| journal[1].inputs[1].next = 3);
    assert!(matches!(refusal, Refusal::Tear { sequence: 2, slice: 3, next: 2, .. }), "{refusal}");
}

#[test]
fn a_record_that_names_what_it_does_not_list_is_damaged() {
    let refusal = bent(|journal| journal[1].entries = vec![Entry::Slice(7, 3, 5)]);
    assert!(matches!(refusal, Refusal::Unlisted { sequence: 2 }), "{refusal}");
}

#[test]
fn a_record_without_the_clock_of_its_records_is_damaged() {
    let refusal = bent(|journal| journal[1].entries.retain(|entry| !matches!(entry, Entry::Clock(..))));
    assert!(matches!(refusal, Refusal::Clockless { sequence: 2 }), "{refusal}");
}

#[test]
fn what_another_release_judged_is_not_replayed() {
    let refusal = bent(|journal| journal[1].judging = JUDGING + 1);
    assert!(matches!(refusal, Refusal::OtherRelease(2)), "{refusal}");
}

#[test]
fn what_was_judged_with_other_tables_is_not_replayed() {
    let refusal = bent(|journal| journal[1].releases.time_zones = "1999a".to_owned());
    let Refusal::OtherTables { commits: 2, difference } = refusal else { panic!("{refusal}") };
    assert!(difference.starts_with("time zones 1999a, not "), "{difference}");
}

#[test]
fn topics_made_anew_are_foreign() {
    let refusal = bent(|journal| drop(journal[1].lineage.topics.insert(CALLS.to_owned(), "another".to_owned())));
    assert_eq!(
        refusal.to_string().split(';').next(),
        Some("journal and inputs come from elsewhere: topic calls had id another and has id id of calls")
    );
}

#[test]
fn a_replay_that_comes_to_other_events_than_were_published_stops() {
    let refusal = bent(|journal| journal[0].events += 1);
    assert!(matches!(refusal, Refusal::Diverged { sequence: 1, .. }), "{refusal}");
}

#[test]
fn rules_and_settings_that_nobody_has_any_more_are_named() {
    let refusal = bent(|journal| journal[1].pack = "gone".to_owned());
    assert!(matches!(refusal, Refusal::PackUnknown { sequence: 2, .. }), "{refusal}");
    let refusal = bent(|journal| journal[1].sources = "gone".to_owned());
    assert!(matches!(refusal, Refusal::ReadingUnknown { sequence: 2 }), "{refusal}");
}

#[test]
fn a_pack_is_asked_for_where_neither_state_nor_process_has_it() {
    let mut journal = journal();
    let other = pack(&BUSY.replace("calls > 1", "calls > 100"));
    journal[1].pack = other.hash().to_owned();
    let task = Task::from_the_beginning(&journal[0], setup().pack, setup(), Grant(6), 3).expect("fits");
    assert_eq!(task.wants_pack(&journal[0]), None);
    assert_eq!(task.wants_pack(&journal[1]), Some(other.hash()));
}

#[test]
fn another_number_of_partitions_is_refused() {
    let refusal = replayed(setup_of(&[CALLS, OTHERS], 2), &journal()).expect_err("numbers belong elsewhere");
    assert!(matches!(refusal, Refusal::Partitions { before: 1, now: 2 }), "{refusal}");
    let (journal, setup) = (journal(), setup_of(&[CALLS, OTHERS], 2));
    let mut task = Task::from_the_beginning(&journal[0], setup.pack.clone(), setup, Grant(6), 3).expect("fits");
    follow(&mut task, &journal).expect("is read as it was");
    let refusal = task.step(Step::Judge(Judge { journal_next: 3, starts: &[] })).expect_err("numbers belong elsewhere");
    assert!(matches!(refusal, Refusal::Partitions { before: 1, now: 2 }), "{refusal}");
}

#[test]
fn what_is_not_wanted_is_out_of_turn() {
    let journal = journal();
    let mut task = Task::from_the_beginning(&journal[0], setup().pack, setup(), Grant(6), 3).expect("fits");
    assert!(matches!(task.step(Step::NotCommitted), Err(Refusal::OutOfTurn { .. })));
    let lists = Tables::none();
    let follow = || Step::Follow(Follow { offset: 0, record: &journal[0], pack: None, lists: &lists });
    let Ok(Event::Wanted(wanted)) = task.step(follow()) else { panic!("its first slice is wanted") };
    let input = wanted.input;
    let other = task.input(OTHERS).filter(|other| *other != input).expect("another input");
    assert!(matches!(task.step(Step::End { input: other, next: 9, high: 9 }), Err(Refusal::OutOfTurn { .. })));
    assert!(matches!(
        task.step(Step::End { input, next: wanted.next - 1, high: wanted.next }),
        Err(Refusal::OutOfTurn { .. })
    ));
    assert!(matches!(task.step(follow()), Err(Refusal::OutOfTurn { .. })));
    assert!(matches!(task.step(Step::Judge(Judge { journal_next: 3, starts: &[] })), Err(Refusal::OutOfTurn { .. })));
}
