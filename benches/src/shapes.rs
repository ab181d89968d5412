//! Inputs that were made to be dear: one number, or one file, with very much of one thing. Four times as much of it should
//! cost four times as much, and never more than six (law K-1; the tests hold counters of work to that, here is the time).

use std::fmt;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use ringfence_cdr::dialect::Dialect;
use ringfence_cdr::{Cdr, EventTime, Millis, Number, Part, Record};
use ringfence_consumer::files::FileRecords;
use ringfence_evaluator::{Delivery, InputId, ShardClock, ShardOptions};
use ringfence_rules::PackFiles;
use ringfence_timeline::Work;

use crate::Error;
use crate::judging::thread_cpu;
use crate::late::{NUMBER, call, complaint};
use crate::packs::{Rules, compile, starter};

/// Midnight in Shanghai on 6 January 2025.
const START: EventTime = EventTime(1_736_092_800_000);
/// Records of a commit.
const COMMIT: u64 = 100;

/// An input of any size.
pub struct Shape {
    /// What there is much of.
    pub name: &'static str,
    /// How much of it is little.
    pub few: u64,
    input: Input,
}

enum Input {
    /// A shard with these options, and its record of each ordinal of so many.
    Records(Arc<Rules>, ShardOptions, fn(u64, u64) -> Record),
    /// A file of so many times this line.
    Lines(&'static str),
}

/// What an input cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Processor time.
    pub spent: Duration,
    /// Units of work, or bytes of a file looked at.
    pub work: u64,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape").field("name", &self.name).field("few", &self.few).finish_non_exhaustive()
    }
}

/// All of them.
///
/// # Errors
/// Where a pack does not compile.
pub fn shapes() -> Result<Vec<Shape>, Error> {
    let archive = ShardOptions { clock: ShardClock::Archive, ..ShardOptions::default() };
    let starter = Arc::new(compile(&starter(std::iter::once(NUMBER.to_owned()))?)?);
    let episodes = pack("key: callingNumber\nlet: {calls: count() over 1s}\nwhen: [calls >= 1]\n")?;
    let strikes = pack(
        "key: [callingNumber, calledNumber]\nlet: {calls: count() over 1s}\nwhen: [calls >= 1]\nthen: {ladder: warnings}\n",
    )?;
    let day = pack("key: callingNumber\nlet: {calls: count() over 1d}\nwhen: [calls >= 100000000]\n")?;
    let records = |name, few, pack: &Arc<Rules>, options: &ShardOptions, record| Shape {
        name,
        few,
        input: Input::Records(Arc::clone(pack), options.clone(), record),
    };
    let sum = pack("key: callingNumber\nlet: {spoken: sum(callDuration) over 1d}\nwhen: [spoken >= 800000h]\n")?;
    let undecoded = ShardOptions { decoded_bytes_max: 1 << 16, ..archive.clone() };
    let capped = ShardOptions { number_bytes_max: 1 << 17, ..archive.clone() };
    Ok(vec![
        records("parts of one call", 2_000, &starter, &archive, |n, _| part(n, seconds(60 * n))),
        records("parts with one number", 2_000, &starter, &archive, |n, _| part(0, seconds(60 * n))),
        records("calls of one instant", 5_000, &starter, &archive, |n, _| call(0, n, START)),
        records("calls, the last first", 5_000, &starter, &archive, |n, of| call(0, n, seconds(20 * (of - n)))),
        // So far apart that each is counted at the same few instants: where all lie within the longest window, each has
        // all others judged again.
        records("complaints, the last first", 5_000, &starter, &archive, |n, of| {
            complaint(n, seconds(3600 * (of - n)))
        }),
        records("complaints, then as many calls", 5_000, &starter, &archive, |n, of| match n < of / 2 {
            true => complaint(n, seconds(n)),
            false => call(0, n, seconds(n)),
        }),
        records("episodes", 5_000, &episodes, &archive, |n, _| call(0, n, seconds(3 * n))),
        records("strikes of pairs", 1_000, &strikes, &archive, |n, _| to_another(n, seconds(3 * n))),
        records("calls of a quiet number", 5_000, &day, &archive, |n, _| call(0, n, seconds(n))),
        records("calls beyond what is kept decoded", 5_000, &sum, &undecoded, |n, _| call(0, n, seconds(n))),
        records("calls among complaints", 5_000, &sum, &archive, |n, _| match n % 2 {
            0 => complaint(n, seconds(n)),
            _ => call(0, n, seconds(n)),
        }),
        records("calls of a number at its cap", 20_000, &day, &capped, |n, _| call(0, n, seconds(n))),
        Shape { name: "lines that open quotes", few: 20_000, input: Input::Lines("x\",\"\n") },
    ])
}

