//! Archives: files of records, and standard input, read one record after another in bounded memory.
//!
//! ```text
//! bytes ─▶ container (.gz, .zst) ─▶ UTF-8 (of UTF-16) ─▶ rows (lines, elements of a list) ─▶ dialect ─▶ Record or Reject
//! ```
//!
//! A record that cannot be taken is a [`FileRecord`] with a reject, its raw bytes and its place, and reading goes on
//! with the next line. A file that cannot be read on (a damaged or cut-short container, a header that does not fit)
//! is one [`FileError`] with the place reached, and the end of that file.

mod container;
mod dead_letters;
mod element;
mod error;
mod members;
mod quoted;
mod records;
mod signs;
mod splitter;
mod transcoded;
mod window;

pub use container::{STANDARD_INPUT, beginning, format_of};
pub use dead_letters::DeadLetters;
pub use error::{Container, FileError};
pub use records::{FileRecord, FileRecords, Progress};

#[cfg(test)]
mod c1_tests;
#[cfg(test)]
mod shapes_tests;
#[cfg(test)]
mod tests;
