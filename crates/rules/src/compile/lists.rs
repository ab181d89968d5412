//! Reference lists: one number a line under a header `key[,validFrom][,validUntil][,proof]`, in any order.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Number, Numbering};

use super::reader::about_file;
use super::times::instant;
use crate::suggestion::suggestion;
use crate::{Diagnostic, Level, List, ListEntry, PackFiles, Tables, Zone};

const COLUMNS: [&str; 4] = ["key", "validFrom", "validUntil", "proof"];
/// Errors beyond these are counted only: a list in the wrong form is wrong in every line.
const ERRORS_SHOWN: usize = 5;
/// The fewest characters of what is taken for a whole number and no short code.
const WHOLE_NUMBER_MIN: usize = 8;
/// The most lists, and the most letters of a name: a record of the journal may have to name a version of each.
const LISTS_MAX: usize = 128;
const NAME_MAX: usize = 64;
const NATIONAL_HELP: &str = "write it as +8613..., or give the pack the `country` whose national numbers these are";
const TIME_HELP: &str = "write a date (2026-12-01) or an instant with its offset (2026-12-01T00:00:00+08:00)";

/// Reads the pack's lists and those from outside, in the order of their names. A list of the pack without entries is a
/// place that one from outside may fill; two lists with entries never share a name.
pub(crate) fn read(sources: &PackFiles, zone: &Zone, numbering: &Numbering, found: &mut Vec<Diagnostic>) -> Tables {
    let mut lists: BTreeMap<String, Given<'_>> = BTreeMap::new();
    let of_pack = sources.files().filter(|(path, _)| PackFiles::is_list(path)).map(|file| (file, true));
    for ((path, text), fillable) in of_pack.chain(sources.outside_lists().map(|file| (file, false))) {
        let file = path.rsplit('/').next().unwrap_or(path);
        let name = file.strip_suffix(".csv").unwrap_or(file);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(is_part) || name.ends_with('-') {
            let help = "name the file with letters, digits, `_` and `-`: do-not-call.csv";
            found.push(about_file(path, Level::Error, "the file's name is no name for a list", help));
            continue;
        }
        if name.len() > NAME_MAX {
            let message = format!("the list's name has {} letters, more than {NAME_MAX}", name.len());
            found.push(about_file(path, Level::Error, &message, "give it a shorter name"));
            continue;
        }
        if let Some(Given { path: other, .. }) = lists.get(name).filter(|given| !given.is_place_to_fill()) {
            let message = format!("the list `{name}` is also given by {other}");
            found.push(about_file(path, Level::Error, &message, "give one of them another name"));
            continue;
        }
        let mut page = Page { path, name, wrong: 0, found };
        let entries = page.entries(text, zone, numbering).into_iter().map(|(_, number, entry)| (number, entry));
        lists.insert(name.to_owned(), Given { path, fillable, list: List::new(name, entries) });
    }
    if lists.len() > LISTS_MAX {
        let message = format!("there are {} lists, more than {LISTS_MAX}", lists.len());
        found.push(about_file("lists", Level::Error, &message, "put what rules treat alike on one list"));
    }
    lists.into_values().map(|given| given.list).collect()
}

/// A list and who gave it.
struct Given<'a> {
    path: &'a str,
    /// It is the pack's own.
    fillable: bool,
    list: List,
}

