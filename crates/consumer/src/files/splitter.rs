//! A stream of bytes into records, with their raw bytes and physical lines.
//!
//! A record is a physical line, or several where a quoted column of a CSV row has line ends in it. A quote that is
//! never closed would swallow the rest of a file; so a row of several lines is short, and where one turns out to be
//! no row its first line alone is given up.

use std::io::{self, Read};

use memchr::memchr;

use super::quoted::{OpenLines, QuoteState};

/// How much is read at once.
const CHUNK: usize = 1 << 18;
/// The longest record. What is longer is given up to its line end; memory is bounded by this and a chunk.
pub(super) const RECORD_MAX: usize = 1 << 20;
/// The longest row of several lines. It bounds what a stray quote can take from the rows behind it.
const QUOTED_MAX: usize = 1 << 16;
/// How much of a record beyond [`RECORD_MAX`] is kept.
pub(super) const HEAD: usize = 1 << 16;

/// Gives out the records of a stream.
pub(super) struct Splitter {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Where in `buffer` the next record starts.
    start: usize,
    at_end: bool,
    /// The number of the physical line that starts at `start`, from 1.
    line: u64,
    /// Where the record given out last starts, and its line.
    last: (usize, u64),
    /// The beginning of a record that was too long.
    head: Vec<u8>,
    /// What stands between the columns of a row; `None` where a line is a record whatever quotes it has.
    delimiter: Option<u8>,
    /// How many columns a row of several lines must have, once that is known: a quote that holds lines together to another
    /// number of them is astray.
    columns: Option<usize>,
    /// How many bytes of the stream came before `buffer`.
    passed: u64,
    open: OpenLines,
    /// How many bytes were looked at, those that were looked at again too.
    scanned: u64,
}

/// One record.
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
    /// One line.
    Line,
    /// Several lines, held together by quotes.
    Lines,
    /// One line with a quote that is opened and not closed.
    OpenQuote,
    /// The first [`HEAD`] bytes of a line that is too long.
    Head,
}

/// What was found of a record in the buffer.
struct Found {
    length: usize,
    lines: u64,
    kind: PieceKind,
}

impl Splitter {
    pub(super) fn new(reader: Box<dyn Read + Send>, delimiter: Option<u8>) -> Self {
        let (buffer, head) = (Vec::new(), Vec::new());
        let open = OpenLines::new();
        let (columns, passed, scanned) = (None, 0, 0);
        Self {
            reader,
            buffer,
            start: 0,
            at_end: false,
            line: 1,
            last: (0, 1),
            head,
            delimiter,
            columns,
            passed,
            open,
            scanned,
        }
    }

    /// Says how many columns the rows have.
    pub(super) fn expect_columns(&mut self, columns: usize) {
        self.columns = Some(columns);
    }

    /// How many bytes were looked at so far, those that were looked at again too.
    pub(super) fn scanned(&self) -> u64 {
        self.scanned
    }

    /// The last physical line that was given out or was empty.
    pub(super) fn line_reached(&self) -> u64 {
        self.line - 1
    }

