//! What is known of a source before its records are read.

use crate::{Millis, Numbering, PlausibleTimes, RecordType};

/// How the records of one source are to be read. Configuration and dialects make it; it never changes with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CdrContext {
    /// How numbers are written there.
    pub numbering: Numbering,
    /// `served: calling`: these are the records of the calling card's own network.
    pub served_calling: bool,
    /// Which record types count; records of other types, and those of none where types are named, are *filtered*: neither
    /// facts nor dead letters.
    pub counted: RecordTypes,
    /// When calls and complaints can have been.
    pub times: PlausibleTimes,
    /// The unit in which durations are written: they may be off by one.
    pub duration_unit: Millis,
}

impl Default for CdrContext {
    /// As the contract has it: nothing is said of numbers, every type counts, durations are seconds.
    fn default() -> Self {
        Self {
            numbering: Numbering::default(),
            served_calling: false,
            counted: RecordTypes::ALL,
            times: PlausibleTimes::USUAL,
            duration_unit: Millis::SECOND,
        }
    }
}

/// A set of record types. The set of all also has the records that state none, which equal none of those named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordTypes(u16);

impl RecordTypes {
    /// Every type, and none.
    pub const ALL: Self = Self((1 << (RecordType::ALL.len() + 1)) - 1);
    /// The place of records without a type.
    const NONE: u16 = RecordType::ALL.len() as u16;

    /// Whether the set has this type, or records without one.
    #[must_use]
    pub fn contains(self, record_type: Option<RecordType>) -> bool {
        self.0 & (1 << record_type.map_or(Self::NONE, |record_type| record_type as u16)) != 0
    }
}

impl Default for RecordTypes {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromIterator<RecordType> for RecordTypes {
    fn from_iter<I: IntoIterator<Item = RecordType>>(types: I) -> Self {
        Self(types.into_iter().fold(0, |set, record_type| set | (1 << record_type as u16)))
    }
}

impl std::fmt::Debug for RecordTypes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(RecordType::ALL.into_iter().filter(|one| self.contains(Some(*one)))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let set: RecordTypes = [RecordType::MoCall, RecordType::Other].into_iter().collect();
        assert!(set.contains(Some(RecordType::MoCall)) && set.contains(Some(RecordType::Other)));
        assert!(!set.contains(Some(RecordType::MtCall)) && !set.contains(None));
        let all: RecordTypes = RecordType::ALL.into_iter().collect();
        assert!(RecordType::ALL.into_iter().all(|one| all.contains(Some(one))) && !all.contains(None));
        assert!(RecordTypes::default().contains(None));
    }
}
