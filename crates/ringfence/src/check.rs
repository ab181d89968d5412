//! `ringfence check`: what parser and types found.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ringfence_rules::Diagnostic;
use serde::Serialize;

use crate::{CommandError, FOUND, ReportFormat, packs, print_json};

/// What was found in one pack.
#[derive(Serialize)]
struct PackReport<'a> {
    pack: &'a Path,
    errors: usize,
    warnings: usize,
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    level: &'static str,
    file: &'a str,
    line: usize,
    column: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    clause: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    help: &'a str,
}

/// Says every problem of every pack; fails where one is an error.
pub(crate) fn check(paths: &[PathBuf], report: ReportFormat) -> Result<ExitCode, CommandError> {
    let mut failed = false;
    for path in paths {
        let (problems, sources) = packs::problems(path)?;
        let errors = problems.iter().filter(|problem| packs::has_error(std::slice::from_ref(problem))).count();
        let warnings = problems.len() - errors;
        failed |= errors > 0;
        match report {
            ReportFormat::Text => {
                packs::print(&problems, &sources);
                eprintln!("{}: {errors} errors, {warnings} warnings", path.display());
            }
            ReportFormat::Json => {
                let problems = problems.iter().map(Problem::of).collect();
                print_json(&PackReport { pack: path, errors, warnings, problems })?;
            }
        }
    }
    Ok(if failed { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

impl<'a> Problem<'a> {
    fn of(problem: &'a Diagnostic) -> Self {
        Self {
            level: problem.level.name(),
            file: &problem.file,
            line: problem.line,
            column: problem.column,
            clause: &problem.clause,
            message: &problem.message,
            help: &problem.help,
        }
    }
}
