//! What every judgement of a commit shares.

use std::borrow::Cow;

use ringfence_cdr::{EventTime, Millis, PackedNumber};
use ringfence_rules::{Listed, Rule, RuleId};
use ringfence_timeline::Symbols;

use crate::facts::Matcher;
use crate::rulebook::{Edition, Rulebook};

/// Rules, texts and times as of a commit.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) book: &'a Rulebook,
    pub(crate) symbols: &'a Symbols,
    /// Shard time.
    pub(crate) now: Option<EventTime>,
    /// Instants up to this are never judged again.
    pub(crate) settled: EventTime,
    /// The highest event time of any fact.
    pub(crate) seen: EventTime,
    /// Facts before this were not read.
    pub(crate) complete_from: EventTime,
}

/// Who is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) number: PackedNumber,
    /// The numbers that are on the same lists.
    pub(crate) class: u32,
}

impl<'a> Context<'a> {
    pub(crate) fn rule(&self, id: RuleId) -> &'a Rule {
        self.book.edition(id).rule()
    }

    /// How long gaps a rule bridges.
    pub(crate) fn keep(&self, id: RuleId) -> Millis {
        self.rule(id).keep
    }

    /// When a number is on each list of the edition's pack.
    pub(super) fn listed(&self, edition: &Edition, subject: Subject) -> Cow<'a, [Listed]> {
        self.book.listed(edition, subject.class, || self.symbols.number(subject.number))
    }

    pub(super) fn matcher<'l>(
        &'l self,
        edition: &'l Edition,
        listed: &'l [Listed],
        number: PackedNumber,
    ) -> Matcher<'l> {
        Matcher { pack: &edition.pack, symbols: self.symbols, key: number, listed, lists: &edition.lists }
    }
}
