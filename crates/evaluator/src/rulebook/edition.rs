//! A rule, or a ladder, in the stretch of event time in which it is or was in force.

use std::sync::Arc;

use ringfence_cards::BrokenRule;
use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Key as Scope, Ladder, Mode, Pack, Rule, RuleId, Stream};

use super::lists::Lists;
use super::program::Program;

/// A rule as it stood in one stretch of event time.
#[derive(Clone, Debug)]
pub(crate) struct Edition {
    pub(crate) id: RuleId,
    pub(crate) pack: Arc<Pack>,
    /// Its place among the rules of its pack.
    pub(super) place: usize,
    pub(crate) program: Program,
    /// The lists of its pack, as they stand now.
    pub(crate) lists: Lists,
    /// What strikes are named by.
    pub(crate) broken: Arc<BrokenRule>,
    /// The first instant of its stretch.
    pub(crate) from: EventTime,
    /// The first instant after its stretch; `MAX` while it is in force.
    pub(crate) until: EventTime,
    /// Facts before this lack a field that it reads.
    pub(crate) whole_from: EventTime,
}

/// The editions that followed each other under one name and scope.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The id of the first of them, also when that is gone.
    pub(crate) id: RuleId,
    /// What its keys are, the same for all of them.
    pub(crate) scope: Scope,
    /// In order of time, at least one.
    pub(super) editions: Vec<Edition>,
}

/// A ladder as it stood in one stretch of event time.
#[derive(Clone, Debug)]
pub(crate) struct LadderEdition {
    pub(super) pack: Arc<Pack>,
    pub(super) place: usize,
    pub(crate) from: EventTime,
    pub(crate) until: EventTime,
}

impl Edition {
    pub(crate) fn rule(&self) -> &Rule {
        &self.pack.rules[self.place]
    }

    /// Whether its violations are strikes on this ladder.
    pub(crate) fn strikes_on(&self, ladder: &str) -> bool {
        self.rule().mode == Mode::Enforce && self.ladder().is_some_and(|own| *own.name == *ladder)
    }

    fn ladder(&self) -> Option<&Ladder> {
        self.rule().ladder.and_then(|at| self.pack.ladders.get(at))
    }

    /// The part of [from, to] that lies in its stretch.
    pub(crate) fn within(&self, from: EventTime, to: EventTime) -> Option<(EventTime, EventTime)> {
        let (from, to) = (from.max(self.from), to.min(self.last()));
        (from <= to).then_some((from, to))
    }

    /// The last instant of its stretch.
    pub(super) fn last(&self) -> EventTime {
        if self.until == EventTime::MAX { EventTime::MAX } else { self.until.minus(Millis(1)) }
    }

    /// An edition that has no lists yet: the book looks them up once all of its editions stand.
    pub(super) fn new(id: RuleId, pack: &Arc<Pack>, place: usize, (from, until): (EventTime, EventTime)) -> Self {
        let rule = &pack.rules[place];
        let broken = BrokenRule {
            name: rule.name.clone(),
            hash: rule.hash.0,
            title: rule.title.clone(),
            basis: rule.basis.clone(),
        };
        Self {
            id,
            program: Program::new(rule),
            lists: Lists::default(),
            broken: Arc::new(broken),
            pack: pack.clone(),
            place,
            from,
            until,
            whole_from: EventTime::MIN,
        }
    }

    /// Whether a rule of another pack judges and strikes as this one, so that it is this one.
    pub(super) fn is(&self, rule: &Rule, pack: &Pack) -> bool {
        let (own, own_pack) = (self.rule(), &self.pack);
        let ladder = |rule: &Rule, pack: &Pack| rule.ladder.map(|at| pack.ladders[at].name.clone());
        own.hash == rule.hash
            && own.name == rule.name
            && own.mode == rule.mode
            && ladder(own, own_pack) == ladder(rule, pack)
            && own_pack.plan == pack.plan
    }
}

impl Line {
    pub(crate) fn editions(&self) -> &[Edition] {
        &self.editions
    }

    fn last(&self) -> &Edition {
        &self.editions[self.editions.len() - 1]
    }

    /// The edition in force.
    pub(crate) fn in_force(&self) -> Option<&Edition> {
        Some(self.last()).filter(|last| last.until == EventTime::MAX)
    }

    /// The first instant after the stretch of the last edition, where none is in force.
    pub(crate) fn ended(&self) -> Option<EventTime> {
        Some(self.last().until).filter(|until| *until < EventTime::MAX)
    }

    /// The edition that judges an instant.
    pub(crate) fn at(&self, at: EventTime) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.within(at, at).is_some())
    }

    /// The last instant that a fact at `at` can change.
    pub(crate) fn influence_end(&self, at: EventTime) -> EventTime {
        let ends = self.editions.iter().map(|edition| edition.program.influence_end(at));
        ends.max().unwrap_or(at)
    }

    pub(crate) fn is_anchored(&self) -> bool {
        self.editions.iter().any(|edition| edition.program.anchored)
    }

    /// The longest gap that any edition bridges.
    pub(crate) fn keep_max(&self) -> Millis {
        self.editions.iter().map(|edition| edition.rule().keep).max().unwrap_or_default()
    }

    pub(crate) fn reads(&self, stream: Stream) -> bool {
        self.editions.iter().any(|edition| edition.program.reads(stream))
    }

    /// Whether violations of any edition are strikes on this ladder.
    pub(crate) fn strikes_on(&self, ladder: &str) -> bool {
        self.editions.iter().any(|edition| edition.strikes_on(ladder))
    }

    /// Whether violations of any edition are strikes on some ladder.
    pub(crate) fn strikes(&self) -> bool {
        self.editions.iter().any(|edition| edition.rule().ladder.is_some())
    }
}

impl LadderEdition {
    pub(crate) fn ladder(&self) -> &Ladder {
        &self.pack.ladders[self.place]
    }
}
