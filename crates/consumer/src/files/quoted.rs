//! What is known of the lines behind one that opens a quote.
//!
//! Where a quote is opened and nowhere closed, every line may be the first of a row that goes on for as long as rows may.
//! But a line that begins within quotes is read the same whichever line opened them. So what it leads to is remembered, and
//! a file of such lines is read once, not once for each of them.

use std::collections::VecDeque;

/// Where in a row a byte stands. As in RFC 4180, quotes mean something only around a whole column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuoteState {
    ColumnStart,
    Bare,
    Quoted,
    /// Behind a quote in a quoted column: its end, or the first of two that stand for one.
    BehindQuote,
    /// Behind something that follows a closing quote and is neither a delimiter nor a line end: no place of RFC 4180.
    Astray,
}

impl QuoteState {
    /// Where the byte behind these stands, and how many of them stand between two columns.
    pub(super) fn after(self, bytes: &[u8], delimiter: u8) -> (Self, usize) {
        bytes.iter().fold((self, 0), |(place, delimiters), byte| match (place, *byte) {
            (Self::Astray, _) => (Self::Astray, delimiters),
            (Self::ColumnStart | Self::BehindQuote, b'"') => (Self::Quoted, delimiters),
            (Self::Quoted, b'"') => (Self::BehindQuote, delimiters),
            (Self::Quoted, _) => (Self::Quoted, delimiters),
            (_, byte) if byte == delimiter => (Self::ColumnStart, delimiters + 1),
            (Self::BehindQuote, b'\r') => (Self::BehindQuote, delimiters),
            (Self::BehindQuote, _) => (Self::Astray, delimiters),
            _ => (Self::Bare, delimiters),
        })
    }

    /// Whether every such sign stands in a quoted column, where rows end in `row_end` and have no odd quotes.
    pub(super) fn holds_all(bytes: &[u8], sign: u8, row_end: u8, delimiter: u8) -> bool {
        let mut place = Self::ColumnStart;
        bytes.iter().all(|byte| {
            let is_quoted = place == Self::Quoted;
            let is_row_end = *byte == row_end && !is_quoted;
            place = if is_row_end { Self::ColumnStart } else { place.after(&[*byte], delimiter).0 };
            place != Self::Astray && (*byte != sign || is_quoted)
        })
    }
}

/// Lines that follow each other, each read as if it began within quotes. All but the last stay within them.
#[derive(Debug)]
pub(super) struct OpenLines {
    lines: VecDeque<OpenLine>,
    /// Of all lines.
    delimiters: usize,
    /// How many lines are no rows by themselves if quotes are characters like others.
    parts: usize,
    /// Where the last of them ends.
    place: QuoteState,
    /// There is no line end behind the last line up to here, from the beginning of the stream.
    searched: u64,
}

/// One of them, by its bytes from the beginning of the stream.
#[derive(Debug)]
struct OpenLine {
    start: u64,
    end: u64,
    delimiters: usize,
    /// It would be a row by itself if quotes were characters like others.
    is_row: bool,
}

impl OpenLines {
    pub(super) fn new() -> Self {
        Self { lines: VecDeque::new(), delimiters: 0, parts: 0, place: QuoteState::Quoted, searched: 0 }
    }

    /// Forgets what lies before a line; all of it where that line is not known.
    pub(super) fn begin_at(&mut self, start: u64) {
        while self.lines.front().is_some_and(|line| line.start < start) {
            let Some(line) = self.lines.pop_front() else { break };
            self.delimiters -= line.delimiters;
            self.parts -= usize::from(!line.is_row);
        }
        if self.lines.front().is_none_or(|line| line.start != start) {
            *self = Self::new();
        }
    }

    /// Where the last line ends and how many lines and delimiters there are, once one of them closes the quotes.
    pub(super) fn closed(&self) -> Option<(u64, usize, usize)> {
        let end = self.lines.back().filter(|_| self.place != QuoteState::Quoted)?.end;
        Some((end, self.lines.len(), self.delimiters))
    }

    /// Whether each line would be a row by itself if quotes were characters like others: then that is what they are.
    pub(super) fn are_rows(&self) -> bool {
        self.parts == 0
    }

    /// Where the last line leads to.
    pub(super) fn place(&self) -> QuoteState {
        self.place
    }

    /// Where the line behind the last one begins, if there is a last one.
    pub(super) fn next_start(&self) -> Option<u64> {
        self.lines.back().map(|line| line.end + 1)
    }

    /// From where on to search for the end of the line behind the last one, which begins at `start`.
    pub(super) fn search_from(&self, start: u64) -> u64 {
        self.searched.max(start)
    }

    /// Remembers how far was searched in vain.
    pub(super) fn searched_to(&mut self, to: u64) {
        self.searched = to;
    }

    /// Adds the line behind the last one.
    pub(super) fn push(&mut self, (start, end): (u64, u64), (place, delimiters): (QuoteState, usize), is_row: bool) {
        self.lines.push_back(OpenLine { start, end, delimiters, is_row });
        self.delimiters += delimiters;
        self.parts += usize::from(!is_row);
        self.place = place;
    }
}
