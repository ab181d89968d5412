//! Inputs that are written otherwise than the contract's JSON: several records a message, and a restart with another
//! dialect.

use std::sync::Arc;

use ringfence_cdr::dialect::DialectTexts;
use ringfence_cdr::{EventTime, RejectCode};
use ringfence_rules::Tables;
use ringfence_task::{
    Applied, DIALECT_BYTES_MAX, Entry, Event, Follow, Grant, JournalRecord, Judge, RawRecord, Reading, ReadingError,
    ReadingSettings, Refusal, Setup, Source, Step, Task, Timestamp, WallClock,
};

use crate::stand::{BASE, BUSY, CALLS, at_end, commit, judging, next_of, pack, setup_of, source};

/// The dialect of an exchange whose caller stands in this column.
fn own(caller: &str) -> DialectTexts {
    let text = format!(
        "dialect: own\nformat: jsonl\nonly: state != \"test\"\nfields:\n  recordId: '{{topic}}:{{offset}}:{{ordinal}}'\n  callingNumber: {caller}\n  calledNumber: b\n  seizureTime: {{from: t, format: epoch_ms}}\n"
    );
    DialectTexts::of_file("own.yaml", &text).expect("compiles")
}

fn settings(dialect: Option<DialectTexts>) -> ReadingSettings {
    ReadingSettings {
        sources: vec![Source { dialect, ..source(CALLS) }],
        partitions: 1,
        record_bytes: 1 << 20,
        number_bytes: 256 << 20,
    }
}

fn reading(dialect: Option<DialectTexts>) -> Setup {
    let reading = Reading::new(settings(dialect)).expect("good settings");
    Setup { reading: Arc::new(reading), ..setup_of(&[CALLS], 1) }
}

/// A call of a number that this letter stands for.
fn call(caller: u32, second: i64) -> String {
    format!(
        r#"{{"a":"+1555010000{caller}","z":"+15550100042","b":"+15550100099","t":{},"state":"done"}}"#,
        BASE + second * 1_000
    )
}

/// What lies in the topic.
fn messages() -> Vec<String> {
    let lines = format!("{}\n{}\nnot json\n{}\n", call(1, 1), call(2, 1), call(1, 2));
    let tested = call(3, 3).replace("done", "test");
    vec![call(1, 0), lines, format!("[{},{tested},7]", call(2, 3)), "[]".to_owned(), call(1, 4), "x".to_owned()]
}

fn raw(messages: &[String], from: i64, next: i64) -> impl Iterator<Item = RawRecord<'_>> {
    (from..next).map(|offset| RawRecord {
        offset,
        timestamp: Some(Timestamp::Appended(EventTime(BASE + offset * 1_000))),
        value: Some(messages[offset as usize].as_bytes()),
    })
}

fn feed(task: &mut Task, messages: &[String], from: i64, next: i64) -> Applied {
    let input = task.input(CALLS).expect("its input");
    let clock = WallClock::right(EventTime(BASE + 60_000));
    match task.step(Step::Records { input, records: &mut raw(messages, from, next), clock }).expect("takes them") {
        Event::Applied(applied) => applied,
        event => panic!("records are applied, not {event:?}"),
    }
}

fn follow(task: &mut Task, messages: &[String], journal: &[JournalRecord]) -> Result<(), Refusal> {
    for (record, offset) in journal.iter().zip(0..) {
        let mut event = task.step(Step::Follow(Follow { offset, record, pack: None, lists: &Tables::none() }))?;
        while let Event::Wanted(wanted) = event {
            let mut records = raw(messages, wanted.from, wanted.next);
            task.step(Step::Repeat { input: wanted.input, records: &mut records })?;
            event = task.step(Step::End { input: wanted.input, next: wanted.next, high: wanted.next })?;
        }
    }
    Ok(())
}

fn state(task: &Task) -> Vec<u8> {
    task.shard().snapshot().expect("encodes")
}

#[test]
fn c1_records_are_counted_and_a_slice_counts_messages() {
    let mut task = judging(reading(Some(own("a"))));
    let rejected = feed(&mut task, &messages(), 0, 6).rejected;
    let places: Vec<_> = rejected
        .iter()
        .map(|rejection| (rejection.offset, rejection.piece.as_ref().map(|piece| piece.ordinal), rejection.reject.code))
        .collect();
    let bad = RejectCode::NotAnObject;
    assert_eq!(places, [(1, Some(2), bad), (2, Some(2), bad), (5, None, bad)]);
    let piece = rejected[0].piece.clone().expect("one of several");
    assert_eq!(&messages()[1][piece.bytes], "not json");
    let cut = commit(&mut task, 60);
    let (_, counts) = &cut.counts[0];
    assert_eq!((counts.records, counts.inserted, counts.filtered, counts.rejected.total()), (10, 6, 1, 3));
    assert_eq!(counts.bytes, messages().iter().map(|message| message.len() as u64).sum::<u64>());
    let journal = cut.journal.expect("is journaled");
    assert_eq!(journal.slices().collect::<Vec<_>>(), [(CALLS, 0, 6)]);
}

