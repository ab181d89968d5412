//! The difference between the episodes that stand and what was last published of them.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis, Number, PackedNumber};
use ringfence_events::{Clause, Evidence, EvidenceRecord, KeyName, RuleReference, Severity, Status, Violation};
use ringfence_rules::Rule;
use ringfence_timeline::Symbols;

use crate::commit::{Clerk, Context, changed};
use crate::evidence::{Opening, open};
use crate::output::{Output, quantity, scope};
use crate::published::{Content, Published, hex, next_status, violation_id};
use crate::reason::reason;
use crate::touched::Touched;
use crate::track::{Episode, Track, Until, unstored};

/// Publishes what changed of one number's violations.
pub(crate) struct Publisher<'c, 'a> {
    clerk: &'c mut Clerk<'a>,
    touched: &'c Touched,
    /// Of archives: what changed of open episodes is published too.
    at_end: bool,
}

impl<'c, 'a> Publisher<'c, 'a> {
    pub(crate) fn new(clerk: &'c mut Clerk<'a>, touched: &'c Touched, at_end: bool) -> Self {
        Self { clerk, touched, at_end }
    }

    pub(crate) fn publish(&mut self, outputs: &mut Vec<Output>) {
        let Some(rest) = &mut self.clerk.state.rest else { return };
        let mut tracks = std::mem::take(&mut rest.tracks);
        // What a changed rule withdraws comes before what continues it.
        let rules = self.clerk.context.pack.rules.len();
        let in_force = tracks.partition_point(|track| usize::from(track.rule) < rules);
        let (in_force, former) = tracks.split_at_mut(in_force);
        let (now, seen) = (self.clerk.context.now, self.clerk.context.seen);
        let at_end = self.at_end;
        for track in former.iter_mut().chain(in_force).filter(|track| at_end || !track.is_published(now, seen)) {
            self.publish_track(track, outputs);
        }
        tracks.retain(|track| !track.is_empty());
        self.clerk.state.rest_mut().tracks = tracks;
    }

    fn publish_track(&mut self, track: &mut Track, outputs: &mut Vec<Output>) {
        let context = self.clerk.context;
        let rule = context.rule(track.rule);
        let episodes = track.episodes(rule.keep, context.now);
        let key = key_name(context, self.clerk.state.number, track);
        let ids = ids_of(track, rule, &key, &episodes);
        withdraw(context, rule, &key, track, &episodes, &ids, outputs);
        let mut due = EventTime::MAX;
        for (episode, id) in episodes.iter().zip(ids) {
            match track.published.iter().position(|published| published.id == id) {
                // What a former rule judged was published, and it judges no more.
                None if context.former(track.rule).is_some() => {}
                None => {
                    let published = self.first(track, episode, id);
                    let place = track.published.partition_point(|known| known.opened_at() <= episode.opened_at);
                    track.published.insert(place, published);
                    self.emit_first(rule, &key, track, place, outputs);
                }
                Some(at) => {
                    track.published[at].named_by = Some(rule.hash);
                    due = due.min(self.follow(rule, &key, track, at, episode, outputs));
                }
            }
        }
        track.published_until = None;
        if !track.is_pending() {
            let closes_at = track.wakes_at(rule.keep).unwrap_or(EventTime::MAX);
            track.published_until = Some(Until { now: closes_at, seen: due });
        }
    }

    /// A violation as it is first published.
    fn first(&mut self, track: &Track, episode: &Episode, id: Arc<str>) -> Published {
        let context = self.clerk.context;
        let program = context.program(track.rule);
        let after = episode.opened_at.minus(program.look_back);
        Published {
            id,
            revision: 0,
            status: Status::Opened,
            content: self.content(track, episode),
            updated_at: context.seen,
            opening: self.opening(track, episode.opened_at),
            opening_changed: false,
            late: self.touched.decided_late(after, episode.opened_at),
            replaced_by: None,
            replaces: None,
            is_pending: false,
            is_approximate: false,
            named_by: Some(context.rule(track.rule).hash),
        }
    }

    /// An episode that is already over is opened, then closed.
    fn emit_first(&self, rule: &Rule, key: &KeyName, track: &mut Track, at: usize, outputs: &mut Vec<Output>) {
        let published = &mut track.published[at];
        let closed_at = published.content.closed_at.take();
        emit(self.clerk.context, rule, key, published, Status::Opened, outputs);
        if let Some(opened) = outputs.last_mut() {
            opened.arrived = Some(self.touched.arrived).filter(|arrived| *arrived > EventTime::MIN);
        }
        if closed_at.is_some() {
            published.content.closed_at = closed_at;
            emit(self.clerk.context, rule, key, published, Status::Closed, outputs);
        }
    }

