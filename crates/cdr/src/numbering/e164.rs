//! The form that numbers are brought to: `+` and up to 15 digits.

use std::str;

use crate::Number;

/// The most digits of an E.164 number, country code included (ITU-T E.164, 6.1).
pub(super) const E164_DIGITS_MAX: usize = 15;
/// The fewest digits, country code included, of what is taken for an international number after `00`.
const INTERNATIONAL_DIGITS_MIN: usize = 7;

/// `+` and these digits.
pub(super) fn e164(digits: &[&str]) -> Number {
    let mut text = [b'+'; 1 + E164_DIGITS_MAX];
    let mut length = 1;
    for byte in digits.iter().flat_map(|part| part.bytes()).take(E164_DIGITS_MAX) {
        text[length] = byte;
        length += 1;
    }
    Number::new(str::from_utf8(&text[..length]).unwrap_or_default())
}

/// `00` is the international prefix that the ITU recommends; what follows must be able to be a whole number.
pub(super) fn behind_double_zero(digits: &str) -> Option<&str> {
    let rest = digits.strip_prefix("00").filter(|rest| !rest.starts_with('0'))?;
    (INTERNATIONAL_DIGITS_MIN..=E164_DIGITS_MAX).contains(&rest.len()).then_some(rest)
}
