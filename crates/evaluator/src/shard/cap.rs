//! Law B-1: what one number may take of memory, and what is given up where it takes more.
//!
//! The oldest goes first, of whatever takes most. Counts are lower bounds then, and every violation that reads what is
//! gone says `approximate`.

use ringfence_cdr::{EventTime, Millis};

use super::number::NumberState;
use super::shard::Shard;
use crate::episodes::Track;
use crate::episodes::forget;
use crate::output::Output;

/// More than one change adds to what its number takes, also where it opens a violation of many a rule. What a number takes
/// is added up anew only once so many facts have changed that it may have reached its cap.
const CHANGE_BYTES_MAX: usize = 1 << 20;

/// What takes most of a number's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Most {
    Calls,
    Complaints,
    Parts,
    Legs,
    Violations,
    Windows,
}

impl Shard {
    /// Keeps a number within its cap, after so many facts of it changed.
    pub(crate) fn cap(&mut self, slot: u32, changes: usize, outputs: &mut Vec<Output>) {
        if self.numbers[slot as usize].as_mut().is_some_and(|state| state.fits(changes)) {
            return;
        }
        while let Some(most) = self.exceeds(slot) {
            let is_less = match most {
                Most::Calls => self.drop_oldest_calls(slot),
                Most::Complaints => self.drop_oldest_complaints(slot),
                Most::Parts | Most::Legs => self.drop_oldest_joined(slot, most),
                Most::Violations => self.drop_oldest_violations(slot, outputs),
                Most::Windows => self.drop_oldest_windows(slot),
            };
            self.drop_decoded(slot);
            if !is_less {
                break;
            }
        }
        let fitting = self.options.number_bytes_max.saturating_sub(sum(self.takers(slot))) / CHANGE_BYTES_MAX;
        if let Some(state) = self.numbers[slot as usize].as_mut() {
            state.note_fitting(fitting);
        }
    }

    /// What takes most of a number that takes too much.
    fn exceeds(&self, slot: u32) -> Option<Most> {
        let takers = self.takers(slot);
        let most = takers.into_iter().max_by_key(|(bytes, _)| *bytes);
        most.filter(|_| sum(takers) > self.options.number_bytes_max).map(|(_, most)| most)
    }

    /// What counts towards the cap of a number.
    fn takers(&self, slot: u32) -> [(usize, Most); 6] {
        let state = self.number(slot);
        let calls = state.map_or(0, |state| state.calls.bytes());
        let extras = state.and_then(|state| state.extras.as_ref());
        let (complaints, parts, legs, violations) = extras.map_or((0, 0, 0, 0), |extras| {
            let violations = extras.tracks.iter().map(Track::bytes).sum();
            (extras.complaints.bytes(), extras.parts.bytes(), extras.legs.bytes(), violations)
        });
        let windows = extras.and_then(|extras| extras.anchors.as_ref()).map_or(0, |anchors| anchors.bytes());
        [
            (calls, Most::Calls),
            (complaints, Most::Complaints),
            (parts, Most::Parts),
            (legs, Most::Legs),
            (violations, Most::Violations),
            (windows, Most::Windows),
        ]
    }

    fn drop_oldest_calls(&mut self, slot: u32) -> bool {
        let Some(state) = self.numbers[slot as usize].as_mut() else { return false };
        let last_at = state.last_at();
        let Some(before) = state.calls.drop_oldest(state.number, &mut self.work) else { return false };
        state.extras_mut().capped(before, last_at);
        true
    }

    fn drop_oldest_complaints(&mut self, slot: u32) -> bool {
        let Some(state) = self.numbers[slot as usize].as_mut() else { return false };
        let last_at = state.last_at();
        let extras = state.extras_mut();
        let bytes = extras.complaints.bytes();
        if let Some(before) = extras.complaints.drop_oldest(&mut self.work) {
            extras.capped(before, last_at);
        }
        extras.complaints.bytes() < bytes
    }

    /// Drops parts or legs. As with all that is dropped, what was judged stays as it was.
    fn drop_oldest_joined(&mut self, slot: u32, most: Most) -> bool {
        let Some(state) = self.numbers[slot as usize].as_mut() else { return false };
        let last_at = state.last_at();
        if state.extras.is_none() {
            return false;
        }
        let joined =
            |state: &NumberState| state.extras.as_ref().map_or(0, |extras| extras.parts.bytes() + extras.legs.bytes());
        let bytes = joined(state);
        let mut records = state.records(&self.symbols);
        let before = match most {
            Most::Parts => records.drop_oldest_parts(&mut self.work),
            _ => records.drop_oldest_legs(&mut self.work),
        };
        let Some(before) = before else { return false };
        let is_less = joined(state) < bytes;
        state.extras_mut().capped(before, last_at);
        is_less
    }

    /// Forgets where the windows began that are open where facts are gone: the next fact begins one.
    fn drop_oldest_windows(&mut self, slot: u32) -> bool {
        let Some(state) = self.numbers[slot as usize].as_mut() else { return false };
        let last_at = state.last_at();
        let Some(extras) = state.extras.as_mut() else { return false };
        let Some(before) = extras.anchors.as_mut().and_then(|anchors| anchors.drop_oldest()) else { return false };
        extras.capped(before, last_at);
        true
    }

    /// Forgets the violations that ended first; those that are open are closed.
    fn drop_oldest_violations(&mut self, slot: u32, outputs: &mut Vec<Output>) -> bool {
        let context = self.times.context(&self.book, &self.symbols);
        let Some(state) = self.numbers[slot as usize].as_mut() else { return false };
        let last_at = state.last_at();
        let Some(extras) = state.extras.as_mut() else { return false };
        let episodes =
            extras.tracks.iter().flat_map(|track| track.stretches(EventTime::MIN, |rule| context.keep(rule)));
        let mut ends: Vec<EventTime> = episodes.map(|episode| episode.last_at).collect();
        ends.sort_unstable();
        let Some(up_to) = ends.get(ends.len() / 10).copied() else { return false };
        extras.tracks.for_each(|track| forget(&context, track, up_to, outputs));
        extras.capped(up_to.plus(Millis(1)), last_at);
        true
    }
}

fn sum(takers: [(usize, Most); 6]) -> usize {
    takers.iter().map(|(bytes, _)| bytes).sum()
}