    /// Publishes what changed of a violation that was published before. Returns the event time at which what is left to
    /// be said is due.
    fn follow(
        &mut self,
        rule: &Rule,
        key: &KeyName,
        track: &mut Track,
        at: usize,
        episode: &Episode,
        outputs: &mut Vec<Output>,
    ) -> EventTime {
        let context = self.clerk.context;
        let is_former = context.former(track.rule).is_some();
        let is_new = track.published[at].is_pending && episode.opened_at > context.settled;
        if !is_former && (is_new || self.changed_before(rule, episode.opened_at)) {
            let opening = self.opening(track, episode.opened_at);
            let published = &mut track.published[at];
            published.opening_changed |= opening != published.opening;
            published.opening = opening;
        }
        let mut content = self.content(track, episode);
        let is_past_judging = self.is_past_judging(track.rule, episode);
        let published = &mut track.published[at];
        published.is_approximate |= is_past_judging || published.content.approximate;
        content.approximate |= published.is_approximate;
        if is_former {
            // What was said of a rule that is in force no more stays true.
            content.data_complete = published.content.data_complete;
            content.approximate = published.content.approximate;
        }
        let at_end = self.at_end && (published.opening_changed || content != published.content);
        let status = next_status(published, &content, context.seen)
            .or_else(|| (at_end && !published.is_final()).then_some(Status::Updated));
        let Some(status) = status else {
            let is_said = !published.opening_changed && content == published.content;
            return if is_said { EventTime::MAX } else { published.update_due_at() };
        };
        published.content = content;
        if published.is_withdrawn() {
            published.replaced_by = None;
            let closed_at = published.content.closed_at.take();
            emit(context, rule, key, published, Status::Opened, outputs);
            published.content.closed_at = closed_at;
            if closed_at.is_none() {
                return EventTime::MAX;
            }
        }
        emit(context, rule, key, published, status, outputs);
        EventTime::MAX
    }

    /// Whether facts came that might change an episode of a number that has reached its cap, where it is not judged
    /// again.
    fn is_past_judging(&self, rule: u16, episode: &Episode) -> bool {
        let context = self.clerk.context;
        let Some(frozen_to) = self.clerk.state.rest.as_ref().and_then(|rest| rest.frozen_to) else { return false };
        let span = changed(context.rule(rule), self.touched).filter(|span| span.from <= frozen_to);
        span.is_some_and(|span| {
            // An episode is continued while its windows are filled, and over gaps shorter than keep.
            let look_back = context.former(rule).map_or_else(|| context.program(rule).look_back, |_| Millis::ZERO);
            let bridge = context.rule(rule).keep.max(look_back);
            let reaches = context.former(rule).is_none().then(|| context.program(rule).influence_end(span.to));
            span.from <= episode.last_at.plus(bridge) && reaches >= Some(episode.opened_at.minus(bridge))
        })
    }

    /// Whether a fact that the rule reads changed at or before an instant, so that what was true then may differ.
    fn changed_before(&self, rule: &Rule, at: EventTime) -> bool {
        changed(rule, self.touched).is_some_and(|span| span.from <= at) && at > self.clerk.context.settled
    }

    fn content(&self, track: &Track, episode: &Episode) -> Content {
        let context = self.clerk.context;
        let look_back =
            context.former(track.rule).map_or_else(|| context.program(track.rule).look_back, |_| Millis::ZERO);
        let reads_from = episode.opened_at.minus(look_back);
        let complete = reads_from >= context.complete_from;
        // What was forgotten may also be an episode that this one goes on from.
        let rests_on = reads_from.min(episode.opened_at.minus(context.rule(track.rule).keep));
        let approximate = self.clerk.state.rest.as_ref().is_some_and(|rest| {
            let misses_facts = rest.capped_before.is_some_and(|capped| rests_on < capped);
            // What came too late to be judged may have held right before it.
            let misses_instants = rest.frozen_to.is_some_and(|to| rests_on <= to && to < episode.opened_at);
            misses_facts || misses_instants
        });
        Content::new(episode, complete, approximate)
    }

    fn opening(&mut self, track: &Track, at: EventTime) -> Opening {
        open(self.clerk, (track.rule, track.called), at)
    }
}

/// The ids of episodes. Most were published before, by the same rule: then the id is at hand.
fn ids_of(track: &Track, rule: &Rule, key: &KeyName, episodes: &[Episode]) -> Vec<Arc<str>> {
    let known = |episode: &Episode| {
        track
            .published
            .iter()
            .find(|published| published.named_by == Some(rule.hash) && published.opened_at() == episode.opened_at)
    };
    let id =
        |episode| known(episode).map_or_else(|| id_of(rule, key, episode.opened_at).into(), |known| known.id.clone());
    episodes.iter().map(id).collect()
}

/// Withdraws what was published and stands no more; what overlaps it continues it.
fn withdraw(
    context: &Context<'_>,
    rule: &Rule,
    key: &KeyName,
    track: &mut Track,
    episodes: &[Episode],
    ids: &[Arc<str>],
    outputs: &mut Vec<Output>,
) {
    for published in &mut track.published {
        if published.is_withdrawn() || ids.contains(&published.id) {
            continue;
        }
        let (opened_at, last_at) = (published.opened_at(), published.last_at());
        let continues =
            episodes.iter().position(|episode| episode.opened_at <= last_at && opened_at <= episode.last_at);
        if let Some(at) = continues {
            published.replaced_by = Some(ids[at].clone());
        }
        emit(context, rule, key, published, Status::Withdrawn, outputs);
    }
}

