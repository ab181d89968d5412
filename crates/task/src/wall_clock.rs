//! The wall clock that producers' timestamps are held against.
//!
//! Where a topic has `message.timestamp.type=CreateTime`, the producer says when a record arrived, and one whose clock is
//! years ahead would settle and evict all that is held. So its word counts no further than the clock of the process that
//! reads, and beyond the skew it moves no time at all: even the clock would be too far for a backlog of last month. What
//! the broker stamps (`LogAppendTime`) is trusted.
//!
//! That clock may be wrong itself, and behind: every record would come from the future then. If most records say so, they
//! are believed as far as admission goes, up to the median of what they say. Time is still not moved by any of them, only
//! by the clock, so that a crowd with a wrong clock does no lasting harm either.
//!
//! ```text
//!              now              now + skew       latest: now, or the median where most lie beyond the skew
//!  ─────────────┼────────────────────┼────────────────┼──────────────────▶ what a producer says
//!   taken as it is  no later than latest   moves no time   taken for latest, moves no time
//! ```

use std::collections::VecDeque;

use ringfence_cdr::{EventTime, Millis};

/// How many timestamps a clock is judged by: those of the last few batches, so that a burst of one producer does not
/// outvote all others.
const WITNESSES: usize = 512;
/// With fewer than this nobody knows who is wrong, the clock or a producer. Where one of four producers is ahead and
/// their records are mixed, most of 128 are its own less than once in 10^10 times.
const WITNESSES_MIN: usize = 128;
/// No clock is wrong for less, however small the skew of a pack is: producers and machines are never set alike.
const BEHIND_MIN: Millis = Millis(1_000);
/// Of a larger batch so many records are heard, up to twice as many, spread evenly over it.
const HEARD: usize = 128;

/// When a record came into its input, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timestamp {
    /// Its producer (`CreateTime`).
    Created(EventTime),
    /// The broker (`LogAppendTime`).
    Appended(EventTime),
}

/// What the clock of a process says as records are read. The journal has it, and a replay goes by that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// The wall clock.
    pub now: EventTime,
    /// The latest time that a producer's timestamp is taken for: `now`, or where the clock is behind what most producers
    /// say, the median of that.
    pub latest: EventTime,
}

/// The last timestamps of producers that a process has read, as witnesses of its clock.
#[derive(Debug, Default)]
pub struct Witnesses {
    /// How far each lay ahead of the clock when it was read, in milliseconds.
    ahead: VecDeque<i64>,
}

impl Timestamp {
    /// The time.
    #[must_use]
    pub fn at(self) -> EventTime {
        match self {
            Self::Created(at) | Self::Appended(at) => at,
        }
    }
}

impl WallClock {
    /// A clock that is right.
    #[must_use]
    pub fn right(now: EventTime) -> Self {
        Self { now, latest: now }
    }

    /// How far it lies behind what most producers say; nothing where it is trusted.
    #[must_use]
    pub fn behind(self) -> Millis {
        self.latest.since(self.now)
    }

    /// What a timestamp is taken for.
    pub(crate) fn taken(self, timestamp: Timestamp) -> Timestamp {
        match timestamp {
            Timestamp::Created(at) => Timestamp::Created(at.min(self.latest)),
            appended @ Timestamp::Appended(_) => appended,
        }
    }

    /// Whether a timestamp can be true, so that its record moves time.
    pub(crate) fn can_be(self, timestamp: Timestamp, skew: Millis) -> bool {
        match timestamp {
            Timestamp::Created(at) => at <= self.now.plus(skew),
            Timestamp::Appended(_) => true,
        }
    }
}

impl Witnesses {
    /// Of a batch with so many records one in how many is to be heard.
    #[must_use]
    pub fn one_in(records: usize) -> usize {
        (records / HEARD).max(1)
    }

    /// Hears timestamps of a batch, where producers set them, and says what to think of the clock. It is behind where most
    /// of the last timestamps lie ahead of it by more than `skew`.
    pub fn judge(&mut self, now: EventTime, skew: Millis, heard: impl Iterator<Item = Option<Timestamp>>) -> WallClock {
        self.ahead.extend(heard.filter_map(|timestamp| match timestamp {
            Some(Timestamp::Created(at)) => Some(at.since(now).0),
            Some(Timestamp::Appended(_)) | None => None,
        }));
        let outdated = self.ahead.len().saturating_sub(WITNESSES);
        self.ahead.drain(..outdated);
        WallClock { now, latest: now.plus(self.median_ahead(skew).unwrap_or(Millis(0))) }
    }

