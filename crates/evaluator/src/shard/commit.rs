//! One number at a commit: the way of a change from the facts to what is published.
//!
//! ```text
//! touched facts ──▶ judging ──▶ episodes ──▶ ladders ──▶ outputs
//!                      ▲           │ what was true as it opened?
//!                      ├───────────┘          │
//!                      └──────────────────────┘ at which instants may a strike rest?
//! ```
//!
//! No stage knows one before it: what episodes and ladders have to know of the facts they say as a question, which is
//! taken to those who judge, and get back as a value.

use ringfence_cards::{Answer, CardFile};
use ringfence_cdr::{EventTime, Key, Millis};
use ringfence_rules::{Key as Scope, TrackId};
use ringfence_timeline::Work;

use super::number::{Extras, NumberState};
use super::quiet::may_hold;
use crate::clock::ShardClock;
use crate::episodes::{Publisher, Track, Tracks};
use crate::facts::{Span, Spans, Touched};
use crate::judging::{Context, Hot, Judging, Subject};
use crate::ladders::{Climb, Violations};
use crate::output::Output;
use crate::rulebook::Line;

/// One number that is judged.
pub(super) struct NumberCommit<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) clock: ShardClock,
    pub(super) state: &'a mut NumberState,
    pub(super) hot: &'a mut Hot,
    pub(super) work: &'a mut Work,
}

