//! The tests that a rule declares: what it is fed, and what it must say.

use jiff::civil::Time;
use ringfence_cdr::{Millis, RecordType};

use crate::Fraction;

/// One test of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTest {
    /// The rule's name.
    pub rule: Box<str>,
    /// What the test shows.
    pub name: Box<str>,
    /// The facts of one number.
    pub feed: Feed,
    /// What the rule must make of them.
    pub expect: Expect,
}

/// The calls and complaints of one number, spread evenly over a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    /// How many calls it makes.
    pub calls: u32,
    /// To how many different numbers; each call to another one where this is not said.
    pub callees: Option<u32>,
    /// How many of the calls go to one of these numbers.
    pub repeat: Option<u32>,
    /// The part of the calls that are short (5 s, the others 60 s).
    pub short: Option<Fraction>,
    /// What short is; calls of 5 s are shorter than this.
    pub short_under: Millis,
    /// The part of the calls that are answered; all where this is not said.
    pub answered: Option<Fraction>,
    /// From the first fact to the last.
    pub over: Millis,
    /// The time of day of the first fact in the pack's zone.
    pub at: Option<Time>,
    /// How many complaints there are against the number.
    pub complaints: u32,
    /// From how many different complainants; each from another one where this is not said.
    pub complainants: Option<u32>,
    /// The lists (indices in [`crate::Pack::lists`]) that the numbers are put on which the rule looks up there.
    pub listed: Vec<usize>,
    /// The type of the calls' records.
    pub record_type: RecordType,
}

/// What a rule must make of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// How many violations there are.
    pub violations: u32,
    /// The ordinal of the fact at which the first one opens, calls and complaints counted together from 1.
    pub first_at: Option<u32>,
    /// The `let` whose clause alone keeps the rule from holding: with its limit at 80 % it would have held.
    pub near_miss: Option<Box<str>>,
    /// How many strikes there are on the rule's ladder.
    pub strikes: Option<u32>,
}
