//! What `backtest` is told.

use std::path::PathBuf;

use ringfence_cdr::EventTime;

use crate::CommandError;

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

pub(crate) const EXAMPLES: &str = "\
Examples:
  ringfence backtest --rules starter --cdr calls.jsonl.zst --standing
  ringfence backtest --rules my-rule.yaml --cdr Master.csv --dialect asterisk --format table
  ringfence backtest --rules starter --cdr 2026-*.csv.gz --dialect city-switch.yaml \\
      --complaints complaints.csv --cards cards.csv --suspensions acts.jsonl --dead-letters rejected.jsonl
  zcat calls.gz | ringfence backtest --rules starter --cdr - --output violations.jsonl

A dialect file says how other people's files are read:
  dialect: city-switch
  extends: asterisk          # or the whole of it: format, columns or header, fields
  zone: Asia/Shanghai        # for times written without an offset; or {from: COLUMN}
  ambiguous: later           # local times that come twice: earlier (the default), later or reject
  numbers: {country: CN}     # national numbers become +86...; or `numbers: opaque`
  served: calling            # records of the calling card's own network: needed for strikes
  counts: [moCall]           # which record types count; by default all
  only: disposition != \"FAILED\"

Exit code 0: judged, whether or not there are violations; 2: something could not be read or written.
Where an archive turns out to be broken, what was read of it and all others are judged and written, and
the summary says that it is incomplete. So they are where not one record of an archive could be read.";

/// What `backtest` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The rules: a pack directory, a single rule file, or the name of a pack built in.
    #[arg(long, value_name = "PACK")]
    pub(super) rules: PathBuf,
    /// Archives of call records, read one after the other: `.csv` or `.jsonl`, also packed as `.gz` or `.zst`;
    /// `-` is standard input.
    #[arg(long, num_args = 1.., value_name = "FILE", required_unless_present = "complaints")]
    pub(super) cdr: Vec<PathBuf>,
    /// Archives of complaints, read along with the calls: whichever has the earlier time comes next.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(super) complaints: Vec<PathBuf>,
    /// How the archives are written: a dialect file, or a built-in one such as asterisk (`ringfence dialects` lists them);
    /// once for call records and once for complaints. Without one, columns and JSON keys have the
    /// contract's names, and what has no ending that says otherwise is read as JSON lines. Numbers of a dialect that
    /// does not say how they are written are those of the pack's country.
    #[arg(long, num_args = 1.., value_name = "NAME|FILE")]
    pub(super) dialect: Vec<String>,
    /// The telemarketing cards, as a CSV with the column `key` (and validFrom, validUntil where a card is one for a
    /// time). They are the list `telemarketing-cards` of the pack, which must have no entries there.
    #[arg(long, value_name = "FILE")]
    pub(super) cards: Option<PathBuf>,
    /// Reference lists: every `.csv` of this directory is the list of its name, which must have no entries in the pack.
    #[arg(long, value_name = "DIR")]
    pub(super) lists: Option<PathBuf>,
    /// When the archive ends, such as 2026-12-01T00:00:00+08:00: what is over by then is closed. By default the time
    /// of the last event.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Writes only what stands at the end, in order of openedAt, rule and key.
    #[arg(long)]
    pub(super) standing: bool,
    /// Where to write instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// How violations are written: one JSON object a line, a table for people, or CSV.
    #[arg(long, value_enum, default_value_t = Form::Jsonl)]
    pub(super) format: Form,
    /// Where to write what follows from the violations: the warnings, suspensions and reinstatements of the ladders, as
    /// JSON lines, in order and as published. Without it they are counted in the summary alone.
    #[arg(long, value_name = "FILE")]
    pub(super) suspensions: Option<PathBuf>,
    /// Where to write what became of every record read, in all and by file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) coverage: Option<PathBuf>,
    /// Where to write the records that could not be taken, as JSON lines with place, reason and the record itself. It
    /// holds phone numbers. Without it the first few are named on standard error, without their numbers.
    #[arg(long, value_name = "FILE")]
    pub(super) dead_letters: Option<PathBuf>,
}

impl Arguments {
    /// The time at which the archive ends, where it was given.
    pub(super) fn until(&self) -> Result<Option<EventTime>, CommandError> {
        let read = |text: &String| EventTime::parse_rfc3339(text).ok_or_else(|| CommandError::Until(text.clone()));
        self.until.as_ref().map(read).transpose()
    }
}
