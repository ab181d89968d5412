//! Judging one number: the lines of rules of its keys, over what changed.

use std::cell::LazyCell;

use ringfence_cdr::{EventTime, Key, Millis};
use ringfence_rules::{Key as Scope, SERVED_BEFORE_COMPLAINT, Stream};
use ringfence_timeline::{Blocks, CallFact, CallTimeline, ComplaintFact, Work};

use super::anchors::{Anchors, Begins};
use super::context::{Context, Subject};
use super::evaluation::{Views, view_input};
use super::held::Held;
use super::hot::{Hot, ViewId};
use super::line::LineJudge;
use super::segment::SEGMENT_BORDER;
use crate::facts::{Calls, Eligibility, Fact, Scene, Span, Spent, Stretch};
use crate::rulebook::{Edition, Gate, Line};

/// One number before its judges, with what is decoded of it.
pub(crate) struct Judging<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) subject: Subject,
    pub(super) calls: &'a CallTimeline,
    pub(super) anchors: Option<&'a Anchors>,
    pub(super) hot: &'a mut Hot,
    work: &'a mut Work,
}

impl<'a> Judging<'a> {
    pub(crate) fn new(
        context: &'a Context<'a>,
        subject: Subject,
        calls: &'a CallTimeline,
        anchors: Option<&'a Anchors>,
        hot: &'a mut Hot,
        work: &'a mut Work,
    ) -> Self {
        Self { context, subject, calls, anchors, hot, work }
    }

    /// Whether a line can hold for a key at some instant from `start` on: there are facts enough.
    pub(crate) fn may_hold(&mut self, line: &Line, key: Key, start: EventTime) -> bool {
        let gates = line.editions().iter().flat_map(|edition| &edition.program.gates);
        let after = gates.map(|gate| start.minus(gate.within)).min().unwrap_or(start);
        self.reach_back_to(after);
        let calls_of = |edition: &Edition| {
            let gates = edition.program.gates.iter().filter(|gate| gate.stream == Stream::Calls);
            gates.map(|gate| gate.facts).max().unwrap_or_default()
        };
        let fewest = line.editions().iter().map(calls_of).min().unwrap_or_default();
        // Most pairs have one call.
        if self.hot.facts.has_fewer(key, fewest, self.calls) {
            return false;
        }
        let mut scratch = Stretch::default();
        let scene = self.hot.facts.scene((key, after), self.calls, &mut scratch);
        let may =
            line.editions().iter().any(|edition| edition.program.gates.iter().all(|it| enough(it, &scene, start)));
        self.account();
        may
    }

    /// Counts what was done while facts were looked at.
    pub(super) fn account(&mut self) {
        self.hot.facts.account(self.work);
    }

    /// Judges a line for a key anew in [start, end].
    pub(crate) fn judge(&mut self, line: &Line, key: Key, held: &mut Held, (start, end): (EventTime, EventTime)) {
        // Whether an instant between what is judged and the last holding one before it was false depends on all facts
        // between the two, and when the key fell silent on those before that too.
        let after = self.reach(line, key, held.last_before(start).unwrap_or(start));
        let mut scratch = Stretch::default();
        let scene = self.hot.facts.scene((key, after), self.calls, &mut scratch);
        let (views, anchors) = (&mut self.hot.views, self.anchors);
        let mut judge = LineJudge::new(line, self.context, self.subject, scene, |edition| {
            let begins = Begins::new(anchors, edition.id, key, Eligibility::ALL);
            match views.remove(&(edition.id, key)) {
                None => Views::new(edition.rule(), &begins),
                Some(mut views) => {
                    if edition.program.anchored {
                        views.go_on_from(edition.rule(), &begins);
                    }
                    views
                }
            }
        });
        self.work.judged += judge.judge(held, start, end);
        views.extend(judge.into_views().map(|(rule, views)| ((rule, key), views)));
        self.account();
    }

    /// Decodes what judging a line from `start` on can read: nothing up to the instant that is returned.
    fn reach(&mut self, line: &Line, key: Key, start: EventTime) -> EventTime {
        let longest = line.editions().iter().map(|edition| edition.program.look_back).max().unwrap_or_default();
        let by_windows = start.minus(SEGMENT_BORDER).minus(longest);
        let all = if line.is_anchored() { EventTime::MIN } else { by_windows };
        if self.hot.facts.reaches_back_to(all) && self.hot.facts.is_whole() {
            return all;
        }
        let after = line.editions().iter().map(|edition| {
            let views = self.hot.views.get(&(edition.id, key));
            let known = views.filter(|_| edition.program.anchored).map(|views| views.begins_after(EventTime::MAX));
            let begins = Begins::new(self.anchors, edition.id, key, Eligibility::ALL);
            let reads_after = reads_after(edition, start, &begins.with(known.as_deref().unwrap_or_default()));
            reads_after.min(views.and_then(Views::reach_back_to).unwrap_or(EventTime::MAX))
        });
        let after = after.min().unwrap_or(start);
        self.reach_back_to(after);
        after
    }

    /// Decodes every call after an instant.
    pub(super) fn reach_back_to(&mut self, after: EventTime) {
        self.hot.facts.reach_back_to(self.subject.number, self.calls, after, self.work);
    }

