//! Taking admitted records in: from a decoded record to the facts of its number, and what the change touches.

use ringfence_cdr::{Cdr, Complaint, DetailField, EventTime, Fingerprint, Millis, Part};
use ringfence_rules::Stream;
use ringfence_timeline::{
    CallFact, ComplaintFact, ComplaintInsertion, Insertion, LegMark, Repeat, StoredCall, StoredPart, StoredRecord,
};

use super::delivery::{Outcome, Standing};
use super::shard::Shard;
use super::stored::Fields;
use crate::facts::Touched;
use crate::judging::Judging;

/// A record is late where event time had come this much further before it.
const LATE_AFTER: Millis = Millis(5 * Millis::MINUTE.0);

impl Shard {
    pub(crate) fn insert_call(&mut self, cdr: &Cdr, arrival: Option<EventTime>) -> Outcome {
        let slot = self.slot_of(&cdr.calling_number);
        let fact = self.fact_of(cdr, self.stored.now());
        let is_plain = cdr.part.is_none() && cdr.leg.is_none();
        let plainly = if is_plain { self.insert_plainly(slot, &fact) } else { None };
        match plainly {
            Some(Insertion::Inserted) => {
                self.ledger.facts += 1;
                self.call_changed(slot, &fact, true, arrival);
                return Outcome::Inserted;
            }
            Some(Insertion::Exists(standing)) if standing == fact => return Outcome::Duplicate,
            _ => {}
        }
        let record = record_of(cdr, fact);
        // The record as it was if it was read before a change of rules that reads more fields.
        let as_before = self.stored.before(cdr.at).map(|fields| record_of(cdr, self.fact_of(cdr, fields)));
        self.insert_record(slot, &record, as_before.as_ref(), arrival)
    }

    /// Puts a call that is neither part nor leg in where the number has none of these, as nearly every number.
    fn insert_plainly(&mut self, slot: u32, fact: &CallFact) -> Option<Insertion> {
        let state = self.numbers[slot as usize].as_mut()?;
        let is_plain = state.extras.as_ref().is_none_or(|extras| extras.joins_nothing());
        is_plain.then(|| state.calls.insert_new(state.number, fact, &mut self.work))
    }

    fn insert_record(
        &mut self,
        slot: u32,
        record: &StoredRecord,
        as_before: Option<&StoredRecord>,
        arrival: Option<EventTime>,
    ) -> Outcome {
        let Some(state) = self.numbers[slot as usize].as_mut() else { return Outcome::Duplicate };
        let is_plain = state.extras.is_none();
        let insertion = state.records(&self.symbols).insert(record, as_before, &mut self.work);
        state.extras.take_if(|extras| is_plain && extras.is_empty());
        insertion.removed.iter().for_each(|fact| self.call_changed(slot, fact, false, arrival));
        insertion.inserted.iter().for_each(|fact| self.call_changed(slot, fact, true, arrival));
        // Every record that is no repeat is a fact or merged into one, and counts follow what stands.
        let new = i64::from(insertion.repeat.is_none());
        if new > 0 {
            self.touch(slot);
        }
        self.ledger.facts = self.ledger.facts.saturating_add_signed(insertion.facts);
        self.ledger.merged = self.ledger.merged.saturating_add_signed(new - insertion.facts);
        let facts_joined = i32::try_from(-insertion.facts).unwrap_or(0);
        match (insertion.repeat, insertion.facts) {
            (Some(Repeat::Same), _) => Outcome::Duplicate,
            (Some(Repeat::Stands), _) => Outcome::ConflictingDuplicate { stands: Standing::Later, facts_joined },
            (Some(Repeat::Falls), _) => Outcome::ConflictingDuplicate { stands: Standing::Earlier, facts_joined: 0 },
            (None, 1) => Outcome::Inserted,
            (None, _) => Outcome::Merged { facts_joined },
        }
    }

    fn call_changed(&mut self, slot: u32, fact: &CallFact, inserted: bool, arrival: Option<EventTime>) {
        if inserted && self.numbers[slot as usize].as_mut().is_some_and(|state| state.takes_quietly(fact.at)) {
            self.saw(fact.at);
            return;
        }
        let pairs = self.book.judges_pairs();
        let touched = self.came(slot, Stream::Calls, fact.at, arrival);
        if pairs {
            touched.called(fact.called_number, fact.at);
        }
        self.with_hot(slot, |judging| if inserted { judging.call_inserted(fact) } else { judging.call_removed(fact) });
    }

