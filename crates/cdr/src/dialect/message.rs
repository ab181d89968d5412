//! The records of a message of a topic.
//!
//! A message may hold one record or several, and is none itself: each record counts and fails alone, under the offset that
//! they share and an ordinal of its own, from 0. An empty list holds none.

use std::ops::Range;

use super::json_cut::{Layout, Piece, elements, lines};
use super::place::{Medium, Place, PlaceName};
use super::problem::BindError;
use super::row_cut::Rows;
use super::{Dialect, Encoding, Format, RowReader};
use crate::{Record, Reject, RejectCode};

/// The most records of a message. One with more is none that is read: each that cannot be taken is a dead letter, and an
/// epoch ends between two messages alone.
pub const MESSAGE_RECORDS_MAX: usize = 10_000;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the messages of a topic.
#[derive(Clone, Debug)]
pub struct MessageReader {
    rows: RowReader,
    format: Format,
    encoding: Encoding,
    delimiter: u8,
    has_quotes: bool,
    ids_of_offsets: bool,
    /// The field that names records, where a message gives all of its records the same name.
    repeated_id: Option<&'static str>,
}

/// Where a message lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePlace<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// Which of several records of a message one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePiece {
    /// Its place among the records of the message, from 0.
    pub ordinal: u32,
    /// Its bytes.
    pub bytes: Range<usize>,
}

/// One record of a message.
#[derive(Debug, PartialEq)]
pub struct MessageRecord {
    /// Which part of the message it is; `None` where it is all of it.
    pub piece: Option<MessagePiece>,
    /// What it says, or why it cannot be taken; nothing where it does not count.
    pub decoded: Result<Option<Record>, Reject>,
}

impl<'a> MessagePlace<'a> {
    fn of(self, ordinal: u32) -> Place<'a> {
        let Self { topic, partition, offset } = self;
        Place::Message { topic, partition, offset, ordinal }
    }
}

impl Dialect {
    /// Fits the dialect to a topic: its messages have records and no header.
    ///
    /// # Errors
    /// [`BindError`] where the columns are not named, or a template names a place that only files have.
    pub fn bind_messages(&self) -> Result<MessageReader, BindError> {
        if self.has_header() {
            let missing = "the messages of a topic have no header: give the dialect `header: false` and the names of \
                           all `columns: [...]` in their order";
            return Err(BindError { dialect: self.name.clone(), missing: vec![missing.to_owned()] });
        }
        if !self.encoding.is_ascii_compatible() {
            let missing = format!("{} is read of files alone, not of messages", self.encoding.name());
            return Err(BindError { dialect: self.name.clone(), missing: vec![missing] });
        }
        let rows = RowReader::bind(self, &[], Medium::Topics)?;
        let Self { format, encoding, delimiter, has_quotes, .. } = *self;
        let id = self.id_field();
        let ids_of_offsets = id.is_some_and(|id| id.source.places().any(|name| name == PlaceName::Offset));
        let repeated_id = self.repeated_id();
        Ok(MessageReader { rows, format, encoding, delimiter, has_quotes, ids_of_offsets, repeated_id })
    }

    fn repeated_id(&self) -> Option<&'static str> {
        let id = self.id_field()?;
        let tells_apart =
            id.source.columns().next().is_some() || id.source.places().any(|name| name == PlaceName::Ordinal);
        (id.source.places().next().is_some() && !tells_apart).then_some(id.field.name)
    }
}

impl MessageReader {
    /// Whether records are known by the offset where they lie: one that a producer sends twice is two records.
    #[must_use]
    pub fn has_ids_of_offsets(&self) -> bool {
        self.ids_of_offsets
    }

    /// Whether a message with one record is one that [`json::decode`](crate::json::decode) reads.
    #[must_use]
    pub fn is_contract(&self) -> bool {
        self.format == Format::Jsonl && self.encoding == Encoding::UTF_8 && self.rows.is_contract()
    }

    /// Reads a message, and gives each of its records.
    pub fn read(&self, message: &[u8], place: MessagePlace<'_>, give: &mut dyn FnMut(MessageRecord)) {
        let is_blank = if self.format == Format::Avro { message.is_empty() } else { message.trim_ascii().is_empty() };
        if is_blank {
            let decoded = Err(Reject::new(RejectCode::NoValue, "the record has no value"));
            return give(MessageRecord { piece: None, decoded });
        }
        match self.format {
            Format::Jsonl => self.read_json(message, place, give),
            Format::Csv => self.read_rows(message, place, give),
            Format::Avro => give(MessageRecord { piece: None, decoded: self.rows.decode(message, place.of(0)) }),
        }
    }

