//! The command line: what there is, and how `--help` teaches it.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{backtest, demo, doctor, generate, run, sniff};

/// Keeps telemarketing cards within the rules: call records in, violations and suspensions out.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Says what is wrong with packs: types, units, names, and what could never or always hold.
    #[command(after_help = "Examples:\n  ringfence check starter\n  ringfence check my-rule.yaml --format json\n\n\
        Exit code 0: fine; 1: a pack has an error. Warnings alone do not fail.")]
    Check {
        /// Pack directories, single rule files, or names of packs built in.
        #[arg(required = true)]
        packs: Vec<PathBuf>,
        /// For people on standard error, or one JSON object a pack on standard output.
        #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
        format: ReportFormat,
    },
    /// Runs the tests that the rules of packs declare.
    #[command(after_help = "Examples:\n  ringfence test starter\n  ringfence test my-rule.yaml --format json\n\n\
        Exit code 0: all pass; 1: a test fails; 2: a pack has an error.")]
    Test {
        /// Pack directories, single rule files, or names of packs built in.
        #[arg(required = true)]
        packs: Vec<PathBuf>,
        /// What failed for people, or one JSON object a test.
        #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
        format: ReportFormat,
    },
    /// Judges archives of call records and complaints, and writes the violations.
    #[command(after_help = backtest::EXAMPLES)]
    Backtest(Box<backtest::Arguments>),
    /// Lists the dialects that are built in, or prints the file of one, to begin an own one from.
    #[command(after_help = "Examples:\n  ringfence dialects\n  ringfence dialects asterisk > city-switch.yaml\n\n\
        Exit code 0: fine; 2: there is no such dialect.")]
    Dialects {
        /// The dialect whose file is wanted.
        name: Option<String>,
    },
    /// Proposes a dialect for a file of unknown make, or shows what a dialect reads of a file.
    #[command(after_help = sniff::EXAMPLES)]
    Sniff(sniff::Arguments),
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
    /// Shows the main job on a day of generated traffic; needs no server and no files, and with --kafka a broker.
    #[command(after_help = "Examples:\n  ringfence demo\n  ringfence demo --kafka kafka-1:9092\n\n\
        Exit code 0: fine; 1: late files, repeats or Kafka changed what stands.")]
    Demo(demo::Arguments),
    /// Makes labelled traffic: call records as JSON lines, complaints, the list of telemarketing cards, the labels.
    #[command(after_help = generate::EXAMPLE)]
    Generate(generate::Arguments),
}

/// How `check` and `test` say what they found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}
