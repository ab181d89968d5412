//! Why a file has no proposal, or cannot be looked at.

use ringfence_consumer::files::FileError;
use ringfence_workbench::NoSample;

/// Why a file has no proposal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SniffError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is nothing to propose a dialect for.
    #[error("{file}: {reason}")]
    NoSample {
        /// The path as given.
        file: String,
        /// Why not.
        reason: NoSample,
    },
}
