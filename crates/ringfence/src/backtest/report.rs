//! What a person at the terminal is told: how far it is, and at the end what was read and what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use ringfence_cdr::Treatment;
use ringfence_evaluator::Shard;
use ringfence_events::KeyName;

use super::acts::Acts;
use super::archive_reader::ArchiveReader;
use super::coverage::{Counts, Coverage, FileCoverage, Span};
use super::rejects::Rejects;
use super::times::Far;
use super::{Arguments, inputs};

/// A bar over the bytes of the archives; hidden unless someone sees standard error and nothing else is written there.
pub(super) fn progress(reading: &ArchiveReader, arguments: &Arguments) -> ProgressBar {
    let alone = arguments.output.is_some() || !std::io::stdout().is_terminal();
    if !alone || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, style) = match inputs::bytes_of(reading.files().map(|(path, _)| path)) {
        Some(total) => (ProgressBar::new(total), "{wide_bar} {bytes} of {total_bytes}, {eta} left"),
        None => (ProgressBar::no_length(), "{spinner} {bytes}, {bytes_per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The summary on standard error.
pub(super) struct Report<'a> {
    pub(super) shard: &'a Shard,
    pub(super) coverage: &'a Coverage,
    pub(super) rejects: &'a Rejects,
    pub(super) acts: &'a Acts,
}

/// What stands of one rule.
#[derive(Default)]
struct Found {
    violations: u64,
    keys: BTreeSet<KeyName>,
    strikes: u64,
}

impl Report<'_> {
    pub(super) fn print(&self) {
        self.print_rejects();
        let total = &self.coverage.total;
        eprintln!("{}", line(total));
        match &self.coverage.files[..] {
            [] => {}
            [file] => print_times("", &file.span),
            files => files.iter().for_each(|file| {
                eprintln!("  {}: {}", file.file, line(&file.counts));
                print_times("  ", &file.span);
            }),
        }
        self.coverage.files.iter().for_each(print_far);
        for (code, count) in &total.rejected {
            eprintln!("  rejected as {code}: {count}");
        }
        if total.answer_assumed > 0 {
            eprintln!("  of {} calls only the duration says whether they were answered", total.answer_assumed);
        }
        for treatment in Treatment::ALL {
            if let Some(count) = total.treated.get(treatment.name()) {
                eprintln!("  read with {} ({}): {count}", treatment.says(), treatment.name());
            }
        }
        for file in self.coverage.files.iter().filter(|file| 2 * file.counts.rejects() > file.counts.read) {
            eprintln!("  most records of {} were rejected: is it written as the dialect says?", file.file);
        }
        self.print_found();
        if !self.coverage.complete {
            eprintln!(
                "INCOMPLETE: an archive could not be read to its end, and what comes after that in it was not read"
            );
        }
    }

    fn print_rejects(&self) {
        let rejects = self.coverage.total.rejects();
        match self.rejects {
            Rejects::Written { path, letters } if letters.written() > 0 => {
                eprintln!("{path}: {} dead letters", letters.written());
            }
            Rejects::Written { .. } => {}
            Rejects::Shown(shown) => {
                shown.iter().for_each(|line| eprintln!("{line}"));
                if rejects > shown.len() as u64 {
                    let more = rejects - shown.len() as u64;
                    eprintln!("and {more} more records that could not be taken: --dead-letters FILE keeps them");
                }
            }
        }
    }

    fn print_found(&self) {
        let mut found: BTreeMap<Box<str>, Found> = BTreeMap::new();
        for episode in self.shard.episodes() {
            let rule = found.entry(episode.rule).or_default();
            rule.violations += 1;
            rule.keys.insert(episode.key);
        }
        let strikes = self.shard.strikes();
        for strike in &strikes {
            found.entry(strike.rule.clone()).or_default().strikes += 1;
        }
        let violations: u64 = found.values().map(|rule| rule.violations).sum();
        eprintln!("standing: violations {violations}, strikes {}", strikes.len());
        let rules = self.shard.pack().rules.iter();
        for (rule, found) in rules.filter_map(|rule| Some((rule, found.get(&rule.name)?))) {
            let (mode, severity) = (rule.mode.name(), rule.severity.name());
            let Found { violations, keys, strikes } = found;
            let keys = keys.len();
            eprintln!("  {} ({mode}, {severity}): violations {violations}, keys {keys}, strikes {strikes}", rule.name);
        }
        if !self.shard.pack().ladders.is_empty() {
            eprintln!("{}", self.acts.summary());
        }
    }
}

/// Records far from all others of a file: a clock, a unit or a zone is wrong, there or in the others.
fn print_far(file: &FileCoverage) {
    for far in file.times.far() {
        let Far { line, at, records, others, is_ahead, .. } = far;
        let who = match records {
            1 => "lies".to_owned(),
            _ => format!("and {} more lie", records - 1),
        };
        let (side, years) = (if is_ahead { "after" } else { "before" }, far.years());
        let more = if years == 1 { "year" } else { "years" };
        eprintln!("  {}:{line}: {at} {who} more than {years} {more} {side} the other {others} records", file.file);
    }
}

/// A wrong unit or zone is seen at once by the first and the last event time.
fn print_times(indent: &str, span: &Span) {
    if let (Some(first), Some(last)) = (span.first_at, span.last_at) {
        eprintln!("{indent}  event times from {first} to {last}");
    }
}

fn line(counts: &Counts) -> String {
    let Counts { read, facts, duplicates, merged, filtered, .. } = counts;
    let rejected = counts.rejects();
    format!(
        "read {read}: facts {facts}, duplicates {duplicates}, merged {merged}, filtered {filtered}, rejected {rejected}"
    )
}
