//! One node: a broker and controller in one Java process.

use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::watchdog::PidFile;
use crate::{Error, settings, wait};

/// What the broker logs once it answers.
const UP: &str = "Kafka Server started";

/// How long a node may take to come up: three at once on a busy two-core machine need 10 to 20 s.
const START_LIMIT: Duration = Duration::from_secs(90);

/// How many lines of a log an error carries.
const LOG_LINES: usize = 20;

/// How the Java processes are started.
#[derive(Debug, Clone)]
pub(crate) struct Java {
    /// The jars of Apache Kafka.
    pub(crate) class_path: String,
    /// Upper bound of a broker's heap.
    pub(crate) heap_mb: u32,
    /// Full optimisation (for benchmarks) instead of a quick start on few cores (for tests).
    pub(crate) optimise: bool,
}

impl Java {
    fn command(&self, directory: &Path, quick: bool) -> Command {
        let mut command = Command::new("java");
        if quick {
            command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
        }
        command
            .arg("-XX:+ExitOnOutOfMemoryError")
            .arg(format!("-Dlog4j2.configurationFile={}", directory.join("log4j2.properties").display()))
            .args(["-cp", &self.class_path])
            .current_dir(directory)
            .stdin(Stdio::null())
            .process_group(0);
        command
    }
}

/// A node's directory and, while it runs, its process.
#[derive(Debug)]
pub(crate) struct Broker {
    index: usize,
    directory: PathBuf,
    java: Java,
    starts: u32,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    process: Child,
    // Removed after the process has been waited for: while the note exists, the watchdog would kill that id.
    _pid_file: PidFile,
}

impl Broker {
    /// Lays out the directory of node `index`; nothing runs yet.
    pub(crate) fn lay_out(index: usize, cluster: &Path, java: Java, properties: &str) -> Result<Self, Error> {
        let directory = cluster.join(format!("node-{}", index + 1));
        let write = |name: &str, text: &str| {
            fs::write(directory.join(name), text).map_err(Error::io(format!("write a broker's {name}")))
        };
        fs::create_dir(&directory).map_err(Error::io("make a broker's directory"))?;
        write("server.properties", properties)?;
        write("log4j2.properties", settings::LOGGING)?;
        Ok(Self { index, directory, java, starts: 0, running: None })
    }

    /// Where a node of the cluster in `cluster` keeps its records.
    pub(crate) fn logs(cluster: &Path, index: usize) -> PathBuf {
        cluster.join(format!("node-{}", index + 1)).join("logs")
    }

    /// Starts formatting the empty storage; [`Formatting::finish`] waits for it, so that several nodes format at once.
    pub(crate) fn format(&self, cluster_id: &str) -> Result<Formatting, Error> {
        let output = self.output("format.log")?;
        let errors = output.try_clone().map_err(Error::io("share a log file"))?;
        let process = self
            .java
            .command(&self.directory, true)
            .args(["kafka.tools.StorageTool", "format", "-t", cluster_id, "-c"])
            .arg(self.directory.join("server.properties"))
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(Error::io("start java (needs Java 17 or newer, see './dev kafka jars')"))?;
        Ok(Formatting { process, log: self.directory.join("format.log") })
    }

    /// Starts the process; [`Broker::wait_until_up`] waits until it answers.
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        if self.running.is_some() {
            return Err(Error::Broker(self.index, "runs already"));
        }
        self.starts += 1;
        let output = self.output(&self.log_name())?;
        let errors = output.try_clone().map_err(Error::io("share a log file"))?;
        let mut process = self
            .java
            .command(&self.directory, !self.java.optimise)
            .args(["-Xms128m", &format!("-Xmx{}m", self.java.heap_mb)])
            .arg("kafka.Kafka")
            .arg(self.directory.join("server.properties"))
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(Error::io("start java"))?;
        let pid_file = match PidFile::write(&self.directory, process.id()) {
            Ok(file) => file,
            Err(error) => {
                end(&mut process);
                return Err(error);
            }
        };
        self.running = Some(Running { process, _pid_file: pid_file });
        Ok(())
    }

    /// Waits until the broker of the latest start answers.
    pub(crate) fn wait_until_up(&mut self) -> Result<(), Error> {
        let log = self.directory.join(self.log_name());
        let index = self.index;
        let running = self.running_mut()?;
        let up = wait::until(START_LIMIT, || {
            if fs::read_to_string(&log).is_ok_and(|text| text.contains(UP)) {
                return Some(Ok(()));
            }
            match running.process.try_wait() {
                Ok(None) => None,
                Ok(Some(status)) => Some(Err(format!(
                    "broker {index} ended with {}",
                    status
                        .code()
                        .map_or_else(|| format!("signal {:?}", status.signal()), |code| format!("exit code {code}"))
                ))),
                Err(error) => Some(Err(format!("broker {index} cannot be waited for ({error})"))),
            }
        });
        let what = match up {
            Some(Ok(())) => return Ok(()),
            Some(Err(what)) => what,
            None => format!("broker {index} is not up after {} s", START_LIMIT.as_secs()),
        };
        Err(Error::Failed { what, log: last_lines(&log) })
    }

    /// Ends the process at once, as a crash does, and waits until it is gone.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        self.running_mut()?;
        self.end();
        Ok(())
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<(), Error> {
        let index = self.index;
        let process = &self.running_mut()?.process;
        let pid = i32::try_from(process.id())
            .ok()
            .and_then(Pid::from_raw)
            .ok_or(Error::Broker(index, "has no process id"))?;
        kill_process(pid, signal).map_err(std::io::Error::from).map_err(Error::io(format!("signal broker {index}")))
    }

    /// The process id.
    pub(crate) fn pid(&self) -> Result<u32, Error> {
        self.running.as_ref().map(|running| running.process.id()).ok_or(Error::Broker(self.index, "does not run"))
    }

    fn running_mut(&mut self) -> Result<&mut Running, Error> {
        self.running.as_mut().ok_or(Error::Broker(self.index, "does not run"))
    }

    fn end(&mut self) {
        if let Some(mut running) = self.running.take() {
            end(&mut running.process);
        }
    }

    fn log_name(&self) -> String {
        format!("broker-{}.log", self.starts)
    }

    fn output(&self, name: &str) -> Result<File, Error> {
        File::create(self.directory.join(name)).map_err(Error::io("make a broker's log file"))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.end();
    }
}

/// A node's storage being formatted.
#[derive(Debug)]
pub(crate) struct Formatting {
    process: Child,
    log: PathBuf,
}

impl Formatting {
    /// Waits for the end of the formatting.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let status = self.process.wait().map_err(Error::io("wait for java"))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Failed { what: "a broker's storage could not be formatted".to_owned(), log: last_lines(&self.log) })
    }
}

/// Kills a process of ours and waits for it; it may be gone already.
fn end(process: &mut Child) {
    let _: std::io::Result<()> = process.kill();
    let _: std::io::Result<_> = process.wait();
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}
