//! One subject on its ladders at a commit.

use std::borrow::Cow;

use ringfence_cards::{ActTimes, CardFile, LadderFile, Offence};
use ringfence_cdr::{EventTime, Millis, PackedNumber};
use ringfence_rules::TrackId;

use super::walks::Walks;
use crate::clock::ShardClock;
use crate::episodes::{Track, Tracks};
use crate::facts::{Span, Touched};
use crate::judging::Context;
use crate::output::Output;

/// The violations of one subject as they stand after judging.
#[derive(Clone, Copy)]
pub(crate) struct Violations<'a> {
    pub(crate) tracks: &'a Tracks,
    /// The tracks that were judged now, in order.
    pub(crate) judged: &'a [TrackId],
    /// No instant after this held in any track before; `None` where that is not known.
    pub(crate) held_to: Option<EventTime>,
    /// Instants up to this are not judged again, as the number has reached its cap.
    pub(crate) frozen_to: Option<EventTime>,
}

/// Works out strikes and sanctions anew from the earliest changed fact on, and acts on them.
pub(crate) struct Climb<'a> {
    context: &'a Context<'a>,
    clock: ShardClock,
    number: PackedNumber,
    touched: &'a Touched,
    violations: Violations<'a>,
    /// Strikes before this stay as they are; without it all do.
    from: Option<EventTime>,
    /// Whether subscribers are to be told.
    changed: bool,
}

impl<'a> Climb<'a> {
    pub(crate) fn new(
        context: &'a Context<'a>,
        clock: ShardClock,
        number: PackedNumber,
        touched: &'a Touched,
        violations: Violations<'a>,
    ) -> Self {
        let final_to = context.settled.max(violations.frozen_to.unwrap_or(EventTime::MIN));
        let again = touched.again_from.map(Span::at);
        let changed = Span::and(touched.span(|_| true), again);
        let from = changed.map(|changed| changed.from.max(final_to.plus(Millis(1))));
        Self { context, clock, number, touched, violations, from, changed: false }
    }

    /// Whether there is anything to climb: a number without a card file needs a violation that strikes.
    pub(crate) fn may_strike(context: &Context<'_>, tracks: &Tracks) -> bool {
        let mut striking = context.book.lines().iter().filter(|line| line.strikes());
        striking.any(|line| tracks.of_line(line.id).next().is_some())
    }

    /// The ladders of the book, and those that are gone and of which a file is left, in order.
    pub(crate) fn ladders(&self, card: &CardFile) -> Vec<Cow<'a, str>> {
        let mut ladders: Vec<Cow<'a, str>> = self.context.book.ladder_names().map(Cow::Borrowed).collect();
        let in_book = ladders.len();
        for (left, _) in card.files() {
            if ladders[..in_book].binary_search_by(|known| known.as_ref().cmp(left)).is_err() {
                ladders.push(Cow::Owned(left.to_owned()));
            }
        }
        ladders.sort_unstable();
        ladders
    }

    /// Begins to work out the strikes on a ladder, for these violations.
    pub(crate) fn walks<'o>(&self, ladder: &str, file: &mut LadderFile, offences: &'o [Offence]) -> Walks<'o>
    where
        'a: 'o,
    {
        Walks::new(self.context.book.ladder(ladder), file, offences, self.from)
    }

    /// Takes the strikes that were worked out, and appends what is to be done.
    pub(crate) fn act(
        &mut self,
        ladder: &str,
        mut file: LadderFile,
        are_others: bool,
        card: &mut CardFile,
        outputs: &mut Vec<Output>,
    ) {
        self.changed |= are_others;
        // Until every input has spoken, strikes wait.
        let now = self.context.now.unwrap_or(EventTime::MIN);
        let impose_from = match self.clock {
            ShardClock::Archive => EventTime::MIN,
            ShardClock::Live { impose_from, .. } => impose_from,
        };
        let mut commands = Vec::new();
        file.act(ActTimes { now, arrived: self.touched.arrived, impose_from }, &mut commands);
        if !commands.is_empty() {
            self.changed = true;
            let symbols = self.context.symbols;
            let number = symbols.number(self.number);
            outputs.extend(commands.iter().map(|command| {
                Output::of(card.suspension(&number, ladder, command, &|number| symbols.number(number)))
            }));
        }
        card.put(ladder, file);
    }

    /// Tells where the card stands, if that changed.
    pub(crate) fn tell(self, card: &CardFile, outputs: &mut Vec<Output>) {
        if self.changed {
            let symbols = self.context.symbols;
            outputs.push(Output::of(card.status(symbols.number(self.number), &|number| symbols.number(number))));
        }
    }

    /// The violations that can be struck on a ladder from the first changed instant on, and those that were judged now, in
    /// order of rule and key. A number may have thousands of tracks, one for each person it calls too often, of which the
    /// next call lets few hold.
    pub(crate) fn offences(&self, ladder: &str) -> Vec<Offence> {
        let (context, from) = (self.context, self.from.unwrap_or(EventTime::MAX));
        let Violations { tracks, judged, held_to, .. } = self.violations;
        let is_judged = |id: TrackId| judged.binary_search(&id).is_ok();
        let looked_at: Vec<&Track> = match held_to.is_none_or(|to| from <= to) {
            true => tracks.iter().collect(),
            false => judged.iter().filter_map(|id| tracks.get(*id)).collect(),
        };
        let mut named: Vec<(Option<String>, Offence)> = Vec::new();
        for track in looked_at {
            let line = context.book.line(track.id.line);
            let lasts = track.held.last_at() >= Some(from);
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
}
