//! Measures the engine on a broker of its own on this machine, with one rule and with the starter pack, beside the
//! floor on the same records in the same run.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::contender::{Contender, Watched, wait_for_the_end};
use ringfence_benches::engine::{EngineSetup, run};
use ringfence_benches::floor::{Floor, read_outputs};
use ringfence_benches::load::{PARTITIONS, load};
use ringfence_benches::packs::{one_rule, starter};
use ringfence_benches::progress::Progress;
use ringfence_benches::table::{Runs, Table};
use ringfence_benches::traffic::{Profile, TrafficShape};
use ringfence_kafka_for_tests::{Cluster, Options};
use ringfence_rules::PackFiles;

const INPUT: &str = "cdr";

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures what a call record costs the engine, exactly once and with a journal, beside the hand-written floor.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many records to judge.
    #[arg(long, default_value_t = TrafficShape::default().records)]
    records: u64,
    /// How many numbers call; 1 in 500 is a telemarketer's.
    #[arg(long, default_value_t = TrafficShape::default().numbers, value_parser = clap::value_parser!(u64).range(1_000..))]
    numbers: u64,
    /// How many of a thousand calls are telemarketers'; all of these are cards of the starter pack.
    #[arg(long, default_value_t = 50)]
    telemarketing: u64,
    /// How many threads read and own shards.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=16))]
    threads: u16,
    /// Milliseconds between two commits.
    #[arg(long, default_value_t = 100)]
    commit_ms: u64,
    /// How often to judge the same records.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Is the engine with this configuration; what the program starts itself as.
    #[arg(long, hide = true)]
    engine: Option<PathBuf>,
    /// Is the floor on these brokers.
    #[arg(long, hide = true, requires = "name")]
    floor: Option<String>,
    /// The floor's consumer group and output topic.
    #[arg(long, hide = true)]
    name: Option<String>,
}

/// What a contender showed over the runs.
#[derive(Debug, Default)]
struct Shown {
    cpu_us: Runs,
    steady_cpu_us: Runs,
    rate: Runs,
    steady_rate: Runs,
    broker_us: Runs,
    megabytes: Runs,
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    match (&arguments.engine, &arguments.floor) {
        (Some(config), _) => run(config),
        (None, Some(bootstrap)) => {
            floor(&arguments, bootstrap, arguments.name.as_deref().unwrap_or_default()).run()?;
            wait_for_the_end()
        }
        (None, None) => measure(&arguments),
    }
}

fn floor(arguments: &Arguments, bootstrap: &str, name: &str) -> Floor {
    Floor {
        bootstrap: bootstrap.to_owned(),
        input: INPUT.to_owned(),
        group: name.to_owned(),
        output: name.to_owned(),
        threads: arguments.threads.into(),
        commit_every: Duration::from_millis(arguments.commit_ms),
    }
}

fn measure(arguments: &Arguments) -> Result<(), Error> {
    let cluster = Cluster::start(Options { optimise: true, ..Options::default() })?;
    let directory = tempfile::tempdir().map_err(|source| Error::Io { doing: "make a directory", source })?;
    let shape = TrafficShape {
        profile: Profile::Campaign,
        records: arguments.records,
        numbers: arguments.numbers,
        telemarketers: (arguments.numbers / 500).max(1),
        telemarketing: arguments.telemarketing,
        ..TrafficShape::default()
    };
    load(cluster.bootstrap(), INPUT, &shape)?;
    let (one, pack) = (one_rule(), starter(shape.telemarketing_numbers())?);
    let mut shown = [Shown::default(), Shown::default(), Shown::default()];
    for turn in 1..=arguments.runs {
        let (watched, found) = measure_floor(arguments, &cluster, &format!("floor-{turn}"))?;
        shown[0].add(&watched);
        let (watched, by_one) = measure_engine(arguments, &cluster, directory.path(), &format!("one-{turn}"), &one)?;
        shown[1].add(&watched);
        if by_one != found {
            return Err(Error::Unmet(format!("the floor found {found} numbers, the engine {by_one}")));
        }
        let (watched, by_pack) = measure_engine(arguments, &cluster, directory.path(), &format!("pack-{turn}"), &pack)?;
        shown[2].add(&watched);
        println!("run {turn}: {found} numbers found by the one rule, {by_pack} by the pack");
    }
    print(arguments, &shown);
    Ok(())
}

