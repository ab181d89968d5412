//! Ends a cluster however the test process ends, `kill -9` included.
//!
//! The watchdog is a shell in a process group of its own that reads from a pipe whose other end this process holds.
//! When the pipe closes, because the cluster is dropped or because this process is gone, it kills every broker whose
//! process id stands in the cluster's directory, and removes the directory.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Error;

/// `$1` is the cluster's directory; each broker that runs has its process id in `$1/NODE/pid`.
const SCRIPT: &str = r#"
cat >/dev/null
for file in "$1"/*/pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    kill -9 "$pid" 2>/dev/null
    tries=0
    while [ $tries -lt 50 ] && kill -0 "$pid" 2>/dev/null; do
        sleep 0.1
        tries=$((tries + 1))
    done
done
rm -rf "$1"
"#;

/// The shell that waits for the end.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Starts watching over the brokers of the cluster in `directory`, which it will remove.
    pub(crate) fn over(directory: &Path) -> Result<Self, Error> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "watchdog"])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(Error::io("start a shell that ends the brokers"))?;
        Ok(Self { shell })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Nothing is left to do when a shell cannot be waited for: it works on its own.
        let _: std::io::Result<_> = self.shell.wait();
    }
}

/// The note by which the watchdog knows that a broker runs.
#[derive(Debug)]
pub(crate) struct PidFile(PathBuf);

impl PidFile {
    /// Notes the process id of the broker in `node_directory`.
    pub(crate) fn write(node_directory: &Path, pid: u32) -> Result<Self, Error> {
        let path = node_directory.join("pid");
        fs::write(&path, pid.to_string()).map_err(Error::io("note a broker's process id"))?;
        Ok(Self(path))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Gone already if the watchdog was quicker.
        let _: std::io::Result<()> = fs::remove_file(&self.0);
    }
}
