//! Where numbers are: countries and time zones.

use std::fmt;

use jiff::tz::TimeZone;
use ringfence_cdr::Number;

/// A number plan, as far as predicates need one.
pub trait Places: fmt::Debug + Send + Sync {
    /// The ISO 3166 code of the country of a number.
    fn country(&self, number: &Number) -> Option<&str>;
    /// Every time zone of the number's place; none where it is unknown.
    fn zones(&self, number: &Number) -> &[TimeZone];
}

/// A plan that knows no number: `country` is absent and a called party's time of day is never known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPlaces;

impl Places for NoPlaces {
    fn country(&self, _: &Number) -> Option<&str> {
        None
    }

    fn zones(&self, _: &Number) -> &[TimeZone] {
        &[]
    }
}
