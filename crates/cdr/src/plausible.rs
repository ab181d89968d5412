//! Which times a call or a complaint can have, and what becomes of others.
//!
//! A time far from all others is nearly always a unit, a zone or a clock gone wrong: seconds read as milliseconds lie in
//! January 1970. As the time of an event it would put the call where no window looks for it, or stretch a window over
//! years, so the record is refused. Any other time of a record is only left out.

use serde::{Deserialize, Serialize};

use crate::{EventTime, Millis, Reject, RejectCode, Treatment, Treatments, never};

/// The earliest and the latest time that an event can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlausibleTimes {
    earliest: EventTime,
    latest: EventTime,
}

impl PlausibleTimes {
    /// From 1971 to the end of 2199: what is not said otherwise.
    pub const USUAL: Self = Self { earliest: EventTime(31_536_000_000), latest: EventTime(7_258_118_399_999) };

    /// From the first time to the last, both included; `None` where there are none between.
    #[must_use]
    pub fn new(earliest: EventTime, latest: EventTime) -> Option<Self> {
        (earliest <= latest).then_some(Self { earliest, latest })
    }

    /// Whether it is the usual range.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::USUAL
    }

    /// The earliest.
    #[must_use]
    pub fn earliest(self) -> EventTime {
        self.earliest
    }

    /// The latest.
    #[must_use]
    pub fn latest(self) -> EventTime {
        self.latest
    }

    /// The time that a bound of the range names: RFC 3339, or a date in UTC, which as the earliest is its first
    /// millisecond and as the latest its last.
    #[must_use]
    pub fn bound(text: &str, is_latest: bool) -> Option<EventTime> {
        let is_date = text.len() == "1971-01-01".len();
        let first = if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() };
        let first = EventTime::parse_rfc3339(&first)?;
        Some(if is_date && is_latest { first.plus(Millis(Millis::DAY.0 - 1)) } else { first })
    }

    /// Whether an event can have been then.
    #[inline]
    #[must_use]
    pub fn contains(self, time: EventTime) -> bool {
        self.earliest <= time && time <= self.latest
    }
}

impl Default for PlausibleTimes {
    fn default() -> Self {
        Self::USUAL
    }
}

/// Takes the times of one record, and notes what it makes of those that are none.
pub(crate) struct Times {
    plausible: PlausibleTimes,
    pub(crate) treatments: Treatments,
}

impl Times {
    pub(crate) fn new(plausible: PlausibleTimes, treatments: Treatments) -> Self {
        Self { plausible, treatments }
    }

    /// The time, where it does not say that it never came.
    #[inline]
    pub(crate) fn came(&mut self, time: Option<EventTime>) -> Option<EventTime> {
        let never = time.is_some_and(never::is);
        if never {
            self.treatments.note(Treatment::NeverTime);
        }
        time.filter(|_| !never)
    }

    /// A time other than that of the event: left out where it cannot be.
    #[inline]
    pub(crate) fn other(&mut self, time: Option<EventTime>) -> Option<EventTime> {
        let came = self.came(time)?;
        if !self.plausible.contains(came) {
            self.treatments.note(Treatment::ImplausibleTimeAbsent);
            return None;
        }
        Some(came)
    }

    /// The time of the event, which the field of this name holds.
    #[inline]
    pub(crate) fn event(&self, field: &'static str, time: EventTime) -> Result<EventTime, Reject> {
        if self.plausible.contains(time) { Ok(time) } else { Err(self.implausible(field, time)) }
    }

    /// Where no field holds a time of the event, of which the first is this one: whether one says that it never came
    /// decides what is wrong.
    pub(crate) fn none(&self, field: &'static str, fields: &str) -> Reject {
        let (code, fault) = match self.treatments.contains(Treatment::NeverTime) {
            true => (RejectCode::ImplausibleTime, "says that it never came"),
            false => (RejectCode::MissingField, "is missing"),
        };
        Reject::new(code, format!("{fields} {fault}")).of_field(field)
    }

    #[cold]
    fn implausible(&self, field: &'static str, time: EventTime) -> Reject {
        let Self { plausible: PlausibleTimes { earliest, latest }, .. } = self;
        let side = match time < *earliest {
            true => format!("before {}", day(*earliest)),
            false => format!("after {}", day(*latest)),
        };
        let detail = match year(time) {
            Some(year) => format!("{field} lies in the year {year}, {side}"),
            None => format!("{field} lies {side}"),
        };
        Reject::new(RejectCode::ImplausibleTime, detail).of_field(field)
    }
}

/// The year of a time in UTC, where it has one of four digits.
pub(crate) fn year(time: EventTime) -> Option<String> {
    let text = time.to_string();
    let year = text.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    (text.as_bytes()[4] == b'-' && time.timestamp().as_millisecond() == time.0).then(|| year.to_owned())
}

fn day(time: EventTime) -> String {
    time.to_string().split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> EventTime {
        EventTime::parse_rfc3339(text).expect("RFC 3339")
    }

    #[test]
    fn the_usual_times_are_those_from_1971_to_2199() {
        let usual = PlausibleTimes::USUAL;
        assert_eq!(Some(usual.earliest()), PlausibleTimes::bound("1971-01-01", false));
        assert_eq!(Some(usual.latest()), PlausibleTimes::bound("2199-12-31", true));
        for (text, plausible) in [
            ("1970-12-31T23:59:59.999Z", false),
            ("1971-01-01T00:00:00Z", true),
            ("2199-12-31T23:59:59.999Z", true),
            ("2200-01-01T00:00:00Z", false),
        ] {
            assert_eq!(usual.contains(at(text)), plausible, "{text}");
        }
    }

    #[test]
    fn what_lies_outside_is_refused_with_its_year_alone() {
        let times = Times::new(PlausibleTimes::USUAL, Treatments::default());
        for (time, detail) in [
            (at("1970-01-21T11:02:24.5Z"), "t lies in the year 1970, before 1971-01-01"),
            (at("2200-01-01T00:00:00Z"), "t lies in the year 2200, after 2199-12-31"),
            (EventTime(i64::MAX), "t lies after 2199-12-31"),
            (EventTime(i64::MIN + 1), "t lies before 1971-01-01"),
        ] {
            let reject = times.event("t", time).expect_err("implausible");
            assert_eq!((reject.code, &*reject.detail), (RejectCode::ImplausibleTime, detail));
        }
    }

    #[test]
    fn a_bound_is_an_instant_or_a_date() {
        for (text, is_latest, expected) in [
            ("2026-01-01", false, Some("2026-01-01T00:00:00Z")),
            ("2026-01-01", true, Some("2026-01-01T23:59:59.999Z")),
            ("2026-01-01T08:00:00+08:00", true, Some("2026-01-01T00:00:00Z")),
            ("2026", true, None),
            ("2026-13-01", true, None),
        ] {
            assert_eq!(PlausibleTimes::bound(text, is_latest), expected.map(at), "{text}");
        }
        assert_eq!(PlausibleTimes::new(EventTime(1), EventTime(0)), None);
    }
}
