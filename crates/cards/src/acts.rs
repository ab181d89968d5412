//! What was done on a ladder: acts, in order, never rewritten.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_cdr::{EventTime, Key, Millis};
use ringfence_events::ActAction;
use ringfence_rules::{Ladder, TrackId};
use serde::{Deserialize, Serialize};

use crate::remembered::{Remembered, Span, StrikeName};
use crate::{Barred, BrokenRule, Due, Offence, Strike, Until};

/// The state of one subject on one ladder: what the facts say, and what was done about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LadderFile {
    /// The strikes that stand, in order.
    strikes: Vec<Strike>,
    /// The sanctions that run.
    running: Vec<Imposed>,
    /// Strikes that were dealt with: by an act, by a higher one at the same time, or by being older than the engine.
    dealt_with: Remembered<Option<u32>>,
    /// Strikes seen and not yet dealt with, with the time for which their act waits.
    waiting: Remembered<EventTime>,
    /// Every strike before this place is dealt with. A cache: 0 is always true.
    #[serde(skip)]
    dealt_to: DealtTo,
}

/// A place among strikes, of which nothing that is compared depends.
#[derive(Clone, Copy, Debug, Default)]
struct DealtTo(usize);

impl PartialEq for DealtTo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A suspension that was imposed and has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imposed {
    /// The `at` of the step of the ladder.
    pub step: u32,
    /// When it began.
    pub since: EventTime,
    /// When it ends.
    pub until: Until,
    /// What it bars.
    barred: Barred,
    /// The strike it rests on.
    strike: StrikeName,
    /// The rule that was broken.
    rule: Arc<BrokenRule>,
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
    /// The rule that was broken.
    pub rule: Arc<BrokenRule>,
    /// By whom.
    pub key: Key,
    /// The first instant of the violation that it rests on, or rested on.
    pub opened_at: EventTime,
    /// How many strikes count.
    pub count: u32,
    /// Why a reinstatement comes.
    pub reason: &'static str,
}

/// When acts are worked out.
#[derive(Clone, Copy, Debug)]
pub struct ActTimes {
    /// Now: acts begin here.
    pub now: EventTime,
    /// Strikes seen for the first time wait until this, the latest arrival of the records just applied.
    pub arrived: EventTime,
    /// Nothing is imposed for strikes before this.
    pub impose_from: EventTime,
}

impl LadderFile {
    /// The strikes that stand, in order.
    #[must_use]
    pub fn strikes(&self) -> &[Strike] {
        &self.strikes
    }

    /// The sanctions that run.
    #[must_use]
    pub fn running(&self) -> &[Imposed] {
        &self.running
    }

