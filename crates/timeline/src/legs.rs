//! The legs of attempts that rang several ends, and the one fact that each attempt makes.
//!
//! A switch that rings a group, or hunts through one, writes a record for each end that it tried. Their dialect names what
//! the records of one attempt share (`docs/records.md`); which legs of one key are one attempt is said in `attempts.rs`.
//! What comes in here are calls, whole ones and those that parts make, and what goes out are facts: calls that are no legs
//! go through. All legs are kept, also of attempts that have one, as any may get another.
//!
//! Few legs are looked through; of many, those of one key are looked up; and of a key that has many, the attempts are kept.

use std::collections::BTreeSet;

use ringfence_cdr::{EventTime, Millis};
use serde::{Deserialize, Serialize, Serializer};

use crate::attempts::{attempts, fact_of, over_before};
use crate::blocks::Blocks;
use crate::call_fact::FactPlace;
use crate::change::Change;
use crate::crowd::Crowd;
use crate::leg_index::LegIndex;
use crate::stored_leg::{LegGroup, StoredCall, StoredLeg};
use crate::stored_part::NEIGHBOUR;
use crate::{CallFact, Symbols, Work};

/// With more legs than this they are indexed; with half as many they are looked through again.
const LOOKED_THROUGH_MAX: usize = 64;
/// With more legs than this the attempts of a key are kept; with half as many they are worked out again.
const WORKED_OUT_MAX: usize = 32;

/// What a leg counts for: itself, where it is found by its key and its end, and what is kept free, some 110 bytes; of a
/// key that has many, a hundred more.
const LEG_BYTES: usize = 160;

/// Every leg of one number.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<StoredLeg>")]
pub struct CallLegs {
    /// In order of time and fingerprint.
    legs: Blocks<StoredLeg>,
    /// Where those of each key lie, where they are many.
    index: Option<Box<LegIndex>>,
}

