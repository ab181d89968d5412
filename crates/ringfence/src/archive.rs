//! Archives of canonical JSON lines, plain or packed.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::CommandError;

/// The lines of an archive: `.gz` and `.zst` are unpacked by name, `-` is standard input.
pub(crate) struct Lines {
    name: String,
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
    number: u64,
}

impl Lines {
    /// Opens an archive.
    pub(crate) fn open(path: &Path) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        let reader: Box<dyn BufRead> = if name == "-" {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(path).map_err(|source| cannot_read(&name, source))?;
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("gz") => Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file))),
                Some("zst") => {
                    let decoder = zstd::Decoder::new(file).map_err(|source| cannot_read(&name, source))?;
                    Box::new(BufReader::new(decoder))
                }
                _ => Box::new(BufReader::new(file)),
            }
        };
        Ok(Self { name, reader, line: Vec::new(), number: 0 })
    }

    /// The next line that is not blank, with its number from 1; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, &[u8])>, CommandError> {
        loop {
            self.line.clear();
            let read = self.reader.read_until(b'\n', &mut self.line);
            let place = format!("{}, after line {}", self.name, self.number);
            if read.map_err(|source| cannot_read(&place, source))? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some((self.number, self.line.trim_ascii())));
            }
        }
    }
}

fn cannot_read(place: &str, source: io::Error) -> CommandError {
    CommandError::File { path: place.to_owned(), verb: "read", source }
}
