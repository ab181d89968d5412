//! CR and LF: which of the two ends the lines of a stream, and where the other ends a row among them.
//!
//! Among lines that end in LF, a lone CR may end a row or be part of a text; so may a lone LF among lines that end in CR.
//! It ends a row only where there is a whole row on both sides of it.

use std::io;

use memchr::{memchr, memchr_iter, memchr2};

use super::quoted::QuoteState;
use super::window::{RECORD_MAX, Window};

/// How the columns of rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) delimiter: u8,
    pub(super) has_quotes: bool,
    /// How many there are in a row.
    pub(super) count: usize,
}

/// What lines end in; columns may stand in quotes where a delimiter is given.
pub(super) fn line_end(window: &mut Window, delimiter: Option<u8>) -> io::Result<u8> {
    let mut searched = 0;
    let first = loop {
        let unseen = &window.rest()[searched..];
        let sign = memchr(b'\n', unseen);
        window.count_scanned(sign.unwrap_or(unseen.len()));
        if let Some(sign) = sign {
            break searched + sign;
        }
        searched = window.rest().len();
        if searched > RECORD_MAX || window.at_end() {
            return Ok(if memchr(b'\r', window.rest()).is_some() { b'\r' } else { b'\n' });
        }
        window.fill()?;
    };
    let Some(delimiter) = delimiter else { return Ok(b'\n') };
    let in_quotes = |bytes: &[u8]| QuoteState::holds_all(bytes, b'\n', b'\r', delimiter);
    if !in_quotes(&window.rest()[..=first]) {
        return Ok(b'\n');
    }
    while window.rest().len() <= RECORD_MAX && !window.at_end() {
        window.fill()?;
    }
    let rest = window.rest();
    window.count_scanned(rest.len());
    let is_lone = |at: &usize| rest.get(at + 1).map_or(window.at_end(), |next| *next != b'\n');
    let has_lone = memchr(b'\r', rest).is_some_and(|at| is_lone(&at));
    Ok(if has_lone && in_quotes(rest) { b'\r' } else { b'\n' })
}

/// Where the row ends that begins here and is ended by the sign that does not end lines.
pub(super) fn row_before_other(window: &mut Window, line_end: u8, columns: Columns) -> io::Result<Option<usize>> {
    let (mut left, mut from) = (Side::new(columns), 0);
    while let Some(at) = other_sign(window, line_end, from)? {
        left.add(&window.rest()[from..at]);
        if left.is_row() {
            let (mut right, end) = (Side::new(columns), any_sign(window, at + 1)?);
            right.add(&window.rest()[at + 1..end]);
            if right.is_row() {
                return Ok(Some(at));
            }
        }
        left.add(&window.rest()[at..=at]);
        from = at + 1;
    }
    Ok(None)
}

/// Where the next sign from here on is that ends no lines, if it comes before their end and is no part of it.
fn other_sign(window: &mut Window, line_end: u8, from: usize) -> io::Result<Option<usize>> {
    let at = any_sign(window, from)?;
    if window.rest().get(at).is_none_or(|byte| *byte == line_end) {
        return Ok(None);
    }
    // Some exports write two CR before the LF.
    let mut next = at + 1;
    loop {
        match window.rest().get(next) {
            Some(b'\r') if line_end == b'\n' => next += 1,
            Some(byte) => return Ok((*byte != line_end).then_some(at)),
            None if window.at_end() => return Ok(None),
            None => window.fill()?,
        }
        if next > RECORD_MAX {
            return Ok(None);
        }
    }
}

/// Where the next CR or LF from here on is, or what is looked at ends.
fn any_sign(window: &mut Window, from: usize) -> io::Result<usize> {
    let mut searched = from;
    loop {
        let rest = window.rest();
        let unseen = &rest[searched.min(rest.len())..];
        let found = memchr2(b'\r', b'\n', unseen);
        window.count_scanned(found.unwrap_or(unseen.len()));
        match found {
            Some(found) => return Ok(searched + found),
            None => searched = rest.len(),
        }
        if searched > RECORD_MAX || window.at_end() {
            return Ok(searched);
        }
        window.fill()?;
    }
}

/// What is on one side of a sign.
#[derive(Debug)]
struct Side {
    columns: Columns,
    place: QuoteState,
    delimiters: usize,
}

impl Side {
    fn new(columns: Columns) -> Self {
        Self { columns, place: QuoteState::ColumnStart, delimiters: 0 }
    }

    /// The side goes on with these bytes.
    fn add(&mut self, bytes: &[u8]) {
        if self.columns.has_quotes {
            let (place, delimiters) = self.place.after(bytes, self.columns.delimiter);
            self.place = place;
            self.delimiters += delimiters;
        } else {
            self.delimiters += memchr_iter(self.columns.delimiter, bytes).count();
        }
    }

    /// Whether it is a whole row. A row of one column is never told from half of it.
    fn is_row(&self) -> bool {
        let is_open = matches!(self.place, QuoteState::Quoted | QuoteState::Astray);
        !is_open && self.columns.count > 1 && self.delimiters + 1 == self.columns.count
    }
}
