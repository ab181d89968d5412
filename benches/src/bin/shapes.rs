//! Measures inputs that were made to be dear, each in two sizes.
#![expect(clippy::print_stdout, reason = "the result of a program")]

use clap::Parser;
use ringfence_benches::Error;
use ringfence_benches::shapes::shapes;
use ringfence_benches::table::{Runs, Table};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures one number, or one file, with very much of one thing, and with four times as much of it.
#[derive(Debug, Parser)]
struct Arguments {
    /// So many times the usual size.
    #[arg(long, default_value_t = 1)]
    times: u64,
    /// How often.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Only those whose names have this in them.
    #[arg(long, default_value = "")]
    only: String,
}

#[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let mut table = Table::new(&["few", "seconds", "times 4", "seconds, times", "work, times"]);
    for shape in shapes()?.into_iter().filter(|shape| shape.name.contains(&arguments.only)) {
        let few = shape.few * arguments.times;
        let (mut seconds, mut seconds_of_many) = (Runs::default(), Runs::default());
        let mut work = 0.0;
        for _ in 0..arguments.runs {
            let (cost, of_many) = (shape.cost(few)?, shape.cost(4 * few)?);
            seconds.push(cost.spent.as_secs_f64());
            seconds_of_many.push(of_many.spent.as_secs_f64());
            work = of_many.work as f64 / cost.work.max(1) as f64;
        }
        let one = |figure: f64| [figure].into_iter().collect::<Runs>();
        let times = one(seconds_of_many.median() / seconds.median());
        let row = [(&one(few as f64), 0), (&seconds, 3), (&seconds_of_many, 3), (&times, 1), (&one(work), 1)];
        table.row(shape.name, &row);
    }
    println!(
        "processor time of one core, {} runs; work is what timelines and files count, not what judging does",
        arguments.runs
    );
    print!("{table}");
    Ok(())
}
