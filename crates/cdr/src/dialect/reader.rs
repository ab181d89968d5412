//! The bytes of one row to a record, of a file that a dialect was fitted to.
//!
//! ```text
//! bytes ─▶ text (encoding) ─▶ columns or keys ─▶ texts of the fields ─▶ CdrFields or ComplaintFields ─▶ Record
//! ```
//!
//! Whoever calls has told the rows apart; nothing is remembered from one row to the next.

use super::columns::{OddQuotes, RowSplitter};
use super::json_row::Keys;
use super::place::{Medium, Place};
use super::problem::BindError;
use super::row::FieldReader;
use super::{Dialect, Encoding, Format};
use crate::json::decode;
use crate::{Record, Reject, RejectCode};

/// Reads the rows of one file.
#[derive(Clone, Debug)]
pub struct RowReader {
    layout: Layout,
    encoding: Encoding,
    fields: FieldReader,
    /// The number of columns of a CSV row, or of keys that are wanted of an object.
    width: usize,
}

/// How a row is laid out.
#[derive(Clone, Debug)]
enum Layout {
    Csv {
        splitter: RowSplitter,
        /// A row may have fewer columns than it should.
        missing_absent: bool,
    },
    /// An object of these keys.
    Json(Keys),
    /// The contract's own object, which has a faster decoder.
    Contract,
}

impl RowReader {
    pub(super) fn bind(dialect: &Dialect, header: &[&str], medium: Medium) -> Result<Self, BindError> {
        let names = dialect.names(header);
        let layout = match dialect.format {
            Format::Csv => {
                Layout::Csv { splitter: RowSplitter::new(dialect.delimiter), missing_absent: dialect.missing_absent }
            }
            Format::Jsonl if dialect.is_contract() => Layout::Contract,
            Format::Jsonl => Layout::Json(Keys::new(&names)),
        };
        let fields = FieldReader::bind(dialect, &names, medium)?;
        Ok(Self { layout, encoding: dialect.encoding, fields, width: names.len() })
    }

    /// Whether its records are the contract's own JSON.
    pub(super) fn is_contract(&self) -> bool {
        matches!(self.layout, Layout::Contract)
    }

    /// How many columns a CSV row has.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.width
    }

    /// Reads one row, a line of CSV without its line end or a JSON object; `None` where it is filtered.
    ///
    /// # Errors
    /// A [`Reject`] where the bytes are no row, a required field is empty or a field cannot be what it should be.
    pub fn decode(&mut self, row: &[u8], place: Place<'_>) -> Result<Option<Record>, Reject> {
        let Self { layout, encoding, fields, width } = self;
        match layout {
            Layout::Csv { splitter, missing_absent } => {
                fields.decode_row(splitter, row, *encoding, (*width, *missing_absent), place)
            }
            Layout::Json(_) | Layout::Contract => self.decode_object(row, place),
        }
    }

    /// The same for whoever shares the reader and brings a splitter of its own.
    pub(super) fn decode_by(
        &self,
        splitter: &mut RowSplitter,
        row: &[u8],
        place: Place<'_>,
    ) -> Result<Option<Record>, Reject> {
        let Self { layout, encoding, fields, width } = self;
        match layout {
            Layout::Csv { missing_absent, .. } => {
                fields.decode_row(splitter, row, *encoding, (*width, *missing_absent), place)
            }
            Layout::Json(_) | Layout::Contract => self.decode_object(row, place),
        }
    }

    /// Reads one JSON object; of a dialect of CSV there is none.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub(super) fn decode_object(&self, object: &[u8], place: Place<'_>) -> Result<Option<Record>, Reject> {
        let Self { layout, encoding, fields, width } = self;
        match layout {
            // These check the encoding themselves.
            Layout::Contract if *encoding == Encoding::UTF_8 => decode(fields.kind(), object, fields.context()),
            Layout::Json(keys) if *encoding == Encoding::UTF_8 => keys.decode(object, *width, fields, place),
            Layout::Contract => decode(fields.kind(), encoding.text(object)?.as_bytes(), fields.context()),
            Layout::Json(keys) => keys.decode(encoding.text(object)?.as_bytes(), *width, fields, place),
            Layout::Csv { .. } => Err(Reject::new(RejectCode::Malformed, "a JSON object where a row is expected")),
        }
    }
}

fn odd_quotes() -> Reject {
    let detail = "a quote is opened in this row and not closed at the end of a column: not a row";
    Reject::new(RejectCode::Malformed, detail)
}

impl FieldReader {
    /// Reads a row of so many columns, of which the last may be missing where that is said.
    fn decode_row(
        &self,
        splitter: &mut RowSplitter,
        row: &[u8],
        encoding: Encoding,
        (width, missing_absent): (usize, bool),
        place: Place<'_>,
    ) -> Result<Option<Record>, Reject> {
        let text = encoding.text(row)?;
        let row = splitter.split(&text).map_err(|OddQuotes| odd_quotes())?;
        let ends_early = missing_absent && row.len() < width;
        if row.len() != width && !ends_early {
            let detail = format!("the row has {} columns where {width} are expected", row.len());
            return Err(Reject::new(RejectCode::Malformed, detail));
        }
        self.decode(&|index| row.get(index).unwrap_or_default(), place)
    }
}

impl Keys {
    fn decode(
        &self,
        object: &[u8],
        count: usize,
        fields: &FieldReader,
        place: Place<'_>,
    ) -> Result<Option<Record>, Reject> {
        let texts = self.texts(object, count)?;
        fields.decode(&|index| texts.get(index).map_or("", |text| text), place)
    }
}

impl Dialect {
    /// Fits the dialect to a file. `header` is its first row where [`has_header`](Self::has_header) says that there
    /// is one, otherwise it plays no part.
    ///
    /// # Errors
    /// [`BindError`] where the file lacks a column that the dialect names.
    pub fn bind(&self, header: &[&str]) -> Result<RowReader, BindError> {
        RowReader::bind(self, header, Medium::Files)
    }

    /// The names of the columns in a header, given as the bytes of its row.
    ///
    /// # Errors
    /// A [`Reject`] where the bytes are no row.
    pub fn header(&self, row: &[u8]) -> Result<Vec<String>, Reject> {
        let text = self.encoding.text(row)?;
        let mut splitter = RowSplitter::new(self.delimiter);
        let row = splitter.split(&text).map_err(|OddQuotes| odd_quotes())?;
        Ok(row.columns().map(|name| name.trim().to_owned()).collect())
    }
}

#[cfg(test)]
impl RowReader {
    /// Reads these columns, written as a row.
    pub(super) fn read(&self, columns: &[&str], file: &str, line: u64) -> Result<Option<Record>, Reject> {
        let quoted: Vec<String> = columns.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
        let delimiter = match &self.layout {
            Layout::Csv { splitter, .. } => splitter.delimiter(),
            Layout::Json(_) | Layout::Contract => ",".to_owned(),
        };
        self.clone().decode(quoted.join(&delimiter).as_bytes(), Place::Line { file, line })
    }

    /// Reads this object.
    pub(super) fn read_json(&self, object: &[u8], file: &str, line: u64) -> Result<Option<Record>, Reject> {
        self.clone().decode(object, Place::Line { file, line })
    }
}
