//! A source most of whose first records are rejected has the wrong dialect, key form or partitioner. Committing them
//! would make dead letters of good calls; the engine stops with the reason before anything is committed.

use std::sync::{Mutex, PoisonError};

use ringfence_task::{Rejected, Tally};

/// How many records decide.
const FIRST_RECORDS: u64 = 1_000;

/// What the first records of each source became, in all first starts of this process.
#[derive(Debug)]
pub(crate) struct Probation(Mutex<Vec<Seen>>);

#[derive(Clone, Debug)]
struct Seen {
    topic: String,
    records: u64,
    rejected: Rejected,
}

/// Whether a first commit may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing speaks against it.
    Pass,
    /// More records have to be seen first.
    Wait,
    /// Most of the first records of a source were rejected.
    Stop(MostlyRejected),
}

/// Most of the first records of a source were rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{rejected} of the first {records} records of {topic} were rejected ({codes}); nothing was committed for a first start: check the source's dialect, numbers, key form and partitioner with `ringfence doctor`"
)]
pub struct MostlyRejected {
    /// The topic.
    pub topic: String,
    /// How many records were looked at.
    pub records: u64,
    /// How many of them were rejected.
    pub rejected: u64,
    /// Why, the most frequent reason first.
    pub codes: String,
}

impl Probation {
    pub(crate) fn new<T: AsRef<str>>(topics: &[T]) -> Self {
        let seen = |topic: &T| Seen { topic: topic.as_ref().to_owned(), records: 0, rejected: Rejected::default() };
        Self(Mutex::new(topics.iter().map(seen).collect()))
    }

    /// Adds what records of a first start became, until enough have been seen.
    pub(crate) fn note(&self, input: u8, tally: &Tally, noted_before: &Tally) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = &mut seen[usize::from(input)];
        if seen.records < FIRST_RECORDS {
            seen.records += tally.records - noted_before.records;
            seen.rejected.add_since(&tally.rejected, &noted_before.rejected);
        }
    }

    /// Whether the first commit of a shard may be made whose inputs are at their ends as told.
    pub(crate) fn verdict(&self, ended: &[bool]) -> Verdict {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for seen in seen.iter() {
            let rejected = seen.rejected.total();
            if seen.records >= FIRST_RECORDS && rejected * 2 > seen.records {
                return Verdict::Stop(MostlyRejected {
                    topic: seen.topic.clone(),
                    records: seen.records,
                    rejected,
                    codes: codes(&seen.rejected),
                });
            }
        }
        let open = seen.iter().zip(ended).any(|(seen, ended)| seen.records < FIRST_RECORDS && !ended);
        if open { Verdict::Wait } else { Verdict::Pass }
    }
}

fn codes(rejected: &Rejected) -> String {
    let mut counts: Vec<(u64, &str)> = rejected.by_code().map(|(code, count)| (count, code.name())).collect();
    counts.sort_by(|a, b| b.cmp(a));
    counts.iter().map(|(count, code)| format!("{code} {count}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::RejectCode;

    use super::{Probation, Verdict};
    use ringfence_task::Tally;

    fn tally(records: u64, rejected: u64) -> Tally {
        let mut tally = Tally { records, ..Tally::default() };
        for at in 0..rejected {
            tally.rejected.count(if at % 3 == 0 { RejectCode::WrongPartition } else { RejectCode::Malformed });
        }
        tally
    }

    #[test]
    fn more_than_half_of_the_first_thousand_stops() {
        let probation = Probation::new(&["cdr", "complaints"]);
        probation.note(0, &tally(600, 600), &Tally::default());
        assert_eq!(probation.verdict(&[false, true]), Verdict::Wait);
        probation.note(0, &tally(400, 0), &Tally::default());
        let Verdict::Stop(reason) = probation.verdict(&[false, false]) else { panic!("stops") };
        assert_eq!((&*reason.topic, reason.records, reason.rejected), ("cdr", 1_000, 600));
        assert_eq!(reason.codes, "malformed 400, wrong_partition 200");
    }

    #[test]
    fn half_of_them_passes_and_later_ones_do_not_count() {
        let probation = Probation::new(&["cdr"]);
        probation.note(0, &tally(1_000, 500), &Tally::default());
        probation.note(0, &tally(1_000, 1_000), &Tally::default());
        assert_eq!(probation.verdict(&[false]), Verdict::Pass);
    }

    #[test]
    fn a_short_input_passes_once_it_has_been_read_to_its_end() {
        let probation = Probation::new(&["cdr", "complaints"]);
        probation.note(0, &tally(2_000, 0), &Tally::default());
        probation.note(1, &tally(10, 9), &Tally::default());
        assert_eq!(probation.verdict(&[false, false]), Verdict::Wait);
        assert_eq!(probation.verdict(&[false, true]), Verdict::Pass);
    }
}
