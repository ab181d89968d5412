//! The part of a stream that is in memory.

use std::cell::Cell;
use std::io::{self, Read};

/// The longest row. What is longer is given up to its end; memory is bounded by this and a chunk.
pub(super) const RECORD_MAX: usize = 1 << 20;
/// How much is read at once.
const CHUNK: usize = 1 << 18;

/// A stream of bytes, of which some are in memory: those that were not passed yet.
pub(super) struct Window {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Where in `buffer` what was not passed yet begins.
    start: usize,
    at_end: bool,
    /// How many bytes of the stream came before `buffer`.
    before: u64,
    /// How many bytes were looked at, those that were looked at again too.
    scanned: Cell<u64>,
}

impl Window {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, at_end: false, before: 0, scanned: Cell::new(0) }
    }

    /// What is in memory and was not passed yet.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Whether the stream has no more than is in memory.
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Bytes of the stream that were passed.
    pub(super) fn passed(&self) -> u64 {
        self.before + self.start as u64
    }

    /// Passes so many bytes, or all that are in memory.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.buffer.len());
    }

    /// How many bytes were looked at so far, those that were looked at again too.
    pub(super) fn scanned(&self) -> u64 {
        self.scanned.get()
    }

    /// Counts bytes that were looked at.
    pub(super) fn count_scanned(&self, bytes: usize) {
        self.scanned.set(self.scanned.get() + bytes as u64);
    }

    /// Where the next byte lies in memory; holds until more is read.
    pub(super) fn place(&self) -> usize {
        self.start
    }

    /// Goes back to such a place.
    pub(super) fn go_back(&mut self, place: usize) {
        self.start = place;
    }

    /// Bytes in memory, those that were passed since the last reading too.
    pub(super) fn bytes(&self, place: usize, length: usize) -> &[u8] {
        &self.buffer[place..place + length]
    }

    /// Reads more; what was passed is forgotten.
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.before += self.start as u64;
        self.start = 0;
        let kept = self.buffer.len();
        self.buffer.resize(kept + CHUNK, 0);
        let read = loop {
            match self.reader.read(&mut self.buffer[kept..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(kept + read.as_ref().map_or(0, |count| *count));
        self.at_end = read? == 0;
        Ok(())
    }

    /// Reads the stream through another reader from here on.
    pub(super) fn through(&mut self, wrap: impl FnOnce(Box<dyn Read + Send>) -> Box<dyn Read + Send>) {
        let rest = io::Cursor::new(self.rest().to_vec());
        let reader = std::mem::replace(&mut self.reader, Box::new(io::empty()));
        self.reader = wrap(Box::new(rest.chain(reader)));
        self.buffer.clear();
        (self.start, self.at_end) = (0, false);
    }
}
