//! The end of the demo: the tables, what late files and repeats changed, the rate, and what to try next.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::HumanCount;
use ringfence_traffic::Kind;

use super::findings::{HonestRow, OffenderRow};
use super::style::{BAD, DIM, GOOD, HEADING, wrapped};

/// Rules named in one cell.
const RULES_NAMED: usize = 1;

/// What was hidden, and what was found of it.
pub(crate) fn offenders(rows: &[OffenderRow], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n{HEADING}{:<24}{:>7}{:>7}{:>12}   {:<20}told first by{HEADING:#}",
        "offenders", "hidden", "found", "sanctioned", "calls until found"
    )?;
    for row in rows {
        let style = if row.found == row.hidden { GOOD } else { BAD };
        let calls = match (median(&row.calls_until_found), row.calls_until_found.last()) {
            (Some(median), Some(most)) => format!("{median}, at most {most}"),
            _ => "-".to_owned(),
        };
        let told = format!("{calls:<20}{}", named(row.first_rules.iter()));
        let (name, told) = (name(Some(row.kind)), told.trim_end());
        writeln!(out, "{name:<24}{:>7}{style}{:>7}{style:#}{:>12}   {told}", row.hidden, row.found, row.sanctioned)?;
    }
    Ok(())
}

/// What was said of those who did nothing wrong.
pub(crate) fn honest(rows: &[HonestRow], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n{HEADING}{:<24}{:>7}{:>9}{:>9}{:>7}   flagged by{HEADING:#}",
        "honest numbers", "in all", "accused", "flagged", "noted"
    )?;
    for row in rows {
        let style = if row.accused == 0 { GOOD } else { BAD };
        let (name, watched) = (name(row.kind), HumanCount(row.watched as u64).to_string());
        let counts = format!("{:>9}{:>7}   {}", row.flagged, row.noted, named(row.rules.iter()));
        let (accused, counts) = (row.accused, counts.trim_end());
        writeln!(out, "{name:<24}{watched:>7}{style}{accused:>9}{style:#}{counts}")?;
    }
    let accused: usize = rows.iter().map(|row| row.accused).sum();
    if accused > 0 {
        let line =
            format!("{accused} honest numbers were accused, that is warned or barred: they should not have been.");
        return wrapped(&line, BAD, out);
    }
    wrapped("Nobody honest was accused, that is warned or barred. A flag or a note costs a number nothing.", GOOD, out)
}

/// What a day came to, beside what was said of whom.
pub(crate) struct Ending {
    /// Records judged, those that cannot be read among them.
    pub(crate) records: u64,
    /// How long that took.
    pub(crate) took: Duration,
    /// From where to where that was.
    pub(crate) course: &'static str,
    /// By how much of the machine, if that can be said.
    pub(crate) by: &'static str,
    /// Records that came in late files.
    pub(crate) late: u64,
    /// Records that came again, the same or changed.
    pub(crate) repeats: u64,
    /// Records that could not be read.
    pub(crate) unreadable: u64,
    /// The day judged once more.
    pub(crate) recheck: Recheck,
}

/// Whether the day judged once more, in another way, has the same.
pub(crate) struct Recheck {
    /// Whether it has.
    pub(crate) same: bool,
    /// What was found first.
    pub(crate) found: String,
    /// In which other way it was judged.
    pub(crate) way: &'static str,
    /// What was found then.
    pub(crate) again: String,
    /// What would have changed it.
    pub(crate) suspects: &'static str,
}

/// The end of a demo.
pub(crate) fn ending(ending: &Ending, out: &mut dyn Write) -> io::Result<()> {
    let Ending { records, took, course, by, late, repeats, unreadable, recheck } = ending;
    let (late, repeats, unreadable) = (HumanCount(*late), HumanCount(*repeats), HumanCount(*unreadable));
    writeln!(out, "\n{late} records came in late files, {repeats} were repeats, {unreadable} could not be read.")?;
    let Recheck { same, found, way, again, suspects } = recheck;
    if *same {
        wrapped(&format!("{way}, the day has the same {found}: {suspects} changed nothing."), GOOD, out)?;
    } else {
        let line = format!("{way}, the day has {again}, and not quite the {found} found. Please report this.");
        wrapped(&line, BAD, out)?;
    }
    let seconds = took.as_secs_f64();
    let rate = HumanCount((*records as f64 / seconds.max(f64::EPSILON)) as u64);
    writeln!(out, "{} records judged in {seconds:.2} s, {course}: {rate} a second{by}.", HumanCount(*records))
}

/// A command to try: what it does, and its words in lines.
pub(crate) type Next = (&'static str, Vec<String>);

/// What to try next with this program.
pub(crate) fn next(program: &str, commands: &[Next], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{HEADING}To try next:{HEADING:#}")?;
    commands.iter().try_for_each(|(what, command)| {
        writeln!(out, "  {DIM}# {what}{DIM:#}\n  {program} {}", command.join(" \\\n      "))
    })
}

fn median(sorted: &[usize]) -> Option<usize> {
    sorted.get(sorted.len().saturating_sub(1) / 2).copied()
}

fn named<'a>(rules: impl ExactSizeIterator<Item = &'a Box<str>>) -> String {
    let more = rules.len().saturating_sub(RULES_NAMED);
    let named = rules.take(RULES_NAMED).map(|rule| &**rule).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

fn name(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Subscriber) => "people",
        Some(Kind::Business) => "small businesses",
        Some(Kind::Telemarketer) => "honest telemarketers",
        Some(Kind::DialBlaster) => "dial-blaster",
        Some(Kind::BurstDialler) => "burst dialler",
        Some(Kind::RepeatDialler) => "repeat dialler",
        Some(Kind::NightCaller) => "night caller",
        Some(Kind::Robocaller) => "robocaller",
        Some(Kind::ComplaintMagnet) => "complaint magnet",
        Some(Kind::SlowScanner) => "slow scanner",
        Some(Kind::NewSimBurst) => "new SIM in a burst",
        Some(Kind::Wangiri) => "one-ring caller",
        Some(Kind::GridStraddler) => "grid straddler",
        Some(Kind::LateFileOffender) => "late-file offender",
        Some(Kind::Spoofed) => "cards forged by others",
        None => "other carriers",
    }
}
