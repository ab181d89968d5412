//! `ringfence demo`: the main job on a day of generated traffic, told as it happens and held against the labels.
//!
//! ```text
//! traffic::World ─▶ in_process: JSON ─▶ shard ─────────────────────▶ Told ─▶ Watcher: live lines, findings ─▶ report
//!                └▶ kafka: topics ─▶ engine ─▶ topics ─▶ subscriber ┘
//! ```
//! Where records come from and who judges them (`in_process`, `kafka`) knows nothing of what is shown, and the other way
//! round.

mod findings;
mod in_process;
mod kafka;
mod live;
mod recheck;
mod report;
mod stopwatch;
mod style;
#[cfg(test)]
mod tests;
mod told;
mod watcher;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::HumanCount;
use ringfence_engine::wall_clock;
use ringfence_rules::{Pack, PackFiles, Tables};
use ringfence_telemetry::logs::{self, LogFormat};
use ringfence_traffic::{CallRecord, Kind, Plan, World, write_telemarketing_cards};

use crate::packs::RawPack;
use crate::{CommandError, FOUND, generate};
use findings::Findings;
use in_process::Stands;
use live::Live;
use report::{Ending, Next, Recheck};
use style::{HEADING, wrapped};
use told::Told;
use watcher::{Watcher, shown};

pub(crate) use kafka::KafkaDemoError;

/// How long a demo's traffic lasts.
const HOURS: u32 = 24;

/// What `demo` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many subscribers the carrier has.
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    numbers: u64,
    /// Which of the worlds of this size.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// A pack directory, a single rule file, or the name of a pack built in.
    #[arg(long, value_name = "PACK", default_value = "starter")]
    rules: PathBuf,
    /// Through a real broker: the latest day that is over is written to topics of its own, judged by the engine as `run`
    /// has it, and read back.
    #[arg(long, value_name = "BROKERS", num_args = 0..=1, default_missing_value = kafka::DEFAULT_BROKERS)]
    kafka: Option<String>,
    /// Leaves the topics of --kafka there, for a look at them.
    #[arg(long, requires = "kafka")]
    keep: bool,
    /// Which log lines of the engine go to standard error: a level, or levels by module.
    #[arg(long, value_name = "FILTER", default_value = "warn", requires = "kafka")]
    log: String,
}

/// Judges a day of generated traffic and shows what comes of it.
pub(crate) fn demo(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let plan = Plan::new(arguments.numbers, HOURS, arguments.seed);
    let plan = if arguments.kafka.is_some() { kafka::latest_day(plan, wall_clock()) } else { plan };
    let world = generate::world(&plan)?;
    let texts = pack(&arguments.rules, &world)?;
    let sources = texts.sources.clone();
    let compiled = texts.load()?;
    let stage = Stage {
        sources,
        pack: Arc::new(compiled.pack),
        tables: compiled.tables,
        world,
        plan,
        rules: arguments.rules.display().to_string(),
        program: std::env::args_os().next().map_or_else(|| "ringfence".into(), |name| name.display().to_string()),
    };
    let mut out = anstream::stdout().lock();
    let played = match &arguments.kafka {
        None => stage.play(&mut out).map_err(shown),
        Some(brokers) => {
            logs::init(LogFormat::Text, &arguments.log)?;
            stage.play_through_kafka(brokers, arguments.keep, &mut out)
        }
    };
    match played {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::from(FOUND)),
        // Whoever reads has seen enough, as `head` does.
        Err(CommandError::File { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error),
    }
}

/// The pack, with the world's telemarketing cards as its list of them.
fn pack(rules: &Path, world: &World) -> Result<RawPack, CommandError> {
    let mut cards = Vec::new();
    let written = write_telemarketing_cards(world, &mut cards);
    written.map_err(CommandError::writing(generate::CARDS_FILE))?;
    Ok(RawPack::read(rules)?.with_list(generate::CARDS_FILE, &String::from_utf8_lossy(&cards)))
}

/// Everything that a demo needs.
struct Stage {
    pack: Arc<Pack>,
    tables: Tables,
    /// The texts of the pack.
    sources: PackFiles,
    world: World,
    plan: Plan,
    /// The pack as it was asked for.
    rules: String,
    /// The program as it was called, so that what is shown can be tried.
    program: String,
}

impl Stage {
    /// The whole demo; false where something was not as it must be.
    fn play(&self, out: &mut dyn Write) -> io::Result<bool> {
        self.announce("in this process", out)?;
        let mut audience = self.audience(out);
        let judged = in_process::judge(&self.world, (&self.pack, &self.tables), &mut audience)?;
        let findings = audience.leave()?;
        let again = recheck::in_order(&self.world, (&self.pack, &self.tables)).map_err(io::Error::other)?;
        let again = Stands::at_end(again, judged.stands.until);
        let ending = Ending {
            records: judged.records,
            took: judged.took,
            course: "from JSON to verdict",
            by: " on one core",
            late: judged.late,
            repeats: judged.ledger.duplicates + judged.ledger.conflicting,
            unreadable: judged.unreadable,
            recheck: Recheck {
                same: again == judged.stands,
                found: judged.stands.counted(),
                way: "Read again in the order of the calls, each record once",
                again: again.counted(),
                suspects: "late files and repeats",
            },
        };
        self.report(&findings, &ending, "this traffic as files", out)
    }

