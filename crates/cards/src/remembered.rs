//! What is remembered of strikes although they move: of each by its line, key and ordinal, while its violation's span
//! overlaps the one that it had.

use std::collections::BTreeMap;

use ringfence_cdr::EventTime;
use ringfence_rules::TrackId;
use serde::{Deserialize, Serialize};

use crate::Strike;

/// What stays the same of a strike when late facts move its violation: line, key, and its ordinal in the violation,
/// whose span must overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StrikeName {
    pub(crate) track: TrackId,
    pub(crate) ordinal: u32,
    pub(crate) span: Span,
}

/// First and last instant of a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span(pub(crate) EventTime, pub(crate) EventTime);

/// Something remembered of strikes, by their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Remembered<T>(BTreeMap<(TrackId, u32), Vec<(Span, T)>>);

impl Span {
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.0 <= other.1 && other.0 <= self.1
    }
}

impl StrikeName {
    pub(crate) fn of(strike: &Strike) -> Self {
        Self { track: strike.track, ordinal: strike.ordinal, span: Span(strike.opened_at, strike.last_at) }
    }

    pub(crate) fn names(&self, strike: &Strike) -> bool {
        let other = Self::of(strike);
        (self.track, self.ordinal) == (other.track, other.ordinal) && self.span.overlaps(other.span)
    }
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Copy> Remembered<T> {
    /// What is remembered of a strike.
    pub(crate) fn of(&self, strike: &Strike) -> impl Iterator<Item = T> {
        let StrikeName { track, ordinal, span } = StrikeName::of(strike);
        let known = self.0.get(&(track, ordinal)).map_or(&[][..], Vec::as_slice);
        known.iter().filter(move |(known, _)| known.overlaps(span)).map(|(_, what)| *what)
    }

    pub(crate) fn put(&mut self, strike: &Strike, what: T) {
        let StrikeName { track, ordinal, span } = StrikeName::of(strike);
        self.0.entry((track, ordinal)).or_default().push((span, what));
    }

    /// Follows a strike whose violation was moved.
    pub(crate) fn follow(&mut self, strike: &Strike) {
        let StrikeName { track, ordinal, span } = StrikeName::of(strike);
        let known = self.0.get_mut(&(track, ordinal)).into_iter().flatten();
        known.filter(|(known, _)| known.overlaps(span)).for_each(|(known, _)| *known = span);
    }

    pub(crate) fn forget(&mut self, strike: &Strike) {
        let StrikeName { track, ordinal, span } = StrikeName::of(strike);
        if let Some(known) = self.0.get_mut(&(track, ordinal)) {
            known.retain(|(known, _)| !known.overlaps(span));
            if known.is_empty() {
                self.0.remove(&(track, ordinal));
            }
        }
    }

    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(StrikeName) -> bool) {
        self.0.retain(|(track, ordinal), known| {
            known.retain(|(span, _)| keeps(StrikeName { track: *track, ordinal: *ordinal, span: *span }));
            !known.is_empty()
        });
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = StrikeName> {
        let named = |(&(track, ordinal), known): (&(TrackId, u32), &Vec<(Span, T)>)| {
            let spans: Vec<Span> = known.iter().map(|(span, _)| *span).collect();
            spans.into_iter().map(move |span| StrikeName { track, ordinal, span })
        };
        self.0.iter().flat_map(named)
    }

    /// What is remembered of any.
    pub(crate) fn values(&self) -> impl Iterator<Item = T> {
        self.0.values().flatten().map(|(_, what)| *what)
    }
}
