//! `ringfence check`: what parser and types found.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::{CommandError, FOUND, packs};

/// Prints every problem of every pack; fails where one is an error.
pub(crate) fn check(paths: &[PathBuf]) -> Result<ExitCode, CommandError> {
    let mut failed = false;
    for path in paths {
        let (problems, sources) = packs::problems(path)?;
        packs::print(&problems, &sources);
        let errors = problems.iter().filter(|problem| packs::has_error(std::slice::from_ref(problem))).count();
        eprintln!("{}: {errors} errors, {} warnings", path.display(), problems.len() - errors);
        failed |= errors > 0;
    }
    Ok(if failed { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}
