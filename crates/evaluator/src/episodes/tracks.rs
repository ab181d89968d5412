//! The tracks of one number, and when each is to be looked at again.
//!
//! Nearly every number that has any has a handful, one for each rule that it broke. They lie side by side in order of their
//! names, so that a commit meets them all at once, and what is due is found by going through them. A number that has more
//! keeps them as a crowd, where a commit meets those alone that it changes.

use ringfence_cdr::EventTime;
use ringfence_rules::{RuleId, TrackId};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::crowd::Crowd;
use super::track::Track;

/// With more tracks they are a crowd. In builds that check themselves a handful is one, so that the laws, which hold on
/// small worlds, meet both.
const FEW_MAX: usize = if cfg!(debug_assertions) { 3 } else { 24 };

/// Every track of one number, in order. When each is to be looked at again it says itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Vec<Track>")]
pub(crate) struct Tracks {
    form: Form,
    /// All may have something to say now.
    all_untold: bool,
}

#[derive(Clone, Debug)]
enum Form {
    Few(Vec<Track>),
    Crowd(Box<Crowd>),
}

impl Default for Tracks {
    fn default() -> Self {
        Self { form: Form::Few(Vec::new()), all_untold: true }
    }
}

impl PartialEq for Tracks {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl From<Vec<Track>> for Tracks {
    fn from(mut tracks: Vec<Track>) -> Self {
        tracks.sort_by_key(|track| track.id);
        let form = match tracks.len() <= FEW_MAX {
            true => Form::Few(tracks),
            false => Form::Crowd(Box::new(tracks.into_iter().collect())),
        };
        Self { form, ..Self::default() }
    }
}

impl Serialize for Tracks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.len()))?;
        self.iter().try_for_each(|track| sequence.serialize_element(track))?;
        sequence.end()
    }
}

impl Tracks {
    fn len(&self) -> usize {
        match &self.form {
            Form::Few(few) => few.len(),
            Form::Crowd(crowd) => crowd.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Track> {
        self.few().iter().chain(self.crowd().into_iter().flat_map(Crowd::iter))
    }

    pub(crate) fn get(&self, id: TrackId) -> Option<&Track> {
        match &self.form {
            Form::Few(few) => place(few, id).ok().map(|at| &few[at]),
            Form::Crowd(crowd) => crowd.get(id),
        }
    }

    /// Those of one line.
    pub(crate) fn of_line(&self, line: RuleId) -> impl Iterator<Item = &Track> {
        let first = TrackId::first_of(line);
        let few = self.few();
        let few = few[few.partition_point(|track| track.id < first)..].iter();
        let from_line = few.chain(self.crowd().into_iter().flat_map(move |crowd| crowd.from(first)));
        from_line.take_while(move |track| track.id.line == line)
    }

    /// Works on a track where it lies; it goes if nothing of it needs to be kept.
    pub(crate) fn change<R>(&mut self, id: TrackId, work: impl FnOnce(&mut Track) -> R) -> Option<R> {
        match &mut self.form {
            Form::Few(few) => {
                let at = place(few, id).ok()?;
                let done = work(&mut few[at]);
                if few[at].is_empty() {
                    few.remove(at);
                }
                Some(done)
            }
            Form::Crowd(crowd) => crowd.change(id, work),
        }
    }

    /// Adds a track that is not there yet, unless nothing of it needs to be kept.
    pub(crate) fn add(&mut self, track: Track) {
        if track.is_empty() {
            return;
        }
        if let Form::Few(few) = &mut self.form
            && few.len() >= FEW_MAX
        {
            self.form = Form::Crowd(Box::new(std::mem::take(few).into_iter().collect()));
        }
        match &mut self.form {
            Form::Few(few) => {
                let at = place(few, track.id).unwrap_or_else(|at| at);
                few.reserve_exact(1);
                few.insert(at, track);
            }
            Form::Crowd(crowd) => crowd.add(track),
        }
    }

    /// Works on every track, and has each looked at again.
    pub(crate) fn for_each(&mut self, work: impl FnMut(&mut Track)) {
        self.visit(work);
        self.look_at_all();
    }

    /// Drops what can change no more of every track; what is told of them stays told.
    pub(crate) fn settle(&mut self, settle: impl FnMut(&mut Track)) {
        self.visit(settle);
        if let Form::Crowd(crowd) = &mut self.form
            && crowd.len() <= FEW_MAX / 2
        {
            // Well below what a crowd begins with, so that one more does not make them a crowd again.
            self.form = Form::Few(std::mem::take(&mut **crowd).into_tracks().collect());
        }
    }

    fn visit(&mut self, mut work: impl FnMut(&mut Track)) {
        match &mut self.form {
            Form::Few(few) => few.retain_mut(|track| {
                work(track);
                !track.is_empty()
            }),
            Form::Crowd(crowd) => crowd.for_each(work),
        }
    }

    /// Has every track looked at again.
    pub(crate) fn look_at_all(&mut self) {
        self.all_untold = true;
    }

    /// Gives out the tracks to look at, in order; each says when it wants to be looked at next as it is told of.
    pub(crate) fn take_due(&mut self, now: Option<EventTime>) -> Vec<TrackId> {
        let by = now.unwrap_or(EventTime::MIN);
        let all = std::mem::take(&mut self.all_untold);
        match &mut self.form {
            Form::Few(few) => {
                let due = few.iter().filter(|track| all || track.untold.until().is_none_or(|until| until <= by));
                due.map(|track| track.id).collect()
            }
            Form::Crowd(crowd) if all => crowd.take_all(),
            Form::Crowd(crowd) => crowd.take_due(by),
        }
    }

    /// When to look at one of them although no fact comes.
    pub(crate) fn wakes_at(&self) -> Option<EventTime> {
        if self.all_untold && !self.is_empty() {
            return Some(EventTime::MIN);
        }
        match &self.form {
            Form::Few(few) => {
                let next = few.iter().map(|track| track.untold.until().unwrap_or(EventTime::MIN)).min();
                next.filter(|next| *next < EventTime::MAX)
            }
            Form::Crowd(crowd) => crowd.wakes_at(),
        }
    }

    fn few(&self) -> &[Track] {
        match &self.form {
            Form::Few(few) => few,
            Form::Crowd(_) => &[],
        }
    }

    fn crowd(&self) -> Option<&Crowd> {
        match &self.form {
            Form::Few(_) => None,
            Form::Crowd(crowd) => Some(crowd),
        }
    }
}

fn place(few: &[Track], id: TrackId) -> Result<usize, usize> {
    few.binary_search_by_key(&id, |track| track.id)
}
