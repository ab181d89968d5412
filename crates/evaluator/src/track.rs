//! Where one line of rules stands for one key: the stretches of instants that hold, and the episodes they make.
//!
//! A stretch of holding instants is kept as *segments*, each a summary of a few instants, so that a late fact judges
//! again only the segments it touches and what follows within its influence, not a whole episode of days. A segment
//! never crosses a border of the hour, so that what is kept for judging again is known in advance.
//!
//! ```text
//! instants   . . T T T T T F . T T T . . . F        T holds, F does not, . no fact
//! segments       [T T T][T T]  [T T T]              false_before of the third is the F
//! episodes       [ one     ]   [ two ]              or one, where the gap is shorter than keep
//! ```

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Fraction, RuleId, Severity, TrackId, Value};
use serde::{Deserialize, Serialize};

use crate::published::Published;

/// The most instants of a segment: what a late fact judges again needlessly.
const SEGMENT_INSTANTS: u32 = 64;
/// No segment crosses a multiple of this.
pub(crate) const SEGMENT_BORDER: Millis = Millis::HOUR;

/// A value in a form that can be stored.
pub(crate) type StoredValue = Option<(i128, i128)>;

/// One line of rules for one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Track {
    pub(crate) id: TrackId,
    /// In order of time.
    pub(crate) segments: Vec<Segment>,
    /// The first instant after the last segment that was judged false because of a fact, or as its rule was no more.
    pub(crate) first_false: Option<EventTime>,
    /// When the key falls silent after the last segment, if no fact comes before.
    pub(crate) silent_at: Option<EventTime>,
    /// What was published and may still change, in order of `openedAt`.
    pub(crate) published: Vec<Published>,
    /// Instants up to this are not judged again, as the number has reached its cap.
    pub(crate) frozen_to: Option<EventTime>,
    /// Where something may have to be told. A cache: after a restart it may be anything.
    #[serde(skip)]
    pub(crate) untold: Untold,
}

/// The stretches of time in which episodes may differ from what was told of them, or go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Untold {
    /// What was judged again since it was told.
    judged: Vec<(EventTime, EventTime)>,
    /// Every episode that began before this is over and told.
    open_from: EventTime,
    /// Before shard time has come to this there is nothing to tell; `None` where there may be now.
    until: Option<EventTime>,
}

impl Default for Untold {
    fn default() -> Self {
        Self { judged: Vec::new(), open_from: EventTime::MIN, until: None }
    }
}

impl Untold {
    /// Everything is told until shard time comes to `until`; the episodes from `open_from` on are not over.
    pub(crate) fn told(&mut self, open_from: EventTime, until: EventTime) {
        self.judged.clear();
        (self.open_from, self.until) = (open_from, Some(until));
    }

    /// Notes that instants were judged again.
    pub(crate) fn judged(&mut self, from: EventTime, to: EventTime) {
        self.until = None;
        if from < self.open_from {
            self.judged.push((from, to));
        }
    }

    /// Up to which shard time everything is told.
    pub(crate) fn until(&self) -> Option<EventTime> {
        self.until
    }

    /// The stretches to look at, in order.
    pub(crate) fn stretches(&self) -> Vec<(EventTime, EventTime)> {
        let open = (self.open_from, EventTime::MAX);
        in_order(self.judged.iter().copied().chain([open]).collect())
    }
}

/// Stretches in order, those that overlap as one.
pub(crate) fn in_order(mut stretches: Vec<(EventTime, EventTime)>) -> Vec<(EventTime, EventTime)> {
    stretches.sort_unstable();
    stretches.dedup_by(|later, earlier| {
        let overlap = later.0 <= earlier.1;
        if overlap {
            earlier.1 = earlier.1.max(later.1);
        }
        overlap
    });
    stretches
}

