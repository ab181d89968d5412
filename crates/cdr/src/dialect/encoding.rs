//! In what a file's characters are encoded.
//!
//! Lines and columns are found before anything is decoded, so line ends, quotes and delimiters must be the bytes that they
//! are in ASCII: in all encodings of the web but UTF-16 and ISO-2022-JP. Files in these are brought to UTF-8 as they are
//! read.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{Decoder, DecoderResult, Encoding as Web, UTF_8};

use crate::{Reject, RejectCode};

/// An encoding of the WHATWG Encoding Standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(&'static Web);

impl Encoding {
    /// With or without a byte order mark.
    pub const UTF_8: Self = Self(UTF_8);

    /// The encoding of a label, such as `utf-8`, `latin1` or `gbk`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of_label(label: &str) -> Result<Self, String> {
        let advice =
            "any label of the WHATWG Encoding Standard is known, such as utf-8, windows-1252, iso-8859-15 or gb18030";
        let Some(encoding) = Web::for_label_no_replacement(label.as_bytes()) else {
            return Err(format!("unknown encoding `{label}`: {advice}"));
        };
        Ok(Self(encoding))
    }

    /// Whether ASCII is ASCII in it, so that lines and columns can be found before anything is decoded.
    #[must_use]
    pub fn is_ascii_compatible(self) -> bool {
        self.0.is_ascii_compatible()
    }

    /// What brings a stream that begins with this byte order mark, or none, to UTF-8, where that must be done before lines
    /// can be found in it.
    #[must_use]
    pub fn transcoder(self, mark: &[u8]) -> Option<Transcoder> {
        let marked = Web::for_bom(mark).map(|(encoding, _)| encoding);
        let encoding = marked.unwrap_or(self.0);
        (!encoding.is_ascii_compatible()).then(|| Transcoder(encoding.new_decoder_without_bom_handling()))
    }

    /// Its name in the standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The text that these bytes are.
    ///
    /// # Errors
    /// A [`Reject`] where some of them are none of this encoding.
    pub fn text(self, row: &[u8]) -> Result<Cow<'_, str>, Reject> {
        if self == Self::UTF_8 {
            return simdutf8::compat::from_utf8(row).map(Cow::Borrowed).map_err(|error| {
                let detail = format!("not UTF-8 from byte {} of the record on", error.valid_up_to() + 1);
                Reject::new(RejectCode::BadEncoding, detail)
            });
        }
        let text = self.0.decode_without_bom_handling_and_without_replacement(row);
        text.ok_or_else(|| Reject::new(RejectCode::BadEncoding, format!("not {}", self.name())))
    }

    /// The text of a row with each sequence of bytes that is none replaced.
    pub(crate) fn replaced(self, row: &[u8], replacement: char) -> String {
        let mut decoder = self.0.new_decoder_without_bom_handling();
        let most = decoder.max_utf8_buffer_length_without_replacement(row.len()).unwrap_or(4 * row.len());
        let (mut text, mut read) = (String::with_capacity(most), 0);
        loop {
            let (result, more) = decoder.decode_to_string_without_replacement(&row[read..], &mut text, true);
            read += more;
            match result {
                DecoderResult::InputEmpty => return text,
                DecoderResult::Malformed(..) => text.push(replacement),
                DecoderResult::OutputFull => text.reserve(row.len() + 16),
            }
        }
    }

    /// Why a row is not taken: what is read from it is no text.
    pub(crate) fn refusal(self, field: &'static str) -> Reject {
        let detail = format!("{field} has bytes that are not {}, or an escape that is no character", self.name());
        Reject::new(RejectCode::BadEncoding, detail).of_field(field)
    }
}

/// Brings a stream to UTF-8, piece by piece. What is no text in its encoding becomes a byte that is none in UTF-8, so
/// that whoever reads the rows sees where it stood.
pub struct Transcoder(Decoder);

/// No byte of UTF-8.
const NO_TEXT: u8 = 0xff;

impl Transcoder {
    /// Adds the text of some bytes of the stream to `out`; `last` says that no more come.
    pub fn add(&mut self, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        loop {
            let written = out.len();
            let most = self.0.max_utf8_buffer_length_without_replacement(bytes.len());
            out.resize(written + most.unwrap_or(4 * bytes.len() + 16), 0);
            let (result, read, more) = self.0.decode_to_utf8_without_replacement(bytes, &mut out[written..], last);
            out.truncate(written + more);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::Malformed(..) => out.push(NO_TEXT),
                DecoderResult::OutputFull => {}
            }
        }
    }
}

impl fmt::Debug for Transcoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transcoder({})", self.0.encoding().name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_web_name_encodings() {
        for (label, name) in [
            ("UTF8", "UTF-8"),
            ("latin1", "windows-1252"),
            ("ISO-8859-15", "ISO-8859-15"),
            ("gb2312", "GBK"),
            ("GB18030", "gb18030"),
            ("sjis", "Shift_JIS"),
            (" koi8-r ", "KOI8-R"),
        ] {
            assert_eq!(Encoding::of_label(label).map(Encoding::name).as_deref(), Ok(name), "{label}");
        }
        for label in ["ebcdic", "", "hz-gb-2312"] {
            assert!(Encoding::of_label(label).is_err(), "{label}");
        }
    }

    #[test]
    fn bytes_that_are_none_of_an_encoding_are_no_text() {
        let latin = Encoding::of_label("latin1").expect("known");
        assert_eq!(latin.text(b"M\xfcller").as_deref(), Ok("Müller"));
        assert!(Encoding::of_label("gbk").expect("known").text(b"\xba").is_err());
        let reject = Encoding::UTF_8.text(b"ab\xff").expect_err("not in the encoding");
        assert_eq!((reject.code, &*reject.detail), (RejectCode::BadEncoding, "not UTF-8 from byte 3 of the record on"));
    }
}