/// Forgets the violations that ended up to an instant: those that are open are closed, and as none can be corrected any
/// more, all say that they are approximate.
pub(crate) fn forget(
    context: &Context<'_>,
    number: PackedNumber,
    track: &mut Track,
    up_to: EventTime,
    outputs: &mut Vec<Output>,
) {
    let rule = context.rule(track.rule);
    let key = key_name(context, number, track);
    let mut ended = track.episodes(rule.keep, context.now);
    ended.retain(|episode| episode.last_at <= up_to);
    for episode in &mut ended {
        let of_episode =
            |published: &&mut Published| published.opened_at() == episode.opened_at && !published.is_withdrawn();
        if let Some(published) = track.published.iter_mut().find(of_episode) {
            episode.closed_at = Some(episode.last_at.plus(rule.keep));
            published.content = Content::new(episode, published.content.data_complete, true);
            emit(context, rule, &key, published, Status::Closed, outputs);
        }
    }
    track.segments.retain(|segment| {
        !ended.iter().any(|episode| episode.opened_at <= segment.first && segment.last <= episode.last_at)
    });
    track.published.retain(|published| !published.is_final() || published.last_at() > up_to);
    track.segments.shrink_to_fit();
    track.published.shrink_to_fit();
}

fn emit(
    context: &Context<'_>,
    rule: &Rule,
    key: &KeyName,
    published: &mut Published,
    status: Status,
    outputs: &mut Vec<Output>,
) {
    published.status = status;
    published.opening_changed = false;
    published.is_pending = false;
    published.revision += 1;
    published.updated_at = context.seen;
    outputs.push(Output::of(violation(context, rule, key, published)));
}

pub(crate) fn violation(context: &Context<'_>, rule: &Rule, key: &KeyName, published: &Published) -> Violation {
    let content = &published.content;
    let opening = &published.opening;
    let version = context.version_of(rule).into();
    let peak = rule.lets.iter().zip(&content.peak.lets);
    Violation {
        id: published.id.to_string(),
        revision: published.revision,
        rule: RuleReference { id: rule.name.clone(), version, hash: hex(&rule.hash.0), mode: rule.mode },
        scope: scope(rule.key),
        key: key.clone(),
        status: published.status,
        severity: Severity::ALL[usize::from(content.severity).min(Severity::ALL.len() - 1)],
        opened_at: content.opened_at,
        last_at: content.last_at,
        updated_at: published.updated_at,
        closed_at: content.closed_at,
        clauses: clauses(rule, opening, content.opened_at),
        evidence: Evidence {
            records: opening
                .records
                .iter()
                .map(|(at, fingerprint)| EvidenceRecord { at: *at, fingerprint: *fingerprint })
                .collect(),
            digest: hex(&opening.digest),
            total: opening.total,
        },
        matches: content.matches,
        peak: peak.map(|(named, value)| (named.name.clone(), quantity(unstored(*value), named.unit))).collect(),
        data_complete: content.data_complete,
        late: published.late,
        approximate: content.approximate,
        replaced_by: published.replaced_by.as_deref().map(str::to_owned),
        replaces: published.replaces.as_deref().map(str::to_owned),
        reason: reason(rule, key, opening),
    }
}

fn clauses(rule: &Rule, opening: &Opening, opened_at: EventTime) -> Vec<Clause> {
    let comparisons = rule.when.comparisons();
    let clauses = comparisons.iter().zip(&opening.clauses);
    clauses
        .map(|(comparison, (value, limit, from))| Clause {
            measure: comparison.left_text.clone(),
            value: quantity(unstored(*value), comparison.unit),
            operator: comparison.operator,
            limit: quantity(unstored(*limit), comparison.unit),
            from: *from,
            to: opened_at,
        })
        .collect()
}

pub(crate) fn key_name(context: &Context<'_>, number: PackedNumber, track: &Track) -> KeyName {
    key_of(context.symbols, number, track.called)
}

/// The key of a number, or of it and the number that it called.
pub(crate) fn key_of(symbols: &Symbols, number: PackedNumber, called: Option<PackedNumber>) -> KeyName {
    let calling = symbols.number(number);
    match called {
        None => KeyName::Number(calling),
        Some(called) => KeyName::Pair(calling, symbols.number(called)),
    }
}

/// The id of a rule's violation for a key.
pub(crate) fn id_of(rule: &Rule, key: &KeyName, opened_at: EventTime) -> String {
    let texts: Vec<String> = match key {
        KeyName::Number(number) => vec![number.to_string()],
        KeyName::Pair(calling, called) => [calling, called].map(Number::to_string).to_vec(),
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    violation_id(&rule.hash, &texts, opened_at)
}
