//! The first records of a file as they are read, and what becomes of those behind them.

use std::collections::BTreeMap;
use std::fmt;

use ringfence_cdr::{Answer, Cdr, Complaint, EventTime, Millis, Record, Served};
use ringfence_consumer::files::{FileRecord, FileRecords};

/// How many records are looked at.
const LOOKED_AT: usize = 10_000;
const CALL: [&str; 8] =
    ["line", "callingNumber", "calledNumber", "event time", "callDuration", "answered", "recordType", "notes"];
const COMPLAINT: [&str; 8] =
    ["line", "complainedNumber", "complainant", "received", "call", "category", "status", "notes"];

/// What was seen.
pub(super) struct Preview {
    head: [&'static str; 8],
    rows: Vec<Row>,
    read: u64,
    filtered: u64,
    rejected: BTreeMap<&'static str, u64>,
    treated: BTreeMap<&'static str, u64>,
    times: Option<(EventTime, EventTime)>,
    /// Why it was not read to its end.
    broken: Option<String>,
    has_more: bool,
}

enum Row {
    Shown([String; 8]),
    /// What became of a line that is no record.
    Said(String),
}

impl Preview {
    /// Shows so many records.
    pub(super) fn of(records: FileRecords, shown: usize) -> Self {
        let mut preview = Self {
            head: CALL,
            rows: Vec::new(),
            read: 0,
            filtered: 0,
            rejected: BTreeMap::new(),
            treated: BTreeMap::new(),
            times: None,
            broken: None,
            has_more: false,
        };
        for (count, record) in records.enumerate() {
            if count == LOOKED_AT {
                preview.has_more = true;
                break;
            }
            match record {
                Ok(record) => preview.take(&record, count < shown),
                Err(error) => preview.broken = Some(error.to_string()),
            }
        }
        preview
    }

    /// Whether there is a record in it.
    pub(super) fn is_read(&self) -> bool {
        self.read > 0
    }

    fn take(&mut self, record: &FileRecord, is_shown: bool) {
        let line = record.line;
        let row = match &record.decoded {
            Ok(Some(record)) => {
                self.count(record);
                Row::Shown(self.row(line, record))
            }
            Ok(None) => {
                self.filtered += 1;
                Row::Said(format!("{line}: filtered"))
            }
            Err(reject) => {
                *self.rejected.entry(reject.code.name()).or_default() += 1;
                Row::Said(format!("{line}: {reject}"))
            }
        };
        if is_shown {
            self.rows.push(row);
        }
    }

    fn count(&mut self, record: &Record) {
        self.read += 1;
        let (at, treatments) = match record {
            Record::Call(cdr) => (cdr.at, cdr.treatments),
            Record::Complaint(complaint) => (complaint.at, complaint.treatments),
        };
        let (first, last) = self.times.unwrap_or((at, at));
        self.times = Some((first.min(at), last.max(at)));
        for treatment in treatments.iter() {
            *self.treated.entry(treatment.says()).or_default() += 1;
        }
    }

    fn row(&mut self, line: u64, record: &Record) -> [String; 8] {
        match record {
            Record::Call(cdr) => call(line, cdr),
            Record::Complaint(complaint) => {
                self.head = COMPLAINT;
                of_complaint(line, complaint)
            }
        }
    }
}

fn call(line: u64, cdr: &Cdr) -> [String; 8] {
    let answered = match cdr.answer {
        Answer::Answered => "yes",
        Answer::Unanswered => "no",
        Answer::AssumedAnswered => "yes, by its duration",
        Answer::AssumedUnanswered => "no, by its duration",
    };
    let mut notes: Vec<String> = cdr.treatments.iter().map(|treatment| treatment.name().to_owned()).collect();
    notes.extend((cdr.served == Served::Yes).then(|| "served".to_owned()));
    notes.extend(cdr.part.as_ref().map(|part| format!("part {}", part.sequence_number)));
    notes.extend(cdr.cause_for_term.map(|cause| format!("cause {cause}")));
    [
        line.to_string(),
        cdr.calling_number.to_string(),
        cdr.called_number.to_string(),
        cdr.at.to_string(),
        cdr.call_duration.map_or(String::new(), seconds),
        answered.to_owned(),
        cdr.record_type.map_or(String::new(), |record_type| record_type.name().to_owned()),
        notes.join(", "),
    ]
}

fn of_complaint(line: u64, complaint: &Complaint) -> [String; 8] {
    let notes: Vec<&str> = complaint.treatments.iter().map(|treatment| treatment.name()).collect();
    [
        line.to_string(),
        complaint.complained_number.to_string(),
        complaint.complainant.as_ref().map_or(String::new(), ToString::to_string),
        complaint.at.to_string(),
        complaint.call_time.map_or(String::new(), |at| at.to_string()),
        complaint.category.as_deref().unwrap_or_default().to_owned(),
        complaint.status.name().to_owned(),
        notes.join(", "),
    ]
}

fn seconds(length: Millis) -> String {
    format!("{}.{:03} s", length.0 / 1000, length.0 % 1000).replace(".000", "")
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.head.map(str::to_owned);
        let shown = || self.rows.iter().filter_map(|row| if let Row::Shown(row) = row { Some(row) } else { None });
        let width = |at: usize| shown().chain([&head]).map(|row| row[at].chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        if shown().next().is_some() {
            write_row(f, &head, &widths)?;
        }
        for row in &self.rows {
            match row {
                Row::Shown(row) => write_row(f, row, &widths)?,
                Row::Said(said) => writeln!(f, "{said}")?,
            }
        }
        self.summary(f)
    }
}

impl Preview {
    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, filtered, .. } = self;
        let rejected: u64 = self.rejected.values().sum();
        let of = if self.has_more { "of the first" } else { "of all" };
        writeln!(
            f,
            "{of} {} records: read {read}, filtered {filtered}, rejected {rejected}",
            read + filtered + rejected
        )?;
        for (code, count) in &self.rejected {
            writeln!(f, "  rejected as {code}: {count}")?;
        }
        for (says, count) in &self.treated {
            writeln!(f, "  {count} with {says}")?;
        }
        if let Some((first, last)) = self.times {
            writeln!(f, "  event times from {first} to {last}")?;
        }
        self.broken.iter().try_for_each(|why| writeln!(f, "  {why}"))
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &[String; 8], widths: &[usize]) -> fmt::Result {
    let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())
}
