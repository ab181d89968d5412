//! The calls of one number after some instant, in stretches of time that are decoded when they are looked at.
//!
//! Most numbers have one stretch with everything in it. Of one that is so busy that not all of it can be kept decoded, what
//! is kept is where its stretches lie: a view that moves on reads the few facts that it passes at its two ends, and of all
//! that lies between them nothing is decoded again.
//!
//! ```text
//! calls      . . . . . . . . . . . . . . . . . . . . . . . . .
//! stretches  (    ](decoded](       ](       ](     ](decoded
//! a view            ^ its far end                       ^ its near end
//! ```

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use ringfence_cdr::{EventTime, PackedNumber};
use ringfence_timeline::{Between, Blocks, CallFact, CallTimeline, Work};

/// About how many calls a stretch has whose calls may be let go.
const STRETCH: usize = 128;

/// With so many calls that the timeline has no longer it is looked which of them are needed.
const GONE_MAX: usize = 1024;

/// Decoded calls: gone through far more often than anything is put between them.
type DecodedCalls = Blocks<CallFact, 256>;

/// The calls between two instants.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// Its last instant.
    to: EventTime,
    len: usize,
    /// In order; empty until they are looked at.
    calls: OnceCell<DecodedCalls>,
}

/// Every call after an instant.
#[derive(Debug)]
pub(super) struct Stretches {
    after: EventTime,
    /// In order; each begins where the one before ends, and the last does not end.
    stretches: Vec<Stretch>,
    /// How many calls they have.
    len: usize,
    /// The timeline may have no longer those before this.
    edge: EventTime,
}

/// Calls that a judgement can look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls<'a> {
    after: EventTime,
    stretches: &'a [Stretch],
    /// Where they are decoded from.
    timeline: Option<(&'a CallTimeline, PackedNumber)>,
    spent: &'a Spent,
}

/// Calls between two instants, from either end. Nearly always they lie in one stretch.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallsBetween<'a> {
    near: Between<'a, CallFact>,
    far: Option<Box<FarCalls<'a>>>,
}

/// Those behind the first stretch.
#[derive(Clone, Debug)]
struct FarCalls<'a> {
    /// The stretches that neither end has come to.
    places: Range<usize>,
    last: Between<'a, CallFact>,
    calls: Calls<'a>,
    after: EventTime,
    to: EventTime,
}

/// What was done while facts were looked at.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    decoded: Cell<u64>,
    looked: Cell<u64>,
}

impl Spent {
    pub(crate) fn look(&self) {
        self.looked.set(self.looked.get() + 1);
    }

    /// Adds it to the work done, and begins anew.
    pub(crate) fn take(&self, work: &mut Work) {
        work.decoded += self.decoded.take();
        work.looked += self.looked.take();
    }
}

impl Default for Stretch {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl Stretch {
    /// Of calls that are in order, without an end.
    pub(crate) fn of(calls: Vec<CallFact>) -> Self {
        let len = calls.len();
        Self { to: EventTime::MAX, len, calls: OnceCell::from(Blocks::from(calls)) }
    }

    /// When its last call was, as far as that is decoded.
    pub(crate) fn last_at(&self) -> Option<EventTime> {
        self.calls.get()?.last().map(|call| call.at)
    }

    /// Puts a call behind all others.
    pub(crate) fn push(&mut self, call: CallFact) {
        self.len += 1;
        self.calls.get_mut().into_iter().for_each(|calls| calls.extend([call]));
    }

    pub(super) fn insert(&mut self, fact: &CallFact, work: &mut Work) {
        self.len += 1;
        if let Some(calls) = self.calls.get_mut() {
            calls.insert(calls.spot(|call| call < fact), *fact, work);
        }
    }

    /// Takes out a call, and says whether it was there; of calls that are not decoded it was.
    pub(super) fn remove(&mut self, fact: &CallFact, work: &mut Work) -> bool {
        if let Some(calls) = self.calls.get_mut() {
            let spot = calls.spot(|call| call < fact);
            if calls.get(spot) != Some(fact) {
                return false;
            }
            calls.remove(spot, work);
        }
        self.len -= 1;
        true
    }

    /// Whether it is decoded and long enough to be parted.
    fn is_long(&self) -> bool {
        self.calls.get().is_some() && self.len > 2 * STRETCH
    }

    /// The same as stretches of a few calls each, all of an instant in one.
    fn parted(self) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut part: Vec<CallFact> = Vec::new();
        for call in self.calls.get().into_iter().flat_map(DecodedCalls::iter) {
            if let Some(last) = part.last().filter(|last| part.len() >= STRETCH && last.at < call.at) {
                let to = last.at;
                parts.push(Self { to, ..Self::of(std::mem::take(&mut part)) });
            }
            part.push(*call);
        }
        parts.push(Self { to: self.to, ..Self::of(part) });
        parts
    }
}

