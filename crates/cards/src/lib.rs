//! Where a card stands: strikes, the ladder they climb, what is due and what was imposed.
//!
//! Two things are kept apart, in types and in state. What the *facts* say, which strikes stand and which step they
//! make due, is worked out anew from the facts alone ([`Walk`]). What was *done*, a warning sent, a suspension begun,
//! is an act: it happened once, on what was known then, and is only ever followed by further acts ([`LadderFile`]).
//!
//! **Architecture invariant:** this crate holds no facts and knows no windows; it asks, and is told when an offence
//! holds.

mod acts;
mod barred;
mod card_file;
mod ids;
mod remembered;
mod strike;
mod walk;

pub use acts::{ActCommand, ActTimes, Imposed, LadderFile};
pub use barred::Barred;
pub use card_file::{CardFile, Names};
pub use ids::{suspension_id, violation_id};
pub use strike::{BrokenRule, Due, Strike, Term, Until};
pub use walk::{Answer, Offence, Question, Walk};
