//! Why archives cannot be judged.

use std::fs::File;
use std::io;
use std::path::Path;

use ringfence_consumer::files::FileError;
use ringfence_task::Refusal;

/// Why archives cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacktestError {
    /// An archive cannot be read, or not be read on.
    #[error(transparent)]
    Source(#[from] FileError),
    /// An archive without a dialect has other columns than those of the contract.
    #[error(
        "{0}\nhelp: without --dialect columns have the contract's names; `ringfence backtest --help` shows a dialect"
    )]
    Columns(FileError),
    /// Not one record of an archive is one.
    #[error(
        "{file}: none of its {records} records could be read ({code}: {count}): is it written as the dialect says?\nhelp: `ringfence sniff {file}` shows what it looks like"
    )]
    Unread {
        /// The path as given.
        file: String,
        /// How many there are.
        records: u64,
        /// Why most of them could not.
        code: &'static str,
        /// How many those are.
        count: u64,
    },
    /// The command line asks for what cannot be.
    #[error("{0}")]
    Usage(String),
    /// The state cannot go on.
    #[error("the archives cannot be judged")]
    Refused(#[from] Refusal),
    /// A file could not be written.
    #[error("{path}: cannot be written")]
    Write {
        /// Which file; `standard output`.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl BacktestError {
    /// The first of what is wrong with the archives; the others are printed, each with its causes.
    pub(super) fn first_of(mut errors: impl Iterator<Item = Self>) -> Option<Self> {
        let first = errors.next()?;
        for other in errors {
            eprintln!("{other}");
            let mut source = std::error::Error::source(&other);
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
        }
        Some(first)
    }
}

/// Creates a file to write to.
pub(super) fn create(path: &Path) -> Result<File, BacktestError> {
    File::create(path).map_err(|source| cannot_write(path.display(), source))
}

pub(super) fn cannot_write(path: impl ToString, source: io::Error) -> BacktestError {
    BacktestError::Write { path: path.to_string(), source }
}
