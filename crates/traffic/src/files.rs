//! When the files of the network's elements arrive.
//!
//! Each element closes a file every minute and sends it off some seconds later; one file in a hundred is held up.

use crate::local_time::{MINUTE, SECOND};
use crate::random::Random;
use crate::record::Element;

const FILE: i64 = MINUTE;
const TRANSFER: std::ops::RangeInclusive<i64> = 2 * SECOND..=20 * SECOND;
const LATE_PER_MILLION: u64 = 10_000;
/// How much later a file is that is held up.
const LATE: std::ops::RangeInclusive<i64> = 5 * MINUTE..=90 * MINUTE;
/// A file's records arrive one after the other within this time.
const UNLOADING: u64 = 1_500;

/// The arrival of a record, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileArrival {
    /// When the record arrives.
    pub(crate) at: i64,
    /// Whether its file was held up.
    pub(crate) late: bool,
}

/// When a record arrives that an element wrote at `written` (milliseconds).
pub(crate) fn arrival(seed: u64, element: Element, written: i64, random: &mut Random) -> FileArrival {
    let file = written.div_euclid(FILE);
    let mut fate = Random::of(&[seed, 0xf11e, u64::from(element.0), file as u64]);
    let sent = (file + 1) * FILE + fate.between(&TRANSFER) + random.below(UNLOADING) as i64;
    let late = fate.happens(LATE_PER_MILLION);
    FileArrival { at: if late { sent + fate.between(&LATE) } else { sent }, late }
}
