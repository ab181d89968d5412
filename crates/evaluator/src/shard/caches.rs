//! What is derived and kept, and the one place where it is dropped.
//!
//! | cache | of | follows |
//! |---|---|---|
//! | decoded facts, views, probes | a busy number | every fact that comes, changes or is evicted, windows that open or close where facts are gone |
//! | class | a number | the rules and lists in force |
//! | how many changes fit under its cap | a number | every commit that looks at it |
//! | where legs lie, and the attempts of keys that have many | a number's legs | every leg that comes or goes |
//! | up to where anything holds | a number's tracks | every judgement |
//! | what the segments of a long episode come to | a track | every segment that changes |
//! | where something may have to be told, and when | a track | every judgement and every event |
//! | up to where strikes are dealt with | a number on a ladder | every strike that comes, moves or is dropped |
//! | when to look at a number although no fact comes | a shard | every commit that looks at it |
//!
//! None of it is state: law V-1 drops all of it at any moment, and the same bytes come out. How many calls a quiet number
//! may take is none of these: when an act may follow a record depends on it, so it is kept in the snapshot.

use super::number::NumberState;
use super::shard::Shard;

impl Shard {
    /// Drops whatever is derived and kept to save time, and changes nothing else. Rules or lists that changed take effect
    /// by it.
    pub fn drop_caches(&mut self) {
        self.drop_all_decoded();
        self.wakes.clear();
        for slot in 0..self.numbers.len() as u32 {
            let Some(number) = self.number(slot).map(|state| self.symbols.number(state.number)) else { continue };
            let class = self.book.class_of(&number);
            let Some(state) = self.numbers[slot as usize].as_mut() else { continue };
            state.drop_caches(class);
            let wake = state.extras.as_ref().and_then(|extras| extras.wakes_at());
            self.wakes.set(slot, wake);
        }
    }

    /// Drops what is decoded of a number: it has lost facts that its views hold, or is gone.
    pub(super) fn drop_decoded(&mut self, slot: u32) {
        self.hot.remove(slot);
    }

    /// Drops what is decoded of every number: texts are gone that it names.
    pub(super) fn drop_all_decoded(&mut self) {
        self.hot.clear();
    }
}

impl NumberState {
    fn drop_caches(&mut self, class: u32) {
        self.class = class;
        self.add_up_again();
        self.hot = false;
        if let Some(extras) = &mut self.extras {
            extras.holds_to = None;
            extras.legs.drop_caches();
            extras.tracks.for_each(|track| track.held.drop_caches());
            extras.card.iter_mut().flat_map(|card| card.files_mut()).for_each(|(_, file)| file.drop_caches());
        }
    }

    /// Whether so many changes more cannot have brought it to its cap.
    pub(super) fn fits(&mut self, changes: usize) -> bool {
        self.fitting = self.fitting.saturating_sub(u16::try_from(changes).unwrap_or(u16::MAX));
        self.fitting > 0
    }

    /// So many changes more fit under its cap.
    pub(super) fn note_fitting(&mut self, changes: usize) {
        self.fitting = u16::try_from(changes).unwrap_or(u16::MAX);
    }

    /// What it takes is added up with its next change.
    pub(super) fn add_up_again(&mut self) {
        self.fitting = 0;
    }
}
