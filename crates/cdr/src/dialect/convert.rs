//! From the text of a column to a time, a length of time, a flag or a record type.

use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::{EventTime, Millis, RecordType, instant, seconds};

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimeFormat {
    /// As in the contract: RFC 3339 with an offset, or milliseconds since 1970.
    Contract,
    EpochSeconds,
    EpochMillis,
    Rfc3339,
    /// A strftime pattern, of times with an offset of their own.
    Offset(String),
    /// A strftime pattern, of times in the dialect's zone.
    Local(String),
}

impl TimeFormat {
    pub(super) const NAMES: [&str; 3] = ["epoch_s", "epoch_ms", "rfc3339"];

    /// The format of this name or pattern.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "epoch_s" => Ok(Self::EpochSeconds),
            "epoch_ms" => Ok(Self::EpochMillis),
            "rfc3339" => Ok(Self::Rfc3339),
            pattern if pattern.contains('%') => Self::pattern(pattern),
            _ => Err(format!(
                "{}, or a strftime pattern such as \"%Y-%m-%d %H:%M:%S\"",
                super::problem::unknown("time format", text, Self::NAMES)
            )),
        }
    }

    /// A pattern is tried on one time: what it writes must be read back as that time, to the minute at least.
    fn pattern(pattern: &str) -> Result<Self, String> {
        let sample = ZonedDateTime::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
        let fault = |error: jiff::Error| format!("the pattern cannot be used: {error}");
        let written = strtime::format(pattern, &sample).map_err(fault)?;
        let read = BrokenDownTime::parse(pattern, &written).map_err(fault)?;
        if read.to_timestamp().is_ok() {
            return Ok(Self::Offset(pattern.to_owned()));
        }
        read.to_datetime().map_err(fault)?;
        if read.hour().is_none() {
            return Err("the pattern has no time of day".to_owned());
        }
        Ok(Self::Local(pattern.to_owned()))
    }

    /// What a text of this format is, for rejects.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Self::Contract => "RFC 3339 with an offset, nor epoch milliseconds",
            Self::EpochSeconds => "a number of seconds since 1970",
            Self::EpochMillis => "a number of milliseconds since 1970",
            Self::Rfc3339 => "RFC 3339 with an offset",
            Self::Offset(_) | Self::Local(_) => "a time of the dialect's pattern",
        }
    }

    /// The time of a text. A local time that a clock change skips is taken as if the clock had not yet been put
    /// forward (02:30 becomes 03:30); of one that occurs twice the earlier is meant. So each text has one time, and a
    /// file read again has the same facts.
    pub(super) fn read(&self, text: &str, zone: Option<&TimeZone>) -> Option<EventTime> {
        match self {
            Self::Contract => match text.parse() {
                Ok(ms) => instant::from_epoch_ms(ms),
                Err(_) => instant::from_rfc3339(text),
            },
            Self::EpochSeconds => epoch_seconds(text),
            Self::EpochMillis => {
                let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
                whole.parse().ok().and_then(instant::from_epoch_ms)
            }
            Self::Rfc3339 => instant::from_rfc3339(text),
            Self::Offset(pattern) => {
                let timestamp = BrokenDownTime::parse(pattern, text).ok()?.to_timestamp().ok()?;
                Some(EventTime::from(timestamp))
            }
            Self::Local(pattern) => {
                let local = BrokenDownTime::parse(pattern, text).ok()?.to_datetime().ok()?;
                let timestamp = zone?.to_ambiguous_timestamp(local).compatible().ok()?;
                Some(EventTime::from(timestamp))
            }
        }
    }
}

/// Texts that switches and databases write for an event that never happened.
pub(super) fn never_happened(text: &str) -> bool {
    matches!(text, "0" | "0000-00-00 00:00:00" | "0001-01-01T00:00:00Z" | "1970-01-01T00:00:00Z")
}

/// Digits beyond the millisecond are cut off.
fn epoch_seconds(text: &str) -> Option<EventTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digit = |at: usize| fraction.as_bytes().get(at).map_or(0, |byte| i64::from(byte - b'0'));
    let fraction_ms = digit(0) * 100 + digit(1) * 10 + digit(2);
    let whole_ms = whole.parse::<i64>().ok()?.checked_mul(1000)?;
    let signed = if whole.starts_with('-') { -fraction_ms } else { fraction_ms };
    instant::from_epoch_ms(whole_ms.checked_add(signed)?)
}

