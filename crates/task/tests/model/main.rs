//! The machine on a model of the log: whatever dies, and between whichever two steps, a reader sees what it would have
//! seen had nothing happened (laws R-1 and E-1).
//!
//! A history without faults is told first. Then the same records are read by two nodes on the same log that crash, lose
//! the shard to each other, and hear late or never of what became of their transactions. Events, with the commits that they
//! stand in and their ticks, must be the same bytes. That each defence is needed is shown by leaving it out.

mod history;
mod log;
mod script;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use ringfence_oracle::generate::worlds;
use ringfence_task::{Entry, Refusal};

use history::{ALL, Defences, Fate, History};
use script::{Script, script};

/// What happens next in a history.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// A node does the next thing that it has to do.
    Work(usize),
    /// A node dies and comes back.
    Crash(usize),
    /// The group goes through a rebalance; this node has the shard then.
    Rebalance(usize),
    /// What becomes of the next end of a transaction.
    Fate(Fate),
    /// An end that is late arrives.
    DeliverLate,
}

fn happening() -> impl Strategy<Value = Happening> {
    let node = 0..2_usize;
    let fate = prop_oneof![Just(Fate::AnswerLost), Just(Fate::Lost), Just(Fate::Late), Just(Fate::SentTwice)];
    prop_oneof![
        40 => node.clone().prop_map(Happening::Work),
        1 => node.clone().prop_map(Happening::Crash),
        1 => node.prop_map(Happening::Rebalance),
        2 => fate.prop_map(Happening::Fate),
        2 => Just(Happening::DeliverLate),
    ]
}

fn happen(history: &mut History, happening: Happening) -> Result<(), Refusal> {
    match happening {
        Happening::Work(node) => history.work(node)?,
        Happening::Crash(node) => history.crash(node),
        Happening::Rebalance(node) => history.rebalance(node),
        Happening::Fate(fate) => history.fate = fate,
        Happening::DeliverLate => history.deliver_late(),
    }
    Ok(())
}

