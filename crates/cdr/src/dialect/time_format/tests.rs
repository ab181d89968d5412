use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};
use proptest::prelude::*;

use super::super::local::{Ambiguous, RowZone};
use super::*;
use crate::{Millis, Treatment, Treatments, time_zone};

const NINE: EventTime = EventTime(1_767_258_000_000); // 2026-01-01T09:00:00Z

fn format(text: &str) -> TimeFormat {
    TimeFormat::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

fn in_zone(zone: &str, ambiguous: Ambiguous) -> LocalTimes<'static> {
    LocalTimes::new(Cow::Owned(RowZone::named(zone)), ambiguous)
}

fn read(pattern: &str, text: &str) -> Result<EventTime, TimeFault> {
    format(pattern).read(text, &in_zone("Asia/Shanghai", Ambiguous::Earlier))
}

#[test]
fn an_offset_is_obeyed_in_whatever_form_it_is_written() {
    for pattern in ["%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%Q"] {
        for offset in ["+0100", "+01:00", "+01", "+010000"] {
            let text = format!("2026-01-01 10:00:00.118457{offset}");
            assert_eq!(read(pattern, &text), Ok(NINE.plus(Millis(118))), "{pattern} {offset}");
        }
        for offset in ["Z", "UTC", "GMT", "+00", "+0000", "-00:00"] {
            assert_eq!(read(pattern, &format!("2026-01-01 09:00:00{offset}")), Ok(NINE), "{pattern} {offset}");
        }
        for offset in ["", "+1", "+01:0", "+01000", "0100", "+25:99"] {
            let text = format!("2026-01-01 10:00:00{offset}");
            assert_eq!(read(pattern, &text), Err(TimeFault::Unreadable), "{pattern} {offset:?}");
        }
    }
    for offset in ["+0100", "+01:00", "+01"] {
        assert_eq!(read("%a %b %d %H:%M:%S %z %Y", &format!("Thu Jan 01 10:00:00 {offset} 2026")), Ok(NINE));
        assert_eq!(read("%z %Y-%m-%d %H:%M", &format!("{offset} 2026-01-01 10:00")), Ok(NINE));
    }
    assert_eq!(read("%y%m%d%H%M%S%z", "260101100000+01"), Ok(NINE), "as TimeStamp of TS 32.298 writes it");
    assert_eq!(read("%d%%z %m %Y %H:%M", "01%z 01 2026 17:00"), Ok(NINE), "`%%z` is no offset");
}

#[test]
fn a_zone_in_the_text_is_obeyed_and_one_that_is_not_known_is_said() {
    let pattern = "%Y-%m-%d %H:%M:%S %Q";
    for (text, hours) in [
        ("2026-01-01 04:00:00 America/New_York", 0),
        ("2026-01-01 17:00:00 Asia/Shanghai", 0),
        ("2026-01-01 09:00:00 UTC", 0),
        ("2026-01-01 09:00:00 Europe/Berlin", -1),
    ] {
        assert_eq!(read(pattern, text), Ok(NINE.plus(Millis(hours * Millis::HOUR.0))), "{text}");
    }
    assert_eq!(read(pattern, "2026-01-01 09:00:00 Mars/Olympus"), Err(TimeFault::UnknownZone));
    assert!(!format(pattern).is_local(), "it needs no zone of the dialect");
}

#[test]
fn a_pattern_that_cannot_be_honoured_is_refused() {
    for (pattern, fault) in [
        ("%Y-%m-%d %H:%M:%S %Z", "the pattern cannot be used: "),
        ("%H:%M:%S", "the pattern cannot be used: "),
        ("%Y-%m-%d", "the pattern has no time of day"),
        ("%Y-%m-%d %I:%M", "the pattern does not say a time to the minute"),
        ("%Y-%m-%d %H", "the pattern does not say a time to the minute"),
        ("%Y-%m-%d %H:%M %", "the pattern cannot be used: "),
        ("epoch", "unknown time format `epoch`: did you mean `epoch_"),
    ] {
        let said = TimeFormat::parse(pattern).expect_err(pattern);
        assert!(said.starts_with(fault), "{pattern}: {said}");
    }
    for pattern in ["%Y-%m-%d %I:%M %p", "%d.%m.%y %H:%M", "%s", "%j %Y %T", "%FT%T%.f%:z"] {
        format(pattern);
    }
}

#[test]
fn never_is_never_in_every_format() {
    for name in ["epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "rfc3339", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M%z"] {
        for text in ["0", "-1", "NULL", "null", r"\N", "-", "0000-00-00 00:00:00", "00/00/0000 00:00"] {
            assert_eq!(read(name, text), Ok(NEVER), "{name} {text}");
        }
    }
    for (name, text) in [
        ("rfc3339", "0001-01-01T00:00:00Z"),
        ("rfc3339", "1970-01-01T00:00:00Z"),
        ("rfc3339", "1970-01-01T00:00:00+08:00"),
        ("rfc3339", "1970-01-01 08:00:00+08:00"),
        ("%Y-%m-%d %H:%M:%S", "1970-01-01 00:00:00"),
        ("%Y-%m-%d %H:%M:%S", "0001-01-01 00:00:00"),
        ("%d/%m/%Y %H:%M%z", "01/01/1970 00:00+08"),
        ("%d/%m/%Y %H:%M%z", "01/01/1970 08:00+08"),
        ("%a, %d %b %Y %H:%M:%S %z", "Thu, 01 Jan 1970 00:00:00 +0000"),
        ("epoch_s", "0.000000"),
    ] {
        let time = read(name, text).unwrap_or_else(|fault| panic!("{name} {text}: {fault:?}"));
        assert!(never::is(time), "{name} {text}: {time}");
    }
    for (name, text) in [("rfc3339", "1970-01-01T00:00:01Z"), ("%Y-%m-%d %H:%M:%S", "1970-01-01 00:00:01")] {
        assert!(!never::is(read(name, text).expect("a time")), "{text}");
    }
}

