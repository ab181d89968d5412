//! What may have to be told of a track.

use ringfence_cdr::EventTime;

/// The stretches of time in which episodes may differ from what was told of them, or go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Untold {
    /// What was judged again since it was told.
    judged: Vec<(EventTime, EventTime)>,
    /// Every episode that began before this is over and told.
    open_from: EventTime,
    /// Before shard time has come to this there is nothing to tell; `None` where there may be now.
    until: Option<EventTime>,
}

impl Default for Untold {
    fn default() -> Self {
        Self { judged: Vec::new(), open_from: EventTime::MIN, until: None }
    }
}

impl Untold {
    /// Everything is told until shard time comes to `until`; the episodes from `open_from` on are not over.
    pub(crate) fn told(&mut self, open_from: EventTime, until: EventTime) {
        self.judged.clear();
        (self.open_from, self.until) = (open_from, Some(until));
    }

    /// Notes that instants were judged again.
    pub(crate) fn judged(&mut self, from: EventTime, to: EventTime) {
        self.until = None;
        if from < self.open_from {
            self.judged.push((from, to));
        }
    }

    /// Up to which shard time everything is told.
    pub(crate) fn until(&self) -> Option<EventTime> {
        self.until
    }

    /// The stretches to look at, in order.
    pub(crate) fn stretches(&self) -> Vec<(EventTime, EventTime)> {
        let open = (self.open_from, EventTime::MAX);
        in_order(self.judged.iter().copied().chain([open]).collect())
    }
}

/// Stretches in order, those that overlap as one.
pub(crate) fn in_order(mut stretches: Vec<(EventTime, EventTime)>) -> Vec<(EventTime, EventTime)> {
    stretches.sort_unstable();
    stretches.dedup_by(|later, earlier| {
        let overlap = later.0 <= earlier.1;
        if overlap {
            earlier.1 = earlier.1.max(later.1);
        }
        overlap
    });
    stretches
}
