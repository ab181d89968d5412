//! Writes the benchmarks' call records into a topic of any brokers, for playing with and for measuring other programs.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use clap::Parser;
use ringfence_benches::load::load;
use ringfence_benches::traffic::TrafficShape;

/// Writes deterministic call records (JSON, about 220 bytes, lz4, keyed by calling number) into a new topic.
#[derive(Debug, Parser)]
struct Arguments {
    /// Kafka's bootstrap servers, such as those that `./dev kafka up` prints.
    #[arg(long)]
    brokers: String,
    /// The topic to make.
    #[arg(long, default_value = "cdr")]
    topic: String,
    /// How many records to write.
    #[arg(long, default_value_t = TrafficShape::default().records)]
    records: u64,
    /// Over how many days they are spread.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    days: u64,
    /// How many numbers call.
    #[arg(long, default_value_t = TrafficShape::default().numbers, value_parser = clap::value_parser!(u64).range(1_001..=100_000_000))]
    numbers: u64,
}

fn main() -> Result<(), ringfence_benches::Error> {
    let arguments = Arguments::parse();
    let shape = TrafficShape {
        records: arguments.records,
        days: arguments.days,
        numbers: arguments.numbers,
        ..TrafficShape::default()
    };
    let loaded = load(&arguments.brokers, &arguments.topic, &shape)?;
    println!("{} records, {} bytes of values, written to {}", loaded.records, loaded.bytes, arguments.topic);
    Ok(())
}
