//! The difference between the episodes that stand and what was last published of them.
//!
//! A track is looked at, then told of. What was true as a violation opened is worked out by those who judge: between the
//! two it is put beside each episode that asks for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis};
use ringfence_events::{KeyName, Status};
use ringfence_timeline::Work;
use serde::{Deserialize, Serialize};

use super::episode::Episode;
use super::event::{id_of, key_name, violation};
use super::published::{Content, NextStatus, Published, Telling, Unpublished, next_status};
use super::track::Track;
use super::tracks::Tracks;
use super::untold::in_order;
use crate::clock::ShardClock;
use crate::facts::Touched;
use crate::judging::{Context, Opening};
use crate::output::Output;

/// What a number that has reached its cap no longer has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Capped {
    /// Facts before this were dropped.
    pub(crate) dropped_before: Option<EventTime>,
    /// What was judged when that happened: instants up to this are not judged again, on less than there was.
    pub(crate) frozen_to: Option<EventTime>,
}

/// Publishes what changed of one number's violations.
pub(crate) struct Publisher<'a> {
    context: &'a Context<'a>,
    telling: Telling,
    touched: &'a Touched,
    capped: Capped,
    /// Revisions of what was withdrawn as its rule was no more: a rule that returns may tell of it again.
    withdrawn: BTreeMap<Arc<str>, u32>,
}

/// What stands of a track where something may have to be told.
#[derive(Debug)]
pub(crate) struct Looked {
    key: KeyName,
    stretches: Vec<(EventTime, EventTime)>,
    /// In order of `openedAt`.
    standing: Vec<Stood>,
}

/// An episode that stands.
#[derive(Debug)]
pub(crate) struct Stood {
    episode: Episode,
    id: Arc<str>,
    /// As it is to be told.
    content: Content,
    /// Facts came, now or before, that might change it where it is not judged again.
    is_approximate: bool,
    /// What was true as it opened is to be told, and not known, or may have changed.
    asks_for_opening: bool,
    /// It was not asked for, and may have changed.
    opening_may_differ: bool,
    /// What was true as it opened.
    opening: Option<Opening>,
}

impl Looked {
    /// The episodes of which it has to be known what was true as they opened.
    pub(crate) fn asking(&mut self) -> impl Iterator<Item = &mut Stood> {
        self.standing.iter_mut().filter(|stood| stood.asks_for_opening)
    }

    /// The places of the episodes that opened at an instant.
    fn opened_at(&self, at: EventTime) -> impl Iterator<Item = &Stood> {
        let first = self.standing.partition_point(|stood| stood.episode.opened_at < at);
        self.standing[first..].iter().take_while(move |stood| stood.episode.opened_at == at)
    }
}

impl Stood {
    pub(crate) fn opened_at(&self) -> EventTime {
        self.episode.opened_at
    }

    pub(crate) fn answer(&mut self, opening: Option<Opening>) {
        self.opening = opening;
    }
}

impl<'a> Publisher<'a> {
    pub(crate) fn new(
        context: &'a Context<'a>,
        clock: ShardClock,
        touched: &'a Touched,
        capped: Capped,
        at_end: bool,
        tracks: &Tracks,
    ) -> Self {
        let withdrawn =
            if context.book.past_until() == EventTime::MIN { BTreeMap::new() } else { withdrawn(context, tracks) };
        let telling = match (at_end, clock) {
            (true, _) => Telling::End,
            (false, ShardClock::Archive) => Telling::Archive,
            (false, ShardClock::Live { .. }) => Telling::Live,
        };
        Self { context, telling, touched, capped, withdrawn }
    }

    /// What stands of a track that was taken out to be told of.
    pub(crate) fn look(&self, track: &mut Track, work: &mut Work) -> Looked {
        let context = self.context;
        if self.telling == Telling::End {
            track.untold.judged(EventTime::MIN, EventTime::MAX);
        }
        let key = key_name(context.symbols, track.id.key);
        let stretches = track.untold.stretches().into_iter().map(|stretch| self.reached(track, stretch, work));
        let stretches = in_order(stretches.collect());
        let mut standing: Vec<Stood> = Vec::new();
        for stretch in &stretches {
            for episode in track.episodes(*stretch, |rule| context.keep(rule), context.now) {
                // One may lie next to two stretches.
                if standing.last().is_none_or(|last| last.episode.opened_at < episode.opened_at) {
                    standing.push(self.stood(track, &key, episode));
                }
            }
        }
        Looked { key, stretches, standing }
    }

