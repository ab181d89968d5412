//! Forgetting what no rule can need any more.

use ringfence_cdr::{EventTime, Key};
use ringfence_rules::Stream;

use super::number::NumberState;
use super::shard::Shard;
use super::sweep::Sweep;
use crate::judging::{AnchorEdges, NumberFacts, open_windows};

/// Numbers looked at for old facts with each commit, so that a shard is gone through within some hundreds of commits.
const SHARE: usize = 512;
/// Up to where facts are old.
#[derive(Clone, Copy, Debug)]
struct HeldEdges {
    settled: EventTime,
    calls: EventTime,
    complaints: EventTime,
    /// Where any windows begin with a fact, up to where those that are open are worked out.
    anchored: Option<AnchorEdges>,
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
        let complaints = self.held_from(Stream::Complaints);
        let edges = HeldEdges {
            settled: now.minus(self.book.pack().lateness),
            calls,
            complaints,
            anchored: AnchorEdges::new(&self.book, calls, complaints),
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
                self.drop_all_decoded();
            }
        }
    }

    fn evict_of(&mut self, place: usize, edges: HeldEdges) {
        let slot = place as u32;
        let Some(state) = self.numbers[place].as_mut() else { return };
        if let Some(edges) = edges.anchored {
            let context = self.times.context(&self.book, &self.symbols);
            let known = state.extras.as_mut().and_then(|extras| extras.anchors.take());
            let number = NumberFacts {
                subject: state.subject(),
                calls: &state.calls,
                complaints: state.extras.as_ref().map(|extras| &extras.complaints),
                card: state.extras.as_ref().and_then(|extras| extras.card.as_deref()),
            };
            let anchors = open_windows(&context, number, known.as_deref(), edges, &mut self.work);
            if known != anchors {
                state.add_up_again();
            }
            if state.extras.is_some() || anchors.is_some() {
                state.extras_mut().anchors = anchors;
            }
        }
        if let Some(hot) = self.hot.get_mut(slot) {
            hot.keep_calls_before(edges.calls, &state.calls, state.number, &mut self.work);
        }
        state.calls.evict_before(state.number, edges.calls, &mut self.work);
        if let Some(extras) = &mut state.extras {
            let before = extras.complaints.generation();
            extras.complaints.evict_before(edges.complaints, &mut self.work);
            let generations = (before, extras.complaints.generation());
            if let Some(hot) = self.hot.get_mut(slot).filter(|_| before != generations.1) {
                hot.complaints_evicted(edges.complaints, generations, &mut self.work);
            }
            extras.parts.evict_before(edges.calls, &mut self.work);
            extras.legs.evict_before(edges.calls, &self.symbols, &mut self.work);
            extras.settle(&self.book, edges.settled, edges.calls.min(edges.complaints));
        }
        // A number without anything but calls may be quiet again.
        state.extras.take_if(|extras| extras.is_empty());
        if state.touched == 0 && state.is_idle() {
            self.index.remove(state.number, &self.numbers);
            self.numbers[place] = None;
            self.free.push(slot);
            self.drop_decoded(slot);
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
        let Some(extras) = &state.extras else { return };
        extras.complaints.all().for_each(|complaint| symbols.keep_complaint(complaint));
        extras.parts.all().iter().for_each(|part| symbols.keep_call(&part.fact));
        extras.legs.facts().for_each(|leg| symbols.keep_call(leg));
        let tracks = extras.tracks.iter().map(|track| track.id.key);
        // A strike outlives its violation, and is still named.
        let strikes = extras.card.iter().flat_map(|card| card.keys());
        let windows = extras.anchors.iter().flat_map(|anchors| anchors.keys());
        tracks.chain(strikes).chain(windows).filter_map(Key::called).for_each(|called| symbols.keep_number(called));
    }
}
