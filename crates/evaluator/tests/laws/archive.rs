//! The laws in archives: everything is admitted and held, and nothing settles.

use proptest::prelude::*;
use ringfence_evaluator::ShardClock;
use ringfence_oracle::generate::{Order, Shape, World, world};
use ringfence_oracle::{Options, Oracle, PackWithLists, StandingForm};

use crate::form::{as_published, held, published, without_due};
use crate::run::Run;
use crate::steps::{Step, archive, split_by_number, with_repeats};
use crate::values::telling;
use crate::worlds;

/// A world in which some number has so many facts that what is decoded of it is kept between commits.
fn busy() -> Shape {
    Shape { happenings: 260, ..Shape::default() }
}

fn run(pack: &PackWithLists, steps: &[Step]) -> Run {
    Run::over(pack, ShardClock::Archive, steps)
}

/// Whether what a run holds and has told is what the oracle says of a world.
pub(crate) fn stands(world: &World, run: &Run) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(&world.pack, Options::archive(&world.pack));
    let expected = without_due(oracle.standing(&oracle.facts(&world.records), world.until));
    let found = held(&run.shard);
    prop_assert_eq!(&found.violations, &expected.violations);
    prop_assert_eq!(&found.strikes, &expected.strikes);
    let history = run.history();
    prop_assert_eq!(&history.broken, &Vec::<String>::new());
    prop_assert_eq!(published(history.standing()), as_published(&world.pack, expected.violations));
    Ok(())
}

/// What the oracle says of a world, and whether a shard that took these steps says the same.
pub(crate) fn agrees(world: &World, steps: &[Step]) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(&world.pack, Options::archive(&world.pack));
    let ledger = oracle.facts(&world.records);
    let run = run(&world.pack, steps);
    stands(world, &run)?;
    let counts = run.shard.ledger();
    prop_assert_eq!(counts.facts, ledger.counts.facts);
    prop_assert_eq!(counts.merged, ledger.counts.merged);
    prop_assert_eq!(counts.rejected, 0);
    let repeats = run.outcomes.len() - world.records.len();
    prop_assert_eq!(counts.duplicates + counts.conflicting, ledger.counts.duplicates + repeats as u64);
    Ok(())
}

proptest! {
    #![proptest_config(worlds(64))]

    #[test]
    fn w1_every_measure_has_the_oracles_value_at_every_fact(
        world in world(Shape { ladders: false, rules: 2, ..Shape::default() }),
        order in Order::any(),
        batch in 1..12usize,
    ) {
        let oracle = Oracle::new(&world.pack, Options::archive(&world.pack));
        let pack = telling(&world.pack, &oracle, &oracle.facts(&world.records));
        agrees(&World { pack, ..world.clone() }, &archive(&order.of(&world.records), batch, world.until))?;
    }

    #[test]
    fn o1_a_busy_number_read_in_any_order_stands_where_the_oracle_says(
        world in world(busy()),
        order in Order::any(),
        batch in 1..40usize,
    ) {
        agrees(&world, &archive(&order.of(&world.records), batch, world.until))?;
    }
}

proptest! {
    #![proptest_config(worlds(400))]

    #[test]
    fn o1_any_order_and_batching_stand_where_the_oracle_says(
        world in world(Shape::default()),
        order in Order::any(),
        batch in 1..12usize,
    ) {
        agrees(&world, &archive(&order.of(&world.records), batch, world.until))?;
    }

    #[test]
    fn d1_records_delivered_again_change_nothing_but_a_counter(
        world in world(Shape::default()),
        again in prop::collection::vec(any::<prop::sample::Index>(), 1..10),
        batch in 1..12usize,
    ) {
        let steps = archive(&world.records, batch, world.until);
        let (once, twice) = (run(&world.pack, &steps), run(&world.pack, &with_repeats(&steps, &again)));
        prop_assert_eq!(once.lines(), twice.lines());
        let (once, twice) = (once.shard.ledger(), twice.shard.ledger());
        prop_assert_eq!((once.facts, once.merged), (twice.facts, twice.merged));
    }

    #[test]
    fn s1_any_number_of_partitions_stands_at_the_same_form(
        world in world(Shape::default()),
        order in Order::any(),
        batch in 1..12usize,
    ) {
        let records = order.of(&world.records);
        let whole = held(&run(&world.pack, &archive(&records, batch, world.until)).shard);
        for partitions in [2, 16] {
            let mut parts = StandingForm::default();
            for records in split_by_number(&records, partitions) {
                let part = held(&run(&world.pack, &archive(&records, batch, world.until)).shard);
                parts.violations.extend(part.violations);
                parts.strikes.extend(part.strikes);
            }
            parts.sort();
            prop_assert_eq!(&whole, &parts);
        }
    }

    #[test]
    fn r1_a_shard_restored_at_any_commit_publishes_the_same_bytes(
        world in world(Shape::default()),
        order in Order::any(),
        batch in 1..8usize,
        restarts in any::<u32>(),
    ) {
        let steps = archive(&order.of(&world.records), batch, world.until);
        restarts_change_nothing(&world.pack, &steps, restarts)?;
    }
}

proptest! {
    #![proptest_config(worlds(64))]

    #[test]
    fn r1_dropping_what_is_decoded_of_a_busy_number_changes_no_byte(
        world in world(busy()),
        order in Order::any(),
        batch in 1..40usize,
        restarts in any::<u32>(),
    ) {
        let steps = archive(&order.of(&world.records), batch, world.until);
        restarts_change_nothing(&world.pack, &steps, restarts)?;
    }
}

fn restarts_change_nothing(pack: &PackWithLists, steps: &[Step], restarts: u32) -> Result<(), TestCaseError> {
    let straight = run(pack, steps);
    let restarted = Run::restarting(pack, ShardClock::Archive, steps, |at| restarts & (1 << (at % 32)) != 0);
    prop_assert_eq!(straight.lines(), restarted.lines());
    prop_assert_eq!(straight.shard.snapshot().expect("encodes"), restarted.shard.snapshot().expect("encodes"));
    Ok(())
}
