//! The complaints against one number.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{ComplaintStatus, EventTime, Fingerprint, Millis, PackedNumber};
use serde::{Deserialize, Serialize};

use crate::calls::last_pause;
use crate::{Symbols, Work};

/// With more complaints than this, their ids are looked up in a table.
const LOOKED_THROUGH_MAX: usize = 64;

/// What a complaint counts for, with its entry in the table of ids.
const COMPLAINT_BYTES: usize = 96;
/// What the memory of a superseded version counts for: 16 bytes in a tree that is three quarters full.
const SUPERSEDED_BYTES: usize = 22;

/// One complaint, as stored. Complaints are few, so they are kept plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComplaintFact {
    /// When it was received.
    pub at: EventTime,
    /// Of the complaint id.
    pub fingerprint: Fingerprint,
    /// Who complained.
    pub complainant: Option<PackedNumber>,
    /// Received minus call time, in milliseconds.
    pub delay: Option<i64>,
    /// The symbol of its category, 0 for none.
    pub category: u32,
    /// The symbol of its channel, 0 for none.
    pub channel: u32,
    /// What became of it.
    pub status: ComplaintStatus,
    /// When that was.
    pub status_time: EventTime,
}

/// Complaints in order of receipt and fingerprint; of each id the version that stands. Versions that no longer count
/// (rejected, withdrawn) stay, so that an older one that comes later does not stand again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct ComplaintTimeline {
    facts: Vec<ComplaintFact>,
    /// Status times of versions that stand no more, so that one that comes again is known as a repeat.
    superseded: BTreeSet<(Fingerprint, EventTime)>,
    /// When each was received, where they are many: a spoofed number may draw a hundred thousand in a day.
    #[serde(skip)]
    received: Option<HashMap<Fingerprint, EventTime, FixedState>>,
}

/// The form in a snapshot.
#[derive(Deserialize)]
struct Stored {
    facts: Vec<ComplaintFact>,
    superseded: BTreeSet<(Fingerprint, EventTime)>,
}

/// What became of a complaint on its way into a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComplaintInsertion {
    /// The first version of this complaint.
    Inserted,
    /// The very same version again.
    Duplicate,
    /// Another record of a status time that is known; the other stands.
    Falls,
    /// Another record of the status time that stood; it stands instead of that one.
    Corrected(ComplaintFact),
    /// A later version; it stands instead of that one.
    Replaced(ComplaintFact),
    /// An earlier version; the one there stands.
    Superseded,
}

impl ComplaintFact {
    /// Its place in the timeline.
    #[must_use]
    pub fn place(&self) -> (EventTime, Fingerprint) {
        (self.at, self.fingerprint)
    }

    /// Of two records of one status time the smaller encoding stands. Texts are compared as texts, never by symbols.
    fn encodes_smaller(&self, other: &Self, symbols: &Symbols) -> bool {
        let text = |symbol: u32| symbols.text(symbol);
        let number = |number: Option<PackedNumber>| number.map(|number| symbols.number(number));
        self.at
            .cmp(&other.at)
            .then_with(|| number(self.complainant).cmp(&number(other.complainant)))
            .then_with(|| text(self.category).cmp(&text(other.category)))
            .then_with(|| text(self.channel).cmp(&text(other.channel)))
            .then_with(|| self.status.cmp(&other.status))
            .then_with(|| self.delay.cmp(&other.delay))
            .is_lt()
    }
}

impl ComplaintTimeline {
    /// Puts a version of a complaint where it belongs. A complaint is known by its id alone, wherever in time its
    /// versions lie.
    pub fn insert(&mut self, fact: ComplaintFact, symbols: &Symbols, work: &mut Work) -> ComplaintInsertion {
        work.compared += 1;
        let Some(known) = self.position(fact.fingerprint) else {
            self.place(fact, work);
            return ComplaintInsertion::Inserted;
        };
        let standing = self.facts[known];
        if standing == fact {
            return ComplaintInsertion::Duplicate;
        }
        match fact.status_time.cmp(&standing.status_time) {
            Ordering::Less => self.supersede(fact),
            Ordering::Equal if !fact.encodes_smaller(&standing, symbols) => ComplaintInsertion::Falls,
            Ordering::Equal => {
                self.replace(known, fact, work);
                ComplaintInsertion::Corrected(standing)
            }
            Ordering::Greater => {
                self.replace(known, fact, work);
                self.superseded.insert((standing.fingerprint, standing.status_time));
                ComplaintInsertion::Replaced(standing)
            }
        }
    }

