//! How a time is written, and the instant that a text names.
//!
//! A text that says that the time never came is read as [`NEVER`], whatever the format. Whatever a pattern reads is
//! obeyed: an offset or a zone in the text decides against the zone of the dialect. What the library would read and leave
//! out, or cannot read at all, is refused when the dialect is compiled.

use jiff::civil::{DateTime, date};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::Offset;

use super::local::{LocalTimes, TimeFault};
use super::problem::unknown;
use crate::epoch::EpochUnit;
use crate::never::{self, NEVER};
use crate::zones::{self, offset_prefix};
use crate::{EventTime, instant};

/// The first instant of 1970 wherever clocks showed it, which says never; so do the years 0 and 1.
const FIRST_OF_1970: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);
const LAST_YEAR_OF_NEVER: i16 = 1;

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimeFormat {
    /// As in the contract: RFC 3339 with an offset, or milliseconds since 1970.
    Contract,
    Epoch(EpochUnit),
    Rfc3339,
    /// A strftime pattern.
    Pattern(Pattern),
    /// The first of these that a text is of.
    AnyOf(Vec<Self>),
}

/// A strftime pattern that has a date, a time of day and, it may be, where clocks show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    place: Place,
    /// What stands before the offset or the name of a zone.
    before_offset: Option<String>,
}

/// What a pattern says of where clocks show its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing: they are the dialect's.
    Local,
    /// `%z`, or seconds since 1970.
    Offset,
    /// `%Q`: the name of a zone, or an offset.
    Zone,
}

impl TimeFormat {
    /// The format of this name or pattern.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(unit) = EpochUnit::ALL.into_iter().find(|unit| unit.name() == text) {
            return Ok(Self::Epoch(unit));
        }
        match text {
            "rfc3339" => Ok(Self::Rfc3339),
            pattern if pattern.contains('%') => Pattern::parse(pattern).map(Self::Pattern),
            _ => {
                let names = EpochUnit::ALL.map(EpochUnit::name).into_iter().chain(["rfc3339"]);
                let fault = unknown("time format", text, names);
                Err(format!("{fault}, or a strftime pattern such as \"%Y-%m-%d %H:%M:%S\""))
            }
        }
    }

    /// Whether its times are those of the dialect's zone.
    pub(super) fn is_local(&self) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.place == Place::Local,
            Self::AnyOf(formats) => formats.iter().any(Self::is_local),
            Self::Contract | Self::Epoch(_) | Self::Rfc3339 => false,
        }
    }

    /// Whether a number is a time, and of which unit.
    pub(super) fn epoch_unit(&self) -> Option<EpochUnit> {
        match self {
            Self::Contract => Some(EpochUnit::Millis),
            Self::Epoch(unit) => Some(*unit),
            Self::AnyOf(formats) => formats.iter().find_map(Self::epoch_unit),
            Self::Rfc3339 | Self::Pattern(_) => None,
        }
    }

    /// What a text of this format is, for rejects.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Self::Contract => "RFC 3339 with an offset, nor epoch milliseconds",
            Self::Epoch(unit) => unit.expected(),
            Self::Rfc3339 => "RFC 3339 with an offset",
            Self::Pattern(_) => "a time of the dialect's pattern",
            Self::AnyOf(_) => "a time of one of the dialect's formats",
        }
    }

    /// The time of a text.
    pub(super) fn read(&self, text: &str, local: &LocalTimes<'_>) -> Result<EventTime, TimeFault> {
        if never::is_written(text) {
            return Ok(NEVER);
        }
        let time = match self {
            Self::Contract => text.parse().map(EventTime).ok().or_else(|| instant::of_field(text)),
            Self::Epoch(unit) => unit.read(text),
            Self::Rfc3339 => instant::of_field(text),
            Self::Pattern(pattern) => return pattern.read(text, local),
            Self::AnyOf(formats) => return first_of(formats, text, local),
        };
        time.ok_or(TimeFault::Unreadable)
    }
}