impl Default for Stretches {
    fn default() -> Self {
        Self { after: EventTime::MAX, stretches: Vec::new(), len: 0, edge: EventTime::MIN }
    }
}

impl Stretches {
    /// Every call after this is in one of them.
    pub(super) fn after(&self) -> EventTime {
        self.after
    }

    /// How many calls there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many of them are decoded.
    pub(super) fn decoded(&self) -> usize {
        self.stretches.iter().filter(|stretch| stretch.calls.get().is_some()).map(|stretch| stretch.len).sum()
    }

    pub(super) fn are_decoded(&self) -> bool {
        self.stretches.iter().all(|stretch| stretch.calls.get().is_some())
    }

    pub(super) fn count(&self) -> usize {
        self.stretches.len()
    }

    /// When the last of them was, as far as that is decoded.
    pub(super) fn last_at(&self) -> Option<EventTime> {
        self.stretches.last().and_then(Stretch::last_at)
    }

    /// Takes in every call from `after` up to the first.
    pub(super) fn reach_back_to(&mut self, after: EventTime, calls: Vec<CallFact>) {
        self.len += calls.len();
        match self.stretches.first() {
            // Nothing lies between.
            Some(_) if calls.is_empty() => {}
            Some(_) => self.stretches.insert(0, Stretch { to: self.after, ..Stretch::of(calls) }),
            None => self.stretches.push(Stretch::of(calls)),
        }
        self.after = after;
    }

    fn stretch_of(&mut self, at: EventTime) -> Option<&mut Stretch> {
        if at <= self.after {
            return None;
        }
        let place = self.stretches.partition_point(|stretch| stretch.to < at);
        self.stretches.get_mut(place)
    }

    pub(super) fn insert(&mut self, fact: &CallFact, work: &mut Work) {
        if let Some(stretch) = self.stretch_of(fact.at) {
            stretch.insert(fact, work);
            self.len += 1;
        }
    }

    pub(super) fn remove(&mut self, fact: &CallFact, work: &mut Work) {
        if self.stretch_of(fact.at).is_some_and(|stretch| stretch.remove(fact, work)) {
            self.len -= 1;
        }
    }

    /// Forgets calls up to `after`, or a few less.
    pub(super) fn drop_to(&mut self, after: EventTime, work: &mut Work) {
        let gone = self.stretches.partition_point(|stretch| stretch.to <= after);
        for stretch in self.stretches.drain(..gone) {
            self.len -= stretch.len;
            self.after = stretch.to;
        }
        if let Some(first) = self.stretches.first_mut()
            && let Some(calls) = first.calls.get_mut()
        {
            let gone = calls.drain_before(calls.spot(|call| call.at <= after), work).len();
            first.len -= gone;
            self.len -= gone;
            self.after = self.after.max(after);
        }
    }

    /// Decodes every call before an instant that the timeline is about to drop: views may still hold them, and take them
    /// away as they move on.
    pub(super) fn keep_before(
        &mut self,
        edge: EventTime,
        (timeline, number): (&CallTimeline, PackedNumber),
        spent: &Spent,
    ) {
        self.edge = self.edge.max(edge);
        let calls = self.calls(timeline, number, spent);
        (0..self.last_copies()).for_each(|place| _ = calls.calls_of(place));
    }

    /// How many stretches may have calls that the timeline has no longer.
    fn last_copies(&self) -> usize {
        match self.after < self.edge {
            true => (self.stretches.partition_point(|stretch| stretch.to < self.edge) + 1).min(self.stretches.len()),
            false => 0,
        }
    }

    /// Whether so many lie in such stretches that it is better to look which of them are needed still.
    pub(super) fn have_many_gone(&self) -> bool {
        let gone = self.stretches[..self.last_copies()].iter().map(|stretch| stretch.len).sum::<usize>();
        gone >= GONE_MAX && !self.are_decoded()
    }

    /// Lets go of all calls but the last few.
    pub(super) fn let_go(&mut self) {
        for place in (0..self.stretches.len()).rev() {
            if self.stretches[place].is_long() {
                let parts = std::mem::take(&mut self.stretches[place]).parted();
                self.stretches.splice(place..=place, parts);
            }
        }
        let kept = self.last_copies();
        if let Some((_, others)) = self.stretches.split_last_mut() {
            others.iter_mut().skip(kept).for_each(|stretch| _ = stretch.calls.take());
        }
    }

    /// To look at them.
    pub(super) fn calls<'a>(&'a self, timeline: &'a CallTimeline, number: PackedNumber, spent: &'a Spent) -> Calls<'a> {
        Calls { after: self.after, stretches: &self.stretches, timeline: Some((timeline, number)), spent }
    }
}

