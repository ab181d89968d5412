//! Dialects: reading other people's files.
//!
//! A dialect file says which columns (or keys of JSON lines) are which fields of the contract, how times, lengths and
//! numbers are written, and which rows count. It is compiled once ([`Dialect::compile`]), fitted to each file
//! ([`Dialect::bind`]) and then reads its rows ([`RowReader`]).
//!
//! Everything wrong with a dialect file is reported at once, with its place. What the rows mean (the attempt time,
//! whether a call was answered, parts) is decided by [`CdrFields`](crate::CdrFields) as for canonical JSON.
//!
//! Local times at a change of the clock have one meaning: of a time that occurs twice the earlier is meant unless the
//! dialect says otherwise, and one that is skipped is read as if the clock had not yet been put forward. Blanks around a
//! text are no part of it.

mod avro_row;
mod built_in;
mod columns;
mod compile;
mod convert;
mod encoding;
mod field;
mod files;
mod header;
mod json_cut;
mod json_row;
mod legs;
mod local;
mod message;
mod only;
mod place;
mod problem;
mod reader;
mod row;
mod row_cut;
mod template;
mod texts;
mod time_format;

use std::sync::Arc;

pub use encoding::{Encoding, Transcoder};
pub use files::{BUILT_IN, built_in_text};
pub use message::{MESSAGE_RECORDS_MAX, MessagePiece, MessagePlace, MessageReader, MessageRecord};
pub use place::Place;
pub use problem::{BindError, DialectError, Problem};
pub use reader::RowReader;
pub use texts::DialectTexts;

use crate::avro::Schema;
use crate::yaml::Mark;
use crate::{CdrContext, Numbering, PlausibleTimes, RecordKind, RecordTypes};
use convert::Unit;
use field::{RecordField, Target};
use legs::Legs;
use local::Ambiguous;
use only::Only;
use template::TextSource;
use time_format::TimeFormat;

/// How rows are laid out in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimited columns, quoted as in RFC 4180.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// One datum of Avro a message.
    Avro,
}

/// How the files of one kind of system are to be read.
#[derive(Clone, Debug)]
pub struct Dialect {
    name: String,
    /// The built-in dialect that its file says it extends.
    extends: Option<String>,
    kind: RecordKind,
    format: Format,
    /// What messages of Avro were written with.
    schema: Option<Arc<Schema>>,
    columns: Columns,
    delimiter: u8,
    encoding: Encoding,
    /// Columns may stand in quotes.
    has_quotes: bool,
    /// A row may end early: what is missing at its end is absent.
    missing_absent: bool,
    /// Names the zone of times without an offset: a constant, or a column.
    zone: Option<TextSource<String>>,
    /// What a local time that comes twice is.
    ambiguous: Ambiguous,
    /// When calls and complaints can have been.
    times: PlausibleTimes,
    numbering: Numbering,
    served_calling: bool,
    counted: RecordTypes,
    fields: Vec<Mapping>,
    legs: Option<LegKey>,
    only: Option<Only<String>>,
}

/// Where the names of a CSV file's columns are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Columns {
    Header,
    Named(Vec<String>),
    /// In its first row, if that names all that is read, else these.
    Either(Vec<String>),
}

/// What the legs of one attempt share.
#[derive(Clone, Debug)]
struct LegKey {
    columns: Legs<String>,
    /// Where each column is named.
    places: Vec<Mark>,
    /// Of a built-in dialect: a file may lack them.
    built_in: bool,
}

/// One field and where it comes from.
#[derive(Clone, Debug)]
struct Mapping {
    field: &'static RecordField,
    source: TextSource<String>,
    conversion: Conversion,
    /// Of a built-in dialect: a file may lack the column, unless the field is required.
    built_in: bool,
    at: Mark,
}

/// How the text of a field is read; which one a field can have follows from what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Conversion {
    Text,
    Time(TimeFormat),
    Length(Unit),
    Whole,
    Cause,
    Flag,
    /// True where the text is this one.
    Equals(String),
    RecordType,
    Status,
}

impl Dialect {
    /// The name that the file gives itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its records are.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        self.kind
    }

    /// The field by which its records are known.
    fn id_field(&self) -> Option<&Mapping> {
        let id = match self.kind {
            RecordKind::Cdr => Target::RecordId,
            RecordKind::Complaint => Target::ComplaintId,
        };
        self.fields.iter().find(|mapping| mapping.field.target == id)
    }

    /// How its files are laid out.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// How its files are encoded.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// What stands between two columns.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Whether columns may stand in quotes, which then belong to no text and keep line ends and delimiters.
    #[must_use]
    pub fn has_quotes(&self) -> bool {
        self.has_quotes
    }

    /// The same dialect for files that were brought to UTF-8 before they are read.
    #[must_use]
    pub fn in_utf8(mut self) -> Self {
        self.encoding = Encoding::UTF_8;
        self
    }

    /// Whether the first row of a file names its columns.
    #[must_use]
    pub fn has_header(&self) -> bool {
        self.format == Format::Csv && self.columns == Columns::Header
    }

    /// Whether the first row of a file may name its columns, and may be a record.
    #[must_use]
    pub fn may_have_header(&self) -> bool {
        self.format == Format::Csv && matches!(self.columns, Columns::Either(_))
    }

    /// The same dialect where only records of these types count; calls of other types are filtered.
    #[must_use]
    pub fn counting(mut self, counted: RecordTypes) -> Self {
        self.counted = counted;
        self
    }

    /// The same dialect of a source of which this is known; in what unit durations are is the dialect's own.
    #[must_use]
    pub fn of_source(self, context: &CdrContext) -> Self {
        let CdrContext { numbering, served_calling, counted, times, .. } = context.clone();
        Self { numbering, served_calling, counted, times, ..self }
    }

    /// Whether its records are those of the calling card's own network.
    #[must_use]
    pub fn serves_calling(&self) -> bool {
        self.served_calling
    }

    /// The record types that count: [`RecordTypes::ALL`] where it does not say.
    #[must_use]
    pub fn counted(&self) -> RecordTypes {
        self.counted
    }

    /// When calls and complaints can have been.
    #[must_use]
    pub fn times(&self) -> PlausibleTimes {
        self.times
    }

    /// How numbers are written in its files: [`Numbering::International`] where it does not say.
    #[must_use]
    pub fn numbering(&self) -> &Numbering {
        &self.numbering
    }

    /// The same dialect, with numbers read like this where it does not say itself how they are written.
    #[must_use]
    pub fn numbered(mut self, numbering: &Numbering) -> Self {
        if self.numbering == Numbering::International {
            self.numbering = numbering.clone();
        }
        self
    }
}

#[cfg(test)]
mod fields_tests;
#[cfg(test)]
mod legs_tests;
#[cfg(test)]
mod rows_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod times_tests;
