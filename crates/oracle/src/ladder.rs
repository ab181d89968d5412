//! Ladders: which strikes a subject has, and which step is due (`docs/rules.md`), worked out in event time.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Ladder, LadderSubject, Mode, Rule, Sanction, Step};

use crate::judge::{judge, rule_holds};
use crate::predicate::Reader;
use crate::standing::{StandingStrike, StepDue};
use crate::view::View;
use crate::{JudgedKey, Ledger, Oracle, episode};

/// What every subject of one ladder has climbed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Climbed {
    pub(crate) strikes: Vec<StandingStrike>,
    pub(crate) due: Vec<StepDue>,
}

/// An offence: one instant of a violation that holds, and what a strike there must hold on.
#[derive(Clone, Debug)]
pub(crate) struct Offence<'a> {
    pub(crate) at: EventTime,
    pub(crate) rule: &'a Rule,
    /// The name that the violation is told under.
    pub(crate) told_as: &'a str,
    pub(crate) reader: Reader<'a>,
    /// The ladder as it stands at the instant.
    pub(crate) ladder: &'a Ladder,
    pub(crate) key: JudgedKey,
    pub(crate) opened_at: EventTime,
    /// The served facts of the key.
    pub(crate) served: View<'a>,
}

/// Works out the strikes and steps of every subject of the ladder with this index.
pub(crate) fn climb(oracle: &Oracle<'_>, ledger: &Ledger, index: usize, until: EventTime) -> Climbed {
    let ladder = &oracle.pack().ladders[index];
    let mut climbed = Climbed::default();
    for (subject, mut offences) in offences_by_subject(oracle, ledger, index, until) {
        let climber = climbed_by(ladder, &subject, &mut offences);
        climbed.due.extend(climber.due(until));
        climbed.strikes.extend(climber.strikes);
    }
    climbed
}

/// The strikes that these offences of one subject make.
pub(crate) fn strikes_of<'a>(
    ladder: &'a Ladder,
    subject: &'a str,
    offences: &mut [Offence<'a>],
) -> Vec<StandingStrike> {
    climbed_by(ladder, subject, offences).strikes
}

fn climbed_by<'a>(ladder: &'a Ladder, subject: &'a str, offences: &mut [Offence<'a>]) -> Climber<'a> {
    offences.sort_by(|a, b| (a.at, a.told_as, &a.key).cmp(&(b.at, b.told_as, &b.key)));
    let mut climber = Climber::new(ladder, subject);
    for offence in &*offences {
        climber.ladder = offence.ladder;
        if climber.is_eligible(offence) {
            climber.strike(offence);
        }
    }
    climber
}

/// Every instant that holds of every violation that is a strike on the ladder, by subject.
fn offences_by_subject<'a>(
    oracle: &'a Oracle<'_>,
    ledger: &'a Ledger,
    index: usize,
    until: EventTime,
) -> BTreeMap<String, Vec<Offence<'a>>> {
    let mut offences: BTreeMap<String, Vec<Offence<'_>>> = BTreeMap::new();
    let enforced = |rule: &&Rule| rule.ladder == Some(index) && rule.mode == Mode::Enforce;
    for rule in oracle.rules().filter(enforced) {
        for key in oracle.keys(ledger, rule) {
            let subject = match oracle.pack().ladders[index].subject {
                LadderSubject::Card => key.calling_number().to_string(),
            };
            let view = oracle.view(ledger, rule, &key);
            let served = view.served(ledger);
            for episode in episode::episodes(rule, &judge(oracle.reader(), rule, &view), until) {
                offences.entry(subject.clone()).or_default().extend(episode.holding.iter().map(|at| Offence {
                    at: *at,
                    rule,
                    told_as: &rule.name,
                    reader: oracle.reader(),
                    ladder: &oracle.pack().ladders[index],
                    key: key.clone(),
                    opened_at: episode.opened_at,
                    served: served.clone(),
                }));
            }
        }
    }
    offences
}

/// One subject on its way up, offence by offence in order.
#[derive(Clone, Debug)]
struct Climber<'a> {
    ladder: &'a Ladder,
    subject: &'a str,
    strikes: Vec<StandingStrike>,
    /// The first of the strikes that were made since the subject was last back at the start.
    since_exit: usize,
}

impl<'a> Climber<'a> {
    fn new(ladder: &'a Ladder, subject: &'a str) -> Self {
        Self { ladder, subject, strikes: Vec::new(), since_exit: 0 }
    }

