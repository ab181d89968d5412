//! What became of every record read (law C-1).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use ringfence_cdr::{Answer, RejectCode};
use serde::Serialize;

use super::reading::Reading;

/// Of all files and of each: `read` = `facts` + `duplicates` + `merged` + `filtered` + the sum of `rejected`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Coverage {
    /// False where an archive could not be read to its end.
    pub(super) complete: bool,
    /// Of all files.
    #[serde(flatten)]
    pub(super) total: Counts,
    /// In the order in which they were given, call records first.
    pub(super) files: Vec<FileCoverage>,
}

/// What became of the records of one file.
#[derive(Debug, Serialize)]
pub(super) struct FileCoverage {
    /// The path as given.
    pub(super) file: String,
    kind: &'static str,
    #[serde(flatten)]
    pub(super) counts: Counts,
}

/// How many records became what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) facts: u64,
    pub(super) duplicates: u64,
    pub(super) merged: u64,
    pub(super) filtered: u64,
    pub(super) rejected: BTreeMap<&'static str, u64>,
    /// Calls whose answer only the duration spoke for.
    pub(super) answer_assumed: u64,
}

impl Coverage {
    pub(super) fn of(reading: &Reading) -> Self {
        let files = reading.files().map(|(path, kind)| FileCoverage {
            file: path.display().to_string(),
            kind: kind.name(),
            counts: Counts::default(),
        });
        Self { complete: false, total: Counts::default(), files: files.collect() }
    }

    pub(super) fn read(&mut self, file: usize) {
        self.files[file].counts.read += 1;
    }

    pub(super) fn filtered(&mut self, file: usize) {
        self.files[file].counts.filtered += 1;
    }

    pub(super) fn assumed(&mut self, file: usize, answer: Answer) {
        self.files[file].counts.answer_assumed += u64::from(answer.is_assumed());
    }

    pub(super) fn inserted(&mut self, file: usize) {
        self.files[file].counts.facts += 1;
    }

    pub(super) fn duplicate(&mut self, file: usize) {
        self.files[file].counts.duplicates += 1;
    }

    pub(super) fn merged(&mut self, file: usize) {
        self.files[file].counts.merged += 1;
    }

    /// Facts that a record joined to another count as merged from now on, those that came apart (a negative number) as
    /// facts: in the latest files first, for which files they came from is not kept.
    pub(super) fn joined(&mut self, facts: i64) {
        let mut left = facts.unsigned_abs();
        for FileCoverage { counts, .. } in self.files.iter_mut().rev() {
            let (from, to) = match facts > 0 {
                true => (&mut counts.facts, &mut counts.merged),
                false => (&mut counts.merged, &mut counts.facts),
            };
            let moved = left.min(*from);
            *from -= moved;
            *to += moved;
            left -= moved;
        }
    }

    pub(super) fn rejected(&mut self, file: usize, code: RejectCode) {
        *self.files[file].counts.rejected.entry(code.name()).or_default() += 1;
    }

    /// Sums up.
    pub(super) fn end(&mut self, complete: bool) {
        self.complete = complete;
        self.total = Counts::default();
        for FileCoverage { counts, .. } in &self.files {
            let total = &mut self.total;
            total.read += counts.read;
            total.facts += counts.facts;
            total.duplicates += counts.duplicates;
            total.merged += counts.merged;
            total.filtered += counts.filtered;
            total.answer_assumed += counts.answer_assumed;
            for (code, count) in &counts.rejected {
                *total.rejected.entry(code).or_default() += count;
            }
        }
    }

    /// Writes it as JSON.
    pub(super) fn write(&self, file: File) -> io::Result<()> {
        let mut out = BufWriter::new(file);
        serde_json::to_writer_pretty(&mut out, self)?;
        out.write_all(b"\n")?;
        out.flush()
    }
}

impl Counts {
    pub(super) fn rejects(&self) -> u64 {
        self.rejected.values().sum()
    }
}
