//! The expression language: from text to trees that still know where each word stands.
//!
//! Nothing here knows which names exist or which units fit; that is `compile`.

mod aggregates;
mod lexer;
mod measure;
mod parser;
mod predicate;
mod tree;

pub(crate) use lexer::{Constant, SyntaxError};
pub(crate) use parser::{clause, constant, predicate, term};
pub(crate) use tree::{
    AggregateTerm, LiteralTerm, MeasureTerm, OperandTerm, Operation, PredicateTerm, Spanned, Term, WindowTerm,
};
