//! A message of CSV, cut into its rows.
//!
//! A row ends where its line does, unless a quoted column goes on in the next. Quotes mean something only around a whole
//! column, as in [`columns`](super::columns). Where one is opened and not closed as columns close, its line is a row by
//! itself, which no reader takes: a stray quote never swallows the rows behind it.

use std::ops::Range;

use memchr::{memchr, memchr2};

const QUOTE: u8 = b'"';
/// No row of several lines is longer.
const LINES_MAX: usize = 64 * 1024;

/// The rows of a message; blank lines are none.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    message: &'a [u8],
    delimiter: u8,
    has_quotes: bool,
    /// What ends lines: CR in a message without any LF.
    line_end: u8,
    next: usize,
}

/// How a quoted column ends.
enum Closing {
    /// Another column follows, which begins here.
    Column(usize),
    /// So does the line; the next one begins here.
    Line(usize),
    /// Not at all, or followed by what follows no column.
    Odd,
}

impl<'a> Rows<'a> {
    /// Those of a message from this byte on.
    pub(super) fn of(message: &'a [u8], begin: usize, delimiter: u8, has_quotes: bool) -> Self {
        let line_end = if memchr(b'\n', message).is_none() { b'\r' } else { b'\n' };
        Self { message, delimiter, has_quotes, line_end, next: begin }
    }

    /// Where the line ends that has this byte.
    fn line_end(&self, at: usize) -> usize {
        memchr(self.line_end, &self.message[at..]).map_or(self.message.len(), |length| at + length)
    }

    /// Where the row that begins here ends.
    fn row_end(&self, start: usize) -> usize {
        let (bytes, mut column) = (self.message, start);
        loop {
            if self.has_quotes && bytes.get(column) == Some(&QUOTE) {
                match self.closing(column + 1, start + LINES_MAX) {
                    Closing::Column(next) => column = next,
                    Closing::Line(end) => return end,
                    Closing::Odd => return self.line_end(start),
                }
                continue;
            }
            match memchr2(self.delimiter, self.line_end, &bytes[column..]).map(|length| column + length) {
                Some(end) if bytes[end] == self.delimiter => column = end + 1,
                Some(end) => return end,
                None => return bytes.len(),
            }
        }
    }

    /// How the quoted column ends of which this is the first byte.
    fn closing(&self, mut from: usize, most: usize) -> Closing {
        let bytes = &self.message[..self.message.len().min(most)];
        while let Some(quote) = bytes.get(from..).and_then(|rest| memchr(QUOTE, rest)).map(|length| from + length) {
            match self.message.get(quote + 1) {
                None => return Closing::Line(quote + 1),
                Some(&QUOTE) => from = quote + 2,
                Some(next) if *next == self.delimiter => return Closing::Column(quote + 2),
                Some(next) if *next == self.line_end => return Closing::Line(quote + 1),
                Some(b'\r') if matches!(self.message.get(quote + 2), None | Some(b'\n')) => {
                    return Closing::Line((quote + 2).min(self.message.len()));
                }
                Some(_) => return Closing::Odd,
            }
        }
        Closing::Odd
    }
}

impl Iterator for Rows<'_> {
    type Item = Range<usize>;

    /// The next row, without its line end.
    fn next(&mut self) -> Option<Range<usize>> {
        while self.next < self.message.len() {
            let start = self.next;
            let end = self.row_end(start);
            self.next = end + 1;
            let row = &self.message[start..end];
            let row = row.strip_suffix(b"\r").unwrap_or(row);
            if !row.trim_ascii().is_empty() {
                return Some(start..start + row.len());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(message: &str) -> Vec<&str> {
        Rows::of(message.as_bytes(), 0, b',', true).map(|row| &message[row]).collect()
    }

    #[test]
    fn a_row_ends_with_its_line_whatever_ends_lines() {
        for message in ["a,b\nc,d", "a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\rc,d\r", "\n\na,b\n \r\nc,d\n\n"] {
            assert_eq!(rows(message), ["a,b", "c,d"], "{message:?}");
        }
        assert_eq!(rows("a,b"), ["a,b"]);
        assert_eq!(rows(""), Vec::<&str>::new());
    }

    #[test]
    fn a_quoted_column_may_have_several_lines() {
        assert_eq!(rows("a,\"x\ny\",b\nc,d"), ["a,\"x\ny\",b", "c,d"]);
        assert_eq!(rows("\"x\r\n\"\"y\"\"\"\r\nc"), ["\"x\r\n\"\"y\"\"\"", "c"]);
        assert_eq!(rows("\"x\ry\"\rc"), ["\"x\ry\"", "c"]);
    }

    #[test]
    fn a_stray_quote_swallows_no_row() {
        assert_eq!(rows("a,\"x\nc,d\ne,f"), ["a,\"x", "c,d", "e,f"]);
        assert_eq!(rows("a,\"x\nc,\"d\"\ne,f"), ["a,\"x", "c,\"d\"", "e,f"]);
        assert_eq!(rows("a,5\" pipe\nc,d"), ["a,5\" pipe", "c,d"]);
        let long = format!("\"{}\"\nc", "x\n".repeat(LINES_MAX));
        assert_eq!(rows(&long)[0], "\"x", "a row of several lines has an end");
    }

    proptest! {
        #[test]
        fn rows_are_those_that_were_written(
            table in proptest::collection::vec(proptest::collection::vec("[a,\"\r\n ]{0,5}", 2..4), 1..6),
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            let mut written: Vec<Vec<u8>> = Vec::new();
            for row in &table {
                writer.write_record(row).expect("in memory");
            }
            let message = writer.into_inner().expect("in memory");
            for row in &table {
                let mut alone = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
                alone.write_record(row).expect("in memory");
                let mut alone = alone.into_inner().expect("in memory");
                alone.pop();
                written.push(alone);
            }
            let found: Vec<Vec<u8>> = Rows::of(&message, 0, b',', true).map(|row| message[row].to_vec()).collect();
            prop_assert_eq!(found, written);
        }

        #[test]
        fn nothing_but_line_ends_and_blanks_lies_between_rows(message in "[a,\"\r\n]{0,40}") {
            let mut next = 0;
            for row in Rows::of(message.as_bytes(), 0, b',', true) {
                prop_assert!(message[next..row.start].trim().is_empty());
                next = row.end;
            }
            prop_assert!(message[next..].trim().is_empty());
        }
    }
}
