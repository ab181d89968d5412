//! What the facts make due: strikes in their order and the step that each leads to.

use ringfence_cdr::{EventTime, PackedNumber};
use ringfence_rules::{Ladder, Sanction};
use serde::{Deserialize, Serialize};

/// Which rule was broken with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The rule's index in the pack.
    pub rule: u16,
    /// The second member of a pair.
    pub called: Option<PackedNumber>,
}

/// One violation that may be struck, in the order of rule and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offence {
    /// Rule and key.
    pub source: Source,
    /// The violation's first instant.
    pub opened_at: EventTime,
    /// Its last instant so far.
    pub last_at: EventTime,
}

/// A violation, or a further stretch of it, that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// Its instant.
    pub at: EventTime,
    /// Which rule was broken with whom.
    pub source: Source,
    /// The first instant of the violation.
    pub opened_at: EventTime,
    /// The last instant of the violation, as far as it is known.
    pub last_at: EventTime,
    /// The how manieth strike of its violation, from 1.
    pub number: u32,
    /// How many strikes counted at its instant, itself included.
    pub count: u32,
    /// The step it makes due: an index in the ladder.
    pub step: Option<u8>,
    /// When that sanction ends, had it begun at the instant of the strike; a warning ends at once.
    pub due_until: EventTime,
}

impl Strike {
    /// Whether subscribers are told the same of both: how long a violation lasts is told by the violation itself.
    #[must_use]
    pub fn is_told_as(&self, other: &Self) -> bool {
        Self { last_at: other.last_at, ..self.clone() } == *other
    }
}

/// Works out the strikes from `from` on anew, given those before it.
///
/// `first_eligible(offence, not_before, since)` tells the first instant at or after `not_before` at which the offence
/// is eligible on the facts after `since` alone. Strikes are made in order of (instant, rule, key): a violation's
/// first at its first eligible instant, each next one `again` or more after the one before (RULES, section 3).
pub fn walk(
    ladder: &Ladder,
    strikes: &mut Vec<Strike>,
    from: EventTime,
    offences: &[Offence],
    mut first_eligible: impl FnMut(&Offence, EventTime, EventTime) -> Option<EventTime>,
) {
    strikes.retain(|strike| strike.at < from);
    loop {
        // A strike below every step makes nothing due, so nothing is punished yet.
        let punished = strikes.iter().rev().find(|strike| strike.step.is_some());
        let since = punished.filter(|_| ladder.fresh).map_or(EventTime::MIN, |strike| strike.due_until);
        // While a suspension due runs no instant is eligible; it runs up to its end, which is excluded.
        let free_at = strikes.iter().map(|strike| strike.due_until).max().unwrap_or(EventTime::MIN);
        let mut next: Option<(EventTime, Offence, u32)> = None;
        for offence in offences {
            let Some((not_before, number)) = earliest(ladder, strikes, offence) else { continue };
            let not_before = not_before.max(free_at).max(from);
            if not_before > offence.last_at || next.is_some_and(|(at, ..)| not_before >= at) {
                continue;
            }
            if let Some(at) = first_eligible(offence, not_before, since)
                && next.is_none_or(|(best, ..)| at < best)
            {
                next = Some((at, *offence, number));
            }
        }
        let Some((at, offence, number)) = next else { return };
        strikes.push(strike(ladder, strikes, at, &offence, number));
    }
}

/// From when the next strike of an offence may be, and the how manieth it is; `None` where it cannot have another.
fn earliest(ladder: &Ladder, strikes: &[Strike], offence: &Offence) -> Option<(EventTime, u32)> {
    let of_offence = strikes.iter().rev().find(|strike| {
        strike.source == offence.source && strike.at >= offence.opened_at && strike.at <= offence.last_at
    });
    match of_offence {
        None => Some((offence.opened_at, 1)),
        Some(last) => Some((last.at.plus(ladder.strikes.again?), last.number + 1)),
    }
}

fn strike(ladder: &Ladder, before: &[Strike], at: EventTime, offence: &Offence, number: u32) -> Strike {
    let counting = before.iter().filter(|strike| strike.at > at.minus(ladder.strikes.over));
    let count = 1 + match last_exit(ladder, before, at) {
        Some(exit) => counting.filter(|strike| strike.at >= exit).count(),
        None => counting.count(),
    } as u32;
    let step = ladder.steps.iter().rposition(|step| step.at <= count);
    let due_until = match step.map(|step| &ladder.steps[step].sanction) {
        Some(Sanction::Suspend { duration, .. }) => at.plus(*duration),
        Some(Sanction::Warn) | None => at,
    };
    Strike {
        at,
        source: offence.source,
        opened_at: offence.opened_at,
        last_at: offence.last_at,
        number,
        count,
        step: step.map(|step| step as u8),
        due_until,
    }
}

/// The last time, up to `at`, that the subject was back at the start: `exit.clean` after the later of the last strike
/// and the end of its sanction.
fn last_exit(ladder: &Ladder, strikes: &[Strike], at: EventTime) -> Option<EventTime> {
    let clean = ladder.exit_clean?;
    let exit_after = |strike: &Strike| strike.due_until.max(strike.at).plus(clean);
    let next_at = |index: usize| strikes.get(index + 1).map_or(at, |next| next.at);
    (0..strikes.len())
        .rev()
        .map(|index| (exit_after(&strikes[index]), next_at(index)))
        .find_map(|(exit, next)| (exit <= next).then_some(exit))
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
