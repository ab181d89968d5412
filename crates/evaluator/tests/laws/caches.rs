//! Law V-1: whatever is kept to save time may be dropped at any moment.

use proptest::prelude::*;
use ringfence_evaluator::{ShardClock, ShardOptions};
use ringfence_oracle::generate::{Arrivals, Order, Shape, World, world};

use crate::run::Run;
use crate::steps::{LIVE, Reading, Step, archive};
use crate::worlds;

fn dropping_changes_nothing(
    world: &World,
    clock: ShardClock,
    steps: &[Step],
    drops: &[bool],
) -> Result<(), TestCaseError> {
    let straight = Run::over(&world.pack, clock, steps);
    let dropped = Run::dropping(&world.pack, clock, steps, drops);
    prop_assert_eq!(straight.lines(), dropped.lines());
    prop_assert_eq!(straight.outcomes, dropped.outcomes);
    prop_assert_eq!(straight.shard.snapshot().expect("encodes"), dropped.shard.snapshot().expect("encodes"));
    Ok(())
}

fn drops() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(any::<bool>(), 1..40)
}

/// A world in which some number has so many facts that what is decoded of it is kept between commits.
fn busy() -> Shape {
    Shape { happenings: 260, ..Shape::default() }
}

proptest! {
    #![proptest_config(worlds(400))]

    #[test]
    fn v1_dropping_every_cache_of_a_live_shard_at_any_moment_changes_no_byte(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        drops in drops(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        dropping_changes_nothing(&world, LIVE, &steps, &drops)?;
    }

    #[test]
    fn v1_dropping_every_cache_of_an_archive_at_any_moment_changes_no_byte(
        world in world(Shape::default()),
        order in Order::any(),
        batch in 1..12usize,
        drops in drops(),
    ) {
        let steps = archive(&order.of(&world.records), batch, world.until);
        dropping_changes_nothing(&world, ShardClock::Archive, &steps, &drops)?;
    }
}

proptest! {
    #![proptest_config(worlds(64))]

    #[test]
    fn v1_dropping_every_cache_of_a_busy_number_at_any_moment_changes_no_byte(
        world in world(busy()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        drops in drops(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        dropping_changes_nothing(&world, LIVE, &steps, &drops)?;
    }
}

/// A world in which some number has more than can be kept decoded of it.
fn busier() -> Shape {
    Shape { happenings: 500, ..Shape::default() }
}

proptest! {
    #![proptest_config(worlds(32))]

    #[test]
    fn v1_how_much_can_be_kept_decoded_changes_no_byte(
        world in world(busier()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        decoded_bytes_max in 0..64_000usize,
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        let all = Run::over(&world.pack, LIVE, &steps);
        let few = ShardOptions { clock: LIVE, decoded_bytes_max, ..ShardOptions::default() };
        let few = Run::with(&world.pack, few, &steps);
        prop_assert_eq!(all.lines(), few.lines());
        prop_assert_eq!(all.shard.snapshot().expect("encodes"), few.shard.snapshot().expect("encodes"));
    }
}
