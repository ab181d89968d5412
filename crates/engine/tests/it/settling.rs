//! What time alone does: violations close, facts settle and go, and records come too late. The other tests judge old
//! records under a lateness of thousands of days, so that nothing of this happens to them; here the lateness is that of a
//! real pack, and the engine runs in this process by a clock that the test moves.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ringfence_cdr::{EventTime, RejectCode};
use ringfence_engine::{Config, Engine};
use ringfence_events::{DeadLetter, Event, Status};
use ringfence_kafka_for_tests::NewRecord;
use ringfence_rules::PackFiles;
use ringfence_telemetry::{Metrics, ReadModel, Telemetry};

use crate::child::read_rules;
use crate::scene::{NODE, Node, Scene};
use crate::traffic::BASE;

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;

/// What the engine takes for the time of day.
static NOW: AtomicI64 = AtomicI64::new(0);

fn clock() -> EventTime {
    EventTime(NOW.load(Ordering::SeqCst))
}

fn it_is(time: i64) {
    NOW.store(time, Ordering::SeqCst);
}

/// The rules of the other tests, in a pack that lets records be an hour late.
pub(crate) fn rules(directory: &Path) -> PackFiles {
    let sources = read_rules(directory);
    let pack = sources.text("pack.yaml").expect("a pack").replace("3000d", "1h");
    assert_eq!(pack.matches("1h").count(), 2, "lateness and skew");
    sources.with("pack.yaml", &pack)
}

/// A dozen calls of a number within two minutes from BASE on, of which eleven break the rule; they arrive at this time.
fn dozen(number: &str, arrival: i64) -> Vec<NewRecord> {
    (0..12).map(|at| call(number, BASE + at * 10 * SECOND, arrival)).collect()
}

pub(crate) fn call(number: &str, time: i64, arrival: i64) -> NewRecord {
    let value = format!(
        r#"{{"recordId":"{number}-{time}","recordType":"moCall","callingNumber":"{number}","calledNumber":"+8613100000001","seizureTime":{time},"callDuration":9,"causeForTerm":0}}"#
    );
    NewRecord::new(number, value).at(arrival)
}

impl Scene {
    /// The statuses that were published of a number's violation, in order.
    pub(crate) fn statuses(&self, number: &str) -> Vec<Status> {
        let events = self.events("violations.v1").into_iter();
        let of_number = events.filter_map(|received| match received.event {
            Event::Violation(violation) if violation.key.subject().to_string() == number => Some(violation.status),
            _ => None,
        });
        of_number.collect()
    }

    fn dead_letters(&self) -> Vec<RejectCode> {
        let letters = self.cluster.read_all(&self.topic("dead-letters.v1")).expect("readable");
        letters
            .iter()
            .map(|letter| DeadLetter::read(|name| letter.header(name)).expect("a dead letter").reject.code)
            .collect()
    }
}

/// The sum over all shards of a gauge.
pub(crate) fn sum(metrics: &Metrics, gauge: &str) -> f64 {
    let text = metrics.render().expect("renders");
    let values = text.lines().filter_map(|line| line.strip_prefix(gauge)?.strip_prefix('{')?.rsplit(' ').next());
    values.map(|value| value.parse::<f64>().expect("a number")).sum()
}

#[test]
fn time_closes_violations_forgets_facts_and_refuses_what_comes_too_late() {
    let [early, late, too_late] = ["+8613000000001", "+8613000000002", "+8613000000003"];
    let scene = Scene::new("settling");
    // Nothing is stored while the test runs: gauges are not to wait for that.
    let config = Config::load(&scene.config(Node { interval: "86400s", ..NODE })).expect("a configuration");
    let rules = rules(Path::new(&config.rules));
    let metrics = Metrics::new("test", "test").expect("the families are sound");
    let telemetry = Telemetry { metrics: metrics.clone(), model: Arc::new(ReadModel::new(config.owners)) };
    it_is(BASE + 2 * MINUTE);
    scene.produce("cdr", &dozen(early, BASE + 2 * MINUTE));
    let engine = Engine::start(config, &rules, telemetry, clock).expect("it starts");
    scene.wait("a violation opens", || scene.statuses(early) == [Status::Opened]);

    it_is(BASE + 20 * MINUTE);
    scene.wait("it closes without a further record", || scene.statuses(early).ends_with(&[Status::Closed]));

    scene.produce("cdr", &dozen(late, BASE + 20 * MINUTE));
    scene.wait("late records are judged", || scene.statuses(late).contains(&Status::Opened));
    assert_eq!(scene.dead_letters(), []);
    scene.wait("the facts are counted", || sum(&metrics, "ringfence_timeline_facts") == 24.0);

    it_is(BASE + 2 * HOUR);
    // A shard is gone through once a minute of its own time at most, so time has to go on.
    scene.wait("what nothing can change any more is forgotten", || {
        it_is(clock().0 + MINUTE);
        sum(&metrics, "ringfence_timeline_facts") == 0.0
    });
    scene.produce("cdr", &dozen(too_late, clock().0));
    scene.wait("what comes too late is refused", || scene.dead_letters().len() == 12);
    assert_eq!(scene.dead_letters(), [RejectCode::TooLate; 12]);

    engine.stop_flag().set();
    engine.join().expect("it ends in order");
    assert_eq!(scene.statuses(too_late), []);
    assert_eq!(scene.statuses(early).last(), Some(&Status::Closed), "a closed violation stays as it was");
}
