//! A shuffle of a whole range that needs no table: the number at each place is computed.
//!
//! Numbers of offenders are scattered over the block by it, and a caller that never repeats itself walks along it.

use crate::random::scatter;

/// A bijection of `0..len`, from a Feistel network over the next even power of two, walked until it lands inside.
#[derive(Clone, Debug)]
pub(crate) struct Permutation {
    len: u64,
    half_bits: u32,
    key: u64,
}

const ROUNDS: u64 = 4;

impl Permutation {
    /// The shuffle of `0..len` (at least one) that belongs to `key`.
    pub(crate) fn new(len: u64, key: u64) -> Self {
        let bits = u64::BITS - len.saturating_sub(1).leading_zeros();
        Self { len, half_bits: bits.div_ceil(2).max(1), key }
    }

    /// What stands at `place`, which wraps around at the end of the range.
    pub(crate) fn at(&self, place: u64) -> u64 {
        let mut value = place % self.len;
        loop {
            value = self.once(value);
            if value < self.len {
                return value;
            }
        }
    }

    fn once(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for round in 0..ROUNDS {
            let turned = left ^ (scatter(right ^ self.key.wrapping_add(round << 56)) & mask);
            (left, right) = (right, turned);
        }
        (left << self.half_bits) | right
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_value_stands_at_exactly_one_place(len in 1u64..3000, key: u64) {
            let permutation = Permutation::new(len, key);
            let mut seen: Vec<u64> = (0..len).map(|place| permutation.at(place)).collect();
            seen.sort_unstable();
            prop_assert!(seen.into_iter().eq(0..len));
        }
    }
}
