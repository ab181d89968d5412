//! The numbers of a generated world.
//!
//! All are mobile numbers of the block **+86 154 0000 0000 to +86 154 9999 9999**: the prefix 154 is in no
//! published table of Chinese number segments, so that a generated number is nobody's. The lower half belongs to
//! the subscribers of the carrier that is watched, the upper half to the customers of all others. Besides them,
//! a few short codes of service desks are called.

use std::fmt;

use ringfence_cdr::Number;

/// The most subscribers that a world can have.
pub const NUMBERS_MAX: u64 = 50_000_000;

const COUNTRY: &str = "+86";
const BLOCK: u64 = 154_0000_0000;
/// Service desks, called by their short codes.
const SHORT_CODES: [u64; 4] = [10_086, 12_306, 95_588, 12_345];

/// Someone who calls or is called: the national digits of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party(u64);

impl Party {
    /// A subscriber of the carrier, by its place in the lower half of the block.
    pub(crate) fn subscriber(place: u64) -> Self {
        Self(BLOCK + place % NUMBERS_MAX)
    }

    /// A customer of another carrier, by its place in the upper half of the block.
    pub(crate) fn outsider(place: u64) -> Self {
        Self(BLOCK + NUMBERS_MAX + place % NUMBERS_MAX)
    }

    /// A service desk.
    pub(crate) fn service(place: u64) -> Self {
        Self(SHORT_CODES[place as usize % SHORT_CODES.len()])
    }

    /// The national digits as an integer.
    #[must_use]
    pub fn digits(self) -> u64 {
        self.0
    }

    /// Whether this is a number of the carrier that is watched.
    #[must_use]
    pub fn is_subscriber(self) -> bool {
        (BLOCK..BLOCK + NUMBERS_MAX).contains(&self.0)
    }

    /// The prefix before the national digits; short codes have none.
    pub(crate) fn prefix(self) -> &'static str {
        if self.0 >= BLOCK { COUNTRY } else { "" }
    }

    /// The number as the engine sees it.
    #[must_use]
    pub fn number(self) -> Number {
        Number::new(&self.to_string())
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix(), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_e164_and_short_codes_stay_short() {
        assert_eq!(Party::subscriber(7).to_string(), "+8615400000007");
        assert_eq!(Party::outsider(7).to_string(), "+8615450000007");
        assert_eq!(Party::service(0).to_string(), "10086");
        assert!(Party::subscriber(7).number().is_e164());
        assert!(!Party::outsider(7).is_subscriber() && !Party::service(1).is_subscriber());
    }
}
