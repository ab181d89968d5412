//! Why a file cannot be read, or not be read on.

use std::fmt;
use std::io;

use ringfence_cdr::dialect::BindError;

/// A file that cannot be read to its end. The records before the place it names were read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened.
    #[error("{file}: cannot be opened")]
    Open {
        /// The path as given.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The operating system cannot read on.
    #[error("{file}: cannot be read on after line {line}")]
    Read {
        /// The path as given.
        file: String,
        /// The last physical line that was read whole.
        line: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The compressed stream is damaged or cut short.
    #[error(
        "{file}: the {container} stream is damaged or cut short: lines up to {line} were read, {bytes} bytes into the file"
    )]
    Broken {
        /// The path as given.
        file: String,
        /// What it is packed in.
        container: Container,
        /// The last physical line that was read whole.
        line: u64,
        /// How much of the file was read.
        bytes: u64,
        /// What the unpacker says.
        #[source]
        source: io::Error,
    },
    /// It ends within a JSON list.
    #[error("{file}: the list of records is not closed: the file is cut short at line {line}")]
    CutShort {
        /// The path as given.
        file: String,
        /// The last physical line.
        line: u64,
    },
    /// Its first row is no header at all, or names a column twice.
    #[error("{file}:{line}: {reason}")]
    Header {
        /// The path as given.
        file: String,
        /// The physical line of the header.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Its columns are not those of the dialect.
    #[error("{file}:{line}: {missing}")]
    Columns {
        /// The path as given.
        file: String,
        /// The physical line of the header; 1 where the dialect names the columns.
        line: u64,
        /// Which columns are missing.
        missing: BindError,
    },
}

/// What a file is packed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Nothing.
    Plain,
    /// gzip, of one or more members.
    Gzip,
    /// Zstandard, of one or more frames.
    Zstd,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}
