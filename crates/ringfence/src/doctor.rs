//! `ringfence doctor`: what a start would meet.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use ringfence_engine::Config;
use ringfence_engine::doctor::{Finding, examine};

use crate::packs::RawPack;
use crate::run::LogArguments;
use crate::{CommandError, FOUND};

/// What `doctor` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration of the service.
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// Makes topics of the engine itself that are missing: violations, suspensions, card-status, dead-letters, journal.
    #[arg(long)]
    create: bool,
    /// `text` for people, or `json`: one finding a line.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    logs: LogArguments,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Looks over everything and writes what it found; fails where there is a problem.
pub(crate) fn doctor(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    arguments.logs.init()?;
    let config = Config::load(&arguments.config)?;
    let rules = RawPack::of_service(&config)?.sources;
    let mut out = std::io::stdout().lock();
    let mut counts = [0usize; 3];
    let mut written = Ok(());
    examine(&config, &rules, arguments.create, &mut |finding| {
        counts[finding.weight as usize] += 1;
        if written.is_ok() {
            written = write(&finding, arguments.format, &mut out);
        }
    });
    written.map_err(CommandError::writing("standard output"))?;
    let [fine, advice, problems] = counts;
    eprintln!("{problems} problems, {advice} pieces of advice, {fine} things as they should be");
    Ok(if problems > 0 { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

fn write(finding: &Finding, format: Format, out: &mut impl Write) -> std::io::Result<()> {
    match format {
        Format::Text => writeln!(out, "{finding}"),
        Format::Json => {
            let Finding { weight, about, seen, advice } = finding;
            let line = serde_json::json!({"weight": weight.name(), "about": about, "seen": seen, "advice": advice});
            writeln!(out, "{line}")
        }
    }?;
    out.flush()
}
