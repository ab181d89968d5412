//! Measures: named window views over the facts of a key.

use std::fmt;

use jiff::tz::TimeZone;
use ringfence_cdr::{EventTime, Millis, time_zone};

use crate::{Field, Predicate};

/// The index of a measure in [`crate::Rule::measures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureId(pub usize);

/// `AGGREGATE [of STREAM] [where PREDICATE] over WINDOW`: first the filter, then the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Which facts it reads.
    pub stream: Stream,
    /// What it works out of them.
    pub aggregate: Aggregate,
    /// The measure's own `where`; the rule's applies before it (to calls).
    pub filter: Predicate,
    /// Over which stretch of time.
    pub window: Window,
    /// The measure as written, for reports.
    pub text: Box<str>,
}

/// A stream of facts of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Calls that the number made.
    Calls,
    /// Complaints against the number that were not rejected or withdrawn.
    Complaints,
}

/// What a measure works out of the facts in its window. Of no facts: `Mean`, `Min`, `Max`, `Gap`, `Elapsed` and
/// `Share` are undefined, all others 0. Facts without the field `x` are skipped by every aggregate over `x`.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregate {
    /// `count()`.
    Count,
    /// `sum(x)`.
    Sum(Field),
    /// `mean(x)`.
    Mean(Field),
    /// `min(x)`.
    Min(Field),
    /// `max(x)`.
    Max(Field),
    /// `distinct(x)`: how many values of x.
    Distinct(Field),
    /// `share(predicate)`: the part of the facts that satisfy it.
    Share(Predicate),
    /// `top(x)`: the most facts with one value of x.
    Top(Field),
    /// `unseen(x, n)`: distinct x in the window whose first fact there, at f, has no fact of the measure with the
    /// same x in (f - n, f).
    Unseen(Field, Millis),
    /// `gap()`: the least time between neighbours.
    Gap,
    /// `elapsed(predicate)`: time since the latest fact in the window, before this instant, that satisfies it.
    Elapsed(Predicate),
}

/// A stretch of time that ends at the instant judged.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// `over 1h`: (t - 1h, t].
    Sliding(Millis),
    /// `over calendar day in "Asia/Shanghai"`: from the first instant of the period that t lies in, to t.
    Calendar(CalendarUnit, Zone),
    /// `over anchored 24h`: [a, a + 24h), a the measure's first fact; the next at or after its end starts anew.
    Anchored(Millis),
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// A day of the zone, which may have 23 to 25 hours.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A month.
    Month,
}

/// A named time zone.
#[derive(Clone)]
pub struct Zone {
    name: Box<str>,
    zone: TimeZone,
}

impl Zone {
    /// The zone of this IANA name, `None` where the tz database that is built in has none.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let zone = time_zone(name)?;
        Some(Self { name: name.into(), zone })
    }

    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".into(), zone: TimeZone::UTC }
    }

    /// The IANA name as written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules of the zone.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl CalendarUnit {
    /// The first instant of the period that `at` lies in, and the first of the one after it. A day starts at its
    /// first existing instant (where midnight is skipped by a change of clocks, at the end of the gap).
    #[must_use]
    pub fn period(self, at: EventTime, zone: &Zone) -> (EventTime, EventTime) {
        let local = at.timestamp().to_zoned_datetime(zone.zone.clone()).date();
        let (first, next) = self.period_of(local, zone);
        if at >= next {
            // Clocks went back across midnight: the minutes repeated lie in the day that has begun.
            return self.period_of(local.saturating_add(jiff::Span::new().days(1)), zone);
        }
        (first, next)
    }

    fn period_of(self, local: jiff::civil::Date, zone: &Zone) -> (EventTime, EventTime) {
        let first = match self {
            Self::Day => local,
            Self::Week => {
                let days = i64::from(local.weekday().to_monday_zero_offset());
                local.saturating_sub(jiff::Span::new().days(days))
            }
            Self::Month => local.first_of_month(),
        };
        let next = match self {
            Self::Day => first.saturating_add(jiff::Span::new().days(1)),
            Self::Week => first.saturating_add(jiff::Span::new().days(7)),
            Self::Month => first.saturating_add(jiff::Span::new().months(1)),
        };
        (first_instant(first, zone), first_instant(next, zone))
    }

    /// The greatest length of such a period: a day has up to 25 hours.
    #[must_use]
    pub fn longest(self) -> Millis {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
        };
        Millis(Millis::DAY.0 * days + Millis::HOUR.0)
    }
}

/// The first instant of a civil date in a zone. A fold at midnight takes the earlier instant, a gap its end.
pub(crate) fn first_instant(date: jiff::civil::Date, zone: &Zone) -> EventTime {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    match zone.zone.to_ambiguous_timestamp(midnight).compatible() {
        Ok(timestamp) => EventTime::from(timestamp),
        Err(_) if date < jiff::civil::date(0, 1, 1) => EventTime::MIN,
        Err(_) => EventTime::MAX,
    }
}

impl Measure {
    /// How far before an instant the measure reads.
    #[must_use]
    pub fn look_back(&self) -> Millis {
        let window = self.window.length();
        match self.aggregate {
            Aggregate::Unseen(_, before) => window.plus(before),
            _ => window,
        }
    }

    /// How far after a fact the measure can change. An anchored window is as long as its chains may differ: it is
    /// re-read from the fact until they meet again, which this does not bound.
    #[must_use]
    pub fn influence(&self) -> Millis {
        self.look_back()
    }
}

impl Window {
    /// The greatest length of the window.
    #[must_use]
    pub fn length(&self) -> Millis {
        match self {
            Self::Sliding(length) | Self::Anchored(length) => *length,
            Self::Calendar(unit, _) => unit.longest(),
        }
    }
}

impl Measure {
    /// The fields it reads.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = self.filter.fields();
        match &self.aggregate {
            Aggregate::Count | Aggregate::Gap => {}
            Aggregate::Sum(field)
            | Aggregate::Mean(field)
            | Aggregate::Min(field)
            | Aggregate::Max(field)
            | Aggregate::Distinct(field)
            | Aggregate::Top(field)
            | Aggregate::Unseen(field, _) => fields.push(*field),
            Aggregate::Share(predicate) | Aggregate::Elapsed(predicate) => fields.extend(predicate.fields()),
        }
        fields
    }
}
