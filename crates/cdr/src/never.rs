//! Times that say that something never came.
//!
//! An answer that was none, or a setup that nobody noted, is written as the zero of whatever the system thinks in: the
//! first instant of 1970 (Unix), the year 1 (Go, .NET), the year 0 or all zeros (SQL), -1, `NULL`, `\N` (dumps of MySQL
//! and PostgreSQL) or `-`. Read as a time it would lie before every other; it is no time.

use crate::EventTime;

/// What a time that says never is read as; [`is`] knows it.
pub(crate) const NEVER: EventTime = EventTime::MIN;

/// The second day of the year 2 in UTC: whatever the offset, the year 1 ends before.
const YEARS_0_AND_1_END: EventTime = EventTime(-62_104_060_800_000 + 86_400_000);
/// Times of day of 1970-01-01 at any offset.
const DAY_MS: i64 = 86_400_000;

/// Whether the time is one that says never: the first instant of 1970, -1, or one in the years 0 and 1.
#[inline]
pub(crate) fn is(time: EventTime) -> bool {
    matches!(time.0, 0 | -1) || time < YEARS_0_AND_1_END
}

/// Whether a text stands for no time: a word for nothing, -1, or zeros alone.
pub(crate) fn is_written(text: &str) -> bool {
    matches!(text, r"\N" | "-" | "-1") || text.eq_ignore_ascii_case("null") || is_of_zeros(text)
}

/// `0`, `0000-00-00 00:00:00`, `00/00/0000`, `0.000000`, with or without an offset of zero.
fn is_of_zeros(text: &str) -> bool {
    let marks = |byte: u8| b"0-/.:, TtZz+".contains(&byte);
    text.bytes().all(marks) && text.contains('0') && !text.starts_with(['T', 't', 'Z', 'z'])
}

/// Whether a text in RFC 3339 that names this time is the first instant of 1970 at whatever offset.
pub(crate) fn is_first_of_1970(time: EventTime, rfc3339: &str) -> bool {
    time.0.abs() < DAY_MS
        && rfc3339.strip_prefix("1970-01-01").and_then(|rest| rest.get(1..)).is_some_and(|rest| {
            let clock = rest.split(['+', '-', 'Z', 'z']).next().unwrap_or_default();
            is_of_zeros(clock)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_in_many_ways() {
        for text in [
            "NULL",
            "null",
            r"\N",
            "-",
            "-1",
            "0",
            "00",
            "0.000000",
            "0000-00-00",
            "0000-00-00 00:00:00",
            "0000-00-00 00:00:00.000000",
            "0000-00-00T00:00:00Z",
            "0000-00-00T00:00:00+00:00",
            "00/00/0000 00:00",
            "00000000000000",
            "000000000000+0000",
        ] {
            assert!(is_written(text), "{text}");
        }
        for text in ["", "--", "1", "-2", "10", "0001-01-01", "n", "nul", "Z", "T00:00", "0x0", " "] {
            assert!(!is_written(text), "{text}");
        }
    }

    #[test]
    fn the_zeros_of_unix_go_and_sql_are_no_times() {
        for text in [
            "1970-01-01T00:00:00Z",
            "1970-01-01T08:00:00+08:00",
            "1969-12-31T23:59:59.999Z",
            "0001-01-01T00:00:00Z",
            "0001-12-31T23:59:59-23:59",
            "0000-01-01T00:00:00+23:59",
        ] {
            assert!(is(EventTime::parse_rfc3339(text).expect("RFC 3339")), "{text}");
        }
        for text in ["1970-01-01T00:00:00.001Z", "0002-01-02T00:00:00Z", "2026-01-01T00:00:00Z"] {
            assert!(!is(EventTime::parse_rfc3339(text).expect("RFC 3339")), "{text}");
        }
        assert!(is(NEVER));
    }

    #[test]
    fn the_first_instant_of_1970_is_that_of_any_offset() {
        for (text, expected) in [
            ("1970-01-01T00:00:00+08:00", true),
            ("1970-01-01 00:00:00.000-05:00", true),
            ("1970-01-01T00:00:00.0z", true),
            ("1970-01-01T00:00:01+08:00", false),
            ("1970-01-01T10:00:00+08:00", false),
            ("1969-12-31T00:00:00-08:00", false),
        ] {
            let time = EventTime::parse_rfc3339(text).expect("RFC 3339");
            assert_eq!(is_first_of_1970(time, text), expected, "{text}");
        }
    }
}
