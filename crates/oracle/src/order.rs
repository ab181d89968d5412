//! Which of two records stands: a total order over what is stored of them.
//!
//! `docs/records.md` says: of duplicates that differ the longer `callDuration` stands, then the smaller encoding; of
//! a complaint the latest `statusTime`, then the smaller encoding. *Smaller encoding* is fixed here as an order over
//! the stored fields, so that it does not depend on how a store packs them:
//!
//! ```text
//! call       callDuration, the longer first (none is the shortest); then a part before a record that is none; then,
//!            each the smaller first:
//!            calledNumber (bytes), recordType (its number), answered (false first), causeForTerm, diagnostics,
//!            served (no first), servedIMEI, servedIMSI, cell, serviceType, attestation (bytes),
//!            of parts: reference (its fingerprint, as that is all that is stored of it), sequenceNumber,
//!            of legs: key (its fingerprint), how long after its time it ended
//! complaint  statusTime, the later first; then, each the smaller first:
//!            received time, complainant (bytes), category, channel (bytes), status (its number), delay
//! ```
//! An absent field comes before a present one. A field that is not stored is not compared.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use ringfence_cdr::{Cdr, Complaint, DetailField, Fingerprint, Served};
use ringfence_rules::{Field, Pack};

use crate::FieldValue;
use crate::fact::{call_field, complaint_field};

/// The fields of facts that are kept. Time, fingerprint, served or not, part and status are always kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFields(pub BTreeSet<Field>);

/// The fields of a call in the order of comparison, those before `served`; after it come the rare texts.
const CALL_FIELDS_BEFORE_SERVED: [Field; 5] =
    [Field::CalledNumber, Field::RecordType, Field::Answered, Field::CauseForTerm, Field::Diagnostics];
/// The fields of a complaint in the order of comparison, those before and after `status`.
const COMPLAINT_FIELDS_BEFORE_STATUS: [Field; 3] = [Field::Complainant, Field::Category, Field::Channel];

impl StoredFields {
    /// What the rules of a pack read, and what every store keeps: how long a call was decides between duplicates.
    #[must_use]
    pub fn of(pack: &Pack) -> Self {
        let always = [
            Field::CalledNumber,
            Field::CallDuration,
            Field::RecordType,
            Field::Answered,
            Field::Complainant,
            Field::Category,
            Field::Channel,
            Field::Delay,
        ];
        Self(pack.fields().into_iter().chain(always).collect())
    }

    /// Every field.
    #[must_use]
    pub fn all() -> Self {
        Self(Field::ALL.into_iter().collect())
    }

    /// Compares two records of one call (the same identity, or parts of the same sequence number): `Less` says that
    /// the first stands, `Equal` that their stored contents are the same.
    #[must_use]
    pub fn compare_calls(&self, first: &Cdr, second: &Cdr) -> Ordering {
        let duration = |call: &Cdr| Reverse(self.read_call(call, Field::CallDuration));
        let whole = |call: &Cdr| call.part.is_none();
        let part = |call: &Cdr| call.part.as_ref().map(|part| (Fingerprint::of(&part.reference), part.sequence_number));
        let leg = |call: &Cdr| call.leg.map(|leg| (leg.key, leg.ended.since(call.at)));
        duration(first)
            .cmp(&duration(second))
            .then_with(|| whole(first).cmp(&whole(second)))
            .then_with(|| self.compare_contents(first, second))
            .then_with(|| part(first).cmp(&part(second)))
            .then_with(|| leg(first).cmp(&leg(second)))
    }

    /// The same by what the calls say alone, whatever ties them to others.
    pub(crate) fn compare_contents(&self, first: &Cdr, second: &Cdr) -> Ordering {
        let duration = |call: &Cdr| Reverse(self.read_call(call, Field::CallDuration));
        let before = |call: &Cdr| CALL_FIELDS_BEFORE_SERVED.map(|field| self.read_call(call, field));
        let served = |call: &Cdr| call.served == Served::Yes;
        let after = |call: &Cdr| DetailField::ALL.map(|detail| self.read_call(call, detail.field()));
        duration(first)
            .cmp(&duration(second))
            .then_with(|| before(first).cmp(&before(second)))
            .then_with(|| served(first).cmp(&served(second)))
            .then_with(|| after(first).cmp(&after(second)))
    }

    /// Compares two versions of one complaint: `Less` says that the first stands, `Equal` that their stored contents
    /// are the same.
    #[must_use]
    pub fn compare_complaints(&self, first: &Complaint, second: &Complaint) -> Ordering {
        let fields =
            |complaint: &Complaint| COMPLAINT_FIELDS_BEFORE_STATUS.map(|field| self.read_complaint(complaint, field));
        let delay = |complaint: &Complaint| self.read_complaint(complaint, Field::Delay);
        second
            .status_time
            .cmp(&first.status_time)
            .then_with(|| first.at.cmp(&second.at))
            .then_with(|| fields(first).cmp(&fields(second)))
            .then_with(|| first.status.cmp(&second.status))
            .then_with(|| delay(first).cmp(&delay(second)))
    }

    fn read_call(&self, call: &Cdr, field: Field) -> Option<FieldValue> {
        self.0.contains(&field).then(|| call_field(call, field)).flatten()
    }

    fn read_complaint(&self, complaint: &Complaint, field: Field) -> Option<FieldValue> {
        self.0.contains(&field).then(|| complaint_field(complaint, field)).flatten()
    }
}
