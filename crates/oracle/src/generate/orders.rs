//! Orders of reading, drawn apart from the world so that they shrink to the plain one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use ringfence_cdr::{EventTime, Fingerprint, Millis, Number, Part};

use crate::PackWithLists;
use crate::{Delivered, Record};

/// An order in which an archive is read: every record at least once.
///
/// Record `i` comes at the place that `keys[i]` gives it among the others (all zero: the order given); each of
/// `again` is the number of a record (modulo their count) and the key of its repeat.
#[derive(Clone, Debug)]
pub struct Order {
    keys: Vec<u16>,
    again: Vec<(u16, u16)>,
}

/// Arrivals at a live engine: every record at least once, none later than the lateness allows, in the order of
/// arrival. `delays[i]` is the part (of 65,535) of its allowed time that record `i` takes.
#[derive(Clone, Debug)]
pub struct Arrivals {
    delays: Vec<u16>,
    again: Vec<(u16, u16)>,
}

/// How many records plans are drawn for; more use the keys again.
const DRAWN: usize = 64;

impl Order {
    /// Any order: sorted, slightly out of order, shuffled; with and without repeats.
    pub fn any() -> impl Strategy<Value = Self> {
        let keys = prop_oneof![1 => sparse(0..8_u16), 2 => prop::collection::vec(any::<u16>(), DRAWN)];
        (keys, again()).prop_map(|(keys, again)| Self { keys, again })
    }

    /// Any order without a repeat.
    pub fn without_repeats() -> impl Strategy<Value = Self> {
        Self::any().prop_map(|order| Self { again: Vec::new(), ..order })
    }

    /// The records in this order.
    #[must_use]
    pub fn of(&self, records: &[Delivered]) -> Vec<Delivered> {
        let once = records.iter().enumerate().map(|(at, record)| (self.keys[at % self.keys.len()], record));
        let repeated = self.again.iter().filter_map(|(which, key)| Some((*key, pick(records, *which)?)));
        let mut ordered: Vec<(u16, &Delivered)> = once.chain(repeated).collect();
        ordered.sort_by_key(|(key, _)| *key);
        ordered.into_iter().map(|(_, record)| record.clone()).collect()
    }
}

impl Arrivals {
    /// Any arrivals: at once, and up to the whole lateness after; with and without repeats.
    pub fn any() -> impl Strategy<Value = Self> {
        let delays = prop_oneof![
            1 => sparse(0..8_u16),
            2 => prop::collection::vec(prop_oneof![3 => 0..64_u16, 1 => any::<u16>(), 1 => Just(u16::MAX)], DRAWN),
        ];
        (delays, again()).prop_map(|(delays, again)| Self { delays, again })
    }

    /// The records with their arrivals, in the order of arrival.
    ///
    /// No record arrives later than the lateness after the earliest time that it can change: its own, of a version of
    /// a complaint the received one, of a part or a leg the least one of its call, of a record that may stand in the place
    /// of one of these the same. So none changes what has settled. None arrives earlier than the skew before its time, or before the first version of its complaint.
    #[must_use]
    pub fn of(&self, records: &[Delivered], pack: &PackWithLists) -> Vec<Delivered> {
        let changes_from = ChangesFrom::of(records);
        let delay = |at: usize| self.delays[at % self.delays.len()];
        let once = records.iter().enumerate().map(|(at, record)| (delay(at), record));
        let repeated = self.again.iter().filter_map(|(which, delay)| Some((*delay, pick(records, *which)?)));
        let mut arrived: Vec<Delivered> = once
            .chain(repeated)
            .map(|(delay, record)| Delivered { arrival: arrival(record, delay, &changes_from, pack), ..record.clone() })
            .collect();
        arrived.sort_by_key(|record| record.arrival);
        arrived
    }
}

/// What several records make one fact of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Joined {
    Parts(Number, Number, Box<str>),
    Legs(Number, Number, Fingerprint),
    Versions(Number, Fingerprint),
    /// Of records of one place one stands, which decides what each of those there is joined to.
    Place(Number, EventTime, Fingerprint),
}

/// The earliest time that each record can change: the least of all that it is joined to, and of what that is joined to.
struct ChangesFrom(BTreeMap<Joined, EventTime>);

impl ChangesFrom {
    fn of(records: &[Delivered]) -> Self {
        let mut all = Self(BTreeMap::new());
        loop {
            let mut is_settled = true;
            for record in records {
                let from = all.by(record);
                for joined in joined(record) {
                    let least = all.0.entry(joined).or_insert(EventTime::MAX);
                    is_settled &= *least <= from;
                    *least = from.min(*least);
                }
            }
            if is_settled {
                return all;
            }
        }
    }

    fn by(&self, record: &Delivered) -> EventTime {
        let joined = joined(record).into_iter().filter_map(|joined| self.0.get(&joined).copied());
        joined.min().unwrap_or(record.at()).min(record.at())
    }
}

fn joined(record: &Delivered) -> Vec<Joined> {
    match &record.record {
        Record::Call(call) => {
            let (calling, called) = (&call.calling_number, &call.called_number);
            let parts = call
                .part
                .iter()
                .map(|Part { reference, .. }| Joined::Parts(calling.clone(), called.clone(), reference.clone()));
            let legs = call.leg.iter().map(|leg| Joined::Legs(calling.clone(), called.clone(), leg.key));
            let place = Joined::Place(calling.clone(), call.at, call.fingerprint);
            parts.chain(legs).chain([place]).collect()
        }
        Record::Complaint(complaint) => {
            vec![Joined::Versions(complaint.complained_number.clone(), complaint.fingerprint)]
        }
    }
}

fn arrival(record: &Delivered, delay: u16, changes_from: &ChangesFrom, pack: &PackWithLists) -> EventTime {
    let changes_from = changes_from.by(record);
    let made = match &record.record {
        Record::Call(call) => call.at,
        Record::Complaint(complaint) => complaint.status_time.max(complaint.at),
    };
    // A little before its own time, as with clocks that differ; a later status after the complaint itself.
    let earliest = made.minus(Millis(pack.skew.0.min(i64::from(delay % 3))));
    let latest = changes_from.plus(pack.lateness).max(earliest);
    let allowed = latest.since(earliest).0;
    earliest.plus(Millis((i128::from(allowed) * i128::from(delay) / i128::from(u16::MAX)) as i64))
}

/// Mostly zeros, so that few records are out of order.
fn sparse(range: std::ops::Range<u16>) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(prop_oneof![5 => Just(0_u16), 1 => range], DRAWN)
}

fn again() -> impl Strategy<Value = Vec<(u16, u16)>> {
    prop_oneof![1 => Just(Vec::new()), 1 => prop::collection::vec(any::<(u16, u16)>(), 0..6)]
}

fn pick(records: &[Delivered], which: u16) -> Option<&Delivered> {
    (!records.is_empty()).then(|| &records[usize::from(which) % records.len()])
}
