//! A machine whose clock falls behind: what producers stamp lies in its future then. It is told, and their records are
//! judged all the same. The engine runs in this process by a clock that the test sets.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ringfence_cdr::{EventTime, Millis};
use ringfence_engine::{Config, Engine};
use ringfence_events::Status;
use ringfence_kafka_for_tests::NewRecord;
use ringfence_telemetry::{Metrics, ReadModel, Shortfall, Telemetry};

use crate::scene::{NODE, Node, Scene};
use crate::settling::{HOUR, SECOND, call, rules, sum};
use crate::traffic::BASE;

/// What the engine takes for the time of day.
static NOW: AtomicI64 = AtomicI64::new(0);

fn clock() -> EventTime {
    EventTime(NOW.load(Ordering::SeqCst))
}

fn it_is(time: i64) {
    NOW.store(time, Ordering::SeqCst);
}

/// A dozen calls of each of these numbers, enough to break the rule, that arrive as they are made.
fn dozens(numbers: std::ops::Range<u32>, from: i64) -> Vec<NewRecord> {
    let calls = (0..12).flat_map(|at| numbers.clone().map(move |number| (number, from + at * SECOND)));
    calls.map(|(number, time)| call(&name(number), time, time)).collect()
}

fn name(number: u32) -> String {
    format!("+8613000{number:06}")
}

#[test]
fn a_clock_that_is_behind_is_told_and_calls_are_judged_all_the_same() {
    let scene = Scene::new("wrong-clock");
    let config = Config::load(&scene.config(Node { interval: "86400s", ..NODE })).expect("a configuration");
    let rules = rules(Path::new(&config.rules));
    let metrics = Metrics::new("test", "test").expect("the families are sound");
    let model = Arc::new(ReadModel::new(config.owners));
    let telemetry = Telemetry { metrics: metrics.clone(), model: Arc::clone(&model) };
    let doubts = || {
        let shortfalls = model.readiness(clock(), Millis(60_000)).shortfalls;
        shortfalls.into_iter().any(|one| matches!(one, Shortfall::ClockBehind { seconds: 3_600.., .. }))
    };
    let behind = || sum(&metrics, "ringfence_clock_behind_seconds") > 3_600.0;

    it_is(BASE + 4 * HOUR);
    scene.produce("cdr", &dozens(0..1, BASE + 3 * HOUR));
    let engine = Engine::start(config, &rules, telemetry, clock).expect("it starts");
    scene.wait("a violation opens", || scene.statuses(&name(0)).contains(&Status::Opened));
    assert!(!doubts() && !behind());

    it_is(BASE);
    scene.produce("cdr", &dozens(1..201, BASE + 4 * HOUR));
    scene.wait("producers are believed", || doubts() && behind());
    scene.produce("cdr", &dozens(1_000..1_001, BASE + 4 * HOUR));
    scene.wait("what they say is judged", || scene.statuses(&name(1_000)).contains(&Status::Opened));

    it_is(BASE + 5 * HOUR);
    let mut number = 2_000;
    scene.wait("the clock is trusted again", || {
        number += 20;
        scene.produce("cdr", &dozens(number..number + 20, BASE + 4 * HOUR));
        !doubts() && !behind()
    });

    engine.stop_flag().set();
    engine.join().expect("it ends in order");
}
