//! Inputs that come and go while a shard lives: by name, between two commits, and said by the journal.

use ringfence_cdr::EventTime;
use ringfence_rules::Tables;
use ringfence_task::{Entry, Event, Grant, INPUTS_MAX, JournalRecord, Judge, Refusal, Setup, Step, Task};

use crate::stand::{
    ADDED, BASE, BUSY, CALLS, OTHERS, at_end, commit, feed, follow, journal, judging, next_of, pack, replayed, setup,
    setup_of,
};

fn with_added() -> Setup {
    setup_of(&[CALLS, OTHERS, ADDED], 1)
}

fn without_others() -> Setup {
    let mut setup = setup_of(&[CALLS], 1);
    setup.retired.insert(OTHERS.to_owned());
    setup
}

/// The journal, and a commit of this task after it.
fn and_then(task: &mut Task, second: i64) -> Vec<JournalRecord> {
    let mut journal = journal();
    journal.push(commit(task, second).journal.expect("is journaled"));
    journal
}

fn topics_of(task: &Task) -> Vec<&str> {
    task.inputs().map(|input| &*input.topic).collect()
}

#[test]
fn the_order_of_the_sources_means_nothing() {
    let turned = setup_of(&[OTHERS, CALLS], 1);
    assert_eq!(turned.reading.hash(), setup().reading.hash());
    let task = replayed(turned, &journal()).expect("follows");
    assert_eq!((next_of(&task, CALLS), next_of(&task, OTHERS)), (5, 2));
}

#[test]
fn an_input_is_added_where_its_configuration_says_and_the_journal_says_so() {
    let mut task = replayed(with_added(), &journal()).expect("follows");
    assert_eq!((topics_of(&task).len(), next_of(&task, ADDED)), (3, 2));
    feed(&mut task, ADDED, 2, 4).expect("takes them");
    let journal = and_then(&mut task, 40);
    let last = &journal[3];
    let place = last.inputs.iter().position(|input| input.topic == ADDED).expect("is listed") as u32;
    assert_eq!(last.entries[1..], [Entry::Added(place, 2), Entry::Clock(BASE, BASE), Entry::Slice(place, 2, 4)]);
    assert_eq!(last.new_settings(), Some(with_added().reading.settings()));
    let again = replayed(with_added(), &journal).expect("follows");
    assert_eq!(next_of(&again, ADDED), 4);
    assert_eq!(again.shard().snapshot().expect("encodes"), task.shard().snapshot().expect("encodes"));
}

#[test]
fn only_inputs_without_a_position_ask_where_to_start() {
    let task = Task::first(journal()[0].shard, Grant(1), with_added(), EventTime::MIN);
    assert_eq!(task.wants_starts().collect::<Vec<_>>(), [ADDED, CALLS, OTHERS]);
    let mut task = Task::from_the_beginning(&journal()[0], pack(BUSY), setup(), Grant(1), 3).expect("fits");
    follow(&mut task, &journal()).expect("follows");
    assert_eq!(task.wants_starts().count(), 0);
}

#[test]
fn shard_time_waits_for_the_backlog_of_an_added_input_and_does_not_go_back_for_it() {
    let mut task = replayed(setup(), &journal()).expect("follows");
    let before = task.shard().shard_time();
    assert_eq!(before, Some(EventTime(journal()[2].tick)));
    task = replayed(with_added(), &journal()).expect("follows");
    assert_eq!(task.shard().shard_time(), before);
    feed(&mut task, ADDED, 2, 4).expect("takes them");
    at_end(&mut task, &[CALLS, OTHERS]);
    commit(&mut task, 50);
    assert_eq!(
        task.shard().shard_time(),
        before,
        "what arrived long ago moves nothing back, and what did not, nothing on"
    );
    at_end(&mut task, &[ADDED]);
    let tick = commit(&mut task, 60).tick;
    assert_eq!(task.shard().shard_time(), Some(tick));
}

