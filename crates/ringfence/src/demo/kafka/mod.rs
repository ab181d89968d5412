//! A day of traffic through a real broker: written to topics as a network would, judged by the engine as `ringfence run`
//! has it, read back as any subscriber reads it.
//!
//! ```text
//! World ─▶ feed ─▶ cdr, complaints ─▶ Engine ─▶ violations, suspensions, dead letters ─▶ subscriber ─▶ Watcher
//! ```
//! The engine is up before the first record is written, and reads while more are. A day written whole before would be read
//! topic by topic, all complaints before most calls, and nearly every violation would count as told by a late record.

mod course;
mod error;
mod feed;
mod interrupt;
mod service;
mod subscriber;
mod topics;
mod way;

use std::net::SocketAddr;

use ringfence_api::{Server, Settings};
use ringfence_cdr::{EventTime, Millis};
use ringfence_engine::wall_clock;
use ringfence_telemetry::Telemetry;
use ringfence_traffic::{Plan, World};

use super::watcher::{Watcher, shown};
use crate::CommandError;
use crate::run;
use interrupt::Interrupt;
use topics::{PARTITIONS, Topics};
use way::Judged;

pub(crate) use error::KafkaDemoError;
pub(crate) use way::{DEFAULT_BROKERS, Way};

/// Records of a day arrive up to so long after its end: late files, and calls that go on.
const AFTERMATH: Millis = Millis(6 * Millis::HOUR.0);

/// The plan moved to the latest day that is over: nothing of it may lie in the future, or brokers refuse it, and it should
/// not have settled before it is judged. It begins at the same hour, so that it is a day like the plan's.
pub(crate) fn latest_day(plan: Plan, now: EventTime) -> Plan {
    let days = now.since(plan.end().plus(AFTERMATH)).0.div_euclid(Millis::DAY.0);
    Plan { start: plan.start.plus(Millis(days * Millis::DAY.0)), ..plan }
}

/// Judges a world through Kafka and tells the watcher what happens.
pub(crate) fn judge(world: &World, way: Way<'_>, watcher: &mut dyn Watcher) -> Result<Judged, CommandError> {
    let now = wall_clock();
    if now.since(world.start()) >= way.lateness {
        return Err(KafkaDemoError::Settled { lateness: way.lateness }.into());
    }
    let interrupt = Interrupt::listen()?;
    let mut topics = Topics::reach(way.brokers, now)?;
    let judged = judge_by(&mut topics, world, way, &interrupt, watcher);
    if way.keep {
        return judged;
    }
    for (topic, reason) in topics.delete() {
        eprintln!("ringfence: topic {topic} at {} is left behind: {reason}", way.brokers);
    }
    judged
}

fn judge_by(
    topics: &mut Topics,
    world: &World,
    way: Way<'_>,
    interrupt: &Interrupt,
    watcher: &mut dyn Watcher,
) -> Result<Judged, CommandError> {
    let snapshots = tempfile::tempdir().map_err(KafkaDemoError::Directory)?;
    let config = service::config(topics, way.brokers, way.rules, snapshots.path())?;
    let telemetry = run::telemetry(config.owners)?;
    let server = serve(&telemetry)?;
    let fate = if way.keep { "kept" } else { "deleted at the end" };
    let notes = [
        format!("Metrics while it runs: http://{}/metrics (and /readyz?verbose).", server.address()),
        format!("Topics: {}.*, {PARTITIONS} partitions each, {fate}.", topics.prefix),
        "The day is the latest that is over. Violations have its times; sanctions begin once decided.\n".to_owned(),
    ];
    notes.iter().try_for_each(|note| watcher.note(note)).map_err(shown)?;
    topics.make_inputs()?;
    topics.adopt(config.outputs.all().into_iter().map(|topic| &**topic));
    service::prepare(&config, way.texts)?;
    let judged = course::run(config, world, topics, way, &telemetry, interrupt, watcher)?;
    server.stop()?;
    Ok(judged)
}

/// Health and metrics on a free port.
fn serve(telemetry: &Telemetry) -> Result<Server, CommandError> {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = Settings { address, stall: run::STALL, clock: wall_clock };
    Ok(Server::start(&settings, telemetry.metrics.clone(), telemetry.model.clone())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_latest_that_is_over_and_begins_at_the_same_hour() {
        for now in [1_600_000_000_000, 1_795_608_000_000, 1_795_608_000_000 + 5 * Millis::HOUR.0] {
            let (now, plan) = (EventTime(now), Plan::new(1_000, 24, 1));
            let day = latest_day(plan.clone(), now);
            let over = now.since(day.end());
            assert!(over >= AFTERMATH && over < AFTERMATH.plus(Millis::DAY), "over for {over:?}");
            assert_eq!(day.start.since(plan.start).0 % Millis::DAY.0, 0);
        }
    }

    #[test]
    fn nothing_of_a_day_arrives_in_the_future() {
        for seed in 1..=6 {
            let world = ringfence_traffic::generate(&Plan::new(5_000, 24, seed)).expect("a good plan");
            let last = world.emissions().map(|emission| emission.at_arrival).max().expect("some traffic");
            assert!(last <= world.end().plus(AFTERMATH), "seed {seed}: {last} after {}", world.end());
        }
    }
}
