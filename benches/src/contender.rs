//! A contender: this program again, as a process of its own, so that its processor time can be told apart.

use std::io::{Read, stdin};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Error;
use crate::measure::{Cost, Measured, Sample};
use crate::progress::Progress;

/// How often the committed offsets are asked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The process that works. Its standard input keeps it alive after its work, and closes with this.
#[derive(Debug)]
pub struct Contender(Child);

/// What a contender's work cost.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// From its start to the commit of the last record.
    pub whole: Cost,
    /// From the first look that found two fifths done, from where on the pace counts as steady.
    pub steady: Cost,
    /// The most memory that it held.
    pub peak_bytes: u64,
}

impl Contender {
    /// Starts this program again with these arguments.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(arguments: &[&str]) -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(Error::io("find this program"))?;
        let child = Command::new(program).args(arguments).stdin(Stdio::piped()).spawn();
        child.map(Self).map_err(Error::io("start the measured process"))
    }

    /// Waits until everything is committed, then ends the process.
    ///
    /// # Errors
    /// If the process ends before, or the brokers do not answer.
    pub fn watch(mut self, brokers: Vec<u32>, progress: &Progress) -> Result<Watched, Error> {
        let measured = Measured { contender: self.0.id(), brokers };
        let began = measured.sample()?;
        let mut steady: Option<(u64, Sample)> = None;
        loop {
            let done = progress.committed()?;
            let sample = measured.sample()?;
            if done == progress.total() {
                let (before, steady) = steady.unwrap_or((0, began));
                return Ok(Watched {
                    whole: (sample - began).over(done),
                    steady: (sample - steady).over(done - before),
                    peak_bytes: measured.peak_bytes()?,
                });
            }
            if steady.is_none() && done * 5 >= progress.total() * 2 {
                steady = Some((done, sample));
            }
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(Error::Unmet(format!("the measured process ended early: {status}")));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Nothing depends on how it ends: what it did is in Kafka.
        let _: std::io::Result<_> = self.0.wait();
    }
}

/// Called in the measured process once its work is done: waits until its clocks have been read.
///
/// # Errors
/// If standard input cannot be read.
pub fn wait_for_the_end() -> Result<(), Error> {
    let mut until_closed = Vec::new();
    stdin().read_to_end(&mut until_closed).map(drop).map_err(Error::io("wait for the end"))
}
