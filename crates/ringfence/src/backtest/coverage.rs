//! What became of every record read (law C-1).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use ringfence_cdr::{EventTime, InputCounts, Record, RejectCode, Rejected};
use ringfence_consumer::files::FileRecord;
use serde::{Serialize, Serializer};

use super::BacktestError;
use super::archive_reader::ArchiveReader;
use super::times::FileTimes;

/// Of all files and of each: `read` = `facts` + `duplicates` + `merged` + `filtered` + the sum of `rejected`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Coverage {
    /// False where an archive could not be read to its end.
    pub(super) complete: bool,
    /// Of all files.
    #[serde(flatten)]
    pub(super) total: Counts,
    #[serde(flatten)]
    pub(super) span: Span,
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
    #[serde(flatten)]
    pub(super) span: Span,
    /// Records whose times lie far from those of all others.
    far: Vec<FarRecords>,
    #[serde(skip)]
    pub(super) times: FileTimes,
}

/// The first and the last event time of the calls and complaints that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    #[serde(serialize_with = "as_rfc3339")]
    pub(super) first_at: Option<EventTime>,
    #[serde(serialize_with = "as_rfc3339")]
    pub(super) last_at: Option<EventTime>,
}

/// Some records far from all others: the line and the time of the first of them in the file, and how many they are.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FarRecords {
    line: u64,
    #[serde(serialize_with = "as_rfc3339")]
    at: Option<EventTime>,
    records: u64,
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
    /// Records that were taken but not read plainly, by what was done to them.
    pub(super) treated: BTreeMap<&'static str, u64>,
}

impl Coverage {
    pub(super) fn of(reading: &ArchiveReader) -> Self {
        let files = reading.files().map(|(path, kind)| FileCoverage {
            file: path.display().to_string(),
            kind: kind.name(),
            counts: Counts::default(),
            span: Span::default(),
            far: Vec::new(),
            times: FileTimes::default(),
        });
        Self { complete: false, total: Counts::default(), span: Span::default(), files: files.collect() }
    }

    /// Notes when a record of a file was, where it is one.
    pub(super) fn see(&mut self, file: usize, record: &FileRecord) {
        let at = match &record.decoded {
            Ok(Some(Record::Call(cdr))) => cdr.at,
            Ok(Some(Record::Complaint(complaint))) => complaint.at,
            Ok(None) | Err(_) => return,
        };
        self.files[file].times.note(at, record.line);
    }

    /// Counts what became of further records of a file: the difference of two counts of it.
    ///
    /// Facts that they joined to another count as merged from now on, those that came apart as facts: in the latest files
    /// first, for which files they came from is not kept.
    pub(super) fn count(&mut self, file: usize, before: &InputCounts, after: &InputCounts) {
        let counts = &mut self.files[file].counts;
        counts.read += after.records - before.records;
        counts.facts += after.inserted - before.inserted;
        counts.duplicates += after.duplicates - before.duplicates;
        counts.merged += after.merged - before.merged;
        counts.filtered += after.filtered - before.filtered;
        counts.answer_assumed += after.answers_assumed - before.answers_assumed;
        for (treatment, count) in after.treated.since(&before.treated).by_treatment() {
            *counts.treated.entry(treatment.name()).or_default() += count;
        }
        let mut rejected = Rejected::default();
        rejected.add_since(&after.rejected, &before.rejected);
        for (code, count) in rejected.by_code() {
            *counts.rejected.entry(code.name()).or_default() += count;
        }
        self.move_latest(after.joined - before.joined, |counts| (&mut counts.facts, &mut counts.merged));
        self.move_latest(after.parted - before.parted, |counts| (&mut counts.merged, &mut counts.facts));
    }

    /// Counts so many of one kind as of another from now on.
    fn move_latest(&mut self, mut left: u64, kinds: impl Fn(&mut Counts) -> (&mut u64, &mut u64)) {
        for FileCoverage { counts, .. } in self.files.iter_mut().rev() {
            let (from, to) = kinds(counts);
            let moved = left.min(*from);
            *from -= moved;
            *to += moved;
            left -= moved;
        }
    }

    /// Sums up.
    pub(super) fn end(&mut self, complete: bool) {
        self.complete = complete;
        (self.total, self.span) = Default::default();
        for FileCoverage { counts, span, far, times, .. } in &mut self.files {
            *span = Span::of(times);
            far.extend(times.far().map(|far| FarRecords { line: far.line, at: Some(far.at), records: far.records }));
            self.span = self.span.and(*span);
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
            for (treatment, count) in &counts.treated {
                *total.treated.entry(treatment).or_default() += count;
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

impl Span {
    fn of(times: &FileTimes) -> Self {
        let (first_at, last_at) = times.span().unzip();
        Self { first_at, last_at }
    }

    fn and(self, other: Self) -> Self {
        let earliest = [self.first_at, other.first_at].into_iter().flatten().min();
        Self { first_at: earliest, last_at: self.last_at.max(other.last_at) }
    }
}

fn as_rfc3339<S: Serializer>(time: &Option<EventTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(serializer)
}

impl FileCoverage {
    /// Why not one record of the file is one, where that is so.
    pub(super) fn is_unread(&self) -> Option<BacktestError> {
        let Counts { read, rejected, .. } = &self.counts;
        let was_read = |name: &&str| RejectCode::ALL.iter().any(|code| code.name() == *name && code.was_read());
        if *read == 0 || self.counts.rejects() < *read || rejected.keys().any(was_read) {
            return None;
        }
        let (code, count) = rejected.iter().max_by_key(|(_, count)| **count)?;
        Some(BacktestError::Unread { file: self.file.clone(), records: *read, code, count: *count })
    }
}

impl Counts {
    pub(super) fn rejects(&self) -> u64 {
        self.rejected.values().sum()
    }
}
