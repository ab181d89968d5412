//! Where anchored windows began, once the facts that they began with are gone.
//!
//! Each anchored window begins with a fact, and which fact that is follows from all facts before it. What a judgement still
//! needs of those that are evicted is one time for each measure and key: the start of the window that is open at the edge
//! up to which facts are gone. Where none is open, the next fact begins one, whatever lay before.
//!
//! ```text
//! facts      . . .  .    . .   . │ .   .    . . .
//! windows    [a     )    [b      │      )   [c          b is kept: the first fact at or after its end is c
//!                              edge
//! ```
//!
//! A measure is looked at in up to three ways: over all facts, over served facts (what a strike must hold on), and over
//! served facts since the last sanction due (where a ladder is `fresh`). Each has windows of its own. What was due when
//! facts went is settled, so of the third there is one, and it is kept only where it differs from the second.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Key, Millis};
use ringfence_rules::{Measure, Mode, Rule, RuleId, SERVED_BEFORE_COMPLAINT, Stream, Window};
use serde::{Deserialize, Serialize};

use crate::facts::Eligibility;
use crate::rulebook::{Edition, Rulebook};

/// What one start counts for in memory: it lies in a tree.
const START_BYTES: usize = 2 * (size_of::<WindowId>() + size_of::<Starts>());

/// The windows of one number that are open where its facts are gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Anchors {
    pub(super) edges: AnchorEdges,
    pub(super) starts: BTreeMap<WindowId, Starts>,
}

/// Facts before these are told by the starts alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnchorEdges {
    pub(super) calls: EventTime,
    pub(super) complaints: EventTime,
    /// Of complaints that must be served: whether they are is not known once the calls before them are gone.
    pub(super) served: EventTime,
}

/// One measure of an edition for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct WindowId {
    pub(super) rule: RuleId,
    pub(super) measure: u32,
    pub(super) key: Key,
}

/// Where its open window began: over all facts, over served ones, and over those since a sanction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Starts {
    pub(super) all: Option<EventTime>,
    pub(super) served: Option<EventTime>,
    /// Where it differs from `served`.
    pub(super) fresh: Option<Fresh>,
}

/// Served facts after `since` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fresh {
    pub(super) since: EventTime,
    pub(super) start: Option<EventTime>,
}

/// What the chain of a measure's windows goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begin {
    /// The start of the window that is open.
    pub(super) start: Option<EventTime>,
    /// Facts up to this are told by it.
    pub(super) to: EventTime,
}

/// What the measures of one edition for one key go on from, in one way of looking at them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begins<'a> {
    /// Of each measure of the rule, where views have come further than what is kept of facts that are gone.
    known: &'a [Begin],
    anchors: Option<&'a Anchors>,
    rule: RuleId,
    key: Key,
    eligibility: Eligibility,
}

impl Begin {
    /// Nothing lies before the facts that are held.
    pub(super) const ANEW: Self = Self { start: None, to: EventTime::MIN };
}

impl<'a> Begins<'a> {
    pub(super) fn new(anchors: Option<&'a Anchors>, rule: RuleId, key: Key, eligibility: Eligibility) -> Self {
        Self { known: &[], anchors, rule, key, eligibility }
    }

    /// The same, but for the measures of which it is `known`.
    pub(super) fn with(self, known: &'a [Begin]) -> Self {
        Self { known, ..self }
    }

    /// Up to where the measures of a rule tell of facts without looking at them; `MAX` where none has such windows.
    pub(super) fn chained_to(&self, rule: &Rule) -> EventTime {
        let anchored = rule.measures.iter().enumerate().filter(|(_, it)| matches!(it.window, Window::Anchored(_)));
        anchored.map(|(at, measure)| self.of(at, measure).to).min().unwrap_or(EventTime::MAX)
    }