    fn read_json(&self, message: &[u8], place: MessagePlace<'_>, give: &mut dyn FnMut(MessageRecord)) {
        let mut read = |object: &[u8], place: Place<'_>| self.rows.decode(unmarked(object), place);
        let whole = read(message, place.of(0));
        let may_be_several = matches!(&whole, Err(reject) if reject.code.is_no_record());
        match if may_be_several { Layout::of(unmarked(message)) } else { Layout::One } {
            Layout::One => give(MessageRecord { piece: None, decoded: whole }),
            Layout::Lines => {
                let pieces = Pieces { message, place, pieces: lines(message).map(Piece::Record) };
                self.read_pieces(pieces, &mut read, give);
            }
            Layout::List if self.encoding == Encoding::UTF_8 => {
                self.read_pieces(Pieces { message, place, pieces: elements(message) }, &mut read, give);
            }
            Layout::List => {
                let detail = format!("a list of records is read in UTF-8, not in {}", self.encoding.name());
                give(MessageRecord { piece: None, decoded: Err(Reject::new(RejectCode::BadEncoding, detail)) });
            }
        }
    }

    fn read_rows(&self, message: &[u8], place: MessagePlace<'_>, give: &mut dyn FnMut(MessageRecord)) {
        let begin = message.len() - unmarked(message).len();
        let rows = || Rows::of(message, begin, self.delimiter, self.has_quotes);
        let mut read = |row: &[u8], place: Place<'_>| self.rows.decode(row, place);
        let mut first = rows().take(2);
        if let (Some(row), None) = (first.next(), first.next()) {
            let decoded = read(&message[row], place.of(0));
            return give(MessageRecord { piece: None, decoded });
        }
        self.read_pieces(Pieces { message, place, pieces: rows().map(Piece::Record) }, &mut read, give);
    }

    /// Reads the parts of a message, if there are not too many.
    fn read_pieces(
        &self,
        Pieces { message, place, pieces }: Pieces<'_, impl Iterator<Item = Piece>>,
        read: Read<'_>,
        give: &mut dyn FnMut(MessageRecord),
    ) {
        let pieces: Vec<Piece> = pieces.take(MESSAGE_RECORDS_MAX + 1).collect();
        if pieces.len() > MESSAGE_RECORDS_MAX {
            let detail = format!("the message holds more than {MESSAGE_RECORDS_MAX} records");
            return give(MessageRecord { piece: None, decoded: Err(Reject::new(RejectCode::TooLarge, detail)) });
        }
        for (piece, ordinal) in pieces.into_iter().zip(0..) {
            let (bytes, decoded) = match piece {
                Piece::Record(bytes) => {
                    let decoded = read(&message[bytes.clone()], place.of(ordinal));
                    (bytes, decoded.and_then(|record| self.named(record, ordinal)))
                }
                Piece::Rest(bytes, fault) => (bytes, Err(Reject::new(RejectCode::BadJson, fault))),
            };
            give(MessageRecord { piece: Some(MessagePiece { ordinal, bytes }), decoded });
        }
    }

    /// The record, if it has a name that no other of its message has.
    fn named(&self, record: Option<Record>, ordinal: u32) -> Result<Option<Record>, Reject> {
        let Some(field) = self.repeated_id.filter(|_| ordinal > 0 && record.is_some()) else { return Ok(record) };
        let detail =
            format!("{field} would be that of the first record of the message: put {{ordinal}} into its template");
        Err(Reject::new(RejectCode::InvalidField, detail))
    }
}

/// Reads the bytes of one record.
type Read<'r> = &'r mut dyn FnMut(&[u8], Place<'_>) -> Result<Option<Record>, Reject>;

/// A message that is cut.
struct Pieces<'a, I> {
    message: &'a [u8],
    place: MessagePlace<'a>,
    pieces: I,
}

fn unmarked(text: &[u8]) -> &[u8] {
    text.strip_prefix(MARK).unwrap_or(text)
}

#[cfg(test)]
mod tests;
