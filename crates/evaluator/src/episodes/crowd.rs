//! The tracks of a number that has many.
//!
//! It may have a hundred thousand of them, one for each person it calls too often, of which the next call changes one. So
//! they lie in a tree by their names, and those that wait for a time in another by that: a commit looks at what was judged
//! and at what is due, and at nothing else.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cdr::EventTime;
use ringfence_rules::TrackId;

use super::track::Track;

/// Many tracks, in order. What is said here of them besides is a cache of what each says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd {
    /// Each on the heap, so that the names alone are looked through.
    by_id: BTreeMap<TrackId, Box<Track>>,
    due: Due,
}

/// When to look at which of them.
#[derive(Clone, Debug, Default)]
struct Due {
    /// Those that have something to say once shard time comes to a time.
    waiting: BTreeSet<(EventTime, TrackId)>,
    /// Those that may have something to say now.
    untold: Vec<TrackId>,
}

impl FromIterator<Track> for Crowd {
    fn from_iter<I: IntoIterator<Item = Track>>(tracks: I) -> Self {
        let mut crowd = Self::default();
        tracks.into_iter().for_each(|track| crowd.add(track));
        crowd
    }
}

impl Crowd {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Track> {
        self.by_id.values().map(|track| &**track)
    }

    /// Those from a name on.
    pub(super) fn from(&self, first: TrackId) -> impl Iterator<Item = &Track> {
        self.by_id.range(first..).map(|(_, track)| &**track)
    }

    pub(super) fn into_tracks(self) -> impl Iterator<Item = Track> {
        self.by_id.into_values().map(|track| *track)
    }

    pub(super) fn get(&self, id: TrackId) -> Option<&Track> {
        self.by_id.get(&id).map(|track| &**track)
    }

    /// Works on a track where it lies; it goes if nothing of it needs to be kept.
    pub(super) fn change<R>(&mut self, id: TrackId, work: impl FnOnce(&mut Track) -> R) -> Option<R> {
        let track = self.by_id.get_mut(&id)?;
        let before = track.untold.until();
        let done = work(track);
        self.due.follow(before, track);
        if track.is_empty() {
            self.by_id.remove(&id);
        }
        Some(done)
    }

    /// Adds a track that is not there yet.
    pub(super) fn add(&mut self, track: Track) {
        self.due.look_at(track.id, track.untold.until());
        self.by_id.insert(track.id, Box::new(track));
    }

    /// Works on every track; those go of which nothing needs to be kept.
    pub(super) fn for_each(&mut self, mut work: impl FnMut(&mut Track)) {
        let due = &mut self.due;
        self.by_id.retain(|_, track| {
            let before = track.untold.until();
            work(track);
            due.follow(before, track);
            !track.is_empty()
        });
    }

    /// Gives out those to look at by a time, in order.
    pub(super) fn take_due(&mut self, by: EventTime) -> Vec<TrackId> {
        let mut due = std::mem::take(&mut self.due.untold);
        due.extend(self.due.waiting.iter().take_while(|(at, _)| *at <= by).map(|(_, id)| *id));
        due.sort_unstable();
        due.dedup();
        due
    }

    /// Gives out all, in order.
    pub(super) fn take_all(&mut self) -> Vec<TrackId> {
        self.due.untold.clear();
        self.by_id.keys().copied().collect()
    }

    /// When to look at one of them although no fact comes.
    pub(super) fn wakes_at(&self) -> Option<EventTime> {
        match self.due.untold.is_empty() {
            true => self.due.waiting.first().map(|(at, _)| *at),
            false => Some(EventTime::MIN),
        }
    }
}

impl Due {
    /// Has a track looked at now, or once shard time comes to a time.
    fn look_at(&mut self, id: TrackId, until: Option<EventTime>) {
        match until {
            None => self.untold.push(id),
            Some(EventTime::MAX) => {}
            Some(until) => {
                self.waiting.insert((until, id));
            }
        }
    }

    /// Follows a track that was changed, and was to be looked at once shard time had come to `before`.
    fn follow(&mut self, before: Option<EventTime>, track: &Track) {
        let (until, is_empty) = (track.untold.until(), track.is_empty());
        if let Some(before) = before.filter(|_| before != until || is_empty) {
            self.waiting.remove(&(before, track.id));
        }
        if before != until && !is_empty {
            self.look_at(track.id, until);
        }
    }
}
