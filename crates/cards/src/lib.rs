//! Where a card stands: strikes, the ladder they climb, what is due and what was imposed.
//!
//! Two things are kept apart, in types and in state. What the *facts* say, which strikes stand and which step they
//! make due, is worked out anew from the facts alone ([`walk`]). What was *done*, a warning sent, a suspension begun,
//! is an act: it happened once, on what was known then, and is only ever followed by further acts ([`LadderFile`]).
//!
//! **Architecture invariant:** this crate holds no facts and knows no windows; it is told when an offence holds.

mod acts;
mod due;

pub use acts::{ActCommand, Barred, Imposed, LadderFile, Moment, StrikeRest};
pub use due::{Offence, Source, Strike, walk};
