//! The bytes of one row to a record, of a file that a dialect was fitted to.
//!
//! ```text
//! bytes ─▶ text (encoding) ─▶ columns or keys ─▶ texts of the fields ─▶ CdrFields or ComplaintFields ─▶ Record
//! ```
//!
//! Whoever calls has told the rows apart; nothing is remembered from one row to the next. What is not taken at once is
//! looked at again, more slowly: whether it is the header again, whether only fields that nobody reads are at fault, and
//! what the fault is.

use super::avro_row::no_datum;
use super::columns::{OddQuotes, Row};
use super::header::is_no_record;
use super::json_row::{Keys, NoTexts};
use super::place::{Medium, Place};
use super::problem::BindError;
use super::row::FieldReader;
use super::{Columns, Dialect, Encoding, Format};
use crate::avro::Plan;
use crate::json::{self, REPLACEMENTS, decode, fault};
use crate::{Record, Reject, RejectCode, Treatment};

/// Reads the rows of one file.
#[derive(Clone, Debug)]
pub struct RowReader {
    layout: Layout,
    encoding: Encoding,
    fields: FieldReader,
    /// What the columns of a CSV row, or the keys that are wanted of an object, are called.
    names: Vec<String>,
}

/// How a row is laid out.
#[derive(Clone, Debug)]
enum Layout {
    Csv(CsvLayout),
    /// An object of these keys.
    Json(Keys),
    /// The contract's own object, which has a faster decoder.
    Contract,
    /// A datum of Avro.
    Avro(Plan),
}

#[derive(Clone, Copy, Debug)]
struct CsvLayout {
    delimiter: u8,
    has_header: bool,
    /// Quotes may stand around columns.
    has_quotes: bool,
    /// A row may have fewer columns than it should.
    missing_absent: bool,
    /// Behind the last column there is a delimiter.
    ends_in_delimiter: bool,
}

/// The texts of a row.
enum Texts<'a> {
    Columns(Row<'a>),
    Values(Vec<Option<String>>),
}

impl Texts<'_> {
    fn have_odd_quotes(&self) -> bool {
        matches!(self, Self::Columns(row) if row.is_odd())
    }

    fn get(&self, at: usize) -> &str {
        let text = match self {
            Self::Columns(row) => row.get(at),
            Self::Values(values) => values.get(at).and_then(Option::as_deref),
        };
        text.unwrap_or_default()
    }
}

impl RowReader {
    pub(super) fn bind(dialect: &Dialect, header: &[&str], medium: Medium) -> Result<Self, BindError> {
        let names = dialect.names(header);
        let layout = match dialect.format {
            Format::Csv => Layout::Csv(CsvLayout::of(dialect)),
            Format::Jsonl if dialect.is_contract() => Layout::Contract,
            Format::Jsonl => Layout::Json(Keys::new(&names)),
            Format::Avro if medium == Medium::Files => {
                let missing = vec!["Avro is read from topics alone".to_owned()];
                return Err(BindError { dialect: dialect.name().to_owned(), missing });
            }
            Format::Avro => Layout::Avro(dialect.plan(&names)?),
        };
        let fields = FieldReader::bind(dialect, &names, medium)?;
        Ok(Self { layout, encoding: dialect.encoding, fields, names })
    }

    /// Whether its records are the contract's own JSON.
    pub(super) fn is_contract(&self) -> bool {
        matches!(self.layout, Layout::Contract)
    }

