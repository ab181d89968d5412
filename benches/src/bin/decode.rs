//! Measures decoding call records from JSON, beside plain parsers on the same bytes.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::decoding::{Decoder, Records};
use ringfence_benches::table::{Runs, Table};
use ringfence_benches::traffic::TrafficShape;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures JSON decoding on one core.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many records.
    #[arg(long, default_value_t = 500_000)]
    records: u64,
    /// How often.
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let records = Records::of(&TrafficShape::default(), arguments.records);
    let mut costs: Vec<Runs> = vec![Runs::default(); Decoder::ALL.len()];
    let mut expected = None;
    for _ in 0..arguments.runs {
        for (costs, decoder) in costs.iter_mut().zip(Decoder::ALL) {
            let (cost, sum) = records.decode(decoder)?;
            if *expected.get_or_insert(sum) != sum {
                return Err(Error::Unmet(format!("{} decodes something else", decoder.name())));
            }
            costs.push(cost);
        }
    }
    let mut table = Table::new(&["ns/record"]);
    for (costs, decoder) in costs.iter().zip(Decoder::ALL) {
        table.row(decoder.name(), &[(costs, 0)]);
    }
    println!("{} records of {} bytes, {} runs", arguments.records, records.average_bytes(), arguments.runs);
    print!("{table}");
    Ok(())
}