/// In what a length of time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Seconds,
    Minutes,
    /// `01:02:03.5` or `02:03`, as a clock shows it.
    Clock,
    /// `1h2m3.5s`, as programs in Go write it; a bare number is nanoseconds.
    Spelled,
}

impl Unit {
    pub(super) const NAMES: [&str; 5] = ["ms", "s", "min", "clock", "duration"];

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "ms" => Self::Millis,
            "s" => Self::Seconds,
            "min" => Self::Minutes,
            "clock" => Self::Clock,
            "duration" => Self::Spelled,
            _ => return None,
        })
    }

    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Millis => "a number of milliseconds from 0 to a year",
            Self::Seconds => "a number of seconds from 0 to a year",
            Self::Minutes => "a number of minutes from 0 to a year",
            Self::Clock => "a length of time such as 0:01:30 or 01:30",
            Self::Spelled => "a length of time such as 1m30s",
        }
    }

    pub(super) fn read(self, text: &str) -> Option<Millis> {
        match self {
            Self::Millis => decimal(text, 1),
            Self::Seconds => decimal(text, 1000),
            Self::Minutes => decimal(text, 60_000),
            Self::Clock => clock(text),
            Self::Spelled => spelled(text),
        }
    }
}

/// With a point, or with a comma as most of Europe writes it.
fn decimal(text: &str, unit_ms: i64) -> Option<Millis> {
    match text.split_once(',') {
        Some((whole, fraction)) if !fraction.contains('.') => {
            seconds::from_text(&format!("{whole}.{fraction}"), unit_ms)
        }
        Some(_) => None,
        None => seconds::from_text(text, unit_ms),
    }
}

/// Hours may be any number, minutes and seconds have two digits at most and are below sixty.
fn clock(text: &str) -> Option<Millis> {
    let (before, last) = text.rsplit_once(':')?;
    let of_sixty = |part: &str| {
        let whole = part.split([',', '.']).next().unwrap_or_default();
        (1..=2).contains(&whole.len()) && whole.parse::<u8>().is_ok_and(|count| count < 60)
    };
    let (hours, minutes) = before.rsplit_once(':').unwrap_or(("0", before));
    if !of_sixty(last) || !of_sixty(minutes) || minutes.contains([',', '.']) {
        return None;
    }
    let hours = seconds::from_whole(hours.parse::<u16>().ok()?.into(), 3_600_000)?;
    let sum = hours.plus(seconds::from_text(minutes, 60_000)?).plus(decimal(last, 1000)?);
    seconds::from_whole(sum.0, 1)
}

fn spelled(text: &str) -> Option<Millis> {
    if let Ok(nanoseconds) = text.parse::<i64>() {
        return seconds::from_whole(nanoseconds.div_euclid(1_000_000), 1);
    }
    let mut rest = text;
    let mut total = Millis::ZERO;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|character: char| character.is_alphabetic())?);
        let (unit, tail) = tail.split_at(tail.find(|character: char| !character.is_alphabetic()).unwrap_or(tail.len()));
        let part = match unit {
            "h" => seconds::from_text(number, 3_600_000)?,
            "m" => seconds::from_text(number, 60_000)?,
            "s" => seconds::from_text(number, 1000)?,
            "ms" => seconds::from_text(number, 1)?,
            "us" | "µs" | "μs" | "ns" => {
                // Below the millisecond, but it must be a number.
                let count = seconds::from_text(number, 1)?;
                Millis(count.0 / if unit == "ns" { 1_000_000 } else { 1000 })
            }
            _ => return None,
        };
        total = total.plus(part);
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

/// `true`, `false`, `1` or `0`.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The contract's name, or the name or number that TS 32.298 gives the type (`CallEventRecordType`).
pub(super) fn record_type(text: &str) -> Option<RecordType> {
    RecordType::from_name(text).or(match text {
        "0" | "moCallRecord" => Some(RecordType::MoCall),
        "1" | "mtCallRecord" => Some(RecordType::MtCall),
        "2" | "roamingRecord" => Some(RecordType::Roaming),
        "3" | "incGatewayRecord" => Some(RecordType::IncGateway),
        "4" | "outGatewayRecord" => Some(RecordType::OutGateway),
        "5" | "transitCallRecord" => Some(RecordType::Transit),
        "6" | "moSMSRecord" => Some(RecordType::MoSms),
        "7" | "mtSMSRecord" => Some(RecordType::MtSms),
        _ => None,
    })
}
