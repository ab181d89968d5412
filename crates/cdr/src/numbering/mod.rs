//! From a number as a source writes it to the one form in which it is counted.
//!
//! Two spellings of one number that stay apart halve every count, so each source says how it writes numbers, and what
//! it writes is brought to E.164 here, once. Whether a number is *valid*, assigned or in service never plays a part:
//! what cannot be brought to E.164 (a short code such as `10086`, a local number without its area code) stays as it
//! is and counts. Normalising a normalised number changes nothing.

mod country;
mod e164;
mod fault;
mod whole;
mod written;

pub use country::{Country, UnknownCountry};
use e164::{E164_DIGITS_MAX, behind_double_zero, e164};
pub use fault::NumberFault;
use whole::{Whole, may_be_written_otherwise};
use written::Written;

use crate::Number;

/// How a source writes numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Numbering {
    /// Nothing was said: only what begins with `+` or `00` is an international number, all else stays as it is.
    #[default]
    International,
    /// `numbers: {country: CN}`: national numbers of this country become E.164.
    Country(Country),
    /// `numbers: opaque`: pseudonyms or test ids, any text up to 64 bytes, taken as it is.
    Opaque,
}

impl Numbering {
    /// The numbering of a source in this country, by its ISO 3166 code of two letters.
    ///
    /// # Errors
    /// [`UnknownCountry`] where no telephone numbers are known for the code.
    pub fn country(code: &str) -> Result<Self, UnknownCountry> {
        Country::new(code).map(Self::Country)
    }

    /// The one form of the number that is `written` so.
    ///
    /// # Errors
    /// [`NumberFault`] where it is hidden, or no number.
    #[inline]
    pub fn normalise(&self, written: &str) -> Result<Number, NumberFault> {
        if is_plain_e164(written) && (matches!(self, Self::Opaque) || !may_be_written_otherwise(&written[1..])) {
            return Ok(Number::new(written));
        }
        match self {
            Self::Opaque => opaque(written),
            Self::International => dialled(written, |_| None),
            Self::Country(country) => dialled(written, |digits| country.to_e164(digits)),
        }
    }
}

/// Whether the text is `+` and up to 15 digits already, the first of them not 0, and no stand-in for a hidden number.
fn is_plain_e164(text: &str) -> bool {
    match text.as_bytes() {
        [b'+', b'1'..=b'9', digits @ ..] => {
            digits.len() < E164_DIGITS_MAX
                && digits.iter().all(u8::is_ascii_digit)
                && !written::is_spelled_on_a_keypad(text)
        }
        _ => false,
    }
}

fn opaque(written: &str) -> Result<Number, NumberFault> {
    let text = written.trim();
    if text.is_empty() || written::says_hidden(text) {
        return Err(NumberFault::Hidden);
    }
    if text.len() > Number::LENGTH_MAX || text.chars().any(char::is_control) {
        return Err(NumberFault::Malformed);
    }
    Ok(Number::new(text))
}

/// `national` brings digits without any international prefix to E.164 where it can.
fn dialled(written: &str, national: impl Fn(&str) -> Option<Number>) -> Result<Number, NumberFault> {
    let cleaned = Written::read(written)?;
    let text = cleaned.text();
    let is_of_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let e164 = match text.strip_prefix('+') {
        Some(digits) if is_of_digits(digits) => Whole::read(digits).and_then(|whole| whole.number()),
        None if is_of_digits(text) => national(text).or_else(|| after_double_zero(text)),
        _ => None,
    };
    Ok(e164.unwrap_or_else(|| Number::new(text)))
}

fn after_double_zero(digits: &str) -> Option<Number> {
    let rest = behind_double_zero(digits)?;
    Some(Whole::read(rest).and_then(|whole| whole.number()).unwrap_or_else(|| e164(&[rest])))
}

#[cfg(test)]
mod tests;
