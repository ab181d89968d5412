//! Values of measures as events show them.
//!
//! A verdict compares integers and exact fractions. What is shown of them has to be a JSON number that every reader
//! takes for the same value, and that reads back as what was written: a whole number, or a decimal of six places.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value as outsiders see it: counts are integers, fractions decimals rounded to six places, durations whole
/// milliseconds, undefined is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// A count or a duration.
    Integer(i64),
    /// A fraction.
    Decimal(Decimal),
    /// No value: a mean of nothing, a quotient by nothing.
    Undefined,
}

/// A decimal of six places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal {
    millionths: i64,
}

const MILLION: u64 = 1_000_000;
/// Fifteen digits are what a double keeps, which most readers of JSON make of a number: so a decimal is below 10^9.
const MILLIONTHS_MAX: i64 = 999_999_999_999_999;

impl Decimal {
    /// The value times a million.
    #[must_use]
    pub fn millionths(self) -> i64 {
        self.millionths
    }
}

impl Quantity {
    /// The fraction, rounded half away from zero to six places; a whole number as such. Where a decimal would have
    /// more digits than readers of JSON keep, it is rounded to a whole number.
    #[must_use]
    pub fn fraction(numerator: i128, denominator: i128) -> Self {
        if denominator == 0 {
            return Self::Undefined;
        }
        if numerator.checked_rem(denominator).unwrap_or(0) == 0 {
            return Self::Integer(saturated(numerator.checked_div(denominator).unwrap_or(i128::MAX)));
        }
        let rounded = i64::try_from(rounded(numerator, denominator, MILLION)).ok();
        match rounded.filter(|millionths| millionths.abs() <= MILLIONTHS_MAX) {
            Some(millionths) => Self::Decimal(Decimal { millionths }),
            None => Self::whole(numerator, denominator),
        }
    }

    /// The fraction, rounded half away from zero to a whole number.
    #[must_use]
    pub fn whole(numerator: i128, denominator: i128) -> Self {
        if denominator == 0 {
            return Self::Undefined;
        }
        Self::Integer(saturated(rounded(numerator, denominator, 1)))
    }
}

/// `numerator / denominator` in units of one `unit`th, rounded half away from zero; the largest where it has more digits
/// than 128 bits.
fn rounded(numerator: i128, denominator: i128, unit: u64) -> i128 {
    let (mut left, mut divisor) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let whole = left / divisor;
    left %= divisor;
    let rest = loop {
        let doubled = left.checked_mul(2 * u128::from(unit)).and_then(|left| left.checked_add(divisor));
        match (doubled, divisor.checked_mul(2)) {
            (Some(doubled), Some(divisor)) => break doubled / divisor,
            // Of divisors beyond 10^31 the last digits are given up.
            _ => (left, divisor) = (left >> 1, divisor >> 1),
        }
    };
    let units = whole.saturating_mul(u128::from(unit)).saturating_add(rest);
    let units = i128::try_from(units).unwrap_or(i128::MAX);
    if (numerator < 0) == (denominator < 0) { units } else { -units }
}

