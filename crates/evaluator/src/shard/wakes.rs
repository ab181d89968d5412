//! When to look at numbers although no fact of them comes.

use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Millis};

/// One time at most of each number, by its place.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    by_time: BTreeSet<(EventTime, u32)>,
    of: HashMap<u32, EventTime, FixedState>,
}

impl Wakes {
    pub(crate) fn clear(&mut self) {
        self.by_time.clear();
        self.of.clear();
    }

    /// Sets the time of a number, or takes it away.
    pub(crate) fn set(&mut self, slot: u32, wake: Option<EventTime>) {
        let old = match wake {
            Some(wake) => self.of.insert(slot, wake),
            None => self.of.remove(&slot),
        };
        if old == wake {
            return;
        }
        if let Some(old) = old {
            self.by_time.remove(&(old, slot));
        }
        if let Some(wake) = wake {
            self.by_time.insert((wake, slot));
        }
    }

    /// The first time of any.
    pub(crate) fn next(&self) -> Option<EventTime> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the numbers whose time has come, in the order of their places: after a restart each wakes at another time.
    pub(crate) fn take_due(&mut self, now: EventTime) -> BTreeSet<u32> {
        let later = self.by_time.split_off(&(now.plus(Millis(1)), 0));
        let due = std::mem::replace(&mut self.by_time, later);
        let due: BTreeSet<u32> = due.into_iter().map(|(_, slot)| slot).collect();
        due.iter().for_each(|slot| {
            self.of.remove(slot);
        });
        due
    }
}
