//! Episodes: maximal runs of judged instants that hold.

use ringfence_cdr::EventTime;
use ringfence_rules::{Rule, Severity, Value};

use crate::Instant;
use crate::standing::Status;

/// One episode of one rule for one key: one violation.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// The first instant that holds.
    pub opened_at: EventTime,
    /// The last instant that holds.
    pub last_at: EventTime,
    /// The number of facts at instants that hold.
    pub matches: u64,
    /// Every `let` at the instant where the left side of the first comparison was largest.
    pub peak: Vec<Value>,
    /// The highest that any holding instant reached.
    pub severity: Severity,
    /// Open or closed.
    pub status: Status,
    /// `last_at` + `keep`, once closed.
    pub closed_at: Option<EventTime>,
    /// Every instant of it that holds.
    pub holding: Vec<EventTime>,
}

/// The episodes that these judged instants make, as they stand at a shard time.
pub(crate) fn episodes(rule: &Rule, instants: &[Instant], until: EventTime) -> Vec<Episode> {
    let known = known_at(instants, until);
    bridged(rule, runs(known)).iter().map(|run| episode(rule, run, known, until)).collect()
}

/// The judged instants that are known at a shard time: all that have a fact and what lies before them; the silence
/// after the last fact only once it has been reached.
fn known_at(instants: &[Instant], until: EventTime) -> &[Instant] {
    match instants {
        [before @ .., last] if last.facts == 0 && last.t > until => before,
        all => all,
    }
}

/// The maximal runs of instants that hold.
fn runs(instants: &[Instant]) -> Vec<Vec<&Instant>> {
    instants.chunk_by(|a, b| a.holds == b.holds).filter(|run| run[0].holds).map(|run| run.iter().collect()).collect()
}

/// Joins runs whose gap is strictly shorter than `keep`.
fn bridged<'i>(rule: &Rule, runs: Vec<Vec<&'i Instant>>) -> Vec<Vec<&'i Instant>> {
    let mut joined: Vec<Vec<&Instant>> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(before) if run[0].t.since(before[before.len() - 1].t) < rule.keep => before.extend(run),
            _ => joined.push(run),
        }
    }
    joined
}

fn episode(rule: &Rule, run: &[&Instant], known: &[Instant], until: EventTime) -> Episode {
    let (first, last) = (run[0], run[run.len() - 1]);
    let mut peak = first;
    for instant in run {
        if instant.leading > peak.leading {
            peak = instant;
        }
    }
    let closed_at = last.t.plus(rule.keep);
    let judged_false_since = known.iter().any(|instant| instant.t > last.t && !instant.holds);
    let closed = judged_false_since && until >= closed_at;
    Episode {
        opened_at: first.t,
        last_at: last.t,
        matches: run.iter().map(|instant| instant.facts).sum(),
        peak: peak.lets.clone(),
        severity: run.iter().map(|instant| instant.severity).max().unwrap_or(rule.severity),
        status: if closed { Status::Closed } else { Status::Open },
        closed_at: closed.then_some(closed_at),
        holding: run.iter().map(|instant| instant.t).collect(),
    }
}
