//! The command line of Ringfence. Standard output carries data only; summaries and errors go to standard error.

mod backtest;
mod check;
mod demo;
mod doctor;
mod generate;
mod packed;
mod packs;
mod run;
mod test;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code where a check or test found something.
const FOUND: u8 = 1;
/// Exit code of bad usage or input.
const BAD_USAGE: u8 = 2;
/// Exit code of a fault that is not the user's.
const INTERNAL: u8 = 70;

/// Allocates as the floor of memory per number wants it: glibc's own allocator keeps more and is slower.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Keeps telemarketing cards within the rules: call records in, violations and suspensions out.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Says what is wrong with packs: types, units, names, and what could never or always hold.
    #[command(after_help = "Examples:\n  ringfence check starter\n  ringfence check my-rule.yaml --format json\n\n\
        Exit code 0: fine; 1: a pack has an error. Warnings alone do not fail.")]
    Check {
        /// Pack directories, single rule files, or names of packs built in.
        #[arg(required = true)]
        packs: Vec<PathBuf>,
        /// For people on standard error, or one JSON object a pack on standard output.
        #[arg(long, value_enum, default_value_t = Report::Text)]
        format: Report,
    },
    /// Runs the tests that the rules of packs declare.
    #[command(after_help = "Examples:\n  ringfence test starter\n  ringfence test my-rule.yaml --format json\n\n\
        Exit code 0: all pass; 1: a test fails; 2: a pack has an error.")]
    Test {
        /// Pack directories, single rule files, or names of packs built in.
        #[arg(required = true)]
        packs: Vec<PathBuf>,
        /// What failed for people, or one JSON object a test.
        #[arg(long, value_enum, default_value_t = Report::Text)]
        format: Report,
    },
    /// Judges archives of call records and complaints, and writes the violations.
    #[command(after_help = backtest::EXAMPLES)]
    Backtest(Box<backtest::Arguments>),
    /// The service: reads calls and complaints from Kafka, judges them, and publishes violations and suspensions.
    #[command(
        after_help = "Example:\n  ringfence run -c ringfence.yaml\n\nSIGTERM ends it in order: what was read is committed, \
                      the state is stored.\nHealth and metrics: /livez, /readyz?verbose and /metrics at http.bind, \
                      by default 127.0.0.1:9464."
    )]
    Run(run::Arguments),
    /// Looks over what a start would meet: rules, brokers, topics, rights, keys, shards, disk.
    #[command(
        after_help = "Example:\n  ringfence doctor -c ringfence.yaml --create\n\nIt joins no group and moves no offset, so it may \
                      run beside a live engine.\nExit code 0: no problem; 1: a problem, found and named."
    )]
    Doctor(doctor::Arguments),
    /// Shows the main job on a day of generated traffic; needs no server and no files.
    #[command(after_help = "Exit code 0: fine; 1: late files or repeats changed what stands.")]
    Demo(demo::Arguments),
    /// Makes labelled traffic: call records as JSON lines, complaints, the list of telemarketing cards, the labels.
    #[command(after_help = generate::EXAMPLE)]
    Generate(generate::Arguments),
}

/// How `check` and `test` say what they found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Report {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// One JSON object as a line of standard output.
fn print_json(value: &impl serde::Serialize) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    let written =
        serde_json::to_writer(&mut out, value).map_err(std::io::Error::from).and_then(|()| out.write_all(b"\n"));
    written.map_err(|source| CommandError::File { path: "standard output".to_owned(), verb: "written", source })
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Check { packs, format } => check::check(&packs, format),
        Command::Test { packs, format } => test::test(&packs, format),
        Command::Backtest(arguments) => backtest::backtest(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Run(arguments) => run::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Generate(arguments) => generate::generate(&arguments).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("ringfence: {error}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            eprintln!("  because: {cause}");
            source = cause.source();
        }
        ExitCode::from(error.exit_code())
    })
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// A file could not be read or written.
    #[error("{path}: cannot be {verb}")]
    File {
        /// Which file.
        path: String,
        /// What was tried.
        verb: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A pack has errors; they were printed.
    #[error("{0}: the pack has errors and cannot be used")]
    Pack(String),
    /// Neither on the disk nor built in.
    #[error("{name}: no such directory or rule file, and no pack of this name is built in (built in: {built_in})")]
    UnknownPack {
        /// What was asked for.
        name: String,
        /// The names of the packs built in.
        built_in: String,
    },
    /// Numbers, hours or start that make no world.
    #[error("this traffic cannot be made: {0}")]
    World(String),
    /// Archives cannot be judged.
    #[error(transparent)]
    Backtest(#[from] backtest::BacktestError),
    /// A time on the command line that is none.
    #[error("--until {0}: give a time with an offset, such as 2026-12-01T00:00:00+08:00")]
    Until(String),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ringfence_engine::ConfigError),
    /// The engine does not start.
    #[error(transparent)]
    Start(#[from] ringfence_engine::StartError),
    /// The engine ended although nobody asked it to.
    #[error(transparent)]
    Engine(#[from] ringfence_engine::OwnerError),
    /// Health and metrics cannot be served.
    #[error(transparent)]
    Server(#[from] ringfence_api::ServerError),
    /// Metrics cannot be kept.
    #[error(transparent)]
    Metrics(#[from] ringfence_telemetry::MetricsError),
    /// Nothing can be logged.
    #[error(transparent)]
    Logs(#[from] ringfence_telemetry::logs::LogError),
    /// The system refuses something that every process needs.
    #[error("the system refuses an event loop or a signal")]
    System(#[source] std::io::Error),
}

impl CommandError {
    /// Whose fault it is: 2 where another command line, file or configuration helps, 70 where none does.
    fn exit_code(&self) -> u8 {
        match self {
            Self::Engine(error) if !error.is_of_configuration() => INTERNAL,
            Self::Metrics(_) | Self::System(_) => INTERNAL,
            _ => BAD_USAGE,
        }
    }
}