/// A few instants that hold with none between them that does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) first: EventTime,
    pub(crate) last: EventTime,
    instants: u32,
    /// Facts at its instants.
    pub(crate) matches: u64,
    pub(crate) severity: u8,
    pub(crate) peak: Peak,
    /// The first false instant between the segment before and this one; `None` where they are one run.
    pub(crate) false_before: Option<EventTime>,
}

/// Every `let` at the instant where the first comparison's left side was largest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Peak {
    /// The rule that judged it.
    pub(crate) rule: RuleId,
    pub(crate) left: StoredValue,
    pub(crate) lets: Vec<StoredValue>,
}

/// One holding instant.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) at: EventTime,
    pub(crate) rule: RuleId,
    pub(crate) matches: u64,
    pub(crate) severity: Severity,
    pub(crate) left: Value,
    pub(crate) false_before: Option<EventTime>,
}

/// A maximal run of holding instants, bridged over gaps shorter than `keep`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Episode {
    /// The rule that judged its last instant: the one that it is told under.
    pub(crate) rule: RuleId,
    pub(crate) opened_at: EventTime,
    pub(crate) last_at: EventTime,
    pub(crate) matches: u64,
    pub(crate) severity: u8,
    pub(crate) peak: Peak,
    /// Set once an instant after `last_at` was judged false and shard time has reached `last_at` + keep.
    pub(crate) closed_at: Option<EventTime>,
}

/// An episode without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) opened_at: EventTime,
    pub(crate) last_at: EventTime,
    pub(crate) rule: RuleId,
}

impl Segment {
    /// The rule that judged its instants.
    pub(crate) fn rule(&self) -> RuleId {
        self.peak.rule
    }

    /// With its first and last instant.
    pub(crate) fn stretch(&self) -> (RuleId, EventTime, EventTime) {
        (self.rule(), self.first, self.last)
    }
}

pub(crate) fn stored(value: Value) -> StoredValue {
    value.map(|fraction| (fraction.numerator(), fraction.denominator()))
}

pub(crate) fn unstored(value: StoredValue) -> Value {
    value.and_then(|(numerator, denominator)| Fraction::ratio(numerator, denominator))
}

impl Track {
    pub(crate) fn new(id: TrackId) -> Self {
        Self {
            id,
            segments: Vec::new(),
            first_false: None,
            silent_at: None,
            published: Vec::new(),
            frozen_to: None,
            untold: Untold::default(),
        }
    }

    /// The bytes it holds, itself included, about: by what it holds, so that it is the same after a restart.
    pub(crate) fn bytes(&self) -> usize {
        let records = |published: &Published| published.opening.records.len() * 16;
        let published = self.published.len() * 1024 + self.published.iter().map(records).sum::<usize>();
        size_of::<Self>() + self.segments.len() * 160 + published
    }

    /// The rules that judged what it holds.
    pub(crate) fn rules(&self) -> impl Iterator<Item = RuleId> {
        let published = self.published.iter().flat_map(Published::rules);
        self.segments.iter().map(Segment::rule).chain(published)
    }