    /// The same through Kafka.
    fn play_through_kafka(&self, brokers: &str, keep: bool, out: &mut dyn Write) -> Result<bool, CommandError> {
        self.announce(&format!("through Kafka at {brokers}"), out).map_err(shown)?;
        let mut audience = self.audience(out);
        let (rules, texts, lateness) = (&self.rules, &self.sources, self.pack.lateness);
        let way = kafka::Way { brokers, rules, texts, lateness, keep };
        let judged = kafka::judge(&self.world, way, &mut audience)?;
        let findings = audience.leave().map_err(shown)?;
        let mut shard =
            recheck::in_order(&self.world, (&self.pack, &self.tables)).map_err(io::Error::other).map_err(shown)?;
        shard.finish(Some(judged.until), &mut Vec::new());
        let again: BTreeSet<String> = shard.standing().into_iter().map(|violation| violation.id).collect();
        let ending = Ending {
            records: judged.records,
            took: judged.took,
            course: "from the first write to the last commit",
            by: "",
            late: judged.counts.late,
            repeats: judged.counts.duplicates + judged.counts.conflicting_duplicates,
            unreadable: judged.unreadable,
            recheck: same_violations(&judged.standing, &again),
        };
        self.report(&findings, &ending, "traffic like this as files", out).map_err(shown)
    }

    fn audience<'a>(&self, out: &'a mut dyn Write) -> Audience<&'a mut dyn Write> {
        Audience { live: Live::new(out, self.pack.zone.time_zone().clone()), findings: Findings::new(&self.world) }
    }

    /// The tables and what follows; whether all is as it must be.
    fn report(
        &self,
        findings: &Findings,
        ending: &Ending,
        these: &'static str,
        out: &mut dyn Write,
    ) -> io::Result<bool> {
        report::offenders(&findings.offenders(), out)?;
        report::honest(&findings.honest(), out)?;
        report::ending(ending, out)?;
        report::next(&self.program, &self.commands(these), out)?;
        Ok(ending.recheck.same)
    }

    fn announce(&self, place: &str, out: &mut dyn Write) -> io::Result<()> {
        let labels = || self.world.labels().map(|(_, kind)| kind);
        let offenders = labels().filter(|kind| kind.offends()).count();
        let honest = labels().filter(|kind| *kind == Kind::Telemarketer).count();
        let line = format!(
            "Judging a day of calls of {} numbers (seed {}), {offenders} of them offenders in hiding and {honest} honest \
             telemarketers, by the pack {} of {} rules, {place}.",
            HumanCount(self.plan.numbers),
            self.plan.seed,
            self.pack.identity.name,
            self.pack.rules.len(),
        );
        wrapped(&line, HEADING, out)?;
        writeln!(out)
    }

    /// What to try next.
    fn commands(&self, these: &'static str) -> [Next; 3] {
        let Self { plan: Plan { numbers, seed, .. }, rules, .. } = self;
        let files = "--complaints complaints.jsonl --lists lists".to_owned();
        [
            (
                these,
                vec![format!("generate --numbers {numbers} --seed {seed} --output calls.jsonl.zst"), files.clone()],
            ),
            (
                "judge files: these, or your own",
                vec![format!("backtest --rules {rules} --cdr calls.jsonl.zst"), format!("{files} --standing")],
            ),
            ("run the tests that the rules carry", vec![format!("test {rules}")]),
        ]
    }
}

/// Whether the violations that were read back from Kafka are those of this process.
fn same_violations(found: &BTreeSet<String>, again: &BTreeSet<String>) -> Recheck {
    let counted = |ids: &BTreeSet<String>| format!("{} violations", HumanCount(ids.len() as u64));
    let different = found.symmetric_difference(again).count();
    let found = match different {
        0 => counted(found),
        _ => format!("{} ({different} stand on one side alone)", counted(found)),
    };
    Recheck {
        same: different == 0,
        found,
        way: "Judged in this process, in the order of the calls and each record once",
        again: counted(again),
        suspects: "Kafka, late files and repeats",
    }
}

/// Those who watch: the terminal, and the one who holds it against the labels.
struct Audience<W> {
    live: Live<W>,
    findings: Findings,
}

impl<W: Write> Audience<W> {
    /// Says how much more there was; what is left is what was said of whom.
    fn leave(mut self) -> io::Result<Findings> {
        self.live.finish()?;
        Ok(self.findings)
    }
}

impl<W: Write> Watcher for Audience<W> {
    fn called(&mut self, call: &CallRecord) {
        self.findings.called(call);
    }

    fn said(&mut self, told: Told) -> io::Result<()> {
        self.findings.said(&told);
        self.live.said(&told)
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        self.live.note(text)
    }
}
