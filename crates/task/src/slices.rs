//! Which stretches of which inputs an epoch applied, in which order: what the journal will say, and a replay do again.

use ringfence_evaluator::InputId;

use crate::WallClock;

/// The most slices of an epoch, with the clocks that they were read by. A journal record with so many fits a Kafka record whatever its offsets and topics are
/// (a test holds it to [`JOURNAL_BYTES_MAX`](crate::JOURNAL_BYTES_MAX)); an epoch that has reached it takes nothing more
/// that needs another slice.
pub const SLICES_MAX: usize = 2_000;

/// Records of one input that were applied one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) input: InputId,
    /// The first offset.
    pub(crate) from: i64,
    /// The offset after the last.
    pub(crate) next: i64,
    /// Whether there are records in it: each may move time, also one that was filtered or could not be read. A gap between
    /// records changes nothing, so it does not matter when it is passed over.
    pub(crate) has_records: bool,
}

/// One thing that an epoch read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Records are read by this clock from here on.
    By(WallClock),
    /// A stretch of an input.
    Slice(Slice),
}

/// The slices of an epoch, in order, and by which clock they were read.
#[derive(Debug, Default)]
pub(crate) struct Slices(Vec<Read>);

impl Slices {
    /// Notes by which clock records are read from here on.
    pub(crate) fn read_by(&mut self, clock: WallClock) {
        self.0.push(Read::By(clock));
    }

    /// Notes that a further stretch of an input was applied. It makes the input's last slice longer unless something
    /// lies between that must come before it.
    pub(crate) fn extend(&mut self, input: InputId, from: i64, next: i64, has_records: bool) {
        let last = self.last_of(input);
        let Some(at) = last.filter(|at| !has_records || self.nothing_matters_after(*at)) else {
            return self.0.push(Read::Slice(Slice { input, from, next, has_records }));
        };
        if let Read::Slice(slice) = &mut self.0[at] {
            debug_assert_eq!(slice.next, from, "an input is read without holes");
            slice.next = next;
            slice.has_records |= has_records;
        }
    }

    fn last_of(&self, input: InputId) -> Option<usize> {
        self.0.iter().rposition(|read| matches!(read, Read::Slice(slice) if slice.input == input))
    }

    fn nothing_matters_after(&self, at: usize) -> bool {
        self.0[at + 1..].iter().all(|read| matches!(read, Read::Slice(slice) if !slice.has_records))
    }

    /// Whether records of this input find room, read by the clock of those before or by a new one.
    pub(crate) fn has_room_for(&self, input: InputId, by_new_clock: bool) -> bool {
        let goes_on = || self.last_of(input).is_some_and(|at| self.nothing_matters_after(at));
        match by_new_clock {
            true => self.0.len() + 2 <= SLICES_MAX,
            false => !self.is_full() || goes_on(),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= SLICES_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was applied, in an order that leads to the same state; the next epoch begins.
    pub(crate) fn take(&mut self) -> Vec<Read> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::EventTime;

    use super::{InputId, Read, SLICES_MAX, Slices, WallClock};

    const GAP: bool = false;
    const RECORDS: bool = true;

    fn check(stretches: &[(u32, i64, i64, bool)], expected: &[(u32, i64, i64)]) {
        let mut slices = Slices::default();
        for (input, from, next, reached) in stretches {
            slices.extend(InputId(*input), *from, *next, *reached);
        }
        let taken = slices.take().into_iter().filter_map(|read| match read {
            Read::Slice(slice) => Some((slice.input.0, slice.from, slice.next)),
            Read::By(_) => None,
        });
        let taken: Vec<_> = taken.collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn a_slice_grows_while_one_input_is_read_on() {
        check(&[(0, 0, 10, RECORDS), (0, 10, 20, RECORDS)], &[(0, 0, 20)]);
    }

    #[test]
    fn records_of_two_inputs_keep_their_order() {
        check(
            &[(0, 0, 10, RECORDS), (1, 5, 6, RECORDS), (0, 10, 11, RECORDS), (1, 6, 7, RECORDS)],
            &[(0, 0, 10), (1, 5, 6), (0, 10, 11), (1, 6, 7)],
        );
    }

    #[test]
    fn a_gap_separates_nothing() {
        check(&[(0, 0, 10, RECORDS), (1, 5, 6, GAP), (0, 10, 20, RECORDS)], &[(0, 0, 20), (1, 5, 6)]);
    }

    #[test]
    fn a_gap_joins_the_last_slice_of_its_input() {
        check(&[(0, 0, 10, RECORDS), (1, 5, 6, RECORDS), (0, 10, 20, GAP)], &[(0, 0, 20), (1, 5, 6)]);
        check(
            &[(1, 4, 5, GAP), (0, 0, 10, RECORDS), (1, 5, 6, RECORDS), (0, 10, 11, RECORDS)],
            &[(1, 4, 5), (0, 0, 10), (1, 5, 6), (0, 10, 11)],
        );
    }

    #[test]
    fn an_epoch_with_all_its_slices_takes_only_what_continues_the_last_one() {
        let mut slices = Slices::default();
        for at in 0..SLICES_MAX {
            assert!(!slices.is_full());
            let (input, offset) = (InputId((at % 2) as u32), (at / 2) as i64);
            slices.extend(input, offset, offset + 1, RECORDS);
        }
        assert!(slices.is_full());
        let last = InputId(((SLICES_MAX - 1) % 2) as u32);
        assert!(slices.has_room_for(last, false));
        assert!(!slices.has_room_for(InputId(1 - last.0), false));
        assert!(!slices.has_room_for(InputId(2), false));
        assert!(!slices.has_room_for(last, true));
    }

    #[test]
    fn records_that_are_read_by_another_clock_begin_another_slice() {
        let clock = |at| WallClock::right(EventTime(at));
        let mut slices = Slices::default();
        slices.extend(InputId(0), 0, 3, GAP);
        slices.read_by(clock(7));
        slices.extend(InputId(0), 3, 5, RECORDS);
        slices.extend(InputId(0), 5, 6, RECORDS);
        slices.read_by(clock(8));
        slices.extend(InputId(0), 6, 9, GAP);
        slices.extend(InputId(0), 9, 10, RECORDS);
        let taken = slices.take();
        let places: Vec<_> = taken.iter().map(|read| matches!(read, Read::By(_))).collect();
        assert_eq!(places, [false, true, false, true, false]);
        assert_eq!((taken[1], taken[3]), (Read::By(clock(7)), Read::By(clock(8))));
    }

    #[test]
    fn a_clock_finds_no_room_without_a_slice_that_is_read_by_it() {
        let mut slices = Slices::default();
        for offset in 0..SLICES_MAX as i64 - 1 {
            assert!(slices.has_room_for(InputId(0), true));
            slices.extend(InputId((offset % 2) as u32), offset / 2, offset / 2 + 1, RECORDS);
        }
        assert!(!slices.is_full() && !slices.has_room_for(InputId(0), true));
    }
}
