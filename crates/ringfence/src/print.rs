//! Data on standard output.

use std::io::Write;

use crate::error::CommandError;

/// One JSON object as a line of standard output.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    let written =
        serde_json::to_writer(&mut out, value).map_err(std::io::Error::from).and_then(|()| out.write_all(b"\n"));
    written.map_err(CommandError::writing("standard output"))
}
