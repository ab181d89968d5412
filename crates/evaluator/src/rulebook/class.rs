//! Numbers that are on the same lists of the pack, and what the rules need of them.
//!
//! Whether calls of a number can count for a rule at all depends on lists alone, and nearly all numbers are on none. So
//! it is worked out once for all that are on the same ones, and so is how few calls can make any rule hold for them:
//! what a quiet number costs does not grow with the rules.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::Millis;
use ringfence_rules::{Listed, Pack, Stream};

use super::program::{Gate, Program};

/// The classes that were met so far.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    classes: Vec<Class>,
    places: HashMap<Box<[Listed]>, u32, FixedState>,
}

/// What holds for all numbers on the same lists.
#[derive(Debug)]
pub(crate) struct Class {
    /// For each list of the pack when they are on it.
    listed: Box<[Listed]>,
    /// For each rule whether their calls can count for it.
    counts: Box<[bool]>,
    needs: Needs,
}

/// What calls alone, without complaints, must come to before any rule can hold.
#[derive(Debug)]
pub(crate) enum Needs {
    /// Any call may be enough.
    Nothing,
    /// At least one of these: the longest time first, and fewer calls with each shorter one.
    OneOf(Vec<Need>),
}

/// So many calls within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) within: Millis,
    pub(crate) calls: usize,
}

impl Classes {
    /// The class of numbers that are so listed.
    pub(crate) fn of(&mut self, listed: Box<[Listed]>, pack: &Pack, programs: &[&Program]) -> u32 {
        if let Some(class) = self.places.get(&listed) {
            return *class;
        }
        let class = self.classes.len() as u32;
        self.classes.push(Class::new(listed.clone(), pack, programs));
        self.places.insert(listed, class);
        class
    }

    pub(crate) fn get(&self, class: u32) -> &Class {
        &self.classes[class as usize]
    }
}

impl Class {
    fn new(listed: Box<[Listed]>, pack: &Pack, programs: &[&Program]) -> Self {
        let counts: Box<[bool]> = programs.iter().map(|program| program.may_count(&listed)).collect();
        let by_calls = (0..programs.len()).filter(|index| {
            let program = programs[*index];
            let needs_complaints = program.gates.iter().any(|gate| gate.stream == Stream::Complaints);
            pack.rules[*index].reads(Stream::Calls) && !needs_complaints && (counts[*index] || !program.needs_calls())
        });
        let needs = Needs::of(by_calls.map(|index| programs[index].gates.as_slice()));
        Self { listed, counts, needs }
    }

    /// When such numbers are on each list of the pack.
    pub(crate) fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// Whether calls of such numbers can count for the rule at this place of the pack.
    pub(crate) fn counts(&self, rule: usize) -> bool {
        self.counts[rule]
    }

    pub(crate) fn needs(&self) -> &Needs {
        &self.needs
    }
}

impl Needs {
    /// Of the gates of each rule, all of which must be met.
    fn of<'a>(rules: impl Iterator<Item = &'a [Gate]>) -> Self {
        let mut needs: Vec<Need> = Vec::new();
        for gates in rules {
            // One gate of a rule is enough to rule it out: the one that asks for most.
            let Some(gate) = gates.iter().max_by_key(|gate| (gate.facts, -gate.within.0)) else { return Self::Nothing };
            needs.push(Need { within: gate.within, calls: gate.facts });
        }
        needs.sort_unstable_by_key(|need| (-need.within.0, need.calls));
        // Whoever makes as many calls within a shorter time makes them within the longer one too.
        let mut fewest = usize::MAX;
        needs.retain(|need| {
            let asks_less = need.calls < fewest;
            fewest = fewest.min(need.calls);
            asks_less
        });
        Self::OneOf(needs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(facts: usize, minutes: i64) -> Gate {
        Gate { stream: Stream::Calls, facts, within: Millis(minutes * Millis::MINUTE.0) }
    }

    #[test]
    fn of_each_rule_the_hardest_gate_counts_and_of_all_rules_those_that_ask_less() {
        let rules = [
            vec![gate(100, 60), gate(80, 60)],
            vec![gate(90, 60)],
            vec![gate(3, 5)],
            vec![gate(3, 1)],
            vec![gate(90, 20)],
        ];
        let Needs::OneOf(needs) = Needs::of(rules.iter().map(Vec::as_slice)) else { panic!("every rule has a gate") };
        let expected = [(60, 90), (5, 3)];
        let expected = expected.map(|(minutes, calls)| Need { within: Millis(minutes * Millis::MINUTE.0), calls });
        assert_eq!(needs, expected);
    }

    #[test]
    fn a_rule_without_a_gate_needs_nothing() {
        let rules = [vec![gate(100, 60)], Vec::new()];
        assert!(matches!(Needs::of(rules.iter().map(Vec::as_slice)), Needs::Nothing));
    }
}
