//! `ringfence sniff`: a dialect proposed for a file, or what is read of a file by a dialect that there is.

mod error;
mod preview;

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ringfence_cdr::dialect::Dialect;
use ringfence_consumer::files::{FileRecords, STANDARD_INPUT, beginning};
use ringfence_workbench::{BEGINNING, Proposal, sniff as propose};

use crate::dialects::{dialect, of_file};
use crate::print::print_text;
use crate::{CommandError, FOUND};
pub(crate) use error::SniffError;
use preview::Preview;

pub(crate) const EXAMPLES: &str = "\
Examples:
  ringfence sniff calls.csv > city-switch.yaml             # a proposal, to be completed
  ringfence sniff calls.csv --dialect city-switch.yaml     # what is read by it
  zcat calls.gz | ringfence sniff -

The proposal is a dialect file. What a file cannot tell (its zone, the country of its numbers, whose records they are)
and what was guessed is a comment in it that begins with `# ?`.
Exit code 0: fine; 1: by the dialect given no record can be read; 2: the file cannot be read, or is none of records.";

/// What `sniff` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file: CSV or JSON, also packed as `.gz` or `.zst`; `-` is standard input.
    file: PathBuf,
    /// Shows what is read by this dialect instead of proposing one: a dialect file, or the name of one built in.
    #[arg(long, value_name = "NAME|FILE")]
    dialect: Option<String>,
    /// How many records to show. They hold phone numbers.
    #[arg(long, value_name = "N", default_value_t = 5)]
    records: usize,
}

pub(crate) fn sniff(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    match &arguments.dialect {
        Some(name) => show(arguments, dialect(name)?),
        None => propose_for(arguments),
    }
}

/// What is read by a dialect, to standard output.
fn show(arguments: &Arguments, dialect: Dialect) -> Result<ExitCode, CommandError> {
    let records = FileRecords::open(&arguments.file, of_file(dialect, &arguments.file)).map_err(SniffError::from)?;
    let preview = Preview::of(records, arguments.records);
    print_text(&preview.to_string())?;
    Ok(if preview.is_read() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

/// The proposal to standard output, what would be read by it to standard error.
fn propose_for(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let path = &arguments.file;
    let bytes = beginning(path, BEGINNING).map_err(SniffError::from)?;
    let (file, name) = (path.display().to_string(), name_of(path));
    let proposal = propose(&name, &bytes).map_err(|reason| SniffError::NoSample { file: file.clone(), reason })?;
    print_text(proposal.text())?;
    eprintln!("{file}: {} places to look at, marked with `# ?`", proposal.unsure());
    match preview(&file, bytes, &proposal, arguments.records) {
        Ok(preview) => eprint!("{preview}"),
        Err(why) => eprintln!("no record can be read by it yet:\n{why}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// What would be read by a proposal.
fn preview(file: &str, bytes: Vec<u8>, proposal: &Proposal, records: usize) -> Result<Preview, String> {
    let in_utc = proposal.as_if_in_utc();
    if in_utc.is_some() {
        eprintln!("its zone is not known: the times below are as if it were UTC");
    }
    let dialect = Dialect::compile("the proposal", in_utc.as_deref().unwrap_or(proposal.text()));
    let dialect = dialect.map_err(|error| error.to_string())?;
    let records_of = FileRecords::from_reader(file, Cursor::new(bytes), dialect).map_err(|error| error.to_string())?;
    Ok(Preview::of(records_of, records))
}

/// What a dialect for this file may be called: its name up to the first point.
fn name_of(path: &Path) -> String {
    let file = path.file_name().filter(|_| path.as_os_str() != STANDARD_INPUT).unwrap_or_default().to_string_lossy();
    let stem = file.split('.').next().unwrap_or_default().to_lowercase();
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let name: String = stem.chars().map(|letter| if is_part(letter) { letter } else { '-' }).collect();
    // A name of digits may be a date or a number, and neither is one of a system.
    match name.trim_matches('-') {
        name if name.contains(|letter: char| letter.is_ascii_alphabetic()) => name.to_owned(),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_is_called_as_its_file_is() {
        for (path, name) in [
            ("/var/cdr/City Switch.csv.gz", "city-switch"),
            ("Master.csv", "master"),
            ("-", "unknown"),
            ("2026-06-01.json", "unknown"),
            ("..", "unknown"),
        ] {
            assert_eq!(name_of(Path::new(path)), name, "{path}");
        }
    }
}
