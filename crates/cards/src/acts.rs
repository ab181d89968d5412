//! What was done on a ladder: acts, in order, never rewritten.

use ringfence_cdr::{EventTime, Millis};
use ringfence_events::{ActAction, Service};
use ringfence_rules::{Ladder, Sanction};
use serde::{Deserialize, Serialize};

use crate::{Source, Strike};

/// The state of one subject on one ladder: what the facts say, and what was done about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LadderFile {
    /// The strikes that stand, in order.
    pub strikes: Vec<Strike>,
    /// The sanction that runs.
    pub running: Option<Imposed>,
    /// Strikes that were dealt with: by an act, by a higher one at the same time, or by being older than the engine.
    dealt_with: Vec<DealtWith>,
    /// Strikes seen and not yet dealt with, with the time for which their act waits.
    waiting: Vec<(StrikeName, EventTime)>,
}

/// A suspension that was imposed and has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imposed {
    /// The step of the ladder.
    pub step: u8,
    /// When it began.
    pub since: EventTime,
    /// When it ends by itself.
    pub until: EventTime,
    /// What it bars.
    barred: Barred,
    /// The strike it rests on.
    strike: StrikeName,
}

/// Services that are barred, one bit for each in the order of [`Service::ALL`]: what a step barred is known although a
/// change of rules takes the step away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barred(u8);

impl Barred {
    fn by(sanction: &Sanction) -> Self {
        let Sanction::Suspend { services, .. } = sanction else { return Self::default() };
        let bit = |service: &Service| Service::ALL.iter().position(|known| known == service).map_or(0, |at| 1 << at);
        Self(services.iter().map(bit).fold(0, |all, bit| all | bit))
    }

    /// The services, in order.
    #[must_use]
    pub fn services(self) -> Vec<Service> {
        let is_barred = |at: usize| self.0 & 1 << at != 0;
        Service::ALL.into_iter().enumerate().filter(|(at, _)| is_barred(*at)).map(|(_, service)| service).collect()
    }
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActCommand {
    /// What.
    pub action: ActAction,
    /// When it begins.
    pub not_before: EventTime,
    /// When it ends by itself.
    pub expires_at: Option<EventTime>,
    /// What it bars, or barred.
    pub barred: Barred,
    /// The strike it rests on, or rested on.
    pub strike: StrikeRest,
    /// Why a reinstatement comes.
    pub reason: &'static str,
}

/// What an event tells of the strike that an act rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrikeRest {
    /// Rule and key.
    pub source: Source,
    /// The first instant of the violation.
    pub opened_at: EventTime,
    /// How many strikes count.
    pub count: u32,
}

/// When acts are worked out.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Now: acts begin here.
    pub now: EventTime,
    /// Strikes seen for the first time wait until this, the latest arrival of the records just applied.
    pub arrived: EventTime,
    /// Nothing is imposed for strikes before this.
    pub impose_from: EventTime,
}

/// What stays the same of a strike when late facts move its violation: rule, key, and its number in the violation,
/// whose span must overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StrikeName {
    source: Source,
    number: u32,
    opened_at: EventTime,
    last_at: EventTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct DealtWith {
    strike: StrikeName,
    step: Option<u8>,
}

impl StrikeName {
    fn of(strike: &Strike) -> Self {
        Self { source: strike.source, number: strike.number, opened_at: strike.opened_at, last_at: strike.last_at }
    }

    fn names(&self, strike: &Strike) -> bool {
        self.source == strike.source
            && self.number == strike.number
            && self.opened_at <= strike.last_at
            && strike.opened_at <= self.last_at
    }
}

