//! Rules that are in force no more, and still have violations or strikes to their name.
//!
//! A changed rule leaves behind what it judged: its closed violations, their strikes. They stand, are named and shown as
//! they were, and are never judged again. So of a former rule only what is shown of it is kept, in the form of a rule
//! without measures, which a snapshot can hold.

use ringfence_cdr::Millis;
use ringfence_rules::{
    Aggregate, Comparison, Condition, ContentHash, Expression, Fraction, Key, Let, Measure, MeasureId, Mode, Operator,
    Pack, Predicate, Rule, Say, SayPart, Severity, Stream, Unit, Window,
};
use serde::{Deserialize, Serialize};

const OPERATORS: [Operator; 6] = [
    Operator::Greater,
    Operator::GreaterOrEqual,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Equal,
    Operator::NotEqual,
];

/// What is shown of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Former {
    pub(crate) name: Box<str>,
    title: Box<str>,
    basis: Box<str>,
    pub(crate) hash: [u8; 32],
    /// The version of the pack that had it.
    pub(crate) version: Box<str>,
    enforced: bool,
    of_pairs: bool,
    keep: Millis,
    /// The name of its ladder.
    ladder: Option<Box<str>>,
    lets: Vec<FormerLet>,
    comparisons: Vec<FormerComparison>,
    say: Option<Vec<FormerSay>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FormerLet {
    name: Box<str>,
    is_duration: bool,
    is_share: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FormerComparison {
    left_text: Box<str>,
    text: Box<str>,
    /// Its place in [`OPERATORS`].
    operator: u8,
    is_duration: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum FormerSay {
    Text(Box<str>),
    Key,
    Let(u16),
}

impl Former {
    /// What is shown of a rule of a pack.
    pub(crate) fn of(rule: &Rule, pack: &Pack) -> Self {
        let is_duration = |unit: Unit| unit == Unit::Duration;
        let comparison = |comparison: &Comparison| FormerComparison {
            left_text: comparison.left_text.clone(),
            text: comparison.text.clone(),
            operator: OPERATORS.iter().position(|known| *known == comparison.operator).unwrap_or_default() as u8,
            is_duration: is_duration(comparison.unit),
        };
        let said = |part: &SayPart| match part {
            SayPart::Text(text) => FormerSay::Text(text.clone()),
            SayPart::Key => FormerSay::Key,
            SayPart::Let(at) => FormerSay::Let(*at as u16),
        };
        Self {
            name: rule.name.clone(),
            title: rule.title.clone(),
            basis: rule.basis.clone(),
            hash: rule.hash.0,
            version: pack.identity.version.clone(),
            enforced: rule.mode == Mode::Enforce,
            of_pairs: rule.key == Key::Pair,
            keep: rule.keep,
            ladder: rule.ladder.map(|ladder| pack.ladders[ladder].name.clone()),
            lets: rule
                .lets
                .iter()
                .map(|named| FormerLet {
                    name: named.name.clone(),
                    is_duration: is_duration(named.unit),
                    is_share: is_share(rule, named),
                })
                .collect(),
            comparisons: rule.when.comparisons().into_iter().map(comparison).collect(),
            say: rule.say.as_ref().map(|say| say.0.iter().map(said).collect()),
        }
    }

    pub(crate) fn key(&self) -> Key {
        if self.of_pairs { Key::Pair } else { Key::CallingNumber }
    }

    /// The place of a named value of this unit.
    pub(crate) fn place_of_let(&self, name: &str, unit: Unit) -> Option<usize> {
        let same = |named: &FormerLet| &*named.name == name && named.is_duration == (unit == Unit::Duration);
        self.lets.iter().position(same)
    }

    /// Whether a rule in force is the one that this one was, changed or not: what this one judged, it does not judge
    /// again. A rule under another name that judges alike would give its violations the same ids.
    pub(crate) fn precedes(&self, rule: &Rule) -> bool {
        self.key() == rule.key && (self.name == rule.name || self.hash == rule.hash.0)
    }

    /// A rule that shows as this one did and holds nowhere.
    pub(crate) fn shell(&self, pack: &Pack) -> Rule {
        let unit = |is_duration: bool| if is_duration { Unit::Duration } else { Unit::Number };
        let nothing = || Expression::Constant(Fraction::ZERO);
        let share = || Measure {
            stream: Stream::Calls,
            aggregate: Aggregate::Share(Predicate::True),
            filter: Predicate::True,
            window: Window::Sliding(Millis(1)),
            text: "".into(),
        };
        let comparison = |comparison: &FormerComparison| {
            Condition::Compare(Comparison {
                left: nothing(),
                operator: OPERATORS.get(usize::from(comparison.operator)).copied().unwrap_or(Operator::Greater),
                right: nothing(),
                unit: unit(comparison.is_duration),
                left_text: comparison.left_text.clone(),
                text: comparison.text.clone(),
            })
        };
        let said = |part: &FormerSay| match part {
            FormerSay::Text(text) => SayPart::Text(text.clone()),
            FormerSay::Key => SayPart::Key,
            FormerSay::Let(at) => SayPart::Let(usize::from(*at)),
        };
        let is_of_ladder = |name: &str| pack.ladders.iter().position(|ladder| &*ladder.name == name);
        Rule {
            name: self.name.clone(),
            title: self.title.clone(),
            basis: self.basis.clone(),
            hash: ContentHash(self.hash),
            mode: if self.enforced { Mode::Enforce } else { Mode::Shadow },
            effective_from: None,
            effective_until: None,
            key: self.key(),
            counted: Predicate::True,
            measures: vec![share()],
            lets: self
                .lets
                .iter()
                .map(|named| Let {
                    name: named.name.clone(),
                    expression: if named.is_share { Expression::Measure(MeasureId(0)) } else { nothing() },
                    unit: unit(named.is_duration),
                })
                .collect(),
            when: Condition::All(self.comparisons.iter().map(comparison).collect()),
            keep: self.keep,
            severity: Severity::Warning,
            escalate: Vec::new(),
            ladder: self.ladder.as_deref().and_then(is_of_ladder),
            say: self.say.as_ref().map(|say| Say(say.iter().map(said).collect())),
        }
    }
}

/// The former rules of a shard: they follow the rules of its pack in number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Formers {
    entries: Vec<Former>,
    shells: Vec<Rule>,
}

impl Formers {
    pub(crate) fn new(entries: Vec<Former>, pack: &Pack) -> Self {
        Self { shells: entries.iter().map(|entry| entry.shell(pack)).collect(), entries }
    }

    pub(crate) fn entries(&self) -> &[Former] {
        &self.entries
    }

    /// The rule of this number: one of the pack, else a former one.
    pub(crate) fn rule<'a>(&'a self, pack: &'a Pack, index: u16) -> &'a Rule {
        let index = usize::from(index);
        pack.rules.get(index).unwrap_or_else(|| &self.shells[index - pack.rules.len()])
    }

    /// The entry of this number, where it is that of a former rule.
    pub(crate) fn entry(&self, pack: &Pack, index: u16) -> Option<&Former> {
        usize::from(index).checked_sub(pack.rules.len()).and_then(|at| self.entries.get(at))
    }
}

/// Whether a named value is a share, which people read as a percentage.
pub(crate) fn is_share(rule: &Rule, named: &Let) -> bool {
    let Expression::Measure(id) = named.expression else { return false };
    matches!(rule.measures.get(id.0).map(|measure| &measure.aggregate), Some(Aggregate::Share(_)))
}
