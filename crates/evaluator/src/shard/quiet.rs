//! Numbers that need not be judged: nearly all of them, nearly always.
//!
//! Before anything is decoded, a rule is asked how many facts it needs within what length of time; a number that has
//! fewer cannot break it, and a number that cannot break any is not looked at.

use ringfence_cdr::EventTime;
use ringfence_rules::Stream;
use ringfence_timeline::{CallFact, Work};

use super::number::NumberState;
use crate::facts::{Span, Touched};
use crate::judging::Hot;
use crate::rulebook::{Edition, Gate, Line, Need, Needs, Rulebook};

/// The most bytes that one call more counts for in a timeline.
const CALL_BYTES_MAX: usize = 64;

/// Whether anything can come of judging the number: it has violations or a card file, or enough facts for a rule.
pub(super) fn may_matter(book: &Rulebook, state: &NumberState, touched: &Touched) -> bool {
    let may_hold = || book.lines().iter().any(|line| may_hold(book, line, state, touched));
    match (&state.extras, book.class(state.class).needs()) {
        (None, Needs::OneOf(needs)) => touched.span(|stream| stream == Stream::Calls).is_some_and(|span| {
            let is_met = |need: &Need| state.calls.may_have_after(span.from.minus(need.within), need.calls);
            // What the class needs is said of the rules in force.
            needs.iter().any(is_met) || span.from < book.past_until() && may_hold()
        }),
        (None, Needs::Nothing) => true,
        (Some(extras), _) => !extras.tracks.is_empty() || extras.card.is_some() || may_hold(),
    }
}

/// Whether the line can hold at all somewhere in what the changed facts influence.
pub(super) fn may_hold(book: &Rulebook, line: &Line, state: &NumberState, touched: &Touched) -> bool {
    line.editions().iter().any(|edition| edition_may_hold(book, edition, state, touched))
}

fn edition_may_hold(book: &Rulebook, edition: &Edition, state: &NumberState, touched: &Touched) -> bool {
    let program = &edition.program;
    let Some(span) = touched.read_by(program) else { return false };
    let judges = edition.within(span.from, program.influence_end(span.to)).is_some();
    judges
        && (book.counts(edition, state.class) || !program.needs_calls())
        && program.gates.iter().all(|gate| passes(gate, state, span))
}

fn passes(gate: &Gate, state: &NumberState, span: Span) -> bool {
    let after = span.from.minus(gate.within);
    match gate.stream {
        Stream::Calls => state.calls.may_have_after(after, gate.facts),
        Stream::Complaints => {
            let counting = state.extras.iter().flat_map(|extras| extras.complaints.counting().iter().rev());
            counting.take_while(|complaint| complaint.at > after).take(gate.facts).count() >= gate.facts
        }
    }
}

/// How many calls more, in order of time, can neither make any rule hold for a number that has calls alone nor bring it
/// to its cap of `bytes_max`. What was decoded of it to judge it is not decoded again.
pub(super) fn quiet_calls(
    book: &Rulebook,
    state: &NumberState,
    hot: Option<&Hot>,
    bytes_max: usize,
    scratch: &mut Vec<CallFact>,
    work: &mut Work,
) -> u8 {
    let (None, Some(last)) = (&state.extras, state.calls.last_at()) else { return 0 };
    if last < book.past_until() {
        return 0;
    }
    let Needs::OneOf(needs) = book.class(state.class).needs() else { return 0 };
    // Of a need that is far from met it is enough to know that.
    let is_near = |need: &&Need| {
        let far = need.calls.saturating_sub(usize::from(u8::MAX) + 1);
        state.calls.may_have_after(last.minus(need.within), far)
    };
    let after = needs.iter().find(is_near).map(|longest| last.minus(longest.within));
    let hot = hot.filter(|hot| after.is_some_and(|after| hot.reaches_back_to(after)));
    scratch.clear();
    if let Some(after) = after.filter(|_| hot.is_none()) {
        state.calls.decode_into(state.number, (after, last), scratch, work);
    }
    let calls_after = |after: EventTime| match hot {
        Some(hot) => hot.calls_after(after, state.number, &state.calls),
        None => scratch.len() - scratch.partition_point(|call| call.at <= after),
    };
    let missing = |need: &Need| need.calls.saturating_sub(calls_after(last.minus(need.within)));
    let least = needs.iter().filter(is_near).map(missing).min().unwrap_or(usize::MAX);
    let fitting = bytes_max.saturating_sub(state.calls.bytes()) / CALL_BYTES_MAX;
    u8::try_from(least.saturating_sub(1).min(fitting)).unwrap_or(u8::MAX)
}
