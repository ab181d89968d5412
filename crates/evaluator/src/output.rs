//! What a shard publishes, in the form that outsiders read (DESIGN, section 8).

use ringfence_cards::{CardStatus, Suspension};
use ringfence_cdr::{EventTime, Fingerprint, Number};
use ringfence_rules::{Fraction, Unit, Value};
use serde::{Serialize, Serializer};

/// One event that a commit publishes. Events of one key stay in the order of the commit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Output {
    /// To the topic `violations`.
    Violation(Box<Violation>),
    /// To the topic `suspensions`.
    Suspension(Box<Suspension>),
    /// To the compacted topic `card-status`.
    CardStatus(Box<CardStatus>),
}

/// One episode of one rule for one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// Of rule hash, key and `openedAt`: thirty-two hexadecimal digits.
    pub id: String,
    /// Rises with every event of this violation, from 1.
    pub revision: u32,
    /// The rule as it stood.
    pub rule: RuleReference,
    /// What the rule judges: `callingNumber`, or the names of a pair.
    pub scope: &'static str,
    /// Whom it is about.
    pub key: KeyName,
    /// What this event says.
    pub status: Status,
    /// The highest that any holding instant reached.
    pub severity: &'static str,
    /// The first instant that holds.
    #[serde(serialize_with = "rfc3339")]
    pub opened_at: EventTime,
    /// The last instant that holds.
    #[serde(serialize_with = "rfc3339")]
    pub last_at: EventTime,
    /// How far event time had come when this was published.
    #[serde(serialize_with = "rfc3339")]
    pub updated_at: EventTime,
    /// `lastAt` + `keep`, once closed.
    #[serde(serialize_with = "rfc3339_option", skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<EventTime>,
    /// Every comparison of `when` as of `openedAt`.
    pub clauses: Vec<Clause>,
    /// The facts counted as of `openedAt`.
    pub evidence: Evidence,
    /// Facts at instants that hold.
    pub matches: u64,
    /// Every `let` where the first comparison's left side was largest.
    #[serde(serialize_with = "by_name")]
    pub peak: Vec<(Box<str>, Shown)>,
    /// False where a window of the rule begins before the time from which the inputs were read without a hole.
    pub data_complete: bool,
    /// The deciding record came when the shard had seen event times more than five minutes later.
    pub late: bool,
    /// The key had reached its cap: counts are lower bounds.
    pub approximate: bool,
    /// Of a withdrawn violation: what continues it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
    /// After a change of rules: the violation that this one goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// One plain sentence.
    pub reason: String,
    /// Of a violation that has just opened: when the last of the records arrived that it was judged with. Not
    /// published; how long detection takes is measured from it.
    #[serde(skip)]
    pub arrived: Option<EventTime>,
}

/// Which rule, as it stood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleReference {
    /// The rule's name within its pack.
    pub id: Box<str>,
    /// The pack's version.
    pub version: Box<str>,
    /// The rule's content hash.
    pub hash: String,
    /// `enforce` or `shadow`.
    pub mode: &'static str,
}

/// What an event says of its violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It began.
    Opened,
    /// It goes on, or goes on again.
    Updated,
    /// It is over.
    Closed,
    /// It no longer holds, or another one took its place.
    Withdrawn,
}

impl Status {
    /// The name in events and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// One comparison of a rule with the values as of `openedAt`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clause {
    /// The left side as written.
    pub measure: Box<str>,
    /// Its value.
    pub value: Shown,
    /// How it is compared.
    pub operator: &'static str,
    /// The right side's value.
    pub limit: Shown,
    /// The first instant of the widest window on the left side, excluded where the window slides.
    #[serde(serialize_with = "rfc3339")]
    pub from: EventTime,
    /// The last instant of the window, included.
    #[serde(serialize_with = "rfc3339")]
    pub to: EventTime,
}

/// The facts that a violation rests on, as of `openedAt`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The latest counted facts, capped, in order of time and fingerprint.
    pub records: Vec<EvidenceRecord>,
    /// SHA-256 over all counted facts in order of time and fingerprint, with the fields that the rule reads.
    pub digest: String,
    /// How many facts were counted.
    pub total: u64,
}

/// One counted fact: joins to the record whose `recordId` has this fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceRecord {
    /// Its event time.
    #[serde(serialize_with = "rfc3339")]
    pub at: EventTime,
    /// Of its record id.
    #[serde(serialize_with = "display")]
    pub fingerprint: Fingerprint,
}

/// Whom a violation is about: a number, or a list of both numbers of a pair.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum KeyName {
    /// One number.
    Number(Number),
    /// Calling and called number.
    Pair(Number, Number),
}

/// A value as outsiders see it: counts as integers, fractions as decimals rounded to six places, durations in whole
/// milliseconds, undefined as null.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// A count or a duration.
    Integer(i64),
    /// A fraction.
    Decimal(f64),
    /// No value.
    Undefined(()),
}

impl Shown {
    /// The shown form of a value.
    #[must_use]
    pub fn new(value: Value, unit: Unit) -> Self {
        match (value, unit) {
            (None, _) => Self::Undefined(()),
            (Some(fraction), Unit::Number) => {
                fraction.integer().map_or_else(|| Self::Decimal(fraction.rounded()), Self::Integer)
            }
            (Some(fraction), Unit::Duration) => Self::Integer(whole(fraction)),
        }
    }
}

/// The nearest whole number, half away from zero.
fn whole(fraction: Fraction) -> i64 {
    let (numerator, denominator) = (fraction.numerator(), fraction.denominator());
    let rounded = (2 * numerator.abs() + denominator) / (2 * denominator);
    i64::try_from(rounded * numerator.signum()).unwrap_or(i64::MAX)
}

impl KeyName {
    /// The number that events about this key are keyed by.
    #[must_use]
    pub fn subject(&self) -> &Number {
        match self {
            Self::Number(number) | Self::Pair(number, _) => number,
        }
    }
}

impl Output {
    /// The number that keys the event, so that everything about a number stays in order.
    #[must_use]
    pub fn subject(&self) -> &Number {
        match self {
            Self::Violation(violation) => violation.key.subject(),
            Self::Suspension(suspension) => &suspension.card,
            Self::CardStatus(status) => &status.card,
        }
    }
}

fn rfc3339<S: Serializer>(at: &EventTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn rfc3339_option<S: Serializer>(at: &Option<EventTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}

fn by_name<S: Serializer>(values: &[(Box<str>, Shown)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(values.iter().map(|(name, value)| (name, value)))
}

fn display<S: Serializer>(value: &impl std::fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
