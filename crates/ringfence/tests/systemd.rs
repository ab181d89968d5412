//! The systemd unit under `deploy/` starts this program, and knows its exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const UNIT: &str = include_str!("../../../deploy/systemd/ringfence.service");
const PROGRAM: &str = env!("CARGO_BIN_EXE_ringfence");

/// The values of a key, in order.
fn values(key: &str) -> Vec<&'static str> {
    let of_key = |line: &'static str| line.strip_prefix(key)?.strip_prefix('=');
    UNIT.lines().filter_map(of_key).collect()
}

fn write(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a file among those of the build");
    path
}

/// Starts the program as the unit does, with another configuration.
fn start(configuration: &Path) -> Output {
    let [command] = values("ExecStart")[..] else { panic!("one ExecStart") };
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("/usr/bin/ringfence"));
    let own = configuration.to_str().expect("a path in UTF-8");
    let arguments = words.map(|word| if word == "/etc/ringfence/ringfence.yaml" { own } else { word });
    Command::new(PROGRAM).args(arguments).output().expect("the program starts")
}

#[test]
fn a_mistake_in_the_configuration_is_not_tried_again() {
    let ended = start(&write("systemd-mistake.yaml", "group: ringfence\nownres: 2\n"));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("did you mean `owners`?"), "{said}");
    let code = ended.status.code().expect("an exit code").to_string();
    assert_eq!(values("RestartPreventExitStatus"), [code]);
    assert_eq!(values("Restart"), ["on-failure"]);
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        ringfence_test_data::skipped("there is no systemd-analyze here");
        return;
    }
    let unit = write("ringfence.service", &UNIT.replace("/usr/bin/ringfence", PROGRAM));
    let verified = Command::new("systemd-analyze").arg("verify").arg(unit).output().expect("systemd-analyze starts");
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !said.contains("ringfence.service"), "{said}");
}
