//! Where one line of rules stands for one key: the episodes that its holding instants make, and what was told of them.
//!
//! ```text
//! instants   . . T T T T T F . T T T . . . F        T holds, F does not, . no fact
//! episodes       [ one     ]   [ two ]              or one, where the gap is shorter than keep
//! ```

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{RuleId, TrackId};
use serde::{Deserialize, Serialize};

use super::episode::{Episode, EpisodeSpan, episode, joins};
use super::published::Published;
use super::untold::Untold;
use crate::judging::{Held, Segment};

/// One line of rules for one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Track {
    pub(crate) id: TrackId,
    /// The instants that hold.
    pub(crate) held: Held,
    /// What was published and may still change, in order of `openedAt`.
    pub(crate) published: Vec<Published>,
    /// Where something may have to be told. A cache: after a restart it may be anything.
    #[serde(skip)]
    pub(crate) untold: Untold,
}

impl Track {
    pub(crate) fn new(id: TrackId) -> Self {
        Self { id, held: Held::default(), published: Vec::new(), untold: Untold::default() }
    }

    /// The bytes it holds, itself included, about: by what it holds, so that it is the same after a restart.
    pub(crate) fn bytes(&self) -> usize {
        let records = |published: &Published| published.opening.records.len() * 16;
        let published = self.published.len() * 1024 + self.published.iter().map(records).sum::<usize>();
        size_of::<Self>() + self.held.segments().len() * 160 + published
    }

    /// The rules that judged what it holds.
    pub(crate) fn rules(&self) -> impl Iterator<Item = RuleId> {
        let published = self.published.iter().flat_map(Published::rules);
        self.held.segments().iter().map(Segment::rule).chain(published)
    }

