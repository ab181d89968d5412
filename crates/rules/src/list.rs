//! A reference list: numbers, each listed for intervals of time.
//!
//! A pack names its lists; what stands on them is a version of a table and no part of the pack (`tables.rs`). A version
//! is known by the hash of what it says, so the order of lines, comments and proofs make no other one.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Number};

use crate::ContentHash;

/// How the text of a version begins: its form, then the list's name.
const HEADING: &str = "# ringfence list 1: ";
const COLUMNS: [&str; 3] = ["key", "validFrom", "validUntil"];

/// One version of a list. Look-ups are on the path of every record, so they go through a hash map; what is printed or
/// hashed goes through [`List::entries`], which has an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its name, without the `@`.
    pub name: Box<str>,
    version: ContentHash,
    /// By the text of the number.
    entries: Vec<(Number, Vec<ListEntry>)>,
    /// Where a number stands in `entries`. Numbers come from a trusted list: a fixed seed is safe.
    places: HashMap<Number, usize, FixedState>,
}

/// When a number is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listed {
    /// At no time.
    Never,
    /// At some times.
    AtTimes,
    /// At any time.
    Always,
}

/// One interval for which a key is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListEntry {
    /// The first instant.
    pub valid_from: EventTime,
    /// The first instant no more.
    pub valid_until: EventTime,
}

/// A text is not that of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoList;

impl ListEntry {
    /// For any time.
    pub const ALWAYS: Self = Self { valid_from: EventTime::MIN, valid_until: EventTime::MAX };
}

impl List {
    /// A list of these entries.
    #[must_use]
    pub fn new(name: &str, entries: impl IntoIterator<Item = (Number, ListEntry)>) -> Self {
        let mut flat: Vec<(Number, ListEntry)> = entries.into_iter().collect();
        flat.sort_by_cached_key(|(key, entry)| (key.to_string(), *entry));
        flat.dedup();
        let mut entries: Vec<(Number, Vec<ListEntry>)> = Vec::new();
        for (key, entry) in flat {
            match entries.last_mut() {
                Some((last, intervals)) if *last == key => intervals.push(entry),
                _ => entries.push((key, vec![entry])),
            }
        }
        let places = entries.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        let version = ContentHash::of(text_of(name, &entries).as_bytes());
        Self { name: name.into(), version, entries, places }
    }

    /// A list without entries.
    #[must_use]
    pub fn empty(name: &str) -> Self {
        Self::new(name, [])
    }

    /// Which version of the list it is: the hash of [`List::text`].
    #[must_use]
    pub fn version(&self) -> ContentHash {
        self.version
    }

    /// The version as it is stored: a heading with the list's name, then CSV with times in milliseconds since 1970,
    /// empty where an interval has no end. Numbers are in full in it: it is for nobody but who may read the list.
    #[must_use]
    pub fn text(&self) -> String {
        text_of(&self.name, &self.entries)
    }

    /// Reads a version that was stored.
    ///
    /// # Errors
    /// Where the text is not one that [`List::text`] writes.
    pub fn from_text(text: &str) -> Result<Self, NoList> {
        let (heading, rows) = text.split_once('\n').ok_or(NoList)?;
        let name = heading.strip_prefix(HEADING).ok_or(NoList)?;
        let mut rows = csv::ReaderBuilder::new().has_headers(true).from_reader(rows.as_bytes());
        let is_headed = rows.headers().is_ok_and(|columns| columns.iter().eq(COLUMNS));
        let entries = rows.records().map(|row| entry_of(&row.ok()?)).collect::<Option<Vec<_>>>();
        let list = Self::new(name, entries.filter(|_| is_headed).ok_or(NoList)?);
        if list.text() == text { Ok(list) } else { Err(NoList) }
    }

    /// Whether nobody is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the number is listed at that time.
    #[must_use]
    pub fn contains(&self, number: &Number, at: EventTime) -> bool {
        self.intervals(number).iter().any(|entry| entry.valid_from <= at && at < entry.valid_until)
    }

    /// When the number is listed.
    #[must_use]
    pub fn listed(&self, number: &Number) -> Listed {
        match self.intervals(number) {
            [] => Listed::Never,
            intervals if intervals.contains(&ListEntry::ALWAYS) => Listed::Always,
            _ => Listed::AtTimes,
        }
    }

