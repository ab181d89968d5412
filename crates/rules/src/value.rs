//! Exact values: integers and fractions with a unit, compared without rounding.

use std::cmp::Ordering;
use std::fmt;

/// What a number measures; values of different units are never compared or added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A plain number: counts and quotients of like units. Compares with percentages too.
    Number,
    /// A length of time in milliseconds.
    Duration,
}

/// An exact fraction; the denominator is above zero. Not kept in lowest terms: comparisons do not need it.
#[derive(Clone, Copy, Debug)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

/// The value of a measure or an expression; `None` is undefined (a mean of nothing, a division by zero).
pub type Value = Option<Fraction>;

impl Fraction {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// A whole number.
    #[must_use]
    pub fn whole(value: i64) -> Self {
        Self { numerator: i128::from(value), denominator: 1 }
    }

    /// `numerator / denominator`, undefined where the denominator is zero.
    #[must_use]
    pub fn ratio(numerator: i128, denominator: i128) -> Value {
        match denominator.signum() {
            0 => None,
            1 => Some(Self { numerator, denominator }.reduced_if_large()),
            _ => Some(Self { numerator: -numerator, denominator: -denominator }.reduced_if_large()),
        }
    }

    /// The numerator.
    #[must_use]
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// The denominator, above zero.
    #[must_use]
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// The sum; `None` where it leaves the range of 128 bits.
    #[must_use]
    pub fn plus(self, other: Self) -> Value {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::ratio(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// The difference; `None` where it leaves the range of 128 bits.
    #[must_use]
    pub fn minus(self, other: Self) -> Value {
        self.plus(Self { numerator: -other.numerator, ..other })
    }

    /// The product; `None` where it leaves the range of 128 bits.
    #[must_use]
    pub fn times(self, other: Self) -> Value {
        Self::ratio(self.numerator.checked_mul(other.numerator)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// The quotient; `None` where the divisor is zero or the result leaves the range of 128 bits.
    #[must_use]
    pub fn over(self, other: Self) -> Value {
        Self::ratio(self.numerator.checked_mul(other.denominator)?, self.denominator.checked_mul(other.numerator)?)
    }

    /// The same value in lowest terms.
    #[must_use]
    pub fn reduced(self) -> Self {
        let divisor = gcd(self.numerator.unsigned_abs(), self.denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).unwrap_or(1).max(1);
        Self { numerator: self.numerator / divisor, denominator: self.denominator / divisor }
    }

    /// Keeps products of products inside 128 bits: facts are at most 2^40, so this is rare.
    fn reduced_if_large(self) -> Self {
        const LARGE: i128 = 1 << 62;
        if self.numerator.abs() < LARGE && self.denominator < LARGE {
            return self;
        }
        self.reduced()
    }

    /// The value as a decimal rounded half away from zero to six places, for outputs; verdicts never use it.
    #[must_use]
    pub fn rounded(self) -> f64 {
        const PLACES: i128 = 1_000_000;
        let reduced = self.reduced();
        let scaled = reduced.numerator.abs().saturating_mul(PLACES);
        let half_up = (scaled.saturating_mul(2).saturating_add(reduced.denominator)) / (2 * reduced.denominator);
        let sign = if reduced.numerator < 0 { -1.0 } else { 1.0 };
        sign * (half_up as f64) / (PLACES as f64)
    }

    /// The value as an integer, where it is one.
    #[must_use]
    pub fn integer(self) -> Option<i64> {
        (self.numerator % self.denominator == 0)
            .then(|| i64::try_from(self.numerator / self.denominator).ok())
            .flatten()
    }
}

fn gcd(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let cross = |a: &Self, b: &Self| a.numerator.checked_mul(b.denominator);
        match (cross(self, other), cross(other, self)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => compare_by_parts(self.reduced(), other.reduced()),
        }
    }
}

/// Compares by whole parts first, then by the reciprocals of what is left (Euclid): no product is needed.
fn compare_by_parts(left: Fraction, right: Fraction) -> Ordering {
    let whole = |f: Fraction| f.numerator.div_euclid(f.denominator);
    let rest = |f: Fraction| f.numerator.rem_euclid(f.denominator);
    whole(left).cmp(&whole(right)).then_with(|| match (rest(left), rest(right)) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        (a, b) => compare_by_parts(
            Fraction { numerator: right.denominator, denominator: b },
            Fraction { numerator: left.denominator, denominator: a },
        ),
    })
}

impl fmt::Display for Fraction {
    /// A whole number as it is, anything else as a decimal of at most six places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.integer() {
            Some(whole) => write!(f, "{whole}"),
            None => write!(f, "{}", self.rounded()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(numerator: i128, denominator: i128) -> Fraction {
        Fraction::ratio(numerator, denominator).expect("defined")
    }

    #[test]
    fn seventy_of_a_hundred_is_seven_tenths() {
        assert_eq!(fraction(70, 100), fraction(7, 10));
        assert!(fraction(6_999_999, 10_000_000) < fraction(7, 10));
    }

    #[test]
    fn division_by_zero_is_undefined() {
        assert!(Fraction::ratio(1, 0).is_none());
        assert!(Fraction::whole(1).over(Fraction::ZERO).is_none());
    }

    #[test]
    fn values_beyond_the_range_of_cross_products_still_compare() {
        let large = fraction(i128::MAX - 1, i128::MAX);
        let larger = fraction(i128::MAX, i128::MAX - 1);
        assert_eq!(large.cmp(&larger), Ordering::Less);
        assert_eq!(larger.cmp(&large), Ordering::Greater);
        assert_eq!(large.cmp(&large), Ordering::Equal);
    }

    #[test]
    fn rounding_is_half_away_from_zero_at_six_places() {
        assert_eq!(fraction(73, 101).rounded().to_string(), "0.722772");
        assert_eq!(fraction(-1, 3).rounded().to_string(), "-0.333333");
    }
}
