//! Law K-1, for what facts cost: a record costs what it changes, whatever its number already holds. Held by counters of
//! work, never by clocks. What judging costs is held elsewhere.

use ringfence_cdr::{Answer, Cdr, Complaint, EventTime, Fingerprint, Leg, Millis, Number, Part, Record};
use ringfence_evaluator::{Delivery, ShardClock, ShardOptions};
use ringfence_oracle::PackWithLists;
use ringfence_rules::Key;
use ringfence_timeline::Work;

use crate::found::{START, WARN, call, complaint, pack};
use crate::run::Run;
use crate::steps::{CALLS, COMPLAINTS, LIVE, Step};

/// The work of an archive of so many records, a commit each hundred, and what one costs.
fn work(pack: &PackWithLists, options: &ShardOptions, count: u32, record: &dyn Fn(u32) -> Record) -> Work {
    let mut run = Run::new(pack, options.clone());
    let records: Vec<u32> = (0..count).collect();
    for commit in records.chunks(100) {
        let deliveries = commit.iter().map(|n| {
            let record = record(*n);
            let input = if matches!(record, Record::Call(_)) { CALLS } else { COMPLAINTS };
            Delivery { input, arrival: None, record }
        });
        let deliveries: Vec<Delivery> = deliveries.collect();
        let tick = deliveries.iter().map(|delivery| time_of(&delivery.record)).max();
        run.step(&Step { deliveries, tick: tick.filter(|_| options.clock == LIVE), end: None });
    }
    assert_eq!(run.outcomes.len(), count as usize);
    run.shard.work()
}

fn time_of(record: &Record) -> EventTime {
    match record {
        Record::Call(call) => call.at,
        Record::Complaint(complaint) => complaint.at,
    }
}

/// Four times the records cost at most six times the work, and no record more than a few chunks.
fn grows_with_the_records(name: &str, pack: &PackWithLists, options: &ShardOptions, record: &dyn Fn(u32) -> Record) {
    grows_from(4_000, name, pack, options, record);
}

/// The same, with so many records at first.
fn grows_from(few: u32, name: &str, pack: &PackWithLists, options: &ShardOptions, record: &dyn Fn(u32) -> Record) {
    let many = 4 * few;
    let (of_few, of_many) = (work(pack, options, few, record), work(pack, options, many, record));
    assert!(of_many.total() <= 6 * of_few.total(), "{name}: {of_few:?} for {few} records, {of_many:?} for {many}");
    assert!(of_many.total() <= u64::from(many) * 512, "{name}: {of_many:?} for {many} records");
}

/// A pack whose rule reads no calls, so that nothing is judged.
fn facts_alone() -> PackWithLists {
    pack(WARN, &[("hated", "count() of complaints over 10s", "value >= 1")])
}

fn archive() -> ShardOptions {
    ShardOptions { clock: ShardClock::Archive, ..ShardOptions::default() }
}

fn seconds(seconds: u32) -> Millis {
    Millis(i64::from(seconds) * 1000)
}

/// Numbers up to two million in no order, none twice.
fn mixed(n: u32) -> u32 {
    n.wrapping_mul(0x9e37_79b1) >> 11
}

fn part(n: u32, number: u32, reference: u32, after: Millis) -> Record {
    let part = Part { reference: format!("switch-1 {reference}").into(), sequence_number: number };
    Record::Call(Cdr { part: Some(part), ..call(n, after) })
}

/// A leg of a second, answered or not.
fn leg(n: u32, key: u32, after: Millis, answered: bool) -> Record {
    let answer = if answered { Answer::Answered } else { Answer::Unanswered };
    let leg = Leg { key: Fingerprint(key), ended: START.plus(after).plus(seconds(1)) };
    Record::Call(Cdr { leg: Some(leg), answer, ..call(n, after) })
}

fn hated_by(n: u32, after: Millis) -> Record {
    let complainant = Some(Number::new(&format!("+1202666{n:07}")));
    Record::Complaint(Complaint { complainant, fingerprint: Fingerprint(n), ..complaint(n, after) })
}

#[test]
fn k1_calls_cost_what_they_change() {
    let pack = facts_alone();
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &pack, &archive(), record);
    each("in order", &|n| Record::Call(call(n, seconds(n))));
    each("the last first", &|n| Record::Call(call(n, seconds(1_000_000 - n))));
    each("in no order", &|n| Record::Call(call(n, seconds(mixed(n)))));
    each("at one instant", &|n| Record::Call(call(mixed(n), Millis(0))));
    each("again and again", &|n| Record::Call(call(n % 1000, seconds(n % 1000))));
}