    /// Forgets decoded facts that neither what changed nor any view needs.
    pub(crate) fn trim(&mut self, changed: Option<Span>) {
        if !self.hot.is_worth_keeping() {
            return;
        }
        let editions = || self.context.book.lines().iter().flat_map(Line::editions);
        if self.hot.facts.is_worth_trimming() {
            let look_back = editions().map(|edition| edition.program.look_back).max().unwrap_or_default();
            let needed = changed.map(|span| span.from.minus(SEGMENT_BORDER).minus(look_back));
            let views = self.hot.views.values().filter_map(Views::reach_back_to).min();
            let probes = self.hot.eligible.values().filter_map(|probe| probe.reach_back_to()).min();
            if let Some(after) = [needed, views, probes].into_iter().flatten().min() {
                self.hot.facts.trim(self.calls, self.subject.number, after, self.work);
            }
        }
        self.hot.add_up_entries(self.subject.number, editions().map(|edition| edition.id));
    }

    /// Lets decoded facts and views follow a call that was put in.
    pub(crate) fn call_inserted(&mut self, fact: &CallFact) {
        let is_last = self.hot.facts.ends_before(fact.at);
        self.hot.facts.insert(fact, self.work);
        if !is_last {
            self.follow(Fact::Call(fact), true);
        }
    }

    /// Lets decoded facts and views follow a call that was taken out.
    pub(crate) fn call_removed(&mut self, fact: &CallFact) {
        self.hot.facts.remove(fact, self.work);
        self.follow(Fact::Call(fact), false);
    }

    /// Lets decoded facts and views follow a complaint that came or was replaced. `generations` are those of the complaints
    /// that counted before it and count now.
    pub(crate) fn complaint_changed(
        &mut self,
        replaced: Option<&ComplaintFact>,
        fact: &ComplaintFact,
        generations: (u64, u64),
    ) {
        self.hot.facts.complaint_changed(replaced, fact, generations, self.work);
        if let Some(replaced) = replaced.filter(|replaced| replaced.status.counts()) {
            self.follow(Fact::Complaint(replaced), false);
        }
        if fact.status.counts() {
            self.follow(Fact::Complaint(fact), true);
        }
    }

    fn follow(&mut self, fact: Fact<'_>, inserted: bool) {
        let context = self.context;
        let no_complaints = Blocks::new();
        let (number, spent) = (Key::Number(self.subject.number), Spent::default());
        for line in context.book.lines() {
            let key = match (line.scope, fact) {
                (Scope::CallingNumber, _) => number,
                (Scope::Pair, Fact::Call(call)) => Key::Pair(self.subject.number, call.called_number),
                (Scope::Pair, Fact::Complaint(_)) => continue,
            };
            for edition in line.editions() {
                let (id, rule): (ViewId, _) = ((edition.id, key), edition.rule());
                self.work.looked += 1;
                // Following needs no other fact: a view's anchored chain starts anew, all else is local.
                let scene = Scene { calls: Calls::none(&spent), complaints: &no_complaints };
                let listed = LazyCell::new(|| context.listed(edition, self.subject));
                let input = |eligibility| {
                    view_input(context.matcher(edition, &listed, self.subject.number), rule, scene, eligibility)
                };
                if let Some(probe) = self.hot.eligible.get_mut(&id) {
                    let reads_complaints = rule.reads(Stream::Complaints);
                    let served_to = if reads_complaints { SERVED_BEFORE_COMPLAINT } else { Millis::ZERO };
                    probe.changed_in(fact.at(), edition.program.influence_end(fact.at().plus(served_to)));
                    match probe.has_come_to(fact.at()) {
                        false => {}
                        // Whether a complaint is served can change with a call.
                        true if reads_complaints => {
                            let begins = |eligibility| Begins::new(self.anchors, edition.id, key, eligibility);
                            probe.start_anew(rule, begins);
                        }
                        true => probe.call_changed(rule, input(probe.eligibility), fact, inserted),
                    }
                }
                let Some(views) = self.hot.views.get_mut(&id) else { continue };
                views.forget_silence(fact.at());
                let is_met = views.reach_to() >= Some(fact.at());
                if !is_met && !views.count_crowds() {
                    continue;
                }
                let input = input(Eligibility::ALL);
                views.follow_crowd(rule, &input, fact, inserted);
                match inserted {
                    _ if !is_met => {}
                    true => views.fact_inserted(rule, &input, fact),
                    false => views.fact_removed(rule, &input, fact),
                }
            }
        }
    }
}

/// Up to where an edition reads back from an instant on: its windows, and where it has such that begin with a fact, all
/// facts since those that the views, or what is kept of facts that are gone, tell of.
pub(super) fn reads_after(edition: &Edition, start: EventTime, begins: &Begins<'_>) -> EventTime {
    // One border more, as a segment that is cut is judged again from its first instant.
    let by_windows = start.minus(SEGMENT_BORDER).minus(edition.program.look_back);
    match edition.program.anchored {
        true => by_windows.min(begins.chained_to(edition.rule())),
        false => by_windows,
    }
}

/// Whether a scene has enough facts for a gate at any instant from `start` on.
fn enough(gate: &Gate, scene: &Scene<'_>, start: EventTime) -> bool {
    let after = start.minus(gate.within);
    match gate.stream {
        Stream::Calls => scene.calls.are(gate.facts, after),
        Stream::Complaints => {
            let complaints = scene.complaints.between(|complaint| complaint.at <= after, |_| true);
            complaints.count() >= gate.facts
        }
    }
}
