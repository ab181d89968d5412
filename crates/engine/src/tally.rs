//! What became of the records of one input since the last commit, counted where they are applied.

use ringfence_cdr::RejectCode;
use ringfence_telemetry::InputCounts;

/// Counts of one input of one shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// What became of the records that were read.
    pub(crate) counts: InputCounts,
    /// Dead letters by code.
    pub(crate) rejected: Rejected,
}

/// Dead letters, in the order of [`RejectCode::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rejected([u64; RejectCode::ALL.len()]);

impl Default for Rejected {
    fn default() -> Self {
        Self([0; RejectCode::ALL.len()])
    }
}

impl Rejected {
    /// Counts one.
    pub(crate) fn count(&mut self, code: RejectCode) {
        if let Some(at) = RejectCode::ALL.iter().position(|known| *known == code) {
            self.0[at] += 1;
        }
    }

    /// Dead letters of all codes.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Each code that was met, with how often.
    pub(crate) fn by_code(&self) -> impl Iterator<Item = (&'static str, u64)> {
        RejectCode::ALL.iter().zip(self.0).filter(|(_, count)| *count > 0).map(|(code, count)| (code.name(), count))
    }

    /// Adds what was counted since an earlier state of the same counts.
    pub(crate) fn add_since(&mut self, now: &Self, earlier: &Self) {
        for (sum, (now, earlier)) in self.0.iter_mut().zip(now.0.iter().zip(earlier.0)) {
            *sum += now - earlier;
        }
    }
}
