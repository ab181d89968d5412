//! Measures single numbers at their worst, and the quiet ones.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use std::sync::Arc;

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::judging::{Portions, nanos_per};
use ringfence_benches::late::{NUMBER, OneNumber, call, complaint, part};
use ringfence_benches::packs::{Rules, compile, starter};
use ringfence_benches::table::{Runs, Table};
use ringfence_benches::traffic::{Profile, TrafficShape};
use ringfence_cdr::{EventTime, Millis, Record};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures a late file, a very hot number, floods of complaints and parts, and quiet numbers under the starter pack.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many facts the number has before the late file comes.
    #[arg(long, default_value_t = 100_000)]
    facts: u64,
    /// How many records the late file has; half of it is measured too, to see that the cost is linear.
    #[arg(long, default_value_t = 10_000)]
    late: u64,
    /// How many calls the hot number makes within an hour.
    #[arg(long, default_value_t = 1_000_000)]
    hot: u64,
    /// How many complaints, and how many parts of calls, a number has within a day.
    #[arg(long, default_value_t = 100_000)]
    flood: u64,
    /// How many records the quiet numbers make.
    #[arg(long, default_value_t = 4_000_000)]
    quiet: u64,
    /// How often.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let pack = Arc::new(compile(&starter(std::iter::once(NUMBER.to_owned()))?)?);
    let mut table = Table::new(&["seconds", "ns/record", "facts", "violations"]);
    for (name, late, commit) in [
        ("half the late file, one commit", arguments.late / 2, arguments.late),
        ("late file, one commit", arguments.late, arguments.late),
        ("late file, commits of 100", arguments.late, 100),
    ] {
        repeated(&arguments, name, late, &mut table, || late_file(&pack, arguments.facts, late, commit))?;
    }
    let hour = (Millis::ZERO, Millis::HOUR);
    // An hour has 36,000 commits of 100 ms.
    let commit = (arguments.hot / 36_000).max(1);
    for (name, commit) in [("hot number, a commit each 100 ms", commit), ("hot number, as a backlog", 10_000)] {
        repeated(&arguments, name, arguments.hot, &mut table, || {
            let mut number = OneNumber::new(&pack);
            let spent = number.take(arguments.hot, hour, commit, |index, at| call(0, index, at))?;
            Ok((spent.as_secs_f64(), number.found()))
        })?;
    }
    for (name, record) in [
        ("complaints of a day, commits of 100", complaint as fn(u64, EventTime) -> Record),
        ("parts of a day's calls, commits of 100", part),
    ] {
        repeated(&arguments, name, arguments.flood, &mut table, || {
            let mut number = OneNumber::new(&pack);
            let spent = number.take(arguments.flood, (Millis::ZERO, Millis::DAY), 100, record)?;
            Ok((spent.as_secs_f64(), number.found()))
        })?;
    }
    quiet(&arguments, &pack, &mut table)?;
    println!("starter pack, processor time of one core, {} runs", arguments.runs);
    print!("{table}");
    Ok(())
}

/// A number that called for five days, and then the records of the third day's late switch.
fn late_file(pack: &Arc<Rules>, facts: u64, late: u64, commit: u64) -> Result<(f64, (u64, usize)), Error> {
    let days = |days: i64| Millis(days * Millis::DAY.0);
    let mut number = OneNumber::new(pack);
    number.take(facts, (Millis::ZERO, days(5)), 1_000, |index, at| call(0, index, at))?;
    let spent = number.take(late, (days(2).plus(Millis(7)), days(1)), commit, |index, at| call(1, index, at))?;
    Ok((spent.as_secs_f64(), number.found()))
}

fn repeated(
    arguments: &Arguments,
    name: &str,
    records: u64,
    table: &mut Table,
    mut run: impl FnMut() -> Result<(f64, (u64, usize)), Error>,
) -> Result<(), Error> {
    let (mut seconds, mut each) = (Runs::default(), Runs::default());
    let mut found = None;
    for _ in 0..arguments.runs {
        let (spent, now_found) = run()?;
        if *found.get_or_insert(now_found) != now_found {
            return Err(Error::Unmet(format!("{name}: two runs found different things")));
        }
        seconds.push(spent);
        each.push(nanos_per(std::time::Duration::from_secs_f64(spent), records));
    }
    let (facts, violations) = found.unwrap_or_default();
    row(table, name, (&seconds, &each), facts, violations);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
fn row(table: &mut Table, name: &str, (seconds, each): (&Runs, &Runs), facts: u64, violations: usize) {
    let one = |figure: f64| [figure].into_iter().collect::<Runs>();
    let (facts, violations) = (one(facts as f64), one(violations as f64));
    table.row(name, &[(seconds, 2), (each, 0), (&facts, 0), (&violations, 0)]);
}

/// Numbers that break nothing: a few calls a day to the same few people.
#[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
fn quiet(arguments: &Arguments, pack: &Arc<Rules>, table: &mut Table) -> Result<(), Error> {
    let numbers = (arguments.quiet / 16).max(1_000);
    let shape = TrafficShape {
        profile: Profile::Campaign,
        records: arguments.quiet,
        days: 2,
        numbers,
        telemarketers: 1,
        telemarketing: 0,
    };
    let (mut seconds, mut each) = (Runs::default(), Runs::default());
    let mut found = (0, 0);
    for _ in 0..arguments.runs {
        let judged = Portions { shape, commit_records: 20_000 }.judge(pack)?;
        found = (judged.counts.facts, judged.violations);
        each.push(judged.ns_per_record);
        seconds.push(judged.ns_per_record * (arguments.quiet / 2) as f64 / 1e9);
    }
    row(table, &format!("{numbers} quiet numbers"), (&seconds, &each), found.0, found.1);
    Ok(())
}
