//! Where the legs of each key lie, where a number has many.
//!
//! Every call of some switches is a leg, so this is kept small: a few bytes a leg to find those of one key, and to know when
//! to look whether they are over. A cache: all of it follows from the legs, no snapshot holds it.

use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Fingerprint};

use crate::Work;
use crate::blocks::Blocks;
use crate::call_fact::FactPlace;
use crate::crowd::Crowd;
use crate::stored_leg::{LegGroup, StoredLeg};

/// Nothing is stored in this order, so blocks may be long.
const BLOCK: usize = 128;

/// What finds the legs of a number.
#[derive(Clone, Debug, Default)]
pub(crate) struct LegIndex {
    /// In order.
    places: Blocks<Indexed, BLOCK>,
    /// When a leg loses its say, of those that were not looked at since. In order.
    ends: Blocks<(EventTime, LegGroup), BLOCK>,
    /// The attempts of keys that have many legs.
    crowds: HashMap<LegGroup, Crowd, FixedState>,
}

/// A leg by what it shares with others, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Indexed {
    group: u32,
    at: EventTime,
    fingerprint: Fingerprint,
}

/// Key and called number in short; two may have the same, so legs are asked for theirs.
fn short((key, called): LegGroup) -> u32 {
    let mixed = (called.0 ^ (u64::from(key) << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

impl Indexed {
    fn of(leg: &StoredLeg) -> Self {
        let (at, fingerprint) = leg.place();
        Self { group: short(leg.group()), at, fingerprint }
    }
}

impl LegIndex {
    pub(crate) fn of<'a>(legs: impl Iterator<Item = &'a StoredLeg>) -> Self {
        let mut places: Vec<Indexed> = Vec::new();
        let mut ends: Vec<(EventTime, LegGroup)> = Vec::new();
        for leg in legs {
            places.push(Indexed::of(leg));
            ends.push((leg.until(), leg.group()));
        }
        places.sort_unstable();
        ends.sort_unstable();
        Self { places: places.into(), ends: ends.into(), crowds: HashMap::default() }
    }

    pub(crate) fn insert(&mut self, leg: &StoredLeg, work: &mut Work) {
        let (indexed, end) = (Indexed::of(leg), (leg.until(), leg.group()));
        self.places.insert(self.places.spot(|known| *known < indexed), indexed, work);
        self.ends.insert(self.ends.spot(|known| *known < end), end, work);
    }

    /// Forgets a leg. What it parted may be over without it, so the others of its key are looked at again.
    pub(crate) fn remove(&mut self, leg: &StoredLeg, work: &mut Work) {
        self.forget(leg, work);
        let now = (EventTime::MIN, leg.group());
        let spot = self.ends.spot(|known| *known < now);
        if self.has(1, leg.group()) && self.ends.get(spot) != Some(&now) {
            self.ends.insert(spot, now, work);
        }
    }

    /// Forgets a leg that is over.
    pub(crate) fn forget(&mut self, leg: &StoredLeg, work: &mut Work) {
        let (indexed, end) = (Indexed::of(leg), (leg.until(), leg.group()));
        let spot = self.places.spot(|known| *known < indexed);
        if self.places.get(spot) == Some(&indexed) {
            self.places.remove(spot, work);
        }
        let spot = self.ends.spot(|known| *known < end);
        if self.ends.get(spot) == Some(&end) {
            self.ends.remove(spot, work);
        }
    }

    /// The places of the legs of a key, and at times of few others, in order, each once.
    pub(crate) fn places(&self, group: LegGroup) -> impl Iterator<Item = FactPlace> {
        let group = short(group);
        let mut last = None;
        let of_group = self.places.between(move |known| known.group < group, move |known| known.group <= group);
        of_group.map(|known| (known.at, known.fingerprint)).filter(move |place| last.replace(*place) != Some(*place))
    }

    /// Whether a key has so many legs, about.
    pub(crate) fn has(&self, count: usize, group: LegGroup) -> bool {
        let group = short(group);
        let first = self.places.spot(|known| known.group < group);
        self.places.iter_from(first).take_while(|known| known.group == group).take(count).count() >= count
    }

    /// The keys of which legs lost their say before `edge` and were not looked at since.
    pub(crate) fn take_ended(&mut self, edge: EventTime, work: &mut Work) -> BTreeSet<LegGroup> {
        if self.ends.first().is_none_or(|(until, _)| *until >= edge) {
            return BTreeSet::new();
        }
        let spot = self.ends.spot(|(until, _)| *until < edge);
        self.ends.drain_before(spot, work).into_iter().map(|(_, group)| group).collect()
    }

    pub(crate) fn crowds(&mut self) -> &mut HashMap<LegGroup, Crowd, FixedState> {
        &mut self.crowds
    }

    pub(crate) fn crowd(&self, group: LegGroup) -> Option<&Crowd> {
        self.crowds.get(&group)
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let crowds = self.crowds.allocation_size() + self.crowds.values().map(Crowd::heap_bytes).sum::<usize>();
        size_of::<Self>() + self.places.heap_bytes() + self.ends.heap_bytes() + crowds
    }
}
