//! What is derived and kept, and the one place where it is dropped.
//!
//! | cache | of | follows |
//! |---|---|---|
//! | decoded facts, views, probes | a busy number | every fact that comes, changes or is evicted |
//! | class | a number | the rules and lists in force |
//! | how many changes fit under its cap | a number | every commit that looks at it |
//! | up to where anything holds | a number's tracks | every judgement |
//! | where something may have to be told, and when | a track | every judgement and every event |
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
        self.hot.clear();
        self.wakes.clear();
        for slot in 0..self.numbers.len() as u32 {
            let Some(number) = self.number(slot).map(|state| self.symbols.number(state.number)) else { continue };
            let class = self.book.class_of(&number);
            let Some(state) = self.numbers[slot as usize].as_mut() else { continue };
            state.drop_caches(class);
            let wake = state.rest.as_ref().and_then(|rest| rest.wakes_at());
            self.wakes.set(slot, wake);
        }
    }
}

impl NumberState {
    fn drop_caches(&mut self, class: u32) {
        self.class = class;
        self.fitting = 0;
        self.hot = false;
        if let Some(rest) = &mut self.rest {
            rest.holds_to = None;
            rest.tracks.look_at_all();
        }
    }
}
