//! Decoded facts and live views of the numbers that are busy now.
//!
//! Nothing here is state: every bit of it can be had again from the timelines, it is in no snapshot, and dropping it
//! at any moment changes no verdict.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Key, PackedNumber};
use ringfence_rules::RuleId;
use ringfence_timeline::{CallTimeline, ComplaintTimeline, Work};

use super::evaluation::Views;
use super::probe::Probe;
use crate::facts::Decoded;

/// Decoded facts and views are dropped after so many commits without use.
const UNUSED_COMMITS: u64 = 64;

/// One in so many bytes is for the views of numbers of which not all can be kept.
const VIEWS_SHARE: usize = 8;

/// What is kept of busy numbers between commits, by their places.
#[derive(Debug)]
pub(crate) struct HotNumbers {
    by_slot: HashMap<u32, Hot, FixedState>,
    /// About what they took when they were last put here.
    bytes: usize,
    /// No more is kept.
    bytes_max: usize,
}

/// So many views are gone through faster than those of each edition are looked up.
const FEW_VIEWS: usize = 16;

/// An edition of a rule for one key.
pub(super) type ViewId = (RuleId, Key);

/// What is kept of a busy number between commits.
#[derive(Debug, Default)]
pub(crate) struct Hot {
    pub(super) facts: Decoded,
    /// Views of all facts.
    pub(super) views: HashMap<ViewId, Views, FixedState>,
    /// Views of the facts that a strike may use.
    pub(super) eligible: HashMap<ViewId, Probe, FixedState>,
    /// How many values the views of the number itself keep, about.
    pub(super) entries: usize,
    /// The commit that used it last.
    used: u64,
    /// About what it took then.
    bytes: usize,
}

impl HotNumbers {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { by_slot: HashMap::default(), bytes: 0, bytes_max }
    }

    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Hot> {
        self.by_slot.get_mut(&slot)
    }

    pub(crate) fn remove(&mut self, slot: u32) -> Option<Hot> {
        let hot = self.by_slot.remove(&slot)?;
        self.bytes -= hot.bytes;
        Some(hot)
    }

    /// Keeps what was decoded of a number in this commit, where there is room: what others use goes on to be kept, as
    /// dropping the oldest would drop what is needed next where numbers take turns. Where there is no room for all of it,
    /// its views are kept, and what they pass when they move on is decoded again.
    pub(crate) fn put(&mut self, slot: u32, mut hot: Hot, commit: u64) {
        let mut bytes = hot.bytes();
        if self.bytes + bytes > self.bytes_max - self.bytes_max / VIEWS_SHARE {
            hot.let_go();
            bytes = hot.bytes();
        }
        if self.bytes + bytes <= self.bytes_max {
            self.bytes += bytes;
            self.by_slot.insert(slot, Hot { used: commit, bytes, ..hot });
        }
    }

    pub(crate) fn clear(&mut self) {
        self.by_slot.clear();
        self.bytes = 0;
    }

    /// Drops what was long not used.
    pub(crate) fn cool(&mut self, commit: u64) {
        if commit.is_multiple_of(UNUSED_COMMITS) {
            let idle_since = commit.saturating_sub(UNUSED_COMMITS);
            self.by_slot.retain(|_, hot| hot.used >= idle_since);
            self.bytes = self.by_slot.values().map(|hot| hot.bytes).sum();
        }
    }
}

impl Hot {
    /// Takes over the complaints that count, unless they are those that were.
    pub(crate) fn read_complaints(&mut self, complaints: &ComplaintTimeline, work: &mut Work) {
        self.facts.read_complaints(complaints, work);
    }

    /// Follows that calls before an instant are about to be evicted.
    pub(crate) fn keep_calls_before(
        &mut self,
        edge: EventTime,
        calls: &CallTimeline,
        number: PackedNumber,
        work: &mut Work,
    ) {
        self.facts.keep_before(edge, calls, number, work);
    }

    /// Follows complaints that were evicted.
    pub(crate) fn complaints_evicted(&mut self, edge: EventTime, generations: (u64, u64), work: &mut Work) {
        self.facts.complaints_evicted(edge, generations, work);
    }

    /// Whether every call after an instant is here, and decoded.
    pub(crate) fn reaches_back_to(&self, after: EventTime) -> bool {
        self.facts.reaches_back_to(after) && self.facts.is_whole()
    }

    /// How many calls lie after an instant to which it reaches back.
    pub(crate) fn calls_after(&self, after: EventTime, number: PackedNumber, calls: &CallTimeline) -> usize {
        self.facts.calls_after(after, number, calls)
    }

    pub(crate) fn is_worth_keeping(&self) -> bool {
        self.facts.is_worth_keeping()
    }

    /// Adds up how many values the views of the number keep, given every edition. Those of pairs hold few facts each, and
    /// may be thousands.
    pub(super) fn add_up_entries(&mut self, number: PackedNumber, editions: impl Iterator<Item = RuleId>) {
        let (views, eligible) = (&self.views, &self.eligible);
        self.entries = match views.len() + eligible.len() <= FEW_VIEWS {
            true => {
                let of_number = |(_, key): &ViewId| key.called().is_none();
                let views = views.iter().filter(|(id, _)| of_number(id)).map(|(_, views)| views.entries());
                let eligible = eligible.iter().filter(|(id, _)| of_number(id)).map(|(_, probe)| probe.entries());
                views.chain(eligible).sum()
            }
            false => editions.map(|edition| self.entries_of(&(edition, Key::Number(number)))).sum(),
        };
    }

    /// How many values the views of an edition for a key keep, about.
    fn entries_of(&self, id: &ViewId) -> usize {
        let probe = self.eligible.get(id).map_or(0, Probe::entries);
        self.views.get(id).map_or(0, Views::entries) + probe
    }

    /// Lets go of decoded facts that can be decoded again where they are needed.
    fn let_go(&mut self) {
        self.facts.let_go();
    }

    /// About how many bytes it takes.
    fn bytes(&self) -> usize {
        self.facts.bytes() + (self.views.len() + self.eligible.len()) * 512 + self.entries * 24
    }
}
