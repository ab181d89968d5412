//! The columns of one CSV row.
//!
//! Quotes mean something only around a whole column (RFC 4180): a column that begins with one ends at the next that is
//! followed by a delimiter or the end of the row, and two in between stand for one. Any other quote is a character like
//! others. A column that begins with a quote and does not end so has *odd* quotes: then nobody knows where the columns
//! behind it are, and whoever chose its text may have chosen them.
//!
//! ```text
//! r1,"a ""b"", c",5" pipe     three columns: r1 | a "b", c | 5" pipe
//! r1,"a "b", c",5             odd quotes
//! ```

use memchr::memchr;

const QUOTE: u8 = b'"';

/// The columns of a row.
#[derive(Debug)]
pub(super) struct Row<'a> {
    row: &'a str,
    spans: Vec<Span>,
    /// Columns with quotes in them, unquoted.
    unquoted: String,
}

/// Where a column lies.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    /// In the row, or else among what was unquoted.
    in_row: bool,
}

/// A row in which a quote is opened and not closed at the end of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OddQuotes;

impl<'a> Row<'a> {
    /// Splits a row that has no line end but in quotes; about so many columns are expected.
    pub(super) fn split(row: &'a str, delimiter: u8, expected: usize) -> Result<Self, OddQuotes> {
        let mut split = Self { row, spans: Vec::with_capacity(expected), unquoted: String::new() };
        let mut start = 0;
        while let Some(next) = split.column(delimiter, start)? {
            start = next;
        }
        Ok(split)
    }

    /// Reads the column that begins at `start`; where the one behind it begins, if there is one.
    fn column(&mut self, delimiter: u8, start: usize) -> Result<Option<usize>, OddQuotes> {
        let bytes = self.row.as_bytes();
        if bytes.get(start) == Some(&QUOTE) {
            return self.quoted(delimiter, start + 1);
        }
        let end = memchr(delimiter, &bytes[start..]).map_or(bytes.len(), |length| start + length);
        self.spans.push(Span { start, end, in_row: true });
        Ok((end < bytes.len()).then_some(end + 1))
    }

    /// The same for what is behind an opening quote.
    fn quoted(&mut self, delimiter: u8, start: usize) -> Result<Option<usize>, OddQuotes> {
        let bytes = self.row.as_bytes();
        let (unquoted, mut from) = (self.unquoted.len(), start);
        let end = loop {
            let quote = from + memchr(QUOTE, &bytes[from..]).ok_or(OddQuotes)?;
            match bytes.get(quote + 1) {
                Some(&QUOTE) => {
                    self.unquoted.push_str(&self.row[from..=quote]);
                    from = quote + 2;
                }
                Some(next) if *next != delimiter => return Err(OddQuotes),
                _ => break quote,
            }
        };
        if from == start {
            self.spans.push(Span { start, end, in_row: true });
        } else {
            self.unquoted.push_str(&self.row[from..end]);
            self.spans.push(Span { start: unquoted, end: self.unquoted.len(), in_row: false });
        }
        Ok((end + 1 < bytes.len()).then_some(end + 2))
    }

    /// How many columns there are: at least one.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The text of a column, unquoted.
    pub(super) fn get(&self, at: usize) -> Option<&str> {
        let Span { start, end, in_row } = *self.spans.get(at)?;
        if in_row { self.row.get(start..end) } else { self.unquoted.get(start..end) }
    }

    /// All columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(row: &str, delimiter: u8) -> Option<Vec<String>> {
        let row = Row::split(row, delimiter, 2).ok()?;
        Some(row.columns().map(str::to_owned).collect())
    }

    #[test]
    fn columns_are_unquoted_and_kept_empty() {
        for (row, expected) in [
            ("a,b", vec!["a", "b"]),
            ("a,", vec!["a", ""]),
            (",", vec!["", ""]),
            ("a", vec!["a"]),
            ("", vec![""]),
            ("\"\",\"\"", vec!["", ""]),
            ("\"a,\"\"b\"\"\r\nc\",d", vec!["a,\"b\"\r\nc", "d"]),
            ("\"\"\"\",\"\"\"a\"", vec!["\"", "\"a"]),
            ("5\" pipe,x", vec!["5\" pipe", "x"]),
            ("号码,é", vec!["号码", "é"]),
        ] {
            assert_eq!(split(row, b',').expect(row), expected, "{row}");
        }
        assert_eq!(split("a;\"b;c\"", b';').expect("plain"), ["a", "b;c"]);
    }

    #[test]
    fn a_quote_that_does_not_end_a_column_is_odd() {
        for row in ["\"a", "\"", "x,\"a,b", "\"a\"b,c", "\"a \"b\" c\",d", "\"a\" ,b", "\"a\"\"", "\"\"\""] {
            assert_eq!(split(row, b','), None, "{row}");
        }
    }

    proptest! {
        #[test]
        fn columns_are_those_that_were_written(
            columns in proptest::collection::vec("[a,;\"\r\n 号]{0,5}", 1..6),
            always in any::<bool>(),
        ) {
            let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
            let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
            writer.write_record(&columns).expect("in memory");
            let written = String::from_utf8(writer.into_inner().expect("in memory")).expect("UTF-8");
            prop_assert_eq!(split(written.strip_suffix('\n').unwrap_or(&written), b',').expect("plain"), columns);
        }
    }
}
