//! Reading a configuration as a whole: every problem is noted with its place, and reading goes on.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use config::{Map, Value, ValueKind};
use ringfence_cdr::{Millis, nearest};

/// Something that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, `kafka.brokers` or `sources[1].topic`.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The file, or the environment, where the value came from one of them.
    pub origin: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{}: {} (from {origin})", self.key, self.message),
            None => write!(f, "{}: {}", self.key, self.message),
        }
    }
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(super) fn note(&self, key: impl Into<String>, message: impl Into<String>) {
        self.0.borrow_mut().push(Problem { key: key.into(), message: message.into(), origin: None });
    }

    fn note_at(&self, key: String, value: &Value, message: impl Into<String>) {
        let origin = value.origin().map(str::to_owned);
        self.0.borrow_mut().push(Problem { key, message: message.into(), origin });
    }

    pub(super) fn take(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// A mapping of the configuration. Each key that is asked for is known; [`Section::finish`] refuses the others.
#[derive(Debug)]
pub(super) struct Section<'a> {
    path: String,
    values: Map<String, Value>,
    known: Vec<&'static str>,
    problems: &'a Problems,
}

impl<'a> Section<'a> {
    pub(super) fn new(path: &str, values: Map<String, Value>, problems: &'a Problems) -> Self {
        Self { path: path.to_owned(), values, known: Vec::new(), problems }
    }

