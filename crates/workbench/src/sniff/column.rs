//! What the texts of one column look like.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use ringfence_cdr::{EventTime, NumberFault, Numbering};

use super::sample::Sample;
use super::words::{plain, says_nothing};

/// Of a hundred texts so many must be of a kind for the column to be.
const MOST: usize = 95;
/// The most different words of a column that states something.
const WORDS_MAX: usize = 12;
/// The years between which times of an unknown file are looked for.
const YEARS: [i16; 2] = [1990, 2100];
/// Seconds since 1970 have ten digits, as many telephone numbers do. From 2001 to 2033 the first is 1, and times of one
/// file lie within this many days.
const EPOCH_DAYS: i64 = 3_660;

/// Patterns of times, as dialects write them.
const PATTERNS: [&str; 22] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M:%S%.f %z",
    "%Y/%m/%d %H:%M:%S",
    "%Y.%m.%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%Y%m%d %H%M%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M:%S %p",
    "%d-%b-%Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %Y",
    "%y%m%d%H%M%S%z",
    "%b %d, %Y %H:%M:%S",
];
const DATES: [&str; 7] = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y"];
const CLOCKS: [&str; 4] = ["%H:%M:%S%.f", "%H:%M:%S", "%H:%M", "%H%M%S"];

/// How a column's times are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimeLook {
    /// As a dialect names it.
    pub(super) format: &'static str,
    /// It says what time it is in the world.
    pub(super) has_offset: bool,
    /// Another format that fits as well.
    pub(super) or: Option<&'static str>,
}

/// One column.
#[derive(Debug)]
pub(super) struct Column<'a> {
    pub(super) name: &'a str,
    /// The name as it is compared.
    pub(super) plain: String,
    /// The texts that say something.
    pub(super) texts: Vec<&'a str>,
    pub(super) time: Option<TimeLook>,
    /// Dates without a time of day, and times of day without a date.
    pub(super) date: Option<TimeLook>,
    pub(super) clock: Option<&'static str>,
    pub(super) is_numbers: bool,
    /// The unit in which its lengths of time may be written.
    pub(super) length: Option<&'static str>,
    /// The different words, where they are few.
    pub(super) words: Vec<&'a str>,
    pub(super) is_unique: bool,
}

impl<'a> Column<'a> {
    pub(super) fn of(sample: &'a Sample, at: usize) -> Self {
        let all = sample.rows.iter().map(|row| &*row[at]);
        let texts: Vec<&str> = all.filter(|text| !says_nothing(text)).collect();
        let different: BTreeSet<&str> = texts.iter().copied().collect();
        let (time, date) = (time_look(&texts), fitting(&DATES, &texts, false));
        Self {
            name: &sample.names[at],
            plain: plain(&sample.names[at]),
            clock: fitting(&CLOCKS, &texts, false).map(|look| look.format),
            is_numbers: time.is_none() && date.is_none() && looks_like_numbers(&texts),
            length: length_look(&texts),
            words: if different.len() <= WORDS_MAX { different.iter().copied().collect() } else { Vec::new() },
            is_unique: !texts.is_empty() && different.len() == texts.len() && texts.len() == sample.rows.len(),
            time,
            date,
            texts,
        }
    }

    /// How many of a hundred texts hold.
    pub(super) fn percent(&self, holds: impl Fn(&str) -> bool) -> usize {
        percent(&self.texts, holds)
    }
}

fn percent(texts: &[&str], holds: impl Fn(&str) -> bool) -> usize {
    let held = texts.iter().filter(|text| holds(text)).count();
    (held * 100).checked_div(texts.len()).unwrap_or_default()
}

