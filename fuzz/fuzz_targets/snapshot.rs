//! The state of a shard after its format: what is restored must be fit to go on with.
#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use ringfence_cdr::EventTime;
use ringfence_evaluator::{InputId, Shard, ShardClock, ShardOptions};
use ringfence_oracle::generate::{Shape, world};
use ringfence_rules::{Pack, Tables};

/// The format of a snapshot, which goes before all else.
const HEAD: usize = 1;

fn options() -> ShardOptions {
    ShardOptions { clock: ShardClock::Live { impose_from: EventTime::MIN }, ..ShardOptions::default() }
}

/// A pack with rules and ladders, and how its snapshots begin.
fn pack() -> &'static (Arc<Pack>, Vec<u8>) {
    static PACK: OnceLock<(Arc<Pack>, Vec<u8>)> = OnceLock::new();
    PACK.get_or_init(|| {
        let mut runner = TestRunner::deterministic();
        let world = world(Shape::default()).new_tree(&mut runner).expect("a world").current();
        let pack = Arc::new(world.pack.pack);
        let empty = Shard::new(pack.clone(), &Tables::none(), options()).snapshot().expect("encodes");
        (pack, empty[..HEAD].to_vec())
    })
}

fuzz_target!(|bytes: &[u8]| {
    let (pack, head) = pack();
    let Ok(mut shard) = Shard::restore(&[head, bytes].concat(), std::slice::from_ref(pack), &Tables::none(), options()) else { return };
    let mut outputs = Vec::new();
    for input in [InputId(0), InputId(1)] {
        shard.advance(input, EventTime(4_000_000_000_000));
    }
    shard.commit(&mut outputs);
    drop((shard.standing(), shard.strikes(), shard.snapshot()));
});
