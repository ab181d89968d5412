//! Times as a number since 1970: in the unit that is declared, exactly, and never guessed.
//!
//! Seconds, milliseconds, microseconds and nanoseconds of the years that calls are of have 8 to 10, 11 to 13, 14 to 16
//! and 17 to 19 digits, so a number read in the wrong unit is a time that no call can have. It is refused, and the reason
//! names the unit in which it would be one; which it is, is for people to say.

use crate::{EventTime, Millis, PlausibleTimes, Reject, RejectCode, plausible};

/// In what a time since 1970 is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EpochUnit {
    Seconds,
    Millis,
    Micros,
    Nanos,
}

/// The most digits of a number of whole units: as many as an `i128` certainly holds, and far more than a time has.
const DIGITS_MAX: usize = 30;
/// Digits of a fraction that can matter: those of nanoseconds in seconds.
const FRACTION_DIGITS: u32 = 9;
/// A whole unit in parts of the last of those digits.
const PARTS: i128 = 10i128.pow(FRACTION_DIGITS);

impl EpochUnit {
    pub(crate) const ALL: [Self; 4] = [Self::Seconds, Self::Millis, Self::Micros, Self::Nanos];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Seconds => "epoch_s",
            Self::Millis => "epoch_ms",
            Self::Micros => "epoch_us",
            Self::Nanos => "epoch_ns",
        }
    }

    /// What a text of this unit is, for rejects.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Seconds => "a number of seconds since 1970, without an exponent",
            Self::Millis => "a number of milliseconds since 1970, without an exponent",
            Self::Micros => "a number of microseconds since 1970, without an exponent",
            Self::Nanos => "a number of nanoseconds since 1970, without an exponent",
        }
    }

    fn nanos(self) -> i128 {
        match self {
            Self::Seconds => 1_000_000_000,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos => 1,
        }
    }

    /// The time of a decimal number, `None` where the text is none. What is finer than a millisecond is cut off, towards
    /// the past; a time beyond what can be held is the first or the last that can.
    pub(crate) fn read(self, text: &str) -> Option<EventTime> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let limit = if is_negative { EventTime(i64::MIN + 1) } else { EventTime::MAX };
        let whole = whole.trim_start_matches('0');
        if whole.len() > DIGITS_MAX - FRACTION_DIGITS as usize {
            return Some(limit);
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let taken = fraction.bytes().chain(std::iter::repeat(b'0')).take(FRACTION_DIGITS as usize);
        let parts = taken.fold(0, |parts, digit| parts * 10 + i128::from(digit - b'0'));
        // In nanoseconds times PARTS: 30 digits and 9 at most, which an i128 holds only for what a time can be.
        let sum = (whole * PARTS + parts).checked_mul(self.nanos());
        let Some(sum) = sum else { return Some(limit) };
        // A digit behind those taken makes a negative time earlier by less than any that counts, but not nothing.
        let rest = fraction.bytes().skip(FRACTION_DIGITS as usize).any(|digit| digit != b'0');
        let signed = if is_negative { -sum - i128::from(rest) } else { sum };
        let ms = signed.div_euclid(PARTS * 1_000_000);
        Some(i64::try_from(ms).map_or(limit, EventTime))
    }

    /// Where a number of this unit is no plausible time: the unit in which it would be one, and the year then.
    pub(crate) fn hint(self, number: &str, plausible: PlausibleTimes) -> Option<String> {
        let others = Self::ALL.into_iter().filter(|other| *other != self);
        others.into_iter().find_map(|other| {
            let time = other.read(number).filter(|time| plausible.contains(*time))?;
            Some(format!("as {} it would be in {}", other.name(), plausible::year(time)?))
        })
    }
}

impl Reject {
    /// The same; of an implausible time with what the number would be in another unit than it was read in.
    pub(crate) fn in_other_unit(self, unit: Option<EpochUnit>, number: &str, plausible: PlausibleTimes) -> Self {
        let unit = unit.filter(|_| self.code == RejectCode::ImplausibleTime);
        match unit.and_then(|unit| unit.hint(number, plausible)) {
            Some(hint) => self.with_advice(hint),
            None => self,
        }
    }
}