    /// The intervals for which a number is listed; none for a number that never is.
    #[must_use]
    pub fn intervals(&self, number: &Number) -> &[ListEntry] {
        self.places.get(number).map_or(&[], |place| &self.entries[*place].1)
    }

    /// Every key with its intervals, in the order of the keys.
    pub fn entries(&self) -> impl Iterator<Item = (&Number, &[ListEntry])> {
        self.entries.iter().map(|(key, entries)| (key, entries.as_slice()))
    }
}

fn text_of(name: &str, entries: &[(Number, Vec<ListEntry>)]) -> String {
    let time = |at: EventTime, open: EventTime| if at == open { String::new() } else { at.0.to_string() };
    let mut rows = csv::Writer::from_writer(Vec::new());
    let flat = entries.iter().flat_map(|(key, intervals)| intervals.iter().map(move |entry| (key, entry)));
    let written = flat.map(|(key, entry)| {
        let (from, until) = (time(entry.valid_from, EventTime::MIN), time(entry.valid_until, EventTime::MAX));
        [key.to_string(), from, until]
    });
    let columns = std::iter::once(COLUMNS.map(str::to_owned));
    // Writing rows of one length into memory cannot fail.
    let written = columns.chain(written).try_for_each(|row| rows.write_record(row));
    debug_assert!(written.is_ok(), "rows of three columns are written");
    let bytes = rows.into_inner().unwrap_or_default();
    format!("{HEADING}{name}\n{}", String::from_utf8_lossy(&bytes))
}

fn entry_of(row: &csv::StringRecord) -> Option<(Number, ListEntry)> {
    let time = |cell: &str, open| if cell.is_empty() { Some(open) } else { cell.parse().ok().map(EventTime) };
    let entry = ListEntry { valid_from: time(&row[1], EventTime::MIN)?, valid_until: time(&row[2], EventTime::MAX)? };
    Some((Number::new(&row[0]), entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(from: i64, until: i64) -> ListEntry {
        ListEntry { valid_from: EventTime(from), valid_until: EventTime(until) }
    }

    #[test]
    fn a_number_is_listed_from_its_first_instant_to_before_its_last() {
        let number = Number::new("+8617000000001");
        let list = List::new("x", [(number.clone(), entry(10, 20)), (number.clone(), entry(30, 40))]);
        let listed = |at| list.contains(&number, EventTime(at));
        assert_eq!([9, 10, 19, 20, 30, 39, 40].map(listed), [false, true, true, false, true, true, false]);
        let never = Number::new("+8617000000002");
        assert!(!list.contains(&never, EventTime(15)));
        let always = Number::new("+8617000000003");
        let list = List::new("x", [(number.clone(), entry(10, 20)), (always.clone(), ListEntry::ALWAYS)]);
        let listed = [&never, &number, &always].map(|number| list.listed(number));
        assert_eq!(listed, [Listed::Never, Listed::AtTimes, Listed::Always]);
    }

    #[test]
    fn a_version_is_what_the_list_says_whatever_it_was_written_like_and_reads_back() {
        let entries = [
            (Number::new("+8617000000001"), entry(-5, 20)),
            (Number::new("an opaque, \"quoted\"\nnumber"), ListEntry::ALWAYS),
            (Number::new("110"), ListEntry { valid_from: EventTime::MIN, valid_until: EventTime(7) }),
            (Number::new(""), entry(1, 2)),
        ];
        let list = List::new("do-not-call", entries.clone());
        let twice = List::new("do-not-call", entries.iter().rev().chain(&entries).cloned());
        assert_eq!(list.version(), twice.version());
        assert_eq!(List::from_text(&list.text()).as_ref(), Ok(&list));
        let others = [List::new("other", entries.clone()), List::new("do-not-call", entries[1..].to_vec())];
        others.iter().for_each(|other| assert_ne!(other.version(), list.version()));
        let text = list.text();
        for broken in ["", "key\n110\n", &text.replace("-5", "x"), &text.replace("list 1", "list 2"), &text[..40]] {
            assert_eq!(List::from_text(broken), Err(NoList), "{broken}");
        }
        assert_eq!(List::from_text(&List::empty("x").text()), Ok(List::empty("x")));
    }
}
