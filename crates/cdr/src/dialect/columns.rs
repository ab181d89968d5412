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
//!
//! A row with odd quotes is read only where its delimiters alone say where its columns are: there are exactly as many as
//! there should be with every quote a character, or every column is in quotes and no text has the three signs that then
//! stand between two columns. Text can add to either number but never take away, so what a caller calls himself may cost
//! his row, and never moves his neighbours' columns.

use memchr::{memchr, memchr_iter};

const QUOTE: u8 = b'"';

/// The columns of a row.
#[derive(Debug)]
pub(super) struct Row<'a> {
    row: &'a str,
    spans: Vec<Span>,
    /// Columns with quotes in them, unquoted.
    unquoted: String,
    is_odd: bool,
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
        let mut split = Self::new(row, expected);
        let mut start = 0;
        while let Some(next) = split.column(delimiter, start)? {
            start = next;
        }
        Ok(split)
    }

    /// Splits a row in which quotes are characters like others.
    pub(super) fn plain(row: &'a str, delimiter: u8, expected: usize) -> Self {
        let mut plain = Self::new(row, expected);
        let mut start = 0;
        for end in memchr_iter(delimiter, row.as_bytes()).chain([row.len()]) {
            plain.spans.push(Span { start, end, in_row: true });
            start = end + 1;
        }
        plain
    }

    /// The columns of a row with odd quotes, where there is no doubt that they are so many.
    pub(super) fn odd(row: &'a str, delimiter: u8, columns: usize) -> Option<Self> {
        let mut plain = Self::plain(row, delimiter, columns);
        plain.is_odd = true;
        if plain.len() == columns {
            plain.spans.iter_mut().for_each(|span| span.unquote(row));
            return Some(plain);
        }
        let inner = row.strip_prefix('"')?.strip_suffix('"')?;
        let between = ['"', char::from(delimiter), '"'].iter().collect::<String>();
        let twice = format!("{between}{}\"", char::from(delimiter));
        if row.contains(&twice) || inner.split(&between).count() != columns {
            return None;
        }
        plain.spans.clear();
        let mut start = 1;
        for text in inner.split(&between) {
            plain.spans.push(Span { start, end: start + text.len(), in_row: true });
            start += text.len() + between.len();
        }
        Some(plain)
    }

    fn new(row: &'a str, expected: usize) -> Self {
        Self { row, spans: Vec::with_capacity(expected), unquoted: String::new(), is_odd: false }
    }

    /// Whether its quotes are odd.
    pub(super) fn is_odd(&self) -> bool {
        self.is_odd
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

impl Span {
    /// Takes the quotes off a column that is in quotes and has none in between.
    fn unquote(&mut self, row: &str) {
        let inner = row.get(self.start..self.end).and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
        if inner.is_some_and(|inner| !inner.contains('"')) {
            self.start += 1;
            self.end -= 1;
        }
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

    #[test]
    fn odd_quotes_are_read_where_the_columns_are_beyond_doubt() {
        let odd = |row: &str, columns: usize| {
            assert!(Row::split(row, b',', columns).is_err(), "{row}");
            Row::odd(row, b',', columns).map(|row| row.columns().map(str::to_owned).collect::<Vec<_>>())
        };
        let check = |row: &str, expected: &[&str]| assert_eq!(odd(row, expected.len()).expect(row), expected, "{row}");
        check(r#""Bob "B" Jones",15550100001,x"#, &[r#""Bob "B" Jones""#, "15550100001", "x"]);
        check(r#""Bob "B" Jones","15550100001","""#, &[r#""Bob "B" Jones""#, "15550100001", ""]);
        check(r#"a,"never closed,c"#, &["a", "\"never closed", "c"]);
        check(r#""Bob "The, Man"","15550100001","x""#, &[r#"Bob "The, Man""#, "15550100001", "x"]);
        check(r#""","Bob "The, Man"","x""#, &["", r#"Bob "The, Man""#, "x"]);
        for row in [
            r#""Bob "The, Man"",15550100001,"x""#,
            r#""a","b"c","d","e""#,
            r#""a",","15550100001","x"#,
            // A name that would put another's number into the place of its caller's.
            r#""a"b,15550100099,15550100098,",15550100001,15550100002,"x""#,
        ] {
            assert_eq!(odd(row, 3), None, "{row}");
        }
    }

    #[test]
    fn quotes_may_be_characters_like_others() {
        let plain = |row: &'static str| Row::plain(row, b'|', 0).columns().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(plain("\"a|b\"|{\"c\":1}|"), ["\"a", "b\"", "{\"c\":1}", ""]);
        assert_eq!(plain(""), [""]);
    }

    proptest! {
        #[test]
        fn no_text_of_one_column_moves_the_others(
            name in "[a,\"]{0,12}",
            others in proptest::collection::vec("[b-d]{0,3}", 4),
            quoted in any::<bool>(),
        ) {
            // A writer that puts quotes around texts and does not look into them.
            let quote = |text: &str| if quoted { format!("\"{text}\"") } else { text.to_owned() };
            let row = format!("{},\"{name}\",{},{}", quote(&others[0]), quote(&others[1]), quote(&others[2]));
            let read = match Row::split(&row, b',', 4) {
                Ok(read) => Some(read).filter(|read| read.len() == 4),
                Err(OddQuotes) => Row::odd(&row, b',', 4),
            };
            if let Some(read) = read {
                for (at, other) in [(0, 0), (2, 1), (3, 2)] {
                    prop_assert_eq!(read.get(at), Some(&*others[other]), "{}", row);
                }
            }
        }

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
