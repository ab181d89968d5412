//! Records that are decoded and wait to be applied.

use ringfence_cdr::EventTime;

/// How many records are decoded before the first of them is applied, so that their numbers are fetched together.
pub(crate) const TOGETHER: usize = 32;

/// Whether a record moves the time of its input.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moves {
    /// To when it arrived.
    To(EventTime),
    /// To what stands in it: a record of an archive.
    ByItself,
    /// Not at all: its producer set an arrival that cannot be.
    Ahead,
    /// Not at all: nobody says when it arrived.
    Untold,
}
