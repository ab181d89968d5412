//! From the text of a column to a length of time or a flag.

use crate::{Millis, seconds};

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
            Self::Millis => "a number of milliseconds",
            Self::Seconds => "a number of seconds",
            Self::Minutes => "a number of minutes",
            Self::Clock => "a length of time such as 0:01:30 or 01:30",
            Self::Spelled => "a length of time such as 1m30s",
        }
    }

    /// The unit itself: by so much a length may be off. What a clock shows are whole seconds.
    pub(super) fn length(self) -> Millis {
        match self {
            Self::Millis => Millis(1),
            Self::Seconds | Self::Clock => Millis::SECOND,
            Self::Minutes => Millis::MINUTE,
            Self::Spelled => Millis::ZERO,
        }
    }

    /// The length that a text says, which may be one that nothing can have lasted; `None` where it says none.
    pub(super) fn read(self, text: &str) -> Option<Millis> {
        match self {
            Self::Millis => decimal(text, 1),
            Self::Seconds => decimal(text, 1000),
            Self::Minutes => decimal(text, 60_000),
            Self::Clock => signed(text, clock),
            Self::Spelled => signed(text, spelled),
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

/// The length behind a minus is negative.
fn signed(text: &str, read: impl Fn(&str) -> Option<Millis>) -> Option<Millis> {
    match text.strip_prefix('-') {
        Some(text) if !text.starts_with('-') => Some(Millis(-read(text)?.0)),
        Some(_) => None,
        None => read(text),
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
    if hours.is_empty() || !hours.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours = seconds::from_text(hours, 3_600_000)?;
    Some(hours.plus(seconds::from_text(minutes, 60_000)?).plus(decimal(last, 1000)?))
}

fn spelled(text: &str) -> Option<Millis> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Millis(text.parse::<i64>().unwrap_or(i64::MAX) / 1_000_000));
    }
    let mut rest = text;
    let mut total = Millis::ZERO;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|character: char| character.is_alphabetic())?);
        let (unit, tail) = tail.split_at(tail.find(|character: char| !character.is_alphabetic()).unwrap_or(tail.len()));
        if number.starts_with('-') {
            return None; // a minus stands before all of it
        }
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