impl NumberCommit<'_> {
    /// Judges what was touched, publishes what changed, and climbs the ladders.
    pub(super) fn judge(&mut self, touched: &Touched, at_end: bool, outputs: &mut Vec<Output>) {
        if let Some(extras) = &self.state.extras {
            self.hot.read_complaints(&extras.complaints, self.work);
        }
        let mut judged = Vec::new();
        for line in self.context.book.lines() {
            self.judge_line(line, touched, &mut judged);
        }
        judged.sort_unstable();
        judged.dedup();
        self.publish(touched, at_end, outputs);
        self.climb(touched, &judged, outputs);
        self.note_holding(&judged);
        self.judging().trim(touched.span(|_| true));
    }

    fn judging(&mut self) -> Judging<'_> {
        let anchors = self.state.extras.as_ref().and_then(|extras| extras.anchors.as_deref());
        Judging::new(self.context, self.state.subject(), &self.state.calls, anchors, self.hot, self.work)
    }

    fn judge_line(&mut self, line: &Line, touched: &Touched, judged: &mut Vec<TrackId>) {
        let number = self.state.number;
        // What is known is judged again in any case, so nothing more is asked of it.
        let may_hold = |commit: &Self| may_hold(commit.context.book, line, commit.state, touched);
        let again = touched.again_from.map(Span::at);
        match line.scope {
            Scope::CallingNumber => {
                let id = TrackId { line: line.id, key: Key::Number(number) };
                let is_known = |commit: &Self| commit.state.track(id).is_some();
                if let Some(again) = again.filter(|_| is_known(self)) {
                    self.judge_track(line, id, again, judged);
                }
                if is_known(self) || may_hold(self) {
                    let spans = touched.spans(|stream| line.reads(stream), |at| line.influence_end(at));
                    spans.for_each(|span| self.judge_track(line, id, span, judged));
                }
            }
            Scope::Pair => {
                let of_line = |commit: &Self| -> Vec<TrackId> {
                    let tracks = commit.state.extras.iter().flat_map(|extras| extras.tracks.of_line(line.id));
                    tracks.map(|track| track.id).collect()
                };
                if let Some(again) = again {
                    of_line(self).into_iter().for_each(|id| self.judge_track(line, id, again, judged));
                }
                let is_any = |tracks: &Tracks| tracks.of_line(line.id).next().is_some();
                if !self.state.extras.as_ref().is_some_and(|extras| is_any(&extras.tracks)) && !may_hold(self) {
                    return;
                }
                for (called, calls) in touched.pairs() {
                    let id = TrackId { line: line.id, key: Key::Pair(number, called) };
                    let spans = Spans::of(calls.iter().map(|(_, at)| *at), |at| line.influence_end(at));
                    spans.for_each(|span| self.judge_track(line, id, span, judged));
                }
            }
        }
    }

    /// Judges a line for one key over what a changed stretch can influence.
    fn judge_track(&mut self, line: &Line, id: TrackId, span: Span, judged: &mut Vec<TrackId>) {
        let known = self.state.track(id);
        let is_known = known.is_some();
        let capped = self.state.extras.as_ref().and_then(|extras| extras.capped.frozen_to);
        let frozen_to = known.and_then(|track| track.held.frozen_to()).max(capped).unwrap_or(EventTime::MIN);
        let start = span.from.max(self.context.settled.plus(Millis(1))).max(frozen_to.plus(Millis(1)));
        if is_known && capped >= Some(span.from) {
            // What is not judged again says that it may be approximate.
            let tracks = &mut self.state.extras_mut().tracks;
            tracks.change(id, |track| track.untold.judged(EventTime::MIN, EventTime::MAX));
        }
        let end = line.influence_end(span.to);
        if span.to < start && !line.is_anchored() && end < start {
            return;
        }
        if !is_known && !self.judging().may_hold(line, id.key, start) {
            return;
        }
        judged.push(id);
        let subject = self.state.subject();
        let mut extras = self.state.extras.as_deref_mut();
        let (tracks, anchors) = match extras.as_mut() {
            Some(Extras { tracks, anchors, .. }) => (Some(tracks), anchors.as_deref()),
            None => (None, None),
        };
        let mut judging = Judging::new(self.context, subject, &self.state.calls, anchors, self.hot, self.work);
        let mut judge = |track: &mut Track| {
            judging.judge(line, id.key, &mut track.held, (start, end));
            track.note_judged(start, end);
        };
        if tracks.and_then(|tracks| tracks.change(id, &mut judge)).is_some() {
            return;
        }
        let mut track = Track::new(id);
        judge(&mut track);
        if !track.is_empty() {
            self.state.extras_mut().tracks.add(track);
        }
    }

    fn publish(&mut self, touched: &Touched, at_end: bool, outputs: &mut Vec<Output>) {
        let subject = self.state.subject();
        let Some(extras) = self.state.extras.as_deref_mut() else { return };
        if at_end {
            extras.tracks.look_at_all();
        }
        let publisher = Publisher::new(self.context, self.clock, touched, extras.capped, at_end, &extras.tracks);
        for id in extras.tracks.take_due(self.context.now) {
            let (calls, anchors) = (&self.state.calls, extras.anchors.as_deref());
            extras.tracks.change(id, |track| {
                let mut looked = publisher.look(track, self.work);
                let mut judging = Judging::new(self.context, subject, calls, anchors, self.hot, self.work);
                for stood in looked.asking() {
                    let line = self.context.book.line(id.line);
                    stood.answer(judging.open(line, id.key, stood.opened_at()));
                }
                publisher.tell(track, looked, outputs, self.work);
            });
        }
    }

    fn climb(&mut self, touched: &Touched, judged: &[TrackId], outputs: &mut Vec<Output>) {
        let subject = self.state.subject();
        let Some(extras) = self.state.extras.as_deref_mut() else { return };
        if extras.card.is_none() && !Climb::may_strike(self.context, &extras.tracks) {
            return;
        }
        // Nearly every number has none, and gets none.
        let mut known = extras.card.take();
        let mut new = CardFile::default();
        let card = known.as_deref_mut().unwrap_or(&mut new);
        let tracks = &extras.tracks;
        let violations = Violations { tracks, judged, held_to: extras.holds_to, frozen_to: extras.capped.frozen_to };
        let mut climb = Climb::new(self.context, self.clock, subject.number, touched, violations);
        let mut judging =
            Judging::new(self.context, subject, &self.state.calls, extras.anchors.as_deref(), self.hot, self.work);
        for ladder in climb.ladders(card) {
            let offences = climb.offences(&ladder);
            let mut file = card.take(&ladder);
            let mut walks = climb.walks(&ladder, &mut file, &offences);
            while let Some(question) = walks.question() {
                let offence = &offences[question.offence];
                let track = tracks.get(offence.track);
                let eligible = |track: &Track| judging.first_eligible(&ladder, offence, &track.held, question);
                walks.answer(track.map_or(Answer::Over, eligible));
            }
            let are_others = walks.end(&mut file);
            climb.act(&ladder, file, are_others, card, outputs);
        }
        climb.tell(card, outputs);
        if !card.is_empty() {
            extras.card = known.or_else(|| Some(Box::new(new)));
        }
    }

    /// Tells the next commit how far the tracks hold.
    fn note_holding(&mut self, judged: &[TrackId]) {
        let Some(extras) = self.state.extras.as_deref_mut() else { return };
        let holds_to = match extras.holds_to {
            None => extras.tracks.iter().filter_map(|track| track.held.last_at()).max(),
            known => {
                let judged = judged.iter().filter_map(|id| extras.tracks.get(*id));
                known.max(judged.filter_map(|track| track.held.last_at()).max())
            }
        };
        extras.holds_to = Some(holds_to.unwrap_or(EventTime::MIN));
    }
}

impl NumberState {
    /// Who is judged.
    pub(super) fn subject(&self) -> Subject {
        Subject { number: self.number, class: self.class }
    }
}
