//! Complaints and the versions that their status goes through.

use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{Complaint, ComplaintStatus, EventTime, Fingerprint, Millis, Number, Treatments};

use super::calls::{CALLED, CALLERS};
use super::clocks;

/// A complaint against one of the callers, with at least one version: its status, how long after it was received, and
/// how much later than the first version says it was received.
#[derive(Clone, Debug)]
pub(super) struct ComplaintHappening {
    complained: &'static str,
    complainant: Option<&'static str>,
    category: Option<&'static str>,
    channel: Option<&'static str>,
    /// How long before it was received the call was made, as the complainant says; negative for after.
    call_before: Option<i64>,
    versions: Vec<(ComplaintStatus, Millis, Millis)>,
}

pub(super) fn complaint() -> impl Strategy<Value = ComplaintHappening> {
    let after = prop_oneof![2 => Just(Millis::ZERO), 3 => clocks::length()];
    let moved = prop_oneof![6 => Just(Millis::ZERO), 1 => Just(Millis(5_000)), 1 => Just(Millis::HOUR)];
    let version = (select(&ComplaintStatus::ALL[..]), after, moved);
    let first = prop_oneof![4 => Just(ComplaintStatus::Alleged), 1 => Just(ComplaintStatus::Upheld)];
    (
        (prop_oneof![4 => Just(CALLERS[0]), 1 => Just(CALLERS[1])], prop::option::of(select(&CALLED[..]))),
        (select(vec![None, Some("fraud"), Some("sales")]), select(vec![None, Some("12321")])),
        select(vec![None, Some(5_000), Some(60_000), Some(-1)]),
        (first, prop::collection::vec(version, 0..3)),
    )
        .prop_map(|((complained, complainant), (category, channel), call_before, (first, later))| {
            let versions = std::iter::once((first, Millis::ZERO, Millis::ZERO)).chain(later).collect();
            ComplaintHappening { complained, complainant, category, channel, call_before, versions }
        })
}

impl ComplaintHappening {
    /// The same complaint, which keeps its status.
    pub(super) fn settled(mut self) -> Self {
        self.versions.truncate(1);
        self
    }

    /// The versions of the `index`th happening of a world, received at this time.
    pub(super) fn records(&self, index: usize, at: EventTime) -> Vec<Complaint> {
        let version = |(status, after, moved): &(ComplaintStatus, Millis, Millis)| Complaint {
            fingerprint: Fingerprint::of(&format!("complaint {index}")),
            complained_number: Number::new(self.complained),
            complainant: self.complainant.map(Number::new),
            at: at.plus(*moved),
            arrival: None,
            call_time: self.call_before.map(|before| at.minus(Millis(before))),
            category: self.category.map(Into::into),
            channel: self.channel.map(Into::into),
            status: *status,
            status_time: at.plus(*moved).plus(*after),
            treatments: Treatments::default(),
        };
        self.versions.iter().map(version).collect()
    }
}
