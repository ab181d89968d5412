//! The only place of the engine that reads a clock. What the shards are to know of the time goes through the journal.
//! Ticks, the ages of what is told and the times of outputs come from the clock that is given to an engine as it starts.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ringfence_cdr::EventTime;

/// The wall clock, in whole milliseconds.
#[expect(clippy::disallowed_methods, reason = "this is the clock module: ticks are journaled before they count")]
pub fn wall_clock() -> EventTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EventTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A moment of the machine's monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Instant);

impl Moment {
    /// This moment.
    #[expect(clippy::disallowed_methods, reason = "this is the clock module: intervals of the engine, never a verdict")]
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    /// The moment that lies this much later.
    pub(crate) fn after(self, by: Duration) -> Self {
        Self(self.0.checked_add(by).unwrap_or(self.0))
    }

    /// How long until this moment, nothing if it lies behind.
    pub(crate) fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Self::now().0)
    }

    /// How long since this moment.
    pub(crate) fn elapsed(self) -> Duration {
        Self::now().0.saturating_duration_since(self.0)
    }

    /// Whether this moment lies behind.
    pub(crate) fn is_over(self) -> bool {
        self.remaining().is_zero()
    }
}
