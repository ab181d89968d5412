//! The facts of one key in event-time order, compactly stored, and windows as views over them.
//!
//! [`CallTimeline`] holds the calls of one number in 12 to 15 bytes each; [`ComplaintTimeline`] the complaints against
//! it; [`CallParts`] what is needed to make one call of the parts of a long one, and [`CallLegs`] to make one fact of the
//! legs of an attempt; [`CallRecords`] leads from a record through these to facts. A [`Tally`] is one aggregate over a
//! stretch of facts, to which facts are added and from which they are taken in any order, exactly.
//!
//! **Architecture invariant:** nothing is stored here that a pass over the facts can recompute, but for tallies, and
//! those are never part of a snapshot.

mod attempts;
mod between;
mod blocks;
mod call_fact;
mod calls;
mod chains;
mod change;
mod chunk;
mod codec;
mod complaints;
mod crowd;
mod keep;
mod leg_index;
mod leg_run;
mod legs;
mod parts;
mod records;
mod sealed;
mod stored_leg;
mod stored_part;
mod symbols;
mod tally;
mod work;

pub use between::Between;
pub use blocks::{Blocks, Spot};
pub use call_fact::CallFact;
pub use calls::{CallTimeline, Insertion};
pub use complaints::{ComplaintFact, ComplaintInsertion, ComplaintTimeline};
pub use legs::CallLegs;
pub use parts::CallParts;
pub use records::{CallRecords, RecordInsertion, Repeat, StoredRecord};
pub use stored_leg::{LegMark, StoredCall};
pub use stored_part::StoredPart;
pub use symbols::Symbols;
pub use tally::{Ratio, Sample, Tally, TallyKind};
pub use work::Work;
