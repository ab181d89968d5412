//! Which fields of calls a shard stores: those that a rule reads, or has read since the shard was made. Were a field
//! dropped with the last rule that reads it, a record read again would be another than the fact it made.

use ringfence_cdr::{DetailField, EventTime};
use ringfence_rules::{Field, Pack};
use serde::{Deserialize, Serialize};

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fields {
    pub(crate) cause_for_term: bool,
    pub(crate) diagnostics: bool,
    pub(crate) details: [bool; DetailField::COUNT],
}

/// The fields that are stored, and those that were. State, as the facts show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredFields {
    now: Fields,
    /// Facts up to this time may have been stored when only these fields were.
    before: Option<(EventTime, Fields)>,
}

impl Fields {
    fn of(pack: &Pack) -> Self {
        let fields = pack.fields();
        let read = |field: Field| fields.contains(&field);
        Self {
            cause_for_term: read(Field::CauseForTerm),
            diagnostics: read(Field::Diagnostics),
            details: DetailField::ALL.map(|detail| read(detail.field())),
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.cause_for_term |= other.cause_for_term;
        self.diagnostics |= other.diagnostics;
        self.details.iter_mut().zip(other.details).for_each(|(own, other)| *own |= other);
        self
    }
}

impl StoredFields {
    pub(crate) fn of(pack: &Pack) -> Self {
        Self { now: Fields::of(pack), before: None }
    }

    /// Whether a field is stored: most always are.
    pub(crate) fn has(&self, field: Field) -> bool {
        match field {
            Field::CauseForTerm => self.now.cause_for_term,
            Field::Diagnostics => self.now.diagnostics,
            _ => field.detail().is_none_or(|detail| self.now.details[detail as usize]),
        }
    }

    /// Of facts that come now.
    pub(crate) fn now(&self) -> Fields {
        self.now
    }

    /// Of a fact at this time, if it may have come before a change of rules.
    pub(crate) fn before(&self, at: EventTime) -> Option<Fields> {
        self.before.filter(|(until, _)| at <= *until).map(|(_, fields)| fields)
    }

    /// Stores what another pack reads as well, of facts that come from now on; the latest so far is at `seen`.
    pub(crate) fn extend(&mut self, pack: &Pack, seen: EventTime) {
        let fields = self.now.and(Fields::of(pack));
        if fields != self.now {
            // Of several changes the first counts: what was stored before it lacks the most.
            let least = self.before.map_or(self.now, |(_, fields)| fields);
            self.before = Some((seen, least));
            self.now = fields;
        }
    }
}
