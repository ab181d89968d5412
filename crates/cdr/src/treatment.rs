//! Readings that were not plain: what the record did not say as it should, and what was made of it.
//!
//! A record is read, counted and judged all the same, so nothing else would tell that a clock, a unit or a column is not
//! what the dialect takes it for. What was done to a record is noted on it while it is decoded ([`Treatments`]), counted
//! where it is applied ([`Treated`]) and told by coverage and metrics. No fact has it: how a record was written decides no
//! verdict, and the same record from two files, read plainly from one, is a duplicate.

use std::fmt;

macro_rules! treatments {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $says:literal,)*) => {
        /// One way in which a reading was not plain.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Treatment {
            $($(#[$doc])* $variant,)*
        }

        impl Treatment {
            /// All of them, in the order in which they are told.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in coverage and metrics.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What was done, for summaries: it follows a number of records.
            #[must_use]
            pub fn says(self) -> &'static str {
                match self {
                    $(Self::$variant => $says,)*
                }
            }
        }
    };
}

treatments! {
    /// A local time that comes twice as clocks go back; the dialect says which of the two is meant.
    AmbiguousLocalTime = "ambiguous_local_time"
        "a local time that comes twice as clocks go back",
    /// A local time that never came, as clocks went forward over it: read as if they had not yet.
    SkippedLocalTime = "skipped_local_time"
        "a local time that clocks skipped as they went forward",
    /// A time that says that it never came, such as the year 1: absent.
    NeverTime = "never_time"
        "a time that says never, left out",
    /// A time other than the event's that no call can have: absent.
    ImplausibleTimeAbsent = "implausible_time_absent"
        "a time out of the plausible range, left out",
    /// A duration that cannot be; the call's own times gave another.
    DurationFromTimes = "duration_from_times"
        "a duration that cannot be, taken from the times instead",
    /// A duration that cannot be, and no times to take one from: absent.
    DurationAbsent = "duration_absent"
        "a duration that cannot be, left out",
    /// A calling, called or complained number without `+` or `00` that was taken to begin with the country's code.
    InternationalWithoutPlus = "international_without_plus"
        "a number with the country's code and no plus",
    /// Quotes in a row that are not those of RFC 4180.
    OddQuotes = "odd_quotes"
        "quotes that stand where none should",
    /// Bytes that are no text of the encoding, in a field that nothing reads.
    ReplacedBytes = "replaced_bytes"
        "bytes that are not in the encoding, in a field that nothing reads",
    /// One of the records that one attempt left, one for each end that rang: it was joined to another.
    Legs = "legs"
        "a leg that was joined to another of its attempt",
}

/// How a record was read, where not plainly: a set of [`Treatment`]s.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Treatments(u16);

const _: () = assert!(Treatment::ALL.len() <= u16::BITS as usize, "a treatment is a bit of the set");

impl Treatments {
    /// Notes one.
    #[inline]
    pub fn note(&mut self, treatment: Treatment) {
        self.0 |= 1 << treatment as u8;
    }

    /// Notes one where it is so.
    #[inline]
    pub(crate) fn note_if(&mut self, treatment: Treatment, is_so: bool) {
        if is_so {
            self.note(treatment);
        }
    }

    /// Whether it has this one.
    #[must_use]
    pub fn contains(self, treatment: Treatment) -> bool {
        self.0 & (1 << treatment as u8) != 0
    }

    /// Whether the record was read plainly.
    #[inline]
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that it has.
    pub fn iter(self) -> impl Iterator<Item = Treatment> {
        Treatment::ALL.iter().copied().filter(move |treatment| self.contains(*treatment))
    }
}

impl FromIterator<Treatment> for Treatments {
    fn from_iter<I: IntoIterator<Item = Treatment>>(treatments: I) -> Self {
        let mut set = Self::default();
        treatments.into_iter().for_each(|treatment| set.note(treatment));
        set
    }
}

impl fmt::Debug for Treatments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Records read otherwise than plainly, counted once for each treatment that they had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Treated([u64; Treatment::ALL.len()]);

impl Treated {
    /// Counts one record.
    #[inline]
    pub fn count(&mut self, treatments: Treatments) {
        if !treatments.is_empty() {
            treatments.iter().for_each(|treatment| self.0[treatment as usize] += 1);
        }
    }

    /// Each treatment that was met, with the number of records.
    pub fn by_treatment(&self) -> impl Iterator<Item = (Treatment, u64)> {
        Treatment::ALL.iter().copied().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// What was counted since an earlier state of the same counts.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut since = *self;
        since.0.iter_mut().zip(earlier.0).for_each(|(now, earlier)| *now -= earlier);
        since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_once_for_each_of_its_treatments() {
        let mut treated = Treated::default();
        let mut both = Treatments::default();
        for treatment in [Treatment::Legs, Treatment::NeverTime, Treatment::NeverTime] {
            both.note(treatment);
        }
        treated.count(both);
        let before = treated;
        treated.count(Treatments::default());
        treated.count([Treatment::NeverTime].into_iter().collect());
        let counted: Vec<_> = treated.by_treatment().collect();
        assert_eq!(counted, [(Treatment::NeverTime, 2), (Treatment::Legs, 1)]);
        assert_eq!(treated.since(&before).by_treatment().collect::<Vec<_>>(), [(Treatment::NeverTime, 1)]);
    }

    #[test]
    fn each_treatment_is_a_bit_of_its_own_and_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Treatment::ALL.iter().map(|treatment| treatment.name()).collect();
        assert_eq!(names.len(), Treatment::ALL.len());
        for (at, treatment) in Treatment::ALL.iter().enumerate() {
            let one: Treatments = [*treatment].into_iter().collect();
            assert_eq!((*treatment as usize, one.iter().collect::<Vec<_>>()), (at, vec![*treatment]));
        }
    }
}
