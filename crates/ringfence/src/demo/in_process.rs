//! A day of traffic judged in this process, by the clock of the day.
//!
//! The task runs as in service: raw records are decoded and admitted by their arrival, shard time is the arrival time
//! applied so far, and a tick goes with each commit. So violations open and close, acts begin and late files come late as they would live,
//! only faster. (An archive's clock would do for the violations; acts and lateness need the live one.)

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use indicatif::HumanCount;
use ringfence_cdr::{EventTime, Millis, PlausibleTimes, RecordKind};
use ringfence_evaluator::{Ledger, Output, Shard, ShardOptions, StandingEpisode, StandingStrike};
use ringfence_rules::{Pack, Tables};
use ringfence_task::{
    Cut, Event as TaskEvent, Grant, Judge, Lineage, PackInForce, RawRecord, Reading, ReadingError, ReadingSettings,
    Refusal, Setup, ShardId, Source, SourceKey, SourceKeyForm, SourceNumbers, SourcePartitioner, Step, TableReleases,
    Task, Timestamp, WallClock,
};
use ringfence_traffic::{Emission, EmissionRecord, Emissions, World};

use super::stopwatch::Stopwatch;
use super::told::Told;
use super::watcher::Watcher;

/// The inputs of the shard, each with a time of its own.
const CALLS: &str = "calls";
const COMPLAINTS: &str = "complaints";
/// A commit comes every so many milliseconds of the day.
const COMMIT: Millis = Millis(10_000);
/// How long the shard goes on after the last record, so that what is over is seen to be over.
const SILENCE: Millis = Millis(2 * Millis::HOUR.0);

/// What a day came to.
pub(crate) struct Judged {
    /// Records judged, those that cannot be read among them.
    pub(crate) records: u64,
    /// Time spent from JSON to verdict; making the traffic and showing what happened are not in it.
    pub(crate) took: Duration,
    /// What became of the records that could be read.
    pub(crate) ledger: Ledger,
    /// Records that could not be read.
    pub(crate) unreadable: u64,
    /// Records that came in late files.
    pub(crate) late: u64,
    /// What stands at the end.
    pub(crate) stands: Stands,
}

/// What the facts say at the end: a function of the facts alone, whatever way they came.
#[derive(Debug, PartialEq)]
pub(crate) struct Stands {
    pub(crate) episodes: Vec<StandingEpisode>,
    pub(crate) strikes: Vec<StandingStrike>,
    /// The time at which it stands.
    pub(crate) until: EventTime,
}

impl Stands {
    /// Lets time go to `until` and reads what stands then.
    pub(crate) fn at_end(mut shard: Shard, until: EventTime) -> Self {
        shard.finish(Some(until), &mut Vec::new());
        Self { episodes: shard.episodes(), strikes: shard.strikes(), until }
    }

    /// How many there are.
    pub(crate) fn counted(&self) -> String {
        let count = |count: usize| HumanCount(count as u64);
        format!("{} violations and {} strikes", count(self.episodes.len()), count(self.strikes.len()))
    }
}

/// Judges a world and tells the watcher what happens.
pub(crate) fn judge(
    world: &World,
    (pack, tables): (&Arc<Pack>, &Tables),
    watcher: &mut dyn Watcher,
) -> io::Result<Judged> {
    let setup = Setup {
        release: env!("CARGO_PKG_VERSION"),
        releases: TableReleases::built_in(),
        lineage: Lineage::default(),
        pack: PackInForce::unstored(Arc::clone(pack)),
        tables: tables.clone(),
        reading: Arc::new(reading().map_err(io::Error::other)?),
        retired: BTreeSet::new(),
        decoded_bytes_max: ShardOptions::default().decoded_bytes_max,
    };
    let mut task = Task::first(ShardId::number(0), Grant(0), setup, EventTime::MIN);
    let starts = &[(CALLS, 0), (COMPLAINTS, 0)];
    task.step(Step::Judge(Judge { journal_next: 0, starts })).map_err(io::Error::other)?;
    let mut run = Run { task, records: 0, stopwatch: Stopwatch::default(), outputs: Vec::new() };
    let mut emissions = world.emissions();
    let mut tick = world.start();
    let mut slice = Portion::default();
    while slice.draw(&mut emissions, tick.plus(COMMIT), watcher) {
        tick = tick.plus(COMMIT);
        run.commit(&slice, tick)?;
        run.tell(tick, watcher)?;
    }
    let end = tick.plus(SILENCE);
    run.commit(&Portion::default(), end)?;
    run.tell(end, watcher)?;
    let ledger = run.task.shard().ledger();
    let Ledger { facts, duplicates, conflicting, merged, rejected } = ledger;
    Ok(Judged {
        records: run.records,
        took: run.stopwatch.total(),
        ledger,
        // No type of record is filtered here: what never came to the shard could not be read.
        unreadable: run.records - (facts + duplicates + conflicting + merged + rejected),
        late: emissions.counts().late,
        stands: Stands::at_end(run.task.into_shard(), end),
    })
}

