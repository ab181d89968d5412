//! The only clock of the demo: how long judging took, for people; no verdict reads it.

use std::time::{Duration, Instant};

/// Adds up the time that something took.
#[derive(Default)]
pub(crate) struct Stopwatch(Duration);

impl Stopwatch {
    /// Does something and adds the time that it took.
    #[expect(clippy::disallowed_methods, reason = "the rate is for people, no verdict reads it")]
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.0 += began.elapsed();
        done
    }

    /// The time so far.
    pub(crate) fn total(&self) -> Duration {
        self.0
    }
}
