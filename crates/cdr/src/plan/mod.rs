//! Where a number is: its country and its time zones.
//!
//! The country follows from the calling code (libphonenumber's metadata), the zones from the country (the tz database's
//! `zone1970.tab`). A country with several zones yields them all: what holds of "the called party's time" then has to
//! hold in each. A file of prefixes narrows that down where a carrier has one. Nothing here depends on the machine.

mod countries;
mod digits;
mod trie;

use jiff::tz::TimeZone;

use crate::{Number, time_zone};
use countries::Countries;
use digits::Digits;
use trie::Trie;

/// The longest prefix that a file may name; E.164 numbers have at most 15 digits.
const PREFIX_DIGITS_MAX: usize = 15;
/// Between the zones of a prefix, as in libphonenumber's files.
const ZONE_SEPARATOR: char = '&';

/// Countries and time zones by number.
#[derive(Debug, PartialEq)]
pub struct NumberPlan {
    countries: Countries,
    /// Indices into `places`.
    prefixes: Trie,
    places: Vec<Vec<TimeZone>>,
}

/// A line of a file of prefixes that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct PrefixFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what is expected.
    pub message: String,
}

impl Default for NumberPlan {
    fn default() -> Self {
        Self::built_in()
    }
}

impl NumberPlan {
    /// The plan that is built in: every country with a calling code, and its zones.
    #[must_use]
    pub fn built_in() -> Self {
        Self { countries: Countries::new(), prefixes: Trie::default(), places: Vec::new() }
    }

    /// The built-in plan, refined by a file of prefixes in libphonenumber's `map_data` form: a line is
    /// `86|Asia/Shanghai` or `1208|America/Boise&America/Los_Angeles`, `#` begins a comment, the longest prefix wins.
    ///
    /// # Errors
    /// Every line that is not of this form, names an unknown zone or repeats a prefix.
    pub fn with_prefixes(text: &str) -> Result<Self, Vec<PrefixFault>> {
        let mut plan = Self::built_in();
        let mut faults = Vec::new();
        for (line, content) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            if let Err(message) = plan.refine(content) {
                faults.push(PrefixFault { line, message });
            }
        }
        if faults.is_empty() { Ok(plan) } else { Err(faults) }
    }

    fn refine(&mut self, line: &str) -> Result<(), String> {
        let (prefix, names) = line.split_once('|').ok_or("expected a prefix, `|` and time zones")?;
        let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(1..=PREFIX_DIGITS_MAX).contains(&prefix.len()) {
            return Err(format!("a prefix is 1 to {PREFIX_DIGITS_MAX} digits, without `+`"));
        }
        let zone = |name: &str| time_zone(name).ok_or_else(|| format!("`{name}` is no known time zone"));
        let zones = names.split(ZONE_SEPARATOR).map(|name| zone(name.trim())).collect::<Result<Vec<_>, _>>()?;
        let place = self.places.len();
        if !self.prefixes.insert(prefix, place) {
            return Err("this prefix is given above already".to_owned());
        }
        self.places.push(zones);
        Ok(())
    }

    /// The ISO 3166 code of a number's country; `None` for what is not E.164 and for codes of no country (`+800`).
    ///
    /// Where countries share a calling code and the metadata cannot tell which one a number is of, as with numbers not
    /// in service, it is the main one: the United States of `+1`, Russia of `+7`.
    #[must_use]
    pub fn country(&self, number: &Number) -> Option<&str> {
        Some(self.countries.of(&Digits::of(number)?)?.code())
    }

    /// Every time zone of a number's place; none where it is unknown.
    #[must_use]
    pub fn zones(&self, number: &Number) -> &[TimeZone] {
        let Some(digits) = Digits::of(number) else { return &[] };
        if let Some((_, place)) = self.prefixes.longest(digits.as_slice()) {
            return &self.places[place];
        }
        self.countries.of(&digits).map_or(&[], |country| country.zones())
    }
}

#[cfg(test)]
mod tests;
