//! Which records are taken: what lateness and skew are for.

/// Which records are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// All of them, whatever their arrival.
    Archive,
    /// Those whose arrival is neither more than the pack's lateness after nor more than its skew before them.
    Live,
}
