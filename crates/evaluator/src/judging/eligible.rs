//! Which instants of a violation a strike may rest on: those at which the rule holds also on the facts that may still be
//! used, served ones after the last sanction alone.

use ringfence_cards::{Answer, Offence, Question};
use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{RuleId, SERVED_BEFORE_COMPLAINT, Stream};

use super::anchors::Begins;
use super::evaluation::{Evaluation, view_input};
use super::held::Held;
use super::instants::each_instant;
use super::judge::{Judging, reads_after};
use super::probe::Probe;
use super::segment::Segment;
use super::view::ViewInput;
use crate::facts::{Eligibility, Stretch};
use crate::rulebook::Edition;

impl Judging<'_> {
    /// The first instant of an offence, of those asked about, at which its rule holds also on served facts after `since`
    /// alone. `held` is what holds of the offence's track.
    pub(crate) fn first_eligible(
        &mut self,
        ladder: &str,
        offence: &Offence,
        held: &Held,
        question: Question,
    ) -> Answer {
        let segments = held.segments();
        let first = segments.partition_point(|segment| segment.last < question.from.max(offence.opened_at));
        let of_offence = segments[first..].iter().take_while(|segment| segment.first <= offence.last_at);
        let asked = of_offence.clone().take_while(|segment| segment.first <= question.to).count();
        let next_segment = of_offence.map(|segment| segment.first).find(|first| *first > question.to);
        for stretches in segments[first..first + asked].chunk_by(|a, b| a.rule() == b.rule()) {
            let edition = self.context.book.edition(stretches[0].rule());
            if !edition.strikes_on(ladder) {
                continue;
            }
            match self.first_eligible_of(edition, offence, stretches, question) {
                Answer::Over => {}
                found => return found,
            }
        }
        next_segment.map_or(Answer::Over, Answer::NoneBefore)
    }

    /// The same in segments that one edition judged.
    fn first_eligible_of(
        &mut self,
        edition: &Edition,
        offence: &Offence,
        segments: &[Segment],
        question: Question,
    ) -> Answer {
        let (rule, key) = (edition.rule(), offence.track.key);
        let eligibility = Eligibility { served: true, since: question.since };
        let view_id: (RuleId, _) = (edition.id, key);
        let anchors = self.anchors;
        let begins = |eligibility| Begins::new(anchors, edition.id, key, eligibility);
        let mut probe = match self.hot.eligible.remove(&view_id) {
            Some(probe) if probe.eligibility == eligibility => probe,
            _ => Probe::new(rule, eligibility, begins),
        };
        if edition.program.anchored {
            probe.go_on_from(rule, begins);
        }
        // What is known to be none is not searched again, but the next instant after those asked about may lie in it.
        let none_in = probe.none_in.map(|(from, to)| (from, to.min(question.to))).filter(|(from, to)| from <= to);
        let begin = match none_in {
            Some((from, to)) if from <= question.from && question.from <= to => to.plus(Millis(1)),
            _ => question.from,
        };
        let complaints = if rule.reads(Stream::Complaints) { SERVED_BEFORE_COMPLAINT } else { Millis::ZERO };
        let views_reach = probe.reach_back_to().unwrap_or(EventTime::MAX);
        let reach_to = begin.min(views_reach.plus(edition.program.look_back)).minus(complaints);
        let known = if edition.program.anchored { probe.begins() } else { Vec::new() };
        let begins = Begins::new(self.anchors, edition.id, key, eligibility).with(&known);
        let after = reads_after(edition, reach_to, &begins);
        self.reach_back_to(after);
        let mut scratch = Stretch::default();
        let scene = self.hot.facts.scene((key, after), self.calls, &mut scratch);
        let listed = self.context.listed(edition, self.subject);
        let matcher = self.context.matcher(edition, &listed, self.subject.number);
        let input = view_input(matcher, rule, scene, eligibility);
        let served_input = ViewInput { eligibility: Eligibility { since: EventTime::MIN, ..eligibility }, ..input };
        let mut evaluation = Evaluation { rule, views: &mut probe.views, input: &input };
        let mut served = Evaluation { rule, views: &mut probe.served, input: &served_input };
        let mut is_eligible =
            |at: EventTime| evaluation.rule_holds(at) && (question.since == EventTime::MIN || served.rule_holds(at));
        let mut answer = Answer::Over;
        let mut searched_to = begin.minus(Millis(1));
        for segment in segments.iter().filter(|segment| segment.last >= begin) {
            let after = segment.first.max(begin).minus(Millis(1));
            let (none_from, none_to) =
                none_in.filter(|(from, _)| *from > begin).unwrap_or((EventTime::MAX, EventTime::MAX));
            let before = each_instant(rule, &input, after, segment.last.min(none_from.minus(Millis(1))));
            let behind = each_instant(rule, &input, after.max(none_to), segment.last);
            let found = before.chain(behind).find(|at| *at > question.to || is_eligible(*at));
            searched_to = segment.last.min(question.to);
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
            probe.none_were_found_in(question.from, searched_to);
        }
        self.hot.eligible.insert(view_id, probe);
        self.account();
        answer
    }
}
