//! Event times, durations and the fingerprints of records.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

/// The longest message of SHA-256 that fits in one block beside the bit that ends it and its length (FIPS 180-4, 5.1.1).
const ONE_BLOCK_MAX: usize = 64 - 1 - 8;
/// The initial hash value of SHA-256 (FIPS 180-4, 5.3.3).
const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// An instant in whole milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTime(pub i64);

/// A length of time in whole milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl EventTime {
    /// The earliest time there is: nothing lies before it.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest time there is: nothing lies after it.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant `by` later; stays at the ends of the range rather than wrapping.
    #[must_use]
    pub fn plus(self, by: Millis) -> Self {
        Self(self.0.saturating_add(by.0))
    }

    /// The instant `by` earlier; stays at the ends of the range rather than wrapping.
    #[must_use]
    pub fn minus(self, by: Millis) -> Self {
        Self(self.0.saturating_sub(by.0))
    }

    /// The time from `earlier` to this instant, negative where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The time that an RFC 3339 text with an offset names.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        crate::instant::from_rfc3339(text)
    }

    /// The same instant as a [`Timestamp`], clamped to the years that it can hold (-9999 to 9999).
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

impl From<Timestamp> for EventTime {
    /// Digits beyond the millisecond are cut off, towards the past.
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_nanosecond().div_euclid(1_000_000) as i64)
    }
}

impl fmt::Display for EventTime {
    /// RFC 3339 in UTC with milliseconds: `2026-01-01T09:00:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl fmt::Debug for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self(1_000);
    /// One minute.
    pub const MINUTE: Self = Self(60_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000);
    /// Twenty-four hours; a calendar day is the zone's and may differ.
    pub const DAY: Self = Self(86_400_000);

    /// The sum, at most the longest length there is.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Debug for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

/// Thirty-two bits of a hash of a `recordId` (of a `complaintId` for complaints).
///
/// Within one key and one instant it tells records apart: two records with the same calling number, event time
/// and fingerprint are the same fact (a false match needs a collision among the calls of one number in one
/// millisecond).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub u32);

impl Fingerprint {
    /// The first four bytes, big-endian, of the SHA-256 of the record's id: anyone with the CDRs can redo it.
    #[must_use]
    pub fn of(record_id: &str) -> Self {
        let id = record_id.as_bytes();
        if id.len() <= ONE_BLOCK_MAX {
            return Self(first_word_of_one_block(id));
        }
        let digest = Sha256::digest(id);
        Self(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]))
    }
}

/// SHA-256 of a message that fits in one block with its padding. Nearly every id does, and every record has one: without
/// the hasher's buffer it costs half as much.
fn first_word_of_one_block(message: &[u8]) -> u32 {
    let mut block = [0; 64];
    block[..message.len()].copy_from_slice(message);
    block[message.len()] = 0x80;
    block[62..].copy_from_slice(&(message.len() as u16 * 8).to_be_bytes());
    let mut state = INITIAL_STATE;
    compress256(&mut state, &[block]);
    state[0]
}

impl fmt::Display for Fingerprint {
    /// Eight lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_beginning_of_the_sha_256_whatever_the_length() {
        assert_eq!(Fingerprint::of("").to_string(), "e3b0c442");
        assert_eq!(Fingerprint::of("abc").to_string(), "ba7816bf");
        for length in 0..200 {
            let id = "x".repeat(length);
            let digest = Sha256::digest(id.as_bytes());
            assert_eq!(Fingerprint::of(&id).0.to_be_bytes(), digest[..4], "{length}");
        }
    }
}
