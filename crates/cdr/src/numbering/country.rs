//! National numbers of one country to E.164.

use std::fmt;

use rlibphonenumber::{CountryCodeSource, NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberType, Region};

use super::e164::behind_double_zero;
use super::whole::Whole;
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
/// fewer than a mobile number there; fewer digits are a short code or a local number, which stay as they are. Digits that
/// begin with the country's own code are an international number without its plus where what is behind it has the length
/// of a national number; where all of them have that too, it counts which of the two is valid. So it does where `00` is
/// no international prefix of the country, but might begin one (`0085...` in Hong Kong, whose prefixes are `001`, `008`
/// and others): switches write it all the same.
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
        let by_plan = self.by_plan(digits);
        let Some(rest) = behind_double_zero(digits) else { return by_plan?.number() };
        if by_plan.as_ref().is_some_and(|whole| whole.is_of(rest)) {
            return by_plan?.number();
        }
        match (Whole::read(rest), by_plan) {
            (Some(international), Some(by_plan)) if is_valid(&by_plan) && !is_valid(&international) => by_plan.number(),
            (Some(international), _) => international.number(),
            (None, by_plan) => by_plan?.number(),
        }
    }

    /// The digits as the plan of the country reads them, its own international prefix included.
    fn by_plan(&self, digits: &str) -> Option<Whole> {
        let asked = PHONE_NUMBER_UTIL.parse_and_keep_raw_input(digits, Some(self.region)).ok()?;
        if asked.country_code_source() == CountryCodeSource::FromNumberWithIdd {
            return Whole::of(asked);
        }
        if !digits.starts_with(&self.calling_code.to_string()) {
            return self.national(digits, Whole::of(asked)?);
        }
        let national = Whole::read(&format!("{}{digits}", self.calling_code));
        let national = national.and_then(|whole| self.national(digits, whole));
        match (self.international(digits), national) {
            (Some(international), Some(national)) if is_possible(&national) => {
                match (is_valid(&international), is_valid(&national)) {
                    (false, true) => Some(national),
                    _ => Some(international),
                }
            }
            (Some(international), _) => Some(international),
            (None, national) => national,
        }
    }

    /// The digits as a number with the country's own code and no plus before it.
    fn international(&self, digits: &str) -> Option<Whole> {
        Whole::read(digits).filter(|whole| whole.country_code() == self.calling_code && is_possible(whole))
    }

    /// What was read of the digits as of a number of the country without its code, where they are enough for one.
    fn national(&self, digits: &str, whole: Whole) -> Option<Whole> {
        let national = whole.national();
        let is_whole = if digits == national {
            !digits.starts_with("00") && national.len() >= self.national_min && !is_local(&whole)
        } else {
            national.len() >= AFTER_PREFIX_MIN
        };
        (is_whole && whole.country_code() == self.calling_code).then_some(whole)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.region)
    }
}

/// Whether numbers of this length lack an area code there.
fn is_local(number: &Whole) -> bool {
    PHONE_NUMBER_UTIL.is_possible_number_with_reason(number.parsed()) == Ok(NumberLengthType::IsPossibleLocalOnly)
}

/// Whether there are whole numbers of this length there.
fn is_possible(number: &Whole) -> bool {
    PHONE_NUMBER_UTIL.is_possible_number_with_reason(number.parsed()) == Ok(NumberLengthType::IsPossible)
}

fn is_valid(number: &Whole) -> bool {
    PHONE_NUMBER_UTIL.is_valid_number(number.parsed())
}

fn national_digits(number: &PhoneNumber) -> String {
    rlibphonenumber::get_national_significant_number_owned(number)
}
