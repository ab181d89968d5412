//! `ringfence backtest`: the engine's judge on archives.

mod arguments;
mod coverage;
mod inputs;
mod reading;
mod rejects;
mod report;
mod violations;

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ringfence_cdr::dialect::{DialectError, Row};
use ringfence_cdr::{Reject, RejectCode};
use ringfence_consumer::files::{FileError, FileRecord};
use ringfence_evaluator::{Delivery, InputId, Outcome, Output, Record, Shard, ShardOptions, Standing};

pub(crate) use arguments::{Arguments, EXAMPLES};
use coverage::Coverage;
use inputs::Inputs;
use reading::Reading;
use rejects::Rejects;
use report::{Report, progress};
use violations::ViolationWriter;

use crate::CommandError;
use crate::packs::PackTexts;

/// Records of one commit of an archive (RULES: what came and went within a commit is not published).
const COMMIT_RECORDS: usize = 10_000;

/// Why archives cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacktestError {
    /// An archive cannot be read, or not be read on.
    #[error(transparent)]
    Source(#[from] FileError),
    /// A dialect file has mistakes.
    #[error(transparent)]
    Dialect(#[from] DialectError),
    /// The command line asks for what cannot be.
    #[error("{0}")]
    Usage(String),
    /// A file could not be written.
    #[error("{path}: cannot be written")]
    Write {
        /// Which file; `standard output`.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Judges the archives and writes what they hold. What was read before an archive turned out to be broken is written
/// too, before the error.
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
    let compiled = inputs.surround(PackTexts::read(&arguments.rules)?).load()?.compiled;
    if !compiled.warnings.is_empty() {
        let (rules, count) = (arguments.rules.display(), compiled.warnings.len());
        eprintln!("{rules}: {count} warnings, which `ringfence check` shows");
    }
    let pack = Arc::new(compiled.pack);
    let mut reading = Reading::new(inputs, &pack);
    let mut writer = ViolationWriter::create(arguments, &pack)?;
    let mut run = Run {
        shard: Shard::new(Arc::clone(&pack), ShardOptions::default()),
        coverage: Coverage::of(&reading),
        rejects: Rejects::create(arguments.dead_letters.as_deref())?,
        outputs: Vec::new(),
    };
    // An hour of judging is not lost to a mistyped path.
    let coverage_file = arguments.coverage.as_deref().map(create).transpose()?;
    let bar = progress(&reading, arguments);
    let broken = loop {
        let broken = run.read_slice(&mut reading)?;
        run.shard.commit(&mut run.outputs);
        run.write_changes(arguments, &mut writer)?;
        bar.set_position(reading.bytes_read());
        match broken {
            Slice::Full => {}
            Slice::Last => break None,
            Slice::Broken(error) => break Some(error),
        }
    };
    bar.finish_and_clear();
    run.shard.finish(until, &mut run.outputs);
    if arguments.standing {
        for violation in run.shard.standing() {
            writer.write(&violation)?;
        }
    } else {
        run.write_changes(arguments, &mut writer)?;
    }
    writer.flush()?;
    run.rejects.flush()?;
    run.coverage.end(broken.is_none());
    Report { shard: &run.shard, coverage: &run.coverage, rejects: &run.rejects }.print();
    if let (Some(file), Some(path)) = (coverage_file, &arguments.coverage) {
        run.coverage.write(file).map_err(|source| cannot_write(path.display(), source))?;
    }
    broken.map_or(Ok(()), |error| Err(BacktestError::from(error).into()))
}

/// Creates a file to write to.
fn create(path: &Path) -> Result<File, BacktestError> {
    File::create(path).map_err(|source| cannot_write(path.display(), source))
}

fn cannot_write(path: impl ToString, source: io::Error) -> BacktestError {
    BacktestError::Write { path: path.to_string(), source }
}

struct Run {
    shard: Shard,
    coverage: Coverage,
    rejects: Rejects,
    outputs: Vec<Output>,
}

/// Where the reading of one slice ended.
enum Slice {
    /// At the size of a commit.
    Full,
    /// At the end of the archives.
    Last,
    /// Where an archive cannot be read on.
    Broken(FileError),
}

impl Run {
    /// Applies the records of one commit.
    fn read_slice(&mut self, reading: &mut Reading) -> Result<Slice, BacktestError> {
        for _ in 0..COMMIT_RECORDS {
            match reading.next() {
                Some(Ok((file, record))) => self.apply(file, record)?,
                Some(Err(error)) => return Ok(Slice::Broken(error)),
                None => return Ok(Slice::Last),
            }
        }
        Ok(Slice::Full)
    }

    fn apply(&mut self, file: usize, mut record: FileRecord) -> Result<(), BacktestError> {
        self.coverage.read(file);
        let row = std::mem::replace(&mut record.decoded, Ok(Row::Filtered));
        let taken = match row {
            Ok(Row::Filtered) => {
                self.coverage.filtered(file);
                return Ok(());
            }
            Ok(Row::Call(cdr)) => {
                self.coverage.assumed(file, cdr.answer);
                Record::Call(cdr)
            }
            Ok(Row::Complaint(complaint)) => Record::Complaint(complaint),
            Err(reject) => return self.reject(file, &record, &reject),
        };
        match self.shard.apply(Delivery { input: InputId(0), arrival: None, record: taken }) {
            Outcome::Inserted => self.coverage.inserted(file),
            Outcome::Duplicate => self.coverage.duplicate(file),
            Outcome::Merged { facts_joined } => self.coverage.merged(file, facts_joined),
            Outcome::Rejected(reject) => self.reject(file, &record, &reject)?,
            Outcome::ConflictingDuplicate(standing) => {
                let detail = match standing {
                    Standing::Earlier => "the record read before stands",
                    Standing::Later => "this record stands instead of the one read before",
                };
                self.reject(file, &record, &Reject::new(RejectCode::ConflictingDuplicate, detail))?;
            }
        }
        Ok(())
    }

    fn reject(&mut self, file: usize, record: &FileRecord, reject: &Reject) -> Result<(), BacktestError> {
        self.coverage.rejected(file, reject.code);
        self.rejects.add(record, reject)
    }

    fn write_changes(&mut self, arguments: &Arguments, writer: &mut ViolationWriter) -> Result<(), BacktestError> {
        for output in self.outputs.drain(..) {
            if let (Output::Violation(violation), false) = (&output, arguments.standing) {
                writer.write(violation)?;
            }
        }
        Ok(())
    }
}
