//! The tracks of one number, and when each is to be looked at again.
//!
//! A number may have a hundred thousand of them, one for each person it calls too often, of which the next call changes
//! one. So they lie in order of their names, and those that wait for a time lie in order of it: a commit looks at what was
//! judged and at what is due, and at nothing else.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cdr::EventTime;
use ringfence_rules::{RuleId, TrackId};
use serde::{Deserialize, Serialize};

use super::track::Track;

/// Every track of one number, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<Track>", into = "Vec<Track>")]
pub(crate) struct Tracks {
    /// Each on the heap, so that the names alone are looked through, and to take one out moves no other.
    by_id: BTreeMap<TrackId, Box<Track>>,
    /// Those that have something to say once shard time comes to a time. What is said here of tracks is a cache of what
    /// each says of itself.
    waiting: BTreeSet<(EventTime, TrackId)>,
    /// Those that may have something to say now.
    untold: Vec<TrackId>,
    /// All may.
    all_untold: bool,
}

impl Default for Tracks {
    fn default() -> Self {
        Self { by_id: BTreeMap::new(), waiting: BTreeSet::new(), untold: Vec::new(), all_untold: true }
    }
}

impl PartialEq for Tracks {
    fn eq(&self, other: &Self) -> bool {
        self.by_id == other.by_id
    }
}

impl From<Vec<Track>> for Tracks {
    fn from(tracks: Vec<Track>) -> Self {
        let by_id = tracks.into_iter().map(|track| (track.id, Box::new(track))).collect();
        Self { by_id, ..Self::default() }
    }
}

impl From<Tracks> for Vec<Track> {
    fn from(tracks: Tracks) -> Self {
        tracks.by_id.into_values().map(|track| *track).collect()
    }
}

impl Tracks {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Track> {
        self.by_id.values().map(|track| &**track)
    }

    pub(crate) fn get(&self, id: TrackId) -> Option<&Track> {
        self.by_id.get(&id).map(|track| &**track)
    }

    /// Those of one line.
    pub(crate) fn of_line(&self, line: RuleId) -> impl Iterator<Item = &Track> {
        let from_line = self.by_id.range(TrackId::first_of(line)..).map(|(_, track)| &**track);
        from_line.take_while(move |track| track.id.line == line)
    }

    /// Takes a track out to work on it; [`Tracks::put`] puts it back.
    pub(crate) fn take(&mut self, id: TrackId) -> Option<Box<Track>> {
        let track = self.by_id.remove(&id)?;
        if let Some(until) = track.untold.until() {
            self.waiting.remove(&(until, id));
        }
        Some(track)
    }

    /// Puts a track back, unless nothing of it needs to be kept.
    pub(crate) fn put(&mut self, track: Box<Track>) {
        if track.is_empty() {
            return;
        }
        match track.untold.until() {
            None => self.untold.push(track.id),
            Some(EventTime::MAX) => {}
            Some(until) => {
                self.waiting.insert((until, track.id));
            }
        }
        self.by_id.insert(track.id, track);
    }

    /// Works on every track; each is looked at again.
    pub(crate) fn for_each(&mut self, mut work: impl FnMut(&mut Track)) {
        self.by_id.values_mut().for_each(|track| work(track));
        self.by_id.retain(|_, track| !track.is_empty());
        self.waiting.clear();
        self.look_at_all();
    }

    /// Drops what can change no more of every track; what is told of them stays told.
    pub(crate) fn settle(&mut self, mut settle: impl FnMut(&mut Track)) {
        let waiting = &mut self.waiting;
        self.by_id.retain(|id, track| {
            settle(track);
            if let Some(until) = track.untold.until().filter(|_| track.is_empty()) {
                waiting.remove(&(until, *id));
            }
            !track.is_empty()
        });
    }

    /// Has every track looked at again.
    pub(crate) fn look_at_all(&mut self) {
        self.all_untold = true;
    }

    /// Gives out the tracks to look at, in order; each says when it wants to be looked at next as it is put back.
    pub(crate) fn take_due(&mut self, now: Option<EventTime>) -> Vec<TrackId> {
        if std::mem::take(&mut self.all_untold) {
            self.untold.clear();
            return self.by_id.keys().copied().collect();
        }
        let by = now.unwrap_or(EventTime::MIN);
        let mut due = std::mem::take(&mut self.untold);
        due.extend(self.waiting.iter().take_while(|(at, _)| *at <= by).map(|(_, id)| *id));
        due.sort_unstable();
        due.dedup();
        due
    }

    /// When to look at one of them although no fact comes.
    pub(crate) fn wakes_at(&self) -> Option<EventTime> {
        match self.all_untold && !self.is_empty() || !self.untold.is_empty() {
            true => Some(EventTime::MIN),
            false => self.waiting.first().map(|(at, _)| *at),
        }
    }
}
