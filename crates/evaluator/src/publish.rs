//! The difference between the episodes that stand and what was last published of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_cards::{hex, violation_id};
use ringfence_cdr::{EventTime, Key, Number};
use ringfence_events::{
    Clause, Evidence, EvidenceRecord, KeyName, Quantity, RuleReference, Severity, Status, Violation,
};
use ringfence_rules::Rule;
use ringfence_timeline::Symbols;

use crate::commit::{Clerk, Context, changed};
use crate::evidence::{Opening, open};
use crate::output::{Output, quantity, scope};
use crate::published::{Content, Published, Telling, Unpublished, next_status};
use crate::reason::reason;
use crate::rulebook::Edition;
use crate::shard::Clock;
use crate::touched::{Span, Touched};
use crate::track::{Episode, Peak, Track, in_order, unstored};

/// Publishes what changed of one number's violations.
pub(crate) struct Publisher<'c, 'a> {
    clerk: &'c mut Clerk<'a>,
    touched: &'c Touched,
    /// Of archives: what changed of open episodes is published too.
    at_end: bool,
    /// Revisions of what was withdrawn as its rule was no more: a rule that returns may tell of it again.
    withdrawn: BTreeMap<Arc<str>, u32>,
}

impl<'c, 'a> Publisher<'c, 'a> {
    pub(crate) fn new(clerk: &'c mut Clerk<'a>, touched: &'c Touched, at_end: bool) -> Self {
        Self { clerk, touched, at_end, withdrawn: BTreeMap::new() }
    }

    pub(crate) fn publish(&mut self, outputs: &mut Vec<Output>) {
        let context = self.clerk.context;
        let Some(rest) = self.clerk.state.rest.as_mut() else { return };
        if self.at_end {
            rest.tracks.look_at_all();
        }
        let ids = rest.tracks.take_due(context.now);
        if context.book.past_until() > EventTime::MIN {
            let ended = context.book.lines().iter().filter(|line| line.ended().is_some());
            let published = ended.flat_map(|line| rest.tracks.of_line(line.id)).flat_map(|track| &track.published);
            let withdrawn = published.filter(|published| published.is_withdrawn());
            self.withdrawn = withdrawn.map(|published| (published.id.clone(), published.revision)).collect();
        }
        for id in ids {
            let Some(mut track) = self.clerk.state.rest_mut().tracks.take(id) else { continue };
            self.publish_track(&mut track, outputs);
            self.clerk.state.rest_mut().tracks.put(track);
        }
    }

    /// Publishes what changed of a track, and notes until when there is no more to say.
    fn publish_track(&mut self, track: &mut Track, outputs: &mut Vec<Output>) {
        let context = self.clerk.context;
        if self.at_end {
            track.untold.judged(EventTime::MIN, EventTime::MAX);
        }
        let key = key_name(context.symbols, track.id.key);
        let reached = track.untold.stretches().into_iter().map(|stretch| self.reached(track, stretch)).collect();
        let mut standing: Vec<(Episode, Arc<str>)> = Vec::new();
        for stretch in in_order(reached) {
            standing.append(&mut self.withdraw_in(track, stretch, &key, outputs));
        }
        // One may lie next to two stretches.
        standing.dedup_by(|later, earlier| later.1 == earlier.1);
        let mut due = EventTime::MAX;
        let mut open_from = EventTime::MAX;
        for (episode, id) in standing {
            let of_instant = track.published_in((episode.opened_at, episode.opened_at));
            let known = of_instant.clone().find(|at| track.published[*at].id == id);
            let at = match known {
                None => {
                    let Some(published) = self.first(track, &episode, id) else { continue };
                    let place = of_instant.end;
                    track.published.insert(place, published);
                    self.emit_first(&key, track, place, outputs);
                    place
                }
                Some(at) => {
                    due = due.min(self.follow(&key, track, at, &episode, outputs));
                    at
                }
            };
            if !track.published[at].is_final() {
                open_from = open_from.min(episode.opened_at);
            }
        }
        let closes_at = track.closes_at(open_from, |rule| context.keep(rule));
        track.untold.told(open_from, closes_at.unwrap_or(EventTime::MAX).min(due));
    }

