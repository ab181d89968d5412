//! A stream of bytes into rows, with their raw bytes and physical lines.
//!
//! A row is a physical line, or several where a quoted column of a CSV row has line ends in it, or an element of a JSON
//! list. A quote that is never closed would swallow the rest of a file; so a row of several lines is short, and where one
//! turns out to be no row its first line alone is given up.
//!
//! Lines end in LF or CRLF; in CR where there is no LF in the first mebibyte, or none but in quoted columns; and in the
//! other sign of the two where both sides of it are whole rows. Lines without anything but blanks and NULs, which are what is left of a lost block, are no
//! rows.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::element::ElementScan;
use super::quoted::{OpenLines, QuoteState};
use super::signs::{self, Columns};
use super::window::{RECORD_MAX, Window};

/// The longest row of several lines. It bounds what a stray quote can take from the rows behind it.
const QUOTED_MAX: usize = 1 << 16;
/// How much of a row beyond [`RECORD_MAX`] is kept.
pub(super) const HEAD: usize = 1 << 16;
/// The byte order mark of UTF-8, which stands in the middle of a stream where files were joined.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How the rows of a stream are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A line is a row whatever quotes it has; or else the stream, or a part of it, is a list.
    Json,
    /// What stands between columns, and whether they may stand in quotes.
    Csv { delimiter: u8, has_quotes: bool },
}

/// Gives out the rows of a stream.
pub(super) struct Splitter {
    window: Window,
    layout: Layout,
    /// What lines end in, once the stream was looked at.
    line_end: Option<u8>,
    /// The number of the physical line in which the next row starts, from 1.
    line: u64,
    /// Where that line begins, in bytes of the stream.
    line_start: u64,
    /// Where in memory the row given out last starts, and its line.
    last: (usize, u64),
    /// The beginning of a row that was too long.
    head: Vec<u8>,
    /// How many columns a row has, once that is known: a quote that holds lines together to another number of them is
    /// astray.
    columns: Option<usize>,
    /// A row may have an empty one more, which was not settled yet.
    may_end_in_delimiter: bool,
    open: OpenLines,
    /// The next row is an element of a list.
    in_list: bool,
    /// A list was not closed.
    is_cut_short: bool,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// Its bytes, without the line end.
    pub(super) raw: &'a [u8],
    /// The physical line where it begins, from 1.
    pub(super) line: u64,
    pub(super) kind: PieceKind,
}

/// What kind of piece it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// One line, or an element of a list.
    Line,
    /// Several lines, held together by quotes.
    Lines,
    /// One line with a quote that is opened and not closed.
    OpenQuote,
    /// The first [`HEAD`] bytes of a row that is too long.
    Head,
}

/// What was found of a row in memory.
struct Found {
    length: usize,
    lines: u64,
    kind: PieceKind,
}

impl Splitter {
    pub(super) fn new(reader: Box<dyn Read + Send>, layout: Layout) -> Self {
        Self {
            window: Window::new(reader),
            layout,
            line_end: None,
            line: 1,
            line_start: 0,
            last: (0, 1),
            head: Vec::new(),
            columns: None,
            may_end_in_delimiter: false,
            open: OpenLines::new(),
            in_list: false,
            is_cut_short: false,
        }
    }

    /// Says how many columns the rows have, and whether there may be an empty one more.
    pub(super) fn expect_columns(&mut self, columns: usize, may_end_in_delimiter: bool) {
        self.columns = Some(columns);
        self.may_end_in_delimiter = may_end_in_delimiter;
    }

    /// How many bytes were looked at so far, those that were looked at again too.
    pub(super) fn scanned(&self) -> u64 {
        self.window.scanned()
    }

    /// The last physical line that was given out or was empty.
    pub(super) fn line_reached(&self) -> u64 {
        self.line - 1
    }

    /// Whether the stream ended within a list.
    pub(super) fn is_cut_short(&self) -> bool {
        self.is_cut_short
    }