/// How the traffic is read: as it stands, in one partition.
pub(crate) fn reading() -> Result<Reading, ReadingError> {
    let source = |topic: &str, kind| Source {
        topic: topic.to_owned(),
        kind,
        dialect: None,
        key: SourceKey { form: SourceKeyForm::E164, partitioner: SourcePartitioner::Murmur2 },
        numbers: SourceNumbers::International,
        served: false,
        counts: Vec::new(),
        times: PlausibleTimes::USUAL,
    };
    Reading::new(ReadingSettings {
        sources: vec![source(CALLS, RecordKind::Cdr), source(COMPLAINTS, RecordKind::Complaint)],
        partitions: 1,
        record_bytes: usize::MAX,
        number_bytes: ShardOptions::default().number_bytes_max,
    })
}

/// The input of a record.
pub(crate) fn topic(is_call: bool) -> &'static str {
    if is_call { CALLS } else { COMPLAINTS }
}

/// What arrives between two commits, as bytes.
#[derive(Default)]
struct Portion {
    bytes: Vec<u8>,
    /// Each with where its bytes end.
    records: Vec<(usize, Arrived)>,
    /// What was drawn and arrives later.
    next: Option<Emission>,
}

/// One record of a slice.
#[derive(Clone, Copy)]
struct Arrived {
    at: EventTime,
    is_call: bool,
}

impl Portion {
    /// Draws what arrives before `tick`; false where nothing is left, then or later.
    fn draw(&mut self, emissions: &mut Emissions, tick: EventTime, watcher: &mut dyn Watcher) -> bool {
        self.bytes.clear();
        self.records.clear();
        while let Some(emission) = self.next.take().or_else(|| emissions.next()) {
            if emission.at_arrival >= tick {
                self.next = Some(emission);
                return true;
            }
            self.push(&emission, watcher);
        }
        !self.records.is_empty()
    }

    fn push(&mut self, emission: &Emission, watcher: &mut dyn Watcher) {
        if let EmissionRecord::Cdr(call) = &emission.record {
            watcher.called(call);
        }
        emission.record.write(&mut self.bytes);
        self.records.push((self.bytes.len(), Arrived { at: emission.at_arrival, is_call: emission.record.is_call() }));
    }

    /// The records in the order of their arrival, in runs of one input; each record has an offset of its own.
    fn runs(&self, first_offset: i64) -> impl Iterator<Item = (&'static str, Vec<RawRecord<'_>>)> {
        let (mut from, mut offset) = (0, first_offset);
        self.records.chunk_by(|(_, a), (_, b)| a.is_call == b.is_call).map(move |run| {
            let record = |(to, arrived): &(usize, Arrived)| {
                let value = Some(&self.bytes[from..*to]);
                from = *to;
                offset += 1;
                RawRecord { offset: offset - 1, timestamp: Some(Timestamp::Appended(arrived.at)), value }
            };
            (topic(run[0].1.is_call), run.iter().map(record).collect())
        })
    }
}

struct Run {
    task: Task,
    records: u64,
    stopwatch: Stopwatch,
    outputs: Vec<Output>,
}

impl Run {
    /// Applies a slice; at the tick both inputs have been read to their end.
    fn commit(&mut self, slice: &Portion, tick: EventTime) -> io::Result<()> {
        let first_offset = self.records as i64;
        self.records += slice.records.len() as u64;
        let end = self.records as i64;
        let Self { task, outputs, stopwatch, .. } = self;
        let judged = stopwatch.time(|| {
            for (topic, run) in slice.runs(first_offset) {
                apply(task, topic, &run, tick, outputs)?;
            }
            for input in [CALLS, COMPLAINTS].into_iter().filter_map(|topic| task.input(topic)).collect::<Vec<_>>() {
                task.step(Step::End { input, next: end, high: end })?;
            }
            cut(task, tick, outputs)
        });
        judged.map_err(io::Error::other)
    }

    fn tell(&mut self, at: EventTime, watcher: &mut dyn Watcher) -> io::Result<()> {
        let told = self.outputs.drain(..).filter_map(|output| Told::of(&output.event, at));
        told.into_iter().try_for_each(|told| watcher.said(told))
    }
}

/// Applies a run of one input; an epoch that has no room for all of it ends in between.
fn apply(
    task: &mut Task,
    topic: &str,
    run: &[RawRecord<'_>],
    tick: EventTime,
    outputs: &mut Vec<Output>,
) -> Result<(), Refusal> {
    let Some(input) = task.input(topic) else { return Ok(()) };
    let mut records = run.iter().copied().peekable();
    while records.peek().is_some() {
        task.step(Step::Records { input, records: &mut records, clock: WallClock::right(tick) })?;
        if records.peek().is_some() {
            cut(task, tick, outputs)?;
        }
    }
    Ok(())
}

/// Ends an epoch, which is committed at once.
fn cut(task: &mut Task, tick: EventTime, outputs: &mut Vec<Output>) -> Result<(), Refusal> {
    if let TaskEvent::Cut(commit) = task.step(Step::Cut(Cut { clock: tick, owner: "", with_snapshot: false }))? {
        outputs.extend(commit.outputs);
    }
    task.step(Step::Committed { offset: 0 }).map(drop)
}
