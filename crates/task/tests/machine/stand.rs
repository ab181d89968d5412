//! A task of two inputs on a stand: fed by hand, with a journal that can be looked at and bent.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_cdr::{EventTime, PlausibleTimes, RecordKind};
use ringfence_rules::{PackFiles, Tables};
use ringfence_task::{
    Applied, Commit, Cut, Event, Follow, Grant, JournalRecord, Judge, Lineage, PackInForce, RawRecord, Reading,
    ReadingSettings, Refusal, Setup, ShardId, Source, SourceKey, SourceKeyForm, SourceNumbers, SourcePartitioner, Step,
    TableReleases, Task, Timestamp, WallClock,
};

pub(crate) const CALLS: &str = "calls";
pub(crate) const OTHERS: &str = "others";
/// An input that comes later; it is read from its third record on.
pub(crate) const ADDED: &str = "added";
/// The arrival of the first record.
pub(crate) const BASE: i64 = 1_790_000_000_000;

/// A rule that two calls break.
pub(crate) const BUSY: &str =
    "rule: busy\ntitle: t\nbasis: b\nkey: callingNumber\nlet: {calls: count() over 1h}\nwhen: [calls > 1]\n";

pub(crate) fn pack(rule: &str) -> PackInForce {
    PackInForce::compile(&PackFiles::new().with("busy.yaml", rule), false).expect("a good pack").0
}

pub(crate) fn source(topic: &str) -> Source {
    Source {
        topic: topic.to_owned(),
        kind: RecordKind::Cdr,
        dialect: None,
        key: SourceKey { form: SourceKeyForm::E164, partitioner: SourcePartitioner::Murmur2 },
        numbers: SourceNumbers::International,
        served: false,
        counts: Vec::new(),
        times: PlausibleTimes::USUAL,
    }
}

pub(crate) fn setup_of(topics: &[&str], partitions: i32) -> Setup {
    let reading = Reading::new(ReadingSettings {
        sources: topics.iter().map(|topic| source(topic)).collect(),
        partitions,
        record_bytes: 1 << 20,
        number_bytes: 256 << 20,
    });
    let ids = topics.iter().chain(&["journal"]).map(|topic| ((*topic).to_owned(), format!("id of {topic}")));
    Setup {
        release: "test",
        releases: TableReleases::built_in(),
        lineage: Lineage { cluster: "cluster".to_owned(), topics: ids.collect() },
        pack: pack(BUSY),
        tables: Tables::none(),
        reading: Arc::new(reading.expect("good settings")),
        retired: BTreeSet::new(),
        decoded_bytes_max: 1 << 20,
    }
}

pub(crate) fn setup() -> Setup {
    setup_of(&[CALLS, OTHERS], 1)
}

/// A shard that starts for the first time and judges.
pub(crate) fn judging(setup: Setup) -> Task {
    let mut task = Task::first(ShardId::number(0), Grant(5), setup, EventTime::MIN);
    let starts = &[(CALLS, 0), (OTHERS, 0), (ADDED, 2)];
    let event = task.step(Step::Judge(Judge { journal_next: 0, starts })).expect("it may");
    assert!(matches!(event, Event::Judging { has_switched: false }));
    task
}

/// The call at an offset of either input: one a second, all of one number.
fn call(topic: &str, offset: i64) -> Vec<u8> {
    call_at(topic, offset, BASE + offset * 1_000)
}

/// The same at another time.
pub(crate) fn call_at(topic: &str, offset: i64, time: i64) -> Vec<u8> {
    format!(
        r#"{{"recordId":"{topic}-{offset}","recordType":"moCall","callingNumber":"+8613000000001","calledNumber":"+8613100000001","seizureTime":{time}}}"#
    )
    .into_bytes()
}

/// The values of an input's records between two offsets.
fn values(topic: &str, from: i64, next: i64) -> Vec<(i64, Vec<u8>)> {
    (from..next).map(|offset| (offset, call(topic, offset))).collect()
}

/// Records with these values; each arrives at its second.
fn records(values: &[(i64, Vec<u8>)]) -> impl ExactSizeIterator<Item = RawRecord<'_>> {
    values.iter().map(|(offset, value)| RawRecord {
        offset: *offset,
        timestamp: Some(Timestamp::Appended(EventTime(BASE + offset * 1_000))),
        value: Some(value),
    })
}

