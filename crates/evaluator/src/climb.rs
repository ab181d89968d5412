//! From violations to strikes, and from what is due to what is done.

use std::collections::BTreeSet;

use ringfence_cards::{ActCommand, Answer, CardFile, LadderFile, Moment, Offence, Question, Walk};
use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{RuleId, SERVED_BEFORE_COMPLAINT, Stream, TrackId};

use crate::commit::Clerk;
use crate::hot::Probe;
use crate::judge::{Bench, Views, instants, sight};
use crate::output::Output;
use crate::rulebook::{Edition, LadderEdition};
use crate::scene::Eligibility;
use crate::shard::Clock;
use crate::touched::{Span, Touched};
use crate::track::{Segment, Track};
use crate::view::Sight;

impl Clerk<'_> {
    /// Works out strikes and sanctions anew from the earliest changed fact on, and acts on them.
    pub(crate) fn climb(&mut self, touched: &Touched, outputs: &mut Vec<Output>) {
        let context = self.context;
        let Some(rest) = self.state.rest.as_deref() else { return };
        let mut striking = context.book.lines().iter().filter(|line| line.strikes());
        if rest.card.is_none() && !striking.any(|line| rest.tracks.of_line(line.id).next().is_some()) {
            return;
        }
        // Nearly every number has none, and gets none.
        let mut known = self.state.rest_mut().card.take();
        let mut new = CardFile::default();
        let card = known.as_deref_mut().unwrap_or(&mut new);
        // Of a ladder that is gone a file may be left.
        let left: Vec<String> = card.files().map(|(ladder, _)| ladder.to_owned()).collect();
        let ladders: BTreeSet<&str> = context.book.ladder_names().chain(left.iter().map(String::as_str)).collect();
        self.judged.sort_unstable();
        let mut changed = false;
        for ladder in ladders {
            let mut file = card.take(ladder);
            let commands = self.climb_ladder(ladder, &mut file, touched, &mut changed);
            if !commands.is_empty() {
                let number = context.symbols.number(self.state.number);
                outputs.extend(commands.iter().map(|command| {
                    Output::of(card.suspension(&number, ladder, command, &|number| context.symbols.number(number)))
                }));
            }
            card.put(ladder, file);
        }
        if changed {
            let number = context.symbols.number(self.state.number);
            outputs.push(Output::of(card.status(number, &|number| context.symbols.number(number))));
        }
        if !card.is_empty() {
            self.state.rest_mut().card = known.or_else(|| Some(Box::new(new)));
        }
    }

    /// Returns what is to be done on a ladder now, and notes whether subscribers are to be told.
    fn climb_ladder(
        &mut self,
        ladder: &str,
        file: &mut LadderFile,
        touched: &Touched,
        changed: &mut bool,
    ) -> Vec<ActCommand> {
        *changed |= self.strike(ladder, file, touched);
        // Until every input has spoken, strikes wait.
        let now = self.context.now.unwrap_or(EventTime::MIN);
        let impose_from = match self.clock {
            Clock::Archive => EventTime::MIN,
            Clock::Live { impose_from, .. } => impose_from,
        };
        let mut commands = Vec::new();
        file.act(Moment { now, arrived: touched.arrived, impose_from }, &mut commands);
        *changed |= !commands.is_empty();
        commands
    }

    /// Works out the strikes on a ladder anew; whether subscribers are to be told.
    fn strike(&mut self, ladder: &str, file: &mut LadderFile, touched: &Touched) -> bool {
        let capped = self.state.rest.as_ref().and_then(|rest| rest.frozen_to);
        let final_to = self.context.settled.max(capped.unwrap_or(EventTime::MIN));
        let again = touched.again_from.map(Span::at);
        let changed = Span::and(touched.span(|_| true), again);
        let from = changed.map(|changed| changed.from.max(final_to.plus(Millis(1))));
        let offences = self.offences(ladder, from.unwrap_or(EventTime::MAX));
        let (mut strikes, stood) = file.part(from.unwrap_or(EventTime::MAX));
        let first_new = strikes.len();
        let book = self.context.book;
        for LadderStretch { edition, from, until } in stretches(book.ladder(ladder), from) {
            let mut walk = Walk::new(edition.ladder(), strikes, &offences, (from, until));
            while let Some(question) = walk.question() {
                let answer = self.first_eligible(ladder, &offences[question.offence], question);
                walk.answer(answer);
            }
            strikes = walk.strikes();
        }
        file.stand(strikes, first_new, &stood, &offences)
    }

    /// The violations that can be struck on a ladder from an instant on, and those that were judged now, in order of rule
    /// and key. A number may have thousands of tracks, one for each person it calls too often, of which the next call
    /// lets few hold.
    fn offences(&self, ladder: &str, from: EventTime) -> Vec<Offence> {
        let context = self.context;
        let is_judged = |id: TrackId| self.judged.binary_search(&id).is_ok();
        let holds_to = self.state.rest.as_ref().and_then(|rest| rest.holds_to);
        let looked_at: Vec<&Track> = match holds_to.is_none_or(|to| from <= to) {
            true => self.state.tracks().collect(),
            false => {
                let judged = self.judged.chunk_by(|a, b| a == b).map(|same| same[0]);
                judged.filter_map(|id| self.state.track(id)).collect()
            }
        };
        let mut named: Vec<(Option<String>, Offence)> = Vec::new();
        for track in looked_at {
            let line = context.book.line(track.id.line);
            let lasts = track.segments.last().is_some_and(|segment| segment.last >= from);
            if !line.strikes_on(ladder) || !lasts && !is_judged(track.id) {
                continue;
            }
            let called = track.id.key.called().map(|called| context.symbols.number(called).to_string());
            for stretch in track.stretches(from, |rule| context.keep(rule)) {
                let offence = Offence {
                    track: track.id,
                    rule: context.book.edition(stretch.rule).broken.clone(),
                    opened_at: stretch.opened_at,
                    last_at: stretch.last_at,
                };
                named.push((called.clone(), offence));
            }
        }
        named.sort_by(|(a_called, a), (b_called, b)| {
            let place = |offence: &Offence| (offence.track, offence.opened_at);
            (&a.rule.name, a_called, place(a)).cmp(&(&b.rule.name, b_called, place(b)))
        });
        named.into_iter().map(|(_, offence)| offence).collect()
    }

    /// The first instant of an offence, of those asked about, at which its rule holds also on served facts after `since`
    /// alone.
    fn first_eligible(&mut self, ladder: &str, offence: &Offence, question: Question) -> Answer {
        let Some(track) = self.state.track(offence.track) else { return Answer::Over };
        let segments = &track.segments;
        let first = segments.partition_point(|segment| segment.last < question.from.max(offence.opened_at));
        let of_offence = segments[first..].iter().take_while(|segment| segment.first <= offence.last_at);
        let asked: Vec<(RuleId, EventTime, EventTime)> =
            of_offence.clone().take_while(|segment| segment.first <= question.to).map(Segment::stretch).collect();
        let next_segment = of_offence.map(|segment| segment.first).find(|first| *first > question.to);
        for stretches in asked.chunk_by(|a, b| a.0 == b.0) {
            let edition = self.context.book.edition(stretches[0].0);
            if !edition.strikes_on(ladder) {
                continue;
            }
            match self.first_eligible_of(edition, offence.track, stretches, question) {
                Answer::Over => {}
                found => return found,
            }
        }
        next_segment.map_or(Answer::Over, Answer::NoneBefore)
    }

    /// The same in stretches that one edition judged.
    fn first_eligible_of(
        &mut self,
        edition: &Edition,
        id: TrackId,
        stretches: &[(RuleId, EventTime, EventTime)],
        question: Question,
    ) -> Answer {
        let rule = edition.rule();
        let eligibility = Eligibility { served: true, since: question.since };
        let view_id = (edition.id, id.key);
        let mut probe = match self.hot.eligible.remove(&view_id) {
            Some(probe) if probe.eligibility == eligibility => probe,
            _ => Probe { eligibility, views: Views::new(rule), served: Views::new(rule), none_in: None },
        };
        let begin = match probe.none_in {
            Some((from, to)) if from <= question.from && question.from <= to => to.plus(Millis(1)),
            _ => question.from,
        };
        let complaints = if rule.reads(Stream::Complaints) { SERVED_BEFORE_COMPLAINT } else { Millis::ZERO };
        let views_reach = [&probe.views, &probe.served].map(Views::reach_back_to).into_iter().flatten().min();
        let views_reach = views_reach.unwrap_or(EventTime::MAX);
        let reach_to = begin.min(views_reach.plus(edition.program.look_back)).minus(complaints);
        self.reach(self.context.book.line(id.line), id, reach_to);
        let mut scratch = Vec::new();
        let scene = self.hot.facts.scene(id.key, &mut scratch);
        let lists = self.context.lists(edition, self.state);
        let sight = sight(self.context.matcher(edition, &lists, self.state), rule, scene, eligibility);
        let served_sight = Sight { eligibility: Eligibility { since: EventTime::MIN, ..eligibility }, ..sight };
        let mut bench = Bench { rule, views: &mut probe.views, sight: &sight };
        let mut served = Bench { rule, views: &mut probe.served, sight: &served_sight };
        let mut is_eligible =
            |at: EventTime| bench.rule_holds(at) && (question.since == EventTime::MIN || served.rule_holds(at));
        let mut answer = Answer::Over;
        let mut searched_to = begin;
        for (_, first, last) in stretches {
            if *last < begin {
                continue;
            }
            let instants = instants(rule, &sight, (*first).max(begin), *last);
            let mut instants = instants.into_iter().map(|(at, _)| at);
            let found = instants.find(|at| *at > question.to || is_eligible(*at));
            searched_to = (*last).min(question.to);
            answer = match found {
                Some(at) if at > question.to => Answer::NoneBefore(at),
                Some(at) => Answer::Holds(at),
                None => Answer::Over,
            };
            if answer != Answer::Over {
                break;
            }
        }
        if !matches!(answer, Answer::Holds(_)) {
            let from = match probe.none_in {
                Some((from, _)) if begin > question.from => from.min(question.from),
                _ => question.from,
            };
            probe.none_in = (from <= searched_to).then_some((from, searched_to));
        }
        self.hot.eligible.insert(view_id, probe);
        answer
    }
}

/// A stretch of time in which a ladder was the same.
struct LadderStretch<'a> {
    edition: &'a LadderEdition,
    from: EventTime,
    until: EventTime,
}

/// How a ladder stood from an instant on.
fn stretches(editions: &[LadderEdition], from: Option<EventTime>) -> impl Iterator<Item = LadderStretch<'_>> {
    let stretch = move |edition| {
        let &LadderEdition { from: begins, until, .. } = edition;
        let from = from?.max(begins);
        (from < until).then_some(LadderStretch { edition, from, until })
    };
    editions.iter().filter_map(stretch)
}
