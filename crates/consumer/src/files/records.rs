//! The records of one file, decoded.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ringfence_cdr::dialect::{Dialect, Format, Place, RowReader};
use ringfence_cdr::{Record, Reject, RejectCode};

use super::container::Stream;
use super::splitter::{Layout, Piece, PieceKind, Splitter};
use super::transcoded::Transcoded;
use super::window::RECORD_MAX;
use super::{Container, FileError};

/// The byte order mark of UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// The byte order marks of UTF-16, both orders.
const UTF16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// One record of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRecord {
    /// Its bytes as they stand in the (unpacked) file, without the line end; of a record longer than a mebibyte the
    /// first 64 KiB.
    pub raw: Vec<u8>,
    /// The base name of the file.
    pub file: Arc<str>,
    /// The physical line where it begins, from 1.
    pub line: u64,
    /// What it says, or why it cannot be taken.
    pub decoded: Result<Option<Record>, Reject>,
}

/// How far the reading of a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read, of the file as it lies on the disk.
    pub read: u64,
    /// Its size; unknown for standard input and pipes.
    pub total: Option<u64>,
}

/// Reads the records of one file in its order. After an error there is nothing more.
pub struct FileRecords {
    /// The path, for errors.
    path: String,
    name: Arc<str>,
    splitter: Splitter,
    container: Container,
    bytes_read: Arc<AtomicU64>,
    bytes_total: Option<u64>,
    dialect: Dialect,
    /// `None` until the first piece was seen.
    reader: Option<RowReader>,
    /// No row was read yet.
    is_first: bool,
    ended: bool,
}

impl std::fmt::Debug for FileRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileRecords")
            .field("path", &self.path)
            .field("dialect", &self.dialect.name())
            .finish_non_exhaustive()
    }
}