impl CallLegs {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.legs.len()
    }

    /// What each leg says, in order.
    pub fn facts(&self) -> impl Iterator<Item = &CallFact> {
        self.legs.iter().map(|leg| &leg.fact)
    }

    /// What a change of calls is to the facts that they make.
    pub(crate) fn change(&mut self, calls: Change<StoredCall>, symbols: &Symbols, work: &mut Work) -> Change<CallFact> {
        let mut change = Change::default();
        for call in calls.removed {
            match call.as_leg() {
                Some(leg) => self.take_out(&leg, symbols, &mut change, work),
                None => change.removed.push(call.fact),
            }
        }
        for call in calls.inserted {
            match call.as_leg() {
                Some(leg) => self.put_in(&leg, symbols, &mut change, work),
                None => change.inserted.push(call.fact),
            }
        }
        change
    }

    /// The legs with this time and fingerprint: of records that are whole one at most, and others that parts make.
    pub(crate) fn at_place(&self, place: FactPlace) -> Vec<StoredCall> {
        self.at(place).map(|leg| StoredCall { fact: leg.fact, leg: Some(leg.mark) }).collect()
    }

    /// The facts with this time and fingerprint that legs make.
    pub(crate) fn facts_at(&self, place: FactPlace, symbols: &Symbols, work: &mut Work) -> Vec<CallFact> {
        // Where an attempt begins, its first leg lies.
        let groups: BTreeSet<LegGroup> = self.at(place).map(StoredLeg::group).collect();
        let mut facts = Vec::new();
        for group in groups {
            match self.index.as_ref().and_then(|index| index.crowd(group)) {
                Some(crowd) => facts.extend(crowd.fact_at(place)),
                None => {
                    facts.extend(self.facts_of(group, symbols, work).into_iter().filter(|fact| fact.place() == place))
                }
            }
        }
        facts
    }

    fn put_in(&mut self, leg: &StoredLeg, symbols: &Symbols, change: &mut Change<CallFact>, work: &mut Work) {
        self.keep_what_pays(leg.group(), symbols, work);
        let is_crowded = self.index.as_ref().is_some_and(|index| index.crowd(leg.group()).is_some());
        if !is_crowded {
            change.removed.extend(self.facts_of(leg.group(), symbols, work));
        }
        self.legs.insert(self.legs.spot(|known| known < leg), *leg, work);
        self.index.iter_mut().for_each(|index| index.insert(leg, work));
        match self.crowd(leg.group()) {
            Some(crowd) => crowd.put_in(leg, symbols, change, work),
            None => change.inserted.extend(self.facts_of(leg.group(), symbols, work)),
        }
    }

    fn take_out(&mut self, leg: &StoredLeg, symbols: &Symbols, change: &mut Change<CallFact>, work: &mut Work) {
        let spot = self.legs.spot(|known| known < leg);
        if self.legs.get(spot) != Some(leg) {
            // A call that goes on for longer than legs are held: its fact was its own.
            return change.removed.push(leg.fact);
        }
        self.keep_what_pays(leg.group(), symbols, work);
        let is_crowded = match self.crowd(leg.group()) {
            Some(crowd) => {
                crowd.take_out(leg, symbols, change, work);
                true
            }
            None => false,
        };
        if !is_crowded {
            change.removed.extend(self.facts_of(leg.group(), symbols, work));
        }
        self.legs.remove(spot, work);
        self.index.iter_mut().for_each(|index| index.remove(leg, work));
        if !is_crowded {
            change.inserted.extend(self.facts_of(leg.group(), symbols, work));
        }
    }

    /// Has an index where there are many legs, and the attempts of a key where that has many.
    fn keep_what_pays(&mut self, group: LegGroup, symbols: &Symbols, work: &mut Work) {
        self.keep_index(work);
        let Some(index) = &mut self.index else { return };
        if let Some(crowd) = index.crowd(group) {
            if crowd.len() < WORKED_OUT_MAX / 2 {
                index.crowds().remove(&group);
            }
        } else if index.has(WORKED_OUT_MAX, group) {
            let legs = self.legs_of(group, symbols, work);
            let crowd = Crowd::of(&legs, symbols, work);
            if let Some(index) = &mut self.index {
                index.crowds().insert(group, crowd);
            }
        }
    }

    fn keep_index(&mut self, work: &mut Work) {
        if self.index.is_none() && self.legs.len() >= LOOKED_THROUGH_MAX {
            work.compared += self.legs.len() as u64;
            self.index = Some(Box::new(LegIndex::of(self.legs.iter())));
        }
        self.index.take_if(|_| self.legs.len() < LOOKED_THROUGH_MAX / 2);
    }

    fn at(&self, place: FactPlace) -> impl Iterator<Item = &StoredLeg> {
        self.legs.between(|leg| leg.place() < place, |leg| leg.place() <= place)
    }

    fn crowd(&mut self, group: LegGroup) -> Option<&mut Crowd> {
        self.index.as_mut().and_then(|index| index.crowds().get_mut(&group))
    }

    /// The legs of a key in order.
    fn legs_of(&self, group: LegGroup, symbols: &Symbols, work: &mut Work) -> Vec<StoredLeg> {
        let is_of_group = |leg: &&StoredLeg| leg.group() == group;
        let mut legs: Vec<StoredLeg> = match &self.index {
            None => {
                work.compared += self.legs.len() as u64;
                self.legs.iter().filter(is_of_group).copied().collect()
            }
            Some(index) => index.places(group).flat_map(|place| self.at(place)).filter(is_of_group).copied().collect(),
        };
        work.compared += legs.len() as u64;
        legs.sort_by(|leg, other| leg.order(other, symbols));
        legs
    }

    /// The facts of a key, worked out from its legs.
    fn facts_of(&self, group: LegGroup, symbols: &Symbols, work: &mut Work) -> Vec<CallFact> {
        attempts(&self.legs_of(group, symbols, work)).filter_map(fact_of).collect()
    }

    /// Drops the legs of attempts that were over more than a neighbour's distance before `before`.
    pub fn evict_before(&mut self, before: EventTime, symbols: &Symbols, work: &mut Work) {
        let edge = before.minus(NEIGHBOUR);
        let is_old = |leg: &&StoredLeg| leg.at() < edge;
        if self.legs.first().filter(is_old).is_none() {
            return;
        }
        self.keep_index(work);
        let groups = match &mut self.index {
            Some(index) => index.take_ended(edge, work),
            None => self.legs.iter().take_while(is_old).map(StoredLeg::group).collect(),
        };
        for group in groups {
            let over = match self.crowd(group) {
                Some(crowd) => crowd.take_over(edge, work),
                None => self.over_of(group, edge, symbols, work),
            };
            for leg in over {
                self.legs.remove(self.legs.spot(|known| *known < leg), work);
                self.index.iter_mut().for_each(|index| index.forget(&leg, work));
            }
            if let Some(index) =
                self.index.as_mut().filter(|index| index.crowd(group).is_some_and(|crowd| crowd.len() == 0))
            {
                index.crowds().remove(&group);
            }
        }
        self.keep_index(work);
    }

    /// The legs of a key's attempts that are over.
    fn over_of(&self, group: LegGroup, edge: EventTime, symbols: &Symbols, work: &mut Work) -> Vec<StoredLeg> {
        let legs = self.legs_of(group, symbols, work);
        let has_say =
            |attempt: &[StoredLeg]| Some((attempt.first()?.at(), attempt.iter().map(StoredLeg::until).max()?));
        let over = over_before(edge, attempts(&legs).filter_map(has_say));
        attempts(&legs).take(over).flatten().copied().collect()
    }

    /// Drops the oldest tenth, or the first instant where that has more, to keep within a cap: says what that did to the
    /// facts, and before which time legs are gone. Attempts that lost legs begin later from now on.
    pub(crate) fn drop_oldest(&mut self, symbols: &Symbols, work: &mut Work) -> Option<(Change<CallFact>, EventTime)> {
        let first_at = self.legs.first()?.at();
        let tenth = self.legs.len() / 10 + 1;
        work.compared += tenth as u64;
        let kept = self.legs.iter().nth(tenth).map(StoredLeg::at);
        let before = kept.filter(|at| *at > first_at).unwrap_or(first_at.plus(Millis(1)));
        let (mut change, mut gone) = (Change::default(), Vec::new());
        while let Some(oldest) = self.legs.first().copied().filter(|leg| leg.at() < before) {
            self.take_out(&oldest, symbols, &mut change, work);
            gone.push(oldest);
        }
        Some((change.net(), self.told_apart_from(&gone, before)))
    }

    /// From when on legs are told apart again, no earlier than `before`, after answered ones went: what began before the
    /// end of one of them and what begins after it may be taken for one attempt, so there may be too few facts up to a
    /// neighbour's distance behind that end.
    pub(crate) fn told_apart_from(&self, gone: &[StoredLeg], before: EventTime) -> EventTime {
        let ends = gone.iter().filter_map(|leg| Some((leg.group(), leg.answered_until()?)));
        let began = |(group, end): &(LegGroup, EventTime)| *end >= before && self.begins_by(*group, *end);
        let parted = ends.filter(began).map(|(_, end)| end.plus(NEIGHBOUR).plus(Millis(1)));
        parted.fold(before, EventTime::max)
    }

    /// Whether a leg of a key began by a time.
    fn begins_by(&self, group: LegGroup, by: EventTime) -> bool {
        match &self.index {
            Some(index) => {
                let began = index.places(group).take_while(|(at, _)| *at <= by);
                began.flat_map(|place| self.at(place)).any(|leg| leg.group() == group)
            }
            None => self.legs.iter().take_while(|leg| leg.at() <= by).any(|leg| leg.group() == group),
        }
    }

    /// The bytes that its legs take, about: the same for the same legs, whatever order they came in and whether or not
    /// they were stored and read back.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.legs.len() * LEG_BYTES
    }

    /// The bytes it holds on the heap, about, with what it keeps free: for gauges alone, as that depends on its history.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.legs.heap_bytes() + self.index.as_ref().map_or(0, |index| index.heap_bytes())
    }

    /// Drops what is kept to find legs and attempts.
    pub fn drop_caches(&mut self) {
        self.index = None;
    }
}

impl PartialEq for CallLegs {
    /// Whether the legs are the same; what they make follows.
    fn eq(&self, other: &Self) -> bool {
        self.legs == other.legs
    }
}

impl From<Vec<StoredLeg>> for CallLegs {
    /// From a snapshot, which may have them in any order.
    fn from(mut legs: Vec<StoredLeg>) -> Self {
        legs.sort_unstable();
        Self { legs: legs.into(), index: None }
    }
}

impl Serialize for CallLegs {
    /// The legs alone: what they make follows from them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.legs.serialize(serializer)
    }
}

#[cfg(test)]
#[path = "legs_tests.rs"]
pub(crate) mod tests;
