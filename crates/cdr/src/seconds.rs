//! From the text or number of a length of time to [`Millis`].

use crate::Millis;

/// No call and no agent's delay is longer; what is, is a clock or a unit gone wrong.
const LENGTH_MAX: Millis = Millis(366 * Millis::DAY.0);

/// `count` units of `unit_ms` milliseconds.
pub(crate) fn from_whole(count: i64, unit_ms: i64) -> Option<Millis> {
    admitted(count.checked_mul(unit_ms)?)
}

/// A JSON number with a fraction, in seconds. Digits beyond the millisecond are cut off as they are in the decimal
/// text: the greatest whole number of milliseconds whose nearest double is not above this one.
pub(crate) fn from_decimal_seconds(seconds: f64) -> Option<Millis> {
    if !(0.0..=(LENGTH_MAX.0 / 1000) as f64).contains(&seconds) {
        return None;
    }
    let floor = (seconds * 1000.0).floor();
    let ms = if (floor + 1.0) / 1000.0 <= seconds { floor + 1.0 } else { floor };
    let ms = if ms / 1000.0 > seconds { ms - 1.0 } else { ms };
    admitted(ms as i64)
}

/// A decimal text such as `12`, `12.5` or `0.125`, in units of `unit_ms` milliseconds; digits beyond the
/// millisecond are cut off.
pub(crate) fn from_text(text: &str, unit_ms: i64) -> Option<Millis> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || whole.len() > 15 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // Nine digits are enough: a unit of a minute has 60,000 ms, so the tenth digit is worth less than a microsecond.
    let (mut parts, mut scale) = (0i64, 1i64);
    for digit in fraction.bytes().take(9) {
        parts = parts * 10 + i64::from(digit - b'0');
        scale *= 10;
    }
    admitted(whole.checked_mul(unit_ms)?.checked_add(parts * unit_ms / scale)?)
}

fn admitted(ms: i64) -> Option<Millis> {
    (0..=LENGTH_MAX.0).contains(&ms).then_some(Millis(ms))
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
        for text in ["", ".", "-1", "1e3", "1 s", "99999999999", "1.2.3", "NaN", "１２"] {
            assert_eq!(from_text(text, 1000), None, "{text}");
        }
        for number in [-0.001, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(from_decimal_seconds(number), None);
        }
        assert_eq!(from_whole(i64::MAX, 1000), None);
    }

    proptest! {
        #[test]
        fn a_number_and_its_text_are_the_same_length(ms in 0i64..31_622_400_000, digits in 0usize..3) {
            let text = format!("{}.{:03}{}", ms / 1000, ms % 1000, &"9"[..digits.min(1)]);
            let number: f64 = text.parse().expect("a number");
            prop_assert_eq!(from_text(&text, 1000), Some(Millis(ms)));
            prop_assert_eq!(from_decimal_seconds(number), Some(Millis(ms)));
        }
    }
}
