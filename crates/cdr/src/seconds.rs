//! From the text or number of a length of time to [`Millis`].
//!
//! A length may be negative or absurdly long, as switches write it now and then: what is a number is read, and whether it
//! can be the duration of a call is for the call to say. One that does not fit is the longest there is.

use crate::Millis;

/// No call and no agent's delay is longer; what is, is a clock or a unit gone wrong.
const LENGTH_MAX: Millis = Millis(366 * Millis::DAY.0);
/// As many digits as surely fit; a length of more is longer than any.
const DIGITS_MAX: usize = 15;

/// Whether anything can have lasted so long.
#[inline]
pub(crate) fn can_be(length: Millis) -> bool {
    Millis::ZERO <= length && length <= LENGTH_MAX
}

/// `count` units of `unit_ms` milliseconds.
#[inline]
pub(crate) fn from_whole(count: i64, unit_ms: i64) -> Millis {
    Millis(count.saturating_mul(unit_ms))
}

/// A JSON number with a fraction, in seconds. Digits beyond the millisecond are cut off as they are in the decimal
/// text: the greatest whole number of milliseconds whose nearest double is not above this one.
pub(crate) fn from_decimal_seconds(seconds: f64) -> Millis {
    let floor = (seconds * 1000.0).floor();
    let ms = if (floor + 1.0) / 1000.0 <= seconds { floor + 1.0 } else { floor };
    let ms = if ms / 1000.0 > seconds { ms - 1.0 } else { ms };
    Millis(ms as i64)
}

/// A decimal text such as `12`, `12.5`, `0.125` or `-1`, in units of `unit_ms` milliseconds; digits beyond the
/// millisecond are cut off. `None` where it is no number.
pub(crate) fn from_text(text: &str, unit_ms: i64) -> Option<Millis> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole: i64 = match whole.len() {
        0 => 0,
        1..=DIGITS_MAX => whole.parse().ok()?,
        _ => i64::MAX,
    };
    // Nine digits are enough: a unit of a minute has 60,000 ms, so the tenth digit is worth less than a microsecond.
    let (mut parts, mut scale) = (0i64, 1i64);
    for digit in fraction.bytes().take(9) {
        parts = parts * 10 + i64::from(digit - b'0');
        scale *= 10;
    }
    let length = from_whole(whole, unit_ms).plus(Millis(parts * unit_ms / scale));
    Some(if is_negative { Millis(-length.0) } else { length })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_beyond_the_millisecond_are_cut_off() {
        for (text, ms) in
            [("0", 0), ("12", 12_000), ("12.5", 12_500), ("0.57", 570), ("0.0019", 1), (".5", 500), ("5.", 5000)]
        {
            assert_eq!(from_text(text, 1000), Some(Millis(ms)), "{text}");
        }
        assert_eq!(from_text("1.5", 60_000), Some(Millis(90_000)));
        assert_eq!(from_text("1500.9", 1), Some(Millis(1500)));
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in ["", ".", "-", "--1", "+1", "1e3", "1 s", "1.2.3", "NaN", "１２"] {
            assert_eq!(from_text(text, 1000), None, "{text}");
        }
    }

    #[test]
    fn what_no_call_can_last_is_read_and_said_to_be_none() {
        for (text, ms) in [
            ("-1", -1_000),
            ("-0.0019", -1),
            ("-1780308065", -1_780_308_065_000),
            ("99999999999", 99_999_999_999_000),
            ("136298900000.000000", 136_298_900_000_000),
            ("9223372036854775807", i64::MAX),
            ("99999999999999999999999", i64::MAX),
            ("-99999999999999999999999", -i64::MAX),
        ] {
            assert_eq!(from_text(text, 1000), Some(Millis(ms)), "{text}");
            assert!(!can_be(Millis(ms)), "{text}");
        }
        for number in [-0.001, f64::INFINITY, 1e300, -1e300] {
            assert!(!can_be(from_decimal_seconds(number)), "{number}");
        }
        assert!(!can_be(from_whole(i64::MAX, 1000)) && !can_be(from_whole(i64::MIN, 1000)));
        assert!(can_be(Millis::ZERO) && can_be(LENGTH_MAX) && !can_be(LENGTH_MAX.plus(Millis(1))));
    }

    proptest! {
        #[test]
        fn a_number_and_its_text_are_the_same_length(ms in 0i64..31_622_400_000, digits in 0usize..3) {
            let text = format!("{}.{:03}{}", ms / 1000, ms % 1000, &"9"[..digits.min(1)]);
            let number: f64 = text.parse().expect("a number");
            prop_assert_eq!(from_text(&text, 1000), Some(Millis(ms)));
            prop_assert_eq!(from_decimal_seconds(number), Millis(ms));
        }
    }
}