#[test]
fn a_message_without_records_moves_time_and_counts_as_none() {
    let mut task = judging(reading(Some(own("a"))));
    feed(&mut task, &messages(), 3, 4);
    let before = task.shard().shard_time();
    assert_eq!(before, Some(EventTime(BASE + 3_000)), "it has arrived");
    let cut = commit(&mut task, 60);
    assert_eq!((cut.counts[0].1.records, cut.counts[0].1.bytes), (0, 2));
    assert_eq!(cut.journal.expect("is journaled").slices().collect::<Vec<_>>(), [(CALLS, 0, 4)]);
}

#[test]
fn a_message_is_applied_whole_however_few_records_an_epoch_may_have() {
    let mut task = judging(reading(Some(own("a"))));
    task.limit_epoch(2);
    let input = task.input(CALLS).expect("its input");
    let messages = messages();
    let mut records = raw(&messages, 0, 6);
    let clock = WallClock::right(EventTime(BASE + 60_000));
    task.step(Step::Records { input, records: &mut records, clock }).expect("takes some");
    assert_eq!((next_of(&task, CALLS), task.records_since_cut(), task.is_full()), (2, 5, true));
}

#[test]
fn r1_what_was_read_by_a_dialect_is_replayed_by_it_whatever_the_restart_brings() {
    let messages = messages();
    let mut task = judging(reading(Some(own("a"))));
    feed(&mut task, &messages, 0, 2);
    let mut journal = vec![commit(&mut task, 10).journal.expect("is journaled")];
    let snapshot = task.snapshot().expect("encodes").expect("nothing is under way");
    feed(&mut task, &messages, 2, 4);
    journal.push(commit(&mut task, 20).journal.expect("is journaled"));
    let after_two = state(&task);

    // A process with another dialect, from the snapshot: what lies behind it is read as it was.
    for other in [None, Some(own("z"))] {
        let mut again = Task::restored(&snapshot, &Tables::none(), reading(other), Grant(6), 2).expect("fits");
        follow(&mut again, &messages, &journal).expect("follows");
        assert_eq!(state(&again), after_two);
    }
    // And from the beginning, by a process that knows the old one from the journal alone.
    let mut again =
        Task::from_the_beginning(&journal[0], pack(BUSY), reading(Some(own("z"))), Grant(6), 2).expect("fits");
    follow(&mut again, &messages, &journal).expect("follows");
    assert_eq!(state(&again), after_two);

    // Then its own is in force, and the journal says so.
    let event = again.step(Step::Judge(Judge { journal_next: 2, starts: &[] })).expect("it may");
    assert!(matches!(event, Event::Judging { has_switched: true }));
    feed(&mut again, &messages, 4, 5);
    at_end(&mut again, &[CALLS]);
    let last = commit(&mut again, 30).journal.expect("is journaled");
    assert_eq!(last.new_settings(), Some(&settings(Some(own("z")))));
    assert!(matches!(last.entries[..], [Entry::Sources(_), Entry::Clock(..), Entry::Slice(0, 4, 5)]));
    assert_eq!(again.shard().counts().numbers, 3, "the last call was read by the other dialect");

    journal.push(last);
    let mut third = Task::restored(&snapshot, &Tables::none(), reading(None), Grant(7), 3).expect("fits");
    follow(&mut third, &messages, &journal).expect("follows both dialects");
    assert_eq!(state(&third), state(&again));
}

#[test]
fn dialects_that_no_journal_record_can_carry_are_refused() {
    let large = |length: usize| {
        let text = format!("dialect: own\nextends: asterisk\n# {}\n", "x".repeat(length));
        DialectTexts::of_file("own.yaml", &text).expect("compiles")
    };
    assert!(Reading::new(settings(Some(large(DIALECT_BYTES_MAX / 2)))).is_ok());
    let error = Reading::new(settings(Some(large(DIALECT_BYTES_MAX)))).expect_err("is too large");
    assert!(matches!(error, ReadingError::Dialects { .. }), "{error}");
}
