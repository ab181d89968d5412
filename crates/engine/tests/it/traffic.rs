//! Calls and complaints with a known outcome.

use ringfence_kafka_for_tests::NewRecord;

/// Where the traffic begins, in milliseconds since 1970; its records arrive when they happen.
pub(crate) const BASE: i64 = 1_790_000_000_000;
/// Between two calls of all numbers together.
const STEP_MS: i64 = 250;
/// Numbers that call now and then.
const QUIET: usize = 180;
/// Numbers that call often enough to break the rule of the test pack.
const BUSY: usize = 20;

/// Calls of all numbers together after which the busy numbers take turns.
const TURN: usize = 1_500;

/// Calls `from..to` of an endless sequence. A busy number makes up to every fortieth of them while it is its turn, so
/// that its offences begin and end.
pub(crate) fn calls(from: usize, to: usize) -> Vec<NewRecord> {
    (from..to).map(call).collect()
}

fn call(at: usize) -> NewRecord {
    let busy = (at / 2) % BUSY;
    let is_its_turn = (at / TURN + busy).is_multiple_of(3);
    let number = if at.is_multiple_of(2) && is_its_turn { busy } else { BUSY + (at / 2) % QUIET };
    let number = format!("+8613000{number:06}");
    let time = BASE + at as i64 * STEP_MS;
    let value = format!(
        r#"{{"recordId":"c-{at}","recordType":"moCall","callingNumber":"{number}","calledNumber":"+8613100{:06}","seizureTime":{time},"callDuration":{},"causeForTerm":0}}"#,
        at % 997,
        at % 60 + 1,
    );
    NewRecord::new(number, value).at(time)
}

/// Complaints `from..to`, about busy numbers.
pub(crate) fn complaints(from: usize, to: usize) -> Vec<NewRecord> {
    (from..to).map(complaint).collect()
}

fn complaint(at: usize) -> NewRecord {
    let number = format!("+8613000{:06}", at % 5);
    let time = BASE + at as i64 * 40 * STEP_MS;
    let value = format!(
        r#"{{"complaintId":"k-{at}","complainedNumber":"{number}","complainantNumber":"+8613200{at:06}","receivedTime":{time},"category":"harassment","status":"alleged","source":"test"}}"#
    );
    NewRecord::new(number, value).at(time)
}
