//! Measures judging decoded call records in memory, on one core, beside the hand-written window on the same records.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use std::sync::Arc;

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::judging::{Judged, Portions};
use ringfence_benches::packs::{Rules, compile, multiplied, one_rule, starter};
use ringfence_benches::table::{Runs, Table};
use ringfence_benches::traffic::{Profile, TrafficShape};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures judging in memory: the last of some days of calls, in commits of 100 ms at about a million calls a second.
#[derive(Debug, Parser)]
struct Arguments {
    /// How telemarketers call: campaign (whom they never rang), mixed (people again, a fifth of all calls by one number in
    /// 200, four million records), cards (50,000 cards of 200 to 500 calls a day, half of which ring people again).
    #[arg(long, value_enum, default_value = "campaign")]
    profile: Profile,
    /// How many records a day has; 8,000,000, of mixed 4,000,000, of cards 350 for each number.
    #[arg(long)]
    records: Option<u64>,
    /// How many days; all but the last warm up.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..))]
    days: u64,
    /// How many numbers call: 100,000 and 1,000,000, of mixed 200,000, of cards 50,000.
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    numbers: Vec<u64>,
    /// How many of a thousand calls are telemarketers', all of whom are cards of the starter pack; 50, of mixed 220. Of
    /// cards there are no other calls.
    #[arg(long)]
    telemarketing: Option<u64>,
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
    let shapes = arguments.shapes();
    for shape in &shapes {
        measure(&arguments, *shape, &mut table)?;
    }
    let records = shapes.iter().map(|shape| (shape.records / shape.days).to_string()).collect::<Vec<_>>().join(" or ");
    println!(
        "day {} of {records} records in commits of {}, one core; median (least..greatest) of {} runs",
        arguments.days, arguments.commit_records, arguments.runs
    );
    print!("{table}");
    Ok(())
}

impl Arguments {
    /// What is measured: of each profile what it is known for, but where something else was asked for.
    fn shapes(&self) -> Vec<TrafficShape> {
        let default: &[u64] = match self.profile {
            Profile::Campaign => &[100_000, 1_000_000],
            Profile::Mixed => &[200_000],
            Profile::Cards => &[50_000],
        };
        let numbers = if self.numbers.is_empty() { default } else { &self.numbers };
        numbers.iter().map(|numbers| self.shape(*numbers)).collect()
    }

    fn shape(&self, numbers: u64) -> TrafficShape {
        let (records, telemarketers, telemarketing) = match self.profile {
            Profile::Campaign => (8_000_000, (numbers * 3 / 100).max(1), 50),
            Profile::Mixed => (4_000_000, (numbers / 200).max(1), 220),
            // One number is left for somebody who never calls.
            Profile::Cards => (numbers * 350, numbers - 1, 1_000),
        };
        TrafficShape {
            profile: self.profile,
            records: self.records.unwrap_or(records) * self.days,
            days: self.days,
            numbers,
            telemarketers,
            telemarketing: self.telemarketing.unwrap_or(telemarketing),
        }
    }
}

/// Measures every pack in turn, run by run, so that a busy moment of the machine spoils one run of each.
fn measure(arguments: &Arguments, shape: TrafficShape, table: &mut Table) -> Result<(), Error> {
    let portions = Portions { shape, commit_records: arguments.commit_records };
    let packs: Vec<(&str, Option<Arc<Rules>>)> =
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

fn pack(name: &str, shape: &TrafficShape) -> Result<Option<Arc<Rules>>, Error> {
    let starter = || compile(&starter(shape.telemarketing_numbers())?);
    Ok(match name {
        "hand" => None,
        "one" => Some(Arc::new(compile(&one_rule())?)),
        "starter" => Some(Arc::new(starter()?)),
        "times-ten" => Some(Arc::new(multiplied(&starter()?, 10))),
        _ => return Err(Error::Unmet(format!("no pack {name}; there are hand, one, starter, times-ten"))),
    })
}
