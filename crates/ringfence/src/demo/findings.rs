//! What was said of whom, held against the labels.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ringfence_cdr::{EventTime, Number};
use ringfence_events::{ActAction, Severity, Status};
use ringfence_traffic::{CallRecord, Kind, Party, World};

use super::told::{Said, Told};

/// Every labelled number and what was said of it.
pub(crate) struct Findings {
    suspects: Vec<Suspect>,
    by_number: HashMap<Number, usize>,
    /// Offenders alone: their calls are counted.
    offenders: HashMap<Party, usize>,
    /// What was said of numbers that have no label: customers of other carriers.
    strangers: Suspect,
}

/// One number and what was said of it.
#[derive(Default)]
struct Suspect {
    kind: Option<Kind>,
    /// When it called whom, each call once however often it was recorded.
    calls: BTreeSet<(i64, Party)>,
    /// Violations that stand, by identity.
    standing: BTreeMap<String, (Box<str>, Severity)>,
    /// The first violation above `info`.
    first: Option<(EventTime, Box<str>)>,
    /// A warning or a bar was ordered.
    accused: bool,
}

/// How far it went with a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Nothing stands against it.
    Nothing,
    /// Notes alone (`info`).
    Noted,
    /// A violation without a consequence for the number.
    Flagged,
    /// A warning or a bar.
    Accused,
}

/// What became of the offenders of one kind.
pub(crate) struct OffenderRow {
    pub(crate) kind: Kind,
    pub(crate) hidden: usize,
    pub(crate) found: usize,
    pub(crate) sanctioned: usize,
    /// How many calls each had made when it was found, ascending.
    pub(crate) calls_until_found: Vec<usize>,
    /// The rules that said so first, the commonest first.
    pub(crate) first_rules: Vec<Box<str>>,
}

/// What became of the honest numbers of one kind; of customers of other carriers if it has none.
pub(crate) struct HonestRow {
    pub(crate) kind: Option<Kind>,
    pub(crate) watched: usize,
    pub(crate) accused: usize,
    pub(crate) flagged: usize,
    pub(crate) noted: usize,
    /// The rules above `info` that stand against any of them, in the order of their names.
    pub(crate) rules: BTreeSet<Box<str>>,
}

impl Findings {
    /// Nothing said yet of anybody in this world.
    pub(crate) fn new(world: &World) -> Self {
        let mut findings = Self {
            suspects: Vec::new(),
            by_number: HashMap::new(),
            offenders: HashMap::new(),
            strangers: Suspect::default(),
        };
        for (number, kind) in world.labels() {
            let at = findings.suspects.len();
            findings.by_number.insert(number.number(), at);
            if kind.offends() {
                findings.offenders.insert(number, at);
            }
            findings.suspects.push(Suspect { kind: Some(kind), ..Suspect::default() });
        }
        findings
    }

    /// Counts a call of an offender.
    pub(crate) fn called(&mut self, call: &CallRecord) {
        if let Some(at) = self.offenders.get(&call.calling_number) {
            self.suspects[*at].calls.insert((call.attempt_time(), call.called_number));
        }
    }

    /// Notes what was said of a number.
    pub(crate) fn said(&mut self, told: &Told) {
        let suspect = match self.by_number.get(&told.subject) {
            Some(at) => &mut self.suspects[*at],
            None => &mut self.strangers,
        };
        match &told.said {
            Said::Act { action, .. } => suspect.accused |= *action != ActAction::Reinstate,
            Said::Violation { id, status: Status::Withdrawn, .. } => {
                suspect.standing.remove(id);
            }
            Said::Violation { id, rule, severity, .. } => {
                suspect.standing.insert(id.clone(), (rule.clone(), *severity));
                if *severity > Severity::Info && suspect.first.is_none() {
                    suspect.first = Some((told.at, rule.clone()));
                }
            }
        }
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Suspect> {
        self.suspects.iter().filter(move |suspect| suspect.kind == Some(kind))
    }

    /// One row for each kind of offender.
    pub(crate) fn offenders(&self) -> Vec<OffenderRow> {
        Kind::ALL.iter().filter(|kind| kind.offends()).map(|kind| self.offender_row(*kind)).collect()
    }

    fn offender_row(&self, kind: Kind) -> OffenderRow {
        let found = || self.of(kind).filter(|suspect| suspect.verdict() >= Verdict::Flagged);
        let mut calls_until_found: Vec<usize> = found().filter_map(Suspect::calls_until_found).collect();
        calls_until_found.sort_unstable();
        let mut rules: BTreeMap<Box<str>, usize> = BTreeMap::new();
        for (_, rule) in found().filter_map(|suspect| suspect.first.clone()) {
            *rules.entry(rule).or_default() += 1;
        }
        let mut first_rules: Vec<(Box<str>, usize)> = rules.into_iter().collect();
        first_rules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        OffenderRow {
            kind,
            hidden: self.of(kind).count(),
            found: found().count(),
            sanctioned: self.of(kind).filter(|suspect| suspect.verdict() == Verdict::Accused).count(),
            calls_until_found,
            first_rules: first_rules.into_iter().map(|(rule, _)| rule).collect(),
        }
    }

    /// One row for each kind of honest number, and one for other carriers' if anything was said of them.
    pub(crate) fn honest(&self) -> Vec<HonestRow> {
        let kinds = Kind::ALL.iter().filter(|kind| !kind.offends());
        let mut rows: Vec<HonestRow> = kinds.map(|kind| HonestRow::of(Some(*kind), self.of(*kind))).collect();
        if self.strangers.verdict() > Verdict::Nothing {
            rows.push(HonestRow::of(None, std::iter::once(&self.strangers)));
        }
        rows
    }
}

impl HonestRow {
    fn of<'a>(kind: Option<Kind>, suspects: impl Iterator<Item = &'a Suspect>) -> Self {
        let mut row = Self { kind, watched: 0, accused: 0, flagged: 0, noted: 0, rules: BTreeSet::new() };
        for suspect in suspects {
            row.watched += 1;
            match suspect.verdict() {
                Verdict::Nothing => {}
                Verdict::Noted => row.noted += 1,
                Verdict::Flagged => row.flagged += 1,
                Verdict::Accused => row.accused += 1,
            }
            row.rules.extend(suspect.grave().cloned());
        }
        row
    }
}

impl Suspect {
    fn verdict(&self) -> Verdict {
        if self.accused {
            Verdict::Accused
        } else if self.grave().next().is_some() {
            Verdict::Flagged
        } else if self.standing.is_empty() {
            Verdict::Nothing
        } else {
            Verdict::Noted
        }
    }

    /// The rules above `info` that stand against it.
    fn grave(&self) -> impl Iterator<Item = &Box<str>> {
        self.standing.values().filter(|(_, severity)| *severity > Severity::Info).map(|(rule, _)| rule)
    }

    /// How many calls it had made when the first violation was said, those included whose records came later.
    fn calls_until_found(&self) -> Option<usize> {
        let (found_at, _) = self.first.as_ref()?;
        Some(self.calls.iter().take_while(|(at, _)| *at <= found_at.0).count())
    }
}