    /// Passes over one of these marks at the beginning of the stream, and says which it was.
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) fn mark(&mut self, marks: &[&'static [u8]]) -> io::Result<Option<&'static [u8]>> {
        let longest = marks.iter().map(|mark| mark.len()).max().unwrap_or_default();
        while self.window.rest().len() < longest && !self.window.at_end() {
            self.window.fill()?;
        }
        let found = marks.iter().copied().find(|mark| self.window.rest().starts_with(mark));
        self.window.pass(found.map_or(0, <[u8]>::len));
        Ok(found)
    }

    /// Reads the stream through another reader from here on.
    pub(super) fn through(&mut self, wrap: impl FnOnce(Box<dyn Read + Send>) -> Box<dyn Read + Send>) {
        self.window.through(wrap);
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        if self.line_end.is_none() {
            let quotes = self.quotes();
            self.line_end = Some(signs::line_end(&mut self.window, quotes)?);
        }
        let found = match self.layout {
            Layout::Json => self.next_value()?,
            Layout::Csv { .. } => self.next_row()?,
        };
        Ok(found.map(|found| self.give_out(&found)))
    }

    /// Goes back before the row that was given out last: it comes next again.
    pub(super) fn again(&mut self) {
        let (place, line) = self.last;
        self.window.go_back(place);
        self.line = line;
    }

    /// Gives out the first line of the row that was given out last, by itself; the next row is its second line.
    pub(super) fn only_first_line(&mut self) -> Piece<'_> {
        self.again();
        let length = memchr(self.line_end(), self.window.rest()).unwrap_or(self.window.rest().len());
        self.give_out(&Found { length, lines: 1, kind: PieceKind::OpenQuote })
    }

    fn give_out(&mut self, found: &Found) -> Piece<'_> {
        let (place, line) = (self.window.place(), self.line);
        self.last = (place, line);
        self.pass(found);
        let raw = match found.kind {
            PieceKind::Head => &self.head,
            _ => trimmed(self.window.bytes(place, found.length)),
        };
        Piece { raw, line, kind: found.kind }
    }

    /// Passes a row, with the line end behind it unless it is an element of a list.
    fn pass(&mut self, found: &Found) {
        self.window.pass(found.length + usize::from(!self.in_list));
        self.line += found.lines;
    }

    /// The delimiter of columns that may stand in quotes.
    fn quotes(&self) -> Option<u8> {
        match self.layout {
            Layout::Csv { delimiter, has_quotes: true } => Some(delimiter),
            _ => None,
        }
    }

    fn line_end(&self) -> u8 {
        self.line_end.unwrap_or(b'\n')
    }

    /// Where, from `from` bytes on, the next line end or the end of the stream is; `None` where it lies beyond `limit`
    /// bytes, and where no byte is left. Up to `searched` there is none.
    fn end_of_line(&mut self, (from, mut searched): (usize, usize), limit: usize) -> io::Result<Option<usize>> {
        loop {
            let rest = self.window.rest();
            let unseen = rest.get(searched..rest.len().min(limit + 1)).unwrap_or_default();
            let (found, seen, length) = (memchr(self.line_end(), unseen), unseen.len(), rest.len());
            self.window.count_scanned(found.unwrap_or(seen));
            if let Some(found) = found {
                return Ok(Some(searched + found));
            }
            searched = searched.max(length);
            if length > limit {
                return Ok(None);
            }
            if self.window.at_end() {
                return Ok((length > from).then_some(length));
            }
            self.window.fill()?;
        }
    }

    /// The next row that is not blank.
    fn next_row(&mut self) -> io::Result<Option<Found>> {
        let Layout::Csv { delimiter, .. } = self.layout else { return Ok(None) };
        loop {
            let (end, is_row) = match self.row_before_other_sign()? {
                Some(end) => (end, true),
                None => match self.end_of_line((0, 0), RECORD_MAX)? {
                    Some(end) => (end, false),
                    None => return self.give_up_long_line(),
                },
            };
            let line = trimmed(&self.window.rest()[..end]);
            let found = Found { length: end, lines: 1, kind: PieceKind::Line };
            if line.iter().all(|byte| is_blank(*byte) && *byte != delimiter) {
                self.pass(&found);
            } else {
                return if is_row { Ok(Some(found)) } else { self.row(end).map(Some) };
            }
        }
    }

    /// Where the row ends that is ended by the sign that does not end lines here.
    fn row_before_other_sign(&mut self) -> io::Result<Option<usize>> {
        let (Layout::Csv { delimiter, has_quotes }, Some(count)) = (self.layout, self.columns) else { return Ok(None) };
        let line_end = self.line_end();
        signs::row_before_other(&mut self.window, line_end, Columns { delimiter, has_quotes, count })
    }

    /// The row whose first line ends at `end`.
    fn row(&mut self, end: usize) -> io::Result<Found> {
        let one_line = |kind| Found { length: end, lines: 1, kind };
        let Layout::Csv { delimiter, has_quotes } = self.layout else { return Ok(one_line(PieceKind::Line)) };
        let line = &self.window.rest()[..end];
        if !has_quotes || memchr(b'"', line).is_none() {
            return Ok(one_line(PieceKind::Line));
        }
        let (place, delimiters) = QuoteState::ColumnStart.after(line, delimiter);
        self.window.count_scanned(end);
        if place != QuoteState::Quoted {
            return Ok(one_line(PieceKind::Line));
        }
        let is_row = self.is_row(&self.window.rest()[..end], delimiter);
        let mut open = std::mem::replace(&mut self.open, OpenLines::new());
        let found = self.lines_behind((end, delimiters, is_row), delimiter, &mut open);
        self.open = open;
        Ok(found?.unwrap_or(one_line(PieceKind::OpenQuote)))
    }

    /// Whether rows have so many columns.
    fn is_as_wide(&self, width: usize) -> bool {
        let Some(columns) = self.columns else { return true };
        columns == width || self.may_end_in_delimiter && columns + 1 == width
    }

    /// Whether a line is a row by itself if quotes are characters like others.
    fn is_row(&self, line: &[u8], delimiter: u8) -> bool {
        self.columns.is_some_and(|columns| columns > 1 && memchr_iter(delimiter, line).count() + 1 == columns)
    }

    /// The row whose first line, with so many delimiters, opens quotes and ends at `end`; `None` where it is no row.
    fn lines_behind(
        &mut self,
        (end, delimiters, is_row): (usize, usize, bool),
        delimiter: u8,
        open: &mut OpenLines,
    ) -> io::Result<Option<Found>> {
        let row = self.window.passed();
        let in_row = |at: u64| (at - row) as usize;
        open.begin_at(row + end as u64 + 1);
        let (length, lines, delimiters) = loop {
            if let Some((last, lines, more)) = open.closed() {
                break (in_row(last), lines + 1, delimiters + more);
            }
            let start = open.next_start().unwrap_or(row + end as u64 + 1);
            let (from, searched) = (in_row(start), in_row(open.search_from(start)));
            let Some(next) = self.end_of_line((from, searched), QUOTED_MAX)? else {
                open.searched_to(row + self.window.rest().len().min(QUOTED_MAX + 1) as u64);
                return Ok(None);
            };
            let line = &self.window.rest()[from..next];
            self.window.count_scanned(2 * line.len());
            open.push(
                (start, row + next as u64),
                QuoteState::Quoted.after(line, delimiter),
                self.is_row(line, delimiter),
            );
        };
        // A stray quote that met another one far below: what lies between them are rows of their own.
        let astray =
            open.place() == QuoteState::Astray || is_row && open.are_rows() || !self.is_as_wide(delimiters + 1);
        let found = Found { length, lines: lines as u64, kind: PieceKind::Lines };
        Ok((!astray && length <= QUOTED_MAX).then_some(found))
    }

    /// Passes over a line that is too long, keeping its beginning; nothing at the end of the stream.
    fn give_up_long_line(&mut self) -> io::Result<Option<Found>> {
        if self.window.rest().is_empty() {
            return Ok(None);
        }
        self.keep_head();
        loop {
            if let Some(end) = memchr(self.line_end(), self.window.rest()) {
                self.window.pass(end);
                break;
            }
            self.window.pass(self.window.rest().len());
            if self.window.at_end() {
                break;
            }
            self.window.fill()?;
        }
        Ok(Some(Found { length: 0, lines: 1, kind: PieceKind::Head }))
    }

    fn keep_head(&mut self) {
        self.head.clear();
        self.head.extend_from_slice(&self.window.rest()[..HEAD]);
    }

    /// The next line, or the next element of a list.
    fn next_value(&mut self) -> io::Result<Option<Found>> {
        loop {
            self.skip_blanks()?;
            match self.window.rest().first() {
                None => {
                    self.is_cut_short = self.in_list;
                    return Ok(None);
                }
                Some(b'[') if !self.in_list => self.in_list = true,
                Some(b']') if self.in_list => self.in_list = false,
                Some(_) if self.in_list => return self.element().map(Some),
                Some(_) => match self.end_of_line((0, 0), RECORD_MAX)? {
                    Some(length) => return Ok(Some(Found { length, lines: 1, kind: PieceKind::Line })),
                    None => return self.give_up_long_line(),
                },
            }
            self.window.pass(1);
        }
    }

    /// Passes over what stands between values.
    fn skip_blanks(&mut self) -> io::Result<()> {
        loop {
            let (rest, in_list, line_end) = (self.window.rest(), self.in_list, self.line_end());
            let is_between = |byte: &&u8| is_blank(**byte) || in_list && **byte == b',';
            let blanks = rest.iter().take_while(is_between).count();
            let (lines, last) = (memchr_iter(line_end, &rest[..blanks]), memrchr(line_end, &rest[..blanks]));
            self.line += lines.count() as u64;
            if let Some(last) = last {
                self.line_start = self.window.passed() + last as u64 + 1;
            }
            self.window.count_scanned(blanks);
            let behind = &rest[blanks..];
            let (is_mark, may_be_mark) = (behind.starts_with(MARK), MARK.starts_with(behind));
            let is_over = !is_mark && (!may_be_mark || self.window.at_end());
            self.window.pass(blanks + if is_mark { MARK.len() } else { 0 });
            if is_over {
                return Ok(());
            }
            if !is_mark {
                self.window.fill()?;
            }
        }
    }

    /// The element that begins here. One that is too long is passed over, and its beginning kept.
    fn element(&mut self) -> io::Result<Found> {
        let indent = (self.window.passed() - self.line_start) as usize;
        let mut scan = ElementScan::new(indent);
        let (mut seen, mut lines, mut kind) = (0, 0, PieceKind::Line);
        loop {
            let unseen = &self.window.rest()[seen..];
            let end = scan.end(unseen);
            let own = &unseen[..end.unwrap_or(unseen.len())];
            lines += memchr_iter(self.line_end(), own).count() as u64;
            if let Some(last) = memrchr(self.line_end(), own) {
                self.line_start = self.window.passed() + (seen + last) as u64 + 1;
            }
            self.window.count_scanned(own.len());
            seen += own.len();
            let is_over = end.is_some() || self.window.at_end() && seen == self.window.rest().len();
            if seen > RECORD_MAX && kind == PieceKind::Line {
                self.keep_head();
                kind = PieceKind::Head;
            }
            if kind == PieceKind::Head {
                self.window.pass(seen);
                seen = 0;
            }
            if is_over {
                return Ok(Found { length: seen, lines, kind });
            }
            self.window.fill()?;
        }
    }
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, 0 | 0x0b)
}

/// A row without what is left of a line end, a lost block or a joined file around it.
fn trimmed(mut row: &[u8]) -> &[u8] {
    loop {
        row = match row {
            [b'\r' | b'\n' | 0, rest @ ..] | [0xef, 0xbb, 0xbf, rest @ ..] => rest,
            [rest @ .., b'\r' | b'\n' | 0] => rest,
            _ => return row,
        }
    }
}
