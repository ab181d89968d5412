//! `ringfence backtest`: the engine's judge on archives.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use ringfence_cdr::json::{decode_cdr, decode_complaint};
use ringfence_cdr::{CdrContext, EventTime, Numbering, Reject};
use ringfence_evaluator::{Delivery, InputId, Outcome, Output, Record, Shard, ShardOptions};
use ringfence_rules::Pack;
use serde::Serialize;

use crate::archive::Lines;
use crate::{CommandError, packs};

/// Records of one commit of an archive (RULES: what came and went within a commit is not published).
const COMMIT_RECORDS: usize = 10_000;

/// What `backtest` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A pack directory, a single rule file, or the name of a pack built in.
    #[arg(long, value_name = "PACK")]
    rules: PathBuf,
    /// Archives of call records as canonical JSON lines; `-` is standard input.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    cdr: Vec<PathBuf>,
    /// Archives of complaints as canonical JSON lines.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    complaints: Vec<PathBuf>,
    /// The time at which the archive ends; by default its last event.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Writes only what stands at the end, in order of time, rule and key.
    #[arg(long)]
    standing: bool,
    /// Where to write instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also writes the coverage as JSON.
    #[arg(long, value_name = "FILE")]
    coverage: Option<PathBuf>,
}

/// What became of every record read (law C-1).
#[derive(Debug, Default, Serialize)]
struct Coverage {
    read: u64,
    facts: u64,
    duplicates: u64,
    conflicting: u64,
    merged: u64,
    filtered: u64,
    rejected: BTreeMap<&'static str, u64>,
    /// Calls whose answer only the duration spoke for.
    answer_assumed: u64,
}

struct Run {
    shard: Shard,
    context: CdrContext,
    coverage: Coverage,
    uncommitted: usize,
    outputs: Vec<Output>,
}

/// Judges the archives and writes what they hold.
pub(crate) fn backtest(arguments: &Arguments) -> Result<(), CommandError> {
    let until = arguments.until.as_deref().map(read_until).transpose()?;
    let loaded = packs::load(&arguments.rules)?;
    packs::print(&loaded.compiled.warnings, &loaded.sources);
    let mut out = open_output(arguments)?;
    let mut run = Run::new(loaded.compiled.pack);
    for path in &arguments.cdr {
        let mut lines = Lines::open(path)?;
        while let Some((_, line)) = lines.next()? {
            run.read_call(line);
            write_new(&mut run, arguments, &mut out)?;
        }
    }
    for path in &arguments.complaints {
        let mut lines = Lines::open(path)?;
        while let Some((_, line)) = lines.next()? {
            run.read_complaint(line);
            write_new(&mut run, arguments, &mut out)?;
        }
    }
    run.shard.finish(until, &mut run.outputs);
    if arguments.standing {
        for violation in run.shard.standing() {
            write_line(&violation, &mut out)?;
        }
    } else {
        write_new(&mut run, arguments, &mut out)?;
    }
    out.flush().map_err(cannot_write)?;
    run.report(arguments)
}

impl Run {
    fn new(pack: Pack) -> Self {
        let numbering = pack.country.as_deref().and_then(|code| Numbering::country(code).ok()).unwrap_or_default();
        Self {
            shard: Shard::new(Arc::new(pack), ShardOptions::default()),
            context: CdrContext { numbering, ..CdrContext::default() },
            coverage: Coverage::default(),
            uncommitted: 0,
            outputs: Vec::new(),
        }
    }

    fn read_call(&mut self, line: &[u8]) {
        self.coverage.read += 1;
        match decode_cdr(line, &self.context) {
            Ok(Some(cdr)) => {
                self.coverage.answer_assumed += u64::from(cdr.answer.is_assumed());
                self.apply(Record::Call(cdr));
            }
            Ok(None) => self.coverage.filtered += 1,
            Err(reject) => self.reject(&reject),
        }
    }

    fn read_complaint(&mut self, line: &[u8]) {
        self.coverage.read += 1;
        match decode_complaint(line, &self.context.numbering) {
            Ok(complaint) => self.apply(Record::Complaint(complaint)),
            Err(reject) => self.reject(&reject),
        }
    }

    fn apply(&mut self, record: Record) {
        if let Outcome::Rejected(reject) = self.shard.apply(Delivery { input: InputId(0), arrival: None, record }) {
            self.reject(&reject);
        }
        self.uncommitted += 1;
        if self.uncommitted == COMMIT_RECORDS {
            self.uncommitted = 0;
            self.shard.commit(&mut self.outputs);
        }
    }

    fn reject(&mut self, reject: &Reject) {
        *self.coverage.rejected.entry(reject.code.name()).or_default() += 1;
    }

    /// Coverage to standard error, and as JSON to a file where asked.
    fn report(mut self, arguments: &Arguments) -> Result<(), CommandError> {
        let ledger = self.shard.ledger();
        let coverage = &mut self.coverage;
        coverage.facts = ledger.facts;
        coverage.duplicates = ledger.duplicates;
        coverage.conflicting = ledger.conflicting;
        coverage.merged = ledger.merged;
        let rejected: u64 = coverage.rejected.values().sum();
        eprintln!(
            "read {}: facts {}, duplicates {}, conflicting {}, merged {}, filtered {}, rejected {rejected}",
            coverage.read,
            coverage.facts,
            coverage.duplicates,
            coverage.conflicting,
            coverage.merged,
            coverage.filtered
        );
        for (code, count) in &coverage.rejected {
            eprintln!("  {code}: {count}");
        }
        if coverage.answer_assumed > 0 {
            eprintln!("  answered or not was read from the duration alone for {} calls", coverage.answer_assumed);
        }
        let Some(path) = &arguments.coverage else { return Ok(()) };
        let write = || serde_json::to_writer_pretty(File::create(path)?, &self.coverage).map_err(std::io::Error::from);
        write().map_err(|source| CommandError::File { path: path.display().to_string(), verb: "written", source })
    }
}

fn write_new(run: &mut Run, arguments: &Arguments, out: &mut dyn Write) -> Result<(), CommandError> {
    for output in run.outputs.drain(..) {
        if let (Output::Violation(violation), false) = (&output, arguments.standing) {
            write_line(&**violation, out)?;
        }
    }
    Ok(())
}

fn write_line(value: &impl Serialize, out: &mut dyn Write) -> Result<(), CommandError> {
    serde_json::to_writer(&mut *out, value).map_err(|error| cannot_write(error.into()))?;
    out.write_all(b"\n").map_err(cannot_write)
}

fn open_output(arguments: &Arguments) -> Result<Box<dyn Write>, CommandError> {
    match &arguments.output {
        None => Ok(Box::new(BufWriter::new(std::io::stdout()))),
        Some(path) => match File::create(path) {
            Ok(file) => Ok(Box::new(BufWriter::new(file))),
            Err(source) => Err(CommandError::File { path: path.display().to_string(), verb: "written", source }),
        },
    }
}

fn cannot_write(source: std::io::Error) -> CommandError {
    CommandError::File { path: "the output".to_owned(), verb: "written", source }
}

fn read_until(text: &str) -> Result<EventTime, CommandError> {
    EventTime::parse_rfc3339(text).ok_or_else(|| CommandError::Until(text.to_owned()))
}
