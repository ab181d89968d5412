//! The slow judge that the laws are tested against.
//!
//! It keeps all facts in a `Vec` and works everything out from scratch, straight from the specification of the rule
//! language, so that it can be read against it line by line. It shares the vocabulary and the compiled rules with
//! the evaluator, and none of its ways: predicates, windows, aggregates, conditions, episodes, strikes and even the
//! days of the calendar are worked out here on their own.
//!
//! ```ignore
//! let oracle = Oracle::new(&pack, Options::archive(&pack));
//! let ledger = oracle.facts(&records);            // admission, duplicates, parts, versions, counts
//! let form = oracle.standing(&ledger, until);     // violations, strikes, steps due
//! ```
//!
//! # Decisions
//!
//! Where the specification leaves a choice, this is what is taken here:
//!
//! * **Window ends.** Sliding: (t − W, t]. A calendar window at t holds the facts from the first instant of its
//!   period to t, an anchored one those from its start a to t, and nothing from a + W on.
//! * **Calendar.** Periods cut time into [first instant, next first instant). Where clocks go back across midnight,
//!   the repeated minutes belong to the day that has begun, although their local date is again the one before.
//! * **`anchored`.** The chain of starts is that of one measure, after the rule's `where` and its own.
//! * **`unseen(x, n)`.** A value whose first fact in the window is at f counts if the measure has no fact with it
//!   strictly between f − n and f.
//! * **`elapsed`** looks strictly before t, and inside the window. **`gap`** of one fact is undefined; two facts of
//!   one instant are 0 apart.
//! * **Absent and foreign fields.** A fact without the field is skipped by aggregates over it, a comparison with it
//!   is false. A share's denominator is every fact in the window.
//! * **Ranges.** `a..b` of times of day includes a and not b; a > b spans midnight; `a..a` is empty. Of days of the
//!   week a range does not wrap.
//! * **Zones of a number.** Each comparison must hold in every zone of the number; a number without a zone has no
//!   local time, and the comparison is false.
//! * **Pairs.** A complaint belongs to the pair of the number complained of and the complainant.
//! * **Judged instants.** Every instant with a fact of a stream that a measure of the rule names, `let` and
//!   `escalate` included; calls only those of `where` and not of `except`, complaints only those that count.
//! * **Silence.** An instant at which the window of one measure empties while all others are empty too, unless the
//!   key has a fact there that the rule judges. A measure that counted nothing is empty. Windows are those of every
//!   measure of the rule. Silence is false, whatever the conditions say of empty windows.
//! * **Until.** All admitted facts are judged, also those after the shard time; the silence after the last fact only
//!   once shard time has reached it.
//! * **Peak.** An undefined left side is less than any value. `matches` counts facts of the streams named, also
//!   those that the measures' own `where` passes over.
//! * **Severity** of an instant is the highest of the rule's own and of all escalations that hold there; an
//!   escalation below the rule's own severity changes nothing.
//! * **Duplicates** are told apart by stored fields alone, in the order that [`StoredFields`] documents. They are
//!   taken out before parts are joined, and counted as one sum with conflicting ones.
//! * **Complaints.** The identity is the number complained of and the fingerprint, not the received time. Versions
//!   of one status time are duplicates of each other, each further status time is one merged version. A rejected or
//!   withdrawn complaint is one fact in the counts, and none for rules. A version is measured from its status time
//!   once any version of its complaint was admitted before it.
//! * **Parts.** Neighbours in time are at most 24 h apart, both ends included; also a part whose content does not
//!   stand ties its neighbours together, gives the fact its least time, may make it answered and counts as merged, never as a duplicate
//!   (a late part may make it one long after it was counted). The cause is that of the highest sequence number that
//!   stands, also if it is absent; what is said of neither comes from the lowest.
//! * **Legs.** Calls that parts make may be legs; of such a call the key is that of the lowest sequence number, and it
//!   ended with the last of its parts. A leg that begins in the very millisecond in which an answered one ended is of the
//!   same attempt, one that begins later of another, and so is all that begins later still: an end parts all legs of its
//!   key that began up to it from all that begin after it. Of two legs at one time and with one fingerprint (one of them
//!   made of parts) the smaller encoding is the earlier.
//! * **Served.** A strike's instant must be judged on the served facts alone: it needs a served call, or a complaint
//!   that counts, at that very instant. A complaint counts if the number has a served call in (c − 30 d, c], whether
//!   or not the rule counts that call, and also one before a fresh start (look-backs read on).
//! * **Eligible** is an instant that holds on all facts, on the served ones, and (with `fresh`, after a sanction) on
//!   the served ones strictly after the end of the last sanction due. A suspension runs in [strike, end).
//! * **Ladders** are climbed each by itself: a suspension on one does not shield from strikes on another.
//! * **Counting.** A strike counts in (t − over, t], and no more once the subject is back at the start: at clean
//!   time after its last strike or the end of its sanction, that very instant included. `fresh` reads across exits.
//! * **Step due** at a shard time is the one that the last strike made due, while that strike counts or its sanction
//!   runs.
//! * **Settled** instants, retention and the acts are no business of the oracle: it holds everything.

mod admission;
mod aggregate;
mod calendar;
mod episode;
mod fact;
#[cfg(any(test, feature = "generate"))]
pub mod generate;
mod judge;
mod key;
mod ladder;
mod ledger;
mod legs;
mod oracle;
mod order;
mod parts;
mod predicate;
mod record;
pub mod standing;
mod succession;
mod view;
mod whole;
mod window;
mod with_lists;

#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use episode::Episode;
pub use fact::{Fact, FieldValue};
pub use judge::Instant;
pub use key::JudgedKey;
pub use ledger::{Counts, Ledger};
pub use oracle::{Counted, Options, Oracle};
pub use order::StoredFields;
pub use record::{Delivered, Record};
pub use standing::{Exact, StandingClause, StandingForm, StandingStrike, StandingViolation, Status, StepDue};
pub use succession::Succession;
pub use with_lists::PackWithLists;