    /// Whether nothing of it needs to be kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.published.is_empty()
    }

    /// The first false instant after the last one that holds before `from`, where one is known: the fact that showed it may
    /// be gone by now.
    pub(crate) fn first_false_around(&self, from: EventTime) -> Option<EventTime> {
        let next = self.segments.partition_point(|segment| segment.last < from);
        match self.segments.get(next) {
            Some(next) => next.false_before,
            None => self.first_false,
        }
    }

    /// Forgets what was judged in [from, end] and returns those segments, the instant from which to judge anew (the
    /// first of a segment that was cut), and the segments after the end.
    pub(crate) fn cut(&mut self, from: EventTime, end: EventTime) -> (EventTime, EventTime, Vec<Segment>) {
        let first_cut = self.segments.partition_point(|segment| segment.last < from);
        let mut rest = self.segments.split_off(first_cut);
        let kept_after = rest.split_off(rest.partition_point(|segment| segment.first <= end));
        let start = rest.first().map_or(from, |segment| segment.first.min(from));
        let end = rest.last().map_or(end, |segment| segment.last.max(end));
        (start, end, kept_after)
    }

    /// The last instant that holds before another, and outside any segment with that in it.
    pub(crate) fn last_before(&self, at: EventTime) -> Option<EventTime> {
        let before = self.segments.partition_point(|segment| segment.last < at);
        before.checked_sub(1).map(|last| self.segments[last].last)
    }

    /// Appends a holding instant; `lets` is asked for only where it is a new peak.
    pub(crate) fn push(&mut self, holding: &Holding, lets: impl FnOnce() -> Vec<StoredValue>) {
        let border = |at: EventTime| at.0.div_euclid(SEGMENT_BORDER.0);
        let fits = |segment: &Segment| {
            holding.false_before.is_none()
                && segment.instants < SEGMENT_INSTANTS
                && border(segment.first) == border(holding.at)
                && Some(segment.last) > self.frozen_to
                && segment.rule() == holding.rule
        };
        match self.segments.last_mut() {
            Some(segment) if fits(segment) => {
                segment.last = holding.at;
                segment.instants += 1;
                segment.matches += holding.matches;
                segment.severity = segment.severity.max(holding.severity as u8);
                if holding.left > unstored(segment.peak.left) {
                    segment.peak = Peak { rule: holding.rule, left: stored(holding.left), lets: lets() };
                }
            }
            _ => self.segments.push(Segment {
                first: holding.at,
                last: holding.at,
                instants: 1,
                matches: holding.matches,
                severity: holding.severity as u8,
                peak: Peak { rule: holding.rule, left: stored(holding.left), lets: lets() },
                false_before: holding.false_before,
            }),
        }
    }

    /// The episodes as of shard time that lie in [from, to], and those next to them: `keep` tells how long gaps a rule
    /// bridges.
    pub(crate) fn episodes(
        &self,
        (from, to): (EventTime, EventTime),
        keep: impl Fn(RuleId) -> Millis,
        shard_time: Option<EventTime>,
    ) -> Vec<Episode> {
        let mut episodes: Vec<Episode> = Vec::new();
        let first = self.first_around(from, &keep);
        let mut begins = first;
        for at in first..self.segments.len() {
            let (segment, next) = (&self.segments[at], self.segments.get(at + 1));
            if next.is_some_and(|next| joins(segment.last, next, &keep)) {
                continue;
            }
            let mut episode = episode(&self.segments[begins..=at]);
            let closed_at = episode.last_at.plus(keep(episode.rule));
            let judged_false = next.is_some() || self.is_false_after_last(shard_time);
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
        let mut first = self.segments.partition_point(|segment| segment.last < from).saturating_sub(1);
        while first > 0 && joins(self.segments[first - 1].last, &self.segments[first], &keep) {
            first -= 1;
        }
        first
    }

    /// First and last instant of each episode that lasts up to an instant or longer, and of the one before, with the rule
    /// of the last: all that most questions need.
    pub(crate) fn stretches(&self, from: EventTime, keep: impl Fn(RuleId) -> Millis) -> impl Iterator<Item = Stretch> {
        let mut segments = self.segments[self.first_around(from, &keep)..].iter().peekable();
        std::iter::from_fn(move || {
            let first = segments.next()?;
            let mut stretch = Stretch { opened_at: first.first, last_at: first.last, rule: first.rule() };
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

    /// Whether an instant after the last segment was judged false: at a fact, or in a silence that has come.
    fn is_false_after_last(&self, shard_time: Option<EventTime>) -> bool {
        self.first_false.is_some() || matches!((self.silent_at, shard_time), (Some(silent), Some(now)) if silent <= now)
    }

    /// When the first of the open episodes from an instant on closes if no fact comes before.
    pub(crate) fn closes_at(&self, open_from: EventTime, keep: impl Fn(RuleId) -> Millis) -> Option<EventTime> {
        let last = self.segments.last()?.last;
        // A false instant counts from when its fact came, however far that lies ahead of shard time; a silence must come.
        let closes_at = |stretch: Stretch| {
            let closed_at = stretch.last_at.plus(keep(stretch.rule));
            match stretch.last_at < last || self.first_false.is_some() {
                true => Some(closed_at),
                false => self.silent_at.map(|silent| silent.max(closed_at)),
            }
        };
        let is_open = |stretch: &Stretch| {
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
            |published: &Published| is_past(published) && self.is_false_between(published.last_at(), settled);
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
            self.segments.retain(|segment| {
                let within = stood[..stood.partition_point(|(from, _)| *from <= segment.first)].last();
                within.is_none_or(|(_, to)| *to < segment.last)
            });
            let mut over = over.into_iter();
            self.published.retain(|_| !over.next().unwrap_or_default());
        }
        self.join_settled(settled);
    }

    /// Whether an instant of this stretch is known to hold.
    pub(crate) fn holds_in(&self, from: EventTime, to: EventTime) -> bool {
        let first = self.segments.partition_point(|segment| segment.last < from);
        self.segments.get(first).is_some_and(|segment| segment.first <= to)
    }

    /// Whether an instant between an episode's last one and `before` is known to be false. Without one, a fact that
    /// still comes may continue the episode.
    fn is_false_between(&self, last_at: EventTime, before: EventTime) -> bool {
        let next = self.segments.get(self.segments.partition_point(|segment| segment.first <= last_at));
        let judged_false = match next {
            Some(next) => next.false_before,
            None => self.first_false.or(self.silent_at),
        };
        judged_false.is_some_and(|at| at < before)
    }

    /// What was judged so far is not judged again, so all of a run can be one segment.
    pub(crate) fn freeze(&mut self) {
        self.frozen_to = self.segments.last().map(|segment| segment.last);
        self.untold = Untold::default();
        self.join_settled(EventTime::MAX);
        self.segments.shrink_to_fit();
    }

    fn join_settled(&mut self, settled: EventTime) {
        let edge = settled.minus(SEGMENT_BORDER);
        let count = self.segments.partition_point(|segment| segment.last < edge);
        let joins = |pair: &[Segment]| pair[1].false_before.is_none() && pair[1].rule() == pair[0].rule();
        if !self.segments[..count].windows(2).any(joins) {
            return;
        }
        let rest = self.segments.split_off(count);
        let mut joined: Vec<Segment> = Vec::new();
        for segment in self.segments.drain(..) {
            match joined.last_mut() {
                Some(last) if segment.false_before.is_none() && segment.rule() == last.rule() => {
                    last.last = segment.last;
                    last.instants = SEGMENT_INSTANTS;
                    last.matches += segment.matches;
                    last.severity = last.severity.max(segment.severity);
                    if unstored(segment.peak.left) > unstored(last.peak.left) {
                        last.peak = segment.peak;
                    }
                }
                _ => joined.push(segment),
            }
        }
        joined.extend(rest);
        self.segments = joined;
    }
}

/// The open episode of some segments, of which there is at least one.
fn episode(segments: &[Segment]) -> Episode {
    let mut peak = &segments[0].peak;
    for segment in &segments[1..] {
        if unstored(segment.peak.left) > unstored(peak.left) {
            peak = &segment.peak;
        }
    }
    Episode {
        rule: segments[segments.len() - 1].rule(),
        opened_at: segments[0].first,
        last_at: segments[segments.len() - 1].last,
        matches: segments.iter().map(|segment| segment.matches).sum(),
        severity: segments.iter().map(|segment| segment.severity).max().unwrap_or_default(),
        peak: peak.clone(),
        closed_at: None,
    }
}

/// Two runs are one where no false instant lies between them, or the gap is strictly shorter than the later rule keeps.
fn joins(last_at: EventTime, segment: &Segment, keep: impl Fn(RuleId) -> Millis) -> bool {
    segment.false_before.is_none() || segment.first.since(last_at) < keep(segment.rule())
}