    /// Of the measure at this place in the rule.
    pub(super) fn of(&self, at: usize, measure: &Measure) -> Begin {
        if let Some(known) = self.known.get(at) {
            return *known;
        }
        match (self.anchors, &measure.window) {
            (Some(anchors), Window::Anchored(_)) => {
                let place = WindowId { rule: self.rule, measure: at as u32, key: self.key };
                anchors.begin(place, measure.stream, self.eligibility)
            }
            _ => Begin::ANEW,
        }
    }
}

impl AnchorEdges {
    const NONE: Self = Self { calls: EventTime::MIN, complaints: EventTime::MIN, served: EventTime::MIN };

    /// Where calls and complaints before these go; `None` where no windows begin with a fact.
    pub(crate) fn new(book: &Rulebook, calls: EventTime, complaints: EventTime) -> Option<Self> {
        anchored(book).next()?;
        let must_be_served = |edition: &Edition| strikes(edition) && edition.program.reads(Stream::Complaints);
        let served = match anchored(book).any(must_be_served) {
            true => complaints.max(calls.plus(SERVED_BEFORE_COMPLAINT)),
            false => EventTime::MIN,
        };
        Some(Self { calls, complaints, served })
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self {
            calls: self.calls.max(other.calls),
            complaints: self.complaints.max(other.complaints),
            served: self.served.max(other.served),
        }
    }

    pub(super) fn of(&self, stream: Stream, served: bool) -> EventTime {
        match (stream, served) {
            (Stream::Calls, _) => self.calls,
            (Stream::Complaints, false) => self.complaints,
            (Stream::Complaints, true) => self.served,
        }
    }
}

impl Starts {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn latest(&self) -> Option<EventTime> {
        self.all.max(self.served).max(self.fresh.and_then(|fresh| fresh.start))
    }
}

impl Anchors {
    pub(super) const NONE: Self = Self { edges: AnchorEdges::NONE, starts: BTreeMap::new() };

    pub(super) fn begin(&self, place: WindowId, stream: Stream, eligibility: Eligibility) -> Begin {
        let Eligibility { served, since } = eligibility;
        let edge = self.edges.of(stream, served);
        let starts = self.starts.get(&place).copied().unwrap_or_default();
        let start = match (served, starts.fresh) {
            (false, _) => starts.all,
            // All facts that count are still there.
            (true, _) if since >= edge => None,
            (true, Some(fresh)) if fresh.since == since => fresh.start,
            (true, _) => starts.served,
        };
        Begin { start, to: edge.minus(Millis(1)) }
    }

    /// Whether windows over the facts since a sanction on this ladder lie otherwise than those over all served facts: then
    /// its strike must be remembered.
    pub(crate) fn are_parted_by(&self, book: &Rulebook, ladder: &str, ended: EventTime) -> bool {
        self.starts.iter().any(|(place, starts)| {
            starts.fresh.is_some_and(|fresh| fresh.since == ended) && book.edition(place.rule).strikes_on(ladder)
        })
    }

    /// The keys that it names: what gives them their texts must be kept.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        self.starts.keys().map(|place| place.key)
    }

    /// The bytes it takes, about: by what it holds, so that they are the same after a restart.
    pub(crate) fn bytes(&self) -> usize {
        self.starts.len() * START_BYTES
    }

    /// Forgets a tenth of the windows, those that began first, to keep a number within its cap. Returns the time before
    /// which windows are gone.
    pub(crate) fn drop_oldest(&mut self) -> Option<EventTime> {
        let mut latest: Vec<EventTime> = self.starts.values().filter_map(Starts::latest).collect();
        latest.sort_unstable();
        let before = latest.get(latest.len() / 10)?.plus(Millis(1));
        self.starts.retain(|_, starts| starts.latest() >= Some(before));
        Some(before)
    }
}

/// Whether violations of an edition are strikes.
pub(super) fn strikes(edition: &Edition) -> bool {
    let rule = edition.rule();
    rule.mode == Mode::Enforce && rule.ladder.is_some()
}

/// The editions with windows that begin with a fact.
pub(super) fn anchored(book: &Rulebook) -> impl Iterator<Item = &Edition> {
    book.lines().iter().flat_map(|line| line.editions()).filter(|edition| edition.program.anchored)
}
