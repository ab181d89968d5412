//! The standing form: what law tests compare, plain enough for the evaluator's state to be converted into it.
//!
//! It has what the facts say and nothing of what was done or published: no revision, no `late`, no `updatedAt`.

use ringfence_cdr::EventTime;
use ringfence_rules::Value;
use serde::{Deserialize, Serialize};

/// The standing violations, the strikes and the steps due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingForm {
    /// Sorted by `opened_at`, rule, key (bytes).
    pub violations: Vec<StandingViolation>,
    /// Sorted by ladder, subject, then as they are made: by instant, rule, key.
    pub strikes: Vec<StandingStrike>,
    /// One for each ladder and subject that has a strike, sorted by both.
    pub due: Vec<StepDue>,
}

/// One episode of one rule and key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingViolation {
    /// The first instant that holds.
    pub opened_at: EventTime,
    /// The name of the rule.
    pub rule: String,
    /// One number, or the two of a pair.
    pub key: Vec<String>,
    /// The content hash of the rule, in hexadecimal.
    pub rule_hash: String,
    /// `enforce` or `shadow`.
    pub mode: String,
    /// Open or closed.
    pub status: Status,
    /// The name of the severity.
    pub severity: String,
    /// The last instant that holds.
    pub last_at: EventTime,
    /// `last_at` + `keep`, once closed.
    pub closed_at: Option<EventTime>,
    /// The number of facts at instants that hold.
    pub matches: u64,
    /// Every `let` by name, in the order written, with its value at the peak.
    pub peak: Vec<(String, Option<Exact>)>,
    /// Every comparison of `when` in reading order, as of `opened_at`.
    pub clauses: Vec<StandingClause>,
}

/// One comparison of `when` as of the opening of a violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingClause {
    /// The left side as written.
    pub measure: String,
    /// The value of the left side, `None` where it is undefined.
    pub value: Option<Exact>,
    /// The operator as written.
    pub operator: String,
    /// The value of the right side, `None` where it is undefined.
    pub limit: Option<Exact>,
}

/// One strike of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingStrike {
    /// The name of the ladder.
    pub ladder: String,
    /// The card that the strike counts against.
    pub subject: String,
    /// The instant of the strike.
    pub at: EventTime,
    /// The rule of the violation.
    pub rule: String,
    /// The key of the violation.
    pub key: Vec<String>,
    /// The `opened_at` of the violation.
    pub opened_at: EventTime,
    /// How many strikes counted at that instant, this one included.
    pub counting: u32,
    /// The `at` of the step that it made due, `None` where the count is below every step.
    pub step: Option<u32>,
    /// The end of the sanction due, a warning's is its instant; `None` without a step.
    pub ends: Option<EventTime>,
}

/// Where a subject stands on a ladder at a shard time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDue {
    /// The name of the ladder.
    pub ladder: String,
    /// The card.
    pub subject: String,
    /// How many strikes count at the shard time.
    pub counting: u32,
    /// The `at` of the step that the last strike made due; `None` where it made none, or where the strike counts no
    /// more (it is too old, or the subject is back at the start) and its sanction is over.
    pub step: Option<u32>,
    /// The instant of that strike.
    pub since: Option<EventTime>,
    /// The end of that step's sanction.
    pub ends: Option<EventTime>,
}

/// Whether an episode is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It may go on.
    Open,
    /// It is over, unless a record comes late.
    Closed,
}

/// An exact value in lowest terms, as text: `101` or `73/101`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Exact(pub String);

impl Exact {
    /// The exact form of a value, `None` where it is undefined.
    #[must_use]
    pub fn of(value: Value) -> Option<Self> {
        let reduced = value?.reduced();
        Some(Self(match reduced.denominator() {
            1 => reduced.numerator().to_string(),
            denominator => format!("{}/{denominator}", reduced.numerator()),
        }))
    }
}

impl StandingForm {
    /// Puts every list in its order, whatever order it was filled in.
    pub fn sort(&mut self) {
        self.violations.sort_by(|a, b| (a.opened_at, &a.rule, &a.key).cmp(&(b.opened_at, &b.rule, &b.key)));
        self.strikes.sort_by(|a, b| {
            (&a.ladder, &a.subject, a.at, &a.rule, &a.key).cmp(&(&b.ladder, &b.subject, b.at, &b.rule, &b.key))
        });
        self.due.sort_by(|a, b| (&a.ladder, &a.subject).cmp(&(&b.ladder, &b.subject)));
    }
}