#[test]
fn k1_parts_cost_what_they_change() {
    let pack = facts_alone();
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &pack, &archive(), record);
    each("of one call", &|n| part(n, n, 1, seconds(60 * n)));
    each("of one call, in no order", &|n| part(n, mixed(n), 1, seconds(mixed(n))));
    each("with one number", &|n| part(n, 1, 1, seconds(60 * n)));
    each("of a call each", &|n| part(n, 1, n, seconds(60 * n)));
    each("at one instant", &|n| part(n, n, 1, Millis(0)));
    each("among whole calls", &|n| {
        if n % 2 == 0 { part(n, n, 1, seconds(n)) } else { Record::Call(call(n, seconds(n))) }
    });
}

#[test]
fn k1_legs_cost_what_they_change() {
    let pack = facts_alone();
    let live = ShardOptions { clock: LIVE, ..ShardOptions::default() };
    for options in [archive(), live] {
        let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &pack, &options, record);
        each("of one attempt", &|n| leg(n, 1, seconds(60 * n), false));
        each("of one key, each answered", &|n| leg(n, 1, seconds(60 * n), true));
        each("at one instant", &|n| leg(n, 1, Millis(0), n % 2 == 0));
        each("of a key each", &|n| leg(n, n, seconds(60 * n), true));
        each("of three each", &|n| leg(n, n / 3, seconds(20 * n), n % 3 == 2));
    }
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &pack, &archive(), record);
    each("of one attempt, in no order", &|n| leg(n, 1, seconds(mixed(n)), false));
    each("of one attempt, which every tenth cuts", &|n| leg(n, 1, seconds(mixed(n)), n % 10 == 9));
    each("of a key each, in no order", &|n| leg(n, mixed(n), seconds(mixed(n)), true));
}

#[test]
fn k1_complaints_cost_what_they_change() {
    let pack = pack(WARN, &[("busy", "count() over 10s", "value >= 1000")]);
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &pack, &archive(), record);
    each("in order", &|n| hated_by(n, seconds(n)));
    each("in no order", &|n| hated_by(n, seconds(mixed(n))));
    each("of one instant", &|n| hated_by(mixed(n), Millis(0)));
    each("versions of one", &|n| {
        Record::Complaint(Complaint { status_time: START.plus(seconds(n)), ..complaint(1, Millis(0)) })
    });
}

#[test]
fn k1_a_number_at_its_cap_costs_what_it_drops() {
    let pack = pack(WARN, &[("busy", "count() over 10s", "value >= 1000")]);
    let capped = ShardOptions { number_bytes_max: 64 << 10, ..archive() };
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &pack, &capped, record);
    each("calls", &|n| Record::Call(call(n, seconds(n))));
    each("complaints", &|n| hated_by(n, seconds(n)));
    each("parts", &|n| part(n, n, n / 50, seconds(60 * n)));
    each("legs of one attempt", &|n| leg(n, 1, seconds(60 * n), false));
    each("legs of a key each", &|n| leg(n, n, seconds(60 * n), true));
    // What a drop reads is the chunk in which it ends, not all that is held.
    let held = |bytes: usize| {
        work(&pack, &ShardOptions { number_bytes_max: bytes, ..archive() }, 40_000, &|n| {
            Record::Call(call(n, seconds(n)))
        })
        .total()
    };
    let (small, large) = (held(16 << 10), held(256 << 10));
    assert!(large <= small, "{small} at a small cap, {large} at one of sixteen times as much");
}

/// A rule of pairs that every call breaks.
fn every_pair() -> PackWithLists {
    let mut pack = pack(WARN, &[("pair", "count() over 1d", "value >= 1")]);
    pack.rules[0].key = Key::Pair;
    pack
}

fn to(n: u32, after: Millis) -> Cdr {
    let called_number = Number::new(&format!("+1202777{:07}", mixed(n)));
    Cdr { called_number, ..call(n, after) }
}

fn to_another(n: u32, after: Millis) -> Record {
    Record::Call(to(n, after))
}

#[test]
fn k1_episodes_cost_what_changes_of_them() {
    let often = pack(WARN, &[("often", "count() over 1s", "value >= 1")]);
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_from(2_000, name, &often, &archive(), record);
    each("in order", &|n| Record::Call(call(n, seconds(3 * n))));
    // Without a ladder: a strike that comes late counts for all that follow it within a year.
    let mut no_strikes = often.clone();
    no_strikes.rules[0].ladder = None;
    grows_from(2_000, "in no order", &no_strikes, &archive(), &|n| Record::Call(call(n, seconds(3 * mixed(n)))));
    grows_from(2_000, "of pairs", &every_pair(), &archive(), &|n| to_another(n, seconds(3 * n)));
}

/// A rule that looks at every call and never holds.
fn never() -> PackWithLists {
    pack(WARN, &[("never", "sum(callDuration) over 1d", "value >= 1000h")])
}

