//! Countries by calling code, and their zones.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, Region};

use super::digits::Digits;
use super::trie::Trie;
use crate::time_zone;

/// Which countries each zone overlaps; of the tz database, see `plan/README.md`.
const ZONE_TABLE: &str = include_str!("../../plan/zone1970.tab");
/// Places with telephone numbers of their own that the table does not list, with the country whose zones they keep.
const KEEPS_ZONES_OF: [(&str, &str); 3] = [("AC", "SH"), ("TA", "SH"), ("XK", "RS")];
/// The calling codes that are split by the three digits after them (area codes): `+1` among 25 countries, `+7` among two.
/// Asking the metadata anew for each number would cost microseconds there.
const SPLIT_BY_AREA: [&str; 2] = ["1", "7"];
/// What follows the area code of a number that is asked about in place of all numbers of the area.
const SUBSCRIBER: u64 = 2_345_678;
const SUBSCRIBER_RANGE: u64 = 10_000_000;

/// Countries by the digits that a number begins with.
#[derive(Debug, PartialEq)]
pub(super) struct Countries {
    countries: Vec<Country>,
    by_region: BTreeMap<Region, usize>,
    /// Indices into `codes`.
    by_prefix: Trie,
    codes: Vec<Holder>,
}

/// One country.
#[derive(Debug, PartialEq)]
pub(super) struct Country {
    code: Box<str>,
    zones: Vec<TimeZone>,
}

/// Whose a prefix is.
#[derive(Debug, PartialEq)]
enum Holder {
    /// This country's alone.
    One(usize),
    /// Shared: the metadata is asked about each number; where it has no answer, the main country's.
    Several { calling_code: i32, main: usize },
}

impl Country {
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    pub(super) fn zones(&self) -> &[TimeZone] {
        &self.zones
    }
}

impl Countries {
    pub(super) fn new() -> Self {
        let zones = zones_by_country();
        let mut this =
            Self { countries: Vec::new(), by_region: BTreeMap::new(), by_prefix: Trie::default(), codes: Vec::new() };
        let mut calling_codes: Vec<i32> = PHONE_NUMBER_UTIL.get_supported_calling_codes().collect();
        calling_codes.sort_unstable();
        calling_codes.dedup();
        for calling_code in calling_codes {
            let regions: Vec<Region> =
                PHONE_NUMBER_UTIL.get_regions_for_country_calling_code(calling_code).into_iter().flatten().collect();
            // Regions are listed with the main one first; `World` stands for codes of no country.
            let [main, others @ ..] = &regions[..] else { continue };
            if *main == Region::World {
                continue;
            }
            let main = this.country(*main, &zones);
            others.iter().for_each(|region| {
                this.country(*region, &zones);
            });
            this.add(calling_code, main, others.is_empty());
        }
        this
    }

    fn country(&mut self, region: Region, zones: &BTreeMap<&str, Vec<TimeZone>>) -> usize {
        *self.by_region.entry(region).or_insert_with(|| {
            let code = region.to_string();
            let listed = KEEPS_ZONES_OF.iter().find(|(place, _)| *place == code).map_or(&*code, |(_, country)| country);
            let zones = zones.get(listed).cloned().unwrap_or_default();
            self.countries.push(Country { code: code.into(), zones });
            self.countries.len() - 1
        })
    }

    fn add(&mut self, calling_code: i32, main: usize, alone: bool) {
        let prefix = calling_code.to_string();
        if alone {
            self.hold(&prefix, Holder::One(main));
        } else if SPLIT_BY_AREA.contains(&&*prefix) {
            self.hold(&prefix, Holder::One(main));
            for area in 0..1000 {
                let country = self.asked(calling_code, area * SUBSCRIBER_RANGE + SUBSCRIBER, 0);
                if let Some(country) = country.filter(|country| *country != main) {
                    self.hold(&format!("{prefix}{area:03}"), Holder::One(country));
                }
            }
        } else {
            self.hold(&prefix, Holder::Several { calling_code, main });
        }
    }

    fn hold(&mut self, prefix: &str, holder: Holder) {
        if self.by_prefix.insert(prefix, self.codes.len()) {
            self.codes.push(holder);
        }
    }

    /// The country of a national number by the metadata.
    fn asked(&self, calling_code: i32, national_number: u64, leading_zeros: i32) -> Option<usize> {
        let number = PhoneNumber {
            country_code: calling_code,
            national_number,
            italian_leading_zero: (leading_zeros > 0).then_some(true),
            number_of_leading_zeros: (leading_zeros > 1).then_some(leading_zeros),
            ..PhoneNumber::default()
        };
        self.by_region.get(&PHONE_NUMBER_UTIL.get_region_for_number(&number)?).copied()
    }

    pub(super) fn of(&self, digits: &Digits) -> Option<&Country> {
        let digits = digits.as_slice();
        let (length, code) = self.by_prefix.longest(digits)?;
        let country = match self.codes[code] {
            Holder::One(country) => country,
            Holder::Several { calling_code, main } => {
                let national = &digits[length..];
                let zeros = national.iter().take_while(|digit| **digit == 0).count() as i32;
                let value = national.iter().fold(0, |sum, digit| sum * 10 + u64::from(*digit));
                self.asked(calling_code, value, zeros).unwrap_or(main)
            }
        };
        Some(&self.countries[country])
    }
}

fn zones_by_country() -> BTreeMap<&'static str, Vec<TimeZone>> {
    let mut zones: BTreeMap<&str, Vec<TimeZone>> = BTreeMap::new();
    for line in ZONE_TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(countries), _, Some(name)) = (columns.next(), columns.next(), columns.next()) else { continue };
        let Some(zone) = time_zone(name) else { continue };
        for country in countries.split(',') {
            zones.entry(country).or_default().push(zone.clone());
        }
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_table_is_in_the_database() {
        let rows = ZONE_TABLE.lines().filter(|line| !line.starts_with('#'));
        let names: Vec<&str> = rows.map(|line| line.split('\t').nth(2).expect("a third column")).collect();
        assert_eq!(names.len(), 312);
        for name in names {
            assert!(time_zone(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_country_with_telephones_has_zones() {
        let countries = Countries::new();
        let without: Vec<&str> =
            countries.countries.iter().filter(|country| country.zones.is_empty()).map(Country::code).collect();
        assert_eq!(without, [""; 0]);
        assert!(countries.countries.len() > 230, "{}", countries.countries.len());
    }
}