impl FileRecords {
    /// Opens a file, or standard input for the path `-`. A name that ends in `.gz` or `.zst` is unpacked.
    ///
    /// # Errors
    /// [`FileError::Open`].
    pub fn open(path: &Path, dialect: Dialect) -> Result<Self, FileError> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(Self::new(path.display().to_string(), name.as_ref().into(), Stream::open(path)?, dialect))
    }

    /// Reads the records of any stream of plain bytes under this name.
    ///
    /// # Errors
    /// [`FileError::Open`].
    pub fn from_reader(name: &str, reader: impl Read + Send + 'static, dialect: Dialect) -> Result<Self, FileError> {
        let stream = Stream::unpack(reader, Container::Plain, None)
            .map_err(|source| FileError::Open { file: name.to_owned(), source })?;
        Ok(Self::new(name.to_owned(), name.into(), stream, dialect))
    }

    fn new(path: String, name: Arc<str>, stream: Stream, dialect: Dialect) -> Self {
        let Stream { reader, container, bytes_read, bytes_total } = stream;
        let layout = match dialect.format() {
            // Avro is refused as the dialect is fitted to the file.
            Format::Jsonl | Format::Avro => Layout::Json,
            Format::Csv => Layout::Csv { delimiter: dialect.delimiter(), has_quotes: dialect.has_quotes() },
        };
        let splitter = Splitter::new(reader, layout);
        Self {
            path,
            name,
            splitter,
            container,
            bytes_read,
            bytes_total,
            dialect,
            reader: None,
            is_first: true,
            ended: false,
        }
    }

    /// How far the reading has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { read: self.bytes_read.load(Ordering::Relaxed), total: self.bytes_total }
    }

    /// How many bytes were looked at so far to tell records apart, those that were looked at again too: in proportion to
    /// the file, whatever quotes it has.
    #[must_use]
    pub fn bytes_scanned(&self) -> u64 {
        self.splitter.scanned()
    }

    fn read_next(&mut self) -> Result<Option<FileRecord>, FileError> {
        if self.reader.is_none() && !self.begin()? {
            return Ok(None);
        }
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let piece = match self.splitter.next() {
            Ok(Some(piece)) => piece,
            Ok(None) => return self.at_end(),
            Err(source) => return Err(self.broken(source)),
        };
        let is_first = std::mem::take(&mut self.is_first);
        let ends_in_delimiters = is_first && reader.ends_in_delimiter(piece.raw);
        if ends_in_delimiters {
            reader.end_in_delimiters();
        }
        let (mut raw, line) = (piece.raw.to_vec(), piece.line);
        let several = piece.kind == PieceKind::Lines;
        let mut decoded = decode(reader, piece, &self.name);
        if several && matches!(&decoded, Err(reject) if reject.code.is_no_record()) {
            // More likely a stray quote than a row: its other lines may be good.
            let piece = self.splitter.only_first_line();
            raw = piece.raw.to_vec();
            decoded = decode(reader, piece, &self.name);
        }
        if is_first {
            self.splitter.expect_columns(reader.columns() + usize::from(ends_in_delimiters), false);
        }
        Ok(Some(FileRecord { raw, file: Arc::clone(&self.name), line, decoded }))
    }

    /// Reads what comes before the first record and fits the dialect to the file; false where the file is empty.
    fn begin(&mut self) -> Result<bool, FileError> {
        let mark = match self.splitter.mark(&[UTF8_MARK, UTF16_MARKS[0], UTF16_MARKS[1]]) {
            Ok(mark) => mark,
            Err(source) => return Err(self.broken(source)),
        };
        if let Some(transcoder) = self.dialect.encoding().transcoder(mark.unwrap_or_default()) {
            self.splitter.through(|reader| Box::new(Transcoded::new(reader, transcoder)));
            self.dialect = self.dialect.clone().in_utf8();
        }
        let (header, line) = if self.dialect.has_header() {
            match self.header()? {
                Some(header) => header,
                None => return Ok(false),
            }
        } else if self.dialect.may_have_header() {
            self.header_if_any()?
        } else {
            (Vec::new(), 1)
        };
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        let bound = self.dialect.bind(&names);
        let reader = bound.map_err(|missing| FileError::Columns { file: self.path.clone(), line, missing })?;
        self.splitter.expect_columns(reader.columns(), true);
        self.reader = Some(reader);
        Ok(true)
    }

    /// The names of the columns, where the first row has them: it is a record otherwise.
    fn header_if_any(&mut self) -> Result<(Vec<String>, u64), FileError> {
        let (names, line) = match self.splitter.next() {
            Ok(Some(piece)) => (self.dialect.header(piece.raw).unwrap_or_default(), piece.line),
            Ok(None) => return Ok((Vec::new(), 1)),
            Err(source) => return Err(self.broken(source)),
        };
        match self.dialect.headed(&names) {
            Some(headed) => {
                self.dialect = headed;
                Ok((names, line))
            }
            None => {
                self.splitter.again();
                Ok((Vec::new(), 1))
            }
        }
    }

    /// The names of the columns, and the line where they stand.
    fn header(&mut self) -> Result<Option<(Vec<String>, u64)>, FileError> {
        let piece = match self.splitter.next() {
            Ok(Some(piece)) => piece,
            Ok(None) => return Ok(None),
            Err(source) => return Err(self.broken(source)),
        };
        let line = piece.line;
        let fault = |reason: String| FileError::Header { file: self.path.clone(), line, reason };
        if !matches!(piece.kind, PieceKind::Line | PieceKind::Lines) {
            return Err(fault("the header is no row of columns".to_owned()));
        }
        let names = self.dialect.header(piece.raw);
        let names = names.map_err(|reject| fault(format!("the header is no row of columns: {}", reject.detail)))?;
        let twice = names.iter().enumerate().find(|(at, name)| !name.is_empty() && names[..*at].contains(name));
        if let Some((at, _)) = twice {
            return Err(fault(format!("column {} has the same name as one before it", at + 1)));
        }
        Ok(Some((names, line)))
    }

    fn at_end(&self) -> Result<Option<FileRecord>, FileError> {
        match self.splitter.is_cut_short() {
            true => Err(FileError::CutShort { file: self.path.clone(), line: self.splitter.line_reached() + 1 }),
            false => Ok(None),
        }
    }

    fn broken(&self, source: io::Error) -> FileError {
        let (file, line) = (self.path.clone(), self.splitter.line_reached());
        match self.container {
            Container::Plain => FileError::Read { file, line, source },
            container => FileError::Broken { file, container, line, bytes: self.progress().read, source },
        }
    }
}

impl Iterator for FileRecords {
    type Item = Result<FileRecord, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read_next().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// What a piece says, or why it cannot be taken.
fn decode(reader: &mut RowReader, piece: Piece<'_>, file: &str) -> Result<Option<Record>, Reject> {
    match piece.kind {
        PieceKind::Line | PieceKind::Lines | PieceKind::OpenQuote => {
            reader.decode(piece.raw, Place::Line { file, line: piece.line })
        }
        PieceKind::Head => {
            let detail = format!("the record is longer than {RECORD_MAX} bytes; its beginning is kept");
            Err(Reject::new(RejectCode::TooLarge, detail))
        }
    }
}
