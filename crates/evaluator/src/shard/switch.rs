//! Another pack in force, from an event time on.
//!
//! Facts stay, so every rule of the new pack is warm at once. Instants from shard time on are judged by the new pack,
//! also those that had been judged already; the earlier ones stay with the old one, whatever still comes for them. What
//! goes on under which rule follows from the facts then, see [`Rulebook`](crate::rulebook::Rulebook).

use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_rules::{Field, Pack, Rule, Stream};
use ringfence_timeline::CallFact;

use super::shard::Shard;
use crate::facts::Touched;

impl Shard {
    /// Puts another pack in force from shard time on, or for all time where not every input has spoken yet; call it
    /// between two commits. The next commit publishes what follows from it.
    pub fn switch(&mut self, pack: Arc<Pack>) {
        let at = self.times.now().unwrap_or(EventTime::MIN);
        let (stored, seen) = (self.stored, self.times.seen);
        // A rule that reads what was not stored finds whole facts from now on.
        let whole_from = |rule: &Rule| match rule.fields().into_iter().all(|field: Field| stored.has(field)) {
            true => EventTime::MIN,
            false => seen.plus(ringfence_cdr::Millis(1)),
        };
        self.stored.extend(&pack, seen);
        let changed = self.book.switch(pack, at, whole_from);
        self.drop_caches();
        if changed {
            self.judge_again(at);
        }
    }

    /// Has every number judged again from an instant on, where it has facts since, or violations that may go on.
    pub(crate) fn judge_again(&mut self, from: EventTime) {
        let from = self.switched.map_or(from, |earlier| earlier.min(from));
        self.switched = Some(from);
        let held_from = [Stream::Calls, Stream::Complaints].map(|stream| self.held_from(stream));
        let from = from.max(held_from[0].min(held_from[1]));
        for slot in 0..self.numbers.len() as u32 {
            self.judge_number_again(slot, from);
        }
    }

    /// Has a number judged at the next commit as if these facts of it had changed.
    pub(super) fn touch_with(&mut self, slot: u32, calls: &[CallFact], complaints: &[EventTime]) -> &mut Touched {
        let judges_pairs = self.book.judges_pairs();
        let touched = self.touch(slot);
        calls.iter().for_each(|call| touched.changed(Stream::Calls, call.at));
        complaints.iter().for_each(|at| touched.changed(Stream::Complaints, *at));
        if judges_pairs {
            calls.iter().for_each(|call| touched.called(call.called_number, call.at));
        }
        touched
    }

    fn judge_number_again(&mut self, slot: u32, from: EventTime) {
        let Some(state) = self.numbers[slot as usize].as_mut() else { return };
        state.quiet_calls = 0;
        // With another lateness something may be due earlier.
        state.extras.iter_mut().for_each(|extras| extras.tracks.look_at_all());
        let mut calls = Vec::new();
        if state.calls.last_at() >= Some(from) {
            let before = from.minus(ringfence_cdr::Millis(1));
            state.calls.decode_into(state.number, (before, EventTime::MAX), &mut calls, &mut self.work);
        }
        let complaints = state.extras.iter().flat_map(|extras| extras.complaints.all().map(|complaint| complaint.at));
        let complaints: Vec<EventTime> = complaints.filter(|at| *at >= from).collect();
        if calls.is_empty() && complaints.is_empty() && state.tracks().next().is_none() {
            return;
        }
        let touched = self.touch_with(slot, &calls, &complaints);
        touched.again_from = Some(touched.again_from.map_or(from, |earlier| earlier.min(from)));
    }
}
