//! The attempts that many legs of one key make, kept so that a leg costs what it changes.
//!
//! With each leg of a key that has a hundred thousand, all of them would be looked at. A [`Crowd`] keeps its attempts, each
//! as a [`Run`], and the ends that part them: a leg more or less joins or cuts a few runs, wherever it lies. A cache: all of
//! it follows from the legs.

use std::collections::BTreeMap;
use std::ops::Bound;

use ringfence_cdr::{EventTime, Millis};

use crate::attempts::{are_apart, over_before};
use crate::call_fact::FactPlace;
use crate::change::Change;
use crate::leg_run::Run;
use crate::stored_leg::StoredLeg;
use crate::{CallFact, Symbols, Work};

/// The attempts of one key and called number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crowd {
    /// By their first times: legs of one time are never of different attempts.
    attempts: BTreeMap<EventTime, Run>,
    /// When answered legs ended, and how many of them.
    ends: BTreeMap<EventTime, u32>,
    legs: usize,
}

impl Crowd {
    /// The attempts of these legs.
    pub(crate) fn of(legs: &[StoredLeg], symbols: &Symbols, work: &mut Work) -> Self {
        let (mut crowd, mut change) = (Self::default(), Change::default());
        legs.iter().for_each(|leg| crowd.put_in(leg, symbols, &mut change, work));
        crowd
    }

    /// How many legs they have.
    pub(crate) fn len(&self) -> usize {
        self.legs
    }

    /// Adds a leg, and what that does to the facts to a change.
    pub(crate) fn put_in(
        &mut self,
        leg: &StoredLeg,
        symbols: &Symbols,
        change: &mut Change<CallFact>,
        work: &mut Work,
    ) {
        self.legs += 1;
        let at = leg.at();
        let around = self.attempt_from(at).filter(|first_at| self.last_at(*first_at) >= at);
        match around.and_then(|first_at| self.take(first_at, change, work)) {
            Some(run) => {
                let (before, after) = run.split(&|known| known.order(leg, symbols).is_lt());
                self.put(before.and(Run::of(*leg)).and(after), change, work);
            }
            None => {
                self.put(Run::of(*leg), change, work);
                self.join(at.minus(Millis(1)), change, work);
                self.join(at, change, work);
            }
        }
        if let Some(end) = leg.answered_until() {
            *self.ends.entry(end).or_default() += 1;
            self.cut(end, change, work);
        }
    }

    /// Takes a leg out that is there, and adds what that does to the facts to a change.
    pub(crate) fn take_out(
        &mut self,
        leg: &StoredLeg,
        symbols: &Symbols,
        change: &mut Change<CallFact>,
        work: &mut Work,
    ) {
        self.legs -= 1;
        if let Some(end) = leg.answered_until() {
            self.forget_end(end);
            self.join(end, change, work);
        }
        let Some(run) = self.attempt_from(leg.at()).and_then(|first_at| self.take(first_at, change, work)) else {
            return;
        };
        let (before, after) = run.split(&|known| known.order(leg, symbols).is_lt());
        let after = after.rest();
        match (before.last().map(StoredLeg::at), after.first().map(StoredLeg::at)) {
            (Some(last_at), Some(first_at)) if self.are_apart(last_at, first_at) => {
                self.put(before, change, work);
                self.put(after, change, work);
            }
            _ => self.put(before.and(after), change, work),
        }
    }

    /// The fact with this place.
    pub(crate) fn fact_at(&self, place: FactPlace) -> Option<CallFact> {
        self.attempts.get(&place.0)?.fact().filter(|fact| fact.place() == place)
    }

    /// Forgets the attempts that are over (see [`over_before`]) and returns their legs.
    pub(crate) fn take_over(&mut self, edge: EventTime, work: &mut Work) -> Vec<StoredLeg> {
        let attempts = self.attempts.iter().inspect(|_| work.compared += 1);
        let over = over_before(edge, attempts.filter_map(|(first_at, run)| Some((*first_at, run.sum()?.until))));
        let mut legs = Vec::new();
        for _ in 0..over {
            self.attempts.pop_first().into_iter().for_each(|(_, run)| run.append_to(&mut legs));
        }
        legs.iter().filter_map(StoredLeg::answered_until).for_each(|end| self.forget_end(end));
        self.legs -= legs.len();
        legs
    }

    /// The bytes it holds on the heap, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.legs * Run::LEG_BYTES + (self.attempts.len() + self.ends.len()) * 32
    }

    /// The first time of the last attempt that begins by then.
    fn attempt_from(&self, by: EventTime) -> Option<EventTime> {
        self.attempts.range(..=by).next_back().map(|(first_at, _)| *first_at)
    }

    fn last_at(&self, first_at: EventTime) -> EventTime {
        self.attempts.get(&first_at).and_then(Run::last).map_or(EventTime::MIN, StoredLeg::at)
    }

    fn are_apart(&self, one: EventTime, next: EventTime) -> bool {
        are_apart(one, next, |from, to| self.ends.range(from..to).next().is_some())
    }

    /// Joins the attempts that begin by a time and after it, where nothing parts them.
    fn join(&mut self, by: EventTime, change: &mut Change<CallFact>, work: &mut Work) {
        let later = self.attempts.range((Bound::Excluded(by), Bound::Unbounded)).next().map(|(first_at, _)| *first_at);
        let (Some(first_at), Some(later)) = (self.attempt_from(by), later) else { return };
        if self.are_apart(self.last_at(first_at), later) {
            return;
        }
        if let (Some(run), Some(later)) = (self.take(first_at, change, work), self.take(later, change, work)) {
            self.put(run.and(later), change, work);
        }
    }

    /// Cuts the attempt that goes on over the end of an answered leg.
    fn cut(&mut self, end: EventTime, change: &mut Change<CallFact>, work: &mut Work) {
        let over = self.attempt_from(end).filter(|first_at| self.last_at(*first_at) > end);
        if let Some(run) = over.and_then(|first_at| self.take(first_at, change, work)) {
            let (before, after) = run.split(&|leg| leg.at() <= end);
            self.put(before, change, work);
            self.put(after, change, work);
        }
    }

    fn take(&mut self, first_at: EventTime, change: &mut Change<CallFact>, work: &mut Work) -> Option<Run> {
        let run = self.attempts.remove(&first_at)?;
        work.compared += u64::from(run.height());
        change.removed.extend(run.fact());
        Some(run)
    }

    fn put(&mut self, run: Run, change: &mut Change<CallFact>, work: &mut Work) {
        work.compared += u64::from(run.height());
        change.inserted.extend(run.fact());
        if let Some(first_at) = run.first().map(StoredLeg::at) {
            self.attempts.insert(first_at, run);
        }
    }

    fn forget_end(&mut self, end: EventTime) {
        if let Some(count) = self.ends.get_mut(&end) {
            *count -= 1;
            if *count == 0 {
                self.ends.remove(&end);
            }
        }
    }
}
