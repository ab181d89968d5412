//! The tables that come with the binary: what is judged by other releases of them may come to other verdicts.

use ringfence_cdr::Releases;
use serde::{Deserialize, Serialize};

/// The releases of the tables that a commit was judged with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableReleases {
    /// Of the tz database: the rules of every time zone.
    pub time_zones: String,
    /// Of the tz database too: which countries a time zone overlaps.
    pub zones_of_countries: String,
    /// Of libphonenumber's metadata: which numbers are possible and valid, and of which country they are.
    pub number_plan: String,
}

impl TableReleases {
    /// Those of this binary.
    #[must_use]
    pub fn built_in() -> Self {
        let Releases { time_zones, zones_of_countries, number_plan } = Releases::built_in();
        Self {
            time_zones: time_zones.to_owned(),
            zones_of_countries: zones_of_countries.to_owned(),
            number_plan: number_plan.to_owned(),
        }
    }

    /// What tells the two apart, in words; `None` where they are the same.
    pub(crate) fn difference(&self, before: &Self) -> Option<String> {
        let tables = [
            ("time zones", &self.time_zones, &before.time_zones),
            ("zones of countries", &self.zones_of_countries, &before.zones_of_countries),
            ("number plan", &self.number_plan, &before.number_plan),
        ];
        let other = tables.into_iter().filter(|(_, now, before)| now != before);
        let named: Vec<String> = other.map(|(name, now, before)| format!("{name} {before}, not {now}")).collect();
        (!named.is_empty()).then(|| named.join("; "))
    }
}
