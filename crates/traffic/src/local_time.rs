//! The time of day where the world's people live, without asking the time zone for every call.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Milliseconds of an hour and of a day of 24 of them.
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// Milliseconds of a minute.
pub(crate) const MINUTE: i64 = 60_000;
/// Milliseconds of a second.
pub(crate) const SECOND: i64 = 1_000;

/// Zones change their offset on quarters of an hour.
const QUARTER: i64 = 15 * MINUTE;

/// The zone's offsets over a span.
#[derive(Clone, Debug)]
pub(crate) struct LocalTime {
    first: i64,
    offsets: Vec<i64>,
}

impl LocalTime {
    /// Reads the zone's offsets from `start` to `end` (milliseconds).
    pub(crate) fn new(zone: &TimeZone, start: i64, end: i64) -> Self {
        let first = start.div_euclid(QUARTER) * QUARTER;
        let offset_at = |at: i64| {
            let timestamp = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
            i64::from(zone.to_offset(timestamp).seconds()) * SECOND
        };
        let quarters = (end - first).div_euclid(QUARTER) + 1;
        Self { first, offsets: (0..=quarters).map(|quarter| offset_at(first + quarter * QUARTER)).collect() }
    }

    fn local(&self, at: i64) -> i64 {
        let quarter = (at - self.first).div_euclid(QUARTER).clamp(0, self.offsets.len() as i64 - 1);
        at + self.offsets[quarter as usize]
    }

    /// Milliseconds since the local midnight.
    pub(crate) fn of_day(&self, at: i64) -> i64 {
        self.local(at).rem_euclid(DAY)
    }

    /// The local day, counted from 1970.
    pub(crate) fn day(&self, at: i64) -> i64 {
        self.local(at).div_euclid(DAY)
    }

    /// The hour of the local day, 0 to 23.
    pub(crate) fn hour(&self, at: i64) -> usize {
        (self.of_day(at) / HOUR) as usize
    }

    /// The first instant from `at` on whose time of day is inside one of `bands` (ascending, from and until, in
    /// milliseconds of the day, the end excluded).
    pub(crate) fn open(&self, at: i64, bands: &[(i64, i64)]) -> i64 {
        let of_day = self.of_day(at);
        let wait = bands.iter().find(|(_, until)| of_day < *until).map_or_else(
            || bands.first().map_or(0, |(from, _)| from + DAY - of_day),
            |(from, _)| (from - of_day).max(0),
        );
        at + wait
    }
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::time_zone;

    use super::*;

    const START: i64 = 1_793_577_600_000;

    fn shanghai() -> LocalTime {
        LocalTime::new(&time_zone("Asia/Shanghai").expect("bundled"), START, START + 2 * DAY)
    }

    #[test]
    fn the_day_begins_at_local_midnight() {
        let local = shanghai();
        assert_eq!((local.hour(START), local.of_day(START)), (8, 8 * HOUR));
        assert_eq!(local.day(START + 16 * HOUR) - local.day(START + 16 * HOUR - 1), 1);
    }

    #[test]
    fn a_band_opens_now_later_or_tomorrow() {
        let (local, bands) = (shanghai(), [(9 * HOUR, 12 * HOUR), (14 * HOUR, 21 * HOUR)]);
        assert_eq!(local.open(START, &bands), START + HOUR);
        assert_eq!(local.open(START + 2 * HOUR, &bands), START + 2 * HOUR);
        assert_eq!(local.open(START + 4 * HOUR, &bands), START + 6 * HOUR);
        assert_eq!(local.open(START + 13 * HOUR, &bands), START + 25 * HOUR);
    }

    #[test]
    fn an_offset_change_moves_the_hour() {
        let before = 1_774_746_000_000; // 2026-03-29T01:00Z, when Berlin goes from +1 to +2
        let local = LocalTime::new(&time_zone("Europe/Berlin").expect("bundled"), before - HOUR, before + HOUR);
        assert_eq!((local.hour(before - 1), local.hour(before)), (1, 3));
    }
}
