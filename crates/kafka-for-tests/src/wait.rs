//! Waiting for something another process does: the only place of this crate that reads a clock.

use std::time::{Duration, Instant};

/// How often a condition is looked at again.
const INTERVAL: Duration = Duration::from_millis(20);

/// Asks until there is an answer or the time is up, which is `None`.
pub fn until<T>(limit: Duration, mut answer: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Deadline::after(limit);
    loop {
        if let Some(found) = answer() {
            return Some(found);
        }
        if deadline.passed() {
            return None;
        }
        std::thread::sleep(INTERVAL);
    }
}

/// A moment of the machine's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "real processes take real time to start and to answer")]
    fn now() -> Instant {
        Instant::now()
    }

    /// The moment `limit` from now.
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Self::now() + limit)
    }

    /// Tells whether the moment lies behind.
    pub(crate) fn passed(self) -> bool {
        Self::now() >= self.0
    }
}
