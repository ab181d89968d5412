//! What is wrong with a pack, where, and what to do about it.

use std::fmt::Write as _;

use crate::PackFiles;

/// One problem of a pack's sources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file's path within the pack.
    pub file: Box<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters; points into expressions too.
    pub column: usize,
    /// How grave it is.
    pub level: Level,
    /// The clause or key concerned, as written; empty for a file as a whole.
    pub clause: Box<str>,
    /// What is wrong.
    pub message: Box<str>,
    /// What to do about it.
    pub help: Box<str>,
    /// Whether the source line may be shown: never for reference lists, which hold numbers of subscribers.
    pub quotable: bool,
}

/// How grave a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The pack cannot be used.
    Error,
    /// The pack can be used, but someone should look at this.
    Warning,
}

impl Level {
    /// The name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Diagnostic {
    /// The problem as text for people: place and message, the source line with a caret, what to do.
    ///
    /// ```text
    /// rules/dial-blast.yaml:9:5: error: unknown name `cals`
    ///     9 |   - cals > 100
    ///       |     ^
    /// help: did you mean `calls`?
    /// ```
    #[must_use]
    pub fn render(&self, sources: &PackFiles) -> String {
        let Self { file, line, column, level, message, help, .. } = self;
        let mut text = format!("{file}:{line}:{column}: {}: {message}\n", level.name());
        let source = sources.text(file).filter(|_| self.quotable).and_then(|text| text.lines().nth(line - 1));
        if let Some(source) = source {
            let blank: String =
                source.chars().take(column - 1).map(|passed| if passed == '\t' { '\t' } else { ' ' }).collect();
            let _ = writeln!(text, "{line:>5} | {source}\n      | {blank}^");
        }
        if !help.is_empty() {
            let _ = writeln!(text, "help: {help}");
        }
        text
    }
}
