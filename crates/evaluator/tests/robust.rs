//! Whatever bytes stand for a snapshot: it is restored or refused, and what was restored can be gone on with.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use ringfence_cdr::{EventTime, Millis, Record};
use ringfence_evaluator::{Delivery, InputId, Shard, ShardClock, ShardOptions};
use ringfence_oracle::generate::{Shape, World, world};
use ringfence_rules::{List, Pack, Tables};

const INPUTS: [(InputId, &str); 2] = [(InputId(0), "calls"), (InputId(1), "complaints")];

fn options() -> ShardOptions {
    ShardOptions { clock: ShardClock::Live { impose_from: EventTime::MIN }, ..ShardOptions::default() }
}

fn deliver(shard: &mut Shard, world: &World) {
    for record in &world.records {
        let (input, decoded) = match &record.record {
            ringfence_oracle::Record::Call(call) => (InputId(0), Record::Call(call.clone())),
            ringfence_oracle::Record::Complaint(complaint) => (InputId(1), Record::Complaint(complaint.clone())),
        };
        shard.apply(&Delivery { input, arrival: Some(record.arrival), record: decoded });
    }
}

type Taken = (World, Arc<Pack>, Vec<u8>);

/// Worlds with a snapshot of a shard that has read them, and has violations, strikes and parts of calls.
fn snapshots() -> &'static [Taken] {
    static SNAPSHOTS: OnceLock<Vec<Taken>> = OnceLock::new();
    SNAPSHOTS.get_or_init(|| {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let strategy = world(Shape::default());
        let taken = (0..24).map(|_| {
            let world = strategy.new_tree(&mut runner).expect("a world").current();
            let pack = Arc::new(world.pack.pack.clone());
            let mut shard = Shard::new(pack.clone(), &world.pack.tables, options());
            assert_eq!(INPUTS.map(|(_, topic)| shard.add_input(topic)), INPUTS.map(|(input, _)| input));
            deliver(&mut shard, &world);
            shard.commit(&mut Vec::new());
            let bytes = shard.snapshot().expect("encodes");
            (world, pack, bytes)
        });
        taken.collect()
    })
}

/// Goes on with a shard, if the bytes make one.
fn go_on(bytes: &[u8], world: &World, pack: &Arc<Pack>) {
    let Ok(mut shard) = Shard::restore(bytes, std::slice::from_ref(pack), &world.pack.tables, options()) else {
        return;
    };
    let mut outputs = Vec::new();
    deliver(&mut shard, world);
    shard.commit(&mut outputs);
    for (input, _) in INPUTS {
        shard.advance(input, world.until.plus(Millis::DAY));
    }
    shard.commit(&mut outputs);
    shard.switch(pack.clone());
    let emptied: Tables = pack.lists.iter().map(|name| List::empty(name)).collect();
    shard.put_tables(&emptied);
    shard.commit(&mut outputs);
    drop(shard.snapshot());
    drop((shard.standing(), shard.strikes(), shard.counts()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5000) })]

    #[test]
    fn any_bytes_are_a_snapshot_or_refused(which in any::<Index>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (world, pack, snapshot) = which.get(snapshots());
        go_on(&bytes, world, pack);
        // The head is right, all else is not.
        go_on(&[&snapshot[..34], &bytes].concat(), world, pack);
    }

    #[test]
    fn a_mutated_snapshot_is_refused_or_can_be_gone_on_with(
        which in any::<Index>(),
        edits in prop::collection::vec((any::<Index>(), 0..3_usize, prop::collection::vec(any::<u8>(), 0..3)), 1..4),
        cut in prop::option::weighted(0.1, any::<Index>()),
    ) {
        let (world, pack, snapshot) = which.get(snapshots());
        let mut bytes = snapshot.clone();
        for (at, removed, put) in edits {
            let start = 33 + at.index(bytes.len() - 33);
            let end = (start + removed).min(bytes.len());
            bytes.splice(start..end, put);
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        go_on(&bytes, world, pack);
    }
}