    fn stood(&self, track: &Track, key: &KeyName, episode: Episode) -> Stood {
        let of_instant = &track.published[track.published_in((episode.opened_at, episode.opened_at))];
        // Most were published before, by the same rule: then the id is at hand.
        let is_same = |it: &&Published| it.rule == episode.rule && it.opened_at() == episode.opened_at;
        let new = || id_of(self.context.rule(episode.rule), key, episode.opened_at).into();
        let id: Arc<str> = of_instant.iter().find(is_same).map_or_else(new, |known| known.id.clone());
        let mut stood = Stood {
            content: self.content(&episode),
            is_approximate: false,
            episode,
            id,
            asks_for_opening: true,
            opening_may_differ: false,
            opening: None,
        };
        if let Some(known) = of_instant.iter().find(|published| published.id == stood.id) {
            stood.is_approximate =
                known.is_approximate || known.content.approximate || self.is_past_judging(&stood.episode);
            stood.content.approximate |= stood.is_approximate;
            let may_differ = known.opening_may_differ;
            let is_told = || matches!(self.next_status(known, &stood.content, true), NextStatus::Now(_));
            let is_last = || self.settles_at(stood.opened_at()).is_some_and(|at| self.context.now >= Some(at));
            stood.asks_for_opening = may_differ && (is_told() || is_last());
            stood.opening_may_differ = may_differ && !stood.asks_for_opening;
        }
        stood
    }

    /// The shard time at which an instant settles: what was true then changes no more, and its facts may go.
    fn settles_at(&self, at: EventTime) -> Option<EventTime> {
        let lateness = self.context.book.pack().lateness;
        (self.telling == Telling::Live).then(|| at.plus(lateness).plus(Millis(1)))
    }

    fn next_status(&self, known: &Published, content: &Content, opening_changed: bool) -> NextStatus {
        next_status(known, content, opening_changed, self.context.now, self.telling)
    }

    /// Publishes what changed of a track, and notes until when there is no more to say.
    pub(crate) fn tell(&self, track: &mut Track, looked: Looked, outputs: &mut Vec<Output>, work: &mut Work) {
        let context = self.context;
        for stretch in &looked.stretches {
            withdraw(context, track, *stretch, &looked, outputs);
        }
        let mut due = EventTime::MAX;
        let mut open_from = EventTime::MAX;
        let key = looked.key;
        for stood in looked.standing {
            let opened_at = stood.opened_at();
            let of_instant = track.published_in((opened_at, opened_at));
            let known = of_instant.clone().find(|at| track.published[*at].id == stood.id);
            let at = match known {
                None => {
                    let Some(published) = self.first(track, stood, work) else { continue };
                    let place = of_instant.end;
                    track.published.insert(place, published);
                    self.emit_first(&key, track, place, outputs);
                    place
                }
                Some(at) => {
                    due = due.min(self.follow(&key, &mut track.published[at], stood, outputs));
                    at
                }
            };
            if !track.published[at].is_final() {
                open_from = open_from.min(opened_at);
            }
        }
        let closes_at = track.closes_at(open_from, |rule| context.keep(rule));
        track.untold.told(open_from, closes_at.unwrap_or(EventTime::MAX).min(due));
    }

    /// The stretch with all of every episode in it, both as they stand and as they were published.
    fn reached(
        &self,
        track: &Track,
        (mut from, mut to): (EventTime, EventTime),
        work: &mut Work,
    ) -> (EventTime, EventTime) {
        loop {
            let reached = (from, to);
            let mut met = 0;
            for published in &track.published[track.published_in(reached)] {
                met += 1;
                if !published.is_withdrawn() && published.last_at() >= reached.0 && published.opened_at() <= reached.1 {
                    (from, to) = (from.min(published.opened_at()), to.max(published.last_at()));
                }
            }
            for episode in track.stretches(reached.0, |rule| self.context.keep(rule)) {
                met += 1;
                if episode.opened_at > reached.1 {
                    break;
                }
                if episode.last_at >= reached.0 {
                    (from, to) = (from.min(episode.opened_at), to.max(episode.last_at));
                }
            }
            work.episodes += met;
            if reached == (from, to) {
                return reached;
            }
        }
    }

