//! What world to generate.

use jiff::tz::TimeZone;
use ringfence_cdr::{EventTime, Millis, time_zone};

use crate::party::NUMBERS_MAX;

/// Fewer numbers could not hold one offender of each kind beside ordinary people.
pub const NUMBERS_MIN: u64 = 100;
/// The longest world, in hours: 400 days.
pub const HOURS_MAX: u32 = 9_600;

/// 2026-11-02, a Monday, at 08:00 in Shanghai.
const DEFAULT_START: EventTime = EventTime(1_793_577_600_000);
const DEFAULT_ZONE: &str = "Asia/Shanghai";

/// A world to generate. Two equal plans give the same bytes on every machine.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many subscribers the carrier has.
    pub numbers: u64,
    /// How long the world lasts. From 24 on, every kind of offender acts.
    pub hours: u32,
    /// Which of the worlds of this size it is.
    pub seed: u64,
    /// The instant of the first calls.
    pub start: EventTime,
    /// Where its people sleep at night.
    pub zone: TimeZone,
}

/// Why a plan is no world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Too few or too many numbers.
    #[error("numbers must be {NUMBERS_MIN} to {NUMBERS_MAX}, not {0}")]
    Numbers(u64),
    /// No hours, or too many.
    #[error("hours must be 1 to {HOURS_MAX}, not {0}")]
    Hours(u32),
    /// The world would leave the years that times can name.
    #[error("the start must lie between the years 1970 and 2200")]
    Start,
}

impl Plan {
    /// A world that begins on Monday 2026-11-02 at 08:00 in Shanghai.
    #[must_use]
    pub fn new(numbers: u64, hours: u32, seed: u64) -> Self {
        let zone = time_zone(DEFAULT_ZONE).unwrap_or(TimeZone::UTC);
        Self { numbers, hours, seed, start: DEFAULT_START, zone }
    }

    /// Every reason why this plan is no world; empty where it is one.
    #[must_use]
    pub fn problems(&self) -> Vec<PlanError> {
        const LATEST: EventTime = EventTime(7_258_118_400_000);
        let mut problems = Vec::new();
        if !(NUMBERS_MIN..=NUMBERS_MAX).contains(&self.numbers) {
            problems.push(PlanError::Numbers(self.numbers));
        }
        if !(1..=HOURS_MAX).contains(&self.hours) {
            problems.push(PlanError::Hours(self.hours));
        }
        if !(EventTime(0)..LATEST).contains(&self.start) {
            problems.push(PlanError::Start);
        }
        problems
    }

    /// The first instant after the world's calls.
    #[must_use]
    pub fn end(&self) -> EventTime {
        self.start.plus(Millis(i64::from(self.hours) * Millis::HOUR.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported() {
        let plan = Plan { numbers: 1, hours: 0, start: EventTime(-1), ..Plan::new(1, 1, 1) };
        assert_eq!(plan.problems(), [PlanError::Numbers(1), PlanError::Hours(0), PlanError::Start]);
        assert!(Plan::new(100, 1, 0).problems().is_empty());
    }

    #[test]
    fn the_default_start_is_a_monday_morning() {
        assert_eq!(Plan::new(100, 1, 0).start.to_string(), "2026-11-02T00:00:00.000Z");
    }
}
