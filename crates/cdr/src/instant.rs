//! From the text of a time to an [`EventTime`].
//!
//! The canonical form is RFC 3339 with an offset. Records carry one or two of them each, so the usual shape
//! (`2026-01-01T09:00:00.123+08:00`) is read here in a few nanoseconds; whatever is unusual but lawful (a leap
//! second, lower case letters) is left to `jiff`, which also serves as the oracle of the tests.
//!
//! A field of a record may say that its time never came; what configuration holds may not.

use jiff::Timestamp;

use crate::{EventTime, never};

/// The length of `2026-01-01T09:00:00`.
const SECONDS_END: usize = 19;
const SECONDS_PER_DAY: i64 = 86_400;

impl EventTime {
    /// The time that an RFC 3339 text with an offset names.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        from_rfc3339(text)
    }
}

/// The time that an RFC 3339 text with an offset names; digits beyond the millisecond are cut off.
pub(crate) fn from_rfc3339(text: &str) -> Option<EventTime> {
    usual(text.as_bytes()).or_else(|| text.parse::<Timestamp>().ok().map(EventTime::from))
}

/// The same of a field of a record, which may say instead that the time never came.
#[inline]
pub(crate) fn of_field(text: &str) -> Option<EventTime> {
    match from_rfc3339(text) {
        Some(time) if never::is_first_of_1970(time, text) => Some(never::NEVER),
        None if never::is_written(text) => Some(never::NEVER),
        time => time,
    }
}

fn usual(text: &[u8]) -> Option<EventTime> {
    let (head, tail) = text.split_at_checked(SECONDS_END)?;
    if head[4] != b'-' || head[7] != b'-' || !matches!(head[10], b'T' | b' ') || head[13] != b':' || head[16] != b':' {
        return None;
    }
    let year = two(head, 0)? * 100 + two(head, 2)?;
    let (month, day) = (two(head, 5)?, two(head, 8)?);
    let (hour, minute, second) = (two(head, 11)?, two(head, 14)?, two(head, 17)?);
    if day == 0 || day > days_in_month(year, month)? || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction_ms, zone) = fraction(tail)?;
    let offset_s = offset(zone)?;
    let seconds = days_since_epoch(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset_s;
    let ms = seconds * 1000 + fraction_ms;
    Timestamp::from_millisecond(ms).ok().map(|_| EventTime(ms))
}

fn two(text: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| i64::from(tens * 10 + ones))
}

/// The milliseconds of an optional `.123`, and what follows it.
fn fraction(tail: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = tail.strip_prefix(b".") else { return Some((0, tail)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    let ms = (0..3).fold(0, |ms, at| {
        let digit = if at < count { i64::from(digits[at] - b'0') } else { 0 };
        ms * 10 + digit
    });
    Some((ms, &digits[count..]))
}

/// The seconds of `Z` or `+08:00`.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone {
        [b'Z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if digits.len() != 5 || digits[2] != b':' {
        return None;
    }
    let (hours, minutes) = (two(digits, 0)?, two(digits, 3)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in_month(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar. The year is taken to begin in March, so that the leap day is its
/// last and the days before a month follow one formula; 719,468 days lie between 0000-03-01 and 1970-01-01.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let months_since_march = (month + 9) % 12;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * months_since_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_shapes_are_read() {
        let nine = EventTime(1_767_229_200_000);
        for text in [
            "2026-01-01T01:00:00Z",
            "2026-01-01T09:00:00+08:00",
            "2025-12-31T20:00:00.000-05:00",
            "2026-01-01 09:00:00.0009+08:00",
            "2026-01-01t01:00:00z",
        ] {
            assert_eq!(from_rfc3339(text), Some(nine), "{text}");
        }
        assert_eq!(from_rfc3339("1969-12-31T23:59:59.9999Z"), Some(EventTime(-1)));
    }

    #[test]
    fn what_is_no_time_or_has_no_offset_is_refused() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T09:00:00",
            "2026-02-29T09:00:00Z",
            "2026-13-01T09:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T09:00:00.Z",
            "2026-01-01T09:00:00+0x:00",
            "1735689600000",
            "２０２６-01-01T09:00:00Z",
        ] {
            assert_eq!(from_rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_library(
            ms in -62_135_596_800_000i64..253_402_207_200_000,
            offset_minutes in -1439i32..1440,
            digits in 0usize..10,
        ) {
            let timestamp = Timestamp::from_millisecond(ms).expect("in range");
            let offset = jiff::tz::Offset::from_seconds(offset_minutes * 60).expect("in range");
            let civil = offset.to_datetime(timestamp);
            let sign = if offset_minutes < 0 { '-' } else { '+' };
            let (hours, minutes) = (offset_minutes.abs() / 60, offset_minutes.abs() % 60);
            let text = format!("{civil:.digits$}{sign}{hours:02}:{minutes:02}");
            let expected = text.parse::<Timestamp>().ok().map(EventTime::from);
            prop_assert_eq!(from_rfc3339(&text), expected, "{}", text);
            if (0..=9999).contains(&civil.year()) && offset_minutes != 0 {
                prop_assert_eq!(usual(text.as_bytes()), expected, "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_as_the_library_reads_it_or_refused(text in "[0-9TZ:. +-]{0,30}") {
            prop_assert_eq!(from_rfc3339(&text), text.parse::<Timestamp>().ok().map(EventTime::from));
        }
    }
}
