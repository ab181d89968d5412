//! The keys that rules judge.

use ringfence_cdr::Number;
use ringfence_rules::Key;

use crate::Fact;

/// One value of the key of a rule. Ordered by the bytes of the numbers' texts, the first number first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JudgedKey {
    /// A calling number.
    Number(Number),
    /// A calling number and one called number.
    Pair(Number, Number),
}

impl JudgedKey {
    /// The key of this kind that a fact belongs to. A complaint belongs to the pair of the number complained of and
    /// the complainant, where there is one.
    #[must_use]
    pub fn of(kind: Key, fact: &Fact) -> Option<Self> {
        match (kind, fact) {
            (Key::CallingNumber, fact) => Some(Self::Number(fact.number().clone())),
            (Key::Pair, Fact::Call(call)) => Some(Self::Pair(call.calling_number.clone(), call.called_number.clone())),
            (Key::Pair, Fact::Complaint(complaint)) => {
                let complainant = complaint.complainant.clone()?;
                Some(Self::Pair(complaint.complained_number.clone(), complainant))
            }
        }
    }

    /// Which kind of key this is.
    #[must_use]
    pub fn kind(&self) -> Key {
        match self {
            Self::Number(_) => Key::CallingNumber,
            Self::Pair(..) => Key::Pair,
        }
    }

    /// The calling number: the card whose ladder a strike of this key counts on.
    #[must_use]
    pub fn calling_number(&self) -> &Number {
        match self {
            Self::Number(number) | Self::Pair(number, _) => number,
        }
    }

    /// The texts of its numbers.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Number(number) => vec![number.to_string()],
            Self::Pair(calling, called) => vec![calling.to_string(), called.to_string()],
        }
    }
}