    /// Whether nothing of it needs to be kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.segments().is_empty() && self.published.is_empty()
    }

    /// The episodes as of shard time that lie in [from, to], and those next to them: `keep` tells how long gaps a rule
    /// bridges.
    pub(crate) fn episodes(
        &mut self,
        (from, to): (EventTime, EventTime),
        keep: impl Fn(RuleId) -> Millis,
        shard_time: Option<EventTime>,
    ) -> Vec<Episode> {
        let mut episodes: Vec<Episode> = Vec::new();
        let first = self.first_around(from, &keep);
        let mut begins = first;
        for at in first..self.held.segments().len() {
            let segments = self.held.segments();
            let (segment, next) = (&segments[at], segments.get(at + 1));
            if next.is_some_and(|next| joins(segment.last, next, &keep)) {
                continue;
            }
            let is_last = next.is_none();
            let mut episode = episode(&mut self.held, begins..at + 1);
            let closed_at = episode.last_at.plus(keep(episode.rule));
            let judged_false = !is_last || self.held.is_false_after_last(shard_time);
            if judged_false && shard_time.is_some_and(|now| now >= closed_at) {
                episode.closed_at = Some(closed_at);
            }
            let is_after = episode.opened_at > to;
            episodes.push(episode);
            begins = at + 1;
            if is_after {
                break;
            }
        }
        episodes
    }

    /// The first segment of the episode before an instant: what was judged from there on may join or part it.
    fn first_around(&self, from: EventTime, keep: impl Fn(RuleId) -> Millis) -> usize {
        let segments = self.held.segments();
        let mut first = segments.partition_point(|segment| segment.last < from).saturating_sub(1);
        while first > 0 && joins(segments[first - 1].last, &segments[first], &keep) {
            first -= 1;
        }
        first
    }

    /// First and last instant of each episode that lasts up to an instant or longer, and of the one before, with the rule
    /// of the last: all that most questions need.
    pub(crate) fn stretches(
        &self,
        from: EventTime,
        keep: impl Fn(RuleId) -> Millis,
    ) -> impl Iterator<Item = EpisodeSpan> {
        let mut segments = self.held.segments()[self.first_around(from, &keep)..].iter().peekable();
        std::iter::from_fn(move || {
            let first = segments.next()?;
            let mut stretch = EpisodeSpan { opened_at: first.first, last_at: first.last, rule: first.rule() };
            while let Some(next) = segments.next_if(|next| joins(stretch.last_at, next, &keep)) {
                (stretch.last_at, stretch.rule) = (next.last, next.rule());
            }
            Some(stretch)
        })
    }

    /// The places of what was published of episodes in [from, to].
    pub(crate) fn published_in(&self, (from, to): (EventTime, EventTime)) -> std::ops::Range<usize> {
        let end = self.published.partition_point(|published| published.opened_at() <= to);
        let mut begin = self.published[..end].partition_point(|published| published.opened_at() < from);
        // Those that stand do not overlap: of the earlier ones only the last that stands may last longer.
        while begin > 0 {
            let before = &self.published[begin - 1];
            if !before.is_withdrawn() && before.last_at() < from {
                break;
            }
            begin -= 1;
        }
        begin..end
    }

    /// When the first of the open episodes from an instant on closes if no fact comes before.
    pub(crate) fn closes_at(&self, open_from: EventTime, keep: impl Fn(RuleId) -> Millis) -> Option<EventTime> {
        let last = self.held.last_at()?;
        // A false instant counts from when its fact came, however far that lies ahead of shard time; a silence must come.
        let closes_at = |stretch: EpisodeSpan| {
            let closed_at = stretch.last_at.plus(keep(stretch.rule));
            match stretch.last_at < last || self.held.is_false_by_fact() {
                true => Some(closed_at),
                false => self.held.silent_at().map(|silent| silent.max(closed_at)),
            }
        };
        let is_open = |stretch: &EpisodeSpan| {
            let of_stretch = self.published_in((stretch.opened_at, stretch.opened_at));
            let mut stands = self.published[of_stretch].iter().rev();
            let stands = stands.find(|it| it.opened_at() == stretch.opened_at && !it.is_withdrawn());
            stands.is_none_or(|published| !published.is_final())
        };
        self.stretches(open_from, &keep).filter(is_open).filter_map(closes_at).min()
    }

    /// Drops what has settled and can be neither judged again nor continued, and joins the settled segments of a run.
    /// What goes on under another id may come back under the first until that is over.
    pub(crate) fn settle(&mut self, settled: EventTime, keep: Millis) {
        let is_past = |published: &Published| published.is_final() && published.last_at().plus(keep) < settled;
        let stood_over =
            |published: &Published| is_past(published) && self.held.is_false_between(published.last_at(), settled);
        let stands: Vec<&Published> = self.published.iter().filter(|published| !published.is_withdrawn()).collect();
        let is_over = |published: &Published| match published.is_withdrawn() {
            false => stood_over(published),
            true => {
                let at = published.last_at();
                let goes_on = stands[..stands.partition_point(|stands| stands.opened_at() <= at)].last();
                is_past(published)
                    && goes_on.filter(|stands| at <= stands.last_at()).is_none_or(|stands| stood_over(stands))
            }
        };
        let over: Vec<bool> = self.published.iter().map(is_over).collect();
        if over.contains(&true) {
            // The stretch of a withdrawn one belongs to what stands in its place.
            let stood =
                self.published.iter().zip(&over).filter(|(published, over)| **over && !published.is_withdrawn());
            let stood: Vec<(EventTime, EventTime)> =
                stood.map(|(published, _)| (published.opened_at(), published.last_at())).collect();
            self.held.retain(|segment| {
                let within = stood[..stood.partition_point(|(from, _)| *from <= segment.first)].last();
                within.is_none_or(|(_, to)| *to < segment.last)
            });
            let mut over = over.into_iter();
            self.published.retain(|_| !over.next().unwrap_or_default());
        }
        self.held.join_settled(settled);
    }

    /// Notes that instants were judged again.
    pub(crate) fn note_judged(&mut self, from: EventTime, to: EventTime) {
        self.untold.judged(from, to);
        let end = self.published.partition_point(|published| published.opened_at() <= to);
        let begin = self.published[..end].partition_point(|published| published.opened_at() < from);
        self.published[begin..end].iter_mut().for_each(|published| published.opening_may_differ = true);
    }

    /// What was judged so far is not judged again.
    pub(crate) fn freeze(&mut self) {
        self.held.freeze();
        self.untold = Untold::default();
    }
}
