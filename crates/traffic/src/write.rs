//! Writes a world out: the traffic as JSON lines, the list of cards, the labels.

use std::io::{self, Write};

use crate::emission::{Emission, EmissionRecord};
use crate::json::JsonLine;
use crate::world::World;

/// Lines are collected up to about so many bytes before they are handed on.
const BUFFER: usize = 1 << 16;

/// Writes call records (garbage among them) to `calls` and complaints to `complaints`, one a line, in order of
/// arrival, and returns how many of each. Without a writer for complaints, they are left out.
///
/// # Errors
///
/// What the writers report.
pub fn write_traffic(
    emissions: impl Iterator<Item = Emission>,
    calls: &mut impl Write,
    mut complaints: Option<&mut dyn Write>,
) -> io::Result<Written> {
    let mut written = Written::default();
    let mut buffer = Vec::with_capacity(BUFFER + 1_024);
    let mut line = Vec::new();
    for emission in emissions {
        if let EmissionRecord::Complaint(complaint) = &emission.record {
            if let Some(out) = complaints.as_mut() {
                line.clear();
                complaint.write_json(&mut line);
                line.push(b'\n');
                out.write_all(&line)?;
                written.complaints += 1;
            }
            continue;
        }
        emission.record.write(&mut buffer);
        buffer.push(b'\n');
        written.calls += 1;
        if buffer.len() >= BUFFER {
            calls.write_all(&buffer)?;
            buffer.clear();
        }
    }
    calls.write_all(&buffer)?;
    calls.flush()?;
    complaints.map_or(Ok(()), |out| out.flush())?;
    Ok(written)
}

/// How many lines were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Lines of call records.
    pub calls: u64,
    /// Lines of complaints.
    pub complaints: u64,
}

/// Writes the list of telemarketing cards as CSV with the column `key`.
///
/// # Errors
///
/// What the writer reports.
pub fn write_telemarketing_cards(world: &World, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"key\n")?;
    for card in world.telemarketing_cards() {
        writeln!(out, "{card}")?;
    }
    out.flush()
}

/// Writes the label of every number, one JSON object a line: `{"number":"+86...","kind":"dialBlaster"}`.
///
/// # Errors
///
/// What the writer reports.
pub fn write_truth(world: &World, out: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    for (number, kind) in world.labels() {
        line.clear();
        JsonLine::open(&mut line).party("number", number).text("kind", kind.name()).close();
        line.push(b'\n');
        out.write_all(&line)?;
    }
    out.flush()
}
