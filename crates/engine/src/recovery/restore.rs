//! A shard from nothing, from a snapshot, or from the beginning of its journal.

use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_consumer::kafka::Cursor;
use ringfence_evaluator::Shard;
use ringfence_snapshots::Snapshot;
use tracing::{info, warn};

use super::replay::{self, Replay, Work};
use super::{Clients, RecoveryError};
use crate::clock::{Moment, wall_clock};
use crate::journal::JournalRecord;
use crate::live::LiveShard;
use crate::packs::PackInForce;
use crate::reading::Reading;
use crate::shared::Shared;

/// A shard that starts for the first time.
pub(super) fn first(shared: &Shared, id: i32, inputs: Vec<i64>, journal_next: i64) -> LiveShard {
    let impose_from = shared.first_impose_from(wall_clock());
    let shard = Shard::new(shared.pack.pack.clone(), shared.shard_options(&shared.reading, impose_from));
    let mut live = empty(shared, id, shard, shared.pack.clone(), shared.reading.clone(), inputs);
    live.impose_from = impose_from;
    live.journal_next = journal_next;
    live.is_first_start = true;
    live
}

/// A shard as it was after the last record of its journal, under the pack and the settings of this process.
pub(super) fn after(
    shared: &Shared,
    clients: &Clients,
    end: &JournalRecord,
    journal_end: i64,
    is_in_force: &dyn Fn() -> bool,
) -> Result<(LiveShard, Work), RecoveryError> {
    if let Some(difference) = shared.lineage.difference(&end.lineage) {
        return Err(RecoveryError::Foreign(difference));
    }
    let live = match newest_restored(shared, end)? {
        Some(live) => live,
        None => from_the_beginning(shared, clients, end, journal_end)?,
    };
    for (input, next) in shared.inputs.iter().zip(&live.next) {
        clients.finder.check_input(input, live.id, *next)?;
    }
    let replay = Replay { shared, clients, is_in_force };
    let (mut live, work) = replay.run(live, end.sequence, journal_end)?;
    live.journal_next = journal_end;
    (live.committed, live.committed_at) = (live.sequence, Some(live.tick));
    put_in_force(shared, &mut live)?;
    Ok((live, work))
}

/// The newest snapshot that is good and that this release reads.
fn newest_restored(shared: &Shared, end: &JournalRecord) -> Result<Option<LiveShard>, RecoveryError> {
    let mut at_most = end.sequence;
    loop {
        let search = shared.store.latest_good(end.shard, &shared.lineage, at_most)?;
        for skipped in &search.skipped {
            let (path, flaw) = (skipped.path.display(), &skipped.flaw as &dyn std::error::Error);
            warn!(shard = end.shard, %path, flaw, "a snapshot is not used");
        }
        let Some(found) = search.found else { return Ok(None) };
        let sequence = found.header.sequence;
        match restored(shared, found) {
            Ok(live) => return Ok(Some(live)),
            Err(reason) => {
                warn!(
                    shard = end.shard,
                    sequence,
                    reason = &reason as &dyn std::error::Error,
                    "a snapshot is not used"
                );
            }
        }
        let Some(older) = sequence.checked_sub(1) else { return Ok(None) };
        at_most = older;
    }
}

fn restored(shared: &Shared, found: Snapshot) -> Result<LiveShard, RecoveryError> {
    let Snapshot { header, body } = found;
    let reading = if header.sources == shared.reading.text {
        shared.reading.clone()
    } else {
        Arc::new(Reading::from_text(&header.sources)?)
    };
    let pack = if header.pack.hash == shared.pack.hash() {
        shared.pack.clone()
    } else {
        PackInForce::from_texts(&header.pack, reading.is_opaque())?
    };
    check_same_inputs(shared, &reading)?;
    let impose_from = EventTime(header.impose_from);
    let shard = Shard::restore(&body, pack.pack.clone(), shared.shard_options(&reading, impose_from))?;
    let inputs = header.inputs.iter().map(|input| input.next).collect();
    let mut live = empty(shared, header.shard, shard, pack, reading, inputs);
    live.sequence = header.sequence;
    live.tick = EventTime(header.tick);
    live.impose_from = impose_from;
    live.journal_next = header.journal_next;
    shared.snapshotter.note_stored(header.shard, header.sequence);
    Ok(live)
}

