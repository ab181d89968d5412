//! Violations as JSON lines, as a table, or as CSV.

use std::io::{self, BufWriter, Write};

use ringfence_events::{KeyName, Mode, Violation};
use ringfence_rules::{Key, Pack};

use super::{Arguments, BacktestError, cannot_write, create};

/// How violations are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// One bare violation a line, as published.
    Jsonl,
    /// For people.
    Table,
    /// For spreadsheets and databases.
    Csv,
}

/// The columns of the CSV. Of a pair, `key` is the first number and `calledNumber` the second.
const COLUMNS: [&str; 18] = [
    "id",
    "revision",
    "status",
    "rule",
    "version",
    "mode",
    "severity",
    "scope",
    "key",
    "calledNumber",
    "openedAt",
    "lastAt",
    "closedAt",
    "updatedAt",
    "matches",
    "late",
    "dataComplete",
    "reason",
];
/// A time as it is printed.
const TIME_WIDTH: usize = "2026-01-01T09:00:00.000Z".len();
/// E.164.
const NUMBER_WIDTH: usize = 16;

/// Writes violations to where the command line says.
pub(super) struct ViolationWriter {
    path: String,
    sink: Sink,
}

enum Sink {
    Jsonl(BufWriter<Box<dyn Write>>),
    Table { out: BufWriter<Box<dyn Write>>, rule_width: usize, key_width: usize },
    Csv(Box<csv::Writer<Box<dyn Write>>>),
}

impl ViolationWriter {
    pub(super) fn create(arguments: &Arguments, pack: &Pack) -> Result<Self, BacktestError> {
        let path = arguments.output.as_ref().map_or("standard output".to_owned(), |path| path.display().to_string());
        let out: Box<dyn Write> = match &arguments.output {
            None => Box::new(io::stdout()),
            Some(path) => Box::new(create(path)?),
        };
        let sink = match arguments.format {
            Form::Jsonl => Sink::Jsonl(BufWriter::new(out)),
            Form::Csv => Sink::Csv(Box::new(csv::Writer::from_writer(out))),
            Form::Table => {
                let rules = pack.rules.iter().map(|rule| rule.name.len() + " (shadow)".len());
                let pairs = pack.rules.iter().any(|rule| rule.key == Key::Pair);
                let key_width = if pairs { 2 * NUMBER_WIDTH + " to ".len() } else { NUMBER_WIDTH };
                Sink::Table { out: BufWriter::new(out), rule_width: rules.max().unwrap_or_default(), key_width }
            }
        };
        let mut writer = Self { path, sink };
        let written = writer.sink.head();
        writer.written(written)?;
        Ok(writer)
    }

    pub(super) fn write(&mut self, violation: &Violation) -> Result<(), BacktestError> {
        let written = self.sink.write(violation);
        self.written(written)
    }

    pub(super) fn flush(&mut self) -> Result<(), BacktestError> {
        let written = match &mut self.sink {
            Sink::Jsonl(out) | Sink::Table { out, .. } => out.flush(),
            Sink::Csv(out) => out.flush(),
        };
        self.written(written)
    }

    fn written(&self, written: io::Result<()>) -> Result<(), BacktestError> {
        written.map_err(|source| cannot_write(&self.path, source))
    }
}

impl Sink {
    fn head(&mut self) -> io::Result<()> {
        match self {
            Self::Jsonl(_) => Ok(()),
            Self::Csv(out) => Ok(out.write_record(COLUMNS)?),
            Self::Table { out, rule_width, key_width } => writeln!(
                out,
                "{:TIME_WIDTH$}  {:9}  {:8}  {:rule_width$}  {:key_width$}  {:>7}  reason",
                "openedAt", "status", "severity", "rule", "key", "matches"
            ),
        }
    }

    fn write(&mut self, violation: &Violation) -> io::Result<()> {
        match self {
            Self::Jsonl(out) => {
                serde_json::to_writer(&mut *out, violation)?;
                out.write_all(b"\n")
            }
            Self::Csv(out) => Ok(out.write_record(columns(violation))?),
            Self::Table { out, rule_width, key_width } => {
                let rule = match violation.rule.mode {
                    Mode::Enforce => violation.rule.id.to_string(),
                    mode @ Mode::Shadow => format!("{} ({mode})", violation.rule.id),
                };
                let key = match &violation.key {
                    KeyName::Number(number) => number.to_string(),
                    KeyName::Pair(calling, called) => format!("{calling} to {called}"),
                };
                writeln!(
                    out,
                    "{}  {:9}  {:8}  {rule:rule_width$}  {key:key_width$}  {:>7}  {}",
                    violation.opened_at, violation.status, violation.severity, violation.matches, violation.reason
                )
            }
        }
    }
}

fn columns(violation: &Violation) -> [String; COLUMNS.len()] {
    let (key, called) = match &violation.key {
        KeyName::Number(number) => (number.to_string(), String::new()),
        KeyName::Pair(calling, called) => (calling.to_string(), called.to_string()),
    };
    [
        violation.id.clone(),
        violation.revision.to_string(),
        violation.status.to_string(),
        violation.rule.id.to_string(),
        violation.rule.version.to_string(),
        violation.rule.mode.to_string(),
        violation.severity.to_string(),
        violation.scope.to_string(),
        key,
        called,
        violation.opened_at.to_string(),
        violation.last_at.to_string(),
        violation.closed_at.map_or(String::new(), |at| at.to_string()),
        violation.updated_at.to_string(),
        violation.matches.to_string(),
        violation.late.to_string(),
        violation.data_complete.to_string(),
        violation.reason.clone(),
    ]
}
