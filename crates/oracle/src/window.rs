//! Windows: which of a measure's facts lie in the stretch of time that ends at an instant, and when it empties.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::Window;

use crate::{Fact, calendar};

/// The facts in the window at instant `t`, out of all that the measure counts at any time.
pub(crate) fn inside<'f>(window: &Window, counted: &[&'f Fact], t: EventTime) -> Vec<&'f Fact> {
    let first = match window {
        Window::Sliding(length) => {
            return counted.iter().copied().filter(|fact| t.minus(*length) < fact.at() && fact.at() <= t).collect();
        }
        Window::Calendar(unit, zone) => Some(calendar::period(*unit, t, zone).0),
        Window::Anchored(length) => {
            anchors(*length, counted).into_iter().find(|anchor| *anchor <= t && t < anchor.plus(*length))
        }
    };
    let Some(first) = first else { return Vec::new() };
    counted.iter().copied().filter(|fact| first <= fact.at() && fact.at() <= t).collect()
}

/// When a fact has left the window for good: the first instant at which the window is empty if no other fact comes.
pub(crate) fn emptied(window: &Window, counted: &[&Fact], fact: EventTime) -> EventTime {
    match window {
        Window::Sliding(length) => fact.plus(*length),
        Window::Calendar(unit, zone) => calendar::period(*unit, fact, zone).1,
        Window::Anchored(length) => anchors(*length, counted)
            .into_iter()
            .map(|anchor| anchor.plus(*length))
            .find(|end| fact < *end)
            .unwrap_or(fact.plus(*length)),
    }
}

/// The starts of anchored windows: the first fact, then each next fact at or after the end of the one before.
fn anchors(length: Millis, counted: &[&Fact]) -> Vec<EventTime> {
    let mut times: Vec<EventTime> = counted.iter().map(|fact| fact.at()).collect();
    times.sort_unstable();
    let mut anchors: Vec<EventTime> = Vec::new();
    for time in times {
        if anchors.last().is_none_or(|anchor| anchor.plus(length) <= time) {
            anchors.push(time);
        }
    }
    anchors
}
