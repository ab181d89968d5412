//! The records of all archives, one after the other.
//!
//! The archives of a kind are read in the order in which they were given. Of calls and complaints that one comes next
//! whose time (its arrival where the record has one) is earlier, calls first at equal times: so the clock of an archive
//! in order passes over both as it would have live. What stands at the end does not depend on it; what was open when,
//! and which sanction was imposed when, does.

use std::path::Path;

use ringfence_cdr::{EventTime, Numbering, Record, RecordKind};
use ringfence_consumer::files::{FileError, FileRecord, FileRecords};
use ringfence_rules::Pack;

use super::inputs::{Archives, Inputs};

/// Reads everything there is.
pub(super) struct ArchiveReader {
    calls: Chain,
    complaints: Chain,
    /// Bytes on the disk of the files that were read to their end.
    bytes_passed: u64,
}

impl ArchiveReader {
    pub(super) fn new(inputs: Inputs, pack: &Pack) -> Self {
        let numbering = inputs.numbering(pack);
        let Inputs { calls, complaints, .. } = inputs;
        let first_complaints = calls.paths.len();
        Self {
            calls: Chain::new(calls, 0, &numbering),
            complaints: Chain::new(complaints, first_complaints, &numbering),
            bytes_passed: 0,
        }
    }

    /// The files in the order of their places.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Path, RecordKind)> {
        let chains = [&self.calls, &self.complaints].into_iter();
        chains.flat_map(|chain| chain.archives.paths.iter().map(|path| (path.as_path(), chain.archives.kind)))
    }

    /// The names of the files in the order of their places.
    pub(super) fn names(&self) -> Vec<String> {
        self.files().map(|(path, _)| path.display().to_string()).collect()
    }

    /// The next record, with the place of its file; after an error the next file is read.
    pub(super) fn next(&mut self) -> Option<Result<(usize, FileRecord), FileError>> {
        if let Err(error) = self.calls.fill(&mut self.bytes_passed) {
            return Some(Err(error));
        }
        if let Err(error) = self.complaints.fill(&mut self.bytes_passed) {
            return Some(Err(error));
        }
        let chain = match (&self.calls.head, &self.complaints.head) {
            (Some(call), Some(complaint)) if time_of(&complaint.1) < time_of(&call.1) => &mut self.complaints,
            (Some(_), _) => &mut self.calls,
            (None, _) => &mut self.complaints,
        };
        chain.head.take().map(Ok)
    }

    /// Bytes read of the files as they lie on the disk.
    pub(super) fn bytes_read(&self) -> u64 {
        let current = [&self.calls, &self.complaints].into_iter().filter_map(|chain| chain.current.as_ref());
        self.bytes_passed + current.map(|(_, records)| records.progress().read).sum::<u64>()
    }
}

/// What is no fact has no time and waits for nothing.
fn time_of(record: &FileRecord) -> EventTime {
    match &record.decoded {
        Ok(Some(Record::Call(cdr))) => cdr.arrival.unwrap_or(cdr.at),
        Ok(Some(Record::Complaint(complaint))) => complaint.arrival.unwrap_or(complaint.at),
        Ok(None) | Err(_) => EventTime::MIN,
    }
}

/// The archives of one kind, one after the other.
struct Chain {
    archives: Archives,
    numbering: Numbering,
    /// The place of the first of them among all files.
    first: usize,
    /// How many were opened.
    opened: usize,
    current: Option<(usize, FileRecords)>,
    /// The record that comes next, with the place of its file.
    head: Option<(usize, FileRecord)>,
}

impl Chain {
    fn new(mut archives: Archives, first: usize, numbering: &Numbering) -> Self {
        archives.numbered(numbering);
        Self { archives, numbering: numbering.clone(), first, opened: 0, current: None, head: None }
    }

    /// Reads the next record if none waits; at the end of all files none does.
    fn fill(&mut self, bytes_passed: &mut u64) -> Result<(), FileError> {
        while self.head.is_none() {
            match &mut self.current {
                Some((place, records)) => {
                    let next = records.next().transpose();
                    if let Ok(Some(record)) = next {
                        self.head = Some((*place, record));
                        continue;
                    }
                    *bytes_passed += records.progress().read;
                    self.current = None;
                    next?;
                }
                None => {
                    let Some(path) = self.archives.paths.get(self.opened) else { return Ok(()) };
                    let place = self.first + self.opened;
                    self.opened += 1;
                    self.current = Some((place, self.open(path)?));
                }
            }
        }
        Ok(())
    }

    fn open(&self, path: &Path) -> Result<FileRecords, FileError> {
        FileRecords::open(path, self.archives.dialect_for(path, &self.numbering))
    }
}