/// Whether a reader saw what it would have seen without faults, and every record was read once.
fn is_exact(history: &History, straight: &History) -> Result<(), String> {
    let (seen, expected) = (history.log.outputs(), straight.log.outputs());
    if seen != expected {
        return Err(format!("a reader saw {} events instead of {}", seen.len(), expected.len()));
    }
    let journal = history.journal().map_err(|refusal| refusal.to_string())?;
    let mut next = std::collections::BTreeMap::new();
    for ((_, record), sequence) in journal.iter().zip(1..) {
        if record.sequence != sequence {
            return Err(format!("journal record {} stands where {sequence} should", record.sequence));
        }
        let added = record.entries.iter().filter_map(|entry| match entry {
            Entry::Added(place, from) => Some((&*record.inputs[*place as usize].topic, *from)),
            _ => None,
        });
        let tiles = added.map(|(topic, from)| (topic, from, from)).chain(record.slices());
        for (topic, tile_from, tile_next) in tiles {
            let next = next.entry(topic).or_insert(tile_from);
            if *next != tile_from {
                return Err(format!("{topic} was read from {tile_from} on, after {next}"));
            }
            *next = tile_next;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(worlds(400))]

    #[test]
    fn e1_r1_whatever_dies_between_any_two_steps_readers_see_the_same_bytes(
        script in script(),
        happenings in prop::collection::vec(happening(), 0..600),
        choices in any::<u64>(),
    ) {
        let straight = History::straight(&script).expect("nothing went wrong");
        let mut history = History::new(&script, ALL, choices);
        for each in happenings {
            prop_assert!(happen(&mut history, each).is_ok());
        }
        history.finish().map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
        prop_assert_eq!(is_exact(&history, &straight), Ok(()));
        prop_assert_eq!(history.log.offsets(), straight.log.offsets());
    }
}

proptest! {
    #![proptest_config(worlds(200))]

    #[test]
    fn e1_a_process_with_an_old_file_loses_nothing(
        script in script().prop_filter("adds an input first", |script| script.commits_before_an_input_is_added().is_some()),
        happenings in prop::collection::vec(happening(), 0..600),
        choices in any::<u64>(),
    ) {
        let straight = History::straight(&script).expect("nothing went wrong");
        let mut history = History::new(&script, ALL, choices);
        history.nodes[1].has_old_file = true;
        for each in happenings {
            prop_assert!(happen(&mut history, each).is_ok());
        }
        history.finish().map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
        prop_assert_eq!(is_exact(&history, &straight), Ok(()));
    }
}

#[test]
fn a_process_with_an_old_file_refuses_the_shard_and_another_takes_it_over() {
    let mut runner = TestRunner::new(worlds(1));
    let adds =
        script().prop_filter("adds an input first", |script| script.commits_before_an_input_is_added().is_some());
    let script = adds.new_tree(&mut runner).expect("a script").current();
    let straight = History::straight(&script).expect("nothing went wrong");
    let commits = script.commits_before_an_input_is_added().expect("it adds one") as usize + 1;
    let mut history = History::new(&script, ALL, 7);
    history.nodes[1].has_old_file = true;
    history.work_up_to_commit(0, commits).expect("works");
    history.rebalance(1);
    for _ in 0..20 {
        history.work(1).expect("waits");
    }
    assert_eq!(history.log.journal().len(), commits);
    let refused = history.nodes[1].refused.as_deref().expect("says why");
    assert!(refused.starts_with("the shard reads complaints, which is no source of this configuration"), "{refused}");
    history.rebalance(0);
    history.finish().expect("works");
    assert_eq!(is_exact(&history, &straight), Ok(()));
}

/// Histories in which two commits that follow each other publish something, and how many come before these two.
fn eventful_histories() -> impl Iterator<Item = (Script, History, usize)> {
    let mut runner = TestRunner::new(worlds(1));
    (0..1_000).filter_map(move |_| {
        let script = script().new_tree(&mut runner).expect("a script").current();
        let straight = History::straight(&script).expect("nothing went wrong");
        let journal = straight.journal().expect("readable");
        let says_something = |at: &usize| journal[*at].1.events > 0 && journal[at + 1].1.events > 0;
        let before = (1..journal.len() - 1).find(says_something)?;
        Some((script, straight, before))
    })
}

fn eventful() -> (Script, History, usize) {
    eventful_histories().next().expect("a world of a thousand publishes something twice")
}

/// Tells a few histories with all defences, which must be exact, and without one, which must not: some may be, as what is
/// told twice, or not at all, may make no difference to them.
fn needs(without: Defences, tell: impl Fn(&mut History, usize) -> Result<(), Refusal>) {
    let mut exact = 0;
    for (script, straight, before) in eventful_histories().take(4) {
        let told = |defences| {
            let mut history = History::new(&script, defences, 7);
            let told = history.work_up_to_commit(0, before).and_then(|()| tell(&mut history, before));
            let told = told.and_then(|()| history.finish());
            told.map_err(|refusal| refusal.to_string()).and_then(|()| is_exact(&history, &straight))
        };
        assert_eq!(told(ALL), Ok(()));
        exact += usize::from(told(without).is_ok());
    }
    assert!(exact < 4, "every history is exact without the defence: {without:?}");
}

#[test]
fn e1_a_commit_that_counted_though_its_owner_never_heard_of_it_is_not_made_again() {
    let (script, straight, before) = eventful();
    let mut history = History::new(&script, ALL, 7);
    history.work_up_to_commit(0, before).expect("works");
    history.work_up_to_the_end(0).expect("works");
    history.fate = Fate::AnswerLost;
    history.work(0).expect("works");
    assert_eq!(history.log.journal().len(), before + 1);
    history.crash(0);
    history.finish().expect("works");
    assert_eq!(is_exact(&history, &straight), Ok(()));
}

#[test]
fn e1_a_cut_that_waits_out_the_loss_of_its_shard_goes_nowhere() {
    needs(Defences { commits_belong_to_grants: false, ..ALL }, |history, before| {
        history.work_up_to_the_cut(0)?;
        history.rebalance(1);
        history.work_up_to_commit(1, before + 1)?;
        (0..10).try_for_each(|_| history.work(0))
    });
}

#[test]
fn e1_a_transaction_that_is_open_when_its_shard_moves_is_ended_by_the_successor() {
    needs(Defences { successors_end_what_is_open: false, ..ALL }, |history, before| {
        history.work_up_to_the_end(0)?;
        history.rebalance(1);
        history.work_up_to_commit(1, before + 1)?;
        history.work(0)
    });
}

#[test]
fn e1_an_end_that_was_sent_twice_hits_no_later_transaction() {
    needs(Defences { producers_are_replaced: false, ..ALL }, |history, _| {
        history.fate = Fate::SentTwice;
        history.work_up_to_the_end(0)?;
        history.work(0)?;
        history.work_up_to_the_outputs(0)?;
        history.deliver_late();
        history.crash(0);
        Ok(())
    });
}

#[test]
fn e1_a_late_end_of_a_former_owner_is_refused_once_its_successor_has_begun() {
    needs(Defences { brokers_fence: false, ..ALL }, |history, before| {
        history.work_up_to_the_end(0)?;
        history.fate = Fate::Late;
        history.work(0)?;
        history.rebalance(1);
        history.work_up_to_commit(1, before + 1)?;
        history.rebalance(0);
        history.work_up_to_the_outputs(0)?;
        history.deliver_late();
        history.crash(0);
        Ok(())
    });
}