    /// A violation as it is first published.
    fn first(&self, track: &Track, stood: Stood, work: &mut Work) -> Option<Published> {
        let Stood { episode, id, content, opening, .. } = stood;
        let (context, opening) = (self.context, opening?);
        let after = episode.opened_at.minus(context.book.edition(opening.rule).program.look_back);
        // What was told under another rule goes on under this one's id.
        let goes_on_from = |known: &&Published| {
            known.replaced_by.as_ref() == Some(&id) && context.rule(known.rule).hash != context.rule(episode.rule).hash
        };
        // What went on under this id was withdrawn just now, so it overlaps what stands in its place.
        let overlapping = &track.published[track.published_in((episode.opened_at, episode.last_at))];
        work.episodes += overlapping.len() as u64;
        let replaces = overlapping.iter().rev().find(goes_on_from).map(|known| known.id.clone());
        let revision = self.withdrawn.get(&id).copied().unwrap_or_default();
        Some(Published::new(Unpublished {
            id,
            rule: episode.rule,
            revision,
            content,
            opening,
            late: self.touched.decided_late(after, episode.opened_at),
            replaces,
        }))
    }

    /// An episode that is already over is opened, then closed.
    fn emit_first(&self, key: &KeyName, track: &mut Track, at: usize, outputs: &mut Vec<Output>) {
        let context = self.context;
        let published = &mut track.published[at];
        let content = published.content.clone();
        emit(context, key, published, Status::Opened, content.open(), outputs);
        if let Some(opened) = outputs.last_mut() {
            opened.arrived = Some(self.touched.arrived).filter(|arrived| *arrived > EventTime::MIN);
        }
        if content.closed_at.is_some() {
            emit(context, key, published, Status::Closed, content, outputs);
        }
    }

    /// Publishes what changed of a violation that was published before. Returns the shard time at which what is left to be
    /// said is due.
    fn follow(&self, key: &KeyName, published: &mut Published, stood: Stood, outputs: &mut Vec<Output>) -> EventTime {
        let Stood { episode, content, is_approximate, opening, opening_may_differ, .. } = stood;
        published.opening_may_differ = opening_may_differ;
        if let Some(opening) = opening {
            published.opening_changed |= opening != published.opening;
            published.opening = opening;
        }
        published.rule = episode.rule;
        published.is_approximate = is_approximate;
        let status = match self.next_status(published, &content, published.opening_changed || opening_may_differ) {
            NextStatus::Now(status) => status,
            NextStatus::NotBefore(until) if opening_may_differ => {
                return self.settles_at(episode.opened_at).unwrap_or(EventTime::MAX).min(until);
            }
            NextStatus::NotBefore(until) => return until,
        };
        if published.is_withdrawn() {
            published.replaced_by = None;
            emit(self.context, key, published, Status::Opened, content.open(), outputs);
            if content.closed_at.is_none() {
                return EventTime::MAX;
            }
        }
        emit(self.context, key, published, status, content, outputs);
        EventTime::MAX
    }

    /// Whether facts came that might change an episode of a number that has reached its cap, where it is not judged
    /// again.
    fn is_past_judging(&self, episode: &Episode) -> bool {
        let Some(frozen_to) = self.capped.frozen_to else { return false };
        let edition = self.context.book.edition(episode.rule);
        let span = self.touched.read_by(&edition.program).filter(|span| span.from <= frozen_to);
        span.is_some_and(|span| {
            // An episode is continued while its windows are filled, and over gaps shorter than keep.
            let bridge = edition.rule().keep.max(edition.program.look_back);
            span.from <= episode.last_at.plus(bridge)
                && edition.program.influence_end(span.to) >= episode.opened_at.minus(bridge)
        })
    }

