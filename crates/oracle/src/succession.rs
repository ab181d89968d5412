//! Packs that follow each other: each judges the instants of its own stretch of event time (law M-1).
//!
//! An instant from the switch at t on is judged as in a run that had the later pack all along, one before it as in a run
//! that had the earlier pack all along, whenever its facts came. Rules of one name and scope go on from each other, and so
//! does a rule under a new name: what holds on both sides of t, with nothing false between, is one violation, told under
//! the later rule.
//!
//! Where a rule begins at t and all its windows are empty there, the key is silent, and judged false, at t; where a rule
//! ends at t without another of its name, every key is judged false at t.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cdr::EventTime;
use ringfence_rules::{Ladder, Mode, Rule, Severity};

use crate::PackWithLists;
use crate::judge::{Instant, Truth, judge};
use crate::ladder::{Offence, strikes_of};
use crate::predicate::Reader;
use crate::standing::{Exact, StandingClause, StandingForm, StandingViolation, Status};
use crate::view::View;
use crate::{Fact, JudgedKey, Ledger, aggregate, window};

/// Packs with the event times from which they are in force.
#[derive(Clone, Debug)]
pub struct Succession<'a> {
    eras: Vec<Era<'a>>,
}

/// One pack in its stretch [from, until).
#[derive(Clone, Copy, Debug)]
struct Era<'a> {
    pack: &'a PackWithLists,
    from: EventTime,
    until: EventTime,
}

/// One rule in its stretch.
#[derive(Clone, Copy, Debug)]
struct Stint<'a> {
    rule: &'a Rule,
    era: Era<'a>,
}

/// An instant with the rule that judged it.
#[derive(Clone, Debug)]
struct Judged<'a> {
    instant: Instant,
    stint: Stint<'a>,
}

impl<'a> Succession<'a> {
    /// A first pack, in force for all time before the next.
    #[must_use]
    pub fn of(pack: &'a PackWithLists) -> Self {
        Self { eras: vec![Era { pack, from: EventTime::MIN, until: EventTime::MAX }] }
    }

    /// The same with another pack from an event time on.
    #[must_use]
    pub fn then(mut self, from: EventTime, pack: &'a PackWithLists) -> Self {
        self.eras.iter_mut().for_each(|era| era.until = era.until.min(from));
        // One that is followed at once judges nothing, and its rules still go on in the next.
        self.eras.push(Era { pack, from, until: EventTime::MAX });
        self
    }

    /// All standing violations and strikes at a shard time; no steps due.
    #[must_use]
    pub fn standing(&self, ledger: &Ledger, until: EventTime) -> StandingForm {
        let mut form = StandingForm::default();
        let mut offences: BTreeMap<(String, String), Vec<Offence<'_>>> = BTreeMap::new();
        for line in self.lines() {
            for key in keys(&line, ledger) {
                let judged = judged(&line, ledger, &key, until);
                for run in runs(&judged) {
                    form.violations.push(violation(ledger, &key, &run, &judged, until));
                    self.offend(ledger, &key, &run, &mut offences);
                }
            }
        }
        for ((ladder, subject), mut offences) in offences {
            let Some(stands) = self.ladders().into_iter().rfind(|known| *known.name == *ladder) else { continue };
            form.strikes.extend(strikes_of(stands, &subject, &mut offences));
        }
        form.sort();
        form
    }

    fn ladders(&self) -> Vec<&'a Ladder> {
        self.eras.iter().flat_map(|era| &era.pack.ladders).collect()
    }

    /// The rules that go on from each other, in order of time.
    fn lines(&self) -> Vec<Vec<Stint<'a>>> {
        let mut lines: Vec<Vec<Stint<'a>>> = Vec::new();
        for era in &self.eras {
            let mut rules: Vec<&Rule> = era.pack.rules.iter().collect();
            let by_name = |last: &Stint<'_>, rule: &Rule| last.rule.name == rule.name;
            let by_hash = |last: &Stint<'_>, rule: &Rule| last.rule.hash == rule.hash;
            for is_same in [by_name as IsSame, by_hash as IsSame] {
                for line in &mut lines {
                    let Some(last) = line.last_mut().filter(|last| last.era.until == era.from) else { continue };
                    let next = rules.iter().position(|rule| is_same(last, rule) && last.rule.key == rule.key);
                    let Some(rule) = next.map(|next| rules.remove(next)) else { continue };
                    let stint = Stint { rule, era: *era };
                    match judges_alike(last, &stint) {
                        true => last.era.until = era.until,
                        false => line.push(stint),
                    }
                }
            }
            lines.extend(rules.into_iter().map(|rule| vec![Stint { rule, era: *era }]));
        }
        lines
    }

    /// Adds the instants of a violation that may be struck.
    fn offend(
        &self,
        ledger: &'a Ledger,
        key: &JudgedKey,
        run: &[&Judged<'a>],
        offences: &mut BTreeMap<(String, String), Vec<Offence<'a>>>,
    ) {
        for Judged { instant, stint } in run {
            let (rule, pack) = (stint.rule, stint.era.pack);
            let Some(ladder) = rule.ladder.filter(|_| rule.mode == Mode::Enforce) else { continue };
            let name = &pack.ladders[ladder].name;
            // The ladder may have changed while the rule did not.
            let in_force = self.eras.iter().find(|era| era.from <= instant.t && instant.t < era.until);
            let ladder = in_force.and_then(|era| era.pack.ladders.iter().find(|ladder| ladder.name == *name));
            let Some(ladder) = ladder else { continue };
            let reader = Reader { pack };
            let offence = Offence {
                at: instant.t,
                rule,
                told_as: &run[run.len() - 1].stint.rule.name,
                reader,
                ladder,
                key: key.clone(),
                opened_at: run[0].instant.t,
                served: View::of(reader, ledger, rule, key).served(ledger),
            };
            offences.entry((name.to_string(), key.calling_number().to_string())).or_default().push(offence);
        }
    }
}

