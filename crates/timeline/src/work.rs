//! Work done, counted where it is done.
//!
//! What a commit costs must follow what changed, not what a number already holds (law K-1). Clocks cannot hold a test to
//! that; these counters can: the same inputs give the same counts on every machine. They decide nothing.

use std::ops::{AddAssign, Sub};

/// Units of work. Each is about as much as a look at one fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Calls read out of the bytes that they are stored as.
    pub decoded: u64,
    /// Calls written as the bytes that they are stored as.
    pub encoded: u64,
    /// Stored facts looked at, to find a place or to tell which of two stands.
    pub compared: u64,
    /// Stored facts, or chunks of them, that moved to make room or to close a gap.
    pub moved: u64,
    /// Decoded facts looked at to judge, and to tell what a violation rests on; what is kept of them looked at to follow a
    /// change.
    pub looked: u64,
    /// Instants at which a rule was judged.
    pub judged: u64,
    /// Episodes, and what was told of them, looked at to say what changed.
    pub episodes: u64,
}

impl Work {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        let Self { decoded, encoded, compared, moved, looked, judged, episodes } = self;
        decoded + encoded + compared + moved + looked + judged + episodes
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        let Self { decoded, encoded, compared, moved, looked, judged, episodes } = other;
        self.judged += judged;
        self.episodes += episodes;
        self.decoded += decoded;
        self.encoded += encoded;
        self.compared += compared;
        self.moved += moved;
        self.looked += looked;
    }
}

impl Sub for Work {
    type Output = Self;

    /// What was done since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        Self {
            decoded: self.decoded - earlier.decoded,
            encoded: self.encoded - earlier.encoded,
            compared: self.compared - earlier.compared,
            moved: self.moved - earlier.moved,
            looked: self.looked - earlier.looked,
            judged: self.judged - earlier.judged,
            episodes: self.episodes - earlier.episodes,
        }
    }
}
