//! One rule, compiled.

use ringfence_cdr::{EventTime, Millis};
use ringfence_events::{Mode, Severity};

use crate::{Aggregate, Condition, ContentHash, Expression, Field, Measure, Predicate, Stream, Unit};

/// One rule of a pack, compiled: parameters resolved, types and units checked.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its identity within the pack, kebab-case.
    pub name: Box<str>,
    /// A title for people.
    pub title: Box<str>,
    /// Where the rule comes from.
    pub basis: Box<str>,
    /// Of everything that can change a verdict, and nothing else.
    pub hash: ContentHash,
    /// Whether its violations count. A rule that is off is in no pack.
    pub mode: Mode,
    /// The rule holds at no instant before this.
    pub effective_from: Option<EventTime>,
    /// The rule holds at no instant at or after this.
    pub effective_until: Option<EventTime>,
    /// What it judges.
    pub key: Key,
    /// The calls the rule counts at all: its `where` and none of its `except`.
    pub counted: Predicate,
    /// Every measure that `let`, `when` and `escalate` name; equal ones once.
    pub measures: Vec<Measure>,
    /// The named values, in the order written: they are the `peak` of a violation.
    pub lets: Vec<Let>,
    /// When it holds.
    pub when: Condition,
    /// Gaps strictly shorter than this do not end an episode.
    pub keep: Millis,
    /// The severity of a holding instant without escalation.
    pub severity: Severity,
    /// Higher severities with their conditions.
    pub escalate: Vec<Escalation>,
    /// The index in [`crate::Pack::ladders`] of the ladder that its violations are strikes on.
    pub ladder: Option<usize>,
    /// The sentence for people.
    pub say: Option<Say>,
}

/// What a rule judges: each value of this key has its own windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A calling number.
    CallingNumber,
    /// A calling number together with one called number.
    Pair,
}

/// A named value of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Its name.
    pub name: Box<str>,
    /// How it is worked out; mostly one measure.
    pub expression: Expression,
    /// Its unit.
    pub unit: Unit,
}

/// A second level of a rule: where its condition holds too, the severity is at least this.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalation {
    /// The severity it leads to.
    pub severity: Severity,
    /// In addition to the rule's own `when`.
    pub when: Condition,
}

/// The sentence of `say`, cut at its placeholders.
#[derive(Clone, Debug, PartialEq)]
pub struct Say(pub Vec<SayPart>);

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum SayPart {
    /// Text as it is.
    Text(Box<str>),
    /// `{key}`.
    Key,
    /// `{name}`: the index in [`Rule::lets`].
    Let(usize),
}

impl Rule {
    /// Whether the rule reads this stream.
    #[must_use]
    pub fn reads(&self, stream: Stream) -> bool {
        self.measures.iter().any(|measure| measure.stream == stream)
    }

    /// How far before an instant the rule reads the stream, `None` where it does not.
    #[must_use]
    pub fn look_back(&self, stream: Stream) -> Option<Millis> {
        self.measures.iter().filter(|measure| measure.stream == stream).map(Measure::look_back).max()
    }

    /// Whether the rule is in effect at an instant.
    #[must_use]
    pub fn is_effective(&self, at: EventTime) -> bool {
        self.effective_from.is_none_or(|from| at >= from) && self.effective_until.is_none_or(|until| at < until)
    }

    /// The fields of facts that a verdict of the rule depends on, in order, each once.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = self.counted.fields();
        for measure in &self.measures {
            fields.extend(measure.fields());
        }
        if self.key == Key::Pair {
            fields.push(Field::CalledNumber);
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

impl Rule {
    /// Which fields the rule looks up in which lists, these as places among those of the pack.
    #[must_use]
    pub fn look_ups(&self) -> Vec<(Field, usize)> {
        let of_measures = self.measures.iter().flat_map(|measure| {
            let asked = match &measure.aggregate {
                Aggregate::Share(predicate) | Aggregate::Elapsed(predicate) => predicate.look_ups(),
                _ => Vec::new(),
            };
            measure.filter.look_ups().into_iter().chain(asked)
        });
        self.counted.look_ups().into_iter().chain(of_measures).collect()
    }
}
