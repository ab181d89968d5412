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

/// Creates a file to write to.
pub(super) fn create(path: &Path) -> Result<File, BacktestError> {
    File::create(path).map_err(|source| cannot_write(path.display(), source))
}

pub(super) fn cannot_write(path: impl ToString, source: io::Error) -> BacktestError {
    BacktestError::Write { path: path.to_string(), source }
}
