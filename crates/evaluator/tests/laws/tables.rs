//! Other versions of lists at any commit: what has not settled stands as if they had been there all along, and what is
//! kept to save time, or a restart, changes no byte of it.

use proptest::prelude::*;
use ringfence_cdr::{EventTime, Millis, Number};
use ringfence_evaluator::{ShardClock, ShardOptions};
use ringfence_events::{Event, Status};
use ringfence_oracle::PackWithLists;
use ringfence_oracle::generate::{Arrivals, Listing, Order, Shape, World, world};
use ringfence_rules::{Field, Key, List, ListEntry, Predicate, Tables};

use crate::archive::stands;
use crate::form::held_strikes;
use crate::found::{START, WARN, call, pack, slice, tick};
use crate::run::Run;
use crate::steps::{LIVE, Reading, Step, archive};
use crate::worlds;

/// From which step on which version is there; the versions are put in this order.
type Versions = Vec<(usize, Tables)>;

/// What is done around a change of versions.
#[derive(Clone, Copy, Debug)]
struct Around {
    restart_before: bool,
    restart_after: bool,
    drop_caches: bool,
}

fn around() -> impl Strategy<Value = Around> {
    any::<(bool, bool, bool)>().prop_map(|(restart_before, restart_after, drop_caches)| Around {
        restart_before,
        restart_after,
        drop_caches,
    })
}

/// Some listings, each from a step on.
fn listings() -> impl Strategy<Value = Vec<(prop::sample::Index, Listing)>> {
    prop::collection::vec((any::<prop::sample::Index>(), Listing::any()), 1..4)
}

fn versions(world: &World, steps: &[Step], listings: &[(prop::sample::Index, Listing)]) -> Versions {
    let mut versions: Versions =
        listings.iter().map(|(at, listing)| (at.index(steps.len()), listing.of(world))).collect();
    versions.sort_by_key(|(at, _)| *at);
    versions
}

fn changing(pack: &PackWithLists, clock: ShardClock, steps: &[Step], versions: &Versions, around: Around) -> Run {
    let mut run = Run::new(pack, ShardOptions { clock, ..ShardOptions::default() });
    for (at, step) in steps.iter().enumerate() {
        for (_, tables) in versions.iter().filter(|(from, _)| *from == at) {
            if around.restart_before {
                run.restart();
            }
            run.shard.put_tables(tables);
            if around.restart_after {
                run.restart();
            }
            if around.drop_caches {
                run.shard.drop_caches();
            }
        }
        run.step(step);
    }
    run
}

const STRAIGHT: Around = Around { restart_before: false, restart_after: false, drop_caches: false };