    /// The median of how far they lie ahead, where there are enough of them and most say that the clock is behind.
    fn median_ahead(&self, skew: Millis) -> Option<Millis> {
        let count = self.ahead.len();
        let beyond = self.ahead.iter().filter(|ahead| **ahead > skew.max(BEHIND_MIN).0).count();
        if count < WITNESSES_MIN || beyond * 2 <= count {
            return None;
        }
        let mut ahead: Vec<i64> = self.ahead.iter().copied().collect();
        let (_, median, _) = ahead.select_nth_unstable((count - 1) / 2);
        Some(Millis(*median))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EventTime = EventTime(1_790_000_000_000);
    const SKEW: Millis = Millis(300_000);
    const YEAR: i64 = 365 * 24 * 3_600_000;
    const MIN: usize = WITNESSES_MIN;

    fn created(ahead: i64) -> Option<Timestamp> {
        Some(Timestamp::Created(NOW.plus(Millis(ahead))))
    }

    /// What is thought of the clock after batches of so many records that lie so far ahead of it, in milliseconds.
    fn behind(batches: &[&[(usize, i64)]]) -> i64 {
        let mut witnesses = Witnesses::default();
        let mut clock = WallClock::right(NOW);
        for batch in batches {
            let records: Vec<_> =
                batch.iter().flat_map(|(count, ahead)| std::iter::repeat_n(created(*ahead), *count)).collect();
            let one_in = Witnesses::one_in(records.len());
            clock = witnesses.judge(NOW, SKEW, records.into_iter().step_by(one_in));
        }
        clock.behind().0
    }

    #[test]
    fn a_few_records_that_lie_ahead_say_nothing_of_the_clock() {
        assert_eq!(behind(&[&[(1, 70 * YEAR)]]), 0);
        assert_eq!(behind(&[&[(MIN - 1, 70 * YEAR)]]), 0);
        assert_eq!(behind(&[&[(MIN / 2, 70 * YEAR), (MIN / 2, -5)]]), 0, "half of them are not most");
    }

    #[test]
    fn a_clock_is_behind_where_most_say_so_and_their_median_counts() {
        assert_eq!(behind(&[&[(MIN, YEAR)]]), YEAR);
        assert_eq!(behind(&[&[(MIN / 2 - 1, -5), (MIN / 2 + 1, YEAR)]]), YEAR, "the median is one of those ahead");
        assert_eq!(behind(&[&[(10, 70 * YEAR), (MIN, YEAR), (10, 0)]]), YEAR, "not the greatest");
        assert_eq!(behind(&[&[(4_096, 3_600_000)]]), 3_600_000, "a whole batch");
    }

    #[test]
    fn no_more_than_the_skew_is_nothing_wrong() {
        assert_eq!(behind(&[&[(1_000, SKEW.0)]]), 0);
        assert_eq!(behind(&[&[(1_000, SKEW.0 + 1)]]), SKEW.0 + 1);
    }

    #[test]
    fn a_pack_without_a_skew_makes_no_clock_wrong_for_some_milliseconds() {
        let judged = |ahead| Witnesses::default().judge(NOW, Millis(0), std::iter::repeat_n(created(ahead), 200));
        assert_eq!((judged(1_000).behind(), judged(1_001).behind()), (Millis(0), Millis(1_001)));
    }

    #[test]
    fn small_batches_are_heard_together() {
        let one: &[(usize, i64)] = &[(1, YEAR)];
        assert_eq!(behind(&vec![one; MIN - 1]), 0);
        assert_eq!(behind(&vec![one; MIN]), YEAR);
    }

    #[test]
    fn a_burst_of_one_producer_does_not_outvote_what_was_read_before() {
        let right: &[(usize, i64)] = &[(4_096, -50)];
        let wrong: &[(usize, i64)] = &[(4_096, 70 * YEAR)];
        assert_eq!(behind(&[right, right, right, wrong, wrong]), 0);
        assert_eq!(behind(&[right, right, right, wrong, wrong, wrong]), 70 * YEAR, "that was no burst");
        assert_eq!(behind(&[wrong, wrong, wrong, right, right, right]), 0, "a clock that was set is trusted again");
    }

    #[test]
    fn brokers_are_no_witnesses() {
        let appended = vec![Some(Timestamp::Appended(NOW.plus(Millis(YEAR)))); 1_000];
        assert_eq!(Witnesses::default().judge(NOW, SKEW, appended.into_iter()), WallClock::right(NOW));
        assert_eq!(Witnesses::default().judge(NOW, SKEW, vec![None; 1_000].into_iter()), WallClock::right(NOW));
    }

    #[test]
    fn a_timestamp_counts_no_further_than_the_clock_and_beyond_the_skew_it_is_not_true() {
        let check = |clock: WallClock, ahead: i64, taken: i64, can_be: bool| {
            let timestamp = Timestamp::Created(NOW.plus(Millis(ahead)));
            assert_eq!((clock.taken(timestamp).at().since(NOW).0, clock.can_be(timestamp, SKEW)), (taken, can_be));
        };
        let right = WallClock::right(NOW);
        check(right, -5, -5, true);
        check(right, SKEW.0, 0, true);
        check(right, SKEW.0 + 1, 0, false);
        let behind = WallClock { now: NOW, latest: NOW.plus(Millis(YEAR)) };
        check(behind, SKEW.0, SKEW.0, true);
        check(behind, YEAR - 1, YEAR - 1, false);
        check(behind, 2 * YEAR, YEAR, false);
        let appended = Timestamp::Appended(NOW.plus(Millis(2 * YEAR)));
        assert_eq!((right.taken(appended), right.can_be(appended, SKEW)), (appended, true));
    }
}
