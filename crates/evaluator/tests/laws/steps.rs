//! What a shard is given: slices of records and ticks, a commit after each.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use ringfence_cdr::{EventTime, Millis, Record};
use ringfence_evaluator::{Delivery, InputId, ShardClock};
use ringfence_oracle::Delivered;

/// The input of calls.
pub(crate) const CALLS: InputId = InputId(0);
/// The input of complaints.
pub(crate) const COMPLAINTS: InputId = InputId(1);
/// Live inputs; acts are imposed for all strikes.
pub(crate) const LIVE: ShardClock = ShardClock::Live { impose_from: EventTime::MIN };

/// What one commit covers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// The records, in the order applied.
    pub(crate) deliveries: Vec<Delivery>,
    /// Both inputs have been read to their end at this time.
    pub(crate) tick: Option<EventTime>,
    /// The archive ends with a tick at this time.
    pub(crate) end: Option<EventTime>,
}

/// How a live shard reads its two inputs, as slices that are gone through again and again.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    slices: Vec<Slice>,
}

#[derive(Clone, Copy, Debug)]
struct Slice {
    calls: usize,
    complaints: usize,
    complaints_first: bool,
    tick: bool,
}

impl Reading {
    /// Any slices: either input read ahead of the other, with and without ticks.
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let slice = (0..8_usize, 0..4_usize, any::<bool>(), any::<bool>()).prop_map(
            |(calls, complaints, complaints_first, tick)| Slice { calls, complaints, complaints_first, tick },
        );
        prop::collection::vec(slice, 1..8).prop_map(|mut slices| {
            // Nothing is left unread.
            slices.push(Slice { calls: 1, complaints: 1, complaints_first: false, tick: true });
            Self { slices }
        })
    }

    /// The steps that read these records, which are in order of arrival, and then tick until nothing is open.
    pub(crate) fn of(&self, records: &[Delivered]) -> Vec<Step> {
        let mut inputs = [CALLS, COMPLAINTS].map(|input| {
            let of_input = records.iter().map(live).filter(|delivery| delivery.input == input);
            of_input.collect::<VecDeque<Delivery>>()
        });
        let mut steps = Vec::new();
        for slice in self.slices.iter().cycle() {
            if inputs.iter().all(VecDeque::is_empty) {
                break;
            }
            let take = [slice.calls, slice.complaints];
            let order = if slice.complaints_first { [1, 0] } else { [0, 1] };
            let mut deliveries = Vec::new();
            for input in order {
                let count = take[input].min(inputs[input].len());
                deliveries.extend(inputs[input].drain(..count));
            }
            // Before the next record of either input, wherever the other one was read to.
            let next = inputs.iter().filter_map(|input| input.front()?.arrival).min();
            let tick = next.filter(|_| slice.tick).map(|next| next.minus(Millis(1)));
            steps.push(Step { deliveries, tick, end: None });
        }
        steps.extend(closing(records));
        steps
    }
}

/// When everything is over: the instant at which the oracle is asked.
pub(crate) fn end_of(records: &[Delivered]) -> EventTime {
    let last = records.iter().map(|record| record.arrival.max(record.at())).max();
    last.unwrap_or(EventTime(0)).plus(Millis(500 * Millis::DAY.0))
}

/// How many steps close everything after the last record.
pub(crate) const CLOSING: usize = 12;

/// Ticks that close every episode, and as many more as eviction needs to see every number.
fn closing(records: &[Delivered]) -> impl Iterator<Item = Step> {
    let end = end_of(records);
    let days: [i64; CLOSING] = [400, 300, 90, 30, 10, 2, 0, 0, 0, 0, 0, 0];
    days.into_iter().map(move |days| Step { tick: Some(end.minus(Millis(days * Millis::DAY.0))), ..Step::default() })
}

/// The steps of an archive: a commit every `batch` records, and an end.
pub(crate) fn archive(records: &[Delivered], batch: usize, until: EventTime) -> Vec<Step> {
    let deliver = |records: &[Delivered]| Step {
        deliveries: records.iter().map(|record| Delivery { arrival: None, ..live(record) }).collect(),
        ..Step::default()
    };
    let mut steps: Vec<Step> = records.chunks(batch).map(deliver).collect();
    steps.push(Step { end: Some(until), ..Step::default() });
    steps
}

/// Every step again, with records in it that were delivered before.
pub(crate) fn with_repeats(steps: &[Step], again: &[prop::sample::Index]) -> Vec<Step> {
    let mut delivered: Vec<Delivery> = Vec::new();
    let mut again = again.iter().cycle();
    let mut repeated = steps.to_vec();
    for step in &mut repeated {
        delivered.extend(step.deliveries.iter().cloned());
        let Some(last) = step.deliveries.last().cloned() else { continue };
        for index in again.by_ref().take(2) {
            let mut repeat = delivered[index.index(delivered.len())].clone();
            // It comes again now, on its own input.
            let of_input = delivered.iter().rev().find(|delivery| delivery.input == repeat.input);
            repeat.arrival = of_input.unwrap_or(&last).arrival;
            step.deliveries.push(repeat);
        }
    }
    repeated
}

/// The record as a live input delivers it.
pub(crate) fn live(record: &Delivered) -> Delivery {
    let (input, decoded) = match &record.record {
        ringfence_oracle::Record::Call(call) => (CALLS, Record::Call(call.clone())),
        ringfence_oracle::Record::Complaint(complaint) => (COMPLAINTS, Record::Complaint(complaint.clone())),
    };
    Delivery { input, arrival: Some(record.arrival), record: decoded }
}

/// Records by the number that they are about, spread over so many partitions.
pub(crate) fn split_by_number(records: &[Delivered], partitions: usize) -> Vec<Vec<Delivered>> {
    let mut split: BTreeMap<usize, Vec<Delivered>> = BTreeMap::new();
    for record in records {
        let number = match &record.record {
            ringfence_oracle::Record::Call(call) => call.calling_number.to_string(),
            ringfence_oracle::Record::Complaint(complaint) => complaint.complained_number.to_string(),
        };
        let partition = number.bytes().map(usize::from).sum::<usize>() % partitions;
        split.entry(partition).or_default().push(record.clone());
    }
    split.into_values().collect()
}
