//! Measures what facts and numbers take in memory, by the allocator's books, beside what a shard says of itself.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use std::sync::Arc;

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::memory::{Found, measure};
use ringfence_benches::packs::{compile, starter};
use ringfence_benches::table::{Runs, Table};
use ringfence_benches::traffic::{Profile, TrafficShape};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures the memory of a month of ordinary calls under the starter pack.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many numbers call.
    #[arg(long, value_delimiter = ',', default_value = "50000,200000")]
    numbers: Vec<u64>,
    /// How many facts each has at the end, on average.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(20..))]
    facts: u64,
    /// Over how many days they are spread.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    days: u64,
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let columns = ["bytes/fact", "bytes/idle number", "MB allocated", "MB claimed", "GB for 10 M x 50"];
    let mut table = Table::new(&columns);
    for numbers in &arguments.numbers {
        let shape = TrafficShape {
            profile: Profile::Campaign,
            records: numbers * arguments.facts,
            days: arguments.days,
            numbers: *numbers,
            telemarketers: 1,
            telemarketing: 0,
        };
        let pack = Arc::new(compile(&starter(shape.telemarketing_numbers())?)?);
        let found = measure(shape, &pack, allocated)?;
        let figures = figures(&found).map(|figure| [figure].into_iter().collect::<Runs>());
        let cells = [(&figures[0], 1), (&figures[1], 0), (&figures[2], 1), (&figures[3], 1), (&figures[4], 2)];
        table.row(format!("{} numbers, {} facts", found.counts.numbers, found.counts.facts), &cells);
    }
    println!("goals: 16 bytes a fact, 150 bytes an idle number, 10 GB for 10 M numbers of 50 facts");
    print!("{table}");
    Ok(())
}

/// What the allocator has given out.
fn allocated() -> u64 {
    let read = tikv_jemalloc_ctl::epoch::advance().and_then(|_| tikv_jemalloc_ctl::stats::allocated::read());
    read.map_or(0, |bytes| bytes as u64)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
fn figures(found: &Found) -> [f64; 5] {
    [
        found.per_fact,
        found.per_number,
        found.allocated as f64 / 1e6,
        found.counts.bytes as f64 / 1e6,
        found.extrapolated(10e6, 50.0) / 1e9,
    ]
}
