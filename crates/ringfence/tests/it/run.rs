//! Running the binary in a directory of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ringfence_cdr::Number;
use ringfence_events::{KeyName, Violation};
pub(crate) use ringfence_test_data::file as shared;
use tempfile::TempDir;

/// The text of a file, unpacked.
pub(crate) fn text(path: &Path) -> String {
    let bytes = fs::read(path).expect("readable");
    let packed = path.extension().is_some_and(|ending| ending == "zst");
    let bytes = if packed { zstd::decode_all(bytes.as_slice()).expect("unpacks") } else { bytes };
    String::from_utf8(bytes).expect("UTF-8")
}

/// A directory with the files of a test, in which the binary runs.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("writable"))
    }

    /// With this file too.
    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(name, content);
        self
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(path, content).expect("writable");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        text(&self.path(name))
    }

    /// Runs `ringfence` with these arguments, parted at blanks.
    pub(crate) fn run(&self, arguments: &str) -> Outcome {
        self.run_with(arguments, b"")
    }

    /// The same with something on standard input.
    pub(crate) fn run_with(&self, arguments: &str, input: &[u8]) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        // What the binary does not read, it need not take.
        let _ = child.stdin.take().expect("piped").write_all(input);
        let output = child.wait_with_output().expect("ends");
        Outcome {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Runs `ringfence`, which must end with code 2 and one error that has all of these texts.
    pub(crate) fn fails(&self, arguments: &str, texts: &[&str]) {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments}: {}", outcome.err);
        for text in texts {
            outcome.err_has(text);
        }
        let errors = outcome.err.lines().filter(|line| line.starts_with("ringfence: "));
        assert_eq!(errors.count(), 1, "{}", outcome.err);
    }
}

/// What the binary did.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// The violations on standard output, with nothing in them that the type lacks; the binary must have ended well.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        assert_eq!(self.code, Some(0), "{}", self.err);
        let read = |line: &str| {
            let violation: Violation = serde_json::from_str(line).expect("a violation");
            assert_eq!(serde_json::to_string(&violation).expect("serialises"), line);
            violation
        };
        self.out.lines().map(read).collect()
    }

    /// How many strikes the summary names.
    pub(crate) fn strikes(&self) -> u64 {
        let line = self.err.lines().find_map(|line| line.strip_prefix("standing: ")).expect("a summary");
        let strikes = line.rsplit(' ').next().and_then(|count| count.parse().ok());
        strikes.expect("a count")
    }

    pub(crate) fn err_has(&self, text: &str) -> &Self {
        assert!(self.err.contains(text), "not in standard error: {text}\n{}", self.err);
        self
    }
}

/// The key of a rule that judges numbers.
pub(crate) fn number(text: &str) -> KeyName {
    KeyName::Number(Number::new(text))
}

/// How many violations each rule has.
pub(crate) fn by_rule(violations: &[Violation]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for violation in violations {
        *counts.entry(&*violation.rule.id).or_default() += 1;
    }
    counts
}

/// What stands in violations that no order of reading changes (the standing form of the laws).
pub(crate) fn standing_form(violations: &[Violation]) -> Vec<Violation> {
    violations.iter().map(Violation::standing_form).collect()
}
