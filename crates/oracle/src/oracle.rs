//! The oracle: one question each for facts, measures, instants and episodes; the standing form answers them for all.

use std::collections::BTreeSet;

use ringfence_cdr::{EventTime, Fingerprint};
use ringfence_rules::{Measure, Rule, Stream, Value};

use crate::PackWithLists;
use crate::predicate::Reader;
use crate::view::View;
use crate::{
    Admission, Delivered, Episode, Fact, Instant, JudgedKey, Ledger, StoredFields, aggregate, episode, judge, ledger,
    window,
};

/// What the oracle needs to know beside the pack.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which records are taken.
    pub admission: Admission,
    /// Which fields of facts are kept: what decides between duplicates that differ.
    pub stored: StoredFields,
}

/// The slow judge of one pack.
#[derive(Clone, Debug)]
pub struct Oracle<'a> {
    pack: &'a PackWithLists,
    options: Options,
}

/// A fact that a measure counts at an instant, as evidence names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// The event time.
    pub at: EventTime,
    /// The fingerprint.
    pub fingerprint: Fingerprint,
    /// The stream.
    pub stream: Stream,
}

impl Options {
    /// An archive; kept is what the rules of the pack read.
    #[must_use]
    pub fn archive(pack: &PackWithLists) -> Self {
        Self { admission: Admission::Archive, stored: StoredFields::of(pack) }
    }

    /// Live records; kept is what the rules of the pack read.
    #[must_use]
    pub fn live(pack: &PackWithLists) -> Self {
        Self { admission: Admission::Live, ..Self::archive(pack) }
    }
}

impl<'a> Oracle<'a> {
    /// An oracle for the rules, lists and ladders of a pack.
    #[must_use]
    pub fn new(pack: &'a PackWithLists, options: Options) -> Self {
        Self { pack, options }
    }

    /// The facts that the records make, in the order read, and what was counted on the way.
    #[must_use]
    pub fn facts(&self, records: &[Delivered]) -> Ledger {
        let limits =
            ledger::Limits { admission: self.options.admission, lateness: self.pack.lateness, skew: self.pack.skew };
        ledger::keep(records, limits, &self.options.stored)
    }

    /// The value of a measure of a rule for a key at an instant.
    #[must_use]
    pub fn measure(&self, ledger: &Ledger, rule: &Rule, key: &JudgedKey, measure: &Measure, t: EventTime) -> Value {
        aggregate::measure(self.reader(), measure, &self.view(ledger, rule, key), t)
    }

    /// Every judged instant of a rule and key in order.
    #[must_use]
    pub fn judge(&self, ledger: &Ledger, rule: &Rule, key: &JudgedKey) -> Vec<Instant> {
        judge::judge(self.reader(), rule, &self.view(ledger, rule, key))
    }

    /// The episodes of a rule and key as they stand at a shard time.
    #[must_use]
    pub fn episodes(&self, ledger: &Ledger, rule: &Rule, key: &JudgedKey, until: EventTime) -> Vec<Episode> {
        episode::episodes(rule, &self.judge(ledger, rule, key), until)
    }

    /// Every key that the rule judges, in the order of the bytes of its numbers.
    #[must_use]
    pub fn keys(&self, ledger: &Ledger, rule: &Rule) -> Vec<JudgedKey> {
        let read = |fact: &&Fact| rule.measures.iter().any(|measure| measure.stream == fact.stream());
        let keys: BTreeSet<JudgedKey> =
            ledger.facts.iter().filter(read).filter_map(|fact| JudgedKey::of(rule.key, fact)).collect();
        keys.into_iter().collect()
    }

    /// The facts that any measure of the rule has in its window at an instant, in order of time and fingerprint.
    /// What only the look-back of `unseen` reads is not among them.
    #[must_use]
    pub fn evidence(&self, ledger: &Ledger, rule: &Rule, key: &JudgedKey, t: EventTime) -> Vec<Counted> {
        let view = self.view(ledger, rule, key);
        let counted: BTreeSet<Counted> = rule
            .measures
            .iter()
            .flat_map(|measure| {
                let counted = aggregate::counted(self.reader(), measure, &view.facts);
                window::inside(&measure.window, &counted, t)
            })
            .map(|fact| Counted { at: fact.at(), fingerprint: fact.fingerprint(), stream: fact.stream() })
            .collect();
        counted.into_iter().collect()
    }

    pub(crate) fn pack(&self) -> &PackWithLists {
        self.pack
    }

    /// The rules that are judged, in the order of the pack.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.pack.rules.iter()
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader { pack: self.pack }
    }

    pub(crate) fn view<'f>(&self, ledger: &'f Ledger, rule: &Rule, key: &JudgedKey) -> View<'f> {
        View::of(self.reader(), ledger, rule, key)
    }
}
