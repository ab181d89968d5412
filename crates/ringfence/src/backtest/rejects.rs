//! Records that could not be taken: to a file of dead letters, or the first few to standard error.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use ringfence_cdr::Reject;
use ringfence_consumer::files::{DeadLetters, FileRecord};

use super::error::{BacktestError, cannot_write, create};

/// How many are named on standard error where no file was asked for.
const SHOWN_MAX: usize = 5;

/// Where rejected records go.
pub(super) enum Rejects {
    /// All of them, as JSON lines.
    Written { path: String, letters: DeadLetters<BufWriter<File>> },
    /// The first few, by place and reason alone.
    Shown(Vec<String>),
}

impl Rejects {
    pub(super) fn create(path: Option<&Path>) -> Result<Self, BacktestError> {
        let Some(path) = path else { return Ok(Self::Shown(Vec::new())) };
        let letters = DeadLetters::new(BufWriter::new(create(path)?));
        Ok(Self::Written { path: path.display().to_string(), letters })
    }

    pub(super) fn add(&mut self, record: &FileRecord, reject: &Reject) -> Result<(), BacktestError> {
        match self {
            Self::Written { path, letters } => {
                letters.write(record, reject).map_err(|source| BacktestError::Write { path: path.clone(), source })
            }
            Self::Shown(shown) => {
                if shown.len() < SHOWN_MAX {
                    let hint = reject.said_hint().map_or(String::new(), |hint| format!("\n  hint: {hint}"));
                    shown.push(format!("{}:{}: {reject}{hint}", record.file, record.line));
                }
                Ok(())
            }
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), BacktestError> {
        match self {
            Self::Written { path, letters } => letters.flush().map_err(|source| cannot_write(path, source)),
            Self::Shown(_) => Ok(()),
        }
    }
}
