//! What a process and the broker cost, seen from outside: the same for every contender.
//!
//! Processor time is read from `/proc/PID/stat` (user and system, of all threads), memory as the peak that `VmHWM`
//! shows. Rates depend on what else the machine does; processor time for each record hardly does: read it first.

use std::fmt;
use std::fs;
use std::ops::Sub;
use std::time::{Duration, Instant};

use crate::Error;

/// Reads the monotonic clock; benchmarks alone measure real time.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A contender's process and the brokers that serve it.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The process id of the contender.
    pub contender: u32,
    /// The process ids of the brokers.
    pub brokers: Vec<u32>,
}

impl Measured {
    /// Reads all clocks.
    ///
    /// # Errors
    /// If a process is gone.
    pub fn sample(&self) -> Result<Sample, Error> {
        let mut brokers_cpu = Duration::ZERO;
        for broker in &self.brokers {
            brokers_cpu += cpu(*broker)?;
        }
        Ok(Sample { at: now(), contender_cpu: cpu(self.contender)?, brokers_cpu })
    }

    /// The most memory that the contender has held so far, in bytes.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn peak_bytes(&self) -> Result<u64, Error> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.contender))
            .map_err(Error::io("read a process's memory"))?;
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kilobytes
            .map(|kilobytes| kilobytes * 1024)
            .ok_or_else(|| Error::Unmet("a process's status shows no VmHWM".to_owned()))
    }
}

/// All clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    at: Instant,
    contender_cpu: Duration,
    brokers_cpu: Duration,
}

impl Sub for Sample {
    type Output = Spent;

    fn sub(self, earlier: Self) -> Spent {
        Spent {
            wall: self.at.saturating_duration_since(earlier.at),
            contender_cpu: self.contender_cpu.saturating_sub(earlier.contender_cpu),
            brokers_cpu: self.brokers_cpu.saturating_sub(earlier.brokers_cpu),
        }
    }
}

/// What was spent between two samples.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// Real time.
    pub wall: Duration,
    /// Processor time of the contender.
    pub contender_cpu: Duration,
    /// Processor time of the brokers.
    pub brokers_cpu: Duration,
}

impl Spent {
    /// The same for each of `records`.
    #[must_use]
    pub fn over(self, records: u64) -> Cost {
        Cost { records, spent: self }
    }
}

/// What some records cost; displays as rate and processor time for each.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// How many records.
    pub records: u64,
    /// What they cost together.
    pub spent: Spent,
}

impl Cost {
    /// Records a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        as_f64(self.records) / self.spent.wall.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Processor time of the contender for each record, in µs.
    #[must_use]
    pub fn contender_us(&self) -> f64 {
        self.us(self.spent.contender_cpu)
    }

    /// Processor time of the brokers for each record, in µs.
    #[must_use]
    pub fn brokers_us(&self) -> f64 {
        self.us(self.spent.brokers_cpu)
    }

    fn us(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 1e6 / as_f64(self.records.max(1))
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>9} records in {:6.2} s  {:>9.0} CDR/s  {:.3} µs CPU per CDR  broker {:.3} µs",
            self.records,
            self.spent.wall.as_secs_f64(),
            self.rate(),
            self.contender_us(),
            self.brokers_us()
        )
    }
}

/// The nearest floating-point number; counts of records stay far below where that differs.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

/// Processor time that a process has used, user and system, all threads.
fn cpu(pid: u32) -> Result<Duration, Error> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).map_err(Error::io("read a process's processor time"))?;
    let ticks = ticks(&stat).ok_or_else(|| Error::Unmet("a process's stat line is unreadable".to_owned()))?;
    Ok(Duration::from_secs(1) * u32::try_from(ticks).unwrap_or(u32::MAX)
        / u32::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100))
}

/// User and system ticks of a stat line: fields 14 and 15. The program's name, field 2, may hold spaces and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Measured, now, ticks};

    #[test]
    fn the_name_of_the_program_does_not_shift_the_fields() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 70 30 0 0 20 0 1 0 500 1 1";
        assert_eq!(ticks(stat), Some(100));
        assert_eq!(ticks("42 (cut"), None);
    }

    #[test]
    fn work_of_this_process_is_seen() {
        let measured = Measured { contender: std::process::id(), brokers: Vec::new() };
        let before = measured.sample().expect("this process runs");
        let began = now();
        let mut sum = 0_u64;
        while began.elapsed() < Duration::from_millis(200) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let spent = measured.sample().expect("this process runs") - before;
        assert!(spent.wall >= Duration::from_millis(200));
        assert!(spent.contender_cpu >= Duration::from_millis(20), "{spent:?}");
        assert!(measured.peak_bytes().expect("this process runs") > 1_000_000);
    }

    #[test]
    fn a_process_that_is_gone_is_an_error() {
        let gone = Measured { contender: u32::MAX, brokers: Vec::new() };
        assert!(gone.sample().is_err());
    }
}