    /// How many columns a CSV row has.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.names.len()
    }

    /// Whether a CSV row has one column more than it should, and that one empty: a delimiter behind the last. Where the
    /// first row of a file has, [`end_in_delimiters`](Self::end_in_delimiters) says so of all.
    #[must_use]
    pub fn ends_in_delimiter(&self, row: &[u8]) -> bool {
        let Layout::Csv(layout) = self.layout else { return false };
        let Ok(text) = self.encoding.text(row) else { return false };
        let width = self.names.len();
        layout.split(&text, width).is_ok_and(|row| row.len() == width + 1 && row.get(width) == Some(""))
    }

    /// Says that every row has a delimiter behind its last column.
    pub fn end_in_delimiters(&mut self) {
        if let Layout::Csv(layout) = &mut self.layout {
            layout.ends_in_delimiter = true;
        }
    }

    /// Reads one row, a line of CSV without its line end or a JSON object; `None` where it is filtered.
    ///
    /// # Errors
    /// A [`Reject`] where the bytes are no row, a required field is empty or a field cannot be what it should be.
    pub fn decode(&self, row: &[u8], place: Place<'_>) -> Result<Option<Record>, Reject> {
        match &self.layout {
            Layout::Contract => return self.contract(row),
            Layout::Avro(plan) => return self.datum(plan, row, place),
            Layout::Csv(_) | Layout::Json(_) => {}
        }
        let text = match self.encoding.text(row) {
            Ok(text) => text,
            Err(_) => return self.replaced(row, place),
        };
        match self.texts(&text) {
            Ok(texts) => {
                let decoded = self.fields.decode(&|at| texts.get(at), place);
                match decoded {
                    Err(_) if self.is_no_record(&texts) => Ok(None),
                    Ok(Some(record)) if texts.have_odd_quotes() => Ok(Some(noted(record, Treatment::OddQuotes))),
                    decoded => decoded,
                }
            }
            // An escape may be no character.
            Err(reject) if reject.code == RejectCode::BadJson => self.replaced(row, place),
            Err(reject) => Err(reject),
        }
    }

    fn datum(&self, plan: &Plan, datum: &[u8], place: Place<'_>) -> Result<Option<Record>, Reject> {
        let texts = plan.texts(datum).map_err(|fault| no_datum(datum, fault))?;
        self.fields.decode(&|at| texts.get(at).and_then(Option::as_deref).unwrap_or_default(), place)
    }

    fn contract(&self, object: &[u8]) -> Result<Option<Record>, Reject> {
        let (kind, context) = (self.fields.kind(), self.fields.context());
        if self.encoding == Encoding::UTF_8 {
            return decode(kind, object, context);
        }
        match self.encoding.text(object) {
            Ok(text) => decode(kind, text.as_bytes(), context),
            Err(_) => json::decode_replaced(kind, object, self.encoding, context),
        }
    }

    /// The texts of the columns, or of the keys.
    fn texts<'a>(&self, text: &'a str) -> Result<Texts<'a>, Reject> {
        match &self.layout {
            Layout::Csv(layout) => layout.columns(text, self.names.len()).map(Texts::Columns),
            Layout::Json(keys) => {
                let values = keys.texts(text, self.names.len());
                values.map(Texts::Values).map_err(|fault| self.no_texts(text, fault))
            }
            Layout::Contract | Layout::Avro(_) => Ok(Texts::Values(Vec::new())),
        }
    }

    /// Reads a row that is no text everywhere: taken where what is read of it is.
    #[cold]
    fn replaced(&self, row: &[u8], place: Place<'_>) -> Result<Option<Record>, Reject> {
        let texts = match self.layout {
            Layout::Csv(_) => REPLACEMENTS.map(|replacement| self.encoding.replaced(row, replacement)),
            Layout::Json(_) | Layout::Contract | Layout::Avro(_) => json::replaced(row, self.encoding),
        };
        let (first, second) = (self.texts(&texts[0])?, self.texts(&texts[1])?);
        if let Some(field) = self.fields.difference(&|at| first.get(at), &|at| second.get(at), place) {
            return Err(self.encoding.refusal(field));
        }
        let mut record = self.fields.decode(&|at| first.get(at), place)?;
        if first.have_odd_quotes() {
            record = record.map(|record| noted(record, Treatment::OddQuotes));
        }
        if texts[0] != texts[1] {
            record = record.map(|record| noted(record, Treatment::ReplacedBytes));
        }
        Ok(record)
    }

    #[cold]
    fn no_texts(&self, text: &str, fault_found: NoTexts) -> Reject {
        let name = |slot: usize| self.names.get(slot).map_or("", |name| name);
        match fault_found {
            NoTexts::Text => fault(text, |_| false),
            NoTexts::Twice(slot) => Reject::new(RejectCode::DuplicateKey, format!("`{}` is given twice", name(slot))),
            NoTexts::Compound(slot) => {
                let detail =
                    format!("`{}` holds a list or an object, where a text or a number is expected", name(slot));
                Reject::new(RejectCode::InvalidField, detail)
            }
        }
    }

    #[cold]
    fn is_no_record(&self, texts: &Texts<'_>) -> bool {
        match (&self.layout, texts) {
            (Layout::Csv(layout), Texts::Columns(row)) if layout.has_header => is_no_record(&self.names, row.columns()),
            _ => false,
        }
    }
}

impl CsvLayout {
    fn of(dialect: &Dialect) -> Self {
        Self {
            delimiter: dialect.delimiter,
            has_header: dialect.columns == Columns::Header,
            has_quotes: dialect.has_quotes,
            missing_absent: dialect.missing_absent,
            ends_in_delimiter: false,
        }
    }

    /// The columns of a row, so many as there should be.
    fn columns(self, text: &str, width: usize) -> Result<Row<'_>, Reject> {
        let expected = width + usize::from(self.ends_in_delimiter);
        let row = match self.split(text, expected) {
            Ok(row) => row,
            // Where columns may be missing no number of them is proof.
            Err(OddQuotes) if self.missing_absent => return Err(odd_quotes()),
            Err(OddQuotes) => Row::odd(text, self.delimiter, expected).ok_or_else(odd_quotes)?,
        };
        let ends_early = self.missing_absent && row.len() < expected;
        let is_ended = !self.ends_in_delimiter || ends_early || row.get(width) == Some("");
        if row.len() != expected && !ends_early || !is_ended {
            let detail = format!("the row has {} columns where {expected} are expected", row.len());
            return Err(Reject::new(RejectCode::ColumnCount, detail));
        }
        Ok(row)
    }

    fn split(self, text: &str, expected: usize) -> Result<Row<'_>, OddQuotes> {
        match self.has_quotes {
            true => Row::split(text, self.delimiter, expected),
            false => Ok(Row::plain(text, self.delimiter, expected)),
        }
    }
}

fn noted(mut record: Record, treatment: Treatment) -> Record {
    record.note(treatment);
    record
}

#[cold]
fn odd_quotes() -> Reject {
    let detail = "a quote is opened and not closed at the end of its column, and where the columns end cannot be told";
    Reject::new(RejectCode::OddQuotes, detail)
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
        let row = CsvLayout::of(self).split(&text, 0).map_err(|OddQuotes| odd_quotes())?;
        Ok(row.columns().map(|name| name.trim().to_owned()).collect())
    }
}

#[cfg(test)]
impl RowReader {
    /// Reads these columns, written as a row.
    pub(super) fn read(&self, columns: &[&str], file: &str, line: u64) -> Result<Option<Record>, Reject> {
        let quoted: Vec<String> = columns.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
        let delimiter = if let Layout::Csv(layout) = self.layout { layout.delimiter } else { b',' };
        self.decode(quoted.join(&char::from(delimiter).to_string()).as_bytes(), Place::Line { file, line })
    }

    /// Reads this object.
    pub(super) fn read_json(&self, object: &[u8], file: &str, line: u64) -> Result<Option<Record>, Reject> {
        self.decode(object, Place::Line { file, line })
    }
}
