//! The complaints against one number.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{ComplaintStatus, EventTime, Fingerprint, Millis, PackedNumber};
use serde::{Deserialize, Serialize};

use crate::blocks::{Blocks, Spot};
use crate::{Symbols, Work};

/// With more complaints than this, their ids are looked up in a table.
const LOOKED_THROUGH_MAX: usize = 64;

/// What a complaint counts for: itself, its entry in the table of ids, and what both keep free.
const COMPLAINT_BYTES: usize = 128;
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

/// The complaints against a number; of each id the version that stands. Versions that no longer count (rejected,
/// withdrawn) stay, so that an older one that comes later does not stand again, but apart from those that count.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct ComplaintTimeline {
    /// In order of receipt and fingerprint.
    counting: Blocks<ComplaintFact>,
    /// In the same order.
    fallen: Blocks<ComplaintFact>,
    /// Status times of versions that stand no more, so that one that comes again is known as a repeat.
    superseded: BTreeSet<(Fingerprint, EventTime)>,
    /// Where each lies, where they are many: a spoofed number may draw a hundred thousand in a day.
    #[serde(skip)]
    lies: Option<HashMap<Fingerprint, Lies, FixedState>>,
    /// Rises with every change of those that count.
    #[serde(skip)]
    generation: u64,
}

/// When a complaint was received, and whether it counts.
type Lies = (EventTime, bool);

/// The form in a snapshot.
#[derive(Deserialize)]
struct Stored {
    counting: Blocks<ComplaintFact>,
    fallen: Blocks<ComplaintFact>,
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
        let Some(standing) = self.find(fact.fingerprint, work) else {
            self.put_in(fact, work);
            return ComplaintInsertion::Inserted;
        };
        if standing == fact {
            return ComplaintInsertion::Duplicate;
        }
        match fact.status_time.cmp(&standing.status_time) {
            Ordering::Less => self.supersede(fact),
            Ordering::Equal if !fact.encodes_smaller(&standing, symbols) => ComplaintInsertion::Falls,
            Ordering::Equal => {
                self.replace(&standing, fact, work);
                ComplaintInsertion::Corrected(standing)
            }
            Ordering::Greater => {
                self.replace(&standing, fact, work);
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

    fn replace(&mut self, standing: &ComplaintFact, fact: ComplaintFact, work: &mut Work) {
        let counts = standing.status.counts();
        let facts = self.those(counts);
        facts.remove(spot(facts, standing.place()), work);
        self.generation += u64::from(counts);
        self.put_in(fact, work);
    }

    fn put_in(&mut self, fact: ComplaintFact, work: &mut Work) {
        let counts = fact.status.counts();
        let facts = self.those(counts);
        facts.insert(spot(facts, fact.place()), fact, work);
        self.generation += u64::from(counts);
        match &mut self.lies {
            Some(lies) => _ = lies.insert(fact.fingerprint, (fact.at, counts)),
            None => self.index(),
        }
    }

    fn index(&mut self) {
        if self.len() > LOOKED_THROUGH_MAX {
            let lies = self.all().map(|fact| (fact.fingerprint, (fact.at, fact.status.counts())));
            self.lies = Some(lies.collect());
        }
    }

    fn those(&mut self, counting: bool) -> &mut Blocks<ComplaintFact> {
        if counting { &mut self.counting } else { &mut self.fallen }
    }

    /// Whether a version of this complaint is there.
    #[must_use]
    pub fn knows(&self, id: Fingerprint) -> bool {
        self.find(id, &mut Work::default()).is_some()
    }

    fn find(&self, id: Fingerprint, work: &mut Work) -> Option<ComplaintFact> {
        let Some(lies) = &self.lies else {
            work.compared += self.len() as u64;
            return self.all().find(|known| known.fingerprint == id).copied();
        };
        work.compared += 1;
        let (at, counts) = *lies.get(&id)?;
        let facts = if counts { &self.counting } else { &self.fallen };
        facts.get(spot(facts, (at, id))).filter(|fact| fact.fingerprint == id).copied()
    }

    /// How many there are, also of those that no longer count.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counting.len() + self.fallen.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those that count, in order.
    #[must_use]
    pub fn counting(&self) -> &Blocks<ComplaintFact> {
        &self.counting
    }

    /// Another number whenever those that count are others: what was taken over under the same number is still true.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Every version that stands: those that count in order, then those that no longer do.
    pub fn all(&self) -> impl Iterator<Item = &ComplaintFact> {
        self.counting.iter().chain(self.fallen.iter())
    }

    /// When the latest was received.
    #[must_use]
    pub fn last_at(&self) -> Option<EventTime> {
        let at = |fact: Option<&ComplaintFact>| fact.map(|fact| fact.at);
        at(self.counting.last()).max(at(self.fallen.last()))
    }

    /// Drops every complaint received before `before` and says how many.
    pub fn evict_before(&mut self, before: EventTime, work: &mut Work) -> usize {
        let mut gone = 0;
        for counts in [true, false] {
            let facts = self.those(counts);
            if facts.first().is_none_or(|first| first.at >= before) {
                continue;
            }
            let dropped = facts.drain_before(facts.spot(|fact| fact.at < before), work);
            gone += dropped.len();
            self.generation += u64::from(counts);
            for id in dropped.into_iter().map(|fact| fact.fingerprint) {
                self.lies.iter_mut().for_each(|lies| _ = lies.remove(&id));
                self.forget_versions(id);
            }
        }
        self.lies.take_if(|lies| lies.len() < LOOKED_THROUGH_MAX / 2);
        gone
    }

    fn forget_versions(&mut self, id: Fingerprint) {
        let versions = (id, EventTime::MIN)..=(id, EventTime::MAX);
        while let Some(version) = self.superseded.range(versions.clone()).next().copied() {
            self.superseded.remove(&version);
        }
    }

    /// The bytes that its complaints take, about: the same for the same complaints, whatever order they came in and
    /// whether or not they were stored and read back.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.len() * COMPLAINT_BYTES + self.superseded.len() * SUPERSEDED_BYTES
    }

    /// The bytes it holds on the heap, with what it keeps free: for gauges alone, as that depends on its history.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let superseded = self.superseded.len() * SUPERSEDED_BYTES;
        let lies = self.lies.as_ref().map_or(0, HashMap::allocation_size);
        self.counting.heap_bytes() + self.fallen.heap_bytes() + superseded + lies
    }

