//! A violation: one episode of one rule for one key, with its proof.

use ringfence_cdr::{EventTime, Fingerprint, Number};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Quantity, rfc3339, schema};

/// One episode of one rule for one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// Of rule hash, key and `openedAt`: thirty-two hexadecimal digits.
    #[schemars(with = "schema::Id")]
    pub id: String,
    /// Rises with every event of this violation, from 1.
    pub revision: u32,
    /// The rule as it stood.
    pub rule: RuleReference,
    /// What the rule judges.
    pub scope: Scope,
    /// Whom it is about.
    pub key: KeyName,
    /// What this event says.
    pub status: Status,
    /// The highest that any holding instant reached.
    pub severity: Severity,
    /// The first instant that holds.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub opened_at: EventTime,
    /// The last instant that holds.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub last_at: EventTime,
    /// How far event time had come when this was published.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub updated_at: EventTime,
    /// `lastAt` and the rule's `keep`, once closed.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "schema::Time")]
    pub closed_at: Option<EventTime>,
    /// Every comparison of `when` as of `openedAt`.
    pub clauses: Vec<Clause>,
    /// The facts counted as of `openedAt`.
    pub evidence: Evidence,
    /// Facts at instants that hold.
    pub matches: u64,
    /// Every `let` of the rule where the left side of its first comparison was largest.
    #[serde(with = "by_name")]
    #[schemars(with = "std::collections::BTreeMap<String, Quantity>")]
    pub peak: Vec<(Box<str>, Quantity)>,
    /// False where a window of the rule begins before the time from which the inputs were read without a hole.
    pub data_complete: bool,
    /// The deciding record came when the shard had seen event times more than five minutes later.
    pub late: bool,
    /// The key had reached its cap: counts are lower bounds.
    pub approximate: bool,
    /// Of a withdrawn violation: the id of what continues it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "schema::Id")]
    pub replaced_by: Option<String>,
    /// After a change of rules: the id of the violation that this one goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "schema::Id")]
    pub replaces: Option<String>,
    /// One plain sentence.
    pub reason: String,
}

impl Violation {
    /// What of it no order of reading changes, once shard time has closed what is over: without what tells when and how
    /// it became known.
    #[must_use]
    pub fn standing_form(&self) -> Self {
        let is_closed = self.status == Status::Closed;
        Self {
            revision: 0,
            status: if is_closed { Status::Closed } else { Status::Opened },
            updated_at: self.last_at,
            data_complete: true,
            late: false,
            replaced_by: None,
            ..self.clone()
        }
    }
}

/// Which rule, as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleReference {
    /// The rule's name within its pack.
    pub id: Box<str>,
    /// The pack's version.
    pub version: Box<str>,
    /// The rule's content hash.
    #[schemars(with = "schema::Sha256")]
    pub hash: String,
    /// Whether its violations count.
    pub mode: Mode,
}

/// One comparison of a rule with the values as of `openedAt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clause {
    /// The left side as written.
    pub measure: Box<str>,
    /// Its value.
    pub value: Quantity,
    /// How it is compared.
    pub operator: Operator,
    /// The right side's value.
    pub limit: Quantity,
    /// The first instant of the widest window on the left side, excluded where the window slides.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub from: EventTime,
    /// The last instant of the window, included.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub to: EventTime,
}

/// The facts that a violation rests on, as of `openedAt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The latest counted facts, capped, in order of time and fingerprint; left out where an earlier revision told the
    /// same ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Vec<EvidenceRecord>>,
    /// The revision of this violation that has the records, where this one leaves them out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u32>,
    /// Over all counted facts in order of time and fingerprint, with the fields that the rule reads.
    #[schemars(with = "schema::Sha256")]
    pub digest: String,
    /// How many facts were counted.
    pub total: u64,
}

/// One counted fact: joins to the record whose id has this fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceRecord {
    /// Its event time.
    #[serde(with = "rfc3339")]
    #[schemars(with = "schema::Time")]
    pub at: EventTime,
    /// Of its record id.
    #[serde(with = "fingerprint")]
    #[schemars(with = "schema::Fingerprint")]
    pub fingerprint: Fingerprint,
}

/// Whom a violation is about: a number, or a list of both numbers of a pair, the calling one first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum KeyName {
    /// One number.
    Number(#[schemars(with = "schema::Number")] Number),
    /// Calling and called number.
    Pair(#[schemars(with = "schema::Number")] Number, #[schemars(with = "schema::Number")] Number),
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

words! {
    /// What an event says of its violation.
    Status {
        /// It began.
        Opened = "opened",
        /// It goes on, or goes on again.
        Updated = "updated",
        /// It is over.
        Closed = "closed",
        /// It no longer holds, or another one took its place.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// How grave a violation is, the least first.
    Severity {
        /// Worth knowing.
        Info = "info",
        /// The default.
        Warning = "warning",
        /// A small offence.
        Minor = "minor",
        /// A grave offence.
        Major = "major",
        /// The gravest.
        Critical = "critical",
    }
}

words! {
    /// Whether the violations of a rule count.
    Mode {
        /// They are listed, and never a strike.
        Shadow = "shadow",
        /// They count.
        Enforce = "enforce",
    }
}

words! {
    /// What a rule judges: each value of this key has its own windows.
    Scope {
        /// A calling number.
        CallingNumber = "callingNumber",
        /// A calling number together with one called number.
        Pair = "callingNumber,calledNumber",
    }
}

words! {
    /// How a value is compared with a limit.
    Operator {
        /// The value is above the limit.
        Greater = ">",
        /// The value is the limit or above it.
        GreaterOrEqual = ">=",
        /// The value is below the limit.
        Less = "<",
        /// The value is the limit or below it.
        LessOrEqual = "<=",
        /// The value is the limit.
        Equal = "==",
        /// The value is another than the limit.
        NotEqual = "!=",
    }
}

impl Operator {
    /// Whether `left operator right` holds for two values in this order.
    #[must_use]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
        }
    }
}

/// Values by name, in the order of the rule.
mod by_name {
    use std::fmt;

    use serde::de::{MapAccess, Visitor};
    use serde::{Deserializer, Serializer};

    use crate::Quantity;

    type Named = Vec<(Box<str>, Quantity)>;

    pub(super) fn serialize<S: Serializer>(values: &Named, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(values.iter().map(|(name, value)| (name, value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Named, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("values by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let mut values = Vec::new();
                while let Some(named) = map.next_entry()? {
                    values.push(named);
                }
                Ok(values)
            }
        }

        deserializer.deserialize_map(Read)
    }
}

/// Fingerprints as eight hexadecimal digits.
mod fingerprint {
    use std::borrow::Cow;

    use ringfence_cdr::Fingerprint;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(fingerprint: &Fingerprint, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(fingerprint)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fingerprint, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let is_hexadecimal = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let value = u32::from_str_radix(&text, 16).ok().filter(|_| is_hexadecimal);
        value.map(Fingerprint).ok_or_else(|| D::Error::custom("a fingerprint has eight hexadecimal digits"))
    }
}