proptest! {
    #![proptest_config(worlds(400))]

    #[test]
    fn o1_lists_that_change_at_any_commit_stand_where_the_oracle_says_of_the_last_versions(
        mut world in world(Shape::default()),
        order in Order::any(),
        batch in 1..12usize,
        listings in listings(),
        around in around(),
    ) {
        let steps = archive(&order.of(&world.records), batch, world.until);
        let versions = versions(&world, &steps, &listings);
        let run = changing(&world.pack, ShardClock::Archive, &steps, &versions, around);
        for (_, tables) in versions {
            world.pack.tables = tables;
        }
        stands(&world, &run)?;
    }

    #[test]
    fn r1_lists_that_change_in_a_live_shard_publish_the_same_bytes_whatever_is_restarted_or_dropped(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        listings in listings(),
        around in around(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        let versions = versions(&world, &steps, &listings);
        let straight = changing(&world.pack, LIVE, &steps, &versions, STRAIGHT);
        // Between a change and the commit that says so no snapshot is stored.
        let other = changing(&world.pack, LIVE, &steps, &versions, Around { restart_after: false, ..around });
        prop_assert_eq!(straight.lines(), other.lines());
        prop_assert_eq!(held_strikes(&straight), held_strikes(&other));
    }
}

fn version(keys: &[&str]) -> Tables {
    let entries = keys.iter().map(|key| (Number::new(key), ListEntry::ALWAYS));
    std::iter::once(List::new("spared", entries)).collect()
}

/// A rule on calls to whoever is not on the list `spared`.
fn sparing(key: Key) -> PackWithLists {
    let mut pack = pack(WARN, &[("busy", "count() over 1h", "value >= 2")]);
    pack.rules[0].key = key;
    pack.rules[0].counted = Predicate::Not(Box::new(Predicate::InList(Field::CalledNumber, 0)));
    pack.lists = vec!["spared".into()];
    pack.tables = version(&[]);
    pack
}

fn twice() -> Step {
    slice([1, 2].map(|id| (call(id, Millis(i64::from(id))), Millis(i64::from(id)))))
}

fn statuses(run: &Run) -> Vec<Status> {
    let told = run.outputs.iter().filter_map(|output| match &output.event {
        Event::Violation(violation) => Some(violation.status),
        _ => None,
    });
    told.collect()
}

#[test]
fn who_is_listed_later_is_judged_so_from_the_beginning_and_back_again() {
    for key in [Key::CallingNumber, Key::Pair] {
        let pack = sparing(key);
        let mut run = Run::new(&pack, ShardOptions { clock: LIVE, ..ShardOptions::default() });
        run.step(&twice());
        run.step(&tick(Millis(10)));
        assert_eq!(statuses(&run), [Status::Opened]);
        run.shard.put_tables(&version(&["+12025550110"]));
        run.step(&tick(Millis(20)));
        assert_eq!(statuses(&run), [Status::Opened, Status::Withdrawn]);
        run.shard.put_tables(&version(&["+12025550199"]));
        run.step(&tick(Millis(30)));
        assert_eq!(run.history().standing().count(), 1);
    }
}

#[test]
fn what_has_settled_stays_as_it_was_judged_by_the_lists_of_its_time() {
    let pack = sparing(Key::CallingNumber);
    let mut run = Run::new(&pack, ShardOptions { clock: LIVE, ..ShardOptions::default() });
    run.step(&twice());
    run.step(&tick(Millis(8 * Millis::DAY.0)));
    run.step(&tick(Millis(8 * Millis::DAY.0 + 1)));
    run.shard.put_tables(&version(&["+12025550110"]));
    run.step(&tick(Millis(9 * Millis::DAY.0)));
    let standing: Vec<EventTime> = run.history().standing().map(|violation| violation.opened_at).collect();
    assert_eq!(standing, [START.plus(Millis(2))]);
}

#[test]
fn k1_a_version_that_says_something_else_of_a_few_numbers_judges_those_alone() {
    let mut pack = sparing(Key::CallingNumber);
    pack.rules[0].counted = Predicate::Not(Box::new(Predicate::InList(Field::CallingNumber, 0)));
    let mut run = Run::new(&pack, ShardOptions { clock: LIVE, ..ShardOptions::default() });
    let caller = |id: u32| format!("+120255501{:02}", id % 50);
    let calls = (0..5_000).map(|id| {
        let mut call = call(id, Millis(i64::from(id)));
        call.calling_number = Number::new(&caller(id));
        (call, Millis(i64::from(id)))
    });
    run.step(&slice(calls));
    run.step(&tick(Millis(10_000)));
    let before = run.shard.work();
    run.shard.put_tables(&version(&[&caller(7)]));
    run.step(&tick(Millis(10_001)));
    let decoded = run.shard.work().decoded - before.decoded;
    assert!(decoded <= 400, "{decoded} facts decoded, of 100 that are about the number");
}

#[test]
fn a_list_that_is_not_given_any_more_stays_while_an_edition_names_it() {
    let before = sparing(Key::CallingNumber);
    let mut after = pack(WARN, &[("busy", "count() over 1h", "value >= 3")]);
    after.tables = Tables::none();
    let mut run = Run::new(&before, ShardOptions { clock: LIVE, ..ShardOptions::default() });
    run.shard.put_tables(&version(&["+12025550110"]));
    run.step(&twice());
    run.step(&tick(Millis(10)));
    run.shard.switch(after.pack.into());
    run.shard.put_tables(&after.tables);
    run.step(&tick(Millis(20)));
    run.restart();
    assert_eq!(run.history().standing().count(), 0, "the old rule still spares whom its list names");
    assert_eq!(run.shard.tables().lists().count(), 1);
    for day in 1..30 {
        run.step(&tick(Millis(day * Millis::DAY.0)));
    }
    assert_eq!(run.shard.tables(), &Tables::none(), "nothing can ask for it any more");
}
