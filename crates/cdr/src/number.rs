//! Numbers of subscribers: E.164, short codes and opaque texts, packed into eight bytes where they fit.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A normalised number that fits in eight bytes.
///
/// ```text
///  63 62 | 61 .. 57    | 56 .. 0
///  kind  | digit count | digits as an integer          kind 0: E.164, kind 1: digits alone (short codes)
///  kind  | 6 bits: length, 56 bits: bytes, first high   kind 2: a short opaque text (up to 7 bytes)
///  kind  | 62 bits: symbol                              kind 3: a longer text, kept in a table of its shard
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackedNumber(pub u64);

const KIND_SHIFT: u32 = 62;
const COUNT_SHIFT: u32 = 57;
const DIGITS_MASK: u64 = (1 << COUNT_SHIFT) - 1;
const TEXT_LENGTH_SHIFT: u32 = 56;
const SYMBOL_MASK: u64 = (1 << KIND_SHIFT) - 1;
/// The most digits that fit in the 57 bits of a packed number; E.164 has at most 15.
const DIGITS_MAX: usize = 17;
/// The longest text that is packed.
const PACKED_TEXT_MAX: usize = 7;

impl PackedNumber {
    /// Packs the texts `+` and digits (E.164), digits alone, or up to seven bytes; `None` for anything longer.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (kind, digits) = match bytes {
            [b'+', digits @ ..] => (0, digits),
            digits => (1, digits),
        };
        if let Some(value) = decimal(digits) {
            return Some(Self((kind << KIND_SHIFT) | ((digits.len() as u64) << COUNT_SHIFT) | value));
        }
        if bytes.len() > PACKED_TEXT_MAX {
            return None;
        }
        let value = bytes.iter().enumerate().fold(0u64, |sum, (at, byte)| sum | (u64::from(*byte) << (48 - 8 * at)));
        Some(Self((2 << KIND_SHIFT) | ((bytes.len() as u64) << TEXT_LENGTH_SHIFT) | value))
    }

    /// The packed form of a text that is kept elsewhere under `symbol`.
    #[must_use]
    pub fn from_symbol(symbol: u32) -> Self {
        Self((3 << KIND_SHIFT) | u64::from(symbol))
    }

    /// The symbol of a text that is kept elsewhere, `None` where the number holds its own text.
    #[must_use]
    pub fn symbol(self) -> Option<u32> {
        (self.0 >> KIND_SHIFT == 3).then_some((self.0 & SYMBOL_MASK) as u32)
    }

    /// The digits of an E.164 number as an integer with their count, `None` for every other kind.
    #[must_use]
    pub fn e164(self) -> Option<(u64, u32)> {
        (self.0 >> KIND_SHIFT == 0).then(|| (self.0 & DIGITS_MASK, self.digit_count()))
    }

    fn digit_count(self) -> u32 {
        ((self.0 >> COUNT_SHIFT) & 0x1f) as u32
    }

    /// The text that was packed; a symbol's text is unknown here and yields `None`.
    #[must_use]
    pub fn text(self) -> Option<String> {
        let count = self.digit_count() as usize;
        match self.0 >> KIND_SHIFT {
            0 => Some(written(self.0 & DIGITS_MASK, count, true)),
            1 => Some(written(self.0 & DIGITS_MASK, count, false)),
            2 => {
                let length = ((self.0 >> TEXT_LENGTH_SHIFT) & 0x3f) as usize;
                let bytes = (self.0 << 8).to_be_bytes();
                Some(String::from_utf8_lossy(&bytes[..length.min(PACKED_TEXT_MAX)]).into_owned())
            }
            _ => None,
        }
    }
}

/// A value in at least so many digits, behind a plus where there is one. Rules compare numbers as text, call by call, so
/// it is made in one piece.
fn written(value: u64, count: usize, has_plus: bool) -> String {
    let mut text = [b'0'; 33];
    let (mut at, mut rest) = (text.len(), value);
    while at == text.len() || rest > 0 {
        at -= 1;
        text[at] += (rest % 10) as u8;
        rest /= 10;
    }
    let mut first = at.min(text.len() - count);
    if has_plus {
        first -= 1;
        text[first] = b'+';
    }
    std::str::from_utf8(&text[first..]).unwrap_or_default().to_owned()
}