    /// Drops the oldest tenth, or the first instant where that has more, to keep within a cap. Returns the time before
    /// which complaints are gone, `None` where only the memory of superseded versions was shortened, which no verdict
    /// reads.
    pub fn drop_oldest(&mut self, work: &mut Work) -> Option<EventTime> {
        if self.superseded.len() > self.len() {
            let half = self.superseded.iter().nth(self.superseded.len() / 2).copied();
            work.moved += self.superseded.len() as u64;
            self.superseded = half.map(|half| self.superseded.split_off(&half)).unwrap_or_default();
            return None;
        }
        let tenth = self.len() / 10 + 1;
        let first_at = self.in_order().next()?.at;
        let kept = self.in_order().nth(tenth).map(|fact| fact.at);
        work.compared += tenth as u64;
        let before = kept.filter(|at| *at > first_at).unwrap_or(first_at.plus(Millis(1)));
        self.evict_before(before, work);
        Some(before)
    }

    /// Every version that stands, in order.
    fn in_order(&self) -> impl Iterator<Item = &ComplaintFact> {
        let (mut counting, mut fallen) = (self.counting.iter().peekable(), self.fallen.iter().peekable());
        std::iter::from_fn(move || match (counting.peek(), fallen.peek()) {
            (Some(one), Some(other)) if one.place() > other.place() => fallen.next(),
            (Some(_), _) => counting.next(),
            (None, _) => fallen.next(),
        })
    }
}

fn spot(facts: &Blocks<ComplaintFact>, place: (EventTime, Fingerprint)) -> Spot {
    facts.spot(|known| known.place() < place)
}

impl PartialEq for ComplaintTimeline {
    /// Whether the same is held.
    fn eq(&self, other: &Self) -> bool {
        self.counting == other.counting && self.fallen == other.fallen && self.superseded == other.superseded
    }
}

impl From<Stored> for ComplaintTimeline {
    fn from(Stored { counting, fallen, superseded }: Stored) -> Self {
        let mut timeline = Self { counting, fallen, superseded, lies: None, generation: 0 };
        timeline.index();
        timeline
    }
}

#[cfg(test)]
#[path = "complaints_tests.rs"]
mod tests;
