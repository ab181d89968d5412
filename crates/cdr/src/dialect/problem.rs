//! What is wrong with a dialect file, or with a file that a dialect does not fit; every problem with its place.

use std::fmt;

use crate::nearest;
use crate::yaml::Mark;

/// One thing that is wrong in a dialect file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and what to do about it.
    pub message: String,
}

/// A dialect file that cannot be used, with everything that is wrong in it, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialectError {
    /// The file as the caller named it.
    pub file: String,
    /// At least one.
    pub problems: Vec<Problem>,
}

impl DialectError {
    /// Something that is wrong with the whole of it.
    pub(super) fn whole(file: &str, message: String) -> Self {
        let Mark { line, column, .. } = Mark::START;
        Self { file: file.to_owned(), problems: vec![Problem { line, column, message }] }
    }
}

impl fmt::Display for DialectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            let line_end = if at == 0 { "" } else { "\n" };
            write!(f, "{line_end}{}:{}:{}: {}", self.file, problem.line, problem.column, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for DialectError {}

/// A file without the columns that a dialect names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the dialect `{dialect}` does not fit: {}", .missing.join("; "))]
pub struct BindError {
    /// The dialect's name.
    pub dialect: String,
    /// One sentence per column that is not there. None quotes the file's first row but for a name near the wanted one.
    pub missing: Vec<String>,
}

/// Where problems are gathered.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, at: Mark, message: impl Into<String>) {
        self.0.push(Problem { line: at.line, column: at.column, message: message.into() });
    }

    pub(super) fn into_error(mut self, file: &str) -> Option<DialectError> {
        self.0.sort();
        self.0.dedup();
        (!self.0.is_empty()).then(|| DialectError { file: file.to_owned(), problems: self.0 })
    }
}

/// `unknown key `x`: did you mean `y`?`, or the choices where none is near.
pub(super) fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let shown: String = name.chars().take(60).collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{shown}`: did you mean `{near}`?"),
        None => format!("unknown {what} `{shown}`; known are {}", known.join(", ")),
    }
}
