//! Which column each field of a record may come from.
//!
//! First each field gets the column that has one of its usual names and looks as it should; then one that has such a name
//! within its own; then, of what no record goes without, one that looks right and is left over. Only the first is sure.

use ringfence_cdr::{NumberFault, Numbering, RecordType};

use super::column::Column;
use super::words::{ANSWERED, names_of};

/// Of a hundred texts so many must be what a field holds.
const MOST: usize = 95;
/// Shorter names are part of too many words.
const PART_MIN: usize = 4;
/// The fields, in the order of a dialect file; those first that take a column before another may.
const FIELDS: [&str; 13] = [
    "recordId",
    "recordType",
    "callingNumber",
    "calledNumber",
    "seizureTime",
    "answerTime",
    "releaseTime",
    "callDuration",
    "answered",
    "causeForTerm",
    "servedIMSI",
    "servedIMEI",
    "cell",
];

/// Where a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Column(usize),
    /// A date in one column, the time of day in another.
    DateAndClock(usize, usize),
}

/// How that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Name,
    PartOfName,
    Looks,
}

/// What was found for one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) field: &'static str,
    pub(super) origin: Origin,
    pub(super) reason: Reason,
}

/// What was found, in the order of a dialect file.
#[derive(Debug)]
pub(super) struct Roles(Vec<Role>);

impl Roles {
    pub(super) fn of(columns: &[Column<'_>]) -> Self {
        let mut roles = Self(Vec::new());
        for reason in [Reason::Name, Reason::PartOfName, Reason::Looks] {
            for field in FIELDS {
                if roles.of_field(field).is_none()
                    && let Some(origin) = roles.origin(columns, field, reason)
                {
                    roles.0.push(Role { field, origin, reason });
                }
            }
        }
        roles.0.sort_by_key(|role| FIELDS.iter().position(|field| *field == role.field));
        roles
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Role> {
        self.0.iter()
    }

    pub(super) fn of_field(&self, field: &str) -> Option<&Role> {
        self.0.iter().find(|role| role.field == field)
    }

    /// Whether a field comes from a column.
    pub(super) fn is_taken(&self, at: usize) -> bool {
        self.0.iter().any(|role| match role.origin {
            Origin::Column(column) => column == at,
            Origin::DateAndClock(date, clock) => date == at || clock == at,
        })
    }

    fn origin(&self, columns: &[Column<'_>], field: &str, reason: Reason) -> Option<Origin> {
        let free = |at: &usize| !self.is_taken(*at) && fits(field, &columns[*at], reason);
        let places = || (0..columns.len()).filter(free);
        let mut names = names_of(field);
        let found = match reason {
            Reason::Name => names.find_map(|name| places().find(|at| columns[*at].plain == name)),
            Reason::PartOfName => {
                let mut long = names.filter(|name| name.len() >= PART_MIN);
                long.find_map(|name| places().find(|at| columns[*at].plain.contains(name)))
            }
            Reason::Looks if matches!(field, "callingNumber" | "calledNumber" | "seizureTime") => places().next(),
            Reason::Looks => None,
        };
        let apart = || match (field, reason) {
            ("seizureTime", Reason::Looks) => date_and_clock(columns),
            _ => None,
        };
        found.map(Origin::Column).or_else(apart)
    }
}

/// A column of dates and the first of times of day.
fn date_and_clock(columns: &[Column<'_>]) -> Option<Origin> {
    let date = columns.iter().position(|column| column.date.is_some())?;
    let clock = columns.iter().position(|column| column.clock.is_some() && column.date.is_none())?;
    Some(Origin::DateAndClock(date, clock))
}

/// Whether a column holds what a field does.
fn fits(field: &str, column: &Column<'_>, reason: Reason) -> bool {
    if column.texts.is_empty() {
        return false;
    }
    match field {
        // A name says what short numbers and pseudonyms are; looks do not.
        "callingNumber" | "calledNumber" if reason != Reason::Looks => {
            let is_number = |text: &str| Numbering::Opaque.normalise(text) != Err(NumberFault::Malformed);
            column.time.is_none() && column.percent(is_number) >= MOST
        }
        "callingNumber" | "calledNumber" => column.is_numbers,
        "seizureTime" | "answerTime" | "releaseTime" => column.time.is_some(),
        "callDuration" => column.length.is_some(),
        "answered" => column.words.iter().any(|word| ANSWERED.contains(word)) || is_flag(column),
        "recordId" => column.is_unique,
        "recordType" => {
            !column.words.is_empty() && column.words.iter().all(|word| RecordType::from_name(word).is_some())
        }
        "causeForTerm" => column.percent(|text| text.parse::<u16>().is_ok()) >= MOST,
        _ => true,
    }
}

/// Whether a column says yes or no as dialects read it by themselves.
pub(super) fn is_flag(column: &Column<'_>) -> bool {
    !column.words.is_empty() && column.words.iter().all(|word| matches!(*word, "true" | "false" | "1" | "0"))
}
