//! What a shard keeps of one number.

use ringfence_cards::CardFile;
use ringfence_cdr::{EventTime, PackedNumber};
use ringfence_rules::{RuleId, TrackId};
use ringfence_timeline::{CallLegs, CallParts, CallRecords, CallTimeline, ComplaintTimeline, Symbols};
use serde::{Deserialize, Serialize};

use crate::episodes::{Capped, Track, Tracks};
use crate::judging::Anchors;
use crate::rulebook::{LadderEdition, Rulebook};

/// One number's state. Nearly every number is quiet and has only its calls; all else is boxed away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NumberState {
    pub(crate) number: PackedNumber,
    pub(crate) calls: CallTimeline,
    pub(crate) extras: Option<Box<Extras>>,
    /// The place in the list of numbers touched since the last commit, from 1; 0 for none.
    #[serde(skip)]
    pub(crate) touched: u32,
    /// So many calls more, in order of time, cannot make any rule hold. Kept, as what is judged with a later record, and
    /// when an act may follow it, must not depend on a restart.
    pub(crate) quiet_calls: u8,
    /// So many records more cannot bring it to its cap.
    #[serde(skip)]
    pub(crate) fitting: u16,
    /// Whether decoded facts and views of it may be kept.
    #[serde(skip)]
    pub(crate) hot: bool,
    /// The class of numbers on the same lists of the pack.
    #[serde(skip)]
    pub(crate) class: u32,
}

/// What few numbers have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extras {
    pub(crate) complaints: ComplaintTimeline,
    pub(crate) parts: CallParts,
    pub(crate) legs: CallLegs,
    pub(crate) tracks: Tracks,
    /// No instant after this holds in any track, as of the last commit that looked at the number; `None` where that is
    /// not known.
    #[serde(skip)]
    pub(crate) holds_to: Option<EventTime>,
    pub(crate) card: Option<Box<CardFile>>,
    /// Where windows began that are open where facts are gone.
    pub(crate) anchors: Option<Box<Anchors>>,
    /// What it no longer has, as it had reached its cap.
    pub(crate) capped: Capped,
}

impl Extras {
    /// Whether nothing is left in it that needs keeping, with no calls.
    pub(crate) fn is_idle(&self) -> bool {
        let holds_facts = !self.complaints.is_empty() || !self.parts.is_empty() || !self.legs.is_empty();
        !holds_facts && self.tracks.is_empty() && self.card.is_none() && self.anchors.is_none()
    }

    /// Whether nothing is left in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_idle() && self.capped == Capped::default()
    }

    /// Whether every call is a fact by itself, as no part or leg is held that another may be joined to.
    pub(crate) fn joins_nothing(&self) -> bool {
        self.parts.is_empty() && self.legs.is_empty()
    }

    /// When to look at the number again although no fact comes: an episode closes, an update is due, a sanction ends, an
    /// act is due.
    pub(crate) fn wakes_at(&self) -> Option<EventTime> {
        let acts = self.card.iter().filter_map(|card| card.wakes_at());
        self.tracks.wakes_at().into_iter().chain(acts).min()
    }

    /// Drops what has settled and can change no more. Facts are held from `held_from` on.
    pub(crate) fn settle(&mut self, book: &Rulebook, settled: EventTime, held_from: EventTime) {
        self.tracks.settle(|track| track.settle(settled, book.line(track.id.line).keep_max()));
        let Some(card) = &mut self.card else { return };
        for (name, file) in card.files_mut() {
            let (tracks, anchors) = (&self.tracks, self.anchors.as_deref());
            file.forget_before(book.ladder(name).last().map(LadderEdition::ladder), settled, held_from, |strike| {
                let ended = strike.due.map(|_| strike.due_until.time());
                tracks.get(strike.track).is_some_and(|track| track.held.holds_in(strike.opened_at, strike.last_at))
                    || ended.zip(anchors).is_some_and(|(ended, anchors)| anchors.are_parted_by(book, name, ended))
            });
        }
        card.tidy();
        self.card.take_if(|card| card.is_empty());
    }

    /// Something before `before` was dropped because the number had reached its cap. Its last fact is at `last_at`.
    pub(crate) fn capped(&mut self, before: EventTime, last_at: EventTime) {
        self.capped.dropped_before = self.capped.dropped_before.max(Some(before));
        self.capped.frozen_to = self.capped.frozen_to.max(Some(last_at));
        self.tracks.for_each(Track::freeze);
    }
}

impl NumberState {
    pub(crate) fn new(number: PackedNumber, class: u32) -> Self {
        Self {
            number,
            calls: CallTimeline::default(),
            extras: None,
            touched: 0,
            quiet_calls: 0,
            fitting: 0,
            hot: false,
            class,
        }
    }

    /// Whether a call that was just inserted cannot make any rule hold, and need not be judged.
    ///
    /// Where no window has more facts than `limit - n`, the next `n - 1` cannot fill one, wherever they lie; but a late
    /// one may fall into an older window, which was not counted.
    pub(crate) fn takes_quietly(&mut self, at: EventTime) -> bool {
        let quiet = self.quiet_calls > 0 && self.extras.is_none() && self.calls.last_at() == Some(at);
        self.quiet_calls = self.quiet_calls.saturating_sub(1);
        quiet
    }

    pub(crate) fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// Its calls, with the parts and legs that make some of them.
    pub(crate) fn records<'a>(&'a mut self, symbols: &'a Symbols) -> CallRecords<'a> {
        let Extras { parts, legs, .. } = &mut **self.extras.get_or_insert_default();
        CallRecords { number: self.number, calls: &mut self.calls, parts, legs, symbols }
    }

    pub(crate) fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.extras.iter().flat_map(|extras| extras.tracks.iter())
    }

    pub(crate) fn track(&self, id: TrackId) -> Option<&Track> {
        self.extras.as_ref().and_then(|extras| extras.tracks.get(id))
    }

    /// The rules that judged what it holds.
    pub(crate) fn rules(&self) -> impl Iterator<Item = RuleId> {
        self.tracks().flat_map(Track::rules)
    }

    pub(crate) fn capped_before(&self) -> Option<EventTime> {
        self.extras.as_ref().and_then(|extras| extras.capped.dropped_before)
    }

    /// The time of its latest fact.
    pub(crate) fn last_at(&self) -> EventTime {
        let complaint_at = self.extras.as_ref().and_then(|extras| extras.complaints.last_at());
        self.calls.last_at().max(complaint_at).unwrap_or(EventTime::MIN)
    }

    /// The bytes of facts and state on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let extras = self.extras.as_ref().map_or(0, |extras| {
            let tracks = extras.tracks.iter().map(Track::bytes).sum::<usize>();
            let anchors = extras.anchors.as_ref().map_or(0, |anchors| anchors.bytes());
            let joined = extras.parts.heap_bytes() + extras.legs.heap_bytes();
            size_of::<Extras>() + extras.complaints.heap_bytes() + joined + tracks + anchors
        });
        self.calls.heap_bytes() + extras
    }

    /// Whether nothing is left that needs keeping.
    pub(crate) fn is_idle(&self) -> bool {
        self.calls.is_empty() && self.extras.as_ref().is_none_or(|extras| extras.is_idle())
    }
}
