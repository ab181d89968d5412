//! When the records of a file were, and which of them lie far from all others.
//!
//! A wrong unit or zone is seen at once where the first and the last event time of a file are told. A single wrong clock
//! among good ones is not: so those few records are named that lie beyond a year without any.
//!
//! ```text
//!  2026-05 ▂▇▇▆  2026-06 ▇▇▅       (more than a year of nothing)       2099-06 ▁   at most a tenth of the file
//!  └──────── the others ────────┘                                              └ far: said with its line
//! ```
//!
//! What is kept of a file is one entry for each 30 days that have records at all; of the plausible times there are less
//! than 2,800.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Millis};

/// The width of an entry.
const STRETCH: i64 = 30 * Millis::DAY.0;
/// Records are far from others that lie further away than this.
const FAR: Millis = Millis(366 * Millis::DAY.0);
/// Of a file, those beyond are far that are at most one in so many.
const FAR_ONE_IN: u64 = 10;

/// The event times of a file's records.
#[derive(Clone, Debug, Default)]
pub(super) struct FileTimes {
    stretches: BTreeMap<i64, Stretch>,
}

/// The records of some stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    earliest: EventTime,
    latest: EventTime,
    records: u64,
    /// The line of the first of them in the file, and its time.
    line: u64,
    at: EventTime,
}

/// Records that lie far from all others of their file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Far {
    /// The line of the first of them in the file.
    pub(super) line: u64,
    /// Its event time.
    pub(super) at: EventTime,
    /// How many they are.
    pub(super) records: u64,
    /// How many the others are.
    pub(super) others: u64,
    /// Whether they lie after the others.
    pub(super) is_ahead: bool,
    /// The time of the nearest of these.
    pub(super) nearest: EventTime,
}

impl Far {
    /// How many whole years the first of them lies from the nearest of the others, by the calendar.
    pub(super) fn years(&self) -> i64 {
        let (early, late) = (self.at.min(self.nearest).to_string(), self.at.max(self.nearest).to_string());
        let year = |text: &str| text.get(..4).and_then(|year| year.parse::<i64>().ok());
        let whole = year(&late).zip(year(&early)).map_or(0, |(late, early)| late - early);
        whole - i64::from(late.get(4..) < early.get(4..))
    }
}

impl FileTimes {
    /// Notes a record.
    pub(super) fn note(&mut self, at: EventTime, line: u64) {
        let one = Stretch { earliest: at, latest: at, records: 1, line, at };
        self.stretches.entry(at.0.div_euclid(STRETCH)).and_modify(|stretch| *stretch = stretch.and(one)).or_insert(one);
    }

    /// The first and the last event time.
    pub(super) fn span(&self) -> Option<(EventTime, EventTime)> {
        let (first, last) = (self.stretches.values().next()?, self.stretches.values().next_back()?);
        Some((first.earliest, last.latest))
    }

    /// The few records behind all others and the few ahead of them, where there are such.
    pub(super) fn far(&self) -> impl Iterator<Item = Far> {
        let total = self.stretches.values().map(|stretch| stretch.records).sum();
        let behind = beyond(self.stretches.values(), total, false);
        behind.into_iter().chain(beyond(self.stretches.values().rev(), total, true))
    }
}

impl Stretch {
    fn and(self, other: Self) -> Self {
        let first = if other.line < self.line { other } else { self };
        Self {
            earliest: self.earliest.min(other.earliest),
            latest: self.latest.max(other.latest),
            records: self.records + other.records,
            ..first
        }
    }
}

/// What lies at this end of the stretches, beyond the last gap behind which there are few enough records.
fn beyond<'a>(mut stretches: impl Iterator<Item = &'a Stretch>, total: u64, is_ahead: bool) -> Option<Far> {
    let mut outer = *stretches.next()?;
    let mut far = None;
    for stretch in stretches {
        let (nearest, gap) = match is_ahead {
            true => (stretch.latest, outer.earliest.since(stretch.latest)),
            false => (stretch.earliest, stretch.earliest.since(outer.latest)),
        };
        if outer.records * FAR_ONE_IN > total {
            break;
        }
        if gap > FAR {
            let Stretch { line, at, records, .. } = outer;
            far = Some(Far { line, at, records, others: total - records, is_ahead, nearest });
        }
        outer = outer.and(*stretch);
    }
    far
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: EventTime = EventTime(1_780_000_000_000);

    fn after(days: i64) -> EventTime {
        START.plus(Millis(days * Millis::DAY.0))
    }

    /// The far records of a file whose lines have these times, in days.
    fn far(days: impl IntoIterator<Item = i64>) -> Vec<(u64, u64, bool)> {
        let mut times = FileTimes::default();
        days.into_iter().zip(1..).for_each(|(day, line)| times.note(after(day), line));
        times.far().map(|far| (far.line, far.records, far.is_ahead)).collect()
    }

    #[test]
    fn the_span_is_from_the_first_time_to_the_last_in_whatever_order() {
        let mut times = FileTimes::default();
        assert_eq!(times.span(), None);
        for (day, line) in [(5, 1), (-40, 2), (1, 3)] {
            times.note(after(day), line);
        }
        assert_eq!(times.span(), Some((after(-40), after(5))));
    }

    #[test]
    fn a_record_far_from_all_others_is_said_with_its_line() {
        let near = |count: i64| 0..count;
        assert_eq!(far([26_000].into_iter().chain(near(19))), [(1, 1, true)]);
        assert_eq!(far(near(19).chain([-400])), [(20, 1, false)]);
        assert_eq!(far(near(40).chain([900, -900, 901])), [(42, 1, false), (41, 2, true)]);
        // Two of them, of different years, are told together.
        assert_eq!(far(near(40).chain([1_000, 2_000])), [(41, 2, true)]);
    }

    #[test]
    fn what_is_no_further_than_a_year_or_not_few_is_not_said() {
        assert_eq!(far((0..20).chain([19 + 366])), []);
        assert_eq!(far((0..20).chain([19 + 367])), [(21, 1, true)]);
        assert_eq!(far((0..8).chain([4_000])), [], "one of nine");
        assert_eq!(far((0..9).chain([4_000])), [(10, 1, true)]);
        assert_eq!(far((0..50).chain(4_000..4_050)), [], "two halves, of which neither is wrong");
        assert_eq!(far([]), []);
        assert_eq!(far([0]), []);
    }

    #[test]
    fn the_earliest_line_speaks_for_those_of_its_side() {
        let mut times = FileTimes::default();
        for line in 1..=100 {
            times.note(START, line);
        }
        for line in [7_000, 300, 5_000] {
            times.note(after(3_000), line);
        }
        let far: Vec<Far> = times.far().collect();
        let expected = Far { line: 300, at: after(3_000), records: 3, others: 100, is_ahead: true, nearest: START };
        assert_eq!((far[0].years(), far), (8, vec![expected]));
    }

    #[test]
    fn a_file_of_all_plausible_times_takes_bounded_memory() {
        let (first, last) = (31_536_000_000_i64, 7_258_118_399_999);
        let mut times = FileTimes::default();
        for (line, at) in (first..=last).step_by(Millis::DAY.0 as usize).enumerate() {
            times.note(EventTime(at), line as u64);
        }
        assert!(times.stretches.len() < 2_800, "{}", times.stretches.len());
    }
}
