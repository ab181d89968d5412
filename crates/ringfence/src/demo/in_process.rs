//! A day of traffic judged in this process, by the clock of the day.
//!
//! The shard runs as in service: records are admitted by their arrival, its time is the arrival time applied so far, and
//! a tick goes with each commit. So violations open and close, acts begin and late files come late as they would live,
//! only faster. (An archive's clock would do for the violations; acts and lateness need the live one.)

use std::io;
use std::sync::Arc;
use std::time::Duration;

use indicatif::HumanCount;
use ringfence_cdr::json::{decode_cdr, decode_complaint};
use ringfence_cdr::{CdrContext, EventTime, Millis, Reject};
use ringfence_evaluator::{
    Clock, Delivery, InputId, Ledger, Output, Record, Shard, ShardOptions, StandingEpisode, StandingStrike,
};
use ringfence_rules::Pack;
use ringfence_traffic::{Emission, EmissionRecord, Emissions, World};

use super::stopwatch::Stopwatch;
use super::told::Told;
use super::watcher::Watcher;

/// The inputs of the shard, each with a time of its own.
const CALLS: InputId = InputId(0);
const COMPLAINTS: InputId = InputId(1);
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
pub(crate) fn judge(world: &World, pack: &Arc<Pack>, watcher: &mut dyn Watcher) -> io::Result<Judged> {
    let clock = Clock::Live { inputs: 2, impose_from: EventTime::MIN };
    let mut judge = Judge {
        shard: Shard::new(Arc::clone(pack), ShardOptions { clock, ..ShardOptions::default() }),
        records: 0,
        unreadable: 0,
        stopwatch: Stopwatch::default(),
        outputs: Vec::new(),
    };
    let mut emissions = world.emissions();
    let mut tick = world.start();
    let mut slice = Slice::default();
    while slice.draw(&mut emissions, tick.plus(COMMIT), watcher) {
        tick = tick.plus(COMMIT);
        judge.commit(&slice, tick);
        judge.tell(tick, watcher)?;
    }
    let end = tick.plus(SILENCE);
    judge.commit(&Slice::default(), end);
    judge.tell(end, watcher)?;
    Ok(Judged {
        records: judge.records,
        took: judge.stopwatch.total(),
        ledger: judge.shard.ledger(),
        unreadable: judge.unreadable,
        late: emissions.counts().late,
        stands: Stands::at_end(judge.shard, end),
    })
}

/// What arrives between two commits, as bytes.
#[derive(Default)]
struct Slice {
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

impl Slice {
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

    fn records(&self) -> impl Iterator<Item = (&[u8], Arrived)> {
        let mut from = 0;
        self.records.iter().map(move |(to, arrived)| {
            let bytes = &self.bytes[from..*to];
            from = *to;
            (bytes, *arrived)
        })
    }
}

struct Judge {
    shard: Shard,
    records: u64,
    unreadable: u64,
    stopwatch: Stopwatch,
    outputs: Vec<Output>,
}

impl Judge {
    fn commit(&mut self, slice: &Slice, tick: EventTime) {
        let context = CdrContext::default();
        let Self { shard, outputs, unreadable, records, stopwatch } = self;
        *records += slice.records.len() as u64;
        stopwatch.time(|| {
            for (bytes, arrived) in slice.records() {
                match decode(bytes, arrived.is_call, &context) {
                    Ok(Some(record)) => {
                        let input = if arrived.is_call { CALLS } else { COMPLAINTS };
                        shard.apply(&Delivery { input, arrival: Some(arrived.at), record });
                    }
                    Ok(None) => {}
                    Err(_) => *unreadable += 1,
                }
            }
            shard.advance(CALLS, tick);
            shard.advance(COMPLAINTS, tick);
            shard.commit(outputs);
        });
    }

    fn tell(&mut self, at: EventTime, watcher: &mut dyn Watcher) -> io::Result<()> {
        let told = self.outputs.drain(..).filter_map(|output| Told::of(&output.event, at));
        told.into_iter().try_for_each(|told| watcher.said(told))
    }
}

/// Decodes one record; `None` where its type does not count.
pub(crate) fn decode(bytes: &[u8], is_call: bool, context: &CdrContext) -> Result<Option<Record>, Reject> {
    if is_call {
        Ok(decode_cdr(bytes, context)?.map(Record::Call))
    } else {
        Ok(Some(Record::Complaint(decode_complaint(bytes, &context.numbering)?)))
    }
}
