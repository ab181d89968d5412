//! Lines of JSON, for archives: one bare event a line, as it would be the value on Kafka.

use std::io::{self, Write};

use serde::Serialize;

/// Writes events as lines of JSON to a file or to standard output.
#[derive(Debug)]
pub struct LineSink<W> {
    out: W,
    lines: u64,
}

impl<W: Write> LineSink<W> {
    /// A sink that writes here; give it something buffered.
    pub fn new(out: W) -> Self {
        Self { out, lines: 0 }
    }

    /// Writes one event.
    ///
    /// # Errors
    /// Where the target refuses: a full disk, a closed pipe.
    pub fn write(&mut self, event: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, event)?;
        self.out.write_all(b"\n")?;
        self.lines += 1;
        Ok(())
    }

    /// How many lines were written.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Writes out what is buffered and gives the target back.
    ///
    /// # Errors
    /// Where the target refuses.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::LineSink;

    #[test]
    fn each_event_is_one_line() {
        let mut sink = LineSink::new(Vec::new());
        sink.write(&serde_json::json!({"a": "line\nbreak"})).expect("a vector takes everything");
        sink.write(&serde_json::json!({"b": 2})).expect("a vector takes everything");
        assert_eq!(sink.lines(), 2);
        let text = String::from_utf8(sink.finish().expect("flushes")).expect("text");
        assert_eq!(text, "{\"a\":\"line\\nbreak\"}\n{\"b\":2}\n");
    }
}
