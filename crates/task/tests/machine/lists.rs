//! Lists that change between two starts: the journal says which version held when, and a replay meets each where it held.

use ringfence_events::{Event as Told, Status};
use ringfence_rules::{PackFiles, Tables};
use ringfence_task::{Commit, Entry, Follow, Grant, JournalRecord, Judge, PackInForce, Refusal, Setup, Step, Task};

use crate::stand::{BUSY, CALLS, commit, feed, judging, repeat, setup};

/// The pack of the stand, which spares whom it calls, with the callee of every call on the list or off it.
fn sparing(keys: &str) -> Setup {
    let rule = format!("{BUSY}where: not calledNumber in @spared\n");
    let sources = PackFiles::new().with("busy.yaml", &rule).with_list("spared.csv", &format!("key\n{keys}"));
    let (pack, tables) = PackInForce::compile(&sources, false).expect("a good pack");
    Setup { pack, tables, ..setup() }
}

fn on() -> Setup {
    sparing("+8613100000001\n")
}

fn off() -> Setup {
    sparing("+8613100000002\n")
}

fn told(commit: &Commit) -> Vec<Status> {
    let statuses = commit.outputs.iter().filter_map(|output| match &output.event {
        Told::Violation(violation) => Some(violation.status),
        _ => None,
    });
    statuses.collect()
}

fn record(commit: Commit) -> JournalRecord {
    commit.journal.expect("is journaled")
}

/// Two calls by one version, nothing more by the next.
fn begun_with(setup: Setup) -> (Task, JournalRecord, Vec<Status>) {
    let mut task = judging(setup);
    feed(&mut task, CALLS, 0, 3).expect("takes them");
    let first = commit(&mut task, 10);
    let told = told(&first);
    (task, record(first), told)
}

/// A task that follows records from the first on, with these lists at hand, and then judges.
fn followed(setup: Setup, journal: &[JournalRecord], at_hand: &Tables) -> Result<Task, Refusal> {
    let until = journal.len() as u64;
    let mut task = Task::from_the_beginning(&journal[0], setup.pack.clone(), setup, Grant(6), until)?;
    for (record, offset) in journal.iter().zip(0..) {
        let event = task.step(Step::Follow(Follow { offset, record, pack: None, lists: at_hand }))?;
        repeat(&mut task, event)?;
    }
    task.step(Step::Judge(Judge { journal_next: until as i64, starts: &[] }))?;
    Ok(task)
}

#[test]
fn r1_a_start_with_another_version_first_follows_under_the_old_one_and_then_says_the_new_one() {
    let (_, first, told_first) = begun_with(on());
    assert_eq!(told_first, [], "who is called is spared");
    assert!(first.entries.iter().any(|entry| matches!(entry, Entry::Tables(lists) if lists.len() == 1)));
    let mut task = followed(off(), std::slice::from_ref(&first), &on().tables).expect("the old version is at hand");
    let second = commit(&mut task, 20);
    assert_eq!(told(&second), [Status::Opened], "the calls of before are judged by the new version");
    let second = record(second);
    let named = second.entries.iter().find_map(|entry| match entry {
        Entry::Tables(lists) => lists.get("spared"),
        _ => None,
    });
    let version = off().tables.list("spared").expect("given").version().to_string();
    assert_eq!(named, Some(&version));
    // Whoever starts then with the first version again follows both, and takes back what the second told.
    let mut task = followed(on(), &[first, second], &off().tables).expect("both versions are at hand");
    assert_eq!(told(&commit(&mut task, 30)), [Status::Withdrawn]);
}

#[test]
fn the_same_lists_say_nothing_and_an_edit_of_the_file_alone_is_none() {
    let (_, first, _) = begun_with(on());
    let edited = sparing("# the same, told otherwise\n\n+8613100000001\n");
    let mut task = followed(edited, std::slice::from_ref(&first), &Tables::none()).expect("it is the same version");
    let entries = record(commit(&mut task, 20)).entries;
    assert!(entries.iter().all(|entry| !matches!(entry, Entry::Tables(_) | Entry::Rulebook(_))), "{entries:?}");
}

#[test]
fn a_version_that_nobody_has_any_more_is_asked_for_and_named() {
    let (mut first_task, first, _) = begun_with(on());
    let task = Task::from_the_beginning(&first, off().pack, off(), Grant(6), 1).expect("fits");
    let version = on().tables.list("spared").expect("given").version().to_string();
    assert_eq!(task.wants_lists(&first), [("spared", &*version)]);
    let refusal = followed(off(), std::slice::from_ref(&first), &Tables::none()).expect_err("it is needed");
    assert!(matches!(refusal, Refusal::ListUnknown(_)), "{refusal}");
    commit(&mut first_task, 20);
    let snapshot = first_task.snapshot().expect("encodes").expect("nothing is under way");
    assert_eq!(off().lacks(&snapshot.about.lists), [("spared", &*version)]);
    let refusal = Task::restored(&snapshot, &Tables::none(), off(), Grant(7), 2).expect_err("it is needed");
    assert!(matches!(refusal, Refusal::ListUnknown(_)), "{refusal}");
    assert!(Task::restored(&snapshot, &on().tables, off(), Grant(7), 2).is_ok());
}
