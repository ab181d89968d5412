//! The engine's way through a day: written while it is judged, told as it is published, ended in order.

use std::time::Duration;

use ringfence_cdr::Millis;
use ringfence_engine::{Config, Engine, Handle, wall_clock};
use ringfence_telemetry::{ReadModel, Telemetry};
use ringfence_traffic::World;

use super::KafkaDemoError;
use super::feed::{self, Written};
use super::interrupt::Interrupt;
use super::service::{self, Progress};
use super::subscriber::Subscriber;
use super::topics::Topics;
use super::way::{Judged, Way};
use crate::CommandError;
use crate::demo::watcher::Watcher;

/// How long one look for events waits.
const LOOK: Duration = Duration::from_millis(10);
/// Where nothing is committed for this long, nothing will be.
const STALL: Millis = Millis(60_000);

/// Runs the engine until all that was written is judged and told, and ends it in order, also where that fails.
pub(super) fn run(
    config: Config,
    world: &World,
    topics: &Topics,
    way: Way<'_>,
    telemetry: &Telemetry,
    interrupt: &Interrupt,
    watcher: &mut dyn Watcher,
) -> Result<Judged, CommandError> {
    let (subscriber, progress) = (Subscriber::new(&config)?, Progress::new(&config)?);
    let engine = Engine::start(config, way.texts, telemetry.clone(), wall_clock)?;
    let mut course = Course { engine: &engine, model: &telemetry.model, progress, subscriber, interrupt };
    let followed = course.follow(world, way.brokers, topics, watcher);
    let Course { subscriber: Subscriber { unreadable, standing, .. }, .. } = course;
    telemetry.model.shut_down();
    engine.stop_flag().set();
    // Where it ended by itself its own reason says more than that it did.
    engine.join()?;
    let (Written { records, counts }, took) = followed?;
    Ok(Judged { records, counts, took, unreadable, standing, until: wall_clock() })
}

/// An engine on its way through a day.
struct Course<'a> {
    engine: &'a Handle,
    model: &'a ReadModel,
    progress: Progress,
    subscriber: Subscriber,
    interrupt: &'a Interrupt,
}

impl Course<'_> {
    /// Writes the traffic and tells what is published until everything is; how long it took from the first record to the
    /// commit of the last.
    fn follow(
        &mut self,
        world: &World,
        brokers: &str,
        topics: &Topics,
        watcher: &mut dyn Watcher,
    ) -> Result<(Written, Duration), CommandError> {
        self.listen_until("bring the shards to life", watcher, |course| service::are_live(course.model))?;
        let began = wall_clock();
        // A number leaves about fifteen records a day, so this many are an hour or two of it. Written further ahead, calls
        // would be read that much later than complaints of their time, and what they decide would count as late.
        let lead = world.labels().count() as u64;
        let mut committed = 0;
        let written = feed::write(world, brokers, topics, watcher, &mut |written, watcher| {
            self.listen_until("judge the traffic", watcher, |course| {
                if written > committed + lead {
                    committed = course.progress.committed()?;
                }
                Ok(written <= committed + lead)
            })
        })?;
        self.listen_until("judge the traffic", watcher, |course| {
            Ok(course.progress.committed()? == written.records && service::are_at_the_end(course.model))
        })?;
        let read = wall_clock();
        // Acts wait until every input has come past what made them due: one more tick at the end of all of them.
        self.listen_until("come to the present", watcher, |course| Ok(service::have_ticked(course.model, read)))?;
        let ends = self.subscriber.ends()?;
        self.listen_until("read what was published", watcher, |course| Ok(course.subscriber.has_told(&ends)))?;
        Ok((written, Duration::from_millis(read.since(began).0.max(0) as u64)))
    }

    /// Tells what has been published, at least once and until something is so, as long as anything is committed.
    fn listen_until(
        &mut self,
        doing: &'static str,
        watcher: &mut dyn Watcher,
        mut is_so: impl FnMut(&mut Self) -> Result<bool, KafkaDemoError>,
    ) -> Result<(), CommandError> {
        self.subscriber.listen(Duration::ZERO, watcher)?;
        self.interrupt.check()?;
        let (mut committed, mut moved) = (0, wall_clock());
        while !is_so(self)? {
            self.subscriber.listen(LOOK, watcher)?;
            self.interrupt.check()?;
            if self.engine.is_finished() {
                return Err(KafkaDemoError::Ended.into());
            }
            service::are_live(self.model)?;
            let (sum, now) = (self.progress.committed()?, wall_clock());
            if sum > committed {
                (committed, moved) = (sum, now);
            }
            if now.since(moved) > STALL {
                return Err(KafkaDemoError::Stalled { doing, seconds: STALL.0 / 1_000 }.into());
            }
        }
        Ok(())
    }
}