    /// Passes over one of these marks at the beginning of the stream, and says which it was.
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) fn mark(&mut self, marks: &[&'static [u8]]) -> io::Result<Option<&'static [u8]>> {
        let longest = marks.iter().map(|mark| mark.len()).max().unwrap_or_default();
        while self.rest().len() < longest && !self.at_end {
            self.fill()?;
        }
        let found = marks.iter().copied().find(|mark| self.rest().starts_with(mark));
        self.start += found.map_or(0, <[u8]>::len);
        Ok(found)
    }

    /// The next record that is not empty; `None` at the end.
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        loop {
            let Some(end) = self.line_end((0, 0), RECORD_MAX)? else {
                return if self.rest().is_empty() { Ok(None) } else { self.give_up_long_line().map(Some) };
            };
            if trimmed(&self.rest()[..end]).is_empty() {
                self.pass(end, 1);
                continue;
            }
            let found = self.row(end)?;
            return Ok(Some(self.give_out(&found)));
        }
    }

    /// Gives out the first line of the record that was given out last, by itself; the next record is its second line.
    pub(super) fn only_first_line(&mut self) -> Piece<'_> {
        (self.start, self.line) = self.last;
        let length = memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
        self.give_out(&Found { length, lines: 1, kind: PieceKind::OpenQuote })
    }

    fn give_out(&mut self, found: &Found) -> Piece<'_> {
        let (start, line) = (self.start, self.line);
        self.last = (start, line);
        self.pass(found.length, found.lines);
        Piece { raw: trimmed(&self.buffer[start..start + found.length]), line, kind: found.kind }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Moves on behind these bytes and the line end that follows them, if it is there.
    fn pass(&mut self, length: usize, lines: u64) {
        self.start = (self.start + length + 1).min(self.buffer.len());
        self.line += lines;
    }

    /// Where, from `from` bytes on, the next line end or the end of the stream is; `None` where it lies beyond `limit`
    /// bytes, and where no byte is left. Up to `searched` there is none.
    fn line_end(&mut self, (from, mut searched): (usize, usize), limit: usize) -> io::Result<Option<usize>> {
        loop {
            let rest = self.rest();
            let unseen = rest.get(searched..rest.len().min(limit + 1)).unwrap_or_default();
            let (found, seen, length) = (memchr(b'\n', unseen), unseen.len(), rest.len());
            self.scanned += found.unwrap_or(seen) as u64;
            if let Some(found) = found {
                return Ok(Some(searched + found));
            }
            searched = searched.max(length);
            if length > limit {
                return Ok(None);
            }
            if self.at_end {
                return Ok((length > from).then_some(length));
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.passed += self.start as u64;
        self.start = 0;
        let kept = self.buffer.len();
        self.buffer.resize(kept + CHUNK, 0);
        let read = loop {
            match self.reader.read(&mut self.buffer[kept..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(kept + read.as_ref().map_or(0, |count| *count));
        self.at_end = read? == 0;
        Ok(())
    }

    /// The record whose first line ends at `end`.
    fn row(&mut self, end: usize) -> io::Result<Found> {
        let one_line = |kind| Found { length: end, lines: 1, kind };
        let Some(delimiter) = self.delimiter else { return Ok(one_line(PieceKind::Line)) };
        let line = &self.rest()[..end];
        if memchr(b'"', line).is_none() {
            return Ok(one_line(PieceKind::Line));
        }
        let (place, delimiters) = QuoteState::ColumnStart.after(line, delimiter);
        self.scanned += end as u64;
        if place != QuoteState::Quoted {
            return Ok(one_line(PieceKind::Line));
        }
        let mut open = std::mem::replace(&mut self.open, OpenLines::new());
        let found = self.lines_behind(end, delimiters, delimiter, &mut open);
        self.open = open;
        Ok(found?.unwrap_or(one_line(PieceKind::OpenQuote)))
    }

    /// The row whose first line, with so many delimiters, opens quotes and ends at `end`; `None` where it is no row.
    fn lines_behind(
        &mut self,
        end: usize,
        delimiters: usize,
        delimiter: u8,
        open: &mut OpenLines,
    ) -> io::Result<Option<Found>> {
        let row = self.passed + self.start as u64;
        let in_row = |at: u64| (at - row) as usize;
        open.begin_at(row + end as u64 + 1);
        let (length, lines, delimiters) = loop {
            if let Some((last, lines, more)) = open.closed() {
                break (in_row(last), lines + 1, delimiters + more);
            }
            let start = open.next_start().unwrap_or(row + end as u64 + 1);
            let (from, searched) = (in_row(start), in_row(open.search_from(start)));
            let Some(next) = self.line_end((from, searched), QUOTED_MAX)? else {
                open.searched_to(row + self.rest().len().min(QUOTED_MAX + 1) as u64);
                return Ok(None);
            };
            self.scanned += (next - from) as u64;
            open.push((start, row + next as u64), QuoteState::Quoted.after(&self.rest()[from..next], delimiter));
        };
        // A stray quote that met another one far below: what lies between them are rows of their own.
        let astray =
            open.place() == QuoteState::Astray || self.columns.is_some_and(|columns| columns != delimiters + 1);
        let found = Found { length, lines: lines as u64, kind: PieceKind::Lines };
        Ok((!astray && length <= QUOTED_MAX).then_some(found))
    }

    /// Passes over a line that is too long, keeping its beginning.
    fn give_up_long_line(&mut self) -> io::Result<Piece<'_>> {
        let line = self.line;
        self.head.clear();
        self.head.extend_from_slice(&self.buffer[self.start..self.start + HEAD]);
        while !self.rest().is_empty() || !self.at_end {
            match memchr(b'\n', self.rest()) {
                Some(end) => {
                    self.pass(end, 0);
                    break;
                }
                None => {
                    self.start = self.buffer.len();
                    self.fill()?;
                }
            }
        }
        self.line += 1;
        Ok(Piece { raw: &self.head, line, kind: PieceKind::Head })
    }
}

/// A line without the carriage returns at its end: some exports write two.
fn trimmed(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}