/// Gives a task records of an input, up to an offset; how many it left.
pub(crate) fn feed(task: &mut Task, topic: &str, from: i64, next: i64) -> Result<(Applied, usize), Refusal> {
    let values = values(topic, from, next);
    let mut records = records(&values);
    let input = task.input(topic).expect("one of its inputs");
    let clock = WallClock::right(EventTime(BASE));
    match task.step(Step::Records { input, records: &mut records, clock })? {
        Event::Applied(applied) => Ok((applied, records.len())),
        event => panic!("records are applied, not {event:?}"),
    }
}

/// Where a task reads on in an input.
pub(crate) fn next_of(task: &Task, topic: &str) -> i64 {
    task.inputs().find(|input| *input.topic == *topic).expect("one of its inputs").next
}

/// Tells a task that inputs have been read to their end.
pub(crate) fn at_end(task: &mut Task, topics: &[&str]) {
    for topic in topics {
        let (input, next) = (task.input(topic).expect("an input"), next_of(task, topic));
        task.step(Step::End { input, next, high: next }).expect("it may");
    }
}

/// Cuts an epoch at a second of the stand's time, and takes it as committed.
pub(crate) fn commit(task: &mut Task, second: i64) -> Commit {
    let clock = EventTime(BASE + second * 1_000);
    let event = task.step(Step::Cut(Cut { clock, owner: "owner-1", with_snapshot: false })).expect("it may");
    let Event::Cut(commit) = event else { panic!("a cut, not {event:?}") };
    let offset = commit.sequence as i64 - 1;
    let event = task.step(Step::Committed { offset }).expect("it may");
    assert!(matches!(event, Event::Committed(None)));
    *commit
}

/// The journal of a shard that made three commits: two slices, one slice, and a tick alone.
pub(crate) fn journal() -> Vec<JournalRecord> {
    let mut task = judging(setup());
    feed(&mut task, CALLS, 0, 3).expect("takes them");
    feed(&mut task, OTHERS, 0, 2).expect("takes them");
    let first = commit(&mut task, 10);
    feed(&mut task, CALLS, 3, 5).expect("takes them");
    let second = commit(&mut task, 20);
    at_end(&mut task, &[CALLS, OTHERS]);
    let third = commit(&mut task, 30);
    [first, second, third].map(|commit| commit.journal.expect("is journaled")).into()
}

/// Lets a task follow a journal to its end.
pub(crate) fn follow(task: &mut Task, journal: &[JournalRecord]) -> Result<(), Refusal> {
    for (record, offset) in journal.iter().zip(0..) {
        let event = task.step(Step::Follow(Follow { offset, record, pack: None, lists: &Tables::none() }))?;
        repeat(task, event)?;
    }
    Ok(())
}

/// Feeds a task what it wants, until it has followed the record.
pub(crate) fn repeat(task: &mut Task, mut event: Event) -> Result<(), Refusal> {
    while let Event::Wanted(wanted) = event {
        let values = values(&wanted.topic, wanted.from, wanted.next);
        task.step(Step::Repeat { input: wanted.input, records: &mut records(&values) })?;
        event = task.step(Step::End { input: wanted.input, next: wanted.next, high: wanted.next })?;
    }
    Ok(())
}

/// A task that follows a journal from its first record and then judges.
pub(crate) fn replayed(setup: Setup, journal: &[JournalRecord]) -> Result<Task, Refusal> {
    let until = journal.last().map_or(0, |last| last.sequence);
    // As it was read at first; by a snapshot of that, one under another setup goes on.
    let mut task = Task::from_the_beginning(&journal[0], pack(BUSY), self::setup(), Grant(6), 1)?;
    follow(&mut task, &journal[..1])?;
    task.step(Step::Judge(Judge { journal_next: 1, starts: &[] }))?;
    let snapshot = task.snapshot()?.expect("nothing is under way");
    let mut task = Task::restored(&snapshot, &Tables::none(), setup, Grant(6), until)?;
    follow(&mut task, journal)?;
    task.step(Step::Judge(Judge { journal_next: journal.len() as i64, starts: &[(ADDED, 2)] }))?;
    Ok(task)
}
