//! `ringfence test`: the tests that rules declare.

use std::path::PathBuf;
use std::process::ExitCode;

use ringfence_workbench::run_test;

use crate::{CommandError, FOUND, packs};

/// Runs every test of every pack, one line each, and says how many passed.
pub(crate) fn test(paths: &[PathBuf]) -> Result<ExitCode, CommandError> {
    let (mut passed, mut failed) = (0, 0);
    for path in paths {
        let loaded = packs::load(path)?;
        for test in &loaded.compiled.tests {
            let failures = run_test(&loaded.compiled.pack, test);
            if failures.is_empty() {
                passed += 1;
                continue;
            }
            failed += 1;
            println_failure(&test.rule, &test.name, &failures);
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
