//! Puts what was drawn in order of event time into order of arrival, holding only what is still on its way.

use std::collections::VecDeque;

use crate::emission::{Emission, EmissionRecord};
use crate::local_time::SECOND;

/// Arrivals are kept in drawers of so many milliseconds; a drawer is sorted when it is opened.
const DRAWER: i64 = 10 * SECOND;

/// Something on its way.
#[derive(Debug)]
pub(crate) struct OnItsWay {
    arrival: i64,
    /// Breaks ties: in which order things were sent.
    order: u64,
    record: EmissionRecord,
}

impl OnItsWay {
    fn arrived(self) -> Emission {
        Emission { at_arrival: ringfence_cdr::EventTime(self.arrival), record: self.record }
    }
}

/// What is on its way, by arrival.
#[derive(Debug)]
pub(crate) struct Arrivals {
    /// The drawer of the front of the queue, in drawers since 1970.
    first: i64,
    drawers: VecDeque<Vec<OnItsWay>>,
    opened: std::vec::IntoIter<OnItsWay>,
    sent: u64,
    held: usize,
    held_most: usize,
}

impl Arrivals {
    /// Nothing yet; nothing will arrive before `start`.
    pub(crate) fn new(start: i64) -> Self {
        Self {
            first: start.div_euclid(DRAWER),
            drawers: VecDeque::new(),
            opened: Vec::new().into_iter(),
            sent: 0,
            held: 0,
            held_most: 0,
        }
    }

    /// Sends something that arrives at `arrival`, which no opened drawer may hold any more.
    pub(crate) fn send(&mut self, arrival: i64, record: EmissionRecord) {
        let drawer = (arrival.div_euclid(DRAWER) - self.first).max(0) as usize;
        if self.drawers.len() <= drawer {
            self.drawers.resize_with(drawer + 1, Vec::new);
        }
        self.sent += 1;
        self.drawers[drawer].push(OnItsWay { arrival, order: self.sent, record });
        self.held += 1;
        self.held_most = self.held_most.max(self.held);
    }

    /// The next thing that arrives in a drawer that ends at or before `frontier`: nothing sent from now on
    /// arrives before it.
    pub(crate) fn next(&mut self, frontier: i64) -> Option<Emission> {
        loop {
            if let Some(arrived) = self.opened.next() {
                self.held -= 1;
                return Some(arrived.arrived());
            }
            if self.drawers.is_empty() || (self.first + 1).saturating_mul(DRAWER) > frontier {
                return None;
            }
            let mut drawer = self.drawers.pop_front()?;
            self.first += 1;
            drawer.sort_unstable_by_key(|item| (item.arrival, item.order));
            self.opened = drawer.into_iter();
        }
    }

    /// The most things that were on their way at once.
    pub(crate) fn held_most(&self) -> usize {
        self.held_most
    }
}
