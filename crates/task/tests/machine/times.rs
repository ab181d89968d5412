//! What moves shard time, and what does not: arrivals, the clock that producers' timestamps are held against, ticks.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, RejectCode};
use ringfence_rules::Tables;
use ringfence_task::{Commit, Entry, Event, Follow, Grant, JournalRecord, RawRecord, Step, Task, Timestamp, WallClock};

use crate::stand::{BASE, CALLS, OTHERS, at_end, call_at, commit, feed, judging, next_of, pack, setup};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;
/// The first of January of 2100.
const CENTURY: i64 = 4_102_444_800_000;

/// What a record holds.
#[derive(Clone, Copy)]
enum Holds {
    /// A call at this time.
    Call(i64),
    /// Nothing that can be read.
    Garbage,
}

/// A shard with its inputs: what it was given can be read again.
struct Scene {
    task: Task,
    inputs: BTreeMap<&'static str, Vec<(Timestamp, Vec<u8>)>>,
    journal: Vec<JournalRecord>,
}

fn appended(at: i64) -> Timestamp {
    Timestamp::Appended(EventTime(at))
}

fn created(at: i64) -> Timestamp {
    Timestamp::Created(EventTime(at))
}

fn right(now: i64) -> WallClock {
    WallClock::right(EventTime(now))
}

impl Scene {
    /// Both inputs have been read up to the time at which the stand begins.
    fn new() -> Self {
        let mut scene = Self { task: judging(setup()), inputs: BTreeMap::new(), journal: Vec::new() };
        for topic in [CALLS, OTHERS] {
            assert_eq!(scene.read(topic, appended(BASE), Holds::Call(BASE), right(BASE)), None);
        }
        scene
    }

    /// The shard reads one more record; why it was not taken, if it was not.
    fn read(&mut self, topic: &'static str, at: Timestamp, holds: Holds, clock: WallClock) -> Option<RejectCode> {
        let offset = next_of(&self.task, topic);
        let value = match holds {
            Holds::Call(time) => call_at(topic, offset, time),
            Holds::Garbage => b"no record".to_vec(),
        };
        let input = self.task.input(topic).expect("an input");
        let mut record = std::iter::once(RawRecord { offset, timestamp: Some(at), value: Some(&value) });
        let event = self.task.step(Step::Records { input, records: &mut record, clock }).expect("takes it");
        let Event::Applied(applied) = event else { panic!("records are applied, not {event:?}") };
        self.inputs.entry(topic).or_default().push((at, value));
        applied.rejected.first().map(|it| it.reject.code)
    }

    fn commit(&mut self, at: i64) -> Commit {
        let commit = commit(&mut self.task, (at - BASE) / 1_000);
        self.journal.extend(commit.journal.clone());
        commit
    }

    fn shard_time(&self) -> i64 {
        self.task.shard().shard_time().expect("all inputs have spoken").0
    }

    fn state(&self) -> Vec<u8> {
        self.task.shard().snapshot().expect("encodes")
    }

    /// The state after a crash, found by the journal alone.
    fn replayed(&self) -> Vec<u8> {
        let until = self.journal.len() as u64;
        let mut task = Task::from_the_beginning(&self.journal[0], pack(crate::stand::BUSY), setup(), Grant(6), until)
            .expect("it begins there");
        for (record, offset) in self.journal.iter().zip(0..) {
            let mut event =
                task.step(Step::Follow(Follow { offset, record, pack: None, lists: &Tables::none() })).expect("fits");
            while let Event::Wanted(wanted) = event {
                let held = &self.inputs[&*wanted.topic];
                let records = held.iter().zip(0..).map(|((at, value), offset)| RawRecord {
                    offset,
                    timestamp: Some(*at),
                    value: Some(value),
                });
                let mut records = records.skip(wanted.from as usize);
                task.step(Step::Repeat { input: wanted.input, records: &mut records }).expect("are those wanted");
                let end = Step::End { input: wanted.input, next: wanted.next, high: wanted.next };
                event = task.step(end).expect("ends there");
            }
        }
        task.into_shard().snapshot().expect("encodes")
    }
}

