//! Working out where anchored windows began, as the facts that they began with go.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cards::CardFile;
use ringfence_cdr::{EventTime, Key, Millis, PackedNumber};
use ringfence_rules::{Key as Scope, RuleId, SERVED_BEFORE_COMPLAINT, Stream, Window};
use ringfence_timeline::{Blocks, CallTimeline, ComplaintFact, ComplaintTimeline, Work};

use super::anchors::{AnchorEdges, Anchors, Fresh, Starts, WindowId, anchored, strikes};
use super::context::{Context, Subject};
use super::view::{ViewInput, open_at};
use crate::facts::{Calls, Eligibility, Scene, Spent, Stretch};
use crate::rulebook::{Edition, Rulebook};

/// A number whose facts go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberFacts<'a> {
    pub(crate) subject: Subject,
    pub(crate) calls: &'a CallTimeline,
    pub(crate) complaints: Option<&'a ComplaintTimeline>,
    pub(crate) card: Option<&'a CardFile>,
}

/// The windows of a number that are open at the edges up to which its facts go now, by those that are `known` to have been
/// open when the facts before went, and by the facts that have not gone yet.
pub(crate) fn open_windows(
    context: &Context<'_>,
    number: NumberFacts<'_>,
    known: Option<&Anchors>,
    edges: AnchorEdges,
    work: &mut Work,
) -> Option<Box<Anchors>> {
    let edges = known.map_or(edges, |known| known.edges.max(edges));
    let nothing = Anchors::NONE;
    let mut folding = Folding::new(context, number, known.unwrap_or(&nothing), edges, work);
    let mut starts = BTreeMap::new();
    if folding.may_be_open(context.book) {
        if context.book.judges_pairs() {
            folding.sort_pairs();
        }
        for edition in anchored(context.book) {
            folding.fold(edition, &mut starts);
        }
    }
    let complaints = number.complaints.and_then(|complaints| complaints.counting().first());
    let needs_edge = complaints.is_some_and(|first| first.at < edges.served);
    (!starts.is_empty() || needs_edge).then(|| Box::new(Anchors { edges, starts }))
}

/// The facts that go, and what is known of those before.
struct Folding<'a> {
    context: &'a Context<'a>,
    number: NumberFacts<'a>,
    known: &'a Anchors,
    edges: AnchorEdges,
    /// Those that go, and before them those that show whether complaints are served.
    calls: Stretch,
    /// Those that go, each with its calls.
    pairs: BTreeMap<PackedNumber, Stretch>,
    complaints: Blocks<ComplaintFact>,
    none: Stretch,
    spent: Spent,
}

impl<'a> Folding<'a> {
    fn new(
        context: &'a Context<'a>,
        number: NumberFacts<'a>,
        known: &'a Anchors,
        edges: AnchorEdges,
        work: &mut Work,
    ) -> Self {
        let before = |edge: EventTime| edge.minus(Millis(1));
        let mut complaints = Vec::new();
        if let Some(all) = number.complaints {
            let from = known.edges.complaints.min(known.edges.served);
            let to = edges.complaints.max(edges.served);
            let between = all.counting().between(|fact| fact.at < from, |fact| fact.at < to);
            complaints.extend(between.copied());
        }
        let mut after = before(known.edges.calls);
        let mut to = before(edges.calls);
        let is_to_be_served = |fact: &&ComplaintFact| fact.at >= known.edges.served && fact.at < edges.served;
        for complaint in complaints.iter().filter(is_to_be_served) {
            after = after.min(complaint.at.minus(SERVED_BEFORE_COMPLAINT));
            to = to.max(complaint.at);
        }
        let mut calls = Vec::new();
        if number.calls.first_at().is_some_and(|first_at| first_at <= to) {
            number.calls.decode_into(number.subject.number, (after, to), &mut calls, work);
        }
        Self {
            context,
            number,
            known,
            edges,
            calls: Stretch::of(calls),
            pairs: BTreeMap::new(),
            complaints: Blocks::from(complaints),
            none: Stretch::default(),
            spent: Spent::default(),
        }
    }

