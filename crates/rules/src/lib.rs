//! Rule packs: what a compliance officer writes, parsed, type-checked and compiled.
//!
//! [`Pack`] and what it holds is the compiled form that the evaluator judges by; it has resolved parameters, known
//! types and exact units, and nothing in it can fail any more. What a rule may ask of a fact are the [`Field`]s of the
//! vocabulary. How grave a violation is, whether it counts, how a value compares with its limit and what a suspension
//! bars is said in the words of the events that tell of it.
//!
//! **Architecture invariant:** this crate reads no files and no clock; sources come in as texts with their names.

mod canonical;
mod compile;
mod condition;
mod diagnostic;
mod hash;
mod ladder;
mod list;
mod measure;
mod pack;
mod pack_files;
mod predicate;
mod rule;
mod rule_id;
mod rule_test;

mod suggestion;
mod syntax;
mod tables;
mod value;

pub use compile::{Compiled, Parameter, compile, country, parse_pack, parse_rule_file};
pub use condition::{Comparison, Condition, Expression};
pub use diagnostic::{Diagnostic, Level};
pub use hash::ContentHash;
pub use ladder::{Ladder, LadderSubject, Sanction, Step, Strikes};
pub use list::{List, ListEntry, Listed, NoList};
pub use measure::{Aggregate, CalendarUnit, Measure, MeasureId, Stream, Window, Zone};
pub use pack::{Horizon, Pack, PackIdentity, SERVED_BEFORE_COMPLAINT};
pub use pack_files::PackFiles;
pub use predicate::{Literal, Operand, Predicate, TimeOf};
pub use ringfence_cdr::{Field, FieldType};
pub use ringfence_events::{Mode, Operator, Service, Severity};
pub use rule::{Escalation, Key, Let, Rule, Say, SayPart};
pub use rule_id::{RuleId, TrackId};
pub use rule_test::{Expect, Feed, RuleTest};
pub use tables::Tables;
pub use value::{Fraction, Unit, Value};