#[test]
fn a_record_that_is_rejected_for_its_times_moves_no_time() {
    let mut scene = Scene::new();
    for (event_after, arrives_after, code) in [
        (0, YEAR, RejectCode::TooLate),
        (2 * YEAR, YEAR, RejectCode::FromTheFuture),
        // In seconds, at the first instant of 1970, in the year 2253.
        (BASE / 1_000 - BASE, HOUR, RejectCode::ImplausibleTime),
        (-BASE, HOUR, RejectCode::ImplausibleTime),
        (BASE * 4, HOUR, RejectCode::ImplausibleTime),
    ] {
        for topic in [CALLS, OTHERS] {
            let holds = Holds::Call(BASE + event_after);
            assert_eq!(scene.read(topic, appended(BASE + arrives_after), holds, right(BASE)), Some(code));
        }
        assert_eq!(scene.shard_time(), BASE);
    }
    scene.commit(BASE);
    assert!(scene.replayed() == scene.state());
}

#[test]
fn a_record_that_cannot_be_read_moves_time_all_the_same() {
    let mut scene = Scene::new();
    for topic in [CALLS, OTHERS] {
        let code = scene.read(topic, appended(BASE + HOUR), Holds::Garbage, right(BASE));
        assert_eq!(code, Some(RejectCode::NotAnObject));
    }
    assert_eq!(scene.shard_time(), BASE + HOUR);
    scene.commit(BASE + HOUR);
    assert!(scene.replayed() == scene.state());
}

/// That a call is still held depends on what had moved time when it was read.
#[test]
fn r1_a_replay_passes_over_what_cannot_be_read_when_it_was_read() {
    let mut scene = Scene::new();
    let (now, before) = (BASE + 100 * DAY, BASE - DAY);
    assert_eq!(scene.read(OTHERS, appended(now), Holds::Call(now), right(now)), None);
    assert_eq!(scene.read(OTHERS, appended(before), Holds::Call(before), right(now)), None);
    assert_eq!(scene.read(CALLS, appended(now), Holds::Garbage, right(now)), Some(RejectCode::NotAnObject));
    assert_eq!(
        scene.read(OTHERS, appended(before), Holds::Call(before), right(now)),
        Some(RejectCode::TooLate),
        "time has moved past it"
    );
    scene.commit(now);
    assert!(scene.replayed() == scene.state());
}

/// All that a producer can do whose clock is at the turn of the century, also to a shard that is far behind: its calls of
/// today are taken, and no time moves.
#[test]
fn a_producer_with_a_clock_far_ahead_moves_no_time() {
    for now in [BASE + 60_000, BASE + 300 * DAY] {
        let mut scene = Scene::new();
        let busy = (1..4).map(|at| BASE + at * 1_000);
        for at in busy {
            assert_eq!(scene.read(CALLS, created(at), Holds::Call(at), right(now)), None);
            assert_eq!(scene.read(OTHERS, created(at), Holds::Garbage, right(now)), Some(RejectCode::NotAnObject));
        }
        let opened = scene.commit(now);
        assert_eq!(opened.outputs.len(), 1, "a violation is open");
        let (time, facts) = (scene.shard_time(), scene.task.shard().counts().facts);
        for topic in [CALLS, OTHERS] {
            for holds in [Holds::Garbage, Holds::Call(CENTURY), Holds::Call(CENTURY + YEAR)] {
                assert!(scene.read(topic, created(CENTURY), holds, right(now)).is_some());
            }
        }
        let commit = scene.commit(now);
        assert_eq!(commit.outputs.len(), 0, "nothing has ended");
        assert_eq!(commit.counts.iter().map(|(_, counts)| counts.ahead).collect::<Vec<_>>(), [3, 3]);
        assert_eq!((scene.shard_time(), scene.task.shard().counts().facts), (time, facts));
        let next = BASE + 5_000;
        assert_eq!(scene.read(OTHERS, created(next), Holds::Call(next), right(now)), None, "nothing has settled");
        assert!(scene.task.shard().next_wake().is_some());
    }
}

#[test]
fn a_call_of_today_is_taken_though_its_producer_has_another_century() {
    let mut scene = Scene::new();
    let now = BASE + 60_000;
    for topic in [CALLS, OTHERS] {
        assert_eq!(scene.read(topic, created(CENTURY), Holds::Call(now - 1), right(now)), None);
    }
    assert_eq!(scene.shard_time(), BASE);
    assert_eq!(
        scene.read(CALLS, appended(CENTURY), Holds::Call(now - 1), right(now)),
        Some(RejectCode::TooLate),
        "the broker's word stands"
    );
}