impl From<EpochUnit> for Millis {
    /// The unit itself, in whole milliseconds: of what is finer none.
    fn from(unit: EpochUnit) -> Self {
        Self((unit.nanos() / 1_000_000) as i64)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_in_its_unit_to_the_millisecond() {
        use EpochUnit::{Micros, Millis, Nanos, Seconds};
        for (unit, text, ms) in [
            (Seconds, "1767225600", 1_767_225_600_000),
            (Seconds, "1767225600.25", 1_767_225_600_250),
            (Seconds, "0001767225600.9999", 1_767_225_600_999),
            (Seconds, "5.", 5_000),
            (Millis, "1767225600000", 1_767_225_600_000),
            (Millis, "1767225600000.9", 1_767_225_600_000),
            (Micros, "1767225600000999", 1_767_225_600_000),
            (Nanos, "1767225600000999999", 1_767_225_600_000),
            (Nanos, "1767225600001000000.5", 1_767_225_600_001),
            (Seconds, "-1", -1_000),
            (Seconds, "-0.0000000000001", -1),
            (Nanos, "-1", -1),
        ] {
            assert_eq!(unit.read(text), Some(EventTime(ms)), "{text} as {}", unit.name());
        }
    }

    #[test]
    fn what_is_no_plain_number_is_refused_and_what_no_time_can_be_is_the_last_that_can() {
        for text in ["", "-", ".5", "+1", "1e9", "1.7E+12", "1,5", "1_000", "0x10", " 1", "NaN", "１"] {
            assert_eq!(EpochUnit::Seconds.read(text), None, "{text}");
        }
        for number in ["9223372036854776", "99999999999999999999999999999999999999999999999999"] {
            assert_eq!(EpochUnit::Seconds.read(number), Some(EventTime::MAX));
            assert_eq!(EpochUnit::Seconds.read(&format!("-{number}")), Some(EventTime(i64::MIN + 1)));
        }
    }

    #[test]
    fn a_wrong_unit_is_said_with_the_year_alone() {
        let hint = |unit: EpochUnit, number: &str| unit.hint(number, PlausibleTimes::USUAL);
        assert_eq!(hint(EpochUnit::Millis, "1767225600").as_deref(), Some("as epoch_s it would be in 2026"));
        assert_eq!(hint(EpochUnit::Seconds, "1767225600000").as_deref(), Some("as epoch_ms it would be in 2026"));
        assert_eq!(hint(EpochUnit::Millis, "1767225600000000").as_deref(), Some("as epoch_us it would be in 2026"));
        assert_eq!(hint(EpochUnit::Seconds, "1767225600000000000").as_deref(), Some("as epoch_ns it would be in 2026"));
        assert_eq!(hint(EpochUnit::Millis, "20260101"), None);
    }

    proptest! {
        #[test]
        fn a_number_names_the_time_that_the_library_says(
            at in Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond(),
            place in 0usize..4,
            zeros in 0usize..4,
        ) {
            let unit = EpochUnit::ALL[place];
            let timestamp = Timestamp::from_nanosecond(at).expect("in range");
            let (whole, rest) = (at / unit.nanos(), (at % unit.nanos()).unsigned_abs());
            let sign = if at < 0 && whole == 0 { "-" } else { "" };
            let digits = 3 * (3 - place);
            let text = match digits {
                0 => format!("{sign}{whole}"),
                _ => format!("{sign}{whole}.{rest:0digits$}{}", "0".repeat(zeros)),
            };
            prop_assert_eq!(unit.read(&text), Some(EventTime::from(timestamp)), "{}", text);
        }

        #[test]
        fn no_number_is_a_plausible_time_in_two_units(number in 0i64..i64::MAX) {
            let times = EpochUnit::ALL.into_iter().filter_map(|unit| unit.read(&number.to_string()));
            prop_assert!(times.filter(|time| PlausibleTimes::USUAL.contains(*time)).count() <= 1);
        }
    }
}