#[test]
fn a_process_that_does_not_know_an_input_refuses_the_shard() {
    let mut task = replayed(with_added(), &journal()).expect("follows");
    feed(&mut task, ADDED, 2, 4).expect("takes them");
    let journal = and_then(&mut task, 40);
    let refusal = setup().accepts(&journal[3]).expect_err("an older configuration");
    assert_eq!(
        refusal.to_string(),
        "the shard reads added, which is no source of this configuration: name it under `sources`, or under `retired` if it is to be read no longer"
    );
    assert!(setup().accepts(&journal[2]).is_ok(), "before it was added");
    let snapshot = task.snapshot().expect("encodes").expect("nothing is under way");
    let mut restored = Task::restored(&snapshot, &Tables::none(), setup(), Grant(9), 4).expect("the state fits");
    let refusal = restored.step(Step::Judge(Judge { journal_next: 4, starts: &[] })).expect_err("not without it");
    assert!(matches!(refusal, Refusal::InputMissing { .. }), "{refusal}");
}

#[test]
fn an_input_that_is_retired_holds_no_time_back_and_is_committed_no_longer_but_kept() {
    let mut task = replayed(without_others(), &journal()).expect("follows");
    assert_eq!((topics_of(&task), task.input(OTHERS)), (vec![CALLS], None));
    at_end(&mut task, &[CALLS]);
    let commit = commit(&mut task, 40);
    assert_eq!(task.shard().shard_time(), Some(commit.tick));
    assert_eq!(commit.offsets.iter().map(|(topic, next)| (&**topic, *next)).collect::<Vec<_>>(), [(CALLS, 5)]);
    let record = commit.journal.expect("is journaled");
    let retired = record.inputs.iter().find(|input| input.topic == OTHERS).expect("is kept");
    assert_eq!((retired.next, retired.is_retired, retired.at_end), (2, true, false));
    assert_eq!(record.lineage.topics[OTHERS], "id of others", "where it comes from is kept too");
    assert!(matches!(record.entries[..], [Entry::Sources(_), Entry::Retired(_)]), "{:?}", record.entries);
}

#[test]
fn an_input_that_was_retired_comes_back_where_it_was_left() {
    let mut task = replayed(without_others(), &journal()).expect("follows");
    let without = and_then(&mut task, 40);
    let snapshot = task.snapshot().expect("encodes").expect("nothing is under way");
    let mut task = Task::restored(&snapshot, &Tables::none(), setup(), Grant(9), 4).expect("fits");
    task.step(Step::Judge(Judge { journal_next: 4, starts: &[] })).expect("its position is known");
    assert_eq!(next_of(&task, OTHERS), 2);
    feed(&mut task, OTHERS, 2, 3).expect("takes it");
    let last = commit(&mut task, 50).journal.expect("is journaled");
    assert!(
        matches!(last.entries[1..], [Entry::Added(place, 2), Entry::Clock(..), Entry::Slice(slice, 2, 3)] if place == slice)
    );
    // From a snapshot in between: the journal brings it back.
    let mut again = Task::restored(&snapshot, &Tables::none(), setup(), Grant(9), 5).expect("fits");
    let journal = [without, vec![last]].concat();
    follow(&mut again, &journal).expect("follows");
    assert_eq!(again.shard().snapshot().expect("encodes"), task.shard().snapshot().expect("encodes"));
}

#[test]
fn an_input_that_is_added_elsewhere_than_it_was_left_is_a_tear() {
    let mut task = replayed(without_others(), &journal()).expect("follows");
    and_then(&mut task, 40);
    let snapshot = task.snapshot().expect("encodes").expect("nothing is under way");
    let mut bent = journal()[2].clone();
    (bent.sequence, bent.entries) = (5, vec![Entry::Added(1, 7)]);
    let mut again = Task::restored(&snapshot, &Tables::none(), setup(), Grant(9), 5).expect("fits");
    let refusal = follow(&mut again, &[bent]).expect_err("a hole");
    assert!(matches!(refusal, Refusal::Tear { slice: 7, next: 2, .. }), "{refusal}");
}