    /// Whether nothing of it needs to be kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.strikes.is_empty() && self.running.is_empty()
    }

    /// Parts the strikes at an instant, to work those from it on out anew: those before it, and those that stood.
    #[must_use]
    pub fn part(&mut self, from: EventTime) -> (Vec<Strike>, Vec<Strike>) {
        let mut before = std::mem::take(&mut self.strikes);
        let stood = before.split_off(before.partition_point(|strike| strike.at < from));
        (before, stood)
    }

    /// Takes strikes of which those from the place `first_new` on were worked out anew; `stood` stood there before.
    /// Strikes follow their violations where these were moved. Returns whether subscribers are to be told.
    pub fn stand(&mut self, strikes: Vec<Strike>, first_new: usize, stood: &[Strike], offences: &[Offence]) -> bool {
        self.strikes = strikes;
        self.dealt_to.0 = self.dealt_to.0.min(first_new);
        let anew = &self.strikes[first_new..];
        let mut changed = anew.len() != stood.len() || anew.iter().zip(stood).any(|(now, then)| !now.is_told_as(then));
        for place in first_new..self.strikes.len() {
            self.remember(place);
        }
        let mut of_track: BTreeMap<TrackId, Vec<&Offence>> = BTreeMap::new();
        if self.strikes.is_empty() {
            return changed;
        }
        offences.iter().for_each(|offence| of_track.entry(offence.track).or_default().push(offence));
        // Those before all of them are of none.
        let opened_at = offences.iter().map(|offence| offence.opened_at).min().unwrap_or(EventTime::MAX);
        for place in self.strikes.partition_point(|strike| strike.at < opened_at)..self.strikes.len() {
            let strike = &mut self.strikes[place];
            let of_strike = of_track.get(&strike.track).and_then(|offences| {
                let next = offences.partition_point(|offence| offence.last_at < strike.at);
                offences.get(next).filter(|offence| offence.opened_at <= strike.at)
            });
            let Some(offence) = of_strike else { continue };
            if (strike.opened_at, strike.last_at) == (offence.opened_at, offence.last_at) && strike.rule == offence.rule
            {
                continue;
            }
            changed |= strike.opened_at != offence.opened_at || !strike.rule.is_told_as(&offence.rule);
            (strike.opened_at, strike.last_at) = (offence.opened_at, offence.last_at);
            strike.rule = offence.rule.clone();
            self.remember(place);
        }
        changed
    }

    /// What is remembered of a strike follows it.
    fn remember(&mut self, place: usize) {
        self.dealt_to.0 = self.dealt_to.0.min(place);
        let strike = &self.strikes[place];
        self.dealt_with.follow(strike);
        self.waiting.follow(strike);
        for running in self.running.iter_mut().filter(|running| running.strike.names(strike)) {
            running.strike = StrikeName::of(strike);
            running.rule = strike.rule.clone();
        }
    }

    /// Appends what is to be done now and remembers that it was. Of several steps that fall due at once only the
    /// highest is imposed.
    pub fn act(&mut self, moment: ActTimes, commands: &mut Vec<ActCommand>) {
        let standing = &self.strikes;
        // Nearly all that wait are the last.
        self.waiting.retain(|name| standing.iter().rev().any(|strike| name.names(strike)));
        self.end_what_is_over(moment.now, commands);
        self.end_what_fell(moment.now, commands);
        self.impose(moment, commands);
    }

    /// When to look again although no fact comes: at the end of a sanction, or when a wait is over.
    #[must_use]
    pub fn wakes_at(&self) -> Option<EventTime> {
        let waits = self.waiting.values();
        waits.chain(self.running.iter().map(|running| running.until.time())).min()
    }

    /// Ends the sanctions whose time is over.
    fn end_what_is_over(&mut self, now: EventTime, commands: &mut Vec<ActCommand>) {
        if self.running.iter().all(|each| each.until.time() > now) {
            return;
        }
        let (over, running) = std::mem::take(&mut self.running).into_iter().partition(|each| each.until.time() <= now);
        self.running = running;
        let over: Vec<Imposed> = over;
        commands.extend(over.iter().map(|each| self.reinstatement(each, each.until.time(), "the term has ended")));
    }

    /// Ends the sanctions whose strike fell, and that no standing strike makes due.
    fn end_what_fell(&mut self, now: EventTime, commands: &mut Vec<ActCommand>) {
        if self.running.is_empty() {
            return;
        }
        let is_due = |running: &Imposed| {
            self.strikes.iter().rev().any(|strike| {
                strike.due.map(|due| due.step) >= Some(running.step)
                    && (running.strike.names(strike) || self.dealt_with.of(strike).next().is_none())
            })
        };
        let (due, fell): (Vec<Imposed>, _) = self.running.iter().cloned().partition(is_due);
        let fell: Vec<Imposed> = fell;
        self.running = due;
        commands.extend(fell.iter().map(|each| self.reinstatement(each, now, "its strike no longer stands")));
    }

    fn reinstatement(&self, running: &Imposed, at: EventTime, reason: &'static str) -> ActCommand {
        ActCommand {
            action: ActAction::Reinstate,
            not_before: at,
            expires_at: None,
            barred: running.barred,
            rule: running.rule.clone(),
            key: running.strike.track.key,
            opened_at: running.strike.span.0,
            count: self.strikes.last().map_or(0, |strike| strike.count),
            reason,
        }
    }

    fn impose(&mut self, moment: ActTimes, commands: &mut Vec<ActCommand>) {
        let mut ready: Vec<usize> = Vec::new();
        let mut dealt_to = None;
        for (at, strike) in self.strikes.iter().enumerate().skip(self.dealt_to.0) {
            let step = strike.due.map(|due| due.step);
            if self.dealt_with.of(strike).max().is_some_and(|dealt| dealt >= step) {
                continue;
            }
            dealt_to.get_or_insert(at);
            let known = self.waiting.of(strike).next();
            let waits_until = known.unwrap_or(moment.arrived);
            if known.is_none() {
                self.waiting.put(strike, waits_until);
            }
            if waits_until <= moment.now {
                ready.push(at);
            }
        }
        self.dealt_to.0 = dealt_to.unwrap_or(self.strikes.len());
        let highest = ready
            .iter()
            .map(|at| &self.strikes[*at])
            .filter(|strike| strike.at >= moment.impose_from)
            .max_by_key(|strike| (strike.due.map(|due| due.step), strike.at));
        if let Some(strike) = highest
            && let Some(due) = strike.due
        {
            let (command, running) = begin(strike, due, moment.now);
            commands.push(command);
            if let Some(next) = running {
                // One bar at a time: the graver one goes on from the other, and ends no earlier.
                let until = self.running.drain(..).map(|running| running.until).chain([next.until.clone()]).max();
                self.running.push(Imposed { until: until.unwrap_or(next.until.clone()), ..next });
            }
        }
        for at in ready {
            let strike = &self.strikes[at];
            self.waiting.forget(strike);
            self.dealt_with.forget(strike);
            self.dealt_with.put(strike, strike.due.map(|due| due.step));
        }
    }

    /// The keys that it names: what gives them their texts must be kept.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let names = self.dealt_with.names().chain(self.waiting.names()).map(|name| name.track);
        let running = self.running.iter().map(|running| running.strike.track);
        self.strikes.iter().map(|strike| strike.track).chain(names).chain(running).map(|track| track.key)
    }

    /// Drops what no longer matters: strikes that count no more and can make nothing due, whose violation is not `held`
    /// any more, and after whose sanction alone all facts lie that are held (from `held_from` on); and the memory of
    /// having dealt with those that can be neither moved nor undone any more. On a ladder that is gone nothing counts
    /// any longer than it can still change.
    pub fn forget_before(
        &mut self,
        ladder: Option<&Ladder>,
        settled: EventTime,
        held_from: EventTime,
        is_held: impl Fn(&Strike) -> bool,
    ) {
        let (over, exit, fresh) = ladder.map_or((Millis::ZERO, Millis::ZERO, false), |ladder| {
            (ladder.strikes.over, ladder.exit_clean.unwrap_or(Millis::ZERO), ladder.fresh)
        });
        self.drop_caches();
        let running = &self.running;
        self.strikes.retain(|strike| {
            let due_until = strike.due_until.time();
            let counts_until = strike.at.plus(over).max(due_until);
            // A sanction that was imposed late runs on after its strike counts no more.
            let is_punished = running.iter().any(|running| running.strike.names(strike));
            let separates_facts = fresh && strike.due.is_some() && due_until >= held_from;
            counts_until.plus(exit) >= settled || is_punished || separates_facts || is_held(strike)
        });
        let mut standing: BTreeMap<(TrackId, u32), Vec<Span>> = BTreeMap::new();
        for name in self.strikes.iter().map(StrikeName::of) {
            standing.entry((name.track, name.ordinal)).or_default().push(name.span);
        }
        self.dealt_with.retain(|name| {
            let spans = || standing.get(&(name.track, name.ordinal));
            name.span.1 >= settled || spans().is_some_and(|spans| spans.iter().any(|span| span.overlaps(name.span)))
        });
    }

    /// Drops what is kept to save time.
    pub fn drop_caches(&mut self) {
        self.dealt_to = DealtTo::default();
    }
}

/// Begins the sanction of a step now; it runs its full term and is never backdated.
fn begin(strike: &Strike, due: Due, now: EventTime) -> (ActCommand, Option<Imposed>) {
    let runs = due.action != ActAction::Warn;
    let until = due.term.ends(now);
    let command = ActCommand {
        action: due.action,
        not_before: now,
        expires_at: runs.then(|| until.time()).filter(|until| *until < EventTime::MAX),
        barred: due.barred,
        rule: strike.rule.clone(),
        key: strike.track.key,
        opened_at: strike.opened_at,
        count: strike.count,
        reason: "",
    };
    let running = runs.then(|| Imposed {
        step: due.step,
        since: now,
        until,
        barred: due.barred,
        strike: StrikeName::of(strike),
        rule: strike.rule.clone(),
    });
    (command, running)
}

#[cfg(test)]
#[path = "acts_tests.rs"]
mod tests;