/// Zones with changes of an hour, of half an hour, of a day, and with none.
const ZONES: [&str; 7] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Shanghai",
    "America/Sao_Paulo",
    "UTC",
];

fn local_time(zone: &TimeZone, at: i64) -> DateTime {
    zone.to_datetime(Timestamp::from_second(at).expect("in range"))
}

#[test]
fn of_several_formats_the_first_that_a_text_is_of_is_meant() {
    let formats = ["epoch_s", "%d/%m/%Y %H:%M", "rfc3339"].map(format).to_vec();
    let any = TimeFormat::AnyOf(formats);
    let utc = in_zone("UTC", Ambiguous::Earlier);
    for text in ["1767607200", "05/01/2026 10:00", "2026-01-05T10:00:00Z"] {
        assert_eq!(any.read(text, &utc), Ok(EventTime(1_767_607_200_000)), "{text}");
    }
    assert_eq!(any.read("soon", &utc), Err(TimeFault::Unreadable));
    assert_eq!((any.is_local(), any.epoch_unit()), (true, Some(EpochUnit::Seconds)));
}

proptest! {
    #[test]
    fn a_local_time_is_the_instant_that_the_library_says(
        at in 32_000_000i64..7_000_000_000,
        place in 0..ZONES.len(),
        shift in -7200i64..7200,
    ) {
        let zone = time_zone(ZONES[place]).expect("known");
        // Near a change of the clock, where there is one: what is shown may come twice or never.
        let change = zone.following(Timestamp::from_second(at).expect("in range")).next();
        let near = change.map_or(at, |change| change.timestamp().as_second() + shift);
        let shown = local_time(&zone, near).checked_add(jiff::SignedDuration::from_secs(shift)).expect("in range");
        let text = shown.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let times = zone.to_ambiguous_timestamp(shown);
        for (choice, expected) in [
            (Ambiguous::Earlier, times.compatible()),
            (Ambiguous::Later, if matches!(times.offset(), AmbiguousOffset::Fold { .. }) { times.later() } else { times.compatible() }),
        ] {
            let local = in_zone(ZONES[place], choice);
            let time = format("%Y-%m-%d %H:%M:%S").read(&text, &local);
            prop_assert_eq!(time, Ok(EventTime::from(expected.expect("in range"))), "{} {} {:?}", text, ZONES[place], choice);
            let noted: Treatments = match times.offset() {
                AmbiguousOffset::Unambiguous { .. } => Treatments::default(),
                AmbiguousOffset::Gap { .. } => [Treatment::SkippedLocalTime].into_iter().collect(),
                AmbiguousOffset::Fold { .. } => [Treatment::AmbiguousLocalTime].into_iter().collect(),
            };
            prop_assert_eq!(local.treatments(), noted);
        }
        let refused = format("%Y-%m-%d %H:%M:%S").read(&text, &in_zone(ZONES[place], Ambiguous::Reject));
        prop_assert_eq!(refused == Err(TimeFault::Ambiguous), matches!(times.offset(), AmbiguousOffset::Fold { .. }));
    }

    #[test]
    fn a_time_with_an_offset_is_the_instant_that_the_library_says(
        at in 32_000_000i64..7_000_000_000,
        minutes in -1439i32..1440,
        with_colon in any::<bool>(),
    ) {
        let offset = Offset::from_seconds(minutes * 60).expect("in range");
        let timestamp = Timestamp::from_second(at).expect("in range");
        let sign = if minutes < 0 { '-' } else { '+' };
        let colon = if with_colon { ":" } else { "" };
        let shown = offset.to_datetime(timestamp).strftime("%d.%m.%Y %H:%M:%S").to_string();
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        for pattern in ["%d.%m.%Y %H:%M:%S %z", "%d.%m.%Y %H:%M:%S %:z", "%d.%m.%Y %H:%M:%S %Q"] {
            let text = format!("{shown} {sign}{hours:02}{colon}{minutes:02}");
            prop_assert_eq!(read(pattern, &text), Ok(EventTime::from(timestamp)), "{} {}", pattern, text);
        }
    }

    #[test]
    fn no_text_makes_a_format_panic(text in "[ -~é]{0,30}", place in 0usize..6) {
        let name = ["epoch_s", "epoch_ns", "rfc3339", "%Y-%m-%d %H:%M:%S%.f%z", "%z%Q %s", "%Y-%m-%d %H:%M %Q"][place];
        if let Ok(format) = TimeFormat::parse(name) {
            let _ = format.read(&text, &in_zone("UTC", Ambiguous::Earlier));
        }
    }
}
