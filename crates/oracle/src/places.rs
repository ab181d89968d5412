//! Where numbers are: their countries and time zones, given from outside.

use jiff::tz::TimeZone;
use ringfence_cdr::{Number, NumberPlan};

/// The number plan as the oracle asks it.
pub trait Places {
    /// The ISO 3166 code of the country of a number, `None` for numbers without one.
    fn country(&self, number: &Number) -> Option<&str>;

    /// The time zones of the place of a number, none where it is unknown.
    fn zones(&self, number: &Number) -> &[TimeZone];
}

/// A plan in which no number has a place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Places for Nowhere {
    fn country(&self, _number: &Number) -> Option<&str> {
        None
    }

    fn zones(&self, _number: &Number) -> &[TimeZone] {
        &[]
    }
}

impl Places for NumberPlan {
    fn country(&self, number: &Number) -> Option<&str> {
        Self::country(self, number)
    }

    fn zones(&self, number: &Number) -> &[TimeZone] {
        Self::zones(self, number)
    }
}
