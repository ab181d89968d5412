//! The generator's own randomness: small, integer, and the same on every machine for ever.
//!
//! Worlds are named by their seed in tests and reports, so the stream must not change with a library's release.

use std::ops::RangeInclusive;

/// Chances are given in parts of a million.
pub(crate) const MILLION: u64 = 1_000_000;

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Scatters the bits of a word; the finaliser of SplitMix64.
pub(crate) fn scatter(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Random {
    /// A stream of its own for each path of parts, such as `[seed, purpose, rank]`.
    pub(crate) fn of(parts: &[u64]) -> Self {
        Self(parts.iter().fold(GOLDEN, |state, part| scatter(state.wrapping_add(GOLDEN) ^ scatter(*part))))
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        scatter(self.0)
    }

    /// A number from 0 up to and without `end`; 0 where `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// A number of the range, both ends included.
    pub(crate) fn between(&mut self, range: &RangeInclusive<i64>) -> i64 {
        range.start() + self.below((range.end() - range.start() + 1).max(1) as u64) as i64
    }

    /// Whether something happens that happens so often in a million times.
    pub(crate) fn happens(&mut self, per_million: u64) -> bool {
        self.below(MILLION) < per_million
    }

    /// A value from a distribution given by equally spaced quantiles, evenly spread between two neighbours.
    pub(crate) fn quantile(&mut self, quantiles: &[i64]) -> i64 {
        let at = self.below(quantiles.len() as u64 - 1) as usize;
        self.between(&(quantiles[at]..=quantiles[at + 1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_splitmix64() {
        // The generator's published outputs for this seed.
        let mut random = Random(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn ranges_include_both_ends_and_nothing_else() {
        let mut random = Random::of(&[7]);
        let seen: std::collections::BTreeSet<i64> = (0..200).map(|_| random.between(&(-1..=2))).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-1, 0, 1, 2]);
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn a_quantile_lies_between_the_outer_ones() {
        let mut random = Random::of(&[8]);
        assert!((0..1000).all(|_| (3..=50).contains(&random.quantile(&[3, 10, 50]))));
    }
}
