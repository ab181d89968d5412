//! `ringfence test`: the tests that rules declare.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ringfence_workbench::run_test;
use serde::Serialize;

use crate::{CommandError, FOUND, ReportFormat, packs, print_json};

/// The outcome of one test.
#[derive(Serialize)]
struct TestReport<'a> {
    pack: &'a Path,
    rule: &'a str,
    name: &'a str,
    passed: bool,
    /// What was not as expected.
    failures: &'a [String],
}

/// Runs every test of every pack, names those that fail, and says how many passed.
pub(crate) fn test(paths: &[PathBuf], report: ReportFormat) -> Result<ExitCode, CommandError> {
    let (mut passed, mut failed) = (0, 0);
    for path in paths {
        let compiled = packs::load(path)?;
        for test in &compiled.tests {
            let failures = run_test(&compiled, test);
            *if failures.is_empty() { &mut passed } else { &mut failed } += 1;
            match report {
                ReportFormat::Text if failures.is_empty() => {}
                ReportFormat::Text => println_failure(&test.rule, &test.name, &failures),
                ReportFormat::Json => print_json(&TestReport {
                    pack: path,
                    rule: &test.rule,
                    name: &test.name,
                    passed: failures.is_empty(),
                    failures: &failures,
                })?,
            }
        }
    }
    eprintln!("{passed} passed, {failed} failed");
    Ok(if failed > 0 { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

#[expect(clippy::print_stdout, reason = "what failed is the data of this command")]
fn println_failure(rule: &str, name: &str, failures: &[String]) {
    println!("FAILED {rule}: {name}");
    for failure in failures {
        println!("  {failure}");
    }
}