    /// Whether the offence makes a strike.
    fn is_eligible(&self, offence: &Offence<'_>) -> bool {
        self.is_first_or_again(offence)
            && !self.is_suspended(offence.at)
            && holds_on(offence, &offence.served)
            && self.punished_until().is_none_or(|end| holds_on(offence, &offence.served.after(end)))
    }

    /// Whether the violation has no strike yet, or its last one is `again` or more ago.
    fn is_first_or_again(&self, offence: &Offence<'_>) -> bool {
        let of_violation = |strike: &&StandingStrike| {
            strike.rule == offence.told_as && strike.key == offence.key.texts() && strike.opened_at == offence.opened_at
        };
        match self.strikes.iter().rfind(of_violation) {
            None => true,
            Some(last) => self.ladder.strikes.again.is_some_and(|again| last.at.plus(again) <= offence.at),
        }
    }

    /// Whether a suspension due runs: from its strike until, and not at, its end. A warning never runs.
    fn is_suspended(&self, t: EventTime) -> bool {
        self.strikes.iter().any(|strike| strike.ends.is_some_and(|ends| strike.at <= t && t < ends))
    }

    /// The end of the last sanction due, where only what is fresh counts.
    fn punished_until(&self) -> Option<EventTime> {
        if !self.ladder.fresh {
            return None;
        }
        self.strikes.iter().rev().find_map(|strike| strike.ends)
    }

    fn strike(&mut self, offence: &Offence<'_>) {
        if self.is_back_at_the_start(offence.at) {
            self.since_exit = self.strikes.len();
        }
        let counting = self.counting(offence.at) + 1;
        let step = self.step(counting);
        self.strikes.push(StandingStrike {
            ladder: self.ladder.name.to_string(),
            subject: self.subject.to_owned(),
            at: offence.at,
            rule: offence.told_as.to_owned(),
            key: offence.key.texts(),
            opened_at: offence.opened_at,
            counting,
            step: step.map(|step| step.at),
            ends: step.map(|step| end(&step.sanction, offence.at)),
        });
    }

    /// How many of the strikes since the last exit count at an instant: those of (t - over, t].
    fn counting(&self, t: EventTime) -> u32 {
        let counts = |strike: &&StandingStrike| t.minus(self.ladder.strikes.over) < strike.at;
        self.strikes[self.since_exit..].iter().filter(counts).count() as u32
    }

    /// The highest step whose `at` is not above the count.
    fn step(&self, counting: u32) -> Option<&'a Step> {
        self.ladder.steps.iter().filter(|step| step.at <= counting).max_by_key(|step| step.at)
    }

    /// Whether clean time has passed since the last strike or the end of its sanction.
    fn is_back_at_the_start(&self, t: EventTime) -> bool {
        let (Some(last), Some(clean)) = (self.strikes.last(), self.ladder.exit_clean) else { return false };
        clean_from(last).plus(clean) <= t
    }

    /// Where the subject stands at a shard time, `None` without any strike.
    fn due(&self, until: EventTime) -> Option<StepDue> {
        let last = self.strikes.last()?;
        let counting = if self.is_back_at_the_start(until) { 0 } else { self.counting(until) };
        let last_counts = !self.is_back_at_the_start(until) && until.minus(self.ladder.strikes.over) < last.at;
        let runs = last.ends.is_some_and(|ends| until < ends);
        let shown = last.step.filter(|_| last_counts || runs);
        Some(StepDue {
            ladder: self.ladder.name.to_string(),
            subject: self.subject.to_owned(),
            counting,
            step: shown,
            since: shown.map(|_| last.at),
            ends: shown.and(last.ends),
        })
    }
}

/// Whether the rule, on these facts alone, is judged at the instant of the offence and holds.
fn holds_on(offence: &Offence<'_>, facts: &View<'_>) -> bool {
    facts.facts_at(offence.at) > 0 && rule_holds(offence.reader, offence.rule, facts, offence.at)
}

/// The end of a sanction that begins at an instant; a warning ends where it begins.
fn end(sanction: &Sanction, begins: EventTime) -> EventTime {
    begins.plus(match sanction {
        Sanction::Warn => Millis::ZERO,
        Sanction::Suspend { duration, .. } => *duration,
    })
}

/// The instant from which a subject is clean: its last strike, or the end of its sanction, whichever is later.
fn clean_from(strike: &StandingStrike) -> EventTime {
    strike.ends.map_or(strike.at, |ends| ends.max(strike.at))
}
