//! The oracle itself obeys the laws that do not need an engine, and the worlds are worth judging.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use ringfence_cdr::{Answer, Cdr, EventTime, Fingerprint, Number};

use super::{Arrivals, Order, Shape, World, world};
use crate::{Admission, Delivered, Ledger, Options, Oracle, Record, StandingForm, Status};

fn judged(world: &World, admission: Admission, records: &[Delivered]) -> (Ledger, StandingForm) {
    let oracle = Oracle::new(&world.pack, Options { admission, ..Options::archive(&world.pack) });
    let ledger = oracle.facts(records);
    let form = oracle.standing(&ledger, world.until);
    (ledger, form)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_an_archive_gives_the_same_facts_and_standing_form(
        world in world(Shape::default()),
        order in Order::without_repeats(),
    ) {
        let read = order.of(&world.records);
        prop_assert_eq!(read.len(), world.records.len());
        let plain = judged(&world, Admission::Archive, &world.records);
        prop_assert!(plain.0.counts.balance());
        prop_assert_eq!(judged(&world, Admission::Archive, &read), plain);
    }

    #[test]
    fn repeats_change_nothing_but_a_counter(world in world(Shape::default()), order in Order::any()) {
        let read = order.of(&world.records);
        let (ledger, form) = judged(&world, Admission::Archive, &read);
        let (plain, plain_form) = judged(&world, Admission::Archive, &world.records);
        prop_assert!(ledger.counts.balance());
        prop_assert_eq!(&ledger.facts, &plain.facts);
        prop_assert_eq!(form, plain_form);
        let repeats = (read.len() - world.records.len()) as u64;
        prop_assert_eq!(ledger.counts.duplicates, plain.counts.duplicates + repeats);
    }

    #[test]
    fn arrivals_within_the_lateness_are_all_admitted(world in world(Shape::default()), arrivals in Arrivals::any()) {
        let read = arrivals.of(&world.records, &world.pack);
        prop_assert!(read.is_sorted_by_key(|record| record.arrival));
        let (live, form) = judged(&world, Admission::Live, &read);
        prop_assert_eq!(&live.counts.rejected, &std::collections::BTreeMap::new());
        let (archive, archive_form) = judged(&world, Admission::Archive, &world.records);
        prop_assert_eq!(live.facts, archive.facts);
        prop_assert_eq!(form, archive_form);
    }

    #[test]
    fn the_standing_form_reads_back_from_its_json(world in world(Shape::default())) {
        let (_, form) = judged(&world, Admission::Archive, &world.records);
        let json = serde_json::to_string(&form).unwrap();
        prop_assert_eq!(serde_json::from_str::<StandingForm>(&json).unwrap(), form);
    }
}

#[test]
fn worlds_are_worth_judging() {
    let mut runner = TestRunner::deterministic();
    let strategy = world(Shape::default());
    let worlds: Vec<(Ledger, StandingForm)> = (0..200)
        .map(|_| {
            let world = strategy.new_tree(&mut runner).unwrap().current();
            judged(&world, Admission::Archive, &world.records)
        })
        .collect();
    let check = |what: &str, least: usize, interesting: fn(&Ledger, &StandingForm) -> bool| {
        let found = worlds.iter().filter(|(ledger, form)| interesting(ledger, form)).count();
        assert!(found >= least, "{what}: {found} of 200 worlds, expected {least}");
    };
    check("violations", 80, |_, form| !form.violations.is_empty());
    check("several violations", 40, |_, form| form.violations.len() > 2);
    check("long episodes", 15, |_, form| form.violations.iter().any(|violation| violation.matches > 3));
    check("no violation", 40, |_, form| form.violations.is_empty());
    check("open violations", 8, |_, form| form.violations.iter().any(|each| each.status == Status::Open));
    check("strikes", 45, |_, form| !form.strikes.is_empty());
    check("further strikes", 12, |_, form| form.strikes.iter().any(|strike| strike.counting > 1));
    check("pairs", 14, |_, form| form.violations.iter().any(|violation| violation.key.len() == 2));
    check("duplicates", 90, |ledger, _| ledger.counts.duplicates > 0);
    check("merged", 90, |ledger, _| ledger.counts.merged > 0);
}

#[test]
fn some_worlds_have_a_record_that_is_whole_in_one_copy_and_a_part_in_another() {
    let mut runner = TestRunner::deterministic();
    let strategy = world(Shape::default());
    let found = (0..200).filter(|_| {
        let world = strategy.new_tree(&mut runner).unwrap().current();
        let calls: Vec<&Cdr> = world.records.iter().filter_map(call).collect();
        let contradict = |a: &&Cdr, b: &&Cdr| identity(a) == identity(b) && a.part.is_some() && b.part.is_none();
        calls.iter().any(|a| calls.iter().any(|b| contradict(a, b)))
    });
    let found = found.count();
    assert!(found >= 15, "{found} of 200 worlds");
}

#[test]
fn legs_join_and_part_in_some_worlds() {
    let mut runner = TestRunner::deterministic();
    let strategy = world(Shape::default());
    let worlds = (0..200).map(|_| strategy.new_tree(&mut runner).unwrap().current());
    let worlds: Vec<World> = worlds.collect();
    let check = |what: &str, least: usize, is_found: fn(&World) -> bool| {
        let found = worlds.iter().filter(|world| is_found(world)).count();
        assert!(found >= least, "{what}: {found} of 200 worlds, expected {least}");
    };
    fn facts(world: &World, of: fn(&Cdr) -> Cdr) -> u64 {
        let records: Vec<Delivered> = world.records.iter().filter_map(call).map(of).map(delivered).collect();
        judged(world, Admission::Archive, &records).0.counts.facts
    }
    check("legs that are joined", 80, |world| {
        facts(world, Cdr::clone) < facts(world, |call| Cdr { leg: None, ..call.clone() })
    });
    check("legs that an answered one parts", 30, |world| {
        let unanswered = |call: &Cdr| Cdr { answer: Answer::Unanswered, ..call.clone() };
        facts(world, Cdr::clone) > facts(world, unanswered)
    });
    check("legs that are parts", 40, |world| {
        world.records.iter().filter_map(call).any(|call| call.leg.is_some() && call.part.is_some())
    });
}

fn delivered(call: Cdr) -> Delivered {
    let at = call.at;
    Delivered::call(call, at)
}

fn call(delivered: &Delivered) -> Option<&Cdr> {
    match &delivered.record {
        Record::Call(call) => Some(call),
        Record::Complaint(_) => None,
    }
}

fn identity(call: &Cdr) -> (&Number, EventTime, Fingerprint) {
    (&call.calling_number, call.at, call.fingerprint)
}

#[test]
fn a_world_prints_as_rules_and_one_record_a_line() {
    let mut runner = TestRunner::deterministic();
    let world = world(Shape { rules: 1, ..Shape::default() }).new_tree(&mut runner).unwrap().current();
    let text = format!("{world:?}");
    println!("{text}");
    assert!(text.contains("rule-0: ") && text.contains("  when "));
    let records = text.lines().filter(|line| line.contains(" #")).count();
    assert_eq!(records, world.records.len());
}
