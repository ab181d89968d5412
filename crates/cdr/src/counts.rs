//! What became of the records of one input (law C-1): counted where they are applied, told by metrics and summaries.

use crate::{RejectCode, Treated};

/// What became of some records of one input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputCounts {
    /// Records read.
    pub records: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// New facts.
    pub inserted: u64,
    /// Facts that a record of this input joined to another one: they count as merged from then on.
    pub joined: u64,
    /// Facts that came apart again as another copy of a record stands: parts that count as facts from then on.
    pub parted: u64,
    /// Repeats without a difference.
    pub duplicates: u64,
    /// Parts and versions that went into a fact that was there.
    pub merged: u64,
    /// Of a type that does not count at this source.
    pub filtered: u64,
    /// More than five minutes behind what the shard had seen.
    pub late: u64,
    /// Stamped by their producers further ahead of the clock than the skew: they moved no time.
    pub ahead: u64,
    /// Calls read whose answer is told by their duration alone.
    pub answers_assumed: u64,
    /// Records that were not read plainly, by how.
    pub treated: Treated,
    /// Dead letters by code.
    pub rejected: Rejected,
}

/// Dead letters, in the order of [`RejectCode::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected([u64; RejectCode::ALL.len()]);

impl Default for Rejected {
    fn default() -> Self {
        Self([0; RejectCode::ALL.len()])
    }
}

impl Rejected {
    /// Counts one.
    pub fn count(&mut self, code: RejectCode) {
        if let Some(at) = RejectCode::ALL.iter().position(|known| *known == code) {
            self.0[at] += 1;
        }
    }

    /// Dead letters of all codes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Each code that was met, with how often.
    pub fn by_code(&self) -> impl Iterator<Item = (RejectCode, u64)> {
        RejectCode::ALL.iter().copied().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// Adds what was counted since an earlier state of the same counts.
    pub fn add_since(&mut self, now: &Self, earlier: &Self) {
        for (sum, (now, earlier)) in self.0.iter_mut().zip(now.0.iter().zip(earlier.0)) {
            *sum += now - earlier;
        }
    }
}
