//! Local times, as clocks on the wall of some zone show them, and the instants that they are.
//!
//! Where clocks go back an hour comes twice, and nothing in the text says which is meant: the dialect chooses, and what
//! was chosen is counted, since a verdict may rest on it. Where clocks go forward an hour never comes; a time in it was
//! written by a clock that had not gone forward yet.

use std::borrow::Cow;
use std::cell::Cell;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::{EventTime, Reject, RejectCode, Treatment, Treatments, zones};

/// Which of two instants a local time is that comes twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ambiguous {
    #[default]
    Earlier,
    Later,
    /// The record is refused.
    Reject,
}

/// Whose clock a local time is read from.
#[derive(Clone, Debug)]
pub(super) enum RowZone {
    /// No time needs one.
    None,
    Known(TimeZone),
    /// The row names one that is not known.
    Unknown,
    /// The column that should name it is empty.
    Absent,
}

/// How the local times of one row are read, and what was noted as they were.
#[derive(Debug)]
pub(super) struct LocalTimes<'a> {
    zone: Cow<'a, RowZone>,
    ambiguous: Ambiguous,
    noted: Cell<Treatments>,
}

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeFault {
    /// It is not of the format.
    Unreadable,
    /// It, or its row, names a zone that is not known.
    UnknownZone,
    /// Its row names no zone.
    NoZone,
    /// It comes twice, and the dialect refuses to choose.
    Ambiguous,
}

impl RowZone {
    /// The zone that a row or a dialect names.
    pub(super) fn named(text: &str) -> Self {
        match text.trim() {
            "" => Self::Absent,
            name => zones::find(name).map_or(Self::Unknown, Self::Known),
        }
    }
}

impl<'a> LocalTimes<'a> {
    pub(super) fn new(zone: Cow<'a, RowZone>, ambiguous: Ambiguous) -> Self {
        Self { zone, ambiguous, noted: Cell::default() }
    }

    /// How the times were read, where not plainly.
    pub(super) fn treatments(&self) -> Treatments {
        self.noted.get()
    }

    fn note(&self, treatment: Treatment) {
        let mut treatments = self.noted.get();
        treatments.note(treatment);
        self.noted.set(treatments);
    }

    /// The instant that clocks of the row's zone showed so.
    pub(super) fn instant(&self, shown: DateTime) -> Result<EventTime, TimeFault> {
        match &*self.zone {
            RowZone::Known(zone) => self.instant_in(zone, shown),
            RowZone::Unknown => Err(TimeFault::UnknownZone),
            RowZone::Absent | RowZone::None => Err(TimeFault::NoZone),
        }
    }

    /// The instant that clocks of this zone showed so.
    pub(super) fn instant_in(&self, zone: &TimeZone, shown: DateTime) -> Result<EventTime, TimeFault> {
        let times = zone.to_ambiguous_timestamp(shown);
        let chosen = match (times.offset(), self.ambiguous) {
            (AmbiguousOffset::Unambiguous { offset }, _) => offset,
            (AmbiguousOffset::Gap { before, .. }, _) => {
                self.note(Treatment::SkippedLocalTime);
                before
            }
            (AmbiguousOffset::Fold { .. }, Ambiguous::Reject) => return Err(TimeFault::Ambiguous),
            (AmbiguousOffset::Fold { before, after }, choice) => {
                self.note(Treatment::AmbiguousLocalTime);
                if choice == Ambiguous::Later { after } else { before }
            }
        };
        chosen.to_timestamp(shown).map(EventTime::from).map_err(|_| TimeFault::Unreadable)
    }
}

impl TimeFault {
    /// The reject of a field with such a text.
    pub(super) fn reject(self, field: &'static str, expected: &str) -> Reject {
        let (code, detail) = match self {
            Self::Unreadable => (RejectCode::InvalidField, format!("{field} is not {expected}")),
            Self::UnknownZone => {
                (RejectCode::UnknownZone, format!("the zone of {field} is none of the time zone database"))
            }
            Self::NoZone => {
                (RejectCode::UnknownZone, format!("{field} is a local time, and the row does not name its zone"))
            }
            Self::Ambiguous => (
                RejectCode::AmbiguousTime,
                format!("{field} is a local time that comes twice, and the dialect says `ambiguous: reject`"),
            ),
        };
        Reject::new(code, detail).of_field(field)
    }
}
