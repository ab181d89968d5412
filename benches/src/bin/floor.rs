//! Measures the floor on a broker of its own on this machine: loads the records, then reads them in a second process.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use std::io::{Read, stdin};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::floor::{Floor, read_outputs};
use ringfence_benches::load::{PARTITIONS, load};
use ringfence_benches::measure::{Measured, Sample};
use ringfence_benches::progress::Progress;
use ringfence_benches::traffic::Shape;
use ringfence_kafka_for_tests::{Cluster, Options};

const INPUT: &str = "cdr";

/// How often the committed offsets are asked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Measures the least that judging call records from Kafka can cost: one rule by hand, exactly once, nothing durable.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many records to judge.
    #[arg(long, default_value_t = Shape::default().records)]
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
    let mut until_closed = Vec::new();
    stdin().read_to_end(&mut until_closed).map_err(|source| Error::Io { doing: "wait for the end", source })?;
    Ok(())
}

fn measure(arguments: &Arguments) -> Result<(), Error> {
    let cluster = Cluster::start(Options { optimise: true, ..Options::default() })?;
    let shape = Shape { records: arguments.records, days: arguments.days, ..Shape::default() };
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
    let mut reader = Reader::start(arguments, cluster, &name)?;
    let measured = Measured { contender: reader.0.id(), brokers: vec![cluster.broker_pid(0)?] };
    let began = measured.sample()?;
    let (steady, ended) = reader.watch(&measured, &progress)?;
    let peak_bytes = measured.peak_bytes()?;
    drop(reader);
    let outputs = read_outputs(cluster, &output)?;
    println!(
        "run {run}  whole   {}\n       steady  {}\n       peak memory {} MB, {} outputs of {} numbers, hash {:016x}",
        (ended - began).over(progress.total()),
        (ended - steady.1).over(progress.total() - steady.0),
        peak_bytes / 1_000_000,
        outputs.count,
        outputs.numbers,
        outputs.hash
    );
    Ok(())
}

/// The process that reads. Its standard input keeps it alive after its work, and closes with this.
struct Reader(Child);

impl Reader {
    fn start(arguments: &Arguments, cluster: &Cluster, name: &str) -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(|source| Error::Io { doing: "find this program", source })?;
        let child = Command::new(program)
            .args(["--read-from", cluster.bootstrap(), "--name", name])
            .args(["--threads", &arguments.threads.to_string()])
            .args(["--commit-ms", &arguments.commit_ms.to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|source| Error::Io { doing: "start the reading process", source })?;
        Ok(Self(child))
    }

    /// Waits until everything is committed. Returns the records and clocks at the first look that found two fifths
    /// done, from where on the pace counts as steady, and the clocks at the end.
    fn watch(&mut self, measured: &Measured, progress: &Progress) -> Result<((u64, Sample), Sample), Error> {
        let mut steady = None;
        loop {
            let done = progress.committed()?;
            let sample = measured.sample()?;
            if done == progress.total() {
                return Ok((steady.unwrap_or((0, sample)), sample));
            }
            if steady.is_none() && done * 5 >= progress.total() * 2 {
                steady = Some((done, sample));
            }
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(Error::Unmet(format!("the reading process ended early: {status}")));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Nothing depends on how it ends: what it did is in Kafka.
        let _: std::io::Result<_> = self.0.wait();
    }
}

fn output_topic(name: &str) -> String {
    format!("{name}-violations")
}

#[expect(clippy::cast_precision_loss, reason = "an average for people to read")]
fn per_record(bytes: u64, records: u64) -> f64 {
    bytes as f64 / records.max(1) as f64
}