    fn supersede(&mut self, fact: ComplaintFact) -> ComplaintInsertion {
        if self.superseded.insert((fact.fingerprint, fact.status_time)) {
            ComplaintInsertion::Superseded
        } else {
            ComplaintInsertion::Falls
        }
    }

    fn replace(&mut self, known: usize, fact: ComplaintFact, work: &mut Work) {
        self.facts.remove(known);
        work.moved += (self.facts.len() - known) as u64;
        self.place(fact, work);
    }

    fn place(&mut self, fact: ComplaintFact, work: &mut Work) {
        let place = self.facts.partition_point(|known| known.place() < fact.place());
        work.moved += (self.facts.len() - place) as u64;
        self.facts.insert(place, fact);
        match &mut self.received {
            Some(received) => drop(received.insert(fact.fingerprint, fact.at)),
            None => self.index(),
        }
    }

    /// Whether a version of this complaint is there.
    #[must_use]
    pub fn knows(&self, id: Fingerprint) -> bool {
        self.position(id).is_some()
    }

    fn position(&self, id: Fingerprint) -> Option<usize> {
        match &self.received {
            Some(received) => {
                let place = (*received.get(&id)?, id);
                self.facts.binary_search_by_key(&place, ComplaintFact::place).ok()
            }
            None => self.facts.iter().position(|known| known.fingerprint == id),
        }
    }

    fn index(&mut self) {
        let many = self.facts.len() > LOOKED_THROUGH_MAX;
        self.received = many.then(|| self.facts.iter().map(|fact| (fact.fingerprint, fact.at)).collect());
    }

    /// Every version that stands, also of those that no longer count, in order.
    #[must_use]
    pub fn all(&self) -> &[ComplaintFact] {
        &self.facts
    }

    /// The latest time, up to `before`, before which no complaint was received for as long as `pause`.
    #[must_use]
    pub fn last_pause(&self, before: EventTime, pause: Millis) -> Option<EventTime> {
        let earlier = self.facts.partition_point(|fact| fact.at < before);
        last_pause(self.facts[..earlier].iter().map(|fact| fact.at), before, pause)
    }

    /// Drops every complaint received before `before` and says how many.
    pub fn evict_before(&mut self, before: EventTime, work: &mut Work) -> usize {
        let gone = self.facts.partition_point(|fact| fact.at < before);
        if gone > 0 {
            work.moved += self.facts.len() as u64;
            self.facts.drain(..gone);
            self.index();
            let mut superseded = std::mem::take(&mut self.superseded);
            superseded.retain(|(of, _)| self.knows(*of));
            self.superseded = superseded;
        }
        gone
    }

    /// The bytes that its complaints take, about: the same for the same complaints, whatever order they came in and
    /// whether or not they were stored and read back.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.facts.len() * COMPLAINT_BYTES + self.superseded.len() * SUPERSEDED_BYTES
    }

    /// The bytes it holds on the heap, with what it keeps free: for gauges alone, as that depends on its history.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let superseded = self.superseded.len() * SUPERSEDED_BYTES;
        let received = self.received.as_ref().map_or(0, HashMap::allocation_size);
        self.facts.capacity() * size_of::<ComplaintFact>() + superseded + received
    }

    /// Drops the oldest tenth, to keep within a cap. Returns the time before which complaints are gone, `None` where
    /// only the memory of superseded versions was shortened, which no verdict reads.
    pub fn drop_oldest(&mut self, work: &mut Work) -> Option<EventTime> {
        let versions = self.superseded.len() > self.facts.len();
        let before = self.facts.get(self.facts.len() / 10 + 1).map(|fact| fact.at).filter(|_| !versions);
        match before {
            Some(before) => {
                self.evict_before(before, work);
            }
            None => {
                let half = self.superseded.iter().nth(self.superseded.len() / 2).copied();
                self.superseded = half.map(|half| self.superseded.split_off(&half)).unwrap_or_default();
            }
        }
        self.facts.shrink_to_fit();
        before
    }
}

impl From<Stored> for ComplaintTimeline {
    fn from(stored: Stored) -> Self {
        let mut timeline = Self { facts: stored.facts, superseded: stored.superseded, received: None };
        timeline.index();
        timeline
    }
}

#[cfg(test)]
#[path = "complaints_tests.rs"]
mod tests;
