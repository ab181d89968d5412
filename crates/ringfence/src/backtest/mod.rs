//! `ringfence backtest`: the engine's judge on archives.

mod acts;
mod archive_reader;
mod arguments;
mod coverage;
mod error;
mod inputs;
mod rejects;
mod report;
mod times;
mod violations;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::ProgressBar;
use ringfence_cdr::EventTime;
use ringfence_consumer::files::{FileError, FileRecord};
use ringfence_evaluator::{Delivery, InputId};
use ringfence_events::Event as Published;
use ringfence_task::{Cut, Decoded, DecodedRecord, Event, Rejection, Setup, Step, Task};

use acts::Acts;
use archive_reader::ArchiveReader;
pub(crate) use arguments::{Arguments, EXAMPLES};
use coverage::{Coverage, FileCoverage};
pub(crate) use error::BacktestError;
use error::{cannot_write, create};
use inputs::Inputs;
use rejects::Rejects;
use report::{Report, progress};
use violations::ViolationWriter;

use crate::CommandError;
use crate::packs::RawPack;

/// Records of one commit of an archive (`docs/rules.md`: what came and went within a commit is not published).
const COMMIT_RECORDS: usize = 10_000;
/// Records of one file that are applied together, so that the state of their numbers is fetched together.
const TOGETHER: usize = 32;

/// Judges the archives and writes what they hold. Where one turns out to be broken, what was read of it and the others
/// are judged and written all the same, before the error.
pub(crate) fn backtest(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    match judge(arguments) {
        // Whoever reads the violations has seen enough, as `head` does.
        Err(CommandError::Backtest(BacktestError::Write { source, .. }))
            if arguments.output.is_none() && source.kind() == io::ErrorKind::BrokenPipe =>
        {
            Ok(ExitCode::SUCCESS)
        }
        outcome => outcome.map(|()| ExitCode::SUCCESS),
    }
}

fn judge(arguments: &Arguments) -> Result<(), CommandError> {
    let until = arguments.until()?;
    let inputs = Inputs::new(arguments)?;
    let compiled = inputs.surround(RawPack::read(&arguments.rules)?).load()?;
    if !compiled.warnings.is_empty() {
        let (rules, count) = (arguments.rules.display(), compiled.warnings.len());
        eprintln!("{rules}: {count} warnings, which `ringfence check` shows");
    }
    let pack = Arc::new(compiled.pack);
    let mut reading = ArchiveReader::new(inputs, &pack);
    let files = reading.names();
    let setup = Setup::archive(env!("CARGO_PKG_VERSION"), Arc::clone(&pack), compiled.tables);
    let mut run = Run {
        standing: arguments.standing,
        task: Task::archive(setup, files.iter().map(String::as_str)),
        coverage: Coverage::of(&reading),
        rejects: Rejects::create(arguments.dead_letters.as_deref())?,
        waiting: Vec::with_capacity(TOGETHER),
        file: 0,
        writer: ViolationWriter::create(arguments, &pack)?,
        acts: Acts::create(arguments.suspensions.as_deref())?,
    };
    // An hour of judging is not lost to a mistyped path.
    let coverage_file = arguments.coverage.as_deref().map(create).transpose()?;
    let bar = progress(&reading, arguments);
    let broken = run.read_all(&mut reading, &bar)?;
    run.finish(until)?;
    if run.coverage.total.read > 0 || broken.is_empty() {
        Report { shard: run.task.shard(), coverage: &run.coverage, rejects: &run.rejects, acts: &run.acts }.print();
    }
    if let (Some(file), Some(path)) = (coverage_file, &arguments.coverage) {
        run.coverage.write(file).map_err(|source| cannot_write(path.display(), source))?;
    }
    let broken = broken.into_iter().map(|error| match error {
        FileError::Columns { .. } if arguments.dialect.is_empty() => BacktestError::Columns(error),
        error => error.into(),
    });
    let unread = run.coverage.files.iter().filter_map(FileCoverage::is_unread);
    BacktestError::first_of(broken.chain(unread)).map_or(Ok(()), |error| Err(error.into()))
}

struct Run {
    /// Only what stands at the end is written.
    standing: bool,
    task: Task,
    coverage: Coverage,
    rejects: Rejects,
    /// Records of one file that were read and not yet applied.
    waiting: Vec<FileRecord>,
    /// The place of that file.
    file: usize,
    writer: ViolationWriter,
    acts: Acts,
}