fn time_look(texts: &[&str]) -> Option<TimeLook> {
    // A zero says that it never came to it.
    let texts: Vec<&str> =
        texts.iter().copied().filter(|text| !matches!(*text, "0" | "-1") && !text.starts_with("0000-")).collect();
    let known = |format| TimeLook { format, has_offset: true, or: None };
    let rfc3339 = percent(&texts, |text| EventTime::parse_rfc3339(text).is_some());
    if !texts.is_empty() && rfc3339 >= MOST {
        return Some(known("rfc3339"));
    }
    if let Some(format) = epoch(&texts) {
        return Some(known(format));
    }
    fitting(&PATTERNS, &texts, true)
}

/// The unit in which these are times since 1970.
fn epoch(texts: &[&str]) -> Option<&'static str> {
    let units =
        [("epoch_s", 10, 1_i64), ("epoch_ms", 13, 1_000), ("epoch_us", 16, 1_000_000), ("epoch_ns", 19, 1_000_000_000)];
    units.into_iter().find_map(|(name, digits, of_second)| {
        let whole = |text: &&&str| {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            let seconds = whole.parse::<i64>().ok()? / of_second;
            let is_time = whole.len() == digits && whole.starts_with('1') && is_digits(whole) && is_digits(fraction);
            is_time.then_some(seconds)
        };
        let seconds: Vec<i64> = texts.iter().filter_map(|text| whole(&text)).collect();
        let (first, last) = (seconds.iter().min()?, seconds.iter().max()?);
        let is_near = last - first <= EPOCH_DAYS * 86_400;
        (seconds.len() * 100 >= texts.len() * MOST && is_near).then_some(name)
    })
}

/// The first pattern that fits, and another one.
fn fitting(patterns: &[&'static str], texts: &[&str], with_time: bool) -> Option<TimeLook> {
    let fits =
        |pattern: &&&'static str| !texts.is_empty() && percent(texts, |text| is_of(pattern, text, with_time)) >= MOST;
    let mut found = patterns.iter().filter(fits);
    let format = found.next()?;
    let has_offset = format.contains("%z");
    Some(TimeLook { format, has_offset, or: found.next().copied() })
}

fn is_of(pattern: &str, text: &str, with_time: bool) -> bool {
    let Ok(read) = BrokenDownTime::parse(pattern, text) else { return false };
    let plausible = |year: i16| (YEARS[0]..=YEARS[1]).contains(&year);
    match (with_time, pattern.contains("%z")) {
        (true, true) => read.to_timestamp().is_ok_and(|at: Timestamp| at > Timestamp::UNIX_EPOCH),
        (true, false) => read.to_datetime().is_ok_and(|at| plausible(at.year())),
        (false, _) if pattern.contains("%H") => read.to_time().is_ok(),
        (false, _) => read.to_date().is_ok_and(|at| plausible(at.year())),
    }
}

/// Whether these are telephone numbers, some perhaps withheld or short, and not counts or codes.
fn looks_like_numbers(texts: &[&str]) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let is_number = |text: &str| !matches!(Numbering::International.normalise(text), Err(NumberFault::Malformed));
    let is_whole = |text: &str| (7..=16).contains(&digits(text)) && !text.contains('.');
    !texts.is_empty() && percent(texts, is_number) >= MOST && percent(texts, is_whole) >= 50
}

fn length_look(texts: &[&str]) -> Option<&'static str> {
    let is_count =
        |text: &str| text.len() <= 9 && text.replace(',', ".").parse::<f64>().is_ok_and(|count| count >= 0.0);
    let is_clock = |text: &str| {
        let parts: Vec<&str> = text.split(':').collect();
        (2..=3).contains(&parts.len()) && parts.iter().all(|part| part.len() <= 6 && part.parse::<f64>().is_ok())
    };
    let is_spelled = |text: &str| text.ends_with('s') && text.starts_with(|first: char| first.is_ascii_digit());
    let are = |is_one: &dyn Fn(&str) -> bool| !texts.is_empty() && percent(texts, is_one) >= MOST;
    match () {
        () if are(&is_count) => Some("s"),
        () if are(&is_clock) => Some("clock"),
        () if are(&is_spelled) => Some("duration"),
        () => None,
    }
}