    /// The stretch with all of every episode in it, both as they stand and as they were published.
    fn reached(&mut self, track: &Track, (mut from, mut to): (EventTime, EventTime)) -> (EventTime, EventTime) {
        let context = self.clerk.context;
        loop {
            let reached = (from, to);
            let mut met = 0;
            for published in &track.published[track.published_in(reached)] {
                met += 1;
                if !published.is_withdrawn() && published.last_at() >= reached.0 && published.opened_at() <= reached.1 {
                    (from, to) = (from.min(published.opened_at()), to.max(published.last_at()));
                }
            }
            for episode in track.stretches(reached.0, |rule| context.keep(rule)) {
                met += 1;
                if episode.opened_at > reached.1 {
                    break;
                }
                if episode.last_at >= reached.0 {
                    (from, to) = (from.min(episode.opened_at), to.max(episode.last_at));
                }
            }
            self.clerk.work.episodes += met;
            if reached == (from, to) {
                return reached;
            }
        }
    }

    /// Withdraws what was published in a stretch and stands no more; returns the episodes that stand there and next to
    /// it, with their ids.
    fn withdraw_in(
        &mut self,
        track: &mut Track,
        stretch: (EventTime, EventTime),
        key: &KeyName,
        outputs: &mut Vec<Output>,
    ) -> Vec<(Episode, Arc<str>)> {
        let context = self.clerk.context;
        let episodes = track.episodes(stretch, |rule| context.keep(rule), context.now);
        let ids = ids_of(context, track, key, &episodes);
        withdraw(context, key, track, stretch, &episodes, &ids, outputs);
        episodes.into_iter().zip(ids).collect()
    }

    /// A violation as it is first published.
    fn first(&mut self, track: &Track, episode: &Episode, id: Arc<str>) -> Option<Published> {
        let context = self.clerk.context;
        let opening = open(self.clerk, track.id, episode.opened_at)?;
        let after = episode.opened_at.minus(context.book.edition(opening.rule).program.look_back);
        // What was told under another rule goes on under this one's id.
        let goes_on_from = |known: &&Published| {
            known.replaced_by.as_ref() == Some(&id) && context.rule(known.rule).hash != context.rule(episode.rule).hash
        };
        let replaces = track.published.iter().rev().find(goes_on_from).map(|known| known.id.clone());
        let revision = self.withdrawn.get(&id).copied().unwrap_or_default();
        Some(Published::new(Unpublished {
            id,
            rule: episode.rule,
            revision,
            content: self.content(episode),
            opening,
            late: self.touched.decided_late(after, episode.opened_at),
            replaces,
        }))
    }

