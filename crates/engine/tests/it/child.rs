//! The engine as a process that can be killed.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ringfence_engine::{Config, Engine, wall_clock};
use ringfence_rules::PackFiles;
use ringfence_telemetry::{Metrics, ReadModel, Telemetry};

const CONFIG: &str = "RINGFENCE_TEST_CONFIG";

/// Not a test by itself: the engine, when this binary is started for it.
#[test]
fn engine_process() {
    let Some(config) = std::env::var_os(CONFIG) else { return };
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let config = match Config::load(Path::new(&config)) {
        Ok(config) => config,
        Err(error) => fail(&error.to_string()),
    };
    let rules = read_rules(Path::new(&config.rules));
    let metrics = Metrics::new("test", "test").expect("the families are sound");
    let telemetry = Telemetry { metrics, model: Arc::new(ReadModel::new(config.owners)) };
    let handle = match Engine::start(config, &rules, telemetry, wall_clock) {
        Ok(handle) => handle,
        Err(error) => fail(&error.to_string()),
    };
    let stop = handle.stop_flag();
    std::thread::spawn(move || {
        // The parent closes it to ask for an orderly end; a parent that died closes it too.
        let _ = std::io::stdin().read(&mut [0]);
        stop.set();
    });
    if let Err(error) = handle.join() {
        fail(&error.to_string());
    }
    std::process::exit(0);
}

fn fail(reason: &str) -> ! {
    eprintln!("engine: {reason}");
    std::process::exit(1);
}

pub(crate) fn read_rules(directory: &Path) -> PackFiles {
    let mut sources = PackFiles::new();
    for name in ["pack.yaml", "rules/many-calls.yaml", "rules/complained-of.yaml", "lists/honest.csv"] {
        if let Ok(text) = std::fs::read_to_string(directory.join(name)) {
            sources = sources.with(name, &text);
        }
    }
    sources
}

/// A running engine; killed when dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn start(config: &Path) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(config.with_extension("log"));
        let log = log.expect("a log file");
        let child = Command::new(std::env::current_exe().expect("this binary has a path"))
            .args(["--exact", "child::engine_process", "--nocapture", "--test-threads=1"])
            .env(CONFIG, config)
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the engine starts");
        Self { child }
    }

    /// Stops it where it stands, as a long pause of its machine does.
    pub(crate) fn pause(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).expect("it runs");
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        let _ = self.child.wait();
    }

    /// Asks for an orderly end and waits for it; whether it succeeded.
    pub(crate) fn stop(mut self) -> bool {
        drop(self.child.stdin.take());
        self.wait()
    }

    /// Waits until it ends by itself; whether it succeeded.
    pub(crate) fn wait(&mut self) -> bool {
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the engine does not end");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
