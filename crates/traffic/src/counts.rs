//! What a world holds, counted while it is made, so that what an engine counts can be compared.

use std::collections::BTreeMap;

use ringfence_cdr::RejectCode;

/// How many of each there are. Of call records, `records()` are all that are emitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Attempts to call: the facts if one record type counts each call once.
    pub attempts: u64,
    /// Records of the called side of a call that the calling side recorded as well.
    pub second_legs: u64,
    /// Calls whose record was cut into parts.
    pub partial_calls: u64,
    /// Parts of such calls.
    pub parts: u64,
    /// Records sent again unchanged.
    pub duplicates: u64,
    /// Records sent again with another duration.
    pub conflicting_duplicates: u64,
    /// Records that cannot be read, by the code they deserve.
    pub garbage: BTreeMap<RejectCode, u64>,
    /// Records of late files (garbage and repeats not counted).
    pub late: u64,
    /// Complaints, each once.
    pub complaints: u64,
    /// Later versions of complaints: upheld, rejected or withdrawn.
    pub complaint_versions: u64,
}

impl Counts {
    /// How many facts an engine that counts every record type ends with.
    #[must_use]
    pub fn call_facts(&self) -> u64 {
        self.attempts + self.second_legs
    }

    /// How many records of calls are emitted, garbage included.
    #[must_use]
    pub fn records(&self) -> u64 {
        let garbage: u64 = self.garbage.values().sum();
        let merged = self.parts - self.partial_calls;
        self.call_facts() + merged + self.duplicates + self.conflicting_duplicates + garbage
    }
}
