//! Lines of JSON, for archives: one bare event a line, as it would be the value on Kafka.

use std::io::{self, Write};

use serde::Serialize;

/// Writes events as lines of JSON to a file or to standard output.
#[derive(Debug)]
pub struct LineSink<W> {
    out: W,
}

impl<W: Write> LineSink<W> {
    /// A sink that writes here; give it something buffered.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes one event.
    ///
    /// # Errors
    /// Where the target refuses: a full disk, a closed pipe.
    pub fn write(&mut self, event: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, event)?;
        self.out.write_all(b"\n")
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// Where the target refuses.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::LineSink;

    #[test]
    fn each_event_is_one_line() {
        let mut text = Vec::new();
        let mut sink = LineSink::new(&mut text);
        sink.write(&serde_json::json!({"a": "line\nbreak"})).expect("a vector takes everything");
        sink.write(&serde_json::json!({"b": 2})).expect("a vector takes everything");
        sink.flush().expect("a vector takes everything");
        assert_eq!(text, b"{\"a\":\"line\\nbreak\"}\n{\"b\":2}\n");
    }
}
