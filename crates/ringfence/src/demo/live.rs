//! Shows what happens as it happens, a little of each kind, and says how much more there was.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use jiff::tz::TimeZone;
use ringfence_events::{ActAction, Severity, Status};

use super::style::{ACT, DIM, WIDTH, of_severity, wrapped};
use super::told::{Said, Told};

/// Columns of a rule's name, and those before the sentence: the time and the rule.
const RULE: usize = 27;
const INDENT: usize = 10 + RULE;

/// Prints the first violation of each rule above `info`, and the first act of each kind on each rule.
pub(crate) struct Live<W> {
    out: W,
    zone: TimeZone,
    shown: BTreeSet<String>,
    /// Opened violations that were not shown, by severity.
    more: BTreeMap<Severity, usize>,
    more_acts: BTreeMap<&'static str, usize>,
    withdrawn: usize,
}

impl<W: Write> Live<W> {
    /// Nothing shown yet; times are those of the zone.
    pub(crate) fn new(out: W, zone: TimeZone) -> Self {
        Self { out, zone, shown: BTreeSet::new(), more: BTreeMap::new(), more_acts: BTreeMap::new(), withdrawn: 0 }
    }

    /// Shows what was said if it is one of the first of its kind.
    pub(crate) fn said(&mut self, told: &Told) -> io::Result<()> {
        match &told.said {
            Said::Violation { status: Status::Opened, rule, severity, late, .. } => {
                if *severity > Severity::Info && self.shown.insert(rule.to_string()) {
                    let sentence = format!("{}{}", told.sentence, if *late { " (told by a late file)" } else { "" });
                    return self.line(told, rule, of_severity(*severity), &sentence);
                }
                *self.more.entry(*severity).or_default() += 1;
            }
            Said::Violation { status: Status::Withdrawn, .. } => self.withdrawn += 1,
            Said::Violation { .. } => {}
            Said::Act { action, reason } => {
                let name = name(*action);
                if self.shown.insert(format!("{name} {reason}")) {
                    return self.line(told, name, ACT, &told.sentence);
                }
                *self.more_acts.entry(name).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Shows something about the way of the records.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        wrapped(text, DIM, &mut self.out)
    }

    /// Time, what it is, and the sentence beside it, wrapped.
    fn line(&mut self, told: &Told, what: &str, style: anstyle::Style, sentence: &str) -> io::Result<()> {
        let time = told.at.timestamp().to_zoned_datetime(self.zone.clone());
        let time = time.strftime("%H:%M:%S").to_string();
        let what = shortened(what);
        let mut lines = textwrap::wrap(sentence, WIDTH - INDENT).into_iter();
        let first = lines.next().unwrap_or_default();
        writeln!(self.out, "{DIM}{time}{DIM:#}  {style}{what:<RULE$}{style:#}{first}")?;
        lines.try_for_each(|line| writeln!(self.out, "{:INDENT$}{line}", ""))
    }

    /// Says how much more there was.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let count = |count: usize| indicatif::HumanCount(count as u64).to_string();
        let grave = self.more.iter().rev().filter(|(severity, _)| **severity > Severity::Info);
        let mut more: Vec<String> =
            grave.map(|(severity, more)| format!("{} {}", count(*more), severity.name())).collect();
        more.extend(self.more_acts.iter().map(|(action, more)| format!("{} {action}", count(*more))));
        if let Some(notes) = self.more.get(&Severity::Info) {
            more.push(format!("{} notes (info)", count(*notes)));
        }
        if self.withdrawn > 0 {
            more.push(format!("{} replaced or withdrawn as late records came", count(self.withdrawn)));
        }
        if more.is_empty() {
            return Ok(());
        }
        let line = format!("and more of the same: {}", more.join(", "));
        wrapped(&line, DIM, &mut self.out)
    }
}

fn name(action: ActAction) -> &'static str {
    match action {
        ActAction::Warn => "WARN",
        ActAction::Suspend => "SUSPEND",
        ActAction::Reinstate => "REINSTATE",
    }
}

/// A rule's name that fits beside the time.
fn shortened(what: &str) -> String {
    if what.chars().count() < RULE {
        return what.to_owned();
    }
    what.chars().take(RULE - 2).chain(['…']).collect()
}