fn saturated(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl fmt::Display for Decimal {
    /// As few places as there are: `0.7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.millionths.unsigned_abs();
        let (whole, places) = (magnitude / MILLION, format!("{:06}", magnitude % MILLION));
        let places = places.trim_end_matches('0');
        let sign = if self.millionths < 0 { "-" } else { "" };
        write!(f, "{sign}{whole}.{}", if places.is_empty() { "0" } else { places })
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Quantity {
    #[expect(clippy::cast_precision_loss, reason = "so many millionths are exact in a double")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Decimal(decimal) => serializer.serialize_f64(decimal.millionths as f64 / MILLION as f64),
            Self::Undefined => serializer.serialize_unit(),
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl Visitor<'_> for Read {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, a decimal of six places, or null")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Quantity, E> {
                Ok(Quantity::Integer(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Quantity, E> {
                let integer = i64::try_from(value).map(Quantity::Integer);
                integer.map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
            }

            #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
            #[expect(clippy::cast_precision_loss, reason = "so many millionths are exact in a double")]
            fn visit_f64<E: Error>(self, value: f64) -> Result<Quantity, E> {
                let millionths = (value * MILLION as f64).round();
                if millionths.abs() <= MILLIONTHS_MAX as f64 {
                    Ok(Quantity::Decimal(Decimal { millionths: millionths as i64 }))
                } else {
                    Err(E::invalid_value(Unexpected::Float(value), &self))
                }
            }

            fn visit_unit<E: Error>(self) -> Result<Quantity, E> {
                Ok(Quantity::Undefined)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A value of a measure: counts are integers, fractions decimals rounded to six places, \
                durations whole milliseconds, undefined is null.",
            "type": ["number", "null"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(quantity: Quantity) -> String {
        serde_json::to_string(&quantity).expect("serialises")
    }

    fn read(text: &str) -> Quantity {
        serde_json::from_str(text).expect("reads back")
    }

    #[test]
    fn counts_are_integers_shares_decimals_of_six_places_and_nothing_is_null() {
        for (numerator, denominator, text) in [
            (101, 1, "101"),
            (73, 101, "0.722772"),
            (7, 10, "0.7"),
            (-1, 3, "-0.333333"),
            (1, 2_000_000, "1e-6"),
            (1, 2_000_001, "0.0"),
            (9_999_999, 10_000_000, "1.0"),
            (6, 3, "2"),
            (1, 0, "null"),
        ] {
            assert_eq!(written(Quantity::fraction(numerator, denominator)), text, "{numerator}/{denominator}");
        }
        assert_eq!(written(Quantity::whole(5, 2)), "3");
        assert_eq!(written(Quantity::whole(-5, 2)), "-3");
    }

    #[test]
    fn a_decimal_with_more_digits_than_readers_keep_is_a_whole_number() {
        assert_eq!(written(Quantity::fraction(2_999_999_999, 3)), "999999999.666667");
        assert_eq!(written(Quantity::fraction(30_000_000_001, 3)), "10000000000");
        assert_eq!(Quantity::fraction(i128::MAX, 2), Quantity::Integer(i64::MAX));
        assert_eq!(Quantity::fraction(i128::MIN + 1, 2), Quantity::Integer(i64::MIN));
        assert_eq!(Quantity::fraction(i128::MIN, -1), Quantity::Integer(i64::MAX));
        assert_eq!(written(Quantity::fraction(i128::MAX - 1, i128::MAX)), "1.0");
    }

    #[test]
    fn what_no_event_holds_is_refused() {
        for text in ["1e300", "18446744073709551615", "\"7\"", "true", "[]"] {
            assert!(serde_json::from_str::<Quantity>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(numerator in any::<i128>(), denominator in any::<i128>(), shift in 0..120_u32) {
            for (numerator, denominator) in
                [(numerator, denominator), (numerator >> shift, denominator >> 64), (numerator >> 90, denominator >> 100)]
            {
                for quantity in [Quantity::fraction(numerator, denominator), Quantity::whole(numerator, denominator)] {
                    let text = written(quantity);
                    prop_assert_eq!(read(&text), quantity, "{}", text);
                    prop_assert_eq!(written(read(&text)), text);
                }
            }
        }

        #[test]
        fn every_decimal_reads_back_and_is_said_as_it_is_written(millionths in -MILLIONTHS_MAX..=MILLIONTHS_MAX) {
            let quantity = Quantity::Decimal(Decimal { millionths });
            let text = written(quantity);
            prop_assert_eq!(read(&text), quantity, "{}", &text);
            if !text.contains('e') {
                prop_assert_eq!(Decimal { millionths }.to_string(), text);
            }
        }

        #[test]
        fn rounding_is_that_of_whole_numbers(numerator in -1_000_000_000_i128..1_000_000_000, denominator in 1..100_000_i128) {
            let scaled = 2 * numerator.abs() * 1_000_000 + denominator;
            let expected = numerator.signum() * (scaled / (2 * denominator));
            let shown = match Quantity::fraction(numerator, denominator) {
                Quantity::Integer(value) => i128::from(value) * 1_000_000,
                Quantity::Decimal(decimal) => i128::from(decimal.millionths()),
                Quantity::Undefined => unreachable!("the denominator is above zero"),
            };
            prop_assert_eq!(shown, expected);
        }
    }
}
