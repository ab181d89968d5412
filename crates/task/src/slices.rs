//! Which stretches of which inputs an epoch applied, in which order: what the journal will say, and a replay do again.

use ringfence_evaluator::InputId;

/// The most slices of an epoch. A journal record with so many fits a Kafka record whatever its offsets and topics are
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
    /// Whether any of them came before the shard: those that were filtered, could not be read, or are gaps between
    /// records, change nothing there, so it does not matter when they are passed over.
    pub(crate) reached_the_shard: bool,
}

/// The slices of an epoch.
#[derive(Debug, Default)]
pub(crate) struct Slices(Vec<Slice>);

impl Slices {
    /// Notes that a further stretch of an input was applied. It makes the input's last slice longer unless something
    /// lies between that must come before it.
    pub(crate) fn extend(&mut self, input: InputId, from: i64, next: i64, reached_the_shard: bool) {
        match self.0.iter().rposition(|slice| slice.input == input) {
            Some(at) if !reached_the_shard || self.nothing_matters_after(at) => {
                let slice = &mut self.0[at];
                debug_assert_eq!(slice.next, from, "an input is read without holes");
                slice.next = next;
                slice.reached_the_shard |= reached_the_shard;
            }
            _ => self.0.push(Slice { input, from, next, reached_the_shard }),
        }
    }

    fn nothing_matters_after(&self, at: usize) -> bool {
        self.0[at + 1..].iter().all(|slice| !slice.reached_the_shard)
    }

    /// Whether records of this input find room.
    pub(crate) fn has_room_for(&self, input: InputId) -> bool {
        let goes_on = || {
            let last = self.0.iter().rposition(|slice| slice.input == input);
            last.is_some_and(|at| self.nothing_matters_after(at))
        };
        !self.is_full() || goes_on()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= SLICES_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was applied, in an order that leads to the same state; the next epoch begins.
    pub(crate) fn take(&mut self) -> Vec<Slice> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{InputId, SLICES_MAX, Slices};

    const GAP: bool = false;
    const RECORDS: bool = true;

    fn check(stretches: &[(u32, i64, i64, bool)], expected: &[(u32, i64, i64)]) {
        let mut slices = Slices::default();
        for (input, from, next, reached) in stretches {
            slices.extend(InputId(*input), *from, *next, *reached);
        }
        let taken: Vec<_> = slices.take().iter().map(|slice| (slice.input.0, slice.from, slice.next)).collect();
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
    fn what_never_came_before_the_shard_separates_nothing() {
        check(&[(0, 0, 10, RECORDS), (1, 5, 6, GAP), (0, 10, 20, RECORDS)], &[(0, 0, 20), (1, 5, 6)]);
    }

    #[test]
    fn what_never_came_before_the_shard_joins_the_last_slice_of_its_input() {
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
        assert!(slices.has_room_for(last));
        assert!(!slices.has_room_for(InputId(1 - last.0)));
        assert!(!slices.has_room_for(InputId(2)));
    }
}
