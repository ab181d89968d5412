//! Data on standard output.

use std::io::Write;

use crate::error::CommandError;

/// A text to standard output. Whoever reads it may have seen enough, as `head` does.
pub(crate) fn print_text(text: &str) -> Result<(), CommandError> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CommandError::writing("standard output")(error))
        }
        _ => Ok(()),
    }
}

/// One JSON object as a line of standard output.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    let written =
        serde_json::to_writer(&mut out, value).map_err(std::io::Error::from).and_then(|()| out.write_all(b"\n"));
    written.map_err(CommandError::writing("standard output"))
}
