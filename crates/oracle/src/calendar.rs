//! Days, weeks and months of a zone, found by looking at every offset around a midnight.
//!
//! The calendar is a sequence of first instants: a period goes from the first existing instant of its first date to
//! the first existing instant of the next one's. Where clocks go back across midnight (St. John's until 2011), the
//! repeated minutes of the evening lie after the new day has begun and belong to it.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use ringfence_cdr::EventTime;
use ringfence_rules::{CalendarUnit, Zone};

/// The period that `at` lies in: its first instant, and the first of the next one.
pub(crate) fn period(unit: CalendarUnit, at: EventTime, zone: &Zone) -> (EventTime, EventTime) {
    let zone = zone.time_zone();
    let local = zone.to_datetime(at.timestamp()).date();
    let day = Span::new().days(1);
    // The local date may be off by one from the day that has begun, in either direction of a change of clocks.
    let first = [local.saturating_add(day), local, local.saturating_sub(day)]
        .into_iter()
        .map(|date| first_date(unit, date))
        .find(|date| first_instant(*date, zone) <= at)
        .unwrap_or_else(|| first_date(unit, local));
    (first_instant(first, zone), first_instant(next_first_date(unit, first), zone))
}

/// The first date of the period that a date lies in.
fn first_date(unit: CalendarUnit, date: Date) -> Date {
    match unit {
        CalendarUnit::Day => date,
        CalendarUnit::Week => date.saturating_sub(Span::new().days(i64::from(date.weekday().to_monday_zero_offset()))),
        CalendarUnit::Month => date.first_of_month(),
    }
}

/// The first date of the next period.
fn next_first_date(unit: CalendarUnit, first: Date) -> Date {
    first.saturating_add(match unit {
        CalendarUnit::Day => Span::new().days(1),
        CalendarUnit::Week => Span::new().days(7),
        CalendarUnit::Month => Span::new().months(1),
    })
}