fn measure_floor(arguments: &Arguments, cluster: &Cluster, name: &str) -> Result<(Watched, usize), Error> {
    cluster.create_topic(name, PARTITIONS, &[("retention.ms", "-1")])?;
    let (threads, commit_ms) = (arguments.threads.to_string(), arguments.commit_ms.to_string());
    let work = ["--floor", cluster.bootstrap(), "--name", name, "--threads", &threads, "--commit-ms", &commit_ms];
    let progress = Progress::of(cluster.bootstrap(), name, INPUT)?;
    let watched = Contender::start(&work)?.watch(vec![cluster.broker_pid(0)?], &progress)?;
    Ok((watched, read_outputs(cluster, name)?.numbers))
}

fn measure_engine(
    arguments: &Arguments,
    cluster: &Cluster,
    directory: &Path,
    name: &str,
    rules: &PackFiles,
) -> Result<(Watched, usize), Error> {
    let setup = EngineSetup {
        name: name.to_owned(),
        input: INPUT.to_owned(),
        owners: arguments.threads.into(),
        commit_ms: arguments.commit_ms,
    };
    setup.create_topics(cluster)?;
    let config = setup.write(cluster.bootstrap(), rules, directory)?;
    let progress = Progress::of(cluster.bootstrap(), name, INPUT)?;
    let work = ["--engine", &config.to_string_lossy()];
    let watched = Contender::start(&work)?.watch(vec![cluster.broker_pid(0)?], &progress)?;
    let rejected = read_outputs(cluster, &setup.dead_letters())?.count;
    if rejected > 0 {
        return Err(Error::Unmet(format!("{rejected} records became dead letters")));
    }
    Ok((watched, read_outputs(cluster, &setup.violations())?.numbers))
}

impl Shown {
    #[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
    fn add(&mut self, watched: &Watched) {
        self.cpu_us.push(watched.whole.contender_us());
        self.steady_cpu_us.push(watched.steady.contender_us());
        self.rate.push(watched.whole.rate() / 1e6);
        self.steady_rate.push(watched.steady.rate() / 1e6);
        self.broker_us.push(watched.whole.brokers_us());
        self.megabytes.push(watched.peak_bytes as f64 / 1e6);
    }
}

fn print(arguments: &Arguments, shown: &[Shown; 3]) {
    let columns = ["µs CPU/CDR", "steady", "M CDR/s", "steady", "broker µs/CDR", "peak MB", "x floor (steady CPU)"];
    let mut table = Table::new(&columns);
    let floor = shown[0].steady_cpu_us.median();
    for (name, shown) in ["floor", "engine, one rule", "engine, starter pack"].into_iter().zip(shown) {
        let times_floor = [shown.steady_cpu_us.median() / floor].into_iter().collect::<Runs>();
        table.row(
            name,
            &[
                (&shown.cpu_us, 2),
                (&shown.steady_cpu_us, 2),
                (&shown.rate, 2),
                (&shown.steady_rate, 2),
                (&shown.broker_us, 2),
                (&shown.megabytes, 0),
                (&times_floor, 2),
            ],
        );
    }
    println!(
        "{} records of {} numbers, {PARTITIONS} partitions, {} threads, commits each {} ms, broker on the same machine; \
         median (least..greatest) of {} runs",
        arguments.records, arguments.numbers, arguments.threads, arguments.commit_ms, arguments.runs
    );
    print!("{table}");
}
