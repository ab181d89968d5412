//! The end of the demo: the tables, what late files and repeats changed, the rate, and what to try next.

use std::io::{self, Write};

use indicatif::HumanCount;
use ringfence_traffic::Kind;

use super::findings::{HonestRow, OffenderRow};
use super::in_process::{Judged, Stands};
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

/// Whether the day read again, in another way, leaves the same.
pub(crate) fn recheck(judged: &Judged, again: &Stands, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n{} records came in late files, {} were repeats, {} could not be read.",
        HumanCount(judged.late),
        HumanCount(judged.ledger.duplicates + judged.ledger.conflicting),
        HumanCount(judged.unreadable)
    )?;
    let counts = |stands: &Stands| {
        let (violations, strikes) = (stands.episodes.len() as u64, stands.strikes.len() as u64);
        format!("{} violations and {} strikes", HumanCount(violations), HumanCount(strikes))
    };
    let (way, counted) = ("Read again in the order of the calls, each record once", counts(&judged.stands));
    if *again == judged.stands {
        let line = format!("{way}, the day has the same {counted}: late files and repeats changed nothing.");
        return wrapped(&line, GOOD, out);
    }
    let line = format!("{way}, the day has {}, and not quite the {counted} found. Please report this.", counts(again));
    wrapped(&line, BAD, out)
}

/// How fast the day was judged.
pub(crate) fn rate(judged: &Judged, out: &mut dyn Write) -> io::Result<()> {
    let seconds = judged.took.as_secs_f64();
    writeln!(
        out,
        "{} records judged in {seconds:.2} s, from JSON to verdict: {} a second on one core.",
        HumanCount(judged.records),
        HumanCount((judged.records as f64 / seconds.max(f64::EPSILON)) as u64)
    )
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
