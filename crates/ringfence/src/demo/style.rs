//! How the demo looks. Colours are taken out again where standard output is no terminal or NO_COLOR is set.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ringfence_events::Severity;

/// The width of the page.
pub(crate) const WIDTH: usize = 100;
/// What is of less weight.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is not as it should be.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Acts.
pub(crate) const ACT: Style = AnsiColor::Magenta.on_default().bold();

/// The style of a violation's rule.
pub(crate) fn of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Info | Severity::Warning => AnsiColor::Cyan.on_default(),
        Severity::Minor => AnsiColor::Yellow.on_default(),
        Severity::Major => AnsiColor::Red.on_default(),
        Severity::Critical => AnsiColor::Red.on_default().bold(),
    }
}

/// Writes a paragraph within the width of the page.
pub(crate) fn wrapped(text: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    textwrap::wrap(text, WIDTH).into_iter().try_for_each(|line| writeln!(out, "{style}{line}{style:#}"))
}