impl Shape {
    /// Takes so much of it.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn cost(&self, count: u64) -> Result<Cost, Error> {
        match &self.input {
            Input::Records(pack, options, record) => Ok(judged(pack, options, count, *record)),
            Input::Lines(line) => read(line, count),
        }
    }
}

fn judged(pack: &Arc<Rules>, options: &ShardOptions, count: u64, record: fn(u64, u64) -> Record) -> Cost {
    let mut shard = pack.shard(options.clone());
    let mut outputs = Vec::new();
    let began = thread_cpu();
    for n in 0..count {
        shard.apply(&Delivery { input: InputId(0), arrival: None, record: record(n, count) });
        if n % COMMIT == COMMIT - 1 {
            shard.commit(&mut outputs);
            outputs.clear();
        }
    }
    shard.finish(None, &mut outputs);
    let work: Work = shard.work();
    Cost { spent: thread_cpu() - began, work: work.total() }
}

fn read(line: &str, count: u64) -> Result<Cost, Error> {
    let text = line.repeat(usize::try_from(count).unwrap_or_default());
    let dialect = "dialect: shapes\nkind: cdr\nformat: csv\ncolumns: [a, b]\nnumbers: opaque\nfields: {recordId: a, callingNumber: a, calledNumber: b, seizureTime: b}\n";
    let unmet = |what: String| Error::Unmet(what);
    let dialect = Dialect::compile("lines.yaml", dialect).map_err(|error| unmet(error.to_string()))?;
    let began = thread_cpu();
    let mut records = FileRecords::from_reader("lines", Cursor::new(text.into_bytes()), dialect)
        .map_err(|error| unmet(error.to_string()))?;
    if let Some(Err(error)) = records.find(Result::is_err) {
        return Err(unmet(error.to_string()));
    }
    Ok(Cost { spent: thread_cpu() - began, work: records.bytes_scanned() })
}

fn pack(rule: &str) -> Result<Arc<Rules>, Error> {
    let header = "name: shapes\nversion: \"1\"\ntimezone: UTC\nladders:\n  warnings: {subject: card, strikes: {over: 365d}, steps: [{at: 1, do: warn}]}\n";
    let rule = format!("rule: dear\ntitle: A rule\nbasis: none\n{rule}");
    compile(&PackFiles::new().with("pack.yaml", header).with("rules/dear.yaml", &rule)).map(Arc::new)
}

fn seconds(seconds: u64) -> EventTime {
    START.plus(Millis(i64::try_from(seconds).unwrap_or_default() * 1000))
}

fn part(number: u64, at: EventTime) -> Record {
    let sequence_number = u32::try_from(number).unwrap_or_default();
    changed(call(1, u64::try_from(at.0).unwrap_or_default(), at), |call| {
        call.called_number = Number::new("+8619000100000");
        call.part = Some(Part { reference: "switch-1 1".into(), sequence_number });
    })
}

fn to_another(n: u64, at: EventTime) -> Record {
    changed(call(0, n, at), |call| call.called_number = Number::new(&format!("+86190{n:08}")))
}

fn changed(mut record: Record, change: impl FnOnce(&mut Cdr)) -> Record {
    if let Record::Call(call) = &mut record {
        change(call);
    }
    record
}
