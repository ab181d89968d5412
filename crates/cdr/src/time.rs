//! Event times, durations and the fingerprints of records.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant in whole milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTime(pub i64);

/// Where the time of day comes from: the machine's clock, or in tests one that they move.
pub type Clock = fn() -> EventTime;

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
    /// A unit as lengths of time are written with it: `ms`, `s`, `m`, `h`, `d` (24 h) or `w`.
    #[must_use]
    pub fn of_unit(unit: &str) -> Option<Self> {
        Some(match unit {
            "ms" => Self(1),
            "s" => Self::SECOND,
            "m" => Self::MINUTE,
            "h" => Self::HOUR,
            "d" => Self::DAY,
            "w" => Self(7 * Self::DAY.0),
            _ => return None,
        })
    }

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
    /// The CRC-32 of the record's id (IEEE 802.3, as of zlib, gzip and most SQL dialects): anyone with the CDRs can redo it.
    /// Two ids of one length that differ within four bytes, as neighbours do, never share one. Nothing secret hangs on it,
    /// and a cryptographic hash would cost every record an eighth of its decoding.
    #[must_use]
    pub fn of(record_id: &str) -> Self {
        Self(crc32fast::hash(record_id.as_bytes()))
    }
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
    fn a_fingerprint_is_the_crc_32_that_everyone_computes() {
        // The check value of the catalogue of CRC algorithms, and what zlib gives.
        assert_eq!(Fingerprint::of("123456789").to_string(), "cbf43926");
        assert_eq!(Fingerprint::of("").to_string(), "00000000");
        let ids: std::collections::BTreeSet<_> =
            (0..100_000).map(|id| Fingerprint::of(&format!("smsc-{id:09}"))).collect();
        assert_eq!(ids.len(), 100_000);
    }
}
