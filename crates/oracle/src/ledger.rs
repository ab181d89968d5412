//! From records to facts: admission, duplicates, versions of complaints, parts, and what was counted on the way.

use std::collections::BTreeMap;

use ringfence_cdr::{Cdr, Complaint, EventTime, Fingerprint, Millis, Number, RejectCode};
use serde::{Deserialize, Serialize};

use crate::{Admission, Delivered, Fact, Record, StoredFields, legs, parts};

/// The facts that the records make, in order of time, fingerprint and stream, and the counts of law C-1.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// Every fact, also complaints that were rejected or withdrawn.
    pub facts: Vec<Fact>,
    /// What became of the records.
    pub counts: Counts,
}

/// What became of the records read: `read` = `facts` + `duplicates` + `merged` + all of `rejected`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records read.
    pub read: u64,
    /// Facts: calls (each chain of parts, and each attempt with its legs, once) and complaints (each once, whatever its status).
    pub facts: u64,
    /// Repeats of a fact, the same or conflicting: which of the two a repeat is depends on the order of reading.
    pub duplicates: u64,
    /// Parts beyond the first of a call, legs beyond the first of an attempt, and superseded versions of a complaint.
    pub merged: u64,
    /// Dead letters by the name of their code; conflicting duplicates are not here but above.
    pub rejected: BTreeMap<String, u64>,
}

impl Counts {
    /// Whether law C-1 holds: every record read is counted once.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.read == self.facts + self.duplicates + self.merged + self.rejected.values().sum::<u64>()
    }
}

/// What identifies a complaint.
type ComplaintIdentity = (Number, Fingerprint);

/// Which records are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) admission: Admission,
    pub(crate) lateness: Millis,
    pub(crate) skew: Millis,
}

/// Sorts out the records in the order read.
pub(crate) fn keep(records: &[Delivered], limits: Limits, stored: &StoredFields) -> Ledger {
    let mut counts = Counts { read: records.len() as u64, ..Counts::default() };
    let mut calls: Vec<Cdr> = Vec::new();
    let mut complaints: BTreeMap<ComplaintIdentity, Vec<Complaint>> = BTreeMap::new();
    for delivered in records {
        let measured_from = measured_from(delivered, &complaints);
        if let Some(code) = limits.refusal(measured_from, delivered.arrival) {
            *counts.rejected.entry(code.name().to_owned()).or_default() += 1;
            continue;
        }
        match &delivered.record {
            Record::Call(call) => calls.push(call.clone()),
            Record::Complaint(complaint) => {
                let identity = (complaint.complained_number.clone(), complaint.fingerprint);
                complaints.entry(identity).or_default().push(complaint.clone());
            }
        }
    }
    let mut facts: Vec<Fact> = keep_calls(calls, stored, &mut counts).into_iter().map(Fact::Call).collect();
    for versions in complaints.into_values() {
        facts.extend(keep_complaint(versions, stored, &mut counts).map(Fact::Complaint));
    }
    counts.facts = facts.len() as u64;
    facts.sort_by(|a, b| {
        (a.at(), a.fingerprint(), a.stream())
            .cmp(&(b.at(), b.fingerprint(), b.stream()))
            .then_with(|| a.number().cmp(b.number()))
    });
    Ledger { facts, counts }
}

/// The time from which a record's lateness is measured: its event time, of a version of a complaint that was read
/// before the time of its status.
fn measured_from(delivered: &Delivered, known: &BTreeMap<ComplaintIdentity, Vec<Complaint>>) -> EventTime {
    match &delivered.record {
        Record::Call(call) => call.at,
        Record::Complaint(complaint) => {
            let identity = (complaint.complained_number.clone(), complaint.fingerprint);
            if known.contains_key(&identity) { complaint.status_time } else { complaint.at }
        }
    }
}

impl Limits {
    /// Why a record whose lateness is measured from `time` is not taken, `None` where it is.
    fn refusal(self, time: EventTime, arrival: EventTime) -> Option<RejectCode> {
        match self.admission {
            Admission::Archive => None,
            Admission::Live if arrival.since(time) > self.lateness => Some(RejectCode::TooLate),
            Admission::Live if time.since(arrival) > self.skew => Some(RejectCode::FromTheFuture),
            Admission::Live => None,
        }
    }
}

/// One record of each identity, the one that stands; of each chain of parts one call; of each attempt one fact.
fn keep_calls(calls: Vec<Cdr>, stored: &StoredFields, counts: &mut Counts) -> Vec<Cdr> {
    let read = calls.len();
    let mut by_identity: BTreeMap<(Number, EventTime, Fingerprint), Vec<Cdr>> = BTreeMap::new();
    for call in calls {
        by_identity.entry((call.calling_number.clone(), call.at, call.fingerprint)).or_default().push(call);
    }
    let everything = StoredFields::all();
    let standing: Vec<Cdr> = by_identity
        .into_values()
        .filter_map(|same| {
            // Fields that are not stored decide nothing, but make the choice independent of the order.
            same.into_iter().min_by(|a, b| stored.compare_calls(a, b).then_with(|| everything.compare_calls(a, b)))
        })
        .collect();
    counts.duplicates += (read - standing.len()) as u64;
    let records = standing.len();
    let facts = legs::join(parts::join(standing, stored), stored);
    counts.merged += (records - facts.len()) as u64;
    facts
}

/// The version of a complaint that stands. A version is a duplicate of another of the same status time.
fn keep_complaint(versions: Vec<Complaint>, stored: &StoredFields, counts: &mut Counts) -> Option<Complaint> {
    let mut status_times: Vec<EventTime> = versions.iter().map(|version| version.status_time).collect();
    status_times.sort_unstable();
    status_times.dedup();
    counts.duplicates += (versions.len() - status_times.len()) as u64;
    counts.merged += status_times.len().saturating_sub(1) as u64;
    let everything = StoredFields::all();
    versions
        .into_iter()
        .min_by(|a, b| stored.compare_complaints(a, b).then_with(|| everything.compare_complaints(a, b)))
}
