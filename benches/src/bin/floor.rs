//! Measures the floor on a broker of its own on this machine: loads the records, then reads them in a second process.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use std::time::Duration;

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::contender::{Contender, wait_for_the_end};
use ringfence_benches::floor::{Floor, read_outputs};
use ringfence_benches::load::{PARTITIONS, load};
use ringfence_benches::progress::Progress;
use ringfence_benches::traffic::TrafficShape;
use ringfence_kafka_for_tests::{Cluster, Options};

const INPUT: &str = "cdr";

/// Measures the least that judging call records from Kafka can cost: one rule by hand, exactly once, nothing durable.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many records to judge.
    #[arg(long, default_value_t = TrafficShape::default().records)]
    records: u64,
    /// Over how many days they are spread.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    days: u64,
    /// How many threads read.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=16))]
    threads: u16,
    /// Milliseconds between two commits.
    #[arg(long, default_value_t = 100)]
    commit_ms: u64,
    /// How often to read and judge the same records.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Only reads, from these brokers; what the program starts itself as.
    #[arg(long, hide = true)]
    read_from: Option<String>,
    /// The consumer group of a program that only reads, which its output topic is named after.
    #[arg(long, hide = true, default_value = "floor")]
    name: String,
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    match &arguments.read_from {
        Some(bootstrap) => read(&arguments, bootstrap),
        None => measure(&arguments),
    }
}

/// The measured process: reads, then waits so that its clocks can still be read.
fn read(arguments: &Arguments, bootstrap: &str) -> Result<(), Error> {
    let floor = Floor {
        bootstrap: bootstrap.to_owned(),
        input: INPUT.to_owned(),
        group: arguments.name.clone(),
        output: output_topic(&arguments.name),
        threads: arguments.threads.into(),
        commit_every: Duration::from_millis(arguments.commit_ms),
    };
    let records = floor.run()?;
    eprintln!("floor: read {records} records");
    wait_for_the_end()
}

fn measure(arguments: &Arguments) -> Result<(), Error> {
    let cluster = Cluster::start(Options { optimise: true, ..Options::default() })?;
    let shape = TrafficShape { records: arguments.records, days: arguments.days, ..TrafficShape::default() };
    let loaded = load(cluster.bootstrap(), INPUT, &shape)?;
    println!(
        "{} records over {} day(s), {} numbers, {:.1} bytes on average, {PARTITIONS} partitions",
        loaded.records,
        shape.days,
        shape.numbers,
        per_record(loaded.bytes, loaded.records)
    );
    for run in 1..=arguments.runs {
        measure_run(arguments, &cluster, run)?;
    }
    Ok(())
}

fn measure_run(arguments: &Arguments, cluster: &Cluster, run: usize) -> Result<(), Error> {
    let name = format!("floor-{run}");
    let output = output_topic(&name);
    cluster.create_topic(&output, PARTITIONS, &[("retention.ms", "-1")])?;
    let progress = Progress::of(cluster.bootstrap(), &name, INPUT)?;
    let (threads, commit_ms) = (arguments.threads.to_string(), arguments.commit_ms.to_string());
    let work = ["--read-from", cluster.bootstrap(), "--name", &name, "--threads", &threads, "--commit-ms", &commit_ms];
    let watched = Contender::start(&work)?.watch(vec![cluster.broker_pid(0)?], &progress)?;
    let outputs = read_outputs(cluster, &output)?;
    println!(
        "run {run}  whole   {}\n       steady  {}\n       peak memory {} MB, {} outputs of {} numbers, hash {:016x}",
        watched.whole,
        watched.steady,
        watched.peak_bytes / 1_000_000,
        outputs.count,
        outputs.numbers,
        outputs.hash
    );
    Ok(())
}

fn output_topic(name: &str) -> String {
    format!("{name}-violations")
}

#[expect(clippy::cast_precision_loss, reason = "an average for people to read")]
fn per_record(bytes: u64, records: u64) -> f64 {
    bytes as f64 / records.max(1) as f64
}