impl<'a> CallsBetween<'a> {
    #[cold]
    fn next_far(&mut self) -> Option<&'a CallFact> {
        while let Some(far) = &mut self.far {
            match far.places.next() {
                Some(place) => self.near = far.calls.within(place, far.after, far.to),
                None => {
                    self.near = std::mem::take(&mut far.last);
                    self.far = None;
                }
            }
            if let Some(call) = self.near.next() {
                return Some(call);
            }
        }
        None
    }

    #[cold]
    fn next_back_far(&mut self) -> Option<&'a CallFact> {
        while let Some(far) = &mut self.far {
            if let Some(call) = far.last.next_back() {
                return Some(call);
            }
            match far.places.next_back() {
                Some(place) => far.last = far.calls.within(place, far.after, far.to),
                None => self.far = None,
            }
        }
        self.near.next_back()
    }
}

impl<'a> Iterator for CallsBetween<'a> {
    type Item = &'a CallFact;

    #[inline]
    fn next(&mut self) -> Option<&'a CallFact> {
        match self.near.next() {
            None if self.far.is_some() => self.next_far(),
            near => near,
        }
    }

    fn count(self) -> usize {
        match self.far {
            None => self.near.count(),
            Some(_) => self.fold(0, |count, _| count + 1),
        }
    }
}

impl DoubleEndedIterator for CallsBetween<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match self.far {
            None => self.near.next_back(),
            Some(_) => self.next_back_far(),
        }
    }
}

impl<'a> Calls<'a> {
    /// Of one stretch that is decoded.
    pub(crate) fn of(stretch: &'a Stretch, spent: &'a Spent) -> Self {
        Self { after: EventTime::MIN, stretches: std::slice::from_ref(stretch), timeline: None, spent }
    }

    /// None.
    pub(crate) fn none(spent: &'a Spent) -> Self {
        Self { after: EventTime::MIN, stretches: &[], timeline: None, spent }
    }

    pub(super) fn spent(&self) -> &'a Spent {
        self.spent
    }

    /// Those in (after, to].
    #[inline]
    pub(crate) fn between(self, after: EventTime, to: EventTime) -> CallsBetween<'a> {
        match self.stretches {
            _ if after >= to => CallsBetween::default(),
            // Most have one.
            [_] => CallsBetween { near: self.within(0, after, to), far: None },
            stretches => {
                let last = stretches.partition_point(|stretch| stretch.to < to);
                let mut places =
                    stretches.partition_point(|stretch| stretch.to <= after)..stretches.len().min(last + 1);
                let near = places.next().map(|first| self.within(first, after, to)).unwrap_or_default();
                let far = FarCalls { places, last: Between::default(), calls: self, after, to };
                CallsBetween { near, far: Some(Box::new(far)).filter(|far| !far.places.is_empty()) }
            }
        }
    }

    /// Those of a stretch in (after, to].
    fn within(self, place: usize, after: EventTime, to: EventTime) -> Between<'a, CallFact> {
        self.calls_of(place).between(move |call| call.at <= after, move |call| call.at <= to)
    }

    /// Visits every one in order.
    pub(crate) fn for_each(self, mut visit: impl FnMut(&'a CallFact)) {
        (0..self.stretches.len()).for_each(|place| self.calls_of(place).iter().for_each(&mut visit));
    }

    /// Whether there are so many after an instant. What is not decoded is not looked at for it.
    pub(crate) fn are(self, count: usize, after: EventTime) -> bool {
        if let [_] = self.stretches {
            return self.after >= after && self.stretches[0].len >= count
                || self.calls_of(0).ends_with(count, |call| call.at <= after);
        }
        let mut missing = count;
        for (place, stretch) in self.stretches.iter().enumerate().rev().take_while(|(_, it)| it.to > after) {
            if missing == 0 {
                break;
            }
            let is_whole = self.begin_of(place) >= after;
            let those = || self.calls_of(place).between(|call| call.at <= after, |_| true).count();
            missing = missing.saturating_sub(if is_whole { stretch.len } else { those() });
        }
        missing == 0
    }

    fn begin_of(self, place: usize) -> EventTime {
        place.checked_sub(1).map_or(self.after, |before| self.stretches[before].to)
    }

    fn calls_of(self, place: usize) -> &'a DecodedCalls {
        let stretch = &self.stretches[place];
        stretch.calls.get_or_init(|| {
            let mut calls = Vec::with_capacity(stretch.len);
            let mut work = Work::default();
            if let Some((timeline, number)) = self.timeline {
                timeline.decode_into(number, (self.begin_of(place), stretch.to), &mut calls, &mut work);
            }
            debug_assert_eq!(calls.len(), stretch.len, "a stretch has as many calls as were counted");
            self.spent.decoded.set(self.spent.decoded.get() + work.decoded);
            Blocks::from(calls)
        })
    }
}
