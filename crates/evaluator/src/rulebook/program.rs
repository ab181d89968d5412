//! What a shard works out of a rule once: the fewest facts without which it cannot hold.
//!
//! Nearly every key is quiet, and the language makes every ratio carry a count. So before anything is decoded, a rule
//! is asked how many facts of a stream it needs within what length of time; a key that has fewer cannot hold.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{
    Aggregate, Condition, Expression, Field, Fraction, Listed, Operator, Predicate, Rule, Stream, Window,
};

/// A rule's necessary conditions.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// All of them must be met somewhere in a stretch of instants for the rule to hold in it.
    pub(crate) gates: Vec<Gate>,
    /// Lists of which one of each must have the calling number, at some time, for any call to count.
    pub(crate) key_lists: Vec<usize>,
    /// How long after a fact an instant can still be changed by it.
    pub(crate) influence: Millis,
    /// Whether a measure's windows are anchored: then a fact can change every later instant.
    pub(crate) anchored: bool,
    /// How far the rule reads back before an instant, over both streams.
    pub(crate) look_back: Millis,
    reads_calls: bool,
    reads_complaints: bool,
}

/// At least so many facts of a stream within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gate {
    pub(crate) stream: Stream,
    pub(crate) facts: usize,
    pub(crate) within: Millis,
}

impl Program {
    pub(crate) fn new(rule: &Rule) -> Self {
        let mut gates = Vec::new();
        collect_gates(rule, &rule.when, &mut gates);
        let anchored = rule.measures.iter().any(|measure| matches!(measure.window, Window::Anchored(_)));
        let look_back = rule.measures.iter().map(|measure| measure.look_back()).max().unwrap_or_default();
        Self {
            gates,
            key_lists: key_lists(&rule.counted),
            influence: rule.measures.iter().map(|measure| measure.influence()).max().unwrap_or_default(),
            anchored,
            look_back,
            reads_calls: rule.reads(Stream::Calls),
            reads_complaints: rule.reads(Stream::Complaints),
        }
    }

    /// Whether the rule reads facts of a stream.
    pub(crate) fn reads(&self, stream: Stream) -> bool {
        match stream {
            Stream::Calls => self.reads_calls,
            Stream::Complaints => self.reads_complaints,
        }
    }

    /// Whether the calls of a number that is so listed can count for the rule at all.
    pub(crate) fn may_count(&self, lists: &[Listed]) -> bool {
        self.key_lists.iter().all(|list| lists.get(*list).is_some_and(|listed| *listed != Listed::Never))
    }

    /// Whether the rule cannot hold without calls.
    pub(crate) fn needs_calls(&self) -> bool {
        self.gates.iter().any(|gate| gate.stream == Stream::Calls)
    }

    /// The last instant that a fact at `at` can change.
    pub(crate) fn influence_end(&self, at: EventTime) -> EventTime {
        if self.anchored { EventTime::MAX } else { at.plus(self.influence) }
    }
}

/// The longest anchored window of a rule on a stream.
pub(crate) fn longest_anchored(rule: &Rule, stream: Stream) -> Option<Millis> {
    let measures = rule.measures.iter().filter(|measure| measure.stream == stream);
    measures.filter(|measure| matches!(measure.window, Window::Anchored(_))).map(|each| each.window.length()).max()
}

/// The lists that `callingNumber in @list` names as a conjunct of the filter.
fn key_lists(counted: &Predicate) -> Vec<usize> {
    match counted {
        Predicate::InList(Field::CallingNumber, list) => vec![*list],
        Predicate::All(parts) => parts.iter().flat_map(key_lists).collect(),
        _ => Vec::new(),
    }
}

/// Gates of the conjuncts: only what must hold in every case counts.
fn collect_gates(rule: &Rule, condition: &Condition, gates: &mut Vec<Gate>) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| collect_gates(rule, part, gates)),
        Condition::Any(parts) if parts.len() == 1 => collect_gates(rule, &parts[0], gates),
        Condition::Any(_) | Condition::Not(_) => {}
        Condition::Compare(comparison) => {
            let (Expression::Measure(id), Expression::Constant(limit)) = (&comparison.left, &comparison.right) else {
                return;
            };
            let Some(measure) = rule.measures.get(id.0) else { return };
            let counted = match measure.aggregate {
                Aggregate::Count | Aggregate::Distinct(_) | Aggregate::Top(_) | Aggregate::Unseen(..) => {
                    least_count(comparison.operator, *limit)
                }
                Aggregate::Gap => 2,
                Aggregate::Mean(_) | Aggregate::Min(_) | Aggregate::Max(_) | Aggregate::Share(_) => 1,
                // Elapsed is undefined without a fact, but an instant needs one already; a sum may be of anything.
                Aggregate::Elapsed(_) | Aggregate::Sum(_) => 0,
            };
            if counted > 0 {
                gates.push(Gate { stream: measure.stream, facts: counted, within: measure.window.length() });
            }
        }
    }
}

/// The least count for which `count operator limit` can hold.
fn least_count(operator: Operator, limit: Fraction) -> usize {
    let floor = limit.numerator().div_euclid(limit.denominator());
    let ceiling = -(-limit.numerator()).div_euclid(limit.denominator());
    let least = match operator {
        Operator::Greater => floor + 1,
        Operator::GreaterOrEqual => ceiling,
        Operator::Equal => ceiling,
        Operator::Less | Operator::LessOrEqual | Operator::NotEqual => 0,
    };
    usize::try_from(least.max(0)).unwrap_or(usize::MAX)
}