impl LadderFile {
    /// Whether nothing of it needs to be kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.strikes.is_empty() && self.running.is_none()
    }

    /// Appends what is to be done now and remembers that it was. Of several steps that fall due at once only the
    /// highest is imposed.
    pub fn act(&mut self, ladder: &Ladder, moment: Moment, commands: &mut Vec<ActCommand>) {
        self.follow_moved_strikes();
        self.end_if_over(moment.now, commands);
        self.end_if_fallen(moment.now, commands);
        self.impose(ladder, moment, commands);
    }

    /// When to look again although no fact comes: at the end of a sanction, or when a wait is over.
    #[must_use]
    pub fn wakes_at(&self) -> Option<EventTime> {
        let waits = self.waiting.iter().map(|(_, until)| *until);
        waits.chain(self.running.as_ref().map(|running| running.until)).min()
    }

    /// Names of strikes that were dealt with follow their violations where late facts moved these.
    fn follow_moved_strikes(&mut self) {
        let strikes = &self.strikes;
        let follow = |name: &mut StrikeName| {
            if let Some(strike) = strikes.iter().find(|strike| name.names(strike)) {
                *name = StrikeName::of(strike);
            }
        };
        self.dealt_with.iter_mut().for_each(|dealt| follow(&mut dealt.strike));
        self.waiting.iter_mut().for_each(|(name, _)| follow(name));
        if let Some(running) = &mut self.running {
            follow(&mut running.strike);
        }
        self.waiting.retain(|(name, _)| strikes.iter().any(|strike| name.names(strike)));
    }

    /// Ends the sanction that runs where its time is over.
    pub fn end_if_over(&mut self, now: EventTime, commands: &mut Vec<ActCommand>) {
        if let Some(running) = self.running.take_if(|running| running.until <= now) {
            let until = running.until;
            commands.push(self.reinstatement(&running, until, "the term has ended"));
        }
    }

    /// A sanction whose strike fell, and that no standing strike makes due, is ended.
    fn end_if_fallen(&mut self, now: EventTime, commands: &mut Vec<ActCommand>) {
        let Some(running) = &self.running else { return };
        let still_due = self.strikes.iter().any(|strike| {
            let dealt = self.dealt_with.iter().any(|dealt| dealt.strike.names(strike));
            strike.step >= Some(running.step) && (running.strike.names(strike) || !dealt)
        });
        if !still_due && let Some(running) = self.running.take() {
            commands.push(self.reinstatement(&running, now, "its strike no longer stands"));
        }
    }

    fn reinstatement(&self, running: &Imposed, at: EventTime, reason: &'static str) -> ActCommand {
        let count = self.strikes.last().map_or(0, |strike| strike.count);
        ActCommand {
            action: ActAction::Reinstate,
            not_before: at,
            expires_at: None,
            barred: running.barred,
            strike: StrikeRest { source: running.strike.source, opened_at: running.strike.opened_at, count },
            reason,
        }
    }

    fn impose(&mut self, ladder: &Ladder, moment: Moment, commands: &mut Vec<ActCommand>) {
        let mut ready: Vec<usize> = Vec::new();
        for (at, strike) in self.strikes.iter().enumerate() {
            let dealt = self.dealt_with.iter().filter(|dealt| dealt.strike.names(strike)).map(|dealt| dealt.step).max();
            if dealt.is_some_and(|step| step >= strike.step) {
                continue;
            }
            let waits_until = match self.waiting.iter().find(|(name, _)| name.names(strike)) {
                Some((_, until)) => *until,
                None => {
                    self.waiting.push((StrikeName::of(strike), moment.arrived));
                    moment.arrived
                }
            };
            if waits_until <= moment.now {
                ready.push(at);
            }
        }
        let highest = ready
            .iter()
            .map(|at| &self.strikes[*at])
            .filter(|strike| strike.at >= moment.impose_from)
            .max_by_key(|strike| (strike.step, strike.at));
        if let Some(strike) = highest
            && let Some(step) = strike.step
        {
            let (command, running) = begin(ladder, strike, step, moment.now);
            commands.push(command);
            if let Some(next) = running {
                let until = self.running.as_ref().map_or(next.until, |running| running.until.max(next.until));
                self.running = Some(Imposed { until, ..next });
            }
        }
        for at in ready {
            let strike = &self.strikes[at];
            self.waiting.retain(|(name, _)| !name.names(strike));
            self.dealt_with.retain(|dealt| !dealt.strike.names(strike));
            self.dealt_with.push(DealtWith { strike: StrikeName::of(strike), step: strike.step });
        }
    }

    /// Follows a change of rules: `renumbered` gives the number of the rule under which the violation of a source with
    /// this first and last instant goes on. No strike falls, and what was dealt with stays so.
    pub fn follow_rules(&mut self, renumbered: impl Fn(Source, EventTime, EventTime) -> u16) {
        for strike in &mut self.strikes {
            strike.source.rule = renumbered(strike.source, strike.opened_at, strike.last_at);
        }
        let dealt_with = self.dealt_with.iter_mut().map(|dealt| &mut dealt.strike);
        let waiting = self.waiting.iter_mut().map(|(name, _)| name);
        let running = self.running.iter_mut().map(|running| &mut running.strike);
        for name in dealt_with.chain(waiting).chain(running) {
            name.source.rule = renumbered(name.source, name.opened_at, name.last_at);
        }
    }

    /// Follows a change of its ladder. What was due or done at so many strikes counts as the step that the new ladder
    /// has for them, as its first one where it has none: what was dealt with stays so, and what runs runs to its end.
    pub fn follow_ladder(&mut self, old: &Ladder, new: &Ladder) {
        let follow = |step: &mut u8| {
            let strikes = old.steps.get(usize::from(*step)).map_or(0, |step| step.at);
            *step = new.steps.iter().rposition(|step| step.at <= strikes).unwrap_or(0) as u8;
        };
        self.strikes.iter_mut().filter_map(|strike| strike.step.as_mut()).for_each(follow);
        self.dealt_with.iter_mut().filter_map(|dealt| dealt.step.as_mut()).for_each(follow);
        self.running.iter_mut().map(|running| &mut running.step).for_each(follow);
    }

    /// What is left of it where its ladder is gone: a sanction that runs.
    #[must_use]
    pub fn left_behind(self) -> Option<Self> {
        self.running.map(|running| Self { running: Some(running), ..Self::default() })
    }

    /// What was left behind, on a ladder of the same name that is back, whatever its steps are now.
    #[must_use]
    pub fn taken_up(mut self, ladder: &Ladder) -> Self {
        let last = ladder.steps.len().saturating_sub(1) as u8;
        self.running.iter_mut().for_each(|running| running.step = running.step.min(last));
        self
    }

    /// Whether every step of it is one of the ladder's.
    #[must_use]
    pub fn fits(&self, ladder: &Ladder) -> bool {
        let running = self.running.iter().map(|running| Some(running.step));
        let dealt_with = self.dealt_with.iter().map(|dealt| dealt.step);
        let mut steps = self.strikes.iter().map(|strike| strike.step).chain(running).chain(dealt_with).flatten();
        steps.all(|step| usize::from(step) < ladder.steps.len())
    }

    /// The rules that any strike or act of it rests on.
    pub fn rules(&self) -> impl Iterator<Item = u16> {
        let dealt_with = self.dealt_with.iter().map(|dealt| dealt.strike);
        let names = dealt_with.chain(self.waiting.iter().map(|(name, _)| *name));
        let names = names.chain(self.running.iter().map(|running| running.strike));
        self.strikes.iter().map(|strike| strike.source).chain(names.map(|name| name.source)).map(|source| source.rule)
    }

    /// Drops what no longer matters: strikes that count no more and can make nothing due, whose violation is not `held`
    /// any more, and after whose sanction alone all facts lie that are held (from `held_from` on); and the memory of
    /// having dealt with those that can be neither moved nor undone any more.
    pub fn forget_before(
        &mut self,
        ladder: &Ladder,
        settled: EventTime,
        held_from: EventTime,
        is_held: impl Fn(&Strike) -> bool,
    ) {
        let counts_until = |strike: &Strike| strike.at.plus(ladder.strikes.over).max(strike.due_until);
        let exit = ladder.exit_clean.unwrap_or(Millis::ZERO);
        let running = &self.running;
        self.strikes.retain(|strike| {
            // A sanction that was imposed late runs on after its strike counts no more.
            let is_punished = running.as_ref().is_some_and(|running| running.strike.names(strike));
            let separates_facts = ladder.fresh && strike.step.is_some() && strike.due_until >= held_from;
            counts_until(strike).plus(exit) >= settled || is_punished || separates_facts || is_held(strike)
        });
        let strikes = &self.strikes;
        self.dealt_with
            .retain(|dealt| dealt.strike.last_at >= settled || strikes.iter().any(|strike| dealt.strike.names(strike)));
    }
}

/// Begins the sanction of a step now; it runs its full term and is never backdated.
fn begin(ladder: &Ladder, strike: &Strike, step: u8, now: EventTime) -> (ActCommand, Option<Imposed>) {
    let rest = StrikeRest { source: strike.source, opened_at: strike.opened_at, count: strike.count };
    let sanction = &ladder.steps[usize::from(step)].sanction;
    let barred = Barred::by(sanction);
    let (action, until) = match sanction {
        Sanction::Warn => (ActAction::Warn, None),
        Sanction::Suspend { duration, .. } => (ActAction::Suspend, Some(now.plus(*duration))),
    };
    let command = ActCommand { action, not_before: now, expires_at: until, barred, strike: rest, reason: "" };
    let running = until.map(|until| Imposed { step, since: now, until, barred, strike: StrikeName::of(strike) });
    (command, running)
}

#[cfg(test)]
#[path = "acts_tests.rs"]
mod tests;
