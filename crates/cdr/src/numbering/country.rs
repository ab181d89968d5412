//! National numbers of one country to E.164.

use std::fmt;

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberType, Region};

use super::e164::{E164_DIGITS_MAX, e164};
use crate::Number;

/// The fewest digits that are left for a national number once a trunk or carrier prefix is taken off; with fewer, what
/// looked like a prefix is part of a short code (`000`, `12306`).
const AFTER_PREFIX_MIN: usize = 6;
/// The fewest digits of a national number where the country has no known mobile numbers.
const NATIONAL_MIN: usize = 7;

/// A country whose national numbers are brought to E.164.
///
/// The prefixes to strip (trunk `0`, carrier selection such as `17951`, the country's own international prefix) come
/// from libphonenumber's metadata. Digits with no prefix at all are a national number if they have at most one digit
/// fewer than a mobile number there; fewer digits are a short code or a local number, which stay as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Country {
    region: Region,
    calling_code: i32,
    national_min: usize,
}

/// The code is not that of a country with telephone numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no telephone numbers are known for the country `{0}`; use an ISO 3166 code of two letters such as CN")]
pub struct UnknownCountry(pub String);

impl Country {
    /// The country of this ISO 3166 code of two letters.
    pub(super) fn new(code: &str) -> Result<Self, UnknownCountry> {
        let unknown = || UnknownCountry(code.chars().take(20).collect());
        if code.len() != 2 {
            return Err(unknown());
        }
        let region = Region::from_code(code).map_err(|_| unknown())?;
        let calling_code = PHONE_NUMBER_UTIL.get_country_code_for_region(region).ok_or_else(unknown)?;
        let national_min = PHONE_NUMBER_UTIL
            .get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
            .map_or(NATIONAL_MIN, |mobile| national_digits(&mobile).len().saturating_sub(1));
        Ok(Self { region, calling_code, national_min })
    }

    /// The ISO 3166 code.
    #[must_use]
    pub fn code(&self) -> String {
        self.region.to_string()
    }

    /// The digits as E.164, `None` where they stay as they are.
    pub(super) fn to_e164(&self, digits: &str) -> Option<Number> {
        let parsed = PHONE_NUMBER_UTIL.parse(digits, Some(self.region)).ok()?;
        let national = national_digits(&parsed);
        let calling_code = parsed.country_code.to_string();
        if calling_code.len() + national.len() > E164_DIGITS_MAX {
            return None;
        }
        let whole = if parsed.country_code != self.calling_code {
            true
        } else if digits == national {
            !digits.starts_with("00") && national.len() >= self.national_min && !is_local(&parsed)
        } else {
            national.len() >= AFTER_PREFIX_MIN
        };
        whole.then(|| e164(&[&calling_code, &national]))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.region)
    }
}

/// Whether numbers of this length lack an area code there.
fn is_local(number: &PhoneNumber) -> bool {
    PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) == Ok(NumberLengthType::IsPossibleLocalOnly)
}

fn national_digits(number: &PhoneNumber) -> String {
    rlibphonenumber::get_national_significant_number_owned(number)
}