/// The first instant at which the zone's local date is `date` or later: within a stretch of one offset that is its
/// local midnight, or the beginning of the stretch where midnight is before it.
fn first_instant(date: Date, zone: &TimeZone) -> EventTime {
    let Ok(utc) = TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())) else {
        return if date < jiff::civil::date(0, 1, 1) { EventTime::MIN } else { EventTime::MAX };
    };
    let around = SignedDuration::from_hours(72);
    let (Ok(from), Ok(to)) = (utc.checked_sub(around), utc.checked_add(around)) else {
        return EventTime::from(utc);
    };
    let mut candidates = vec![(from, zone.to_offset(from))];
    for transition in zone.following(from).take_while(|transition| transition.timestamp() <= to) {
        candidates.push((transition.timestamp(), transition.offset()));
    }
    candidates
        .into_iter()
        .flat_map(|(begins, offset)| [Some(begins), offset.to_timestamp(date.to_datetime(Time::midnight())).ok()])
        .flatten()
        .filter(|instant| zone.to_datetime(*instant).date() >= date)
        .min()
        .map_or(EventTime::from(utc), EventTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The day that `at` lies in, by walking from instant to instant: a new day begins where a local date is seen
    /// that is later than every one before.
    fn days_by_walking(zone: &Zone, from: EventTime, to: EventTime, step_ms: i64) -> Vec<EventTime> {
        let date = |at: i64| zone.time_zone().to_datetime(EventTime(at).timestamp()).date();
        let mut latest = date(from.0);
        let mut starts = Vec::new();
        for at in (from.0..=to.0).step_by(step_ms as usize) {
            if date(at) > latest {
                latest = date(at);
                starts.push(EventTime(at));
            }
        }
        starts
    }

    fn time(text: &str) -> EventTime {
        EventTime::from(text.parse::<jiff::Timestamp>().unwrap())
    }

    const ZONES: [&str; 9] = [
        "UTC",
        "Europe/Berlin",
        "America/St_Johns",
        "Asia/Shanghai",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "America/Havana",
        "Asia/Beirut",
        "Australia/Lord_Howe",
    ];
    const STRETCHES: [(&str, &str); 4] = [
        ("2006-10-25T00:00:00Z", "2006-11-10T00:00:00Z"),
        ("2007-03-08T00:00:00Z", "2007-04-03T00:00:00Z"),
        ("2011-12-27T00:00:00Z", "2012-01-03T00:00:00Z"),
        ("2018-11-01T00:00:00Z", "2018-11-08T00:00:00Z"),
    ];

    #[test]
    fn days_begin_where_a_walk_by_the_minute_sees_a_new_date() {
        for name in ZONES {
            let zone = Zone::new(name).unwrap();
            for (from, to) in STRETCHES {
                let starts = days_by_walking(&zone, time(from), time(to), 60_000);
                for pair in starts.windows(2) {
                    for at in [pair[0], pair[0].plus(ringfence_cdr::Millis::HOUR), EventTime(pair[1].0 - 1)] {
                        assert_eq!(period(CalendarUnit::Day, at, &zone), (pair[0], pair[1]), "{name} at {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_minute_lies_in_its_own_day_week_and_month() {
        for name in ZONES {
            let zone = Zone::new(name).unwrap();
            for (from, to) in STRETCHES {
                for at in (time(from).0..time(to).0).step_by(61_000 * 17) {
                    for unit in [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month] {
                        let (first, next) = period(unit, EventTime(at), &zone);
                        assert!(first.0 <= at && at < next.0, "{name} {unit:?} {}", EventTime(at));
                    }
                }
            }
        }
    }

    #[test]
    fn a_week_begins_on_monday_and_a_month_on_its_first() {
        let zone = Zone::new("Europe/Berlin").unwrap();
        let at = time("2026-03-29T12:00:00Z");
        assert_eq!(period(CalendarUnit::Week, at, &zone), (time("2026-03-22T23:00:00Z"), time("2026-03-29T22:00:00Z")));
        assert_eq!(
            period(CalendarUnit::Month, at, &zone),
            (time("2026-02-28T23:00:00Z"), time("2026-03-31T22:00:00Z"))
        );
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_begins_at_the_end_of_the_gap() {
        let zone = Zone::new("America/Sao_Paulo").unwrap();
        let (first, next) = period(CalendarUnit::Day, time("2018-11-04T12:00:00Z"), &zone);
        assert_eq!((first, next), (time("2018-11-04T03:00:00Z"), time("2018-11-05T02:00:00Z")));
    }

    #[test]
    fn a_gap_that_begins_before_midnight_ends_the_day_where_it_ends() {
        let zone = Zone::new("America/Toronto").unwrap();
        // 1919-03-30 23:30 was followed by 00:30.
        let (first, _) = period(CalendarUnit::Day, time("1919-03-31T12:00:00Z"), &zone);
        assert_eq!(first, time("1919-03-31T04:30:00Z"));
    }

    #[test]
    fn the_day_that_apia_skipped_is_no_day() {
        let zone = Zone::new("Pacific/Apia").unwrap();
        let skipped = time("2011-12-30T10:00:00Z");
        assert_eq!(period(CalendarUnit::Day, EventTime(skipped.0 - 1), &zone).1, skipped);
        assert_eq!(period(CalendarUnit::Day, skipped, &zone), (skipped, time("2011-12-31T10:00:00Z")));
    }

    #[test]
    fn the_minutes_that_st_johns_repeats_belong_to_the_day_that_has_begun() {
        let zone = Zone::new("America/St_Johns").unwrap();
        // 2006-10-29 00:00 is 02:30Z; at 00:01 clocks went back to 23:01 of the 28th.
        let first = time("2006-10-29T02:30:00Z");
        let repeated = time("2006-10-29T03:00:00Z");
        assert_eq!(period(CalendarUnit::Day, repeated, &zone).0, first);
    }

    #[test]
    fn the_rules_crate_agrees_on_every_period() {
        let mut disagreements = Vec::new();
        for name in ZONES {
            let zone = Zone::new(name).unwrap();
            for (from, to) in STRETCHES {
                for at in (time(from).0..time(to).0).step_by(60_000 * 13).map(EventTime) {
                    for unit in [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month] {
                        if unit.period(at, &zone) != period(unit, at, &zone) {
                            disagreements.push(format!("{name} {unit:?} {at}"));
                        }
                    }
                }
            }
        }
        assert_eq!(disagreements, Vec::<String>::new());
    }
}
