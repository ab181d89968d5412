//! The digits of a number, by which its place is looked up.

use crate::Number;

/// The digits of an E.164 number, each 0 to 9.
pub(super) struct Digits {
    digits: [u8; Self::MAX],
    count: usize,
}

impl Digits {
    /// The most digits of a packed number.
    const MAX: usize = 17;

    pub(super) fn of(number: &Number) -> Option<Self> {
        let Number::Packed(packed) = number else { return None };
        let (mut value, count) = packed.e164()?;
        let count = (count as usize).min(Self::MAX);
        let mut digits = [0; Self::MAX];
        for digit in digits[..count].iter_mut().rev() {
            *digit = (value % 10) as u8;
            value /= 10;
        }
        Some(Self { digits, count })
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.digits[..self.count]
    }
}
