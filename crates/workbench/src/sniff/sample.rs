//! From the bytes of a file's beginning to columns of texts.

use std::collections::BTreeMap;

use ringfence_cdr::dialect::Encoding;
use serde_json::Value;

/// How much of a file is looked at, in bytes.
pub const BEGINNING: usize = 256 << 10;
/// The most rows that are looked at.
const ROWS_MAX: usize = 1_000;
/// What may stand between columns; of equals the first.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// Encodings that are tried where a file is not UTF-8. The last takes any bytes.
const ENCODINGS: [&str; 2] = ["gb18030", "windows-1252"];
/// How deep objects inside a JSON record are looked into.
const DEPTH_MAX: usize = 4;

/// Why there is nothing to propose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSample {
    /// There is nothing but blanks.
    #[error("the file is empty")]
    Empty,
    /// There are bytes that no text has.
    #[error("the file is no text: neither CSV nor JSON lines")]
    Binary,
    /// It begins like JSON and holds no objects.
    #[error("the file begins like JSON, and none of its first lines is an object")]
    NoObjects,
    /// Its lines have one column each.
    #[error("no delimiter found: the lines hold no commas, semicolons, tabs or bars that part them into equal columns")]
    NoColumns,
}

/// How the records of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Json,
    Csv {
        delimiter: u8,
        /// The first row names the columns.
        header: bool,
    },
}

/// The first records of a file.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) encoding: &'static str,
    pub(super) layout: Layout,
    /// The columns of a CSV file, made up where it names none; the keys of JSON objects, with dots for those inside others.
    pub(super) names: Vec<String>,
    /// A text of each column.
    pub(super) rows: Vec<Vec<String>>,
    /// How many rows have another number of columns.
    pub(super) uneven: usize,
}

impl Sample {
    pub(super) fn of(beginning: &[u8]) -> Result<Self, NoSample> {
        let beginning = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
        if beginning.contains(&0) {
            return Err(NoSample::Binary);
        }
        let (encoding, text) = decoded(without_cut_off(beginning));
        match text.trim_start().chars().next() {
            None => Err(NoSample::Empty),
            Some('{' | '[') => Self::of_json(encoding, &text),
            Some(_) => Self::of_csv(encoding, &text),
        }
    }

    fn of_json(encoding: &'static str, text: &str) -> Result<Self, NoSample> {
        let mut names: Vec<String> = Vec::new();
        let mut records: Vec<BTreeMap<String, String>> = Vec::new();
        let mut rest = text.trim_start_matches(|mark: char| mark.is_whitespace() || mark == '[');
        while records.len() < ROWS_MAX {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            // The last may be cut off.
            let Some(Ok(Value::Object(object))) = values.next() else { break };
            let mut record = BTreeMap::new();
            flatten("", Value::Object(object), DEPTH_MAX, &mut record);
            let new = record.keys().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>();
            names.extend(new);
            records.push(record);
            rest = rest[values.byte_offset()..].trim_start_matches(|mark: char| mark.is_whitespace() || mark == ',');
        }
        if records.is_empty() {
            return Err(NoSample::NoObjects);
        }
        let row = |mut record: BTreeMap<String, String>| {
            names.iter().map(|name| record.remove(name).unwrap_or_default()).collect::<Vec<_>>()
        };
        let rows = records.into_iter().map(row).collect();
        Ok(Self { encoding, layout: Layout::Json, names, rows, uneven: 0 })
    }

    fn of_csv(encoding: &'static str, text: &str) -> Result<Self, NoSample> {
        let text = if text.contains('\n') { text.to_owned() } else { text.replace('\r', "\n") };
        let split = DELIMITERS.map(|delimiter| (delimiter, rows(&text, delimiter)));
        let best = split.into_iter().rev().max_by_key(|(_, rows)| even(rows)).filter(|(_, rows)| even(rows).1 > 1);
        let Some((delimiter, mut rows)) = best else { return Err(NoSample::NoColumns) };
        let width = even(&rows).1;
        let all = rows.len();
        rows.retain(|row| row.len() == width);
        let uneven = all - rows.len();
        let header = names_columns(&rows);
        let names = if header { rows.remove(0) } else { (1..=width).map(|place| format!("column{place}")).collect() };
        Ok(Self { encoding, layout: Layout::Csv { delimiter, header }, names, rows, uneven })
    }
}

/// Without the last line, where more of the file follows.
fn without_cut_off(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
    end.filter(|_| bytes.len() >= BEGINNING).map_or(bytes, |end| &bytes[..end])
}

/// The text, and the encoding in which it is one.
fn decoded(bytes: &[u8]) -> (&'static str, String) {
    match std::str::from_utf8(bytes) {
        Ok(text) => ("utf-8", text.to_owned()),
        Err(_) => {
            let text = |label: &str| Some(Encoding::of_label(label).ok()?.text(bytes).ok()?.into_owned());
            let found = ENCODINGS.into_iter().find_map(|label| Some((label, text(label)?)));
            found.unwrap_or_else(|| ("utf-8", String::from_utf8_lossy(bytes).into_owned()))
        }
    }
}

/// The texts of an object, by their paths. Lists and what lies deeper are no columns.
fn flatten(path: &str, value: Value, depth: usize, record: &mut BTreeMap<String, String>) {
    let text = match value {
        Value::Object(object) if depth > 0 => {
            for (key, value) in object {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                flatten(&path, value, depth - 1, record);
            }
            return;
        }
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => return,
    };
    record.insert(path.to_owned(), text);
}

fn rows(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let rows = reader.records().take(ROWS_MAX).filter_map(Result::ok);
    rows.map(|row| row.iter().map(|text| text.trim().to_owned()).collect()).collect()
}

/// How many rows have the number of columns that most have, and that number; nothing for one column, which any text has.
fn even(rows: &[Vec<String>]) -> (usize, usize) {
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *widths.entry(row.len()).or_default() += 1);
    let most = widths.into_iter().filter(|(width, _)| *width > 1).map(|(width, rows)| (rows, width));
    most.max().unwrap_or_default()
}

/// Whether the first row is none of values: it has words where others have digits, in no column the other way round.
fn names_columns(rows: &[Vec<String>]) -> bool {
    let Some((first, others)) = rows.split_first() else { return false };
    let is_value = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit()) && !text.is_empty();
    let mostly_values = |at: usize| {
        let filled = others.iter().filter(|row| !row[at].is_empty());
        let (all, values) =
            filled.fold((0, 0), |(all, values), row| (all + 1, values + usize::from(is_value(&row[at]))));
        values * 2 > all
    };
    let words = |text: &&String| !text.is_empty() && !text.starts_with(|first: char| first.is_ascii_digit());
    let named = first.iter().filter(words).count();
    named * 2 > first.len() && (0..first.len()).any(|at| mostly_values(at) && !is_value(&first[at]))
}
