//! Dead letters of archives: what could not be taken, as JSON lines.

use std::io::{self, Write};
use std::str;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringfence_cdr::{Hint, Reject};
use serde::Serialize;

use super::FileRecord;

/// Writes dead letters, one JSON object a line:
///
/// ```json
/// {"file":"cdr.csv","line":17,"code":"invalid_field","detail":"seizureTime is not RFC 3339 with an offset, ...",
///  "hint":"`start` is written like `99-99-9999 99:99`","raw":"..."}
/// ```
///
/// `hint` is there where more is known than the detail says; neither holds any part of the record. `raw` is the record
/// itself, so that it can be mended and read again; bytes that are no UTF-8 are in `rawBase64` instead. The records hold
/// phone numbers: keep the file as safe as the archive.
#[derive(Debug)]
pub struct DeadLetters<W> {
    out: W,
    written: u64,
}

#[derive(Serialize)]
struct DeadLetter<'a> {
    file: &'a str,
    line: u64,
    code: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<&'a str>,
    #[serde(rename = "rawBase64", skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

impl<W: Write> DeadLetters<W> {
    /// Writes to `out`, a line at a time: give it a buffer.
    pub fn new(out: W) -> Self {
        Self { out, written: 0 }
    }

    /// Writes one record with the reason why it was not taken, which the decoder or the engine gave.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&mut self, record: &FileRecord, reject: &Reject) -> io::Result<()> {
        let raw = str::from_utf8(&record.raw).ok();
        let letter = DeadLetter {
            file: &record.file,
            line: record.line,
            code: reject.code.name(),
            detail: &reject.detail,
            hint: reject.said_hint().map(Hint::to_string),
            raw,
            raw_base64: raw.is_none().then(|| STANDARD.encode(&record.raw)),
        };
        serde_json::to_writer(&mut self.out, &letter)?;
        self.out.write_all(b"\n")?;
        self.written += 1;
        Ok(())
    }

    /// How many were written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The writer, with everything written to it.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Writes out what is still in the buffer.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