    fn sort_pairs(&mut self) {
        let (from, to) = (self.known.edges.calls, self.edges.calls);
        let calls = Calls::of(&self.calls, &self.spent).between(from.minus(Millis(1)), to.minus(Millis(1)));
        calls.for_each(|call| self.pairs.entry(call.called_number).or_default().push(*call));
    }

    /// Whether any window can be open: one was, or a fact that goes lies less than the longest window before the edge.
    fn may_be_open(&self, book: &Rulebook) -> bool {
        let reaches = |stream: Stream, last: Option<EventTime>, edge: EventTime| {
            last.zip(book.longest_anchored(stream)).is_some_and(|(last, longest)| last.plus(longest) > edge)
        };
        !self.known.starts.is_empty()
            || reaches(Stream::Calls, self.calls.last_at(), self.edges.calls)
            || reaches(Stream::Complaints, self.complaints.last().map(|last| last.at), self.edges.complaints)
    }

    /// Adds the windows of an edition that are open.
    fn fold(&self, edition: &Edition, starts: &mut BTreeMap<WindowId, Starts>) {
        let rule = edition.rule();
        let listed = self.context.listed(edition, self.number.subject);
        let matcher = self.context.matcher(edition, &listed, self.number.subject.number);
        for (at, measure) in rule.measures.iter().enumerate() {
            let Window::Anchored(length) = measure.window else { continue };
            if measure.stream == Stream::Calls && !self.context.book.counts(edition, self.number.subject.class) {
                continue;
            }
            for key in self.keys(rule.key, edition.id, at as u32) {
                let place = WindowId { rule: edition.id, measure: at as u32, key };
                let open = |eligibility: Eligibility| {
                    let input = ViewInput { matcher, scene: self.scene(key), counted: &rule.counted, eligibility };
                    let begin = self.known.begin(place, measure.stream, eligibility);
                    open_at(measure, length, &input, begin, self.edges.of(measure.stream, eligibility.served))
                };
                let mut open_now = Starts { all: open(Eligibility::ALL), ..Starts::default() };
                if strikes(edition) {
                    let served = Eligibility { served: true, since: EventTime::MIN };
                    open_now.served = open(served);
                    let punished = self.punished_until(edition, self.edges.of(measure.stream, true));
                    open_now.fresh = punished
                        .map(|since| Fresh { since, start: open(Eligibility { since, ..served }) })
                        .filter(|fresh| fresh.start != open_now.served);
                }
                if !open_now.is_empty() {
                    starts.insert(place, open_now);
                }
            }
        }
    }

    /// The keys that may have an open window.
    fn keys(&self, scope: Scope, rule: RuleId, measure: u32) -> BTreeSet<Key> {
        let number = self.number.subject.number;
        match scope {
            Scope::CallingNumber => BTreeSet::from([Key::Number(number)]),
            Scope::Pair => {
                let first = WindowId { rule, measure, key: Key::Number(PackedNumber(0)) };
                let known = self.known.starts.range(first..).map(|(place, _)| place);
                let known = known.take_while(|place| (place.rule, place.measure) == (rule, measure));
                let go = self.pairs.keys().map(|called| Key::Pair(number, *called));
                known.map(|place| place.key).chain(go).collect()
            }
        }
    }

    fn scene(&self, key: Key) -> Scene<'_> {
        let calls = match key.called() {
            None => &self.calls,
            Some(called) => self.pairs.get(&called).unwrap_or(&self.none),
        };
        Scene { calls: Calls::of(calls, &self.spent), complaints: &self.complaints }
    }

    /// The end of the last sanction due before the edge, on the ladder of an edition: a strike afterwards must hold on
    /// the facts since then alone. What was due so long ago is settled.
    fn punished_until(&self, edition: &Edition, edge: EventTime) -> Option<EventTime> {
        let card = self.number.card?;
        let (ladder, file) = card.files().find(|(ladder, _)| edition.strikes_on(ladder))?;
        self.context.book.ladder(ladder).iter().find(|ladder| ladder.ladder().fresh)?;
        let due = file.strikes().iter().rev().filter(|strike| strike.due.is_some());
        due.map(|strike| strike.due_until.time()).find(|until| *until < edge)
    }
}