#[test]
fn a_producer_that_is_a_little_ahead_moves_time_to_the_clock() {
    let mut scene = Scene::new();
    let now = BASE + HOUR;
    for topic in [CALLS, OTHERS] {
        assert_eq!(scene.read(topic, created(now + 60_000), Holds::Call(now), right(now)), None);
    }
    assert_eq!(scene.shard_time(), now);
}

/// Most producers agree that the clock of the engine is behind: what they say of their calls is believed, and time waits
/// for the clock.
#[test]
fn a_clock_that_is_behind_rejects_no_calls_and_is_moved_by_none() {
    let now = BASE + HOUR;
    let behind = WallClock { now: EventTime(BASE), latest: EventTime(now) };
    let mut scene = Scene::new();
    scene.commit(BASE);
    for topic in [CALLS, OTHERS] {
        assert_eq!(scene.read(topic, created(now), Holds::Call(now), behind), None);
        assert_eq!(scene.read(topic, created(CENTURY), Holds::Call(CENTURY), behind), Some(RejectCode::FromTheFuture));
    }
    assert_eq!(scene.shard_time(), BASE);
    scene.commit(BASE);
    assert_eq!(scene.journal[1].entries[0], Entry::Clock(BASE, now));
    assert!(scene.replayed() == scene.state());
}

/// A replay reads no clock: it goes by those that the journal names, whatever the time is by then.
#[test]
fn r1_a_replay_goes_by_the_clocks_that_the_journal_names() {
    let told = |clock: i64| {
        let mut scene = Scene::new();
        scene.commit(BASE);
        for (after, topic) in [(30_000, CALLS), (40_000, OTHERS), (7 * 60_000, CALLS), (8 * 60_000, OTHERS)] {
            scene.read(topic, created(BASE + after), Holds::Call(BASE + after), right(clock));
            scene.read(topic, created(CENTURY), Holds::Call(BASE + after + 1), right(clock));
        }
        scene.commit(BASE + HOUR);
        scene
    };
    let (slow, fast) = (told(BASE + 60_000), told(BASE + HOUR));
    assert!(slow.state() != fast.state(), "it matters which clock they were read by");
    for scene in [slow, fast] {
        assert!(scene.replayed() == scene.state());
    }
}

#[test]
fn an_epoch_that_lasts_is_read_by_the_clock_of_each_second() {
    let mut scene = Scene::new();
    scene.commit(BASE);
    let clocks = [0, 999, 1_000, 1_500, 400_000, 300_000];
    for after in clocks {
        let at = BASE + after;
        assert_eq!(scene.read(CALLS, created(at), Holds::Call(at), right(at)), None, "{after}");
    }
    scene.commit(BASE + HOUR);
    let entries = &scene.journal[1].entries;
    let clocks = entries.iter().filter_map(|entry| match entry {
        Entry::Clock(now, _) => Some(now - BASE),
        _ => None,
    });
    assert_eq!(clocks.collect::<Vec<_>>(), [0, 1_000, 400_000]);
    assert!(scene.replayed() == scene.state());
}

#[test]
fn a_tick_does_not_pass_over_a_transaction_that_is_open_still() {
    let mut task = judging(setup());
    feed(&mut task, CALLS, 0, 3).expect("takes them");
    feed(&mut task, OTHERS, 0, 3).expect("takes them");
    at_end(&mut task, &[CALLS, OTHERS]);
    let (input, next) = (task.input(CALLS).expect("an input"), next_of(&task, CALLS));
    let before = task.shard().shard_time();
    task.step(Step::End { input, next, high: next + 2 }).expect("it may");
    commit(&mut task, 60);
    assert_eq!(task.shard().shard_time(), before, "two records are still to come");
    task.step(Step::End { input, next: next + 3, high: next + 3 }).expect("it may");
    let tick: EventTime = commit(&mut task, 61).tick;
    assert_eq!(task.shard().shard_time(), Some(tick), "they were aborted");
}
