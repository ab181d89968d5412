//! Where and when worlds lie: zones around a change of their clocks, and the lengths that windows and gaps share.

use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::Zone;

/// A zone, and an instant some hours before something happens to its calendar.
const CLOCKS: [(&str, &str); 13] = [
    ("UTC", "2026-01-05T09:00:00Z"),
    ("UTC", "2026-01-31T22:00:00Z"),
    ("Asia/Shanghai", "2026-01-04T15:30:00Z"),
    ("Europe/Berlin", "2026-03-28T22:30:00Z"),
    ("Europe/Berlin", "2026-10-24T21:30:00Z"),
    // At 00:01 clocks go back to 23:01 of the day before, and forward over 00:01.
    ("America/St_Johns", "2006-10-29T02:00:00Z"),
    ("America/St_Johns", "2007-03-11T03:00:00Z"),
    // The 30th did not exist.
    ("Pacific/Apia", "2011-12-30T09:00:00Z"),
    // Midnight did not exist, and the hour before it was twice.
    ("America/Sao_Paulo", "2018-11-04T02:30:00Z"),
    ("America/Sao_Paulo", "2018-02-18T00:30:00Z"),
    // Midnight does not exist.
    ("Asia/Beirut", "2024-03-30T20:00:00Z"),
    // The hour after midnight is twice.
    ("America/Havana", "2026-11-01T03:30:00Z"),
    ("America/Havana", "2026-03-08T04:30:00Z"),
];

/// What windows, gaps, keeps and durations are made of, so that edges are met exactly.
pub(super) const LENGTHS: [Millis; 7] = [
    Millis(1_000),
    Millis(5_000),
    Millis(10_000),
    Millis(60_000),
    Millis::HOUR,
    Millis(6 * Millis::HOUR.0),
    Millis::DAY,
];

/// A zone and the first instant of a world.
pub(super) fn clock() -> impl Strategy<Value = (Zone, EventTime)> {
    select(&CLOCKS[..]).prop_map(|(zone, start)| {
        let start = start.parse::<jiff::Timestamp>().map_or(EventTime(0), EventTime::from);
        (Zone::new(zone).unwrap_or_else(Zone::utc), start)
    })
}

/// One of the lengths, the short ones more often.
pub(super) fn length() -> impl Strategy<Value = Millis> {
    prop_oneof![3 => select(&LENGTHS[..4]), 2 => select(&LENGTHS[4..])]
}

/// The time between one happening and the next: none, one of the lengths, or one millisecond off.
pub(super) fn gap() -> impl Strategy<Value = Millis> {
    prop_oneof![
        3 => Just(Millis::ZERO),
        5 => (select(&LENGTHS[..4]), jitter()).prop_map(|(length, off)| Millis(length.0 + off)),
        2 => (select(&LENGTHS[4..]), jitter()).prop_map(|(length, off)| Millis(length.0 + off)),
    ]
}

/// The same, and at times weeks: as long as a complaint is served, or a day off.
pub(super) fn gap_of_months() -> impl Strategy<Value = Millis> {
    let weeks = select(vec![Millis(29 * Millis::DAY.0), Millis(30 * Millis::DAY.0), Millis(12 * Millis::DAY.0)]);
    prop_oneof![40 => gap(), 1 => weeks]
}

fn jitter() -> impl Strategy<Value = i64> {
    prop_oneof![4 => Just(0_i64), 1 => Just(-1_i64), 1 => Just(1_i64)]
}
