//! A world: one pack and the records of a few numbers.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{Cdr, EventTime, Millis};
use ringfence_rules::{ContentHash, Horizon, Ladder, Pack, PackIdentity, Zone};

use super::calls::{CallHappening, in_parts, whole};
use super::complaints::{ComplaintHappening, complaint};
use super::ladders::ladders;
use super::legs::{LegsHappening, in_legs};
use super::predicates::lists;
use super::rules::{RuleDraft, rule};
use super::{clocks, text};
use crate::{Delivered, PackWithLists};

/// What worlds are made of.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// At most this many things happen; each makes one to four records.
    pub happenings: usize,
    /// At most this many rules, at least one.
    pub rules: usize,
    /// Whether there are complaints, and rules that read them.
    pub complaints: bool,
    /// Whether some calls come in parts, and some in legs.
    pub parts: bool,
    /// Whether there are ladders.
    pub ladders: bool,
    /// Whether most windows begin with a fact, where most otherwise slide.
    pub anchored: bool,
    /// Whether the lateness is short, against a time of months, so that a live engine forgets facts while it reads. No
    /// record changes what was so long ago: complaints keep their status, and calls in parts or legs are not for such worlds.
    pub prompt: bool,
}

/// A pack, the records that happen, and a shard time to judge at.
#[derive(Clone)]
pub struct World {
    /// The rules, with their lists and ladders.
    pub pack: PackWithLists,
    /// Every record once, in order of happening, each arriving at its own time.
    pub records: Vec<Delivered>,
    /// A shard time not before the last event time; mostly one by which every episode has closed.
    pub until: EventTime,
}

impl Default for Shape {
    /// Everything, in small.
    fn default() -> Self {
        let (complaints, parts, ladders) = (true, true, true);
        Self { happenings: 24, rules: 3, complaints, parts, ladders, anchored: false, prompt: false }
    }
}

#[derive(Clone, Debug)]
enum Happening {
    Call(CallHappening),
    Legs(LegsHappening),
    Complaint(ComplaintHappening),
}

/// Worlds of a shape.
pub fn world(shape: Shape) -> impl Strategy<Value = World> {
    let ladders = if shape.ladders { ladders().boxed() } else { Just(Vec::new()).boxed() };
    let lateness = match shape {
        Shape { prompt: true, .. } => vec![Millis(1), Millis::MINUTE, Millis::HOUR],
        Shape { parts: true, .. } => vec![Millis(7 * Millis::DAY.0)],
        Shape { parts: false, .. } => vec![Millis(7 * Millis::DAY.0), Millis(2 * Millis::DAY.0)],
    };
    let gap = if shape.prompt { clocks::gap_of_months().boxed() } else { clocks::gap().boxed() };
    let past_the_end =
        prop_oneof![3 => Just(Millis(500 * Millis::DAY.0)), 1 => clocks::length(), 1 => Just(Millis::ZERO)];
    (
        clocks::clock(),
        select(lateness),
        ladders,
        prop::collection::vec(rule(shape), 1..=shape.rules),
        prop::collection::vec((gap, happening(shape)), 0..=shape.happenings),
        past_the_end,
    )
        .prop_map(|((zone, start), lateness, ladders, rules, happenings, past_the_end)| {
            let records = records(start, &happenings);
            let last = records.iter().map(last_time).max().unwrap_or(start);
            World { pack: pack(zone, start, lateness, ladders, &rules), records, until: last.plus(past_the_end) }
        })
}

fn happening(shape: Shape) -> BoxedStrategy<Happening> {
    let whole = whole().prop_map(Happening::Call).boxed();
    let mut kinds = vec![(8, whole)];
    if shape.parts {
        kinds.push((1, in_parts().prop_map(Happening::Call).boxed()));
        kinds.push((2, in_legs().prop_map(Happening::Legs).boxed()));
    }
    if shape.complaints {
        let complaint =
            complaint().prop_map(move |complaint| if shape.prompt { complaint.settled() } else { complaint });
        kinds.push((2, complaint.prop_map(Happening::Complaint).boxed()));
    }
    prop::strategy::Union::new_weighted(kinds).boxed()
}

fn records(start: EventTime, happenings: &[(Millis, Happening)]) -> Vec<Delivered> {
    let mut at = start;
    let mut records = Vec::new();
    for (index, (gap, happening)) in happenings.iter().enumerate() {
        at = at.plus(*gap);
        match happening {
            Happening::Call(call) => records.extend(call.records(index, at).into_iter().map(delivered)),
            Happening::Legs(legs) => records.extend(legs.records(index, at).into_iter().map(delivered)),
            Happening::Complaint(complaint) => {
                let versions = complaint.records(index, at).into_iter();
                records.extend(versions.map(|version| Delivered::complaint(version.clone(), version.status_time)));
            }
        }
    }
    records
}

fn delivered(call: Cdr) -> Delivered {
    let at = call.at;
    Delivered::call(call, at)
}

fn last_time(record: &Delivered) -> EventTime {
    record.at().max(record.arrival)
}

fn pack(zone: Zone, start: EventTime, lateness: Millis, ladders: Vec<Ladder>, rules: &[RuleDraft]) -> PackWithLists {
    let tables = lists(start);
    let pack = Pack {
        identity: PackIdentity { name: "generated".into(), version: "1".into(), hash: ContentHash::of(b"") },
        title: "generated".into(),
        zone,
        country: None,
        plan: std::sync::Arc::default(),
        lateness,
        skew: Pack::SKEW_DEFAULT,
        horizon: Horizon::default(),
        ladders,
        lists: tables.lists().map(|list| list.name.clone()).collect(),
        rules: Vec::new(),
    };
    let mut pack = PackWithLists { pack, tables };
    let rules = rules.iter().enumerate().map(|(index, draft)| draft.rule(index, &pack, start));
    pack.pack.rules = rules.collect();
    pack.identity.hash = ContentHash::of(text::pack(&pack).as_bytes());
    pack
}

impl fmt::Debug for World {
    /// As text: the pack, then one record a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.records.iter().map(Delivered::at).min().unwrap_or(EventTime(0));
        writeln!(f, "{}", text::pack(&self.pack))?;
        writeln!(f, "records from {start}, until {}", text::after(start, self.until))?;
        self.records.iter().try_for_each(|record| writeln!(f, "  {}", text::record(record, start)))
    }
}