/// The time by the first format that the text is of, or why it is none by that.
fn first_of(formats: &[TimeFormat], text: &str, local: &LocalTimes<'_>) -> Result<EventTime, TimeFault> {
    let read = formats.iter().map(|format| format.read(text, local));
    read.into_iter().find(|read| *read != Err(TimeFault::Unreadable)).unwrap_or(Err(TimeFault::Unreadable))
}

impl Pattern {
    /// A pattern is tried on one time: what it writes must be read back as that time, to the minute at least.
    fn parse(pattern: &str) -> Result<Self, String> {
        let fault = |error: jiff::Error| format!("the pattern cannot be used: {error}");
        let sample = zones::sample();
        let minute = sample.datetime().with().second(0).subsec_nanosecond(0).build().map_err(fault)?;
        let written = strtime::format(pattern, &sample).map_err(fault)?;
        let read = BrokenDownTime::parse(pattern, &written).map_err(fault)?;
        let place = match (read.iana_time_zone(), read.to_timestamp()) {
            (Some(_), _) => Place::Zone,
            (None, Ok(_)) => Place::Offset,
            (None, Err(_)) => Place::Local,
        };
        let shown = match read.to_timestamp() {
            Ok(timestamp) => timestamp.to_zoned_datetime(sample.time_zone().clone()).datetime(),
            Err(_) => read.to_datetime().map_err(fault)?,
        };
        if read.hour().is_none() && place == Place::Local {
            return Err("the pattern has no time of day".to_owned());
        }
        if shown.with().second(0).subsec_nanosecond(0).build().map_err(fault)? != minute {
            return Err("the pattern does not say a time to the minute: what it writes is read as another".to_owned());
        }
        let before_offset = offset_directive(pattern).map(|at| pattern[..at].to_owned());
        Ok(Self { text: pattern.to_owned(), place, before_offset })
    }

    fn read(&self, text: &str, local: &LocalTimes<'_>) -> Result<EventTime, TimeFault> {
        let parsed = BrokenDownTime::parse(&self.text, text).ok().or_else(|| self.with_any_offset(text));
        let parsed = parsed.ok_or(TimeFault::Unreadable)?;
        if parsed.to_datetime().is_ok_and(|shown| shown == FIRST_OF_1970 || shown.year() <= LAST_YEAR_OF_NEVER) {
            return Ok(NEVER);
        }
        let shown = || parsed.to_datetime().map_err(|_| TimeFault::Unreadable);
        match (self.place, parsed.iana_time_zone()) {
            (Place::Local, _) => local.instant(shown()?),
            (_, Some(name)) => {
                let zone = zones::find(name).ok_or(TimeFault::UnknownZone)?;
                local.instant_in(&zone, shown()?)
            }
            (_, None) => parsed.to_timestamp().map(EventTime::from).map_err(|_| TimeFault::Unreadable),
        }
    }

    /// The library reads `+0800` for `%z`, and `+08:00` for `%:z`; systems write these, `+08` and `Z` as it comes. So
    /// where a text is not of the pattern, its offset is brought to the form that is.
    fn with_any_offset(&self, text: &str) -> Option<BrokenDownTime> {
        let before = self.before_offset.as_deref()?;
        let at = match before {
            "" => 0,
            before => BrokenDownTime::parse_prefix(before, text).ok()?.1,
        };
        let (offset, length) = offset_prefix(text.get(at..)?)?;
        let colons = self.text[before.len()..].bytes().skip(1).take_while(|byte| *byte == b':').count();
        let rest = &text[at + length..];
        let written = format!("{}{}{rest}", &text[..at], written_offset(offset, colons));
        BrokenDownTime::parse(&self.text, &written).ok()
    }
}

/// As the library reads it for `%z`, `%:z` and so on.
fn written_offset(offset: Offset, colons: usize) -> String {
    let seconds = offset.seconds().abs();
    let sign = if offset.is_negative() { '-' } else { '+' };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match colons {
        0 => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// Where the directive of an offset or a zone stands in a pattern.
fn offset_directive(pattern: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = pattern[from..].find('%').map(|at| from + at) {
        let directive = pattern[at + 1..].trim_start_matches(':');
        match directive.chars().next() {
            Some('z' | 'Q') => return Some(at),
            Some(letter) => from = pattern.len() - directive.len() + letter.len_utf8(),
            None => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests;
