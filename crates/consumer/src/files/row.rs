//! The columns of a CSV row, and the text of a record in its encoding.

use std::borrow::Cow;
use std::str;

use csv_core::ReadRecordResult;
use ringfence_cdr::dialect::Encoding;
use ringfence_cdr::{Reject, RejectCode};

/// The text of a record.
pub(super) fn text(raw: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, Reject> {
    if encoding == Encoding::UTF_8 {
        return str::from_utf8(raw).map(Cow::Borrowed).map_err(|error| {
            let detail = format!("not UTF-8 from byte {} of the record on", error.valid_up_to() + 1);
            Reject::new(RejectCode::Malformed, detail)
        });
    }
    encoding.decode(raw).ok_or_else(|| Reject::new(RejectCode::Malformed, format!("not {}", encoding.name())))
}

/// Splits rows into columns; the buffers are used again for every row.
pub(super) struct Columns {
    parser: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Columns {
    pub(super) fn new(delimiter: u8) -> Self {
        let parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { parser, text: vec![0; 1024], ends: vec![0; 64] }
    }

    /// The columns of a row that has no line end but in quotes.
    pub(super) fn split(&mut self, row: &str) -> Vec<&str> {
        self.parser.reset();
        let (mut input, mut written, mut columns) = (row.as_bytes(), 0, 0);
        loop {
            let (result, read, text, ends) =
                self.parser.read_record(input, &mut self.text[written..], &mut self.ends[columns..]);
            (input, written, columns) = (&input[read..], written + text, columns + ends);
            match result {
                // An empty input is taken as the end of the last row.
                ReadRecordResult::InputEmpty => input = &[],
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        // The delimiter and the quote are ASCII, so what stands between them is whole characters.
        let text = str::from_utf8(&self.text[..written]).unwrap_or_default();
        let starts = std::iter::once(0).chain(self.ends[..columns].iter().copied());
        starts.zip(&self.ends[..columns]).map(|(start, end)| text.get(start..*end).unwrap_or_default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_unquoted_and_kept_empty() {
        let mut columns = Columns::new(b',');
        for (row, expected) in [
            ("a,b", vec!["a", "b"]),
            ("a,", vec!["a", ""]),
            (",", vec!["", ""]),
            ("a", vec!["a"]),
            ("\"a,\"\"b\"\"\r\nc\",d", vec!["a,\"b\"\r\nc", "d"]),
            ("5\" pipe,x", vec!["5\" pipe", "x"]),
            ("号码,é", vec!["号码", "é"]),
        ] {
            assert_eq!(columns.split(row), expected, "{row}");
        }
    }

    #[test]
    fn rows_larger_than_the_buffers_are_whole() {
        let long = "x".repeat(100_000);
        let row = vec![&*long; 300].join(";");
        assert_eq!(Columns::new(b';').split(&row), vec![&*long; 300]);
    }

    #[test]
    fn a_text_is_read_in_its_encoding_or_refused_without_its_content() {
        let reject = text(b"ab\xff", Encoding::UTF_8).expect_err("not in the encoding");
        assert_eq!((reject.code, &*reject.detail), (RejectCode::Malformed, "not UTF-8 from byte 3 of the record on"));
    }
}
