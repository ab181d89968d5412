//! Small adversarial worlds for the property tests of the laws.
//!
//! A [`World`] is a pack of few rules and the records of a few numbers, made to collide: facts on one instant, at the
//! exact edges of windows, around changes of clocks, in contradicting duplicates, in parts, with complaints that
//! change their status. Rules draw their limits from what such records reach. Every rule is one that `check` would
//! take: shares and quotients have a gate, and nothing holds for a silent key.
//!
//! Some predicates ask where the called number is: give both sides the same number plan.
//!
//! The order of reading is drawn apart from the world, as a plan ([`Order`], [`Arrivals`]) that shrinks to the plain
//! order by itself. `Debug` of a world prints it as text: rules as a user would write them, one record a line.
//!
//! ```ignore
//! proptest!(|(world in world(Shape::default()), order in Order::any())| {
//!     let oracle = Oracle::new(&world.pack, Options::archive(&world.pack));
//!     let expected = oracle.standing(&oracle.facts(&world.records), world.until);
//!     let records = order.of(&world.records);     // for the engine under test
//! });
//! ```

mod calls;
mod clocks;
mod complaints;
mod conditions;
mod ladders;
mod legs;
mod listings;
mod measures;
mod orders;
mod predicates;
mod rules;
mod runs;
#[cfg(test)]
mod tests;
mod text;
mod world;

pub use listings::Listing;
pub use orders::{Arrivals, Order};
pub use runs::worlds;
pub use world::{Shape, World, world};
