//! The laws on live inputs: records are admitted by their arrival, time comes from two inputs, and what has settled
//! is evicted.

use proptest::prelude::*;
use ringfence_cdr::Millis;
use ringfence_evaluator::Outcome;
use ringfence_oracle::generate::{Arrivals, Shape, World, world};
use ringfence_oracle::{Delivered, Options, Oracle, PackWithLists, StandingStrike};
use ringfence_rules::Pack;

use crate::form::{as_published, held, published};
use crate::run::Run;
use crate::steps::{CLOSING, LIVE, Reading, Step, end_of, split_by_number, with_repeats};
use crate::worlds;

fn busy() -> Shape {
    Shape { happenings: 260, ..Shape::default() }
}

fn run(pack: &PackWithLists, steps: &[Step]) -> Run {
    Run::over(pack, LIVE, steps)
}

/// Whether a shard that took these steps says what the oracle says once everything is over.
pub(crate) fn agrees(pack: &PackWithLists, records: &[Delivered], steps: &[Step]) -> Result<(), TestCaseError> {
    let oracle = Oracle::new(pack, Options::live(pack));
    let ledger = oracle.facts(records);
    let expected = oracle.standing(&ledger, end_of(records));
    let (reading, closing) = steps.split_at(steps.len() - CLOSING);
    let mut run = run(pack, reading);
    strikes_agree(pack, &run, &expected.strikes)?;
    closing.iter().for_each(|step| run.step(step));
    let history = run.history();
    prop_assert_eq!(&history.broken, &Vec::<String>::new());
    prop_assert_eq!(published(history.standing()), as_published(pack, expected.violations));
    let (found, counted) = (run.shard.ledger(), ledger.counts);
    prop_assert_eq!((found.facts, found.merged, found.rejected), (counted.facts, counted.merged, 0));
    prop_assert_eq!(found.duplicates + found.conflicting, counted.duplicates);
    Ok(())
}

