//! Measures judging decoded call records in memory, on one core, beside the hand-written window on the same records.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use std::sync::Arc;

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::judging::{Judged, Portions};
use ringfence_benches::packs::{compile, multiplied, one_rule, starter};
use ringfence_benches::table::{Runs, Table};
use ringfence_benches::traffic::Shape;
use ringfence_rules::Pack;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures judging in memory: the last of some days of calls, in commits of 100 ms at about a million calls a second.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many records a day has.
    #[arg(long, default_value_t = 8_000_000)]
    records: u64,
    /// How many days; all but the last warm up.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..))]
    days: u64,
    /// How many numbers call; 3 in 100 are telemarketers'.
    #[arg(long, value_delimiter = ',', default_value = "100000,1000000", value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    numbers: Vec<u64>,
    /// How many of a thousand calls are telemarketers'; all of these are cards of the starter pack.
    #[arg(long, default_value_t = 50)]
    telemarketing: u64,
    /// How many records go into a commit.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    commit_records: u64,
    /// Which packs: hand (no pack), one, starter, times-ten.
    #[arg(long, value_delimiter = ',', default_value = "hand,one,starter,times-ten")]
    packs: Vec<String>,
    /// How often.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let mut table = Table::new(&["ns/CDR", "M CDR/s", "violations", "events", "bytes/number"]);
    for numbers in &arguments.numbers {
        let shape = Shape {
            records: arguments.records * arguments.days,
            days: arguments.days,
            numbers: *numbers,
            telemarketers: (*numbers * 3 / 100).max(1),
            telemarketing: arguments.telemarketing,
        };
        measure(&arguments, shape, &mut table)?;
    }
    println!(
        "day {} of {} records in commits of {}, one core; median (least..greatest) of {} runs",
        arguments.days, arguments.records, arguments.commit_records, arguments.runs
    );
    print!("{table}");
    Ok(())
}

/// Measures every pack in turn, run by run, so that a busy moment of the machine spoils one run of each.
fn measure(arguments: &Arguments, shape: Shape, table: &mut Table) -> Result<(), Error> {
    let portions = Portions { shape, commit_records: arguments.commit_records };
    let packs: Vec<(&str, Option<Arc<Pack>>)> =
        arguments.packs.iter().map(|name| Ok((name.as_str(), pack(name, &shape)?))).collect::<Result<_, Error>>()?;
    let mut costs: Vec<Runs> = vec![Runs::default(); packs.len()];
    let mut rates = costs.clone();
    let mut found: Vec<Option<Judged>> = vec![None; packs.len()];
    let mut by_hand = None;
    for _ in 0..arguments.runs {
        for (at, (name, pack)) in packs.iter().enumerate() {
            let cost = match pack {
                None => {
                    let (cost, numbers) = portions.judge_by_hand();
                    by_hand = Some(numbers);
                    cost
                }
                Some(pack) => {
                    let judged = portions.judge(pack)?;
                    let before = found[at].replace(judged.clone());
                    if before.is_some_and(|before| before.hash != judged.hash || before.events != judged.events) {
                        return Err(Error::Unmet(format!("{name}: two runs found different violations")));
                    }
                    if *name == "one" && by_hand.as_ref().is_some_and(|numbers| *numbers != judged.numbers) {
                        return Err(Error::Unmet("the shard and the hand-written window disagree".to_owned()));
                    }
                    judged.ns_per_record
                }
            };
            costs[at].push(cost);
            rates[at].push(1e3 / cost);
        }
    }
    for (at, (name, _)) in packs.iter().enumerate() {
        let one = |figure: f64| [figure].into_iter().collect::<Runs>();
        let [violations, events, bytes] = found[at].as_ref().map_or([f64::NAN; 3], figures);
        table.row(
            format!("{name}, {} numbers", shape.numbers),
            &[(&costs[at], 0), (&rates[at], 2), (&one(violations), 0), (&one(events), 0), (&one(bytes), 0)],
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
fn figures(judged: &Judged) -> [f64; 3] {
    let bytes = judged.counts.bytes as f64 / judged.counts.numbers.max(1) as f64;
    [judged.violations as f64, judged.events as f64, bytes]
}

fn pack(name: &str, shape: &Shape) -> Result<Option<Arc<Pack>>, Error> {
    let starter = || compile(&starter(shape.telemarketing_numbers())?);
    Ok(match name {
        "hand" => None,
        "one" => Some(Arc::new(compile(&one_rule())?)),
        "starter" => Some(Arc::new(starter()?)),
        "times-ten" => Some(Arc::new(multiplied(&starter()?, 10))),
        _ => return Err(Error::Unmet(format!("no pack {name}; there are hand, one, starter, times-ten"))),
    })
}
