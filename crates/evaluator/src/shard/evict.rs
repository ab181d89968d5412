//! Forgetting what no rule can need any more.

use ringfence_cdr::{EventTime, Key, Millis};
use ringfence_rules::Stream;

use super::number::NumberState;
use super::shard::Shard;
use super::sweep::Sweep;

/// Numbers looked at for old facts with each commit, so that a shard is gone through within some hundreds of commits.
const SHARE: usize = 512;
/// Up to where facts are old.
#[derive(Clone, Copy, Debug)]
struct Edges {
    settled: EventTime,
    calls: EventTime,
    complaints: EventTime,
    /// The longest anchored window over each.
    anchored_calls: Option<Millis>,
    anchored_complaints: Option<Millis>,
}

impl Shard {
    /// Looks at the next few numbers for facts that no rule can need any more, and with a round through all of them for
    /// texts that no fact has any more. Follows shard time.
    pub(crate) fn evict(&mut self) {
        let Some(now) = self.times.now() else { return };
        let calls = self.held_from(Stream::Calls);
        if calls == EventTime::MIN || self.numbers.is_empty() {
            return;
        }
        let edges = Edges {
            settled: now.minus(self.book.pack().lateness),
            calls,
            complaints: self.held_from(Stream::Complaints),
            anchored_calls: self.book.longest_anchored(Stream::Calls),
            anchored_complaints: self.book.longest_anchored(Stream::Complaints),
        };
        for _ in 0..(self.numbers.len() / SHARE + 1) {
            let Some(visit) = self.sweep.next(self.numbers.len(), now) else { return };
            if visit.begins {
                self.symbols.begin_sweep();
                self.sweep.settled = Some(self.times.settled());
                self.sweep.named.clear();
            }
            self.evict_of(visit.place, edges);
            if self.book.past_until() > EventTime::MIN {
                self.sweep.named.extend(self.numbers[visit.place].iter().flat_map(NumberState::rules));
            }
            if self.symbols.is_sweeping() {
                self.keep_texts_of(visit.place);
            }
            if visit.ends && self.book.past_until() > EventTime::MIN {
                // What had settled when the round began judges nothing that was not seen in it.
                let Sweep { settled, named, .. } = &self.sweep;
                self.book.forget(settled.unwrap_or(EventTime::MIN), |rule| named.contains(&rule));
            }
            if visit.ends && self.symbols.end_sweep() {
                // What is decoded may name texts that are gone.
                self.hot.clear();
            }
        }
    }

    fn evict_of(&mut self, place: usize, edges: Edges) {
        let slot = place as u32;
        let Some(state) = self.numbers[place].as_mut() else { return };
        // Anchored windows start at a fact: where all of them have ended, they start anew whatever lies before.
        let calls_from = match edges.anchored_calls {
            Some(window) => {
                let pause = state.calls.last_pause(state.number, edges.calls, window, &mut self.work);
                pause.unwrap_or(EventTime::MIN)
            }
            None => edges.calls,
        };
        state.calls.evict_before(state.number, calls_from, &mut self.work);
        if let Some(rest) = &mut state.rest {
            let complaints_from = match edges.anchored_complaints {
                Some(window) => rest.complaints.last_pause(edges.complaints, window).unwrap_or(EventTime::MIN),
                None => edges.complaints,
            };
            rest.complaints.evict_before(complaints_from, &mut self.work);
            rest.parts.evict_before(calls_from, &mut self.work);
            rest.settle(&self.book, edges.settled, calls_from.min(complaints_from));
        }
        if state.touched == 0 && state.is_idle() {
            self.index.remove(state.number, &self.numbers);
            self.numbers[place] = None;
            self.free.push(slot);
            self.hot.remove(slot);
            self.wakes.set(slot, None);
        }
    }

    /// Every text that the state of a number names: its own, those of its facts, and those of its violations, which may
    /// be there longer than their facts.
    fn keep_texts_of(&mut self, place: usize) {
        let Self { numbers, symbols, work, .. } = self;
        let Some(state) = &numbers[place] else { return };
        symbols.keep_number(state.number);
        state.calls.facts(state.number, work).for_each(|call| symbols.keep_call(&call));
        let Some(rest) = &state.rest else { return };
        rest.complaints.all().for_each(|complaint| symbols.keep_complaint(complaint));
        rest.parts.all().iter().for_each(|part| symbols.keep_call(&part.fact));
        let tracks = rest.tracks.iter().map(|track| track.id.key);
        // A strike outlives its violation, and is still named.
        let strikes = rest.card.iter().flat_map(|card| card.keys());
        tracks.chain(strikes).filter_map(Key::called).for_each(|called| symbols.keep_number(called));
    }
}
