//! The command line of Ringfence. Standard output carries data only; summaries and errors go to standard error.
//!
//! A library, so that the whole-product tests build the program that they run; [`main`] is all of its surface.

mod arguments;
mod backtest;
mod check;
mod demo;
mod doctor;
mod error;
mod generate;
mod packed;
mod packs;
mod run;
mod test;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, ReportFormat};
use error::{BAD_USAGE, CommandError, FOUND};

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
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

/// One JSON object as a line of standard output.
fn print_json(value: &impl serde::Serialize) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    let written =
        serde_json::to_writer(&mut out, value).map_err(std::io::Error::from).and_then(|()| out.write_all(b"\n"));
    written.map_err(CommandError::writing("standard output"))
}
