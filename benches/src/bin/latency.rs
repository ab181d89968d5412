//! Measures how long after its deciding call a violation can be read, with the engine under a steady load.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::contender::Contender;
use ringfence_benches::engine::{EngineSetup, run};
use ringfence_benches::latency::{Pace, measure};
use ringfence_benches::load::PARTITIONS;
use ringfence_benches::packs::{FLOOR_RULE_NAME, starter_with_floor_rule};
use ringfence_benches::table::{Runs, Table};
use ringfence_benches::traffic::{Profile, TrafficShape};
use ringfence_kafka_for_tests::{Cluster, Options};

const INPUT: &str = "cdr";

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures the time from a call that breaks a rule to its violation at a `read_committed` subscriber.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many calls a second flow.
    #[arg(long, default_value_t = 20_000)]
    rate: u64,
    /// How many numbers make them.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    numbers: u64,
    /// Seconds before the first violation: a fresh broker compiles its code for the better part of a minute.
    #[arg(long, default_value_t = 60)]
    warm_up: u64,
    /// How many violations are waited for.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    probes: u16,
    /// Milliseconds between two commits.
    #[arg(long, default_value_t = 100)]
    commit_ms: u64,
    /// How many threads read and own shards.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=16))]
    threads: u16,
    /// Is the engine with this configuration; what the program starts itself as.
    #[arg(long, hide = true)]
    engine: Option<PathBuf>,
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    if let Some(config) = &arguments.engine {
        return run(config);
    }
    let cluster = Cluster::start(Options { optimise: true, ..Options::default() })?;
    let directory = tempfile::tempdir().map_err(|source| Error::Io { doing: "make a directory", source })?;
    let shape = TrafficShape {
        profile: Profile::Campaign,
        numbers: arguments.numbers,
        telemarketers: arguments.numbers / 500,
        telemarketing: 10,
        ..TrafficShape::default()
    };
    let setup = EngineSetup {
        name: "latency".to_owned(),
        input: INPUT.to_owned(),
        owners: arguments.threads.into(),
        commit_ms: arguments.commit_ms,
    };
    cluster.create_topic(INPUT, PARTITIONS, &[("retention.ms", "-1")])?;
    setup.create_topics(&cluster)?;
    let rules = starter_with_floor_rule(shape.telemarketing_numbers())?;
    let config = setup.write(cluster.bootstrap(), &rules, directory.path())?;
    let engine = Contender::start(&["--engine", &config.to_string_lossy()])?;
    let pace = Pace {
        shape,
        rate: arguments.rate,
        warm_up: Duration::from_secs(arguments.warm_up),
        probes: arguments.probes.into(),
        every: Duration::from_millis(67),
    };
    let (seconds, rate) = measure(cluster.bootstrap(), (INPUT, &setup.violations()), FLOOR_RULE_NAME, &pace)?;
    drop(engine);
    print(&arguments, &seconds, rate);
    Ok(())
}

fn print(arguments: &Arguments, seconds: &Runs, rate: f64) {
    let mut table = Table::new(&["p50 ms", "p90 ms", "p99 ms", "most ms"]);
    let at = |part: f64| [seconds.quantile(part) * 1e3].into_iter().collect::<Runs>();
    let [half, ninety, all_but_one, most] = [0.5, 0.9, 0.99, 1.0].map(at);
    table.row("sent until readable", &[(&half, 0), (&ninety, 0), (&all_but_one, 0), (&most, 0)]);
    println!(
        "{} probes among {rate:.0} calls a second, starter pack and one rule more, commits each {} ms, broker on the same \
         machine; goal for p99: the commit interval and 50 ms",
        arguments.probes, arguments.commit_ms
    );
    print!("{table}");
}