/// The value of 1 to 17 digits. Every record has two numbers, so eight digits are taken at a time: neighbours are joined
/// to pairs, pairs to fours, fours to eight, each in one multiplication.
fn decimal(digits: &[u8]) -> Option<u64> {
    if !(1..=DIGITS_MAX).contains(&digits.len()) {
        return None;
    }
    let (eights, rest) = digits.as_chunks::<8>();
    let mut value = 0;
    for eight in eights {
        let digits = u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030;
        // A byte above 9 has a bit in its upper half, or gets one by adding 6.
        if (digits | digits.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
            return None;
        }
        let pairs = digits.wrapping_mul((10 << 8) + 1) >> 8 & 0x00ff_00ff_00ff_00ff;
        let fours = pairs.wrapping_mul((100 << 16) + 1) >> 16 & 0x0000_ffff_0000_ffff;
        value = value * 100_000_000 + (fours.wrapping_mul((10_000 << 32) + 1) >> 32);
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

impl fmt::Debug for PackedNumber {
    /// Never the number: a debug print may end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PackedNumber(..)")
    }
}

/// A normalised number: E.164 with its `+`, a short code, or (where a source is opaque) any text up to 64 bytes.
///
/// `Debug` never prints it, so that it cannot reach a log by accident; `Display` does, for outputs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Number {
    /// A number that fits in eight bytes: every E.164 number and short code.
    Packed(PackedNumber),
    /// A longer opaque text.
    Text(Box<str>),
}

impl Number {
    /// The longest text that is a number, in bytes.
    pub const LENGTH_MAX: usize = 64;

    /// The number with exactly this text; it must be normalised already and not longer than [`Self::LENGTH_MAX`].
    #[must_use]
    pub fn new(text: &str) -> Self {
        PackedNumber::new(text).map_or_else(|| Self::Text(text.into()), Self::Packed)
    }

    /// Whether this is E.164: a `+` and digits.
    #[must_use]
    pub fn is_e164(&self) -> bool {
        matches!(self, Self::Packed(packed) if packed.e164().is_some())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packed(packed) => f.write_str(&packed.text().unwrap_or_default()),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Number(..)")
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    /// By the bytes of the text.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_have_the_value_that_the_library_reads(text in "[0-9]{1,17}|[0-9]{0,9}[\\x00-\\x7f][0-9]{0,9}|[0-9]{18,20}") {
            let digits = text.len() <= DIGITS_MAX && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let expected = if digits { text.parse().ok() } else { None };
            prop_assert_eq!(decimal(text.as_bytes()), expected);
            if let Some(packed) = PackedNumber::new(&text) {
                prop_assert_eq!(packed.text(), Some(text));
            }
        }
    }

    #[test]
    fn every_form_reads_back_as_it_was() {
        for text in ["+8613812345678", "+1", "10086", "007", "", "a0", "A", "anon", "abcdefg", "+123456789012345"] {
            let packed = PackedNumber::new(text).expect("fits");
            assert_eq!(packed.text().as_deref(), Some(text));
            assert_eq!(packed.symbol(), None);
        }
    }

    #[test]
    fn digits_are_written_as_the_library_writes_them() {
        for value in [0, 7, 10, 8_613_812_345_678, (1 << 57) - 1] {
            for count in [0, 1, 2, 15, 17, 31] {
                assert_eq!(written(value, count, false), format!("{value:0count$}"));
                assert_eq!(written(value, count, true), format!("+{value:0count$}"));
            }
        }
    }

    #[test]
    fn a_longer_text_is_not_packed_but_reads_back() {
        assert_eq!(PackedNumber::new("abcdefgh"), None);
        assert_eq!(Number::new("8f14e45fceea167a").to_string(), "8f14e45fceea167a");
    }

    #[test]
    fn leading_zeros_and_the_plus_make_different_numbers() {
        let forms = ["7", "07", "007", "+7", "+07"].map(|text| PackedNumber::new(text).expect("fits"));
        for (at, form) in forms.iter().enumerate() {
            assert!(forms[at + 1..].iter().all(|other| other != form));
        }
    }

    #[test]
    fn debug_never_prints_the_number() {
        assert!(!format!("{:?}", Number::new("+8613812345678")).contains("138"));
    }

    #[test]
    fn a_symbol_has_no_text_of_its_own() {
        let symbol = PackedNumber::from_symbol(42);
        assert_eq!((symbol.symbol(), symbol.text(), symbol.e164()), (Some(42), None, None));
    }
}