    /// An episode that is already over is opened, then closed.
    fn emit_first(&self, key: &KeyName, track: &mut Track, at: usize, outputs: &mut Vec<Output>) {
        let context = self.clerk.context;
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
    fn follow(
        &mut self,
        key: &KeyName,
        track: &mut Track,
        at: usize,
        episode: &Episode,
        outputs: &mut Vec<Output>,
    ) -> EventTime {
        let context = self.clerk.context;
        if self.changed_before(&track.published[at], episode.opened_at)
            && let Some(opening) = open(self.clerk, track.id, episode.opened_at)
        {
            let published = &mut track.published[at];
            published.opening_changed |= opening != published.opening;
            published.opening = opening;
        }
        let mut content = self.content(episode);
        let is_past_judging = self.is_past_judging(episode);
        let published = &mut track.published[at];
        published.rule = episode.rule;
        published.is_approximate |= is_past_judging || published.content.approximate;
        content.approximate |= published.is_approximate;
        let telling = match (self.at_end, self.clerk.clock) {
            (true, _) => Telling::End,
            (false, Clock::Archive) => Telling::Archive,
            (false, Clock::Live { .. }) => Telling::Live,
        };
        let Some(status) = next_status(published, &content, context.now, telling) else {
            let is_open = content.closed_at.is_none();
            return published.update_due_at(&content).filter(|_| is_open).unwrap_or(EventTime::MAX);
        };
        if published.is_withdrawn() {
            published.replaced_by = None;
            emit(context, key, published, Status::Opened, content.open(), outputs);
            if content.closed_at.is_none() {
                return EventTime::MAX;
            }
        }
        emit(context, key, published, status, content, outputs);
        EventTime::MAX
    }

    /// Whether facts came that might change an episode of a number that has reached its cap, where it is not judged
    /// again.
    fn is_past_judging(&self, episode: &Episode) -> bool {
        let context = self.clerk.context;
        let Some(frozen_to) = self.clerk.state.rest.as_ref().and_then(|rest| rest.frozen_to) else { return false };
        let edition = context.book.edition(episode.rule);
        let span = changed(&edition.program, self.touched).filter(|span| span.from <= frozen_to);
        span.is_some_and(|span| {
            // An episode is continued while its windows are filled, and over gaps shorter than keep.
            let bridge = edition.rule().keep.max(edition.program.look_back);
            span.from <= episode.last_at.plus(bridge)
                && edition.program.influence_end(span.to) >= episode.opened_at.minus(bridge)
        })
    }

    /// Whether a fact that the rule reads changed at or before an instant, so that what was true then may differ.
    fn changed_before(&self, published: &Published, at: EventTime) -> bool {
        let edition = self.clerk.context.book.edition(published.opening.rule);
        let reaches = |span: Span| span.from <= at && at <= edition.program.influence_end(span.to);
        let changed = changed(&edition.program, self.touched).is_some_and(reaches);
        let judged_again = self.touched.again_from.is_some_and(|from| from <= at);
        (changed || judged_again) && at > self.clerk.context.settled
    }

    fn content(&self, episode: &Episode) -> Content {
        let context = self.clerk.context;
        let edition = context.book.line_of(episode.rule).at(episode.opened_at);
        let edition = edition.unwrap_or_else(|| context.book.edition(episode.rule));
        let reads_from = episode.opened_at.minus(edition.program.look_back);
        let complete = reads_from >= context.complete_from.max(edition.whole_from);
        // What was forgotten may also be an episode that this one goes on from.
        let rests_on = reads_from.min(episode.opened_at.minus(edition.rule().keep));
        let approximate = self.clerk.state.rest.as_ref().is_some_and(|rest| {
            let misses_facts = rest.capped_before.is_some_and(|capped| rests_on < capped);
            // What came too late to be judged may have held right before it.
            let misses_instants = rest.frozen_to.is_some_and(|to| rests_on <= to && to < episode.opened_at);
            misses_facts || misses_instants
        });
        Content::new(episode, complete, approximate)
    }
}

/// The ids of episodes. Most were published before, by the same rule: then the id is at hand.
fn ids_of(context: &Context<'_>, track: &Track, key: &KeyName, episodes: &[Episode]) -> Vec<Arc<str>> {
    let known = |episode: &Episode| {
        let of_instant = track.published_in((episode.opened_at, episode.opened_at));
        let is_same = |it: &&Published| it.rule == episode.rule && it.opened_at() == episode.opened_at;
        track.published[of_instant].iter().find(is_same)
    };
    let id = |episode: &Episode| {
        let new = || id_of(context.rule(episode.rule), key, episode.opened_at).into();
        known(episode).map_or_else(new, |known| known.id.clone())
    };
    episodes.iter().map(id).collect()
}

/// Withdraws what was published and stands no more; what overlaps it continues it.
fn withdraw(
    context: &Context<'_>,
    key: &KeyName,
    track: &mut Track,
    stretch: (EventTime, EventTime),
    episodes: &[Episode],
    ids: &[Arc<str>],
    outputs: &mut Vec<Output>,
) {
    let stands: BTreeSet<&Arc<str>> = ids.iter().collect();
    let within = track.published_in(stretch);
    for published in &mut track.published[within] {
        if published.is_withdrawn() || stands.contains(&published.id) {
            continue;
        }
        let (opened_at, last_at) = (published.opened_at(), published.last_at());
        let first = episodes.partition_point(|episode| episode.last_at < opened_at);
        let continues = (first < episodes.len() && episodes[first].opened_at <= last_at).then_some(first);
        if let Some(at) = continues {
            published.replaced_by = Some(ids[at].clone());
        }
        let content = published.content.clone();
        emit(context, key, published, Status::Withdrawn, content, outputs);
    }
}

/// Forgets the violations that ended up to an instant: those that are open are closed, and as none can be corrected any
/// more, all say that they are approximate.
pub(crate) fn forget(context: &Context<'_>, track: &mut Track, up_to: EventTime, outputs: &mut Vec<Output>) {
    let key = key_name(context.symbols, track.id.key);
    let always = (EventTime::MIN, EventTime::MAX);
    let mut ended = track.episodes(always, |rule| context.keep(rule), context.now);
    ended.retain(|episode| episode.last_at <= up_to);
    for episode in &mut ended {
        let of_episode =
            |published: &&mut Published| published.opened_at() == episode.opened_at && !published.is_withdrawn();
        if let Some(published) = track.published.iter_mut().find(of_episode) {
            episode.closed_at = Some(episode.last_at.plus(context.keep(episode.rule)));
            let content = Content::new(episode, published.content.data_complete, true);
            emit(context, &key, published, Status::Closed, content, outputs);
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
    key: &KeyName,
    published: &mut Published,
    status: Status,
    content: Content,
    outputs: &mut Vec<Output>,
) {
    published.tell(status, content, context.now, context.seen);
    outputs.push(Output::of(violation(context, key, published, published.evidence_since())));
}

/// The event that tells of a violation: under the rule that judged its last instant, with what the one that judged its
/// first found. Its evidence is named, but where the revision `since` has it.
pub(crate) fn violation(context: &Context<'_>, key: &KeyName, published: &Published, since: Option<u32>) -> Violation {
    let content = &published.content;
    let opening = &published.opening;
    let edition = context.book.edition(published.rule);
    let opened_by = context.rule(opening.rule);
    let rule = edition.rule();
    Violation {
        id: published.id.to_string(),
        revision: published.revision,
        rule: rule_reference(edition),
        scope: scope(rule.key),
        key: key.clone(),
        status: published.status,
        severity: Severity::ALL[usize::from(content.severity).min(Severity::ALL.len() - 1)],
        opened_at: content.opened_at,
        last_at: content.last_at,
        updated_at: published.updated_at,
        closed_at: content.closed_at,
        clauses: clauses(opened_by, opening, content.opened_at),
        evidence: Evidence {
            records: since.is_none().then(|| {
                let named = opening.records.iter();
                named.map(|(at, fingerprint)| EvidenceRecord { at: *at, fingerprint: *fingerprint }).collect()
            }),
            since,
            digest: hex(&opening.digest),
            total: opening.total,
        },
        matches: content.matches,
        peak: shown_peak(context.rule(content.peak.rule), &content.peak),
        data_complete: content.data_complete,
        late: published.late,
        approximate: content.approximate,
        replaced_by: published.replaced_by.as_deref().map(str::to_owned),
        replaces: published.replaces.as_deref().map(str::to_owned),
        reason: reason(opened_by, key, opening),
    }
}

fn rule_reference(edition: &Edition) -> RuleReference {
    let rule = edition.rule();
    let version = edition.pack.identity.version.clone();
    RuleReference { id: rule.name.clone(), version, hash: hex(&rule.hash.0), mode: rule.mode }
}

fn shown_peak(rule: &Rule, peak: &Peak) -> Vec<(Box<str>, Quantity)> {
    let values = rule.lets.iter().zip(&peak.lets);
    values.map(|(named, value)| (named.name.clone(), quantity(unstored(*value), named.unit))).collect()
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

/// The key as outsiders see it.
pub(crate) fn key_name(symbols: &Symbols, key: Key) -> KeyName {
    let calling = symbols.number(key.number());
    match key.called() {
        None => KeyName::Number(calling),
        Some(called) => KeyName::Pair(calling, symbols.number(called)),
    }
}

/// The id of a rule's violation for a key.
fn id_of(rule: &Rule, key: &KeyName, opened_at: EventTime) -> String {
    let texts: Vec<String> = match key {
        KeyName::Number(number) => vec![number.to_string()],
        KeyName::Pair(calling, called) => [calling, called].map(Number::to_string).to_vec(),
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    violation_id(&rule.hash.0, &texts, opened_at)
}