/// Without a snapshot everything is replayed, if the journal still begins with its first record.
fn from_the_beginning(
    shared: &Shared,
    clients: &Clients,
    end: &JournalRecord,
    journal_end: i64,
) -> Result<LiveShard, RecoveryError> {
    warn!(shard = end.shard, "no snapshot can be used: the whole journal is replayed");
    let journal = &shared.config.outputs.journal;
    let (low, _) = clients.finder.watermarks(journal, end.shard)?;
    let mut cursor =
        Cursor::open(clients.reader.clone(), journal.clone(), end.shard, low).map_err(RecoveryError::Client)?;
    let first = replay::next_record(&mut cursor, journal, journal_end)?;
    let Some((_, first)) = first.filter(|(_, first)| first.sequence == 1) else {
        return Err(RecoveryError::Gap { from: 0, to: end.sequence });
    };
    let start_of = |(at, input): (usize, &Arc<str>)| {
        let slice = first.slices.iter().find(|slice| usize::from(slice.0) == at);
        slice.map(|slice| slice.1).or_else(|| first.next.get(&**input).copied())
    };
    let inputs: Option<Vec<i64>> = shared.inputs.iter().enumerate().map(start_of).collect();
    let inputs = inputs.ok_or_else(|| RecoveryError::Foreign("the journal begins with other inputs".to_owned()))?;
    let pack = replay::pack_of(shared, &first.pack, first.sequence)?;
    if first.sources != shared.reading.hash {
        return Err(RecoveryError::ReadingUnknown { sequence: first.sequence });
    }
    let impose_from = EventTime(first.impose_from);
    let shard = Shard::new(pack.pack.clone(), shared.shard_options(&shared.reading, impose_from));
    let mut live = empty(shared, end.shard, shard, pack, shared.reading.clone(), inputs);
    live.impose_from = impose_from;
    live.journal_next = low;
    Ok(live)
}

/// Inputs are known by their place, so their topics and their partitions must be as they were.
pub(super) fn check_same_inputs(shared: &Shared, before: &Reading) -> Result<(), RecoveryError> {
    let (before, now) = (&before.settings, &shared.reading.settings);
    if before.partitions != now.partitions {
        return Err(RecoveryError::Partitions { before: before.partitions, now: now.partitions });
    }
    let topics = |sources: &[crate::Source]| sources.iter().map(|source| source.topic.clone()).collect::<Vec<_>>();
    if topics(&before.sources) != topics(&now.sources) {
        return Err(RecoveryError::Order(topics(&before.sources).join(", ")));
    }
    Ok(())
}

/// Puts the pack and the settings of this process in force, between two commits; the state is stored then, so that no
/// later start has to replay across the change.
fn put_in_force(shared: &Shared, live: &mut LiveShard) -> Result<(), RecoveryError> {
    let switched = live.pack.hash() != shared.pack.hash() || live.reading.hash != shared.reading.hash;
    if live.pack.hash() != shared.pack.hash() {
        info!(shard = live.id, before = live.pack.hash(), now = shared.pack.hash(), "another pack is in force");
        switch_pack(live, shared.pack.clone());
    }
    if live.reading.hash != shared.reading.hash {
        info!(shard = live.id, "other settings of the sources are in force");
        switch_reading(shared, live, shared.reading.clone())?;
    }
    if switched {
        shared.snapshotter.put_now(&live.header(shared), &live.shard.snapshot()?);
    }
    Ok(())
}

pub(super) fn switch_pack(live: &mut LiveShard, pack: PackInForce) {
    live.shard.switch(pack.pack.clone());
    live.pack = pack;
}

pub(super) fn switch_reading(
    shared: &Shared,
    live: &mut LiveShard,
    reading: Arc<Reading>,
) -> Result<(), RecoveryError> {
    if live.reading.settings.number_bytes != reading.settings.number_bytes {
        let body = live.shard.snapshot()?;
        let options = shared.shard_options(&reading, live.impose_from);
        live.shard = Shard::restore(&body, live.pack.pack.clone(), options)?;
    }
    live.reading = reading;
    Ok(())
}

fn empty(
    shared: &Shared,
    id: i32,
    shard: Shard,
    pack: PackInForce,
    reading: Arc<Reading>,
    inputs: Vec<i64>,
) -> LiveShard {
    let now = Moment::now();
    // Shards of one owner are not stored all at once.
    let share = shared.config.snapshots.interval.mul_f64(f64::from(id.rem_euclid(16) + 1) / 16.0);
    LiveShard {
        id,
        shard,
        pack,
        reading,
        sequence: 0,
        ended: vec![false; inputs.len()],
        tallies: vec![Default::default(); inputs.len()],
        noted: vec![Default::default(); inputs.len()],
        next: inputs,
        slices: Vec::new(),
        letters: Vec::new(),
        letter_bytes: 0,
        tick: EventTime::MIN,
        impose_from: EventTime::MIN,
        journal_next: 0,
        is_first_start: false,
        last_cut: now,
        snapshot_due: now.after(share),
        committed: 0,
        committed_at: None,
    }
}
