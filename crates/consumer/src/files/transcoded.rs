//! Streams in encodings in which lines cannot be found, brought to UTF-8.

use std::io::{self, Read};

use ringfence_cdr::dialect::Transcoder;

/// How much is read at once.
const CHUNK: usize = 1 << 16;

/// Reads a stream as UTF-8.
pub(super) struct Transcoded<R> {
    reader: R,
    transcoder: Transcoder,
    input: Vec<u8>,
    output: Vec<u8>,
    /// How much of `output` was given out.
    given: usize,
    at_end: bool,
}

impl<R: Read> Transcoded<R> {
    pub(super) fn new(reader: R, transcoder: Transcoder) -> Self {
        Self { reader, transcoder, input: vec![0; CHUNK], output: Vec::new(), given: 0, at_end: false }
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && !self.at_end {
            let count = self.reader.read(&mut self.input)?;
            self.at_end = count == 0;
            self.output.clear();
            self.given = 0;
            self.transcoder.add(&self.input[..count], self.at_end, &mut self.output);
        }
        let count = (&self.output[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
    }
}
