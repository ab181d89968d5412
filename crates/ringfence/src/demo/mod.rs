//! `ringfence demo`: the main job on a day of generated traffic, told as it happens and held against the labels.
//!
//! ```text
//! traffic::World ─▶ in_process: JSON ─▶ shard ─▶ Event ─▶ Watcher: live lines, findings ─▶ report
//! ```
//! Where records come from and who judges them (`in_process`) knows nothing of what is shown, and the other way round.

mod event;
mod findings;
mod in_process;
mod live;
mod recheck;
mod report;
mod stopwatch;
mod style;
#[cfg(test)]
mod tests;
mod watcher;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::HumanCount;
use ringfence_rules::Pack;
use ringfence_traffic::{CallRecord, Kind, Plan, World, write_telemarketing_cards};

use crate::packs::PackTexts;
use crate::{CommandError, FOUND, generate};
use event::Event;
use findings::Findings;
use live::Live;
use report::Next;
use style::{HEADING, wrapped};
use watcher::Watcher;

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
}

/// Judges a day of generated traffic and shows what comes of it.
pub(crate) fn demo(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let plan = Plan::new(arguments.numbers, HOURS, arguments.seed);
    let world = generate::world(&plan)?;
    let stage = Stage {
        pack: pack(&arguments.rules, &world)?,
        world,
        plan,
        rules: arguments.rules.display().to_string(),
        program: std::env::args_os().next().map_or_else(|| "ringfence".into(), |name| name.display().to_string()),
    };
    match stage.play(&mut anstream::stdout().lock()) {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::from(FOUND)),
        // Whoever reads has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(source) => Err(CommandError::File { path: "standard output".to_owned(), verb: "written", source }),
    }
}

/// The pack, with the world's telemarketing cards as its list of them.
fn pack(rules: &Path, world: &World) -> Result<Arc<Pack>, CommandError> {
    let mut cards = Vec::new();
    let written = write_telemarketing_cards(world, &mut cards);
    written.map_err(|source| CommandError::File { path: generate::CARDS_FILE.to_owned(), verb: "written", source })?;
    let texts = PackTexts::read(rules)?.with_list(generate::CARDS_FILE, &String::from_utf8_lossy(&cards));
    Ok(Arc::new(texts.load()?.compiled.pack))
}

/// Everything that a demo needs.
struct Stage {
    pack: Arc<Pack>,
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
        self.announce(out)?;
        let mut audience = Audience {
            live: Live::new(&mut *out, self.pack.zone.time_zone().clone()),
            findings: Findings::new(&self.world),
        };
        let judged = in_process::judge(&self.world, &self.pack, &mut audience)?;
        audience.live.finish()?;
        let findings = audience.findings;
        report::offenders(&findings.offenders(), out)?;
        report::honest(&findings.honest(), out)?;
        let again = recheck::in_order(&self.world, &self.pack, judged.stands.until);
        report::recheck(&judged, &again, out)?;
        report::rate(&judged, out)?;
        report::next(&self.program, &self.commands(), out)?;
        Ok(again == judged.stands)
    }

    fn announce(&self, out: &mut dyn Write) -> io::Result<()> {
        let labels = || self.world.labels().map(|(_, kind)| kind);
        let offenders = labels().filter(|kind| kind.offends()).count();
        let honest = labels().filter(|kind| *kind == Kind::Telemarketer).count();
        let line = format!(
            "Judging a day of calls of {} numbers (seed {}), {offenders} of them offenders in hiding and {honest} honest \
             telemarketers, by the pack {} of {} rules, in this process.",
            HumanCount(self.plan.numbers),
            self.plan.seed,
            self.pack.identity.name,
            self.pack.rules.len(),
        );
        wrapped(&line, HEADING, out)?;
        writeln!(out)
    }

    /// What to try next.
    fn commands(&self) -> [Next; 3] {
        let Self { plan: Plan { numbers, seed, .. }, rules, .. } = self;
        let files = "--complaints complaints.jsonl --lists lists".to_owned();
        [
            (
                "this traffic as files",
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

/// Those who watch: the terminal, and the one who holds it against the labels.
struct Audience<W> {
    live: Live<W>,
    findings: Findings,
}

impl<W: Write> Watcher for Audience<W> {
    fn called(&mut self, call: &CallRecord) {
        self.findings.called(call);
    }

    fn said(&mut self, event: Event) -> io::Result<()> {
        self.findings.said(&event);
        self.live.said(&event)
    }
}
