//! The only place of this crate that reads a clock: how long calls to the broker may take.

use std::time::{Duration, Instant};

/// A moment of the machine's monotonic clock, and how long from then on something may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    started: Instant,
    limit: Duration,
}

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock module: limits of calls, never a verdict")]
    pub(crate) fn start(limit: Duration) -> Self {
        Self { started: Instant::now(), limit }
    }

    /// How long it has run.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// What is left of the limit, nothing once it is over.
    pub(crate) fn remaining(&self) -> Duration {
        self.limit.saturating_sub(self.elapsed())
    }

    /// Whether the limit is over.
    pub(crate) fn is_over(&self) -> bool {
        self.remaining().is_zero()
    }
}
