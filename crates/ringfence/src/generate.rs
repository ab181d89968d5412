//! `ringfence generate`: traffic whose truth is known.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ringfence_traffic::{
    Counts, Emission, Kind, Plan, World, Written, write_telemarketing_cards, write_traffic, write_truth,
};

use crate::CommandError;
use crate::packed::PackedFile;

/// What to try, for `--help`.
pub(crate) const EXAMPLE: &str = "Example:
  ringfence generate --numbers 20000 --hours 24 --seed 7 --output calls.jsonl.zst \\
      --complaints complaints.jsonl --lists lists --truth truth.jsonl
  ringfence backtest --rules starter --cdr calls.jsonl.zst --complaints complaints.jsonl --lists lists --standing

Every number lies in a block that belongs to nobody (+86 154...). The same numbers, hours and seed give the same bytes.";

/// The list that rules know as `@telemarketing-cards`.
pub(crate) const CARDS_FILE: &str = "telemarketing-cards.csv";
/// The progress is told every so many records.
const PROGRESS_RECORDS: u64 = 4_096;

/// What `generate` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many subscribers the carrier has.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    numbers: u64,
    /// How many hours of traffic, from Monday 2026-11-02 08:00 in Shanghai on.
    #[arg(long, value_name = "H", default_value_t = 24)]
    hours: u32,
    /// Which of the worlds of this size.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where to write the call records instead of standard output; packed if its name ends in .gz or .zst.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also writes the complaints.
    #[arg(long, value_name = "FILE")]
    complaints: Option<PathBuf>,
    /// Also writes the list of telemarketing cards into this directory, which is made if need be.
    #[arg(long, value_name = "DIR")]
    lists: Option<PathBuf>,
    /// Also writes what kind of caller each number really is.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
}

/// Makes the world and writes it.
pub(crate) fn generate(arguments: &Arguments) -> Result<(), CommandError> {
    let world = world(&Plan::new(arguments.numbers, arguments.hours, arguments.seed))?;
    if let Some(folder) = &arguments.lists {
        std::fs::create_dir_all(folder).map_err(CommandError::writing(folder))?;
        write_file(&folder.join(CARDS_FILE), |file| write_telemarketing_cards(&world, file))?;
    }
    if let Some(path) = &arguments.truth {
        write_file(path, |file| write_truth(&world, file))?;
    }
    // `None`: whoever reads the records has seen enough, as `head` does.
    if let Some((written, counts)) = traffic(&world, arguments)? {
        summarise(&world, written, &counts);
    }
    Ok(())
}

/// The world of a plan, or every reason why it is none.
pub(crate) fn world(plan: &Plan) -> Result<World, CommandError> {
    ringfence_traffic::generate(plan).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        CommandError::World(problems.join("; "))
    })
}

/// Writes call records and complaints; `None` where standard output was closed before the end.
fn traffic(world: &World, arguments: &Arguments) -> Result<Option<(Written, Counts)>, CommandError> {
    let mut complaints = arguments.complaints.as_deref().map(PackedFile::create).transpose()?;
    let mut emissions = world.emissions();
    let progress = Progress::of(world);
    let watched = emissions.by_ref().inspect(|emission| progress.saw(emission));
    let complaint_writer = complaints.as_mut().map(|file| file as &mut dyn Write);
    let written = match &arguments.output {
        Some(path) => write_file(path, |file| write_traffic(watched, file, complaint_writer))?,
        None => match write_traffic(watched, &mut BufWriter::new(io::stdout().lock()), complaint_writer) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(None),
            written => written.map_err(CommandError::writing("standard output"))?,
        },
    };
    progress.bar.finish_and_clear();
    if let Some(complaints) = complaints {
        complaints.finish()?;
    }
    Ok(Some((written, emissions.counts().clone())))
}

fn write_file<T>(path: &Path, write: impl FnOnce(&mut PackedFile) -> io::Result<T>) -> Result<T, CommandError> {
    let mut file = PackedFile::create(path)?;
    let written = write(&mut file).map_err(CommandError::writing(path))?;
    file.finish()?;
    Ok(written)
}

/// How far the world's day has come, on a terminal.
struct Progress {
    bar: ProgressBar,
    start_ms: i64,
    seen: std::cell::Cell<u64>,
}

impl Progress {
    fn of(world: &World) -> Self {
        let (start, end) = (world.start(), world.end());
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(end.since(start).0).ok(), target);
        if let Ok(style) = ProgressStyle::with_template("generating {bar:40} {percent} %, {eta} to go") {
            bar.set_style(style);
        }
        Self { bar, start_ms: start.0, seen: std::cell::Cell::new(0) }
    }

    fn saw(&self, emission: &Emission) {
        self.seen.set(self.seen.get() + 1);
        if self.seen.get().is_multiple_of(PROGRESS_RECORDS) {
            self.bar.set_position(u64::try_from(emission.at_arrival.0 - self.start_ms).unwrap_or(0));
        }
    }
}

/// What the world holds, to standard error.
fn summarise(world: &World, written: Written, counts: &Counts) {
    let garbage: u64 = counts.garbage.values().sum();
    eprintln!("{} call records from {} to {}:", written.calls, world.start(), world.end());
    eprintln!("  {} calls, {} also recorded on the called side", counts.attempts, counts.second_legs);
    eprintln!("  {} calls cut into {} partial records", counts.partial_calls, counts.parts);
    eprintln!("  {} repeats, {} of them with other contents", repeats(counts), counts.conflicting_duplicates);
    eprintln!("  {} in late files, {garbage} that cannot be read", counts.late);
    let unwritten = if written.complaints == 0 && counts.complaints > 0 { " (not written)" } else { "" };
    eprintln!("{} complaints, {} later findings{unwritten}", counts.complaints, counts.complaint_versions);
    let labels = || world.labels().map(|(_, kind)| kind);
    let offenders = labels().filter(|kind| kind.offends()).count();
    let honest = labels().filter(|kind| *kind == Kind::Telemarketer).count();
    eprintln!("{} numbers: offenders {offenders}, honest telemarketers {honest}", labels().count());
}

fn repeats(counts: &Counts) -> u64 {
    counts.duplicates + counts.conflicting_duplicates
}