    fn content(&self, episode: &Episode) -> Content {
        let context = self.context;
        let edition = context.book.line_of(episode.rule).at(episode.opened_at);
        let edition = edition.unwrap_or_else(|| context.book.edition(episode.rule));
        let reads_from = episode.opened_at.minus(edition.program.look_back);
        let complete = reads_from >= context.complete_from.max(edition.whole_from);
        // What was forgotten may also be an episode that this one goes on from.
        let rests_on = reads_from.min(episode.opened_at.minus(edition.rule().keep));
        // Where a window begins follows from all facts before it.
        let reads_all = edition.program.anchored;
        let misses_facts = self.capped.dropped_before.is_some_and(|before| reads_all || rests_on < before);
        // What came too late to be judged may have held right before it.
        let misses_instants = self.capped.frozen_to.is_some_and(|to| rests_on <= to && to < episode.opened_at);
        Content::new(episode, complete, misses_facts || misses_instants)
    }
}

/// The revisions of what was withdrawn of lines that are no more.
fn withdrawn(context: &Context<'_>, tracks: &Tracks) -> BTreeMap<Arc<str>, u32> {
    let ended = context.book.lines().iter().filter(|line| line.ended().is_some());
    let published = ended.flat_map(|line| tracks.of_line(line.id)).flat_map(|track| &track.published);
    let withdrawn = published.filter(|published| published.is_withdrawn());
    withdrawn.map(|published| (published.id.clone(), published.revision)).collect()
}

/// Withdraws what was published in a stretch and stands no more; what overlaps it continues it.
fn withdraw(
    context: &Context<'_>,
    track: &mut Track,
    stretch: (EventTime, EventTime),
    looked: &Looked,
    outputs: &mut Vec<Output>,
) {
    let within = track.published_in(stretch);
    for published in &mut track.published[within] {
        let (opened_at, last_at) = (published.opened_at(), published.last_at());
        if published.is_withdrawn() || looked.opened_at(opened_at).any(|stood| stood.id == published.id) {
            continue;
        }
        let first = looked.standing.partition_point(|stood| stood.episode.last_at < opened_at);
        let continues = looked.standing.get(first).filter(|stood| stood.opened_at() <= last_at);
        if let Some(stood) = continues {
            published.replaced_by = Some(stood.id.clone());
        }
        let content = published.content.clone();
        emit(context, &looked.key, published, Status::Withdrawn, content, outputs);
    }
}

/// Forgets the violations that ended up to an instant: those that are open are closed, and as none can be corrected any
/// more, all say that they are approximate.
pub(crate) fn forget(context: &Context<'_>, track: &mut Track, up_to: EventTime, outputs: &mut Vec<Output>) {
    let key = key_name(context.symbols, track.id.key);
    let always = (EventTime::MIN, EventTime::MAX);
    let episodes = track.episodes(always, |rule| context.keep(rule), context.now);
    let (mut ended, going_on): (Vec<_>, Vec<_>) = episodes.into_iter().partition(|episode| episode.last_at <= up_to);
    for episode in &mut ended {
        let of_episode =
            |published: &&mut Published| published.opened_at() == episode.opened_at && !published.is_withdrawn();
        if let Some(published) = track.published.iter_mut().find(of_episode) {
            episode.closed_at = Some(episode.last_at.plus(context.keep(episode.rule)));
            let content = Content::new(episode, published.content.data_complete, true);
            emit(context, &key, published, Status::Closed, content, outputs);
        }
    }
    track.held.retain(|segment| {
        !ended.iter().any(|episode| episode.opened_at <= segment.first && segment.last <= episode.last_at)
    });
    // One may have gone on since it was told.
    let goes_on = |opened_at| going_on.binary_search_by_key(&opened_at, |episode| episode.opened_at).is_ok();
    track
        .published
        .retain(|published| !published.is_final() || published.last_at() > up_to || goes_on(published.opened_at()));
    track.held.shrink();
    track.published.shrink_to_fit();
}

fn emit(
    context: &Context<'_>,
    key: &KeyName,
    published: &mut Published,
    status: Status,
    content: Content,
    outputs: &mut Vec<Output>,
) {
    published.tell(status, content, context.now, context.seen);
    outputs.push(Output::of(violation(context, key, published, published.evidence_since())));
}
