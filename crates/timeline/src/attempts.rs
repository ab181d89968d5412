//! Which legs are one attempt, and the fact that it makes.
//!
//! Legs of one key and called number, in order of time, are one attempt from neighbour to neighbour, but for two cuts:
//!
//! ```text
//! leg 1  |----------o                        o  ended, unanswered
//! leg 2     |-------------x                  x  ended, answered
//! leg 3              |----:--o
//!                         :     |---o        leg 4: begins after leg 2 has ended
//!        '--- one attempt ---'  '-- another
//! ```
//!
//! Where more than 24 hours lie between two of them, and where an answered one has ended between them: who was answered
//! and rings again makes another attempt. The end of an answered leg parts all that began up to it, in its very millisecond
//! too, from all that begins later. So what an attempt is follows from the legs alone, whatever order they came in.

use ringfence_cdr::EventTime;

use crate::CallFact;
use crate::stored_leg::StoredLeg;
use crate::stored_part::NEIGHBOUR;

/// The attempts of legs of one key and called number, which are in order.
pub(crate) fn attempts(legs: &[StoredLeg]) -> impl Iterator<Item = &[StoredLeg]> {
    let mut ends: Vec<EventTime> = legs.iter().filter_map(StoredLeg::answered_until).collect();
    ends.sort_unstable();
    let ends_between = move |from: EventTime, to: EventTime| {
        ends.get(ends.partition_point(|end| *end < from)).is_some_and(|end| *end < to)
    };
    legs.chunk_by(move |one, next| !are_apart(one.at(), next.at(), &ends_between))
}

/// Whether two neighbours in time are legs of different attempts. `ends_between` says whether an answered leg ended from
/// the first time on and before the second.
pub(crate) fn are_apart(
    one: EventTime,
    next: EventTime,
    ends_between: impl FnOnce(EventTime, EventTime) -> bool,
) -> bool {
    next.since(one) > NEIGHBOUR || ends_between(one, next)
}

/// The fact that an attempt makes: the longest duration, answered if any leg was, and all else of the earliest.
pub(crate) fn fact_of(attempt: &[StoredLeg]) -> Option<CallFact> {
    let first = attempt.first()?;
    Some(CallFact {
        call_duration: attempt.iter().map(|leg| leg.fact.call_duration).max()?,
        answered: attempt.iter().any(|leg| leg.fact.answered),
        ..first.fact
    })
}

/// How many of the attempts of a key, the first of them, no leg can change any more that begins at or after a neighbour's
/// distance behind `edge`, and have no say in what follows them. Of each attempt: when it begins, and until when its legs
/// have a say.
pub(crate) fn over_before(edge: EventTime, attempts: impl Iterator<Item = (EventTime, EventTime)>) -> usize {
    let (mut until, mut over, mut seen) = (EventTime::MIN, 0, 0);
    for (first_at, ends) in attempts {
        // What is over must not part what begins later.
        if first_at > until {
            over = seen;
        }
        if ends >= edge {
            return over;
        }
        until = until.max(ends);
        seen += 1;
    }
    seen
}
