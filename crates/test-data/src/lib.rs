//! Finds the files that tests read and that are not part of the repository, and says which tests are skipped without
//! them: the harness knows tests that pass, fail or are ignored, and one that returns early passes. So each such test
//! writes a line `SKIPPED: TEST: WHY`, which `./dev test` counts.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Names the folder of the files.
const VARIABLE: &str = "RINGFENCE_DATA";
/// Where it is otherwise, seen from this package: beside the checkout.
const BESIDE: &str = "../../../shared";

/// A file, by its path within the folder, such as `data/nodobo-calls.csv.zst`. Without it the test that asks is counted
/// as skipped, and must end without a word.
#[must_use]
pub fn file(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join(BESIDE);
    let path = std::env::var_os(VARIABLE).map_or_else(beside, PathBuf::from).join(name);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("{name} is not there ({VARIABLE} names its folder)"));
    None
}

/// Counts the running test as skipped.
///
/// # Panics
/// Where standard output is closed: a test that is skipped in silence would pass.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // The harness captures what the printing macros write, and this is not for the test alone.
    let written = std::io::stdout().lock().write_all(line(test, why).as_bytes());
    assert!(written.is_ok(), "standard output is closed");
}

/// What is counted.
fn line(test: &str, why: &str) -> String {
    format!("SKIPPED: {test}: {why}\n")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set for a run of the test within itself.
    const WITHIN: &str = "RINGFENCE_TEST_DATA_WITHIN";

    #[test]
    fn a_test_without_its_file_says_so_past_the_capture_of_the_harness() {
        if std::env::var_os(WITHIN).is_some() {
            assert_eq!(file("data/some.csv"), None);
            return;
        }
        let test = "tests::a_test_without_its_file_says_so_past_the_capture_of_the_harness";
        let mut command = Command::new(std::env::current_exe().expect("a test binary"));
        command.args([test, "--exact"]).env(WITHIN, "1").env(VARIABLE, "/nowhere");
        let ran = command.output().expect("runs");
        let output = String::from_utf8(ran.stdout).expect("UTF-8");
        let expected = line(test, "data/some.csv is not there (RINGFENCE_DATA names its folder)");
        assert!(ran.status.success() && output.contains(&expected), "{output}");
    }
}
