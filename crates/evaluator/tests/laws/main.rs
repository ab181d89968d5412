//! The laws of the design, held against the oracle on small adversarial worlds. Each test is named by its law.

mod run;
mod world;

use proptest::prelude::*;
use ringfence_cdr::{EventTime, Millis};
use ringfence_evaluator::{Clock, Shard, ShardOptions};
use ringfence_oracle::{Delivered, Options, Oracle, StoredFields};
use ringfence_rules::Field;

use crate::run::{Run, archive, delivery, split_by_number, standing_form};
use crate::world::{World, world};

/// Worlds tried for each law; `PROPTEST_CASES` raises it for a long run.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400);
    ProptestConfig { cases, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

/// Long after every window of a small world has emptied.
fn end_of(world: &World) -> EventTime {
    let last = world.records.iter().map(Delivered::at).max().unwrap_or(EventTime(0));
    last.plus(Millis(100 * Millis::DAY.0))
}

/// What a shard keeps of every call and complaint, whatever the rules read: how long a call was decides between
/// duplicates that differ.
fn options(world: &World) -> Options {
    let always = [
        Field::CalledNumber,
        Field::CallDuration,
        Field::RecordType,
        Field::Answered,
        Field::Complainant,
        Field::Category,
        Field::Channel,
        Field::Delay,
    ];
    let mut stored = StoredFields::of(&world.pack);
    stored.0.extend(always);
    Options { stored, ..Options::archive(&world.pack) }
}

fn shuffled(records: &[Delivered], order: &[prop::sample::Index]) -> Vec<Delivered> {
    let mut shuffled = records.to_vec();
    for (at, index) in order.iter().enumerate().take(records.len()) {
        let other = index.index(shuffled.len());
        shuffled.swap(at, other);
    }
    shuffled
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn w1_o1_any_order_and_batching_give_what_the_oracle_says(
        world in world(),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..60),
        batch in 1..12usize,
    ) {
        let end = end_of(&world);
        let records = shuffled(&world.records, &order);
        let run = archive(&world.pack, &records, batch, end);
        let oracle = Oracle::new(&world.pack, options(&world));
        let ledger = oracle.facts(&world.records);
        let expected = oracle.standing(&ledger, end);
        let found = standing_form(&run.shard, &world.pack);
        prop_assert_eq!(&found.violations, &expected.violations);
        prop_assert_eq!(&found.strikes, &expected.strikes);
        let counts = run.shard.ledger();
        prop_assert_eq!(counts.facts, ledger.counts.facts);
        prop_assert_eq!(counts.merged, ledger.counts.merged);
        prop_assert_eq!(counts.duplicates + counts.conflicting, ledger.counts.duplicates);
    }

    #[test]
    fn d1_delivering_any_record_again_changes_nothing_but_a_counter(
        world in world(),
        again in proptest::collection::vec(any::<prop::sample::Index>(), 1..10),
        batch in 1..12usize,
    ) {
        let end = end_of(&world);
        let mut records = world.records.clone();
        for index in again {
            let record = records[index.index(records.len())].clone();
            records.push(record);
        }
        let once = archive(&world.pack, &world.records, batch, end);
        let twice = archive(&world.pack, &records, batch, end);
        prop_assert_eq!(standing_form(&once.shard, &world.pack), standing_form(&twice.shard, &world.pack));
        let (once, twice) = (once.shard.ledger(), twice.shard.ledger());
        prop_assert_eq!((once.facts, once.merged), (twice.facts, twice.merged));
    }

    #[test]
    fn r1_a_shard_restored_at_any_commit_gives_the_same_bytes(
        world in world(),
        batch in 1..8usize,
        cut in 0..8usize,
    ) {
        let end = end_of(&world);
        let straight = archive(&world.pack, &world.records, batch, end);
        let mut run = Run::new(&world.pack, ShardOptions::default());
        for (at, slice) in world.records.chunks(batch).enumerate() {
            if at == cut {
                run.restart();
            }
            run.apply(slice);
        }
        run.finish(end);
        prop_assert_eq!(straight.lines(), run.lines());
        prop_assert_eq!(straight.shard.snapshot().expect("encodes"), run.shard.snapshot().expect("encodes"));
    }

    #[test]
    fn s1_any_number_of_partitions_gives_the_same_standing_form(world in world(), batch in 1..12usize) {
        let end = end_of(&world);
        let whole = standing_form(&archive(&world.pack, &world.records, batch, end).shard, &world.pack);
        for partitions in [2, 16] {
            let mut parts = ringfence_oracle::StandingForm::default();
            for records in split_by_number(&world.records, partitions) {
                let part = standing_form(&archive(&world.pack, &records, batch, end).shard, &world.pack);
                parts.violations.extend(part.violations);
                parts.strikes.extend(part.strikes);
            }
            parts.sort();
            prop_assert_eq!(&whole, &parts);
        }
    }

    #[test]
    fn c1_every_record_is_counted_once(world in world(), batch in 1..12usize) {
        let mut shard = Shard::new(std::sync::Arc::new(world.pack.clone()), ShardOptions {
            clock: Clock::Live { inputs: 1, impose_from: EventTime::MIN },
            ..ShardOptions::default()
        });
        let mut outputs = Vec::new();
        for slice in world.records.chunks(batch) {
            for record in slice {
                shard.apply(delivery(record, true));
            }
            shard.commit(&mut outputs);
            let ledger = shard.ledger();
            let read = ledger.facts + ledger.duplicates + ledger.conflicting + ledger.merged + ledger.rejected;
            prop_assert!(read <= world.records.len() as u64);
        }
        let ledger = shard.ledger();
        let sum = ledger.facts + ledger.duplicates + ledger.conflicting + ledger.merged + ledger.rejected;
        prop_assert_eq!(sum, world.records.len() as u64);
        let oracle = Oracle::new(&world.pack, Options::live(&world.pack)).facts(&world.records);
        prop_assert_eq!(ledger.rejected, oracle.counts.rejected.values().sum::<u64>());
    }
}