#[test]
fn k1_judging_calls_costs_what_they_change() {
    let pack = never();
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &pack, &archive(), record);
    each("in order", &|n| Record::Call(call(n, seconds(n))));
    each("at one instant", &|n| Record::Call(call(mixed(n), Millis(0))));
}

/// What a violation rests on is worked out when it is told, not with every call of the instant at which it opened.
#[test]
fn k1_what_an_open_violation_rests_on_costs_what_is_told_of_it() {
    let often = pack(WARN, &[("often", "count() over 1s", "value >= 10")]);
    for options in [archive(), ShardOptions { clock: LIVE, ..ShardOptions::default() }] {
        grows_with_the_records("at one instant", &often, &options, &|n| Record::Call(call(mixed(n), Millis(0))));
    }
}

/// A number that is far from any limit is not decoded to learn how far.
#[test]
fn k1_a_quiet_number_costs_what_it_changes() {
    let rare = pack(WARN, &[("rare", "count() over 1d", "value >= 100000000")]);
    grows_with_the_records("in order", &rare, &archive(), &|n| Record::Call(call(n, seconds(n))));
}

/// What is decoded of a number stays as its facts are evicted, also where windows began with some of them.
#[test]
fn k1_facts_that_are_evicted_cost_no_more_than_they_are() {
    let redial = pack(WARN, &[("redial", "count() over anchored 1m", "value >= 1000")]);
    for decoded_bytes_max in [256 << 20, 32 << 10] {
        let live = ShardOptions { clock: LIVE, decoded_bytes_max, ..ShardOptions::default() };
        let held_for = |lateness: Millis| {
            let mut pack = redial.clone();
            pack.lateness = lateness;
            work(&pack, &live, 16_000, &|n| Record::Call(call(n, seconds(2 * n)))).total()
        };
        let (little, much) = (held_for(Millis(15 * Millis::MINUTE.0)), held_for(Millis(4 * Millis::HOUR.0)));
        assert!(much <= little + little / 2, "{little} where few facts are held, {much} where many are");
    }
}

#[test]
fn k1_judging_complaints_costs_what_they_change() {
    let pack = pack(
        WARN,
        &[
            ("long", "sum(callDuration) over 1m", "value >= 1000h"),
            ("hated", "count() of complaints over 1m", "value >= 100"),
        ],
    );
    // Where a violation is open at that instant, a served one to strike on is looked for with each change: here none is.
    let calm = self::pack(WARN, &[("calm", "sum(delay) of complaints over 1m", "value >= 1000h")]);
    grows_with_the_records("at one instant", &calm, &archive(), &|n| hated_by(mixed(n), Millis(0)));
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &pack, &archive(), record);
    each("in order", &|n| hated_by(n, seconds(n)));
    each("the last first", &|n| hated_by(n, seconds(1_000_000 - n)));
    each("of a busy number", &|n| {
        if n % 2 == 0 { hated_by(n, seconds(n)) } else { Record::Call(call(n, seconds(n))) }
    });
}

/// Of a number that is too busy for all of it to be kept decoded, a commit decodes what its views pass.
#[test]
fn k1_a_number_beyond_what_is_kept_decoded_costs_what_its_views_pass() {
    let beyond = ShardOptions { decoded_bytes_max: 64 << 10, ..archive() };
    let each = |name: &str, record: &dyn Fn(u32) -> Record| grows_with_the_records(name, &never(), &beyond, record);
    each("in order", &|n| Record::Call(call(n, seconds(n))));
    each("over days", &|n| Record::Call(call(n, seconds(30 * n))));
    each("at one instant", &|n| Record::Call(call(mixed(n), Millis(0))));
}

#[test]
fn k1_live_episodes_cost_what_changes_of_them() {
    let live = ShardOptions { clock: LIVE, ..ShardOptions::default() };
    let often = pack(WARN, &[("often", "count() over 1s", "value >= 1")]);
    grows_from(2_000, "in order", &often, &live, &|n| Record::Call(call(n, seconds(3 * n))));
    grows_from(2_000, "of pairs", &every_pair(), &live, &|n| to_another(n, seconds(3 * n)));
}

/// Where windows begin with a fact, the first of them is not looked for again with each commit.
#[test]
fn k1_windows_that_begin_with_a_fact_cost_what_changes_of_them() {
    let redial = pack(WARN, &[("redial", "count() over anchored 1m", "value >= 2")]);
    let mut of_pairs = redial.clone();
    of_pairs.rules[0].key = Key::Pair;
    for (name, pack) in [("of a number", &redial), ("of pairs", &of_pairs)] {
        grows_from(2_000, name, pack, &archive(), &|n| Record::Call(call(n, seconds(45 * n))));
        grows_from(2_000, name, pack, &archive(), &|n| {
            Record::Call(Cdr { fingerprint: Fingerprint(n), ..to(n / 2, seconds(45 * n)) })
        });
    }
}
