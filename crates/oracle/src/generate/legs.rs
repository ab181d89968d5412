//! Attempts that rang several ends: calls that come in legs, some of them also in parts, some of them twice.

use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{Cdr, EventTime, Fingerprint, Leg, Millis, Part};

use super::calls::{Content, caller, content};
use super::clocks;

/// Legs of one key, mostly to one called number, as the switch wrote them down.
#[derive(Clone, Debug)]
pub(super) struct LegsHappening {
    caller: &'static str,
    /// Whether all of them have one record id, so that those of one time are one record.
    one_id: bool,
    legs: Vec<LegContent>,
}

/// One leg.
#[derive(Clone, Debug)]
struct LegContent {
    /// Since the leg before.
    since: Millis,
    lasted: Millis,
    content: Content,
    /// Whether it is also a part of the call of its neighbours, and which.
    sequence_number: Option<u32>,
    conflict: Option<Conflict>,
}

/// A record that claims to be a leg that was written otherwise.
#[derive(Clone, Debug)]
struct Conflict {
    content: Content,
    lasted: Millis,
    /// Whether it names the key of its neighbours, that of others, or none.
    key: Option<bool>,
}

pub(super) fn in_legs() -> impl Strategy<Value = LegsHappening> {
    let edges = vec![Millis::DAY, Millis(Millis::DAY.0 + 1), Millis(20 * Millis::HOUR.0)];
    let since = prop_oneof![4 => clocks::gap(), 1 => select(edges)];
    let lasted = || prop_oneof![2 => clocks::gap(), 1 => Just(Millis(20 * Millis::HOUR.0))];
    let conflict = (content(), lasted(), prop::option::weighted(0.8, prop::bool::weighted(0.8)))
        .prop_map(|(content, lasted, key)| Conflict { content, lasted, key });
    let number = prop::option::weighted(0.2, 1_u32..4);
    let leg = (since, lasted(), content(), number, prop::option::weighted(0.2, conflict)).prop_map(
        |(since, lasted, content, sequence_number, conflict)| LegContent {
            since,
            lasted,
            content,
            sequence_number,
            conflict,
        },
    );
    let elsewhere = prop::bool::weighted(0.1);
    (caller(), prop::bool::weighted(0.2), elsewhere, prop::collection::vec(leg, 1..5)).prop_map(
        |(caller, one_id, elsewhere, mut legs)| {
            let called = legs[0].content.called();
            // Sometimes the last is a call to somebody else that a bridge gave the same key.
            let alike = legs.len() - usize::from(elsewhere && legs.len() > 1);
            for leg in &mut legs[..alike] {
                leg.content.call(called);
                leg.conflict.iter_mut().filter(|conflict| conflict.key == Some(true)).for_each(|conflict| {
                    conflict.content.call(called);
                });
            }
            LegsHappening { caller, one_id, legs }
        },
    )
}

impl LegsHappening {
    /// The records of the `index`th happening of a world, the first of them at this time. Two neighbours may be legs of
    /// one key, and the calls that their parts make.
    pub(super) fn records(&self, index: usize, at: EventTime) -> Vec<Cdr> {
        let key = |own: bool| Fingerprint::of(&format!("key {}", index / 2 + usize::from(!own)));
        let mut time = at;
        let mut records = Vec::new();
        for (place, leg) in self.legs.iter().enumerate() {
            if place > 0 {
                time = time.plus(leg.since);
            }
            let id = if self.one_id { format!("call {index}") } else { format!("leg {index}.{place}") };
            let reference = || format!("switch-{}", index / 2).into();
            let part = leg.sequence_number.map(|sequence_number| Part { reference: reference(), sequence_number });
            let own = Some(Leg { key: key(true), ended: time.plus(leg.lasted) });
            records.push(Cdr { leg: own, ..leg.content.record(self.caller, time, &id, part) });
            records.extend(leg.conflict.iter().map(|Conflict { content, lasted, key: named }| {
                let leg = named.map(|own| Leg { key: key(own), ended: time.plus(*lasted) });
                Cdr { leg, ..content.record(self.caller, time, &id, None) }
            }));
        }
        records
    }
}
