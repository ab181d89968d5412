//! A number with its country code, whatever else the plan of that country lets people write behind it.
//!
//! `+44 (0)20 7946 0018` holds the zero that is dialled at home, `+52 1 55 5501 0001` the digit that mobile phones of
//! Mexico had until 2019, `+54 11 15 5550 0001` the 15 that callers within Argentina put before a mobile number. Two
//! spellings of one number halve every count, so each is brought to the same digits, and these stay as they are.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber};

use super::e164::{E164_DIGITS_MAX, e164};
use crate::Number;

/// A prefix behind another, at most: `+44 0 0...` is no number.
const PREFIXES_MAX: usize = 4;
/// The country code of Mexico, and the digits of its national numbers.
const MEXICO: (i32, usize) = (52, 10);
/// What was dialled before them until 2019 and 2020: for mobile phones from abroad, within an area and beyond it, and for
/// others beyond an area.
const MEXICAN_PREFIXES: [&str; 4] = ["044", "045", "01", "1"];

/// A number with its country code.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    parsed: PhoneNumber,
    national: String,
}

impl Number {
    /// The calling code of its country, which is all that may be shown of a number; none of a short code or another text.
    #[must_use]
    pub fn calling_code(&self) -> Option<String> {
        let text = self.to_string();
        Some(Whole::read(text.strip_prefix('+')?)?.country_code().to_string())
    }
}

impl Whole {
    /// Of the digits that stand behind a plus; `None` where there is no such country, or too few digits.
    pub(super) fn read(digits: &str) -> Option<Self> {
        Self::parse(digits)?.without_prefixes()
    }

    /// Of a number that was parsed.
    pub(super) fn of(parsed: PhoneNumber) -> Option<Self> {
        Self::parsed_as(parsed)?.without_prefixes()
    }

    fn without_prefixes(self) -> Option<Self> {
        let mut whole = self;
        for _ in 0..PREFIXES_MAX {
            let read = whole.digits();
            if !may_be_written_otherwise(&read) {
                break;
            }
            let again = Self::parse(&read)?;
            if again.national == whole.national {
                break;
            }
            whole = again;
        }
        Some(whole)
    }

    fn parse(digits: &str) -> Option<Self> {
        Self::parsed_as(PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None).ok()?)
    }

    fn parsed_as(parsed: PhoneNumber) -> Option<Self> {
        let national = rlibphonenumber::get_national_significant_number_owned(&parsed);
        match without_old_prefix(parsed.country_code, &national) {
            None => Some(Self { parsed, national }),
            Some(national) => {
                let parsed = PHONE_NUMBER_UTIL.parse(format!("+{}{national}", parsed.country_code), None).ok()?;
                Some(Self { parsed, national: national.to_owned() })
            }
        }
    }

    pub(super) fn country_code(&self) -> i32 {
        self.parsed.country_code
    }

    /// The digits of the national number, with the zeros that belong to it.
    pub(super) fn national(&self) -> &str {
        &self.national
    }

    pub(super) fn parsed(&self) -> &PhoneNumber {
        &self.parsed
    }

    /// Whether these are its digits.
    pub(super) fn is_of(&self, digits: &str) -> bool {
        digits.strip_suffix(&*self.national).is_some_and(|code| code.parse() == Ok(self.parsed.country_code))
    }

    fn digits(&self) -> String {
        format!("{}{}", self.parsed.country_code, self.national)
    }

    /// As E.164, unless it is too long for that.
    pub(super) fn number(&self) -> Option<Number> {
        let digits = self.digits();
        (digits.len() <= E164_DIGITS_MAX).then(|| e164(&[&digits]))
    }
}

fn without_old_prefix(country_code: i32, national: &str) -> Option<&str> {
    let (mexico, length) = MEXICO;
    let rests = MEXICAN_PREFIXES.iter().filter_map(|prefix| national.strip_prefix(prefix));
    rests.filter(|_| country_code == mexico).find(|rest| rest.len() == length)
}

/// Whether these digits with a country code may be another spelling of others: a prefix of the country's plan, or of an
/// earlier one, may stand behind its code. Of nearly every number this says at once that nothing has to be looked up.
pub(super) fn may_be_written_otherwise(digits: &str) -> bool {
    let (country_code, national) = digits.split_at(code_length(digits));
    national.starts_with('0') || prefixes(country_code).iter().any(|prefix| national.starts_with(prefix))
}

/// How many digits the country code has at the beginning of a number (ITU-T E.164, list of assigned codes).
fn code_length(digits: &str) -> usize {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    };
    length.min(digits.len())
}

/// What prefixes that begin with no zero may begin with behind a country code.
fn prefixes(country_code: &str) -> &'static [&'static str] {
    match country_code {
        "1" | "52" | "61" | "298" | "352" | "506" | "692" => &["1"],
        "7" | "370" | "375" | "993" => &["8"],
        "54" => &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
        "55" => &["9"],
        "86" => &["11", "12", "179"],
        "261" => &["2", "4", "5", "6", "7", "8", "9"],
        "378" => &["8", "9"],
        "672" => &["1", "2", "5", "8"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_said_not_to_be_written_otherwise_is_not() {
        let mut seed = 1_u64;
        let mut next = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 33
        };
        let mut missed = BTreeSet::new();
        for country_code in PHONE_NUMBER_UTIL.get_supported_calling_codes() {
            for beginning in 0..1_000 {
                let rest: String = (0..1 + next() % 10).map(|_| char::from(b'0' + (next() % 10) as u8)).collect();
                let digits = format!("{country_code}{beginning:03}{rest}");
                let Some(parsed) = Whole::parse(&digits) else { continue };
                if parsed.digits() != digits && !may_be_written_otherwise(&digits) {
                    missed.insert((country_code, beginning));
                }
            }
        }
        assert_eq!(missed, BTreeSet::new());
    }
}