/// Whether a line goes on with a rule.
type IsSame = fn(&Stint<'_>, &Rule) -> bool;

/// Whether one rule is the other: the same verdicts, and the same strikes.
fn judges_alike(one: &Stint<'_>, other: &Stint<'_>) -> bool {
    let ladder = |stint: &Stint<'_>| stint.rule.ladder.map(|ladder| stint.era.pack.ladders[ladder].name.clone());
    let what = |stint: &Stint<'_>| (stint.rule.hash, stint.rule.name.clone(), stint.rule.mode, ladder(stint));
    what(one) == what(other)
}

fn keys(line: &[Stint<'_>], ledger: &Ledger) -> BTreeSet<JudgedKey> {
    let of_rule = |stint: &Stint<'_>| {
        let rule = stint.rule;
        let read = move |fact: &&Fact| rule.measures.iter().any(|measure| measure.stream == fact.stream());
        ledger.facts.iter().filter(read).filter_map(|fact| JudgedKey::of(rule.key, fact)).collect::<Vec<_>>()
    };
    line.iter().flat_map(of_rule).collect()
}

/// Every judged instant of a key that is known at a shard time, in order.
fn judged<'a>(line: &[Stint<'a>], ledger: &Ledger, key: &JudgedKey, until: EventTime) -> Vec<Judged<'a>> {
    let mut all: Vec<Judged<'a>> = Vec::new();
    for (place, stint) in line.iter().enumerate() {
        let Era { pack, from, until: to } = stint.era;
        let reader = Reader { pack };
        let view = View::of(reader, ledger, stint.rule, key);
        let mut instants = judge(reader, stint.rule, &view);
        instants.retain(|instant| from <= instant.t && instant.t < to);
        let is_first_silent = place > 0
            && from < to
            && instants.first().is_none_or(|first| first.t != from)
            && is_silent(reader, stint.rule, &view, from);
        if is_first_silent {
            instants.insert(0, silence(from));
        }
        if place + 1 == line.len() && to < EventTime::MAX {
            instants.push(silence(to));
        }
        all.extend(instants.into_iter().map(|instant| Judged { instant, stint: *stint }));
    }
    // The silence after the last fact is known once it has been reached.
    while all.last().is_some_and(|last| last.instant.facts == 0 && last.instant.t > until) {
        all.pop();
    }
    all
}

fn silence(t: EventTime) -> Instant {
    Instant { t, holds: false, severity: Severity::Info, lets: Vec::new(), leading: None, facts: 0 }
}

/// Whether all windows of a rule are empty at an instant.
fn is_silent(reader: Reader<'_>, rule: &Rule, view: &View<'_>, t: EventTime) -> bool {
    rule.measures.iter().all(|measure| {
        let counted = aggregate::counted(reader, measure, &view.facts);
        counted.iter().all(|fact| !(fact.at() <= t && t < window::emptied(&measure.window, &counted, fact.at())))
    })
}

/// The runs of instants that hold, joined where the gap is strictly shorter than the later rule keeps.
fn runs<'j, 'a>(judged: &'j [Judged<'a>]) -> Vec<Vec<&'j Judged<'a>>> {
    let mut joined: Vec<Vec<&Judged<'a>>> = Vec::new();
    for run in judged.chunk_by(|a, b| a.instant.holds == b.instant.holds).filter(|run| run[0].instant.holds) {
        match joined.last_mut() {
            Some(before) if run[0].instant.t.since(before[before.len() - 1].instant.t) < run[0].stint.rule.keep => {
                before.extend(run);
            }
            _ => joined.push(run.iter().collect()),
        }
    }
    joined
}

fn violation(
    ledger: &Ledger,
    key: &JudgedKey,
    run: &[&Judged<'_>],
    judged: &[Judged<'_>],
    until: EventTime,
) -> StandingViolation {
    let (first, last) = (run[0], run[run.len() - 1]);
    let mut peak = first;
    for each in run {
        if each.instant.leading > peak.instant.leading {
            peak = each;
        }
    }
    let reader = Reader { pack: first.stint.era.pack };
    let view = View::of(reader, ledger, first.stint.rule, key);
    let opening = Truth { reader, rule: first.stint.rule, view: &view, t: first.instant.t };
    let clause = |comparison: &ringfence_rules::Comparison| StandingClause {
        measure: comparison.left_text.to_string(),
        value: Exact::of(opening.value(&comparison.left)),
        operator: comparison.operator.name().to_owned(),
        limit: Exact::of(opening.value(&comparison.right)),
    };
    let closed_at = last.instant.t.plus(last.stint.rule.keep);
    let judged_false = judged.iter().any(|each| each.instant.t > last.instant.t && !each.instant.holds);
    let closed = judged_false && until >= closed_at;
    let lets = peak.stint.rule.lets.iter().zip(&peak.instant.lets);
    StandingViolation {
        opened_at: first.instant.t,
        rule: last.stint.rule.name.to_string(),
        key: key.texts(),
        rule_hash: last.stint.rule.hash.to_string(),
        mode: last.stint.rule.mode.name().to_owned(),
        status: if closed { Status::Closed } else { Status::Open },
        severity: run.iter().map(|each| each.instant.severity).max().unwrap_or(Severity::Info).name().to_owned(),
        last_at: last.instant.t,
        closed_at: closed.then_some(closed_at),
        matches: run.iter().map(|each| each.instant.facts).sum(),
        peak: lets.map(|(named, value)| (named.name.to_string(), Exact::of(*value))).collect(),
        clauses: first.stint.rule.when.comparisons().into_iter().map(clause).collect(),
    }
}
