//! From violations to strikes, and from what is due to what is done.

use ringfence_cards::{ActCommand, Imposed, LadderFile, Moment, Offence, Source, Strike, walk};
use ringfence_cdr::{EventTime, Millis};
use ringfence_events::{ActAction, CardStatus, ImposedStatus, KeyName, LadderStatus, StrikeStatus, Suspension};
use ringfence_rules::{Ladder, Mode, SERVED_BEFORE_COMPLAINT, Sanction, Stream};
use sha2::{Digest, Sha256};

use crate::commit::{Clerk, sight};
use crate::hot::{Probe, TrackName};
use crate::judge::{Bench, Views, instants};
use crate::number::CardFile;
use crate::output::Output;
use crate::publish::{id_of, key_name};
use crate::published::hex;
use crate::scene::Eligibility;
use crate::shard::Clock;
use crate::touched::{Span, Touched};
use crate::track::Track;
use crate::view::Sight;

impl Clerk<'_> {
    /// Works out strikes and sanctions anew from the earliest changed fact on, and acts on them.
    ///
    /// `renamed` are the violations that go on under another id, by rule and called number, with their first instants.
    pub(crate) fn climb(&mut self, touched: &Touched, renamed: &[(TrackName, EventTime)], outputs: &mut Vec<Output>) {
        let context = self.context;
        let pack = context.pack;
        let strikes = |track: &Track| context.rule(track.rule).ladder.is_some();
        let has_card = self.state.rest.as_ref().is_some_and(|rest| rest.card.is_some());
        if !has_card && !self.state.tracks().iter().any(strikes) {
            return;
        }
        let mut card = self.state.rest_mut().card.take().unwrap_or_default();
        card.ladders.resize_with(pack.ladders.len(), LadderFile::default);
        let names = |strike: &Strike| {
            let name = (strike.source.rule, strike.source.called);
            renamed.iter().any(|(renamed, from)| *renamed == name && strike.last_at >= *from)
        };
        let mut changed = card.ladders.iter().flat_map(|file| &file.strikes).any(names);
        for (index, ladder) in pack.ladders.iter().enumerate() {
            changed |= self.climb_ladder(index, ladder, &mut card, touched, outputs);
        }
        changed |= self.end_left_behind(&mut card, outputs);
        if changed {
            outputs.push(Output::of(self.card_status(&card)));
        }
        if !card.is_empty() {
            self.state.rest_mut().card = Some(card);
        }
    }

    fn climb_ladder(
        &mut self,
        index: usize,
        ladder: &Ladder,
        card: &mut CardFile,
        touched: &Touched,
        outputs: &mut Vec<Output>,
    ) -> bool {
        let mut strikes = std::mem::take(&mut card.ladders[index].strikes);
        let before = strikes.clone();
        let capped = self.state.rest.as_ref().and_then(|rest| rest.frozen_to);
        let final_to = self.context.settled.max(capped.unwrap_or(EventTime::MIN));
        let changed = Span::and(touched.calls, touched.complaints);
        let from = changed.map(|changed| changed.from.max(final_to.plus(Millis(1))));
        let offences = self.offences(index, &before, from.unwrap_or(EventTime::MAX));
        if let Some(from) = from {
            walk(ladder, &mut strikes, from, &offences, |offence, not_before, since| {
                self.first_eligible(index, &before, offence, not_before, since)
            });
        }
        follow_offences(&mut strikes, &offences);
        let mut changed =
            strikes.len() != before.len() || strikes.iter().zip(&before).any(|(now, then)| !now.is_told_as(then));
        card.ladders[index].strikes = strikes;
        // Until every input has spoken, strikes wait.
        let now = self.context.now.unwrap_or(EventTime::MIN);
        let impose_from = match self.clock {
            Clock::Archive => EventTime::MIN,
            Clock::Live { impose_from, .. } => impose_from,
        };
        let mut commands = Vec::new();
        card.ladders[index].act(ladder, Moment { now, arrived: touched.arrived, impose_from }, &mut commands);
        changed |= !commands.is_empty();
        self.command(&ladder.name, card, &commands, outputs);
        changed
    }

    /// Ends what runs of ladders that are gone, where its time is over.
    fn end_left_behind(&self, card: &mut CardFile, outputs: &mut Vec<Output>) -> bool {
        let now = self.context.now.unwrap_or(EventTime::MIN);
        let mut left = std::mem::take(&mut card.left);
        let before = left.len();
        left.retain(|ladder, file| {
            let mut commands = Vec::new();
            file.end_if_over(now, &mut commands);
            self.command(ladder, card, &commands, outputs);
            !file.is_empty()
        });
        card.left = left;
        card.left.len() < before
    }

    fn command(&self, ladder: &str, card: &mut CardFile, commands: &[ActCommand], outputs: &mut Vec<Output>) {
        for command in commands {
            card.sequence += 1;
            outputs.push(Output::of(self.suspension(ladder, card.sequence, command)));
        }
    }

    /// The violations that can be struck on a ladder from an instant on, or were before, in order of rule and key.
    fn offences(&self, ladder: usize, struck: &[Strike], from: EventTime) -> Vec<Offence> {
        let context = self.context;
        let mut named: Vec<(u16, Option<String>, Offence)> = Vec::new();
        for track in self.tracks_from(struck, from) {
            let rule = context.rule(track.rule);
            let source = Source { rule: track.rule, called: track.called };
            let lasts = || track.segments.last().is_some_and(|segment| segment.last >= from);
            let can_be_struck = rule.ladder == Some(ladder) && rule.mode == Mode::Enforce && lasts();
            if !can_be_struck && struck.iter().all(|strike| strike.source != source) {
                continue;
            }
            let called = track.called.map(|called| context.symbols.number(called).to_string());
            for (opened_at, last_at) in track.stretches(rule.keep) {
                let offence = Offence { source, opened_at, last_at };
                named.push((track.rule, called.clone(), offence));
            }
        }
        named.sort_by(|a, b| (a.0, &a.1, a.2.opened_at).cmp(&(b.0, &b.1, b.2.opened_at)));
        named.into_iter().map(|(.., offence)| offence).collect()
    }

    /// Every track that may hold at an instant or after it, and those that were struck. A number may have thousands of
    /// tracks, one for each person it calls too often, of which the next call lets few hold.
    fn tracks_from(&self, struck: &[Strike], from: EventTime) -> Vec<&Track> {
        let tracks = self.state.tracks();
        let holds_to = self.state.rest.as_ref().and_then(|rest| rest.holds_to);
        if holds_to.is_none_or(|to| from <= to) {
            return tracks.iter().collect();
        }
        let struck = struck.iter().map(|strike| (strike.source.rule, strike.source.called));
        let mut places: Vec<usize> =
            self.judged.iter().copied().chain(struck).filter_map(|name| self.track_index(name).ok()).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| &tracks[place]).collect()
    }

    /// The first holding instant of an offence, at or after `not_before`, at which its rule holds also on served facts
    /// after `since` alone. What was judged before a change of rules is struck where it was `struck`.
    fn first_eligible(
        &mut self,
        ladder: usize,
        struck: &[Strike],
        offence: &Offence,
        not_before: EventTime,
        since: EventTime,
    ) -> Option<EventTime> {
        let Source { rule: index, called } = offence.source;
        let name = (index, called);
        let rule = self.context.rule(index);
        let is_former = self.context.former(index).is_some();
        let frozen_to = if is_former { offence.last_at } else { self.frozen_to(name) };
        if not_before <= frozen_to {
            let span = not_before..=frozen_to.min(offence.last_at);
            let known = struck.iter().find(|strike| strike.source == offence.source && span.contains(&strike.at));
            if let Some(strike) = known {
                return Some(strike.at);
            }
        }
        if is_former || rule.ladder != Some(ladder) || rule.mode != Mode::Enforce {
            return None;
        }
        let not_before = not_before.max(frozen_to.plus(Millis(1)));
        let track = self.track_index(name).ok()?;
        let eligibility = Eligibility { served: true, since };
        let mut probe = match self.hot.eligible.remove(&name) {
            Some(probe) if probe.eligibility == eligibility => probe,
            _ => Probe { eligibility, views: Views::new(rule), served: Views::new(rule), none_in: None },
        };
        let begin = match probe.none_in {
            Some((from, to)) if from <= not_before && not_before <= to => to.plus(Millis(1)),
            _ => not_before,
        };
        let complaints = if rule.reads(Stream::Complaints) { SERVED_BEFORE_COMPLAINT } else { Millis::ZERO };
        let views_reach = [&probe.views, &probe.served].map(Views::reach_back_to).into_iter().flatten().min();
        let views_reach = views_reach.unwrap_or(EventTime::MAX);
        self.reach(name, begin.min(views_reach.plus(self.context.program(index).look_back)).minus(complaints));
        let mut scratch = Vec::new();
        let scene = self.hot.facts.scene(called, &mut scratch);
        let sight = sight(self.context.matcher(self.state), rule, scene, eligibility);
        let served_sight = Sight { eligibility: Eligibility { since: EventTime::MIN, ..eligibility }, ..sight };
        let mut bench = Bench { rule, views: &mut probe.views, sight: &sight };
        let mut served = Bench { rule, views: &mut probe.served, sight: &served_sight };
        let mut is_eligible =
            |at: EventTime| bench.rule_holds(at) && (since == EventTime::MIN || served.rule_holds(at));
        let segments = self.state.rest.as_ref().map_or(&[][..], |rest| &rest.tracks[track].segments);
        let mut found = None;
        let mut searched_to = begin;
        for segment in segments {
            if segment.last < begin || segment.first < offence.opened_at || segment.first > offence.last_at {
                continue;
            }
            let instants = instants(rule, &sight, segment.first.max(begin), segment.last);
            found = instants.into_iter().map(|(at, _)| at).find(|at| is_eligible(*at));
            searched_to = segment.last;
            if found.is_some() {
                break;
            }
        }
        if found.is_none() {
            let from = probe.none_in.map_or(not_before, |(from, _)| from.min(not_before));
            let from = if begin > not_before { from } else { not_before };
            probe.none_in = (from <= searched_to).then_some((from, searched_to));
        }
        self.hot.eligible.insert(name, probe);
        found
    }

    fn suspension(&self, ladder: &str, sequence: u64, command: &ActCommand) -> Suspension {
        let context = self.context;
        let card = context.symbols.number(self.state.number);
        let rule = context.rule(command.strike.source.rule);
        let reason = match command.action {
            ActAction::Reinstate => command.reason.to_owned(),
            ActAction::Warn | ActAction::Suspend => {
                format!("strike {} on ladder {ladder}: {}", command.strike.count, rule.title)
            }
        };
        Suspension {
            id: suspension_id(&card.to_string(), sequence),
            violation: self.violation_of(command.strike.source, command.strike.opened_at),
            card,
            action: command.action,
            services: command.barred.services(),
            not_before: command.not_before,
            expires_at: command.expires_at,
            legal_basis: rule.basis.clone(),
            ladder: ladder.into(),
            strike: command.strike.count,
            sequence,
            reason,
        }
    }

    fn violation_of(&self, source: Source, opened_at: EventTime) -> String {
        let track = Track::new(source.rule, source.called);
        let key: KeyName = key_name(self.context, self.state.number, &track);
        id_of(self.context.rule(source.rule), &key, opened_at)
    }

    fn card_status(&self, card: &CardFile) -> CardStatus {
        let in_force = self.context.pack.ladders.iter().zip(&card.ladders).filter(|(_, file)| !file.is_empty());
        let in_force = in_force.map(|(ladder, file)| {
            let strikes = file.strikes.iter().map(|strike| self.strike_status(ladder, strike)).collect();
            ladder_status(&ladder.name, strikes, file)
        });
        let left = card.left.iter().map(|(ladder, file)| ladder_status(ladder, Vec::new(), file));
        CardStatus {
            card: self.context.symbols.number(self.state.number),
            sequence: card.sequence,
            ladders: in_force.chain(left).collect(),
        }
    }

    fn strike_status(&self, ladder: &Ladder, strike: &Strike) -> StrikeStatus {
        let due = strike.step.map(|step| match ladder.steps[usize::from(step)].sanction {
            Sanction::Warn => ActAction::Warn,
            Sanction::Suspend { .. } => ActAction::Suspend,
        });
        StrikeStatus {
            at: strike.at,
            rule: self.context.rule(strike.source.rule).name.clone(),
            violation: self.violation_of(strike.source, strike.opened_at),
            count: strike.count,
            due,
            due_until: strike.due_until,
        }
    }
}

fn ladder_status(ladder: &str, strikes: Vec<StrikeStatus>, file: &LadderFile) -> LadderStatus {
    let imposed =
        |running: &Imposed| ImposedStatus { action: ActAction::Suspend, since: running.since, until: running.until };
    LadderStatus { ladder: ladder.into(), strikes, imposed: file.running.as_ref().map(imposed) }
}

/// Strikes follow their violations where these grew.
fn follow_offences(strikes: &mut [Strike], offences: &[Offence]) {
    for strike in strikes {
        let of_strike = |offence: &&Offence| {
            offence.source == strike.source && offence.opened_at <= strike.at && strike.at <= offence.last_at
        };
        if let Some(offence) = offences.iter().find(of_strike) {
            (strike.opened_at, strike.last_at) = (offence.opened_at, offence.last_at);
        }
    }
}

/// The id of an act: of card and sequence, thirty-two hexadecimal digits.
fn suspension_id(card: &str, sequence: u64) -> String {
    let mut hash = Sha256::new();
    hash.update((card.len() as u32).to_be_bytes());
    hash.update(card.as_bytes());
    hash.update(sequence.to_be_bytes());
    hex(&hash.finalize()[..16])
}
