//! What stands now: every episode and strike, with exact values.

use ringfence_cdr::{EventTime, Number};
use ringfence_events::{KeyName, Violation};
use ringfence_rules::{Severity, Value};

use super::shard::Shard;
use crate::episodes::{key_name, violation};
use crate::judging::Context;
use crate::judging::unstored;

/// One standing violation, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingEpisode {
    /// The rule's name.
    pub rule: Box<str>,
    /// Whom it is about.
    pub key: KeyName,
    /// The first instant that holds.
    pub opened_at: EventTime,
    /// The last instant that holds.
    pub last_at: EventTime,
    /// `lastAt` + `keep`, once closed.
    pub closed_at: Option<EventTime>,
    /// Facts at instants that hold.
    pub matches: u64,
    /// The highest that any holding instant reached.
    pub severity: Severity,
    /// Every `let` at the peak.
    pub peak: Vec<Value>,
    /// Both sides of every comparison of `when` as of `openedAt`.
    pub clauses: Vec<(Value, Value)>,
}

/// One strike that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingStrike {
    /// The ladder's name.
    pub ladder: Box<str>,
    /// The card.
    pub card: Number,
    /// The instant.
    pub at: EventTime,
    /// The rule that was broken.
    pub rule: Box<str>,
    /// Whom the violation is about.
    pub key: KeyName,
    /// The first instant of the violation.
    pub opened_at: EventTime,
    /// How many strikes counted then.
    pub count: u32,
    /// The `at` of the step that it makes due.
    pub step: Option<u32>,
    /// When that sanction ends, had it begun at the instant of the strike.
    pub due_until: EventTime,
}

impl Shard {
    /// Every violation that stands, as it was last published, in order of `openedAt`, rule and key (bytes).
    #[must_use]
    pub fn standing(&self) -> Vec<Violation> {
        let context = self.context();
        let mut violations = Vec::new();
        for state in self.numbers.iter().flatten() {
            for track in state.tracks() {
                let key = key_name(&self.symbols, track.id.key);
                let standing = track.published.iter().filter(|published| !published.is_withdrawn());
                violations.extend(standing.map(|published| violation(&context, &key, published, None)));
            }
        }
        violations.sort_by(|a, b| (a.opened_at, &a.rule.id, &a.key).cmp(&(b.opened_at, &b.rule.id, &b.key)));
        violations
    }

    /// Every episode that stands, with exact values, in the same order.
    #[must_use]
    pub fn episodes(&self) -> Vec<StandingEpisode> {
        let context = self.context();
        let mut episodes = Vec::new();
        for state in self.numbers.iter().flatten() {
            for track in state.tracks() {
                let key = key_name(&self.symbols, track.id.key);
                for published in track.published.iter().filter(|published| !published.is_withdrawn()) {
                    let content = &published.content;
                    let clauses = published.opening.clauses.iter();
                    episodes.push(StandingEpisode {
                        rule: context.rule(published.rule).name.clone(),
                        key: key.clone(),
                        opened_at: content.opened_at,
                        last_at: content.last_at,
                        closed_at: content.closed_at,
                        matches: content.matches,
                        severity: Severity::ALL[usize::from(content.severity).min(Severity::ALL.len() - 1)],
                        peak: content.peak.lets.iter().map(|value| unstored(*value)).collect(),
                        clauses: clauses.map(|(left, right, _)| (unstored(*left), unstored(*right))).collect(),
                    });
                }
            }
        }
        episodes.sort_by(|a, b| (a.opened_at, &a.rule, &a.key).cmp(&(b.opened_at, &b.rule, &b.key)));
        episodes
    }

    /// Every strike that stands, in order of card, ladder and instant.
    #[must_use]
    pub fn strikes(&self) -> Vec<StandingStrike> {
        let mut strikes = Vec::new();
        for state in self.numbers.iter().flatten() {
            let Some(card) = state.extras.as_ref().and_then(|extras| extras.card.as_ref()) else { continue };
            for (ladder, file) in card.files() {
                strikes.extend(file.strikes().iter().map(|strike| StandingStrike {
                    ladder: ladder.into(),
                    card: self.symbols.number(state.number),
                    at: strike.at,
                    rule: strike.rule.name.clone(),
                    key: key_name(&self.symbols, strike.track.key),
                    opened_at: strike.opened_at,
                    count: strike.count,
                    step: strike.due.map(|due| due.step),
                    due_until: strike.due_until.time(),
                }));
            }
        }
        strikes.sort_by(|a, b| {
            (&a.card, &a.ladder, a.at, &a.rule, &a.key).cmp(&(&b.card, &b.ladder, b.at, &b.rule, &b.key))
        });
        strikes
    }

    fn context(&self) -> Context<'_> {
        self.times.context(&self.book, &self.symbols)
    }
}