/// Where the reading of one slice ended.
enum SliceEnd {
    /// At the size of a commit.
    Full,
    /// At the end of the archives.
    Last,
}

impl Run {
    /// Applies every record there is, commit after commit; what it returns is why archives could not be read on.
    fn read_all(&mut self, reading: &mut ArchiveReader, bar: &ProgressBar) -> Result<Vec<FileError>, BacktestError> {
        let mut broken = Vec::new();
        loop {
            let slice = self.read_slice(reading, &mut broken)?;
            self.publish(Step::Cut(Cut { clock: EventTime::MIN, owner: "", with_snapshot: false }))?;
            bar.set_position(reading.bytes_read());
            match slice {
                SliceEnd::Full => {}
                SliceEnd::Last => break,
            }
        }
        bar.finish_and_clear();
        self.coverage.end(broken.is_empty());
        let (total, ledger) = (&self.coverage.total, self.task.shard().ledger());
        debug_assert_eq!(
            (total.facts, total.duplicates, total.merged),
            (ledger.facts, ledger.duplicates, ledger.merged),
            "law C-1: the files' counts are the shard's"
        );
        Ok(broken)
    }

    /// Ends the archive and writes what is left to write.
    fn finish(&mut self, until: Option<EventTime>) -> Result<(), BacktestError> {
        self.publish(Step::Finish { until })?;
        if self.standing {
            for violation in self.task.shard().standing() {
                self.writer.write(&violation)?;
            }
        }
        self.writer.flush()?;
        self.acts.flush()?;
        self.rejects.flush()
    }

    /// Applies the records of one commit. One archive that cannot be read on does not keep the next from being read.
    fn read_slice(
        &mut self,
        reading: &mut ArchiveReader,
        broken: &mut Vec<FileError>,
    ) -> Result<SliceEnd, BacktestError> {
        for _ in 0..COMMIT_RECORDS {
            match reading.next() {
                Some(Ok((file, record))) => self.take(file, record)?,
                Some(Err(error)) => broken.push(error),
                None => {
                    self.apply()?;
                    return Ok(SliceEnd::Last);
                }
            }
        }
        self.apply()?;
        Ok(SliceEnd::Full)
    }

    fn take(&mut self, file: usize, record: FileRecord) -> Result<(), BacktestError> {
        if self.file != file || self.waiting.len() == TOGETHER {
            self.apply()?;
            self.file = file;
        }
        self.coverage.see(file, &record);
        self.waiting.push(record);
        Ok(())
    }

    /// Applies what waits.
    fn apply(&mut self) -> Result<(), BacktestError> {
        let Self { task, waiting, file, .. } = self;
        let input = InputId(*file as u32);
        let counts = |task: &Task| task.inputs().nth(*file).map(|input| input.counts).unwrap_or_default();
        let before = counts(task);
        let mut records = waiting.iter_mut().zip(0..).map(|(record, place)| decoded(record, place));
        let event = task.step(Step::Decoded { input, records: &mut records })?;
        self.coverage.count(*file, &before, &counts(task));
        if let Event::Applied(applied) = event {
            for Rejection { offset, reject, .. } in applied.rejected {
                self.rejects.add(&self.waiting[offset as usize], &reject)?;
            }
        }
        self.waiting.clear();
        Ok(())
    }

    /// Ends an epoch and writes what changed.
    fn publish(&mut self, step: Step<'_, '_>) -> Result<(), BacktestError> {
        let Event::Cut(commit) = self.task.step(step)? else { return Ok(()) };
        for output in commit.outputs {
            match &output.event {
                Published::Violation(violation) if !self.standing => self.writer.write(violation)?,
                Published::Suspension(act) => self.acts.add(act)?,
                Published::Violation(_) | Published::CardStatus(_) => {}
            }
        }
        self.task.step(Step::Committed { offset: 0 })?;
        Ok(())
    }
}

/// What a record of a file says, by its place among those that wait.
fn decoded(record: &mut FileRecord, place: i64) -> DecodedRecord {
    let taken = |record| Decoded::Taken(Delivery { input: InputId(0), arrival: None, record });
    let decoded = match std::mem::replace(&mut record.decoded, Ok(None)) {
        Ok(None) => Decoded::Filtered,
        Ok(Some(record)) => taken(record),
        Err(reject) => Decoded::Rejected(reject),
    };
    DecodedRecord { offset: place, piece: None, bytes: record.raw.len(), decoded }
}
