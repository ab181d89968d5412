//! The tracks of one number, and when each is to be looked at again.
//!
//! A number may have a hundred thousand of them, one for each person it calls too often, of which the next call changes
//! one. So they lie in order of their names, and those that wait for a time lie in order of it: a commit looks at what was
//! judged and at what is due, and at nothing else.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cdr::EventTime;
use ringfence_rules::{RuleId, TrackId};
use serde::{Deserialize, Serialize};

use crate::track::Track;

/// Every track of one number, in order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Track>", into = "Vec<Track>")]
pub(crate) struct Tracks {
    by_id: BTreeMap<TrackId, Track>,
    /// Until shard time has come to this there is nothing to say of a track that was not told. A cache: a track without a
    /// time is looked at.
    told_until: BTreeMap<TrackId, EventTime>,
    by_time: BTreeSet<(EventTime, TrackId)>,
}

impl PartialEq for Tracks {
    fn eq(&self, other: &Self) -> bool {
        self.by_id == other.by_id
    }
}

impl From<Vec<Track>> for Tracks {
    fn from(tracks: Vec<Track>) -> Self {
        let by_id = tracks.into_iter().map(|track| (track.id, track)).collect();
        Self { by_id, ..Self::default() }
    }
}

impl From<Tracks> for Vec<Track> {
    fn from(tracks: Tracks) -> Self {
        tracks.by_id.into_values().collect()
    }
}

impl Tracks {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Track> {
        self.by_id.values()
    }

    pub(crate) fn get(&self, id: TrackId) -> Option<&Track> {
        self.by_id.get(&id)
    }

    /// Those of one line.
    pub(crate) fn of_line(&self, line: RuleId) -> impl Iterator<Item = &Track> {
        let from_line = self.by_id.range(TrackId::first_of(line)..).map(|(_, track)| track);
        from_line.take_while(move |track| track.id.line == line)
    }

    /// Takes a track out to work on it, or begins it; [`Tracks::put`] puts it back.
    pub(crate) fn take(&mut self, id: TrackId) -> Track {
        self.by_id.get_mut(&id).map_or_else(|| Track::new(id), |track| std::mem::replace(track, Track::new(id)))
    }

    /// Puts a track back, unless nothing of it needs to be kept.
    pub(crate) fn put(&mut self, track: Track) {
        if track.is_empty() {
            self.set_time(track.id, None);
            self.by_id.remove(&track.id);
        } else {
            self.by_id.insert(track.id, track);
        }
    }

    /// Works on every track; each is looked at again.
    pub(crate) fn for_each(&mut self, work: impl FnMut(&mut Track)) {
        self.by_id.values_mut().for_each(work);
        self.by_id.retain(|_, track| !track.is_empty());
        self.look_at_all();
    }

    /// Drops what can change no more of every track; what is told of them stays told.
    pub(crate) fn settle(&mut self, mut settle: impl FnMut(&mut Track)) {
        self.by_id.values_mut().for_each(&mut settle);
        let gone: Vec<TrackId> = self.by_id.values().filter(|track| track.is_empty()).map(|track| track.id).collect();
        for id in gone {
            self.set_time(id, None);
            self.by_id.remove(&id);
        }
    }

    /// Has every track looked at again.
    pub(crate) fn look_at_all(&mut self) {
        self.told_until.clear();
        self.by_time.clear();
    }

    /// Has a track looked at again.
    pub(crate) fn look_at(&mut self, id: TrackId) {
        if self.by_id.contains_key(&id) {
            self.set_time(id, Some(EventTime::MIN));
        }
    }

    /// Notes that everything of a track is told, until this shard time.
    pub(crate) fn told(&mut self, id: TrackId, until: EventTime) {
        self.set_time(id, Some(until));
    }

    /// The tracks to look at, in order.
    pub(crate) fn due(&self, now: Option<EventTime>) -> Vec<TrackId> {
        if self.told_until.len() < self.by_id.len() {
            return self.by_id.keys().copied().collect();
        }
        let by = now.unwrap_or(EventTime::MIN);
        let due = self.by_time.iter().take_while(|(at, _)| *at <= by).map(|(_, id)| *id);
        let due: BTreeSet<TrackId> = due.collect();
        due.into_iter().collect()
    }

    /// When to look at one of them although no fact comes.
    pub(crate) fn wakes_at(&self) -> Option<EventTime> {
        if self.told_until.len() < self.by_id.len() {
            return Some(EventTime::MIN);
        }
        self.by_time.first().map(|(at, _)| *at).filter(|at| *at < EventTime::MAX)
    }

    fn set_time(&mut self, id: TrackId, time: Option<EventTime>) {
        let before = match time {
            Some(time) => self.told_until.insert(id, time),
            None => self.told_until.remove(&id),
        };
        if let Some(before) = before {
            self.by_time.remove(&(before, id));
        }
        if let Some(time) = time {
            self.by_time.insert((time, id));
        }
    }
}
