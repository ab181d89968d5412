//! Reference lists: `key[,validFrom][,validUntil]`, one number a line.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Number};

use super::NumberReader;
use super::reader::about_file;
use super::times::instant;
use crate::nearest::suggestion;
use crate::{Diagnostic, Level, List, ListEntry, Sources, Zone};

const COLUMNS: [&str; 3] = ["key", "validFrom", "validUntil"];
/// Errors beyond these are counted only: a list in the wrong form is wrong in every line.
const ERRORS_SHOWN: usize = 5;
const TIME_HELP: &str = "write a date (2026-12-01) or an instant with its offset (2026-12-01T00:00:00+08:00)";

/// Whether this is the path of a list of the pack.
pub(crate) fn is_list(path: &str) -> bool {
    path.strip_prefix("lists/").is_some_and(|name| name.ends_with(".csv") && !name.contains('/'))
}

/// Reads the pack's lists and those from outside, in the order of their names.
pub(crate) fn read(
    sources: &Sources,
    zone: &Zone,
    numbers: &NumberReader<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<List> {
    let mut lists: BTreeMap<String, (String, List)> = BTreeMap::new();
    let of_pack = sources.files().filter(|(path, _)| is_list(path));
    for (path, text) in of_pack.chain(sources.outside_lists()) {
        let file = path.rsplit('/').next().unwrap_or(path);
        let name = file.strip_suffix(".csv").unwrap_or(file);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(is_part) || name.ends_with('-') {
            let help = "name the file with letters, digits, `_` and `-`: do-not-call.csv";
            found.push(about_file(path, Level::Error, "the file's name is no name for a list", help));
            continue;
        }
        if let Some((other, _)) = lists.get(name) {
            let message = format!("the list `{name}` is also given by {other}");
            found.push(about_file(path, Level::Error, &message, "give one of them another name"));
            continue;
        }
        let mut page = Page { path, name, wrong: 0, found };
        let entries = page.entries(text, zone, numbers);
        lists.insert(name.to_owned(), (path.to_owned(), List::new(name, entries)));
    }
    lists.into_values().map(|(_, list)| list).collect()
}

/// A list under reading. Its lines and numbers never reach a message: they are numbers of subscribers.
struct Page<'a> {
    path: &'a str,
    name: &'a str,
    wrong: usize,
    found: &'a mut Vec<Diagnostic>,
}

impl Page<'_> {
    fn error(&mut self, line: u64, message: &str, help: &str) {
        self.wrong += 1;
        if self.wrong <= ERRORS_SHOWN {
            let line = usize::try_from(line).unwrap_or(usize::MAX);
            let about = about_file(self.path, Level::Error, message, help);
            self.found.push(Diagnostic { line, clause: self.name.into(), ..about });
        }
    }

    /// A first line that begins with `key` names the columns; without one they are in the order above. Empty lines
    /// and those that begin with `#` are skipped.
    fn entries(&mut self, text: &str, zone: &Zone, numbers: &NumberReader<'_>) -> Vec<(Number, ListEntry)> {
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut columns = [Some(0), Some(1), Some(2)];
        let mut entries = Vec::new();
        for (at, row) in rows.records().enumerate() {
            let Ok(row) = row else {
                self.error(1, "the file is no CSV", "save it as CSV in UTF-8");
                break;
            };
            let line = row.position().map_or(1, csv::Position::line);
            if at == 0 && row.get(0) == Some("key") {
                columns = self.header(line, &row);
                continue;
            }
            match entry(&row, columns, zone, numbers) {
                Ok(entry) => entries.push(entry),
                Err((message, help)) => self.error(line, &message, help),
            }
        }
        if self.wrong > ERRORS_SHOWN {
            let message = format!("{} more lines of the list are wrong", self.wrong - ERRORS_SHOWN);
            self.found.push(about_file(self.path, Level::Error, &message, "mend those shown first"));
        }
        entries
    }

    /// For each of the known columns the place where it stands.
    fn header(&mut self, line: u64, row: &csv::StringRecord) -> [Option<usize>; 3] {
        for column in row {
            if !COLUMNS.contains(&column) {
                let help = suggestion(column, COLUMNS);
                self.error(line, "a column of the list is unknown", &help);
            }
        }
        COLUMNS.map(|wanted| row.iter().position(|column| column == wanted))
    }
}

fn entry(
    row: &csv::StringRecord,
    columns: [Option<usize>; 3],
    zone: &Zone,
    numbers: &NumberReader<'_>,
) -> Result<(Number, ListEntry), (String, &'static str)> {
    let cell = |column: usize| columns[column].and_then(|at| row.get(at)).filter(|text| !text.is_empty());
    if row.len() > COLUMNS.len() {
        return Err(("the line has too many columns".to_owned(), "a line is key[,validFrom][,validUntil]"));
    }
    let Some(key) = cell(0) else {
        return Err(("the line has no number".to_owned(), "the first column is the number"));
    };
    let number =
        numbers(key).map_err(|why| (format!("the key is no number: {why}"), "write it as +8613..., or nationally"))?;
    let time = |column: usize, default: EventTime| match cell(column) {
        None => Ok(default),
        Some(text) => {
            instant(text, zone).ok_or_else(|| (format!("`{}` is no date or instant", COLUMNS[column]), TIME_HELP))
        }
    };
    let listed = ListEntry { valid_from: time(1, EventTime::MIN)?, valid_until: time(2, EventTime::MAX)? };
    if listed.valid_until <= listed.valid_from {
        let help = "`validUntil` is the first instant no longer listed";
        return Err(("the entry ends before it begins".to_owned(), help));
    }
    Ok((number, listed))
}