#[test]
fn no_snapshot_holds_what_no_journal_record_says() {
    for switched in [with_added(), without_others(), Setup { pack: pack(&BUSY.replace("> 1", "> 2")), ..setup() }] {
        let journal = journal();
        let mut task = Task::from_the_beginning(&journal[0], pack(BUSY), setup(), Grant(6), 3).expect("fits");
        follow(&mut task, &journal).expect("follows");
        task.step(Step::Judge(Judge { journal_next: 3, starts: &[] })).expect("it may");
        let before = task.snapshot().expect("encodes").expect("as after the last record");
        let mut task = Task::restored(&before, &Tables::none(), switched, Grant(7), 3).expect("fits");
        let event = task.step(Step::Judge(Judge { journal_next: 3, starts: &[(ADDED, 2)] })).expect("it may");
        assert!(matches!(event, Event::Judging { has_switched: true }));
        assert_eq!(task.snapshot().expect("encodes"), None, "a switch that no record tells of");
        commit(&mut task, 40);
        assert!(task.snapshot().expect("encodes").is_some());
    }
}

#[test]
fn settings_that_were_in_force_in_between_are_found_in_the_journal() {
    let mut task = replayed(with_added(), &journal()).expect("follows");
    feed(&mut task, ADDED, 2, 4).expect("takes them");
    let mut journal = and_then(&mut task, 40);
    let snapshot = task.snapshot().expect("encodes").expect("nothing is under way");
    let mut task = Task::restored(&snapshot, &Tables::none(), without_others(), Grant(9), 4).expect("fits");
    let missing = task.step(Step::Judge(Judge { journal_next: 4, starts: &[] }));
    assert!(matches!(missing, Err(Refusal::InputMissing { .. })));
    let mut last = setup_of(&[CALLS], 1);
    last.retired.extend([OTHERS.to_owned(), ADDED.to_owned()]);
    let mut task = Task::restored(&snapshot, &Tables::none(), last.clone(), Grant(9), 4).expect("fits");
    task.step(Step::Judge(Judge { journal_next: 4, starts: &[] })).expect("they are retired");
    feed(&mut task, CALLS, 5, 6).expect("takes it");
    journal.push(commit(&mut task, 50).journal.expect("is journaled"));
    // By a process that knows the last settings alone, from the first record on.
    let mut again = Task::from_the_beginning(&journal[0], pack(BUSY), last, Grant(10), 5).expect("fits");
    follow(&mut again, &journal).expect("every record says how it was read, or the one before it did");
    assert_eq!(again.shard().snapshot().expect("encodes"), task.shard().snapshot().expect("encodes"));
    again.step(Step::Judge(Judge { journal_next: 5, starts: &[] })).expect("nothing is new");
    let lineage = commit(&mut again, 60).journal.expect("is journaled").lineage;
    assert_eq!(lineage, journal[3].lineage, "what is read no longer is known still");
}

#[test]
fn a_shard_has_no_more_inputs_than_its_journal_can_name() {
    let topics: Vec<String> = (0..INPUTS_MAX - 2).map(|at| format!("source-{at}")).collect();
    let named: Vec<&str> = [CALLS, OTHERS].into_iter().chain(topics.iter().map(String::as_str)).collect();
    let judge = |topics: &[&str], retired: Option<&str>| {
        let mut setup = setup_of(topics, 1);
        setup.retired.extend(retired.map(str::to_owned));
        let starts: Vec<(&str, i64)> = topics.iter().map(|topic| (*topic, 0)).collect();
        let mut task = replayed(super::stand::setup(), &journal())?;
        let snapshot = task.snapshot()?.expect("nothing is under way");
        task = Task::restored(&snapshot, &Tables::none(), setup, Grant(7), 3)?;
        task.step(Step::Judge(Judge { journal_next: 3, starts: &starts })).map(|_| task)
    };
    assert!(judge(&named, None).is_ok());
    let one_more: Vec<&str> = named.iter().copied().chain(["one-more"]).collect();
    assert!(matches!(judge(&one_more, None), Err(Refusal::TooManyInputs { .. })));
    // One that is retired is named still.
    let without: Vec<&str> = one_more.iter().copied().filter(|topic| *topic != OTHERS).collect();
    assert!(matches!(judge(&without, Some(OTHERS)), Err(Refusal::TooManyInputs { .. })));
}

#[test]
fn a_first_start_is_no_switch() {
    let mut task = judging(setup());
    assert_eq!(task.sequence(), 0);
    let record = commit(&mut task, 1).journal.expect("is journaled");
    assert_eq!(record.entries[1..], [Entry::Added(0, 0), Entry::Added(1, 0)]);
    assert_eq!(record.new_settings(), Some(setup().reading.settings()));
}
