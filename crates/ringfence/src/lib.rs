//! The command line of Ringfence. Standard output carries data only; summaries and errors go to standard error.
//!
//! A library, so that the whole-product tests build the program that they run; [`main`] is all of its surface.

mod arguments;
mod backtest;
mod check;
mod demo;
mod dialects;
mod doctor;
mod error;
mod exit_codes;
mod generate;
mod packed;
mod packs;
mod print;
mod run;
mod sniff;
mod test;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, ReportFormat};
use error::CommandError;
use exit_codes::{BAD_USAGE, FOUND};
use print::print_json;

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Check { packs, format } => check::check(&packs, format),
        Command::Test { packs, format } => test::test(&packs, format),
        Command::Backtest(arguments) => backtest::backtest(&arguments),
        Command::Dialects { name } => dialects::dialects(name.as_deref()),
        Command::Sniff(arguments) => sniff::sniff(&arguments),
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