/// Every strike that is held is one that the oracle knows, and of the others none counts any more.
pub(crate) fn strikes_agree(pack: &PackWithLists, run: &Run, expected: &[StandingStrike]) -> Result<(), TestCaseError> {
    let held = held(&run.shard).strikes;
    let surplus: Vec<_> = held.iter().filter(|strike| !expected.contains(strike)).collect();
    prop_assert_eq!(surplus, Vec::<&StandingStrike>::new(), "of {:?}", expected);
    let Some(now) = run.shard.shard_time() else { return Ok(()) };
    for strike in expected.iter().filter(|strike| !held.contains(strike)) {
        let ladder = pack.ladders.iter().find(|ladder| *ladder.name == *strike.ladder).expect("a ladder");
        let counts_until = strike.at.plus(ladder.strikes.over).max(strike.ends.unwrap_or(strike.at));
        prop_assert!(counts_until < now.minus(pack.lateness), "{strike:?} is missing from {held:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(worlds(400))]

    #[test]
    fn o1_any_arrivals_within_the_lateness_stand_where_the_oracle_says(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
    ) {
        let records = arrivals.of(&world.records, &world.pack);
        agrees(&world.pack, &records, &reading.of(&records))?;
    }

    #[test]
    fn d1_records_that_arrive_again_change_nothing_but_a_counter(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        again in prop::collection::vec(any::<prop::sample::Index>(), 1..10),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        let (once, twice) = (run(&world.pack, &steps), run(&world.pack, &with_repeats(&steps, &again)));
        prop_assert_eq!(once.lines(), twice.lines());
        let (once, twice) = (once.shard.ledger(), twice.shard.ledger());
        prop_assert_eq!((once.facts, once.merged), (twice.facts, twice.merged));
    }

    #[test]
    fn s1_any_number_of_partitions_publishes_what_stands_alike(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
    ) {
        let records = arrivals.of(&world.records, &world.pack);
        let whole = published(run(&world.pack, &reading.of(&records)).history().standing());
        for partitions in [2, 16] {
            let parts = split_by_number(&records, partitions);
            let mut outputs = Vec::new();
            for part in parts {
                outputs.extend(run(&world.pack, &reading.of(&part)).outputs);
            }
            prop_assert_eq!(&whole, &published(crate::history::History::of(&outputs).standing()));
        }
    }

    #[test]
    fn r1_a_live_shard_restored_at_any_commit_publishes_the_same_bytes(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        restarts in any::<u32>(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        restarts_change_nothing(&world, &steps, restarts)?;
    }

    #[test]
    fn r1_records_that_reach_back_behind_what_has_settled_publish_the_same_bytes_after_restarts(
        world in world(Shape::default()),
        delays in prop::collection::vec(delay(), 1..60),
        reading in Reading::any(),
        restarts in any::<u32>(),
    ) {
        let steps = reading.of(&arriving_after(&world.records, &delays));
        restarts_change_nothing(&world, &steps, restarts)?;
    }

    #[test]
    fn c1_every_record_is_counted_once_whenever_it_arrives(
        world in world(Shape::default()),
        delays in prop::collection::vec(delay(), 1..60),
        reading in Reading::any(),
    ) {
        let records = arriving_after(&world.records, &delays);
        let run = run(&world.pack, &reading.of(&records));
        let ledger = run.shard.ledger();
        let counted = ledger.facts + ledger.duplicates + ledger.conflicting + ledger.merged + ledger.rejected;
        prop_assert_eq!(counted, records.len() as u64);
        let rejected = run.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Rejected(_))).count();
        prop_assert_eq!(ledger.rejected, rejected as u64);
    }

    #[test]
    fn c1_calls_are_rejected_by_their_own_arrival_alone(
        world in world(Shape { complaints: false, parts: false, ..Shape::default() }),
        delays in prop::collection::vec(delay(), 1..60),
        reading in Reading::any(),
    ) {
        let records = arriving_after(&world.records, &delays);
        let counted = Oracle::new(&world.pack, Options::live(&world.pack)).facts(&records).counts;
        let ledger = run(&world.pack, &reading.of(&records)).shard.ledger();
        prop_assert_eq!(ledger.rejected, counted.rejected.values().sum::<u64>());
        prop_assert_eq!(ledger.facts, counted.facts);
        prop_assert_eq!(ledger.duplicates + ledger.conflicting, counted.duplicates);
    }
}

proptest! {
    #![proptest_config(worlds(64))]

    #[test]
    fn o1_a_busy_number_stands_where_the_oracle_says_whenever_its_records_arrive(
        world in world(busy()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
    ) {
        let records = arrivals.of(&world.records, &world.pack);
        agrees(&world.pack, &records, &reading.of(&records))?;
    }

    #[test]
    fn r1_dropping_what_is_decoded_of_a_busy_live_number_changes_no_byte(
        world in world(busy()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        restarts in any::<u32>(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        restarts_change_nothing(&world, &steps, restarts)?;
    }
}

pub(crate) fn restarts_change_nothing(world: &World, steps: &[Step], restarts: u32) -> Result<(), TestCaseError> {
    let straight = run(&world.pack, steps);
    let restarted = Run::restarting(&world.pack, LIVE, steps, |at| restarts & (1 << (at % 32)) != 0);
    prop_assert_eq!(straight.lines(), restarted.lines());
    prop_assert_eq!(straight.shard.snapshot().expect("encodes"), restarted.shard.snapshot().expect("encodes"));
    Ok(())
}

/// The records in order of arrival, each so long after it was made: a version of a complaint after its status.
fn arriving_after(records: &[Delivered], delays: &[Millis]) -> Vec<Delivered> {
    let mut records = records.to_vec();
    for (record, delay) in records.iter_mut().zip(delays.iter().cycle()) {
        let made = match &record.record {
            ringfence_oracle::Record::Call(call) => call.at,
            ringfence_oracle::Record::Complaint(complaint) => complaint.status_time,
        };
        record.arrival = made.plus(*delay);
    }
    records.sort_by_key(|record| record.arrival);
    records
}

/// Long before and long after, and to the millisecond at both limits of the default pack.
fn delay() -> impl Strategy<Value = Millis> {
    let (lateness, skew) = (Pack::LATENESS_DEFAULT.0, Pack::SKEW_DEFAULT.0);
    let edges = prop_oneof![
        Just(lateness),
        Just(lateness + 1),
        Just(-skew),
        Just(-skew - 1),
        Just(2 * 86_400_000_i64),
        Just(2 * 86_400_000_i64 + 1)
    ];
    prop_oneof![4 => 0..60_000_i64, 2 => edges, 1 => -2 * skew..2 * lateness].prop_map(Millis)
}