    pub(crate) fn insert_complaint(&mut self, complaint: &Complaint, arrival: Option<EventTime>) -> Outcome {
        let slot = self.slot_of(&complaint.complained_number);
        let fact = self.complaint_fact(complaint);
        let Some(state) = self.numbers[slot as usize].as_mut() else { return Outcome::Duplicate };
        let complaints = &mut state.extras_mut().complaints;
        let before = complaints.generation();
        let insertion = complaints.insert(fact, &self.symbols, &mut self.work);
        let generations = (before, complaints.generation());
        let (outcome, replaced) = match insertion {
            ComplaintInsertion::Duplicate => return Outcome::Duplicate,
            ComplaintInsertion::Falls => {
                return Outcome::ConflictingDuplicate { stands: Standing::Earlier, facts_joined: 0 };
            }
            ComplaintInsertion::Superseded => {
                self.ledger.merged += 1;
                self.touch(slot);
                return Outcome::Merged { facts_joined: 0 };
            }
            ComplaintInsertion::Corrected(other) => {
                (Outcome::ConflictingDuplicate { stands: Standing::Later, facts_joined: 0 }, Some(other))
            }
            ComplaintInsertion::Replaced(earlier) => {
                self.ledger.merged += 1;
                (Outcome::Merged { facts_joined: 0 }, Some(earlier))
            }
            ComplaintInsertion::Inserted => {
                self.ledger.facts += 1;
                (Outcome::Inserted, None)
            }
        };
        let touched = self.came(slot, Stream::Complaints, fact.at, arrival);
        if let Some(replaced) = &replaced {
            touched.changed(Stream::Complaints, replaced.at);
        }
        self.with_hot(slot, |judging| judging.complaint_changed(replaced.as_ref(), &fact, generations));
        outcome
    }

    fn fact_of(&mut self, cdr: &Cdr, stored: Fields) -> CallFact {
        let mut details = [0; DetailField::COUNT];
        for field in DetailField::ALL {
            if stored.details[field as usize]
                && let Some(text) = cdr.details.get(field)
            {
                details[field as usize] = self.symbols.intern(text);
            }
        }
        CallFact {
            at: cdr.at,
            fingerprint: cdr.fingerprint,
            called_number: self.symbols.pack(&cdr.called_number),
            record_type: cdr.record_type,
            answered: cdr.answer.is_answered(),
            served: cdr.served == ringfence_cdr::Served::Yes,
            call_duration: cdr.call_duration.map(CallFact::stored_duration),
            cause_for_term: cdr.cause_for_term.filter(|_| stored.cause_for_term),
            diagnostics: cdr.diagnostics.filter(|_| stored.diagnostics),
            details: self.symbols.intern_details(details),
        }
    }

    fn complaint_fact(&mut self, complaint: &Complaint) -> ComplaintFact {
        let mut text = |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| self.symbols.intern(text));
        let (category, channel) = (text(&complaint.category), text(&complaint.channel));
        ComplaintFact {
            at: complaint.at,
            fingerprint: complaint.fingerprint,
            complainant: complaint.complainant.as_ref().map(|number| self.symbols.pack(number)),
            delay: complaint.call_time.map(|call| complaint.at.since(call).0),
            category,
            channel,
            status: complaint.status,
            status_time: complaint.status_time,
        }
    }

    /// Moves on how far event time has come, and tells whether it had been well past this fact.
    fn saw(&mut self, at: EventTime) -> bool {
        let late = self.times.seen.since(at) > LATE_AFTER;
        self.times.seen = self.times.seen.max(at);
        self.late += u64::from(late);
        late
    }

    fn came(&mut self, slot: u32, stream: Stream, at: EventTime, arrival: Option<EventTime>) -> &mut Touched {
        let late = self.saw(at);
        let touched = self.touch(slot);
        touched.came(stream, at, late, arrival.unwrap_or(EventTime::MIN));
        touched
    }

    /// Lets a busy number's views follow a change.
    fn with_hot(&mut self, slot: u32, follow: impl FnOnce(&mut Judging<'_>)) {
        if let Some(state) = self.numbers[slot as usize].as_ref()
            && state.hot
            && let Some(hot) = self.hot.get_mut(slot)
        {
            let context = self.times.context(&self.book, &self.symbols);
            let anchors = state.extras.as_ref().and_then(|extras| extras.anchors.as_deref());
            follow(&mut Judging::new(&context, state.subject(), &state.calls, anchors, hot, &mut self.work));
        }
    }
}

/// References and keys are told apart within one pair of numbers and a day, so their fingerprints are enough.
fn record_of(cdr: &Cdr, fact: CallFact) -> StoredRecord {
    let leg = cdr.leg.map(|leg| LegMark::new(leg.key.0, cdr.at, leg.ended));
    match &cdr.part {
        None => StoredRecord::Whole(StoredCall { fact, leg }),
        Some(Part { reference, sequence_number }) => StoredRecord::Part(StoredPart {
            reference: Fingerprint::of(reference).0,
            sequence_number: *sequence_number,
            fact,
            leg,
        }),
    }
}