    /// The full name of a key.
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.values.remove(name).filter(|value| value.kind != ValueKind::Nil)
    }

    /// Whether a key is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether a key is there and holds a mapping.
    pub(super) fn is_mapping(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| matches!(value.kind, ValueKind::Table(_)))
    }

    /// A text; numbers and truth values count as they are written.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        match scalar(&value) {
            Some(text) if !text.trim().is_empty() => Some(text),
            Some(_) => {
                self.problems.note_at(self.key(name), &value, "is empty");
                None
            }
            None => {
                self.problems.note_at(self.key(name), &value, "must be a text");
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, name: &'static str, what: &str) -> String {
        if !self.has(name) {
            self.known.push(name);
            self.problems.note(self.key(name), format!("is missing: {what}"));
            return String::new();
        }
        self.text(name).unwrap_or_default()
    }

    /// One of several words, or `default` where it is left out.
    pub(super) fn choice<T: Clone>(&mut self, name: &'static str, default: T, choices: &[(&str, T)]) -> T {
        let Some(text) = self.text(name) else { return default };
        match choices.iter().find(|(word, _)| *word == text) {
            Some((_, choice)) => choice.clone(),
            None => {
                let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                self.problems.note(self.key(name), format!("is `{text}`, must be one of {}", words.join(", ")));
                default
            }
        }
    }

    /// A whole number within a range.
    pub(super) fn integer(&mut self, name: &'static str, default: i64, range: std::ops::RangeInclusive<i64>) -> i64 {
        let Some(text) = self.text(name) else { return default };
        match i64::from_str(text.trim()) {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (low, high) = (range.start(), range.end());
                self.problems.note(self.key(name), format!("is `{text}`, must be a whole number from {low} to {high}"));
                default
            }
        }
    }

    /// A length of time within a range.
    pub(super) fn duration(
        &mut self,
        name: &'static str,
        default: Duration,
        range: std::ops::RangeInclusive<Duration>,
    ) -> Duration {
        let Some(text) = self.text(name) else { return default };
        match parse_duration(&text) {
            Some(duration) if range.contains(&duration) => duration,
            Some(_) => {
                let (low, high) = (range.start(), range.end());
                self.problems.note(self.key(name), format!("is {text}, must lie between {low:?} and {high:?}"));
                default
            }
            None => {
                self.problems
                    .note(self.key(name), format!("is `{text}`, must be a length of time such as 100ms, 10s or 5m"));
                default
            }
        }
    }

    /// A mapping; empty where it is left out.
    pub(super) fn section(&mut self, name: &'static str) -> Section<'a> {
        let path = self.key(name);
        let values = match self.take(name) {
            None => Map::new(),
            Some(value) => match value.kind {
                ValueKind::Table(values) => values,
                _ => {
                    self.problems.note_at(path.clone(), &value, "must be a mapping");
                    Map::new()
                }
            },
        };
        Section::new(&path, values, self.problems)
    }

    /// A list of mappings.
    pub(super) fn sections(&mut self, name: &'static str) -> Vec<Section<'a>> {
        let path = self.key(name);
        let Some(value) = self.take(name) else { return Vec::new() };
        let ValueKind::Array(items) = value.kind else {
            self.problems.note_at(path, &value, "must be a list");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let path = format!("{path}[{at}]");
            match item.kind {
                ValueKind::Table(values) => sections.push(Section::new(&path, values, self.problems)),
                _ => self.problems.note_at(path, &item, "must be a mapping"),
            }
        }
        sections
    }

    /// A list of texts; a single text is a list of one, and commas separate in the environment.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let Some(value) = self.take(name) else { return Vec::new() };
        if let Some(text) = scalar(&value) {
            return text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
        }
        let texts = match &value.kind {
            ValueKind::Array(items) => items.iter().map(scalar).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        texts.unwrap_or_else(|| {
            self.problems.note_at(self.key(name), &value, "must be a list of texts");
            Vec::new()
        })
    }

    /// Every key with its text, for settings that are passed on. Keys written with dots may have been taken apart.
    pub(super) fn all_texts(mut self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let values = std::mem::take(&mut self.values);
        self.flatten("", values, &mut found);
        found
    }

    fn flatten(&self, prefix: &str, values: Map<String, Value>, found: &mut Vec<(String, String)>) {
        for (name, value) in values {
            let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match (scalar(&value), value.kind) {
                (Some(text), _) => found.push((name, text)),
                (None, ValueKind::Table(values)) => self.flatten(&name, values, found),
                (None, ValueKind::Nil) => {}
                (None, _) => self.problems.note(self.key(&name), "must be a text"),
            }
        }
    }

    /// Notes a problem with a key of this section.
    pub(super) fn refuse(&self, name: &str, message: impl Into<String>) {
        self.problems.note(self.key(name), message);
    }

    /// Refuses what nobody asked for.
    pub(super) fn finish(self) {
        let mut unknown: Vec<(&String, &Value)> = self.values.iter().collect();
        unknown.sort_by_key(|(name, _)| *name);
        for (name, value) in unknown {
            let message = match nearest(name, self.known.iter().copied()) {
                Some(nearest) => format!("is unknown: did you mean `{nearest}`?"),
                None => format!("is unknown; known here are {}", self.known.join(", ")),
            };
            self.problems.note_at(self.key(name), value, message);
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::String(text) => Some(text.clone()),
        ValueKind::Boolean(truth) => Some(truth.to_string()),
        ValueKind::I64(number) => Some(number.to_string()),
        ValueKind::U64(number) => Some(number.to_string()),
        ValueKind::I128(number) => Some(number.to_string()),
        ValueKind::U128(number) => Some(number.to_string()),
        ValueKind::Float(number) => Some(number.to_string()),
        ValueKind::Nil | ValueKind::Table(_) | ValueKind::Array(_) => None,
    }
}

/// `100ms`, `10s`, `5m`, `1h`, `7d`.
fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number = u64::from_str(&text[..unit_at]).ok()?;
    let unit = Millis::of_unit(&text[unit_at..])?;
    number.checked_mul(unit.0.unsigned_abs()).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::parse_duration;

    #[test]
    fn durations_have_units() {
        for (text, ms) in [
            ("100ms", 100),
            ("10s", 10_000),
            ("5m", 300_000),
            ("1h", 3_600_000),
            ("7d", 604_800_000),
            ("1w", 604_800_000),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for text in ["100", "", "s", "1.5s", "-1s", "1 s", "1y", "99999999999999999999s", "9999999999999999999d"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