impl Given<'_> {
    fn is_place_to_fill(&self) -> bool {
        self.fillable && self.list.is_empty()
    }
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
            self.say(line, Level::Error, message, help);
        }
    }

    fn say(&mut self, line: u64, level: Level, message: &str, help: &str) {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let about = about_file(self.path, level, message, help);
        self.found.push(Diagnostic { line, clause: self.name.into(), ..about });
    }

    /// The first line names the columns: a list without it would lose its first number, or gain a word as one.
    /// Empty lines and those that begin with `#` are skipped. What stands under `proof` is for people.
    fn entries(&mut self, text: &str, zone: &Zone, numbering: &Numbering) -> Vec<(u64, Number, ListEntry)> {
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut columns = None;
        let mut entries = Vec::new();
        for row in rows.records() {
            let Ok(row) = row else {
                self.error(1, "the file is no CSV", "save it as CSV in UTF-8");
                break;
            };
            let line = row.position().map_or(1, csv::Position::line);
            let Some(columns) = &columns else {
                columns = self.header(line, &row);
                if columns.is_none() {
                    return Vec::new();
                }
                continue;
            };
            match entry(&row, columns, zone, numbering) {
                Ok((number, entry)) => entries.push((line, number, entry)),
                Err((message, help)) => self.error(line, &message, help),
            }
        }
        if *numbering != Numbering::Opaque {
            self.warn_of_national(&entries);
        }
        if self.wrong > ERRORS_SHOWN {
            let message = format!("{} more lines of the list are wrong", self.wrong - ERRORS_SHOWN);
            self.found.push(about_file(self.path, Level::Error, &message, "mend those shown first"));
        }
        entries
    }

    /// What has the length of a whole number and is none of E.164 meets no call but one whose record writes it so too.
    fn warn_of_national(&mut self, entries: &[(u64, Number, ListEntry)]) {
        let is_national = |number: &Number| !number.is_e164() && number.to_string().len() >= WHOLE_NUMBER_MIN;
        let mut national = entries.iter().filter(|(_, number, _)| is_national(number));
        let Some((line, ..)) = national.next() else { return };
        let message = match national.count() {
            0 => "the key is no number with a country's code, so no call may ever meet it".to_owned(),
            more => format!("this key and {more} more have no country's code, so no call may ever meet them"),
        };
        self.say(*line, Level::Warning, &message, NATIONAL_HELP);
    }

    /// Where the known columns stand; `None` without a `key`.
    fn header(&mut self, line: u64, row: &csv::StringRecord) -> Option<Columns> {
        let place = |wanted: &str| row.iter().position(|column| column == wanted);
        let Some(key) = place("key") else {
            let help = "begin with a line that names the columns: key[,validFrom][,validUntil][,proof]";
            self.error(line, "the first line names no column `key`", help);
            return None;
        };
        for column in row.iter().filter(|column| !COLUMNS.contains(column)) {
            if column == "callee" {
                self.error(
                    line,
                    "lists of pairs are not supported yet",
                    "until then list single numbers, without `callee`",
                );
            } else {
                self.error(line, "a column of the list is unknown", &suggestion(column, COLUMNS));
            }
        }
        Some(Columns { key, valid_from: place("validFrom"), valid_until: place("validUntil"), count: row.len() })
    }
}

/// Where the columns of a list stand.
struct Columns {
    key: usize,
    valid_from: Option<usize>,
    valid_until: Option<usize>,
    count: usize,
}

fn entry(
    row: &csv::StringRecord,
    columns: &Columns,
    zone: &Zone,
    numbering: &Numbering,
) -> Result<(Number, ListEntry), (String, &'static str)> {
    let cell = |place: Option<usize>| place.and_then(|at| row.get(at)).filter(|text| !text.is_empty());
    if row.len() > columns.count {
        return Err(("the line has more values than columns".to_owned(), "quote values that hold commas"));
    }
    let Some(key) = cell(Some(columns.key)) else {
        return Err(("the line has no number".to_owned(), "write it under `key`, or remove the line"));
    };
    let number =
        numbering.normalise(key).map_err(|why| (format!("the key {why}"), "write it as +8613..., or nationally"))?;
    let time = |name: &str, place: Option<usize>, default: EventTime| match cell(place) {
        None => Ok(default),
        Some(text) => instant(text, zone).ok_or_else(|| (format!("`{name}` is no date or instant"), TIME_HELP)),
    };
    let valid_from = time("validFrom", columns.valid_from, EventTime::MIN)?;
    let valid_until = time("validUntil", columns.valid_until, EventTime::MAX)?;
    let listed = ListEntry { valid_from, valid_until };
    if listed.valid_until <= listed.valid_from {
        let help = "`validUntil` is the first instant no longer listed";
        return Err(("the entry ends before it begins".to_owned(), help));
    }
    Ok((number, listed))
}
